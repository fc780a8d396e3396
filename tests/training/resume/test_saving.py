"""What a run leaves in its folder, and what of it a resumed run accepts."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from mmf.common import test_reporter
from mmf.common.registry import registry
from mmf_cli.run import run as mmf_run

from mmf_mixer import files
from mmf_mixer.errors import InputError
from mmf_mixer.releases import is_package_release
from mmf_mixer.training.resume.saving import predictions_whole_or_not_at_all
from tests.compat import tiny
from tests.store import small

pytestmark = pytest.mark.skipif(not is_package_release(), reason="the source release saves otherwise")
RESUME = "checkpoint.resume=true"


def test_a_checkpoint_holds_what_a_run_is_made_from_and_where_it_is(tmp_path: Path) -> None:
    tiny.run(tmp_path, "training.max_updates=5")
    content = torch.load(tmp_path / "save" / "current.ckpt", weights_only=True)
    assert content["format"] == 1 and content["config"]["training"]["max_updates"] == 5
    assert content["identity"] == {"data": {}, "features": "", "labels": [], "encoders": {}}
    assert content["progress"]["seed"] == 1 and content["progress"]["position"] == 16  # two batches of the second epoch
    lines = (tmp_path / "save" / "history.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == content["progress"]["history"]


def test_the_last_checkpoints_and_the_best_are_kept(tmp_path: Path) -> None:
    worst = ("training.early_stop.minimize=false", "training.checkpoint_interval=1", "training.max_updates=8")
    tiny.run(tmp_path, *worst, "checkpoint.max_to_keep=3")
    save = tmp_path / "save"
    assert sorted(path.name for path in (save / "models").iterdir()) == ["model_6.ckpt", "model_7.ckpt", "model_8.ckpt"]
    assert torch.load(save / "best.ckpt")["num_updates"] == 2
    assert (save / "current.ckpt").samefile(save / "models" / "model_8.ckpt")  # written once


def test_nothing_is_left_in_place_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.run(tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "save").rglob("*.ckpt")}

    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "sync", killed)  # all is written, nothing has its name yet
    with pytest.raises(KeyboardInterrupt):
        tiny.run(tmp_path, "training.max_updates=6", RESUME)
    assert {path: path.read_bytes() for path in (tmp_path / "save").rglob("*.ckpt")} == before


def test_a_full_disk_ends_the_run_with_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.run(tmp_path)
    stock, current = Path.open, tmp_path / "save" / "current.ckpt"
    before = current.read_bytes()

    def full(self: Path, *args: Any, **kwargs: Any) -> Any:
        return stock(Path("/dev/full") if self.name.startswith("model_6.ckpt") else self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(InputError, match=r"model_6\.ckpt: cannot be written, for the disk is full .*resume=true"):
        tiny.run(tmp_path, "training.max_updates=6", RESUME)
    monkeypatch.undo()
    assert current.read_bytes() == before
    tiny.run(tmp_path, "training.max_updates=6", RESUME)
    assert torch.load(current)["num_updates"] == 6


def test_a_random_seed_is_kept(tmp_path: Path) -> None:
    tiny.run(tmp_path, "training.seed=-1")
    drawn = torch.load(tmp_path / "save" / "current.ckpt")["progress"]["seed"]
    tiny.run(tmp_path, "training.seed=-1", RESUME, "training.max_updates=6")
    assert drawn != -1 and registry.get("config").training.seed == drawn
    with pytest.raises(InputError, match=rf"differs in: training\.seed \({drawn}, now 5\); put that back"):
        tiny.run(tmp_path, "training.seed=5", RESUME, "training.max_updates=8")


def test_a_checkpoint_without_random_states_says_so(tmp_path: Path) -> None:
    tiny.run(tmp_path)
    path = tmp_path / "save" / "current.ckpt"
    torch.save({key: value for key, value in torch.load(path).items() if key not in ("progress", "digest")}, path)
    with pytest.warns(UserWarning, match="holds no random states: training goes on, not exactly"):
        assert len(tiny.run(tmp_path, RESUME, "training.max_updates=6").batches) == 2


def test_predictions_are_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json_dump", "csv_dump"):
        monkeypatch.setattr(test_reporter.TestReporter, name, getattr(test_reporter.TestReporter, name))
    predictions_whole_or_not_at_all(test_reporter)  # pytest takes that module for one of its own, and loads it unmended
    path = tmp_path / "rows.json"
    path.write_text("before")
    reporter = object.__new__(test_reporter.TestReporter)
    reporter.report = [{"id": 1, "labels": object()}]  # which json cannot write
    with pytest.raises(TypeError):
        reporter.json_dump(str(path))
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
    reporter.report = [{"id": 1}]
    reporter.json_dump(str(path))
    assert json.loads(path.read_text()) == [{"id": 1}]


@pytest.fixture
def trained(tmp_path: Path) -> list[str]:
    """The options of a training on clips of two updates, which has been."""
    data = small.make_folder(tmp_path / "data")
    options = small.options(small.write_config(tmp_path / "config.yaml", data), env__save_dir=str(tmp_path / "save"))
    options += ["training.stdout_capture=false"]
    mmf_run(options)
    return options


def test_a_resumed_run_is_of_the_same_data_labels_and_encoders(
    tmp_path: Path, trained: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = [*trained, RESUME, "training.max_updates=3"]
    train, labels = tmp_path / "data" / "train.jsonl", tmp_path / "data" / "labels.yaml"
    lines, names = train.read_text(), labels.read_text()
    train.write_text("".join(lines.splitlines(keepends=True)[:-1]))
    with pytest.raises(InputError, match=r"current\.ckpt is of a run .* in: .*dataset folder of clips \(fingerprint"):
        mmf_run(more)
    mmf_run([*more, "evaluation.predict=true", "run_type=test"])  # what is predicted may change
    train.write_text(lines)

    content = yaml.safe_load(names)
    group = content["groups"]["activity"]["labels"]
    group[0], group[1] = group[1], group[0]
    labels.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(InputError, match=rf"label activity/{group[1]} \(now activity/{group[0]}\), label activity/"):
        mmf_run([*more, "evaluation.predict=true", "run_type=test"])
    labels.write_text(names)

    stock = small.SmallFrames.__init__

    def other_weights(self: small.SmallFrames, config: Any = None) -> None:
        stock(self, config)
        self.weight.data += 1

    monkeypatch.setattr(small.SmallFrames, "__init__", other_weights)
    with pytest.raises(InputError, match=r"in: the encoder of video \(weights was '"):
        mmf_run(more)
    monkeypatch.setattr(small.SmallFrames, "__init__", stock)
    mmf_run(more)
    assert torch.load(tmp_path / "save" / "current.ckpt")["num_updates"] == 3


def test_a_trainer_of_somebody_elses_saves_as_in_mmf(tmp_path: Path) -> None:
    tiny.run(tmp_path)
    trainer = registry.get("trainer")
    del trainer.identity
    trainer.checkpoint.save(99)
    content = torch.load(tmp_path / "save" / "current.ckpt", weights_only=True)
    assert content["num_updates"] == 99 and "progress" not in content
