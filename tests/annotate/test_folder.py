import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmf_mixer.annotate.annotation import Annotation
from mmf_mixer.annotate.annotator import Annotator
from mmf_mixer.annotate.exports.registry import EXPORTS
from mmf_mixer.annotate.folder import Result, Settings, annotate_all, videos_in
from mmf_mixer.errors import InputError
from mmf_mixer.files import alone
from tests.annotate.conftest import SmallByFrame


def assert_same(one: Annotation | None, other: Annotation) -> None:
    assert one is not None and one.shots == other.shots and one.notes == other.notes
    np.testing.assert_allclose(one.windows.scores, other.windows.scores, atol=1e-5)
    np.testing.assert_allclose(one.windows.shares, other.windows.shares, atol=1e-3)
    for own, its in zip(one.segments, other.segments, strict=True):
        assert (own.label, own.start, own.end) == (its.label, its.start, its.end)
        assert own.evidence is not None and own.evidence == its.evidence


def results(annotator: Annotator, videos: list[Path], out: Path, settings: Settings | None = None) -> list[Result]:
    settings = settings or Settings()
    return list(annotate_all(annotator, videos, out, settings, None, list(EXPORTS), lambda *_: None))


def test_each_video_has_its_page_its_exports_and_its_master_file(
    annotator: Annotator, joined: Path, tmp_path: Path
) -> None:
    (result,) = results(annotator, [joined], tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"joined.json", "joined.html"} | {f"joined{each.suffix}" for each in EXPORTS.values()}
    again = Annotation.read(tmp_path / "joined.json")
    assert result.annotation is not None and again.segments == result.annotation.segments
    assert (tmp_path / again.video).resolve() == joined


def test_a_damaged_video_stops_no_other_and_is_told(annotator: Annotator, joined: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(b"\0" * 1000)
    first, second = results(annotator, [damaged, joined], tmp_path / "out")
    assert first.annotation is None and "damaged.mp4: cannot be decoded" in first.said[0]
    assert second.annotation is not None and not (tmp_path / "out" / "damaged.json").exists()


def test_what_is_finished_is_not_done_again_but_for_other_settings(
    annotator: Annotator, joined: Path, tmp_path: Path
) -> None:
    assert [one.earlier for one in results(annotator, [joined], tmp_path)] == [False]
    assert [one.earlier for one in results(annotator, [joined], tmp_path)] == [True]
    assert [one.earlier for one in results(annotator, [joined], tmp_path, Settings(stride=0.5))] == [False]
    (tmp_path / "joined.json").write_text("{")
    assert [one.earlier for one in results(annotator, [joined], tmp_path, Settings(stride=0.5))] == [False]


def test_an_export_that_is_asked_for_later_is_made_of_what_is_there(
    annotator: Annotator, joined: Path, tmp_path: Path
) -> None:
    list(annotate_all(annotator, [joined], tmp_path, Settings(), None, [], lambda *_: None))
    assert not (tmp_path / "joined.csv").exists()
    assert [one.earlier for one in results(annotator, [joined], tmp_path)] == [True]
    assert (tmp_path / "joined.csv").read_text().startswith("label,")


def test_other_captions_or_another_model_are_another_annotation(
    annotator: Annotator, trained: Path, joined: Path, tmp_path: Path
) -> None:
    video = Path(shutil.copy(joined, tmp_path / "a.mkv"))
    assert [one.earlier for one in results(annotator, [video], tmp_path / "out")] == [False]
    shutil.copy(joined.with_suffix(".srt"), tmp_path / "a.en.srt")
    assert [one.earlier for one in results(annotator, [video], tmp_path / "out")] == [False]
    louder = Annotator.load(trained / "run", ["dataset_config.clips.processors.audio_processor.params.mels=64"])
    assert [one.earlier for one in results(louder, [video], tmp_path / "out")] == [False]
    assert [one.earlier for one in results(louder, [video], tmp_path / "out")] == [True]


def test_two_videos_of_one_name_are_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for path in (tmp_path / "a.mp4", tmp_path / "b" / "a.mkv", tmp_path / "note.txt"):
        path.touch()
    with pytest.raises(InputError, match=r"a\.mp4, .*a\.mkv: their results would all be called a"):
        videos_in([tmp_path])
    assert videos_in([tmp_path / "b"]) == [tmp_path / "b" / "a.mkv"]
    with pytest.raises(InputError, match="there is no such file"):
        videos_in([tmp_path / "c.mp4"])


def test_what_a_kill_has_left_is_kept_and_the_rest_becomes_as_without_it(
    annotator: Annotator, joined: Path, trained: Path, tmp_path: Path
) -> None:
    other = shutil.copy(joined, tmp_path / "other.mkv")
    script = f"""
import os, signal
from pathlib import Path
from tests.annotate import conftest
from mmf_mixer.annotate.folder import Settings, annotate_all

def progress(video, done, whole):
    if video.stem == "other":
        os.kill(os.getpid(), signal.SIGKILL)

annotator = conftest.Annotator.load({str(trained / "run")!r})
videos = [Path({str(joined)!r}), Path({str(other)!r})]
list(annotate_all(annotator, videos, Path({str(tmp_path / "out")!r}), Settings(stride=0.25), None, ["csv"], progress))
"""
    encoder = annotator.run.model.encoders["video"]
    assert isinstance(encoder, SmallByFrame)
    killed = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    frames = encoder.frames
    again = results(annotator, [joined, Path(other)], tmp_path / "out", Settings(stride=0.25))
    assert [one.earlier for one in again] == [True, False]
    assert encoder.frames - frames < 30  # of 60 that the grid has
    assert_same(again[1].annotation, annotator.annotate(other, stride=0.25))
    assert not [each for kind in ("*.tmp", "*.part") for each in (tmp_path / "out").glob(kind)]


def test_what_is_half_done_is_not_gone_on_with_by_another_call(
    annotator: Annotator, joined: Path, tmp_path: Path
) -> None:
    def stop(*_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        annotator.annotate(joined, stride=0.25, keep=tmp_path, progress=stop)
    (tmp_path / "state.json").write_text(
        (tmp_path / "state.json").read_text().replace('"windows": 32', '"windows": 64')
    )
    done: list[float] = []
    made = annotator.annotate(joined, stride=0.25, keep=tmp_path, progress=lambda now, _: done.append(now))
    assert done == [pytest.approx(15.0)]  # what is written of 64 windows are 32
    assert_same(made, annotator.annotate(joined, stride=0.25))
    other = annotator.annotate(joined, stride=0.5, keep=tmp_path)
    assert_same(other, annotator.annotate(joined, stride=0.5))


def test_two_processes_do_not_annotate_one_video_into_one_folder(
    annotator: Annotator, joined: Path, tmp_path: Path
) -> None:
    ready, go = os.pipe(), os.pipe()
    if (child := os.fork()) == 0:
        with alone(tmp_path / "joined.part", "wait"):
            os.write(ready[1], b".")
            os.read(go[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    (result,) = results(annotator, [joined], tmp_path)
    os.write(go[1], b".")
    os.waitpid(child, 0)
    assert result.annotation is None
    assert "joined.part: another process is writing there; wait for it, or write to another folder." in result.said[0]
    (result,) = results(annotator, [joined], tmp_path)
    assert result.annotation is not None
