from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmf_mixer.data.clip import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.processors.audio_spectrogram import AudioSpectrogram
from tests.media.make import write_media
from tests.media.recordings import pitch, record

PLAIN: dict[str, Any] = {"mean": 0.0, "std": 1.0}
PCM = ("mpeg4", "pcm_s16le")


def clip(audio: Path | None, start: float | None = None, end: float | None = None) -> Clip:
    return Clip("c", None, audio, None, start, end, ())


def sound(folder: Path, seconds: float = 1.0, **options: Any) -> Path:
    return write_media(folder / "a.wav", frames=0, seconds=seconds, codecs=PCM, **options)


def band(values: torch.Tensor) -> float:
    """Centre row of the loudest band, as a fraction of the height."""
    return float(values[0].mean(dim=1).argmax()) / values.shape[1]


@pytest.mark.parametrize(("rate", "layout"), [(8000, "mono"), (16000, "stereo"), (44100, "mono"), (48000, "5.1")])
def test_a_tone_is_a_bright_row_at_any_rate(tmp_path: Path, rate: int, layout: str) -> None:
    made = AudioSpectrogram(PLAIN)(clip(sound(tmp_path, rate=rate, layout=layout, tone=1000.0)))

    values = made["values"]
    assert values.shape == (3, 224, 224) and values.dtype == torch.float32
    assert torch.equal(values[0], values[1]) and torch.equal(values[0], values[2])
    assert made["mask"].tolist() == [1] * 49
    # 1000 Hz is 1000 mel, and 8000 Hz, the top, 2840 mel
    assert band(values) == pytest.approx(1000 / 2840, abs=0.02)
    assert values.max() == pytest.approx(1.0, abs=0.02) and values.min() >= 0


