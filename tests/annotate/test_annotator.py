import json
import re
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from mmf.common.registry import registry

from mmf_mixer.annotate.annotator import Annotator
from mmf_mixer.data.clip import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.measures.probabilities import probabilities
from mmf_mixer.media.captions import cues
from mmf_mixer.media.container import decoded
from tests.annotate.conftest import SmallByFrame, SmallText


def by_themselves(annotator: Annotator, clips: list[Clip]) -> Any:
    """Scores of clips, N x L, each read by the run's processors as training reads it."""
    scores = []
    for clip in clips:
        batch = {}
        for key, processor in annotator.run.processors.items():
            made = processor(clip)
            batch |= {key: made["values"][None], f"{key}_mask": made["mask"][None]}
        with torch.no_grad():
            scores.append(annotator.run.score(annotator.run.model.encode(batch)))
    return probabilities(torch.cat(scores), annotator.run.labels).numpy()


def windows_of(video: Path, captions: Path | None, found: Any) -> list[Clip]:
    spans = zip(found.windows.start.tolist(), found.windows.end.tolist(), strict=True)
    return [Clip("", video, video, captions, start, end, ()) for start, end in spans]


def test_windows_score_as_clips_of_the_same_seconds(annotator: Annotator, joined: Path) -> None:
    found = annotator.annotate(joined, joined.with_suffix(".srt"), window=2.5, stride=2.5)
    own = by_themselves(annotator, windows_of(joined, joined.with_suffix(".srt"), found))
    assert found.windows.scores.shape == own.shape and np.ptp(own) > 0.01
    assert np.abs(found.windows.scores - own).max() < 1e-4


def test_clips_that_were_joined_score_as_they_did(annotator: Annotator, joined: Path, trained: Path) -> None:
    from mmf_mixer.data.folder import read_folder

    found = annotator.annotate(joined, joined.with_suffix(".srt"), window=2.5, stride=0.5)
    joints = json.loads((trained / "joints.json").read_text())
    clips = read_folder(trained / "data").splits["train"][:5]
    own = by_themselves(annotator, [Clip("", clip.video, clip.audio, clip.captions, 0.0, 2.5, ()) for clip in clips])
    at = [found.windows.start.tolist().index(joint) for joint in joints[:5]]
    assert np.abs(found.windows.scores[at] - own).max() < 1e-3


def test_frames_of_a_finer_stride_are_half_a_step_off_at_most_and_the_annotation_says_so(
    annotator: Annotator, joined: Path
) -> None:
    assert annotator.annotate(joined, window=2.5, stride=2.5).notes == ()
    (note,) = annotator.annotate(joined, window=2.5, stride=1.0).notes
    assert re.search(r"joined\.mkv: windows share their frames, which lie up to 0\.\d+ s", note)
    assert 0.1 < float(note.split("up to ")[1].split()[0]) <= 2.5 / 4 / 2 + 0.005


