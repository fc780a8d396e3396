"""Decoding is tested on media whose frames carry their number as a grey level, and whose sound is a known sine."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.media import container
from mmf_mixer.media.decode import frame_times, frames_at, mono_audio
from mmf_mixer.media.sound import resampled
from tests.media.make import level, levels, write_media

RAW = ("mpeg4", "pcm_s16le")


def test_frames_are_spread_evenly(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4")

    frames = frames_at(path, 5)

    assert frames.shape == (5, 48, 64, 3) and frames.dtype == np.uint8
    assert levels(frames) == [20, 60, 100, 140, 180]  # frames 1, 3, 5, 7, 9
    assert (frames[:, 4, 4] > 240).all()


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0.5, 1.0, [100, 120, 140, 160, 180]),
        (0.0, 0.1, [0, 0, 0, 0, 0]),
        (0.65, 1.65, [140, 180, 180, 180, 180]),
        (5.0, 6.0, [180, 180, 180, 180, 180]),
    ],
)
def test_frames_of_a_window(tmp_path: Path, start: float, end: float, expected: list[int]) -> None:
    assert levels(frames_at(write_media(tmp_path / "a.mp4"), 5, start, end)) == expected


def test_the_frame_on_screen_counts_where_the_rate_varies(tmp_path: Path) -> None:
    times = [0, 100, 700, 720, 740, 760, 780, 800, 900, 1000]
    path = write_media(tmp_path / "a.mkv", times_ms=times)

    assert levels(frames_at(path, 5, 0.0, 1.0)) == [level(n) for n in (1, 1, 1, 2, 8)]


def test_time_counts_from_the_beginning_of_the_file(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mkv", times_ms=[5000 + 100 * n for n in range(10)])

    assert levels(frames_at(path, 2, 0.0, 1.0)) == [level(2), level(7)]


@pytest.mark.parametrize(("rotation", "white"), [(90, (-4, 4)), (-90, (4, -4)), (180, (-4, -4))])
def test_a_turned_recording_is_set_upright(tmp_path: Path, rotation: int, white: tuple[int, int]) -> None:
    path = write_media(tmp_path / "a.mp4", frames=1, rotation=rotation)

    upright, resized = frames_at(path, 1)[0], frames_at(path, 1, size=(32, 20))[0]

    assert upright.shape == ((48, 64, 3) if rotation == 180 else (64, 48, 3))
    assert resized.shape == (32, 20, 3)
    assert upright[white].min() > 240 and upright[4, 4].max() < 20
    assert resized[white].min() > 240


def test_odd_sizes_and_one_frame(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", frames=1, size=(31, 45))

    frames = frames_at(path, 3, size=(17, 9))

    assert frames.shape == (3, 17, 9, 3)
    assert frames_at(path, 1).shape == (1, 31, 45, 3)
    assert (frames[0] == frames[2]).all()


def test_grey_pictures_have_the_brightness_of_the_coloured_ones(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4")

    for options in ({}, {"size": (20, 30)}, {"size": (9, 9), "crop": (0.1, 0.2, 0.9, 1.0)}):
        colour, grey = frames_at(path, 5, **options), frames_at(path, 5, grey=True, **options)
        assert grey.shape == (*colour.shape[:3], 1)
        assert np.abs(grey.astype(int) - colour.astype(int)).max() <= 4


def test_turned_grey_pictures_stand_upright(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", frames=1, rotation=90)

    colour, grey = (frames_at(path, 1, size=(32, 20), grey=grey)[0] for grey in (False, True))

    assert grey.shape == (32, 20, 1) and np.abs(grey.astype(int) - colour.astype(int)).max() <= 4


@pytest.mark.parametrize(("name", "fps"), [("a.mp4", 30), ("a.mkv", 30), ("a.avi", 25), ("a.mkv", 24), ("a.ts", 25)])
def test_native_frames_are_consecutive_whatever_the_time_stamps_round_to(tmp_path: Path, name: str, fps: int) -> None:
    codec = "mpeg2video" if name == "a.ts" else "mpeg4"
    path = write_media(tmp_path / name, frames=60, fps=fps, codecs=(codec, ""))

    for start, end in ((None, None), (0.3, 1.7), (0.41, 1.9)):
        frames = levels(frames_at(path, 16, start, end, rate="native"))
        first = frames[0] // 20
        assert frames == [level(first + number) for number in range(16)]


def test_frame_times_need_no_picture_decoded(tmp_path: Path, decoded: list[float]) -> None:
    path = write_media(tmp_path / "a.mp4")

    assert frame_times(path, 2) == pytest.approx([0.25, 0.75])
    assert frame_times(path, 2, 0.2, 0.8, rate="native") == pytest.approx([0.45, 0.55])
    assert decoded == []


def test_crop_is_in_fractions_of_the_picture(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", frames=1)

    assert frames_at(path, 1, crop=(0.0, 0.0, 0.5, 0.5)).shape == (1, 24, 32, 3)
    assert frames_at(path, 1, size=(8, 8), crop=(0.0, 0.0, 0.25, 0.25)).min() > 240
    assert frames_at(path, 1, size=(8, 8), crop=(0.75, 0.75, 1.0, 1.0)).max() < 20
    assert frames_at(path, 1, crop=(0.5, 0.5, 0.501, 0.501)).shape == (1, 1, 1, 3)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.m4v", "mpeg4"), ("a.avi", "mpeg4"), ("a.ts", "mpeg2video"), ("a.webm", "libvpx")]
)
def test_length_is_found_in_every_container(tmp_path: Path, name: str, codec: str) -> None:
    path = write_media(tmp_path / name, frames=50, fps=25, codecs=(codec, ""))

    assert levels(frames_at(path, 5)) == [level(n) for n in (5, 15, 25, 35, 45)]


def test_a_far_start_is_sought(tmp_path: Path, decoded: list[float]) -> None:
    path = write_media(tmp_path / "a.mp4", frames=600, size=(16, 16))

    far = frames_at(path, 2, 41.0, 41.4)
    sparse = frames_at(path, 3)

    assert levels(far) == [level(411), level(413)]
    assert levels(sparse) == [level(100), level(300), level(500)]
    assert len(decoded) < 40


def test_a_file_that_cannot_seek_is_read_from_the_beginning(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.m4v", frames=100, codecs=RAW)

    assert levels(frames_at(path, 1, 8.0, 8.2)) == [level(81)]


def test_an_empty_picture_track_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "decoded", lambda *args: iter(()))

    with pytest.raises(InputError, match=r"a\.mp4: cannot be decoded \(its picture track is empty\)"):
        frames_at(write_media(tmp_path / "a.mp4"), 2)


@pytest.mark.parametrize(("content", "reason"), [(b"", "it is empty"), (b"no media" * 500, "Invalid data")])
def test_what_is_no_media_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)

    for read in (lambda: frames_at(path, 2), lambda: mono_audio(path, 16000)):
        with pytest.raises(InputError, match=rf"bad\.mp4: cannot be decoded \({reason}"):
            read()


def test_a_playlist_in_disguise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")

    with pytest.raises(InputError, match=r"list\.mp4: cannot be decoded"):
        frames_at(path, 2)


def test_a_cut_off_file_gives_what_is_there(tmp_path: Path) -> None:
    whole = write_media(tmp_path / "a.mkv", frames=20).read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole[: len(whole) // 2])

    there = len(set(levels(frames_at(path, 20, 0.0, 2.0))))

    assert 3 < there < 10  # they end early, and what the file says of its length does not count
    assert levels(frames_at(path, there)) == [level(n) for n in range(there)]


def test_a_damaged_middle_is_passed_over(tmp_path: Path) -> None:
    content = bytearray(write_media(tmp_path / "a.mp4", frames=20).read_bytes())
    middle = content.index(b"mdat") + (content.index(b"moov") - content.index(b"mdat")) // 2
    content[middle : middle + 300] = b"\xff" * 300
    (tmp_path / "a.mp4").write_bytes(bytes(content))

    frames = levels(frames_at(tmp_path / "a.mp4", 20, 0.0, 2.0))

    assert frames[0] == level(0) and frames[-1] == level(19)


def test_sound_alone_has_no_picture(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", frames=0, seconds=0.2, codecs=RAW)

    with pytest.raises(InputError, match=r"a\.wav: has no picture track"):
        frames_at(path, 2)


def test_no_audio_track_is_ordinary(tmp_path: Path) -> None:
    assert mono_audio(write_media(tmp_path / "a.mp4"), 16000) is None


@pytest.mark.parametrize(
    ("rate", "layout"),
    [(8000, "mono"), (16000, "mono"), (44100, "stereo"), (48000, "5.1"), (48000, "10c"), (16000, "10c")],
)
def test_sound_of_any_rate_and_layout(tmp_path: Path, rate: int, layout: str) -> None:
    path = write_media(tmp_path / "a.wav", frames=0, seconds=1.0, rate=rate, layout=layout, codecs=RAW)

    samples = mono_audio(path, 16000)

    assert samples is not None and samples.shape == (16000,) and samples.dtype == np.float32
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    assert np.abs(samples - expected)[200:-200].max() < 0.01


def test_sound_of_a_window(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", frames=0, seconds=12.0, codecs=RAW)

    whole = mono_audio(path, 16000)
    near, far = mono_audio(path, 16000, 0.25, 1.0), mono_audio(path, 16000, 10.0, 11.5)

    assert np.array_equal(near, whole[4000:16000])
    assert np.array_equal(far, whole[160000:184000])
    assert len(mono_audio(path, 16000, 11.5, 14.0)) == 8000
    assert len(mono_audio(path, 16000, 13.0, 14.0)) == 0


def test_sound_of_a_compressed_window_is_in_time(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", frames=200, size=(16, 16), seconds=20.0, tone=100.0)

    far, whole = mono_audio(path, 8000, 15.0, 16.0), mono_audio(path, 8000)

    assert len(far) == 8000
    assert np.abs(far - whole[120000:128000])[100:-100].max() < 0.02


def test_silence_is_sound(tmp_path: Path) -> None:
    samples = mono_audio(write_media(tmp_path / "a.wav", frames=0, seconds=0.5, tone=0.0, codecs=RAW), 16000)

    assert samples is not None and len(samples) == 8000 and not samples.any()


def test_sound_that_is_not_numbers_is_refused(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", frames=0, seconds=0.1, tone=float("nan"), codecs=("", "pcm_f32le"))

    with pytest.raises(InputError, match=r"a\.wav: its sound holds values that are not numbers"):
        mono_audio(path, 16000)


def test_the_format_may_change_on_the_way() -> None:
    def sound(rate: int, layout: str, channels: int) -> av.AudioFrame:
        frame = av.AudioFrame.from_ndarray(np.full((1, rate * channels), 0.25, np.float32), format="flt", layout=layout)
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        return frame

    samples = resampled(iter([sound(8000, "mono", 1), sound(44100, "stereo", 2)]), 16000)

    assert abs(len(samples) - 32000) <= 2
    assert np.abs(samples[1000:15000] - 0.25).max() < 0.01 and np.abs(samples[17000:31000] - 0.25).max() < 0.01


@pytest.mark.parametrize(
    ("name", "shape", "sound"),
    [
        ("bigbuckbunny.mp4", (720, 1280), 5.3),
        ("demo.mp4", (256, 340), None),
        ("mdn.mp4", (240, 320), 7.8),
        ("test.avi", (240, 320), 6.6),
        ("grid_original.mpg", (288, 360), 3.0),
    ],
)
def test_real_files(shared: Path, name: str, shape: tuple[int, int], sound: float | None) -> None:
    path = shared / "data" / "videos" / name

    frames, samples = frames_at(path, 4), mono_audio(path, 16000)

    assert frames.shape == (4, *shape, 3)
    assert all(frame.std() > 10 for frame in frames)
    assert len({frame.tobytes() for frame in frames}) == 4
    assert (samples is None) if sound is None else abs(len(samples) / 16000 - sound) < 0.1
