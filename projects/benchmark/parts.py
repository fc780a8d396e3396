"""The parts of a training that the scripts of this folder time one by one."""

import argparse
from collections.abc import Iterator
from typing import Any

import torch
from mmf.common.registry import registry
from mmf.common.sample import SampleList
from mmf.utils.build import build_model
from mmf.utils.configuration import Configuration
from mmf.utils.env import setup_imports
from omegaconf import OmegaConf
from torch.utils.data import DataLoader


def training_split(options: list[str]) -> Any:
    """The training split, as a run with these options of `mmf_run` has it."""
    setup_imports()
    config = Configuration(argparse.Namespace(config_override=None, opts=options)).get_config()
    registry.register("config", config)
    builder = registry.get_builder_class(config.datasets)()
    split = builder.load_dataset(config.dataset_config[config.datasets], "train")
    split.init_processors()
    builder.update_registry_for_model(config.dataset_config[config.datasets])
    return split


def model() -> Any:
    """The model of the run whose training split was made last."""
    config = registry.get("config")
    own = OmegaConf.to_container(config.model_config[config.model], resolve=True)
    return build_model(OmegaConf.create({**own, "model": config.model}))


def batches(split: Any, size: int) -> Iterator[Any]:
    """Shuffled batches, as the trainer hands them to the model."""
    for batch in DataLoader(split, size, shuffle=True, collate_fn=SampleList):
        batch.dataset_name, batch.dataset_type = split.dataset_name, "train"
        yield batch


def train_step(of: Any, batch: Any, optimizer: torch.optim.Optimizer) -> None:
    """Forward, backward and the optimiser's update."""
    optimizer.zero_grad()
    sum(value.mean() for value in of(batch)["losses"].values()).backward()
    optimizer.step()


def adamw(of: Any) -> torch.optim.Optimizer:
    """AdamW for what is trained of a model."""
    return torch.optim.AdamW([weight for weight in of.parameters() if weight.requires_grad], lr=1e-4)
