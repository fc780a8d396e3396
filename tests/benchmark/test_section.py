"""The `benchmark` section: what it may say, and how the config around it is read."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from mmf_mixer.benchmark.section import RowConfig, read_config, root_named, section_of
from mmf_mixer.errors import InputError

SECTION = """
benchmark:
  models: [concat_mlp, wide]
  trials: 3
  search: {optimizer.params.lr: [0.1, 0.2]}
  rows:
    wide:
      model: mmf_mixer
      options: {model_config.mmf_mixer.channels: 256, run: "${root}"}
      search: {optimizer.params.lr: [0.3], model_config.mmf_mixer.dropout: [0.1]}
"""


def test_rows_are_entries_or_registered_models() -> None:
    section = section_of(OmegaConf.create(SECTION))
    assert (section.models, section.trials, section.tuning_seed) == (("concat_mlp", "wide"), 3, 1000)
    assert section.entry("concat_mlp") == RowConfig("concat_mlp", {}, {"optimizer.params.lr": [0.1, 0.2]})
    wide = section.entry("wide")
    assert wide.model == "mmf_mixer" and wide.options == {"model_config.mmf_mixer.channels": 256, "run": "${root}"}
    assert wide.search == {"optimizer.params.lr": [0.3], "model_config.mmf_mixer.dropout": [0.1]}


def test_no_trials_is_a_number_of_trials() -> None:
    assert section_of(OmegaConf.create({"benchmark": {"trials": 0}})).trials == 0


def test_majority_is_not_trained() -> None:
    assert section_of(OmegaConf.create()).entry("majority") == RowConfig("majority", {"run_type": "val_test"})


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ("{modles: [a]}", r"benchmark: there is no key 'modles'"),
        ("{models: a}", "benchmark.models: write a list"),
        ("{trials: many}", "benchmark.trials is 'many'; write a whole number"),
        ("{search: {lr: 0.1}}", "benchmark.search: lr needs a list"),
        ("{rows: {wide: {lr: 1}}}", "benchmark.rows.wide: there is no key 'lr'"),
        ("{rows: {wide: 3}}", "benchmark.rows.wide: write a mapping"),
        ("{rows: {majority: {}}}", "benchmark.rows.majority: this row is given"),
        ("{rows: {mismatch_reference: {}}}", "benchmark.rows.mismatch_reference: this row is given"),
    ],
)
def test_what_it_may_not_say(section: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        section_of(OmegaConf.create(f"benchmark: {section}"))


def test_includes_are_read_from_beside_the_file_and_from_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("a: {b: 1, c: 2}\nd: 3")
    file = tmp_path / "mine.yaml"
    file.write_text("includes: [base.yaml, configs/models/concat_mlp/defaults.yaml]\na: {b: 4}")
    config = read_config(str(file))
    assert (config.a, config.d) == ({"b": 4, "c": 2}, 3)
    assert OmegaConf.to_container(config)["model_config"]["concat_mlp"]["modalities"] == "${modalities:}"  # type: ignore


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("a: [", "not valid YAML"), ("[1]", "must be a mapping"), ("includes: b.yaml", "must be a list of files")],
)
def test_a_broken_config_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(InputError, match=complaint):
        read_config(str(tmp_path / "a.yaml"))
    with pytest.raises(InputError, match="There is no config file"):
        read_config(str(tmp_path / "b.yaml"))


def test_options_name_the_dataset_folder_before_the_config_does() -> None:
    config = OmegaConf.create({"dataset_config": {"clips": {"root": "a"}}})
    assert root_named(config, ["seed=1"]) == Path("a")
    assert root_named(config, ["dataset_config.clip_features.root=b"]) == Path("b")
    assert root_named(OmegaConf.create(), []) is None
