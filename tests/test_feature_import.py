import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from typer.testing import CliRunner

from mmf_mixer.annotate.annotator import Annotator
from mmf_mixer.cli.main import app
from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.feature_import import import_features
from mmf_mixer.interpret.run import load_run
from mmf_mixer.interpret.usage import modality_usage
from mmf_mixer.store.store import FeatureStore
from tests.labels.features.test_sources import write_hdf5


def made_up(clips: int = 60) -> dict[str, dict[str, Any]]:
    """MMSA-like features: the sign of a word of odd units says the label; sound is padded, and in part no number."""
    rng = np.random.default_rng(0)
    nest: dict[str, dict[str, Any]] = {}
    for split, count in (("train", clips), ("valid", 20), ("test", 20)):
        labels = rng.uniform(-3, 3, count)
        text = 1e6 + 1e3 * (rng.normal(size=(count, 4, 3)) + 2 * np.sign(labels)[:, None, None])
        audio = rng.normal(size=(count, 5, 2))
        audio[:, 3:] = 0
        audio[0, 0, 0] = -np.inf
        nest[split] = {
            "raw_text": ["words"] * count,
            "text": text.astype(np.float32),
            "audio": audio.astype(np.float32),
            "id": [f"{split}{number}" for number in range(count)],
            "regression_labels": labels,
        }
    return nest


@pytest.fixture(scope="module")
def pickled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("features")
    (root / "mosi.pkl").write_bytes(pickle.dumps(made_up()))
    write_hdf5(root / "mosi.h5", made_up())
    return root


def trained(out: Path, save: Path, **options: Any) -> dict[str, Any]:
    """The last scores of a short run by the config that the import has written."""
    from mmf_cli.run import run

    given = {"training.max_updates": 30, "training.evaluation_interval": 30, "env.save_dir": save} | options
    run(
        [
            *(f"config={out / 'config.yaml'}", "model=mmf_mixer", "dataset=clip_features"),
            *(f"{name}={value}" for name, value in given.items()),
        ]
    )
    history = [json.loads(line) for line in (save / "history.jsonl").read_text().splitlines()]
    return {key: value for line in history for key, value in line.items() if "accuracy" in key or "loss" in key}


def test_a_pickle_and_hdf5_of_the_same_arrays_train_to_the_same_figures(pickled: Path, tmp_path: Path) -> None:
    scores = []
    for name in ("mosi.pkl", "mosi.h5"):
        out = tmp_path / name
        report = import_features(pickled / name, out, edges=[0.0])
        assert report["modalities"]["text"] == {"tokens": 4, "width": 3}
        assert [each["count"] for each in report["left_out"]] == [3]  # raw_text of three splits
        assert report["noted"] == [
            {"reason": "a value that is no number is taken as the mean", "count": 3, "first": "train0 audio"}
        ] or name.endswith("h5")
        scores.append(trained(out, tmp_path / f"save-{name}"))
    assert scores[0] == scores[1]
    assert scores[0]["val/clip_features/group_accuracy"] > 0.9
    with pytest.raises(InputError, match="reads features that somebody has made"):
        Annotator.load(tmp_path / "save-mosi.h5")
    usage = modality_usage(load_run(tmp_path / "save-mosi.h5"))
    alone = {"+".join(part.modalities): part.accuracy.mean for part in usage.subsets}
    assert alone["text"] > 0.9 > 0.7 > alone["audio"]


def test_what_is_stored_is_scaled_on_train_and_padding_is_masked(pickled: Path, tmp_path: Path) -> None:
    import_features(pickled / "mosi.pkl", tmp_path / "out", edges=[0.0])
    store = FeatureStore(tmp_path / "out" / "features")
    stored, readable = store.read_batch("train", list(range(60)), ["text", "audio"])
    assert readable.all() and stored["audio"]["mask"].tolist() == [[1, 1, 1, 0, 0]] * 60
    assert torch.allclose(stored["text"]["values"].mean(dim=(0, 1)), torch.zeros(3), atol=1e-3)
    assert torch.allclose(stored["text"]["values"].std(dim=(0, 1)), torch.ones(3), atol=0.01)
    assert stored["audio"]["values"][0, 0, 0] == 0 and not stored["audio"]["values"][:, 3:].any()
    val, _ = store.read_batch("val", list(range(20)), ["text"])
    assert val["text"]["values"].mean().abs() > 1e-3  # by the training clips' mean, not its own
    folder = read_folder(tmp_path / "out")
    assert folder.labels.names == ["label/below 0", "label/from 0"] and folder.splits["val"][0].id == "valid0"


