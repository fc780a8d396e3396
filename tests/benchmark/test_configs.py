"""The configs of the published comparisons: what they name exists, and matched models are matched."""

import argparse
from pathlib import Path

import pytest
from mmf.utils.build import build_model
from mmf.utils.configuration import Configuration
from omegaconf import DictConfig, OmegaConf

from mmf_mixer.benchmark.plan import Plan, Study
from mmf_mixer.benchmark.section import read_config, section_of
from tests.data.make import write_folder

CONFIGS = sorted(Path("projects/benchmark/configs").glob("*.yaml"))


def plan_for(config: Path, root: Path) -> Plan:
    """Its rows and their trials over a dataset folder."""
    whole = read_config(str(config))
    section = section_of(whole)
    options = (f"config={config}", "dataset=clip_features", f"dataset_config.clips.root={root}")
    models = tuple({*section.models, *section.rows} - {"late_fusion"})
    return Plan(
        options, models, ("text,audio,video",), (1,), Path("out"), trials=section.trials, section=section, config=whole
    )


def configured(options: list[str]) -> DictConfig:
    configuration = Configuration(argparse.Namespace(config_override=None, opts=options))
    configuration.import_user_dir()
    return configuration.get_config()


@pytest.mark.parametrize("config", [path for path in CONFIGS if path.stem != "rows"], ids=lambda path: path.stem)
def test_every_option_of_every_row_and_trial_is_one_that_mmf_knows(config: Path, tmp_path: Path) -> None:
    plan = plan_for(config, write_folder(tmp_path / "data"))
    for study in plan.studies():
        options = plan.row_options(
            study, 1, {name: value for point in plan.tried(study) for name, value in point.items()}
        )
        found = configured(options)
        assert found.model_config[found.model].modalities[0].key == "text"


def trained_parameters(plan: Plan, name: str) -> int:
    config = configured(plan.row_options(Study(name, "text,audio,video", 1.0), 1, {}))
    settings = OmegaConf.create(OmegaConf.to_container(config.model_config[config.model], resolve=True))
    for modality in settings.modalities:  # the real ones are frozen
        modality.encoder = {"type": "identity", "params": {"in_dim": modality.embedding_dim}}
    model = build_model(OmegaConf.merge(settings, {"model": config.model}))
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


@pytest.mark.parametrize("config", ["grid51", "grid51_lips"])
def test_the_transformer_has_as_many_trained_parameters_as_the_mixer(config: str, shared: Path) -> None:
    plan = plan_for(Path(f"projects/benchmark/configs/{config}.yaml"), shared / "data" / "grid51")
    mixer, transformer = (trained_parameters(plan, name) for name in ("mmf_mixer", "mmf_transformer"))
    assert transformer == pytest.approx(mixer, rel=0.035)  # a step of the width, which its 4 heads divide, is 7 %
