"""Pictures as they are to be shown: turned, mirrored, and in their own colours."""

from fractions import Fraction
from pathlib import Path
from struct import pack_into

import av
import numpy as np
import pytest

from mmf_mixer.data.clip import Clip
from mmf_mixer.media.decode import dynamic_range, frames_at
from mmf_mixer.processors.video_frames import VideoFrames
from tests.media.make import write_media

Corners = list[list[str]]
CODED = ["red", "green", "blue", "black"]  # left to right, above and below
COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "black": (0, 0, 0)}
MATRICES = [(a, 0, 0, d) for a in (1, -1) for d in (1, -1)] + [(0, b, c, 0) for b in (1, -1) for c in (1, -1)]


def write_corners(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """An mp4 of 64 x 48 with a colour in each corner, to be shown by a, b, c and d of its track's matrix."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    for place, name in enumerate(CODED):
        pixels[24 * (place // 2) :, 32 * (place % 2) :][:24, :32] = COLOURS[name]
    with av.open(path, "w") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 64, 48, "yuv420p", 2_000_000
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        output.mux([packet for each in (frame, None) for packet in stream.encode(each)])
    content = bytearray(path.read_bytes())
    a, b, c, d = (each * 2**16 for each in matrix)
    pack_into(">9i", content, content.index(b"tkhd") + 44, a, b, 0, c, d, 0, 0, 0, 2**30)
    path.write_bytes(content)
    return path


def shown(matrix: tuple[int, int, int, int]) -> Corners:
    """The corners on the screen, by the definition: x' = a x + c y, y' = b x + d y, about the middle."""
    a, b, c, d = matrix
    found = [["", ""], ["", ""]]
    for place, name in enumerate(CODED):
        x, y = 2 * (place % 2) - 1, 2 * (place // 2) - 1
        found[(b * x + d * y + 1) // 2][(a * x + c * y + 1) // 2] = name
    return found


def corners(pixels: np.ndarray) -> Corners:
    height, width = pixels.shape[:2]
    spots = [[pixels[height * y // 4, width * x // 4] for x in (1, 3)] for y in (1, 3)]
    return [[list(COLOURS)[int(spot.argmax())] if spot.max() > 100 else "black" for spot in row] for row in spots]


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("size", [None, (96, 80)])
def test_pictures_are_turned_and_mirrored_as_they_say(
    tmp_path: Path, matrix: tuple[int, int, int, int], size: tuple[int, int] | None
) -> None:
    (pixels,) = frames_at(write_corners(tmp_path / "a.mp4", matrix), 1, size=size)
    assert pixels.shape[:2] == (size or ((48, 64) if matrix[0] else (64, 48)))
    assert corners(pixels) == shown(matrix)


@pytest.mark.parametrize("matrix", MATRICES)
def test_a_crop_is_of_the_picture_as_it_is_shown(tmp_path: Path, matrix: tuple[int, int, int, int]) -> None:
    path = write_corners(tmp_path / "a.mp4", matrix)
    for place in range(4):
        top, left = place // 2 / 2, place % 2 / 2
        (pixels,) = frames_at(path, 1, size=(40, 40), crop=(top, left, top + 0.5, left + 0.5))
        assert {name for row in corners(pixels) for name in row} == {shown(matrix)[place // 2][place % 2]}


LUMA, BLUE, RED = 120, 90, 200


def by_hand(kr: float, kb: float, full: bool) -> list[int]:
    """RGB of these levels of luma and colour difference, by the definition of a matrix (ITU-R BT.709, section 3)."""
    luma = LUMA if full else (LUMA - 16) * 255 / 219
    blue, red = ((level - 128) * (1 if full else 255 / 224) for level in (BLUE, RED))
    green = luma - (2 * kb * (1 - kb) * blue + 2 * kr * (1 - kr) * red) / (1 - kr - kb)
    return [round(max(0, min(255, value))) for value in (luma + 2 * (1 - kr) * red, green, luma + 2 * (1 - kb) * blue)]


def write_levels(path: Path, size: tuple[int, int], space: int, full: bool = False, transfer: int = 2) -> Path:
    """A clip of one colour in H.264, which says what its colours are, or with 2 that it does not say."""
    frame = av.VideoFrame(size[1], size[0], "yuv420p")
    for plane, level in zip(frame.planes, (LUMA, BLUE, RED), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    frame.pts, frame.time_base = 0, Fraction(1, 10)
    with av.open(path, "w") as output:
        stream = output.add_stream("libx264", rate=10, options={"crf": "1"})
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        context = stream.codec_context
        context.colorspace, context.color_range, context.color_trc = space, 2 if full else 1, transfer
        frame.colorspace, frame.color_range = space, 2 if full else 1
        output.mux([packet for each in (frame, None) for packet in stream.encode(each)])
    return path


@pytest.mark.parametrize(
    ("size", "space", "full", "kr", "kb"),
    [
        ((480, 640), 2, False, 0.299, 0.114),  # untold, standard definition: BT.601
        ((720, 1280), 2, False, 0.2126, 0.0722),  # untold, high definition: BT.709
        ((1088, 608), 2, False, 0.2126, 0.0722),  # the same, upright
        ((480, 640), 1, False, 0.2126, 0.0722),
        ((720, 1280), 5, False, 0.299, 0.114),
        ((720, 1280), 9, False, 0.2627, 0.0593),  # BT.2020
        ((480, 640), 5, True, 0.299, 0.114),
    ],
)
def test_colours_are_those_that_the_levels_stand_for(
    tmp_path: Path, size: tuple[int, int], space: int, full: bool, kr: float, kb: float
) -> None:
    (pixels,) = frames_at(write_levels(tmp_path / "a.mp4", size, space, full), 1, size=(32, 32))
    assert np.abs(pixels[16, 16].astype(int) - by_hand(kr, kb, full)).max() <= 3


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG"), (1, None), (2, None)])
def test_pictures_of_high_dynamic_range_are_named(tmp_path: Path, transfer: int, name: str | None) -> None:
    path = write_levels(tmp_path / "a.mp4", (64, 64), 9, transfer=transfer)
    assert dynamic_range(path) == name
    processor = VideoFrames({"frames": 1, "size": 32})
    clip = Clip("a", path, None, None, None, None, ())
    hint = processor.hint(clip, processor(clip))
    assert (hint is None) == (name is None) and (name is None or f"high dynamic range ({name})" in str(hint))


def test_what_has_no_pictures_has_no_hint(tmp_path: Path) -> None:
    clip = Clip(
        "a", None, write_media(tmp_path / "a.wav", 0, seconds=0.5, codecs=("", "pcm_s16le")), None, None, None, ()
    )
    processor = VideoFrames({"frames": 1, "size": 32})
    assert processor.hint(clip, processor(clip)) is None