def test_arrays_of_clips_take_labels_and_splits_from_a_table(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    (tmp_path / "in" / "covarep").mkdir(parents=True)
    (tmp_path / "in" / "gone").mkdir()
    rows = ["id,label,split"]
    for number in range(9):
        np.save(tmp_path / "in" / "covarep" / f"{number}.npy", rng.normal(size=(1 + number % 3, 4)))
        rows += [f"{number},mood/{'ab'[number % 2]},{('train', 'dev', 'test')[number // 3]}"] if number else []
    rows += ["1,mood/late,train", "77,mood/a,train"]
    np.save(tmp_path / "in" / "gone" / "1.npy", rng.normal(size=(2, 2)))
    (tmp_path / "in" / "labels.csv").write_text("\n".join(rows))
    result = CliRunner().invoke(app, ["import", "features", str(tmp_path / "in"), str(tmp_path / "out")])
    assert result.exit_code == 0, result.exception
    assert "left out: 1 x a clip without a label (first: 0)" in result.output
    assert "left out: 1 x a label of a clip that has no features (first: 77)" in result.output
    assert "covarep: 3 tokens of 4 features" in result.output
    folder = read_folder(tmp_path / "out")
    assert folder.splits["train"][0].labels == ("mood/b", "mood/late") and len(folder.splits["val"]) == 3
    stored, _ = FeatureStore(tmp_path / "out" / "features").read_batch("train", [0, 1], ["covarep", "gone"])
    assert stored["covarep"]["mask"].tolist() == [[1, 1, 0], [1, 1, 1]]
    assert stored["gone"]["mask"].tolist() == [[1, 1], [0, 0]]
    config = yaml.safe_load((tmp_path / "out" / "config.yaml").read_text())
    assert config["fusion"]["use"] == "covarep,gone"


def test_features_do_not_train_as_clips(pickled: Path, tmp_path: Path) -> None:
    import_features(pickled / "mosi.pkl", tmp_path / "out", edges=[0.0])
    with pytest.raises(InputError, match="clip 'train0' of train has features and no media; train with dataset=clip_f"):
        trained(tmp_path / "out", tmp_path / "save", dataset="clips")


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        ({}, {}, r"lie between whole numbers; say with --edges"),
        ({}, {"labels": "mood"}, "has no field 'mood'; its fields are"),
        ({}, {"edges": [0.0], "exclusive": ["label"]}, "--exclusive is of labels in a table"),
        ({"id": 5}, {"edges": [0.0]}, "is not as MMSA writes it"),
        ({"regression_labels": None}, {}, "labels are in none of its fields"),
        ({"text": np.ones((60, 4, 2))}, {"edges": [0.0]}, "features a token, and others have"),
        ({"id": ["valid0"] * 60}, {"edges": [0.0]}, r"out.*id 'valid0' is already on line 1"),
    ],
)
def test_what_does_not_fit_is_one_sentence_and_leaves_nothing(
    change: dict[str, Any], options: dict[str, Any], told: str, tmp_path: Path
) -> None:
    nest = made_up()
    nest["train"] = {name: value for name, value in (nest["train"] | change).items() if value is not None}
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(nest))
    with pytest.raises(InputError, match=told):
        import_features(tmp_path / "a.pkl", tmp_path / "out", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pkl"]


def test_edges_are_ascending_numbers_or_one_sentence(tmp_path: Path) -> None:
    for wrong in ("1,0", "a", "0,0"):
        result = CliRunner().invoke(app, ["import", "features", "a.pkl", str(tmp_path / "out"), "--edges", wrong])
        assert isinstance(result.exception, InputError) and "no ascending numbers" in str(result.exception)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["features", "a.pkl", "out", "--window", "3"],
            "import features: --window is of the other kinds; leave it out",
        ),
        (["csv", "a.csv", "out", "--edges", "0"], "import csv: --edges is of features; leave it out"),
    ],
)
def test_options_of_other_kinds_are_refused(words: list[str], told: str) -> None:
    result = CliRunner().invoke(app, ["import", *words])
    assert isinstance(result.exception, InputError) and told in str(result.exception)
