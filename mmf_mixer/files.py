"""How every file is written: whole or not at all, whatever ends the process, or the machine, in between."""

import errno
import fcntl
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmf_mixer.errors import InputError

LOCK = ".lock"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, which takes its place if the block ends well and is gone if it does not.

    The content is on the disk before it has the name, and the name before this returns. Who may read it is as before;
    for a new file the umask says it.

    Raises:
        InputError: the disk is full, or the user's share of it; what was at `path` is still there.
    """
    name = f"{path}.{secrets.token_hex(8)}.tmp"
    with room_for(path):
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # less what the umask takes
        try:
            mode = stat.S_IMODE(os.stat(path if path.exists() else name).st_mode)
            os.chmod(name, mode)
            yield Path(name)
            os.chmod(name, mode)  # the block may have put a private file in its place, as safetensors does
            sync(Path(name))
            os.replace(name, path)
            sync(path.parent)
        finally:
            Path(name).unlink(missing_ok=True)


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """A block that writes to `path`. Raises InputError if the disk, or the user's share of it, is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise InputError(
            f"{path}: cannot be written, for the disk is full ({error.strerror}); what was there before is whole: "
            "make room, and start the same command again, a training with checkpoint.resume=true."
        ) from error


@contextmanager
def new_folder(root: Path) -> Iterator[Path]:
    """A temporary folder beside `root`, which takes its place if the block ends well and is gone if it does not.

    Raises:
        InputError: `root` holds something already, or cannot be made.
    """
    root = root.resolve()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise InputError(f"{root}: already there and not empty; remove it or name another folder.")
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        building = root.with_name(f".{root.name}-{secrets.token_hex(8)}")
        building.mkdir()
    except OSError as error:
        raise InputError(f"{root}: cannot be made ({error.strerror}); name another folder.") from None
    try:
        yield building
        if root.exists():
            root.rmdir()
        os.replace(building, root)
    finally:
        shutil.rmtree(building, ignore_errors=True)


@contextmanager
def alone(folder: Path, remedy: str) -> Iterator[None]:
    """A block in which no other process writes into a folder, which is made if need be. It ends with its process.

    Raises:
        InputError: another process is in such a block, which `remedy` gets around; or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a")
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror}); name another folder with --out DIR.") from None
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process: those that it forks do not keep it
        except OSError:
            raise InputError(f"{folder}: another process is writing there; wait for it, or {remedy}.") from None
        yield


def write_text(path: Path, text: str) -> None:
    """Put `text` into the file at `path`, in UTF-8. Raises InputError if the disk is full."""
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Put `content` into the file at `path`, indented. Raises InputError if the disk is full."""
    write_text(path, json.dumps(content, indent=1))


def link(path: Path, name: Path) -> None:
    """Give the file at `path` a second name, in place of whatever has it; a copy where the disk has no links."""
    with replacing(name) as scratch:
        scratch.unlink()
        try:
            os.link(path, scratch)
        except OSError as error:
            if error.errno in FULL:
                raise
            shutil.copyfile(path, scratch)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