def test_time_runs_along_the_width(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mkv", seconds=0.5, delay=0.5, codecs=PCM)

    columns = AudioSpectrogram(PLAIN)(clip(path))["values"][0].mean(dim=0)

    assert columns[:108].max() < 0.01 and columns[116:220].min() > 0.1


def test_the_loudest_sound_that_is_let_through_gives_numbers(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", frames=0, seconds=0.5, volume=2.0**31, codecs=("", "pcm_f32le"))

    values = AudioSpectrogram(PLAIN)(clip(path))["values"]

    assert values.isfinite().all() and values.max() == pytest.approx(1.0, abs=0.02) and band(values) < 0.3


def test_loudness_does_not_matter_but_silence_is_dark(tmp_path: Path) -> None:
    processor = AudioSpectrogram(PLAIN)

    loud, quiet = (processor(clip(sound(tmp_path, volume=volume)))["values"] for volume in (0.5, 0.05))
    silent = processor(clip(sound(tmp_path, tone=0.0)))

    heard = loud > 0.5  # below, the 16 bits of the quiet one show
    assert torch.allclose(loud[heard], quiet[heard], atol=0.01) and heard.float().mean() > 0.05
    assert silent["mask"].sum() == 49 and silent["values"].abs().max() == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("seconds", [0.0002, 0.01, 0.1, 20.0])
def test_any_length(tmp_path: Path, seconds: float) -> None:
    values = AudioSpectrogram(PLAIN)(clip(sound(tmp_path, seconds)))["values"]

    assert values.shape == (3, 224, 224) and values.isfinite().all() and values.max() > 0.3


def test_mean_and_std_normalise(tmp_path: Path) -> None:
    path = sound(tmp_path)

    plain, scaled = (AudioSpectrogram(params)(clip(path))["values"] for params in (PLAIN, {"mean": 0.4, "std": 0.2}))

    assert torch.allclose(scaled, (plain - 0.4) / 0.2, atol=1e-5)


def test_the_window_is_heard_alone(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mkv", seconds=0.5, delay=0.5, codecs=PCM)
    processor = AudioSpectrogram(PLAIN)

    assert processor(clip(path, 0.5, 1.0))["values"][0].mean(dim=0)[4:220].min() > 0.1
    assert processor(clip(path, 2.0, 3.0))["mask"].sum() == 0  # after the end there is nothing to hear


def test_absent_sound_is_zeros(tmp_path: Path) -> None:
    processor = AudioSpectrogram({"size": 32, "tokens": 4, "mels": 20})

    for path in (None, write_media(tmp_path / "mute.mp4")):
        made = processor(clip(path))
        assert made["values"].shape == (3, 32, 32) and not made["values"].any()
        assert made["mask"].tolist() == [0, 0, 0, 0]


def test_cells_say_when_and_how_high(tmp_path: Path) -> None:
    cells = AudioSpectrogram({})
    whole, part = cells.cells(clip(sound(tmp_path, 1.4))), cells.cells(clip(sound(tmp_path, 1.4), 0.7, 9.0))

    assert len(whole) == len(part) == 49
    assert (whole[0].start, whole[0].low_hz) == (0.0, 0.0)
    assert (whole[48].end, whole[48].high_hz) == (pytest.approx(1.4), pytest.approx(8000))
    assert (whole[8].start, whole[8].end) == (pytest.approx(0.2), pytest.approx(0.4))  # second row, second column
    # the first of seven equal parts of 2840 mel ends at 700 (10^(405.7 / 2595) - 1) Hz
    assert whole[6].high_hz == whole[7].low_hz == pytest.approx(303.3, abs=0.1)
    assert (part[0].start, part[48].end) == (0.7, pytest.approx(1.4))


@pytest.mark.parametrize(("tone", "begins"), [(200.0, 0.0), (1000.0, 0.5), (5000.0, 0.7)])
def test_the_brightest_cell_covers_the_tone(tmp_path: Path, tone: float, begins: float) -> None:
    path = write_media(tmp_path / "a.mkv", seconds=0.3, delay=begins, tone=tone, codecs=PCM)
    processor = AudioSpectrogram(PLAIN)

    values, cells = processor(clip(path, 0.0, 1.0))["values"], processor.cells(clip(path, 0.0, 1.0))

    bright = cells[int(torch.nn.functional.avg_pool2d(values[:1], 32).flatten().argmax())]
    assert bright.low_hz <= tone <= bright.high_hz
    assert bright.end > begins and bright.start < begins + 0.3


def test_without_sound_or_a_square_there_are_no_cells(tmp_path: Path) -> None:
    assert AudioSpectrogram({}).cells(clip(None)) == []
    assert AudioSpectrogram({"tokens": 50}).cells(clip(sound(tmp_path))) == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"mel": 3}, "nothing reads 'mel': did you mean 'mels'?"),
        ({"rate": 0}, "rate, mels, size"),
        ({"std": 0}, "std above 0"),
    ],
)
def test_wrong_parameters_are_named(params: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match="^processor audio_spectrogram") as caught:
        AudioSpectrogram(params)

    assert message in str(caught.value)


def test_real_sound(shared: Path) -> None:
    values = AudioSpectrogram({})(clip(shared / "data" / "esc10" / "clips" / "1-100032-A.ogg"))["values"]

    assert values.shape == (3, 224, 224) and 0.3 < values.std() < 2.0


def test_cells_name_the_right_seconds_where_sound_was_lost(tmp_path: Path) -> None:
    path = record(tmp_path / "a.ts", seconds=7, keep=lambda kind, time: kind == "video" or not 2.4 <= time < 5.4)
    processor = AudioSpectrogram({**PLAIN, "size": 70})

    for start, end in ((0.0, 7.0), (1.0, 7.0)):
        cells, picture = processor.cells(clip(path, start, end)), processor(clip(path, start, end))["values"][0]
        for column in range(7):
            assert cells[column].start == pytest.approx(start + column / 7 * (end - start), abs=0.01)
            shades = picture[:, 10 * column + 2 : 10 * column + 8].mean(dim=1)
            if cells[column].end <= 2 or cells[column].start >= 5.5:
                second = int((cells[column].start + cells[column].end) / 2)
                loudest = int(shades.argmax()) / 70 * 2840
                heard = 700 * (10 ** (loudest / 2595) - 1)
                assert heard == pytest.approx(pitch(second), abs=110)
            elif cells[column].start >= 2.5 and cells[column].end <= 5.3:
                assert shades.max() < 0.01


def test_another_track_is_read_where_it_is_named(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", codecs=("", "aac"))

    with pytest.raises(InputError, match=r"a\.mp4: has no sound track 1; its sound tracks are 0"):
        AudioSpectrogram(PLAIN)(replace(clip(path), audio_track=1))
