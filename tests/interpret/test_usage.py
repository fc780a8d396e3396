"""Modality usage of a run of each model, from its folder."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmf_mixer.data.clip import Labels
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.run import TrainedRun, load_run
from mmf_mixer.interpret.usage import modality_usage
from mmf_mixer.modules.tokens import TokenSequence


@pytest.fixture
def run(run_folder: Path) -> TrainedRun:
    """A run on sound and picture; the last clip of each split has no sound."""
    return load_run(run_folder)


class HearsOnly:
    """The run's model, but for its scores: the right class if there is sound, else class 0."""

    def __init__(self, run: TrainedRun) -> None:
        self.config, self.encode, self.slices = run.model.config, run.model.encode, run.model.slices
        clips = run.encode("test", [0, 1, 2])
        self.keys, self.targets = clips.tokens.values[:, 0], clips.targets

    def score(self, tokens: TokenSequence) -> torch.Tensor:
        nearest = torch.cdist(tokens.values[:, 0], self.keys).argmin(dim=1)
        nobody = torch.nn.functional.one_hot(torch.tensor(14), 15).float()
        return torch.where(tokens.mask[:, :1], self.targets[nearest], nobody)


def test_a_model_that_only_hears_uses_sound_alone(run: TrainedRun) -> None:
    found = modality_usage(replace(run, model=HearsOnly(run)))
    audio, video = found.modalities["audio"], found.modalities["video"]
    assert audio.share and video.share and found.entropy
    assert (audio.share.mean, video.share.mean, found.entropy.mean) == (1.0, 0.0, 0.0)
    assert (audio.present, video.present) == (pytest.approx(2 / 3), 1.0)
    assert audio.drop.mean == audio.perceptual.mean == audio.shapley.mean == pytest.approx(2 / 3)
    assert [part.modalities for part in found.subsets] == [(), ("audio",), ("video",), ("audio", "video")]
    assert [part.accuracy.mean for part in found.subsets] == pytest.approx([0, 2 / 3, 0, 2 / 3])
    assert (found.model, found.split, found.samples, found.evidence) == ("mmf_mixer", "test", 3, [])


def test_usage_is_told_by_what_labels_were_made_from(run: TrainedRun) -> None:
    assert modality_usage(run).by_from == []
    (group,) = run.labels.groups
    heard = replace(run, labels=Labels((replace(group, made_from=("heard",)),)), model=HearsOnly(run))
    found = modality_usage(heard)
    (only,) = found.by_from
    assert (only.made_from, only.groups) == (("heard",), ("activity",))
    assert only.accuracy == found.subsets[-1].accuracy and only.modalities == found.modalities


def test_what_is_masked_looks_as_in_a_clip_that_lacks_it(run: TrainedRun) -> None:
    without_sound = run.encode("test", [2]).tokens
    assert torch.equal(run.absent[run.slices["audio"]], without_sound.values[0, run.slices["audio"]])


def test_it_is_written_as_json_and_the_same_seed_gives_the_same(run: TrainedRun, tmp_path: Path) -> None:
    found = modality_usage(run, "val", seed=3)
    found.write(tmp_path / "new")
    content = json.loads((tmp_path / "new" / "usage.json").read_text())
    assert content["modalities"]["video"]["drop"]["mean"] == found.modalities["video"].drop.mean
    assert content["subsets"][3]["modalities"] == ["audio", "video"] and content["split"] == "val"
    assert modality_usage(run, "val", seed=3) == found


def test_accuracy_is_also_given_by_evidence(run: TrainedRun, data: Path) -> None:
    ids = [clip.id for clip in run.datasets["test"].clips]
    lines = [{"id": ids[2], "modalities": ["picture"]}, {"id": ids[0], "modalities": ["sound", "caption"]}]
    lines.append({"id": "another", "modalities": ["caption"]})
    (data / "evidence.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = modality_usage(replace(run, model=HearsOnly(run)))
    assert [(part.modalities, part.samples, part.accuracy.mean) for part in found.evidence] == [
        (("picture",), 1, 0.0),
        (("sound", "caption"), 1, 1.0),
    ]


def test_the_evidence_of_a_clip_of_several_labels_is_that_of_each(run: TrainedRun, data: Path) -> None:
    ids = [clip.id for clip in run.datasets["test"].clips]
    lines = [
        {"id": ids[0], "modalities": {"activity/run": ["video"], "event/bell": ["audio"]}},
        {"id": ids[1], "modalities": {"activity/run": ["video"], "event/bell": ["video"]}},
    ]
    (data / "evidence.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = modality_usage(replace(run, model=HearsOnly(run)))
    assert [(part.modalities, part.samples) for part in found.evidence] == [(("video",), 1), (("audio", "video"), 1)]


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": "a"}', '{"id": "a", "modalities": 3}', '{"id": "a", "modalities": {"run": "video"}}']
)
def test_damaged_evidence_is_named(run: TrainedRun, data: Path, line: str) -> None:
    (data / "evidence.jsonl").write_text('{"id": "b", "modalities": []}\n' + line)
    with pytest.raises(InputError, match=r"evidence.jsonl line 2: is not of the form .*modalities"):
        modality_usage(run)
