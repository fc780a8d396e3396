"""What an earlier version has written is read as that version read it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from mmf.common.registry import registry

import tests.store.small  # noqa: F401  # the encoders of these files
from mmf_mixer.annotate.annotator import Annotator
from mmf_mixer.data.clip import SPLITS
from mmf_mixer.interpret.run import load_run
from mmf_mixer.report.comparison.page import write_comparison
from mmf_mixer.store.store import FeatureStore

VERSIONS = sorted(path.name for path in Path(__file__).parent.glob("[0-9]*"))


@pytest.fixture(params=VERSIONS, autouse=True)
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a version's files in the working directory, to which their paths are relative."""
    shutil.copytree(Path(__file__).parent / request.param, tmp_path / "files")
    monkeypatch.chdir(tmp_path / "files")
    Path("data/clips").mkdir()
    for clip in (json.loads(line) for split in SPLITS for line in Path(f"data/{split}.jsonl").read_text().splitlines()):
        for key in ("video", "captions"):
            Path("data", clip[key]).touch()  # media must be there, but nobody reads them
    return tmp_path / "files"


@pytest.fixture
def expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("expected.json").read_text())
    return found


def test_a_store_is_read(expected: dict[str, Any]) -> None:
    store = FeatureStore(Path("store"))
    assert store.manifest.clips == {"train": 6, "val": 3, "test": 3}
    modalities, readable = store.read("train", 0, ["audio", "video"])
    assert readable and {key: found["values"].tolist() for key, found in modalities.items()} == expected["features"]


def test_a_run_scores_as_it_did(expected: dict[str, Any]) -> None:
    run = load_run("run")
    scores = run.score(run.encode("val", [0, 1, 2]).tokens)
    torch.testing.assert_close(scores, torch.tensor(expected["scores"]))


def test_a_run_annotates() -> None:
    assert Annotator.load("run").run.labels.names[0] == "activity/laugh"


def test_a_run_goes_on() -> None:
    from mmf_cli.run import run

    before = Path("run/history.jsonl").read_text()
    options = ["config=config.yaml", "model=mmf_mixer", "dataset=clip_features", "checkpoint.resume=true"]
    options += ["dataset_config.clip_features.store=store", "env.save_dir=run", "training.max_updates=4"]
    run(options)
    assert registry.get("trainer").num_updates == 4
    after = Path("run/history.jsonl").read_text()
    assert after.startswith(before) and len(after.splitlines()) > len(before.splitlines())


def test_a_comparison_is_drawn(files: Path) -> None:
    results = json.loads(Path("results.json").read_text())
    page = write_comparison(files, results).read_text()
    for row in results["rows"]:
        assert row["model"] in page and f"{row['params']:,}" in page
