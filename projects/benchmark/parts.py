"""The parts of a training that the scripts of this folder time one by one."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from mmf.common.registry import registry
from mmf.common.sample import SampleList
from mmf.utils.build import build_model
from mmf.utils.configuration import Configuration
from mmf.utils.env import setup_imports
from omegaconf import OmegaConf
from torch.utils.data import DataLoader

from mmf_mixer.config import random_bert
from mmf_mixer.paths import data_root


def sample_options(model: str, data: str, store: str) -> list[str]:
    """The options of `mmf_run` that train a model on the sample set `data`, from its `store`."""
    return [
        "config=projects/activity_recognition/configs/synthetic.yaml",
        f"model={model}",
        "dataset=clip_features",
        f"dataset_config.clips.root={data}",
        f"dataset_config.clip_features.store={store}",
    ]


def data_and_store(doc: str | None) -> tuple[str, str]:
    """The two folders that a script's command line names."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("data")
    parser.add_argument("store")
    arguments = parser.parse_args()
    return arguments.data, arguments.store


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


def fusion(name: str, tokens: Mapping[str, int], channels: int, labels: int) -> Any:
    """A new model with its default config over vectors of `channels` numbers, so many tokens of each modality.

    MMFTransformer gets a BERT of the Mixer's width and depth, with heads of 32 channels and random weights.
    """
    config = OmegaConf.load(data_root() / f"configs/models/{name}/defaults.yaml").model_config[name]
    identity = {"type": "identity", "params": {"in_dim": channels}}
    config.modalities = [
        {"type": "encoded", "key": key, "embedding_dim": channels, "position_dim": count, "segment_id": 0}
        | {"encoder": identity}
        for key, count in tokens.items()
    ]
    config |= {"num_labels": labels, "model": name}
    if name == "mmf_transformer":
        bert = random_bert(channels, 2, channels // 32)
        config |= {"transformer_base": bert, "heads": [{"type": "mlp", "num_labels": labels}]}
    model = registry.get_model_class(name)(config)
    model.build()
    return model


def vectors(tokens: Mapping[str, int], channels: int, clips: int, device: str = "cpu") -> dict[str, torch.Tensor]:
    """A batch of random vectors for such a model, and masks that say that all tokens exist."""
    values = {key: torch.randn(clips, count, channels, device=device) for key, count in tokens.items()}
    masks = {f"{key}_mask": torch.ones(clips, count, dtype=torch.long, device=device) for key, count in tokens.items()}
    return {**values, **masks}


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
