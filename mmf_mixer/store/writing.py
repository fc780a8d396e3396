"""How a feature store is written: shard after shard, each whole or not at all, and gone on with where it was left."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from mmf_mixer.errors import InputError
from mmf_mixer.files import replacing
from mmf_mixer.store.manifest import MANIFEST, Manifest, Shard, sha256

CLIPS_PER_SHARD, SHARD_BYTES = 256, 2**30  # at most: a kill costs one shard, and a shard is held in memory
LOCK, PARTS = ".lock", "part-*-of-*"


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """A block in which no other process writes the store in `out`. Raises InputError if one does, or `out` cannot be
    made."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / LOCK).open("a")
    except OSError as error:
        raise InputError(f"{out}: cannot be made ({error.strerror}); name another folder with --out DIR.") from None
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process: those that it forks do not keep it
        except OSError:
            raise InputError(
                f"{out}: another process is writing this store; wait for it, or share the work with --part 1/2 and "
                "--part 2/2."
            ) from None
        yield


def begin(out: Path, manifest: Manifest) -> None:
    """Make `out` ready, take over the whole shards that an earlier call made by the same recipe, remove the others."""
    out.mkdir(parents=True, exist_ok=True)
    if (out / MANIFEST).exists():
        earlier = Manifest.read(out)
        if earlier.same_recipe(manifest):
            manifest.modalities = earlier.modalities  # with what they note besides
            manifest.shards = [shard for shard in earlier.shards if _is_whole(out, shard)]
    elif any(path.name != LOCK and not path.match(PARTS) for path in out.iterdir()):
        raise InputError(f"{out}: holds files, but is no feature store; name another folder with --out DIR.")
    manifest.write(out)
    kept = {MANIFEST, *(shard.file for shard in manifest.shards)}
    for path in out.iterdir():
        if path.name not in kept and path.suffix in (".safetensors", ".tmp"):
            path.unlink()


def _is_whole(out: Path, shard: Shard) -> bool:
    path = out / shard.file
    return path.is_file() and path.stat().st_size == shard.bytes and sha256(path) == shard.sha256


def missing(manifest: Manifest) -> Iterator[Shard]:
    """The shards yet to be written, without size and hash."""
    most = max(1, min(CLIPS_PER_SHARD, SHARD_BYTES // max(1, manifest.bytes_per_clip)))
    for split, clips in manifest.clips.items():
        done = sorted((shard.first, shard.count) for shard in manifest.shards if shard.split == split)
        place = 0
        for first, count in [*done, (clips, 0)]:
            for begin in range(place, first, most):
                name = f"{split}-{begin:06d}.safetensors"
                yield Shard(name, split, begin, min(most, first - begin), bytes=0, sha256="")
            place = first + count


def add(out: Path, manifest: Manifest, shard: Shard, tensors: dict[str, Tensor]) -> None:
    """Write a shard, and then the manifest that names it: a kill in between costs this shard only."""
    path = out / shard.file
    with replacing(path) as scratch:
        save_file(tensors, scratch)
    written = Shard(shard.file, shard.split, shard.first, shard.count, path.stat().st_size, sha256(path))
    manifest.shards.append(written)
    manifest.write(out)