def test_overlapping_windows_share_what_is_decoded_and_encoded(
    annotator: Annotator, joined: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []

    def counted(*given: Any) -> Any:
        for timed in decoded(*given):
            if isinstance(timed.frame, av.VideoFrame):
                seen.append(timed.time)
            yield timed

    monkeypatch.setattr("mmf_mixer.media.seek.media.decoded", counted)
    encoders = annotator.run.model.encoders
    before = encoders["video"].frames, encoders["text"].calls
    annotator.annotate(joined, joined.with_suffix(".srt"), window=2.5, stride=0.5)
    frames = [time for time in seen if time > 0]
    assert len(frames) == len(set(frames)) <= 15 * 8
    assert isinstance(encoders["video"], SmallByFrame) and isinstance(encoders["text"], SmallText)
    assert encoders["video"].frames - before[0] <= 15 / 2.5 * 4 + 4  # not 4 for each of the 26 windows
    assert encoders["text"].calls - before[1] <= 26


def test_shares_add_up_and_evidence_lies_in_its_segment(annotator: Annotator, joined: Path) -> None:
    found = annotator.annotate(joined, joined.with_suffix(".srt"), window=2.5, stride=1.0)
    assert found.windows.modalities == ("text", "audio", "video")
    assert np.allclose(found.windows.shares.sum(axis=2), 1)
    assert found.segments and found.segments[0].start == 0 and found.segments[-1].end == found.duration
    words = {word for cue in cues(joined.with_suffix(".srt")) for word in cue.text.split()}
    for segment in found.segments:
        evidence = segment.evidence
        weights = [each.weight for each in (*evidence.words, *evidence.sound, *evidence.frames)]
        assert max(weights) == 1 and min(weights) >= 0
        assert {word.text for word in evidence.words} <= words
        assert all(segment.start <= frame.time <= segment.end for frame in evidence.frames)
        assert sum(segment.modalities.values()) == pytest.approx(1, abs=1e-3)


def test_what_a_video_lacks_has_no_share_and_no_evidence(annotator: Annotator, tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    with av.open(str(silent), "w") as output:
        stream: Any = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(60):
            picture = np.full((48, 64, 3), 4 * number, np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        output.mux(stream.encode())
    found = annotator.annotate(silent)
    assert len(found.windows) == 4 and found.captions is None
    assert np.allclose(found.windows.shares[..., :2], 0) and np.allclose(found.windows.shares[..., 2], 1)
    assert all(not segment.evidence.words and not segment.evidence.sound for segment in found.segments)


def test_a_window_for_each_shot(annotator: Annotator, joined: Path) -> None:
    found = annotator.annotate(joined, unit="shot")
    assert found.shots and found.windows.start.tolist() == [0.0, *found.shots]
    assert [segment.shot for segment in found.segments] == sorted(segment.shot for segment in found.segments)


def test_the_dataset_folder_need_not_be_there(run_folder: Path, joined: Path) -> None:
    config = run_folder / "config.yaml"
    config.write_text(config.read_text().replace("/data", "/gone"))
    annotator = Annotator.load(run_folder)
    assert len(annotator.annotate(joined).labels) == 15


def test_mmf_knows_nothing_of_an_annotator(trained: Path) -> None:
    registry.register("config", "mine")
    Annotator.load(trained / "run")
    assert registry.get("config") == "mine"


def test_two_annotators_in_one_process_say_what_each_says_alone(trained: Path, joined: Path) -> None:
    first, second = Annotator.load(trained / "run"), Annotator.load(trained / "run")
    assert np.array_equal(first.annotate(joined).windows.scores, second.annotate(joined).windows.scores)


def test_lengths_that_make_no_sense_are_refused(annotator: Annotator, joined: Path) -> None:
    with pytest.raises(InputError, match=r"--stride 4 passes over what lies between windows of 3 s"):
        annotator.annotate(joined, stride=4.0)
    with pytest.raises(InputError, match="seconds above 0"):
        annotator.annotate(joined, window=0.0)


def test_what_is_no_video_is_refused(annotator: Annotator, joined: Path) -> None:
    with pytest.raises(InputError, match="has neither picture nor sound"):
        annotator.annotate(joined.with_suffix(".srt"))


def test_captions_beside_the_video_are_found_and_those_that_are_named_are_taken(
    annotator: Annotator, joined: Path, tmp_path: Path
) -> None:
    found = annotator.annotate(joined)
    assert found.captions is not None and (found.captions.source, found.captions.name) == ("beside", "joined.srt")
    other = tmp_path / "other.vtt"
    other.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n")
    named = annotator.annotate(joined, other, beside=tmp_path)
    assert named.captions is not None and (named.captions.source, named.captions.name) == ("file", "other.vtt")
    assert [cue.text for cue in named.captions.cues] == ["Hello"]
    assert not np.array_equal(found.windows.scores, named.windows.scores)
