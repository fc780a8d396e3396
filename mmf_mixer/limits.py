"""How much any one file may ask of the machine. What asks for more is refused in a sentence, before it is decoded.

With these limits, reading one clip takes less than `MEMORY` beside the program itself, whatever the file holds.
"""

import codecs
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mmf_mixer.errors import InputError

MEMORY = 2 * 2**30  # bytes: a decoder may keep 17 of the largest pictures, of six bytes per pixel

FRAME_PIXELS = 4096 * 4096  # 4K of any shape, and the 5.7K of cameras that look all around
SOUND_SECONDS = 660.0  # ten minutes, and a little at both ends: spectrograms of longer windows show nothing
SOUND_RATES = (1_000, 768_000)  # Hz: from half of what a telephone has to the highest that is sold
CHANNELS = 64  # as many as FFmpeg resamples
FRAME_SAMPLES = 2**22  # of all channels, in one packet; FLAC's longest have an eighth of that
DECODED = 4 * 10**10  # pixels or samples on the way to a window: an hour of standard television, some minutes of work
PARTS = 256  # of one file, where its clock begins anew: each is opened as a file of its own
SEGMENTS = 2**24  # pieces in an mp4 file's table times the edits that repeat them: sixteen million take 400 MB
BOXES = 2**22  # in an mp4 file: a day in fragments of a second has a fifth of that

CAPTIONS_BYTES = 16 * 2**20  # hours of talk in which every word is marked in a cue of its own
BROADCAST_BYTES = 2 * 2**20  # of captions in SCC, TTML or EBU-STL, likewise: ttconv takes a minute for them
CAPTION_TAGS = 2**17  # in TTML: three hours in which every word is marked; each takes some kilobytes
LABELS_BYTES = 256 * 2**10  # ten thousand labels
SPLIT_BYTES = 256 * 2**20  # a million clips
LINE_BYTES = 64 * 2**10  # one clip with all of four thousand labels
SOURCE_BYTES = 64 * 2**20  # labels of another tool: those of Kinetics-700 have 35 MB
FEATURES_BYTES = 16 * 2**30  # of features of another tool, which are held in memory: CMU-MOSEI's have six
LAST_SECOND = 10**7  # of `start` and `end`: four months

MANIFEST_BYTES = 32 * 2**20  # twenty million clips
HEADER_BYTES = 2**20  # five thousand tensors in one shard

ENCODINGS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
ENCODED_GB = "MMF_MIXER_ENCODED_GB"  # in the environment: how much tokens of frozen encoders may take in a process


def encoded_bytes() -> int:
    """How many bytes of tokens a process keeps that frozen encoders have made of clips: 2 GB, or what ENCODED_GB says.

    Raises:
        InputError: that is no number.
    """
    wanted = os.environ.get(ENCODED_GB, "2")
    try:
        return int(float(wanted) * 10**9)
    except ValueError:
        raise InputError(f"{ENCODED_GB} is {wanted!r}; write a number of gigabytes, 0 to keep nothing.") from None


@contextmanager
def opened(path: Path, most: int | None = None) -> Iterator[BinaryIO]:
    """The file at `path`. Raises InputError if it is missing, no ordinary file, or over `most` bytes.

    A pipe would be waited for without end, and a device read without end.
    """
    try:
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115  (closed below)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        reason = getattr(error, "strerror", None) or "its name is none"
        raise InputError(f"{path}: cannot be read ({reason}); an ordinary file belongs there.") from None
    with file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{path}: cannot be read (it is no ordinary file); put the file itself there.")
        if most is not None and status.st_size > most:
            raise InputError(
                f"{path}: has {status.st_size:,} bytes, but such a file may have {most:,}; split it, or take out what "
                "does not belong there."
            )
        yield file


def content(path: Path, most: int) -> bytes:
    """All bytes of a file of at most `most`. Raises InputError as `opened` does."""
    with opened(path, most) as file:
        try:
            return file.read(most)
        except OSError as error:
            raise _unread(path, error) from None


def blocks(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """What is left of the open file at `path`, a megabyte at a time. Raises InputError if it cannot be read."""
    try:
        while block := file.read(2**20):
            yield block
    except OSError as error:
        raise _unread(path, error) from None


def _unread(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: cannot be read ({error.strerror}); copy it anew.")


def decoded(path: Path, written: bytes) -> str:
    """The text of a file's bytes, which are UTF-8, or UTF-16 with a byte order mark. Raises InputError for others."""
    encoding = next((name for mark, name in ENCODINGS.items() if written.startswith(mark)), "utf-8")
    try:
        text = written.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # also what UTF-16 without a mark looks like
        raise InputError(f"{path}: its letters are in an unknown encoding; save it as UTF-8.")
    return text


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK)
