"""Media of a folder, opened and decoded."""

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from mmf_mixer.labels.check import decoding
from mmf_mixer.labels.check.cache import Cache
from mmf_mixer.labels.check.decoding import look_at
from mmf_mixer.labels.check.media import Seen, Window, look
from mmf_mixer.media.facts import duration
from tests.data.make import line
from tests.labels.checked import (
    TAGS,
    checked,
    fine_lines,
    found,
    look_or_die,
    only,
    write_captions,
    write_fine_folder,
    write_lines,
)
from tests.media.captions.make import Track, write_tracks
from tests.media.make import write_media


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_fine_folder(tmp_path / "set")


def window(path: Path, modality: str = "video", start: float | None = None, end: float | None = None) -> Window:
    return Window(modality, str(path), start, end, None)


def write_black(path: Path) -> None:
    with av.open(path, "w") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        for _ in range(10):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        output.mux(stream.encode())


def test_pictures_of_one_colour_are_blank(tmp_path: Path) -> None:
    write_black(tmp_path / "black.mp4")
    write_media(tmp_path / "a.mp4")

    assert look(window(tmp_path / "black.mp4")) == Seen(None, pytest.approx(1.0), there=True, blank=True)
    assert look(window(tmp_path / "a.mp4")) == Seen(None, pytest.approx(1.0), there=True)


def test_silence_is_blank_and_a_file_without_sound_has_none(tmp_path: Path) -> None:
    silent = write_media(tmp_path / "silent.mp4", seconds=1.0, tone=0)
    mute = write_media(tmp_path / "mute.mp4")
    loud = write_media(tmp_path / "loud.mp4", seconds=1.0)

    looks = [look(window(path, "audio")) for path in (silent, mute, loud)]

    assert [(seen.there, seen.blank) for seen in looks] == [(True, True), (False, False), (True, False)]


def test_the_duration_is_that_of_the_longer_track(tmp_path: Path) -> None:
    assert duration(write_media(tmp_path / "a.mp4", frames=10)) == pytest.approx(1.0)
    assert duration(write_media(tmp_path / "b.mp4", frames=10, seconds=2.0)) == pytest.approx(2.0, abs=0.1)


def test_what_cannot_be_decoded_is_refused(root: Path) -> None:
    (root / "clips" / "val-1.mp4").write_bytes(b"not a film" * 100)

    report = checked(root, decode=True)

    assert found(report, "video that cannot be read") == found(report, "audio that cannot be read")
    finding = only(report, "video that cannot be read")
    assert (finding.split, finding.line, finding.severity) == ("val", 1, "refused")
    assert finding.sentence.startswith("clips/val-1.mp4: cannot be decoded")
    assert finding.remedy == "replace it or encode it again"
    assert report.modalities["val"] == {"text": 2, "audio": 1, "video": 1}
    assert checked(root).findings == []  # nothing is opened without decoding


def test_blank_pictures_silence_and_windows_outside_are_told(root: Path) -> None:
    write_black(root / "clips" / "train-1.mp4")
    write_media(root / "clips" / "val-1.mp4", seconds=1.0, tone=0)
    lines = fine_lines()
    lines["test-1"] |= {"start": 0.5, "end": 7.0}
    lines["test-2"] |= {"start": 5.0}
    lines["val-2"] |= {"audio": "clips/train-1.mp4"}
    write_lines(root, list(lines.values()))

    report = checked(root, decode=True)

    assert found(report, "blank picture") == [("train", 1, "train-1")]
    assert only(report, "blank picture").sentence == "all pictures of clips/train-1.mp4 in the window are of one colour"
    assert found(report, "silent sound") == [("val", 1, "val-1")]
    assert found(report, "no sound") == [("val", 2, "val-2")]
    outside = {each.clip: each.sentence for each in report.of("window outside the media")}
    assert outside["test-1"].startswith("its window ends after the end of clips/test-1.mp4 (1")
    assert outside["test-2"].startswith("its window lies after the end of clips/test-2.mp4 (1")
    assert report.modalities["train"]["audio"] == 1  # the black film has no sound
    assert report.exit_code == 1


def test_captions_of_another_recording_are_told_once(root: Path) -> None:
    write_captions(root / "clips" / "val-1.srt", "this is said much later", start=40)
    again = line("val-3", video="clips/val-1.mp4", captions="clips/val-1.srt", start=0.5)
    write_lines(root, [*fine_lines().values(), again])

    finding = only(checked(root, decode=True), "captions outside the media")

    assert (finding.split, finding.line) == ("val", 1)
    assert finding.sentence.startswith("1 of 1 cues of clips/val-1.srt begin after the end of clips/val-1.mp4 (1")


def test_captions_in_a_track_of_the_video_are_looked_at_too(root: Path) -> None:
    late = Track("subrip", [(0.2, 0.6, "this is said in time"), (40.0, 41.0, "this is said much later")], "eng")
    write_tracks(root / "clips" / "tracks.mkv", late)
    own = line("val-1", video="clips/tracks.mkv", captions=None, captions_track="eng", labels=TAGS[0])
    write_lines(root, [*({**fine_lines(), "val-1": own}).values()])

    finding = only(checked(root, decode=True), "captions outside the media")

    assert finding.sentence.startswith("1 of 2 cues of clips/tracks.mkv begin after the end")


def test_results_are_kept_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_media(tmp_path / "a.mp4")
    asked: list[Window] = []

    def counted(windows: list[Window], jobs: int) -> list[tuple[Window, Seen]]:
        asked.extend(windows)
        return [(each, Seen(None, 2.5, there=True)) for each in windows]

    monkeypatch.setattr(decoding, "_in_processes", counted)
    kept = tmp_path / "cache" / "kept.json"
    first = look_at([window(path), window(path, start=0.5)], 1, Cache(kept))
    again = look_at([window(path), window(path, start=0.5)], 1, Cache(kept))
    assert first == again == dict.fromkeys([window(path), window(path, start=0.5)], Seen(None, 2.5, there=True))
    assert asked == [window(path), window(path, start=0.5)]

    path.write_bytes(path.read_bytes() + b"\0")
    look_at([window(path)], 1, Cache(kept))
    assert len(asked) == 3


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 0, "results": {"a": 1}}', '{"results": 3}'])
def test_a_cache_that_is_damaged_or_old_is_begun_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "kept.json").write_text(text)
    cache = Cache(tmp_path / "kept.json")
    assert cache.results == {}
    cache.save()
    assert json.loads((tmp_path / "kept.json").read_text())["results"] == {}


def test_a_file_that_ends_its_process_is_found_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "look", look_or_die)
    windows = []
    for name in ("a", "deadly", "b"):
        (tmp_path / name).write_text(name)
        windows.append(window(tmp_path / name))

    seen = look_at(windows, 2, Cache(tmp_path / "kept.json"))

    assert [each.error for each in seen.values()] == [
        None,
        f"{tmp_path}/deadly: ends the process that decodes it; replace it or encode it again.",
        None,
    ]


def test_processes_that_cannot_start_are_no_fault_of_the_files(root: Path) -> None:
    code = f"from tests.labels.checked import checked; from pathlib import Path; checked(Path({str(root)!r}), True)"
    done = subprocess.run([sys.executable], input=code, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert "The processes that decode cannot be started" in done.stderr
