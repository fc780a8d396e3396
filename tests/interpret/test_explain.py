"""From a run's folder to stencils, contributions and their faithfulness; and one clip."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from mmf_mixer.errors import InputError
from mmf_mixer.interpret.clip import explain_clip
from mmf_mixer.interpret.explain import explain
from mmf_mixer.interpret.run import load_run
from mmf_mixer.interpret.stencil import Settings

QUICK = Settings(restarts=3, steps=2, batch=6)
LABELS = ["activity/run", "activity/laugh"]


def test_everything_is_written_as_promised(run_folder: Path, tmp_path: Path) -> None:
    run = load_run(run_folder)
    before = {name: value.clone() for name, value in run.model.named_parameters()}
    found = explain(run, QUICK, LABELS, clusters=2)
    found.write(tmp_path / "out")
    stencils = load_file(tmp_path / "out" / "stencils.safetensors")
    assert {label: tuple(value.shape) for label, value in stencils.items()} == dict.fromkeys(LABELS, (2, 8, 208))
    content = json.loads((tmp_path / "out" / "contributions.json").read_text())
    assert list(content["labels"]) == LABELS
    with_a_clip = {label for clip in run.datasets["test"].clips for label in clip.labels}
    for label, entry in content["labels"].items():
        if label not in with_a_clip:
            assert entry["modalities"] is entry["tokens"] is None
            continue
        assert sum(entry["modalities"].values()) == pytest.approx(1.0)
        assert {key: len(tokens) for key, tokens in entry["tokens"].items()} == {"audio": 4, "video": 4}
        for key, tokens in entry["tokens"].items():
            assert sum(tokens) == pytest.approx(entry["modalities"][key], abs=1e-6)
        assert entry["stencils"] == 2 and sum(entry["sizes"]) == 3
    report = content["faithfulness"]
    assert set(report["methods"]) == {
        "stencils",
        "masks_alone",
        "random",
        "gradient_x_input",
        "integrated_gradients",
        "modality_shapley",
    }
    assert set(report["methods"]["stencils"]) == {"deletion", "insertion", "comprehensiveness", "sufficiency"}
    assert "more faithful than a random order" in report["verdict"]
    assert -1 <= report["rank_correlation"]["shuffled_weights"]["mean"] <= 1
    assert all(torch.equal(value, before[name]) for name, value in run.model.named_parameters())


def test_a_label_that_the_run_does_not_have_is_refused_with_the_nearest(run_folder: Path) -> None:
    with pytest.raises(InputError, match="no label 'activity/lauhg'; did you mean 'activity/laugh'"):
        explain(load_run(run_folder), QUICK, ["activity/lauhg"])


def test_more_clusters_than_restarts_are_refused_before_the_work(run_folder: Path) -> None:
    with pytest.raises(InputError, match="5 clusters cannot be made of 3 restarts"):
        explain(load_run(run_folder), QUICK, LABELS, clusters=5)


def test_the_contributions_of_a_clip_come_with_seconds_frequencies_and_frames(run_folder: Path) -> None:
    run = load_run(run_folder)
    opened, baseline = torch.ones(8, 208), torch.zeros(8, 208)
    found = explain_clip(run, "val", 0, "activity/laugh", opened, baseline)
    assert found.clip == run.datasets["val"].clips[0].id and 0 < found.probability < 1
    assert sum(found.modalities.values()) == pytest.approx(1.0)
    assert sum(found.tokens["video"]) == pytest.approx(found.modalities["video"], abs=1e-6)
    audio, video = found.places["audio"], found.places["video"]
    assert [place[:2] for place in audio] == [(0, 1), (1, 2), (2, 3), (3, 4)]  # a grid of 2 x 2
    assert audio[0].start == audio[2].start == 0.0 and audio[0].stop == audio[1].start
    assert audio[0].low_hz == 0.0 and audio[0].high_hz == audio[2].low_hz and audio[2].high_hz == pytest.approx(8000)
    assert len(video) == 4 and [place.start for place in video] == sorted(place.start for place in video)


def test_a_modality_that_a_clip_lacks_has_no_places(run_folder: Path) -> None:
    run = load_run(run_folder)
    found = explain_clip(run, "val", 2, "activity/laugh", torch.ones(8, 208), torch.zeros(8, 208))
    assert found.places["audio"] == [] and len(found.places["video"]) == 4
    assert found.modalities["audio"] == 0.0
