"""A tiny model and a data set in memory, so that a real `mmf_run` takes a fraction of a second.

`run` trains through MMF's own command in this process. As a script under torchrun, `tiny.py OPTION... [then
OPTION...]`, it does so in each process, once for each list of options, in which RANK stands for the process's rank.
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn

import mmf_mixer  # noqa: F401  # isort: skip  (mends MMF, and so comes before it)
from mmf.common.registry import registry
from mmf.common.sample import Sample
from mmf.datasets.base_dataset import BaseDataset
from mmf.datasets.base_dataset_builder import BaseDatasetBuilder
from mmf.models.base_model import BaseModel
from mmf.utils.env import setup_imports

from mmf_mixer.releases import is_package_release

setup_imports()  # now, as modules register themselves only once, and each test's registrations are undone
gc.freeze()  # MMF collects garbage after each validation, and all that is imported would be searched again

SIZES = {"train": 24, "val": 51, "test": 51}
CLASSES, FEATURES = 3, 4


@registry.register_model("tiny")
class TinyModel(BaseModel):
    """One linear layer; `unused` is a second one that takes no part, as in stock MMFTransformer."""

    trained: list["TinyModel"] = []  # the models of this process's runs, last one last

    @classmethod
    def config_path(cls) -> None:
        return None

    def build(self) -> None:
        self.classifier = nn.Linear(FEATURES, CLASSES)
        self.unused = nn.Linear(1, 1)
        self.batches: list[Tensor] = []  # the ids of each training batch
        TinyModel.trained.append(self)

    def forward(self, sample_list: Any) -> dict[str, Tensor]:
        if self.training:
            self.batches.append(sample_list["id"])
        return {"scores": self.classifier(sample_list["values"])}


class TinyDataset(BaseDataset):
    """Points whose class is the largest of their first three coordinates; the same ones in every process."""

    def __init__(self, config: Any, dataset_type: str) -> None:
        super().__init__("tiny", config, dataset_type)
        generator = torch.Generator().manual_seed(len(dataset_type))
        self.values = torch.randn(SIZES[dataset_type], FEATURES, generator=generator)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Sample:
        values = self.values[index]
        sample = Sample()
        sample.values, sample.targets, sample.id = values, values[:CLASSES].argmax(), torch.tensor(index)
        return sample

    def format_for_prediction(self, report: Any) -> list[dict[str, int]]:
        answers = report.scores.argmax(dim=1)
        return [{"id": int(index), "answer": int(answer)} for index, answer in zip(report.id, answers, strict=True)]


@registry.register_builder("tiny")
class TinyBuilder(BaseDatasetBuilder):
    """Builds `TinyDataset`, of which there is nothing to download."""

    def __init__(self) -> None:
        super().__init__("tiny")

    @classmethod
    def config_path(cls) -> None:
        return None

    def build(self, config: Any, dataset_type: str = "train", *args: Any, **kwargs: Any) -> None:
        pass

    def load(self, config: Any, dataset_type: str = "train", *args: Any, **kwargs: Any) -> TinyDataset:
        return TinyDataset(config, dataset_type)

    def update_registry_for_model(self, config: Any) -> None:
        pass


def options(folder: Path, *more: str) -> list[str]:
    """The `mmf_run` options of a short training whose files go to `folder`; those in `more` win."""
    config: dict[str, Any] = {
        "model_config": {"tiny": {"losses": ["cross_entropy"]}},
        "dataset_config": {"tiny": {"data_dir": "."}},
        "optimizer": {"type": "SGD", "params": {"lr": 0.1}},
        "evaluation": {"metrics": ["accuracy"]},
        "run_type": "train_val",
        "training": {
            "batch_size": 8,
            "max_updates": 4,
            "evaluation_interval": 2,
            "log_interval": 1,
            "num_workers": 0,
            "seed": 1,
        },
    }
    if is_package_release():
        config["training"]["stdout_capture"] = False  # it would take pytest's stdout
    (folder / "tiny.yaml").write_text(yaml.safe_dump(config))
    return [f"config={folder / 'tiny.yaml'}", "model=tiny", "dataset=tiny", f"env.save_dir={folder / 'save'}", *more]


def run(folder: Path, *more: str) -> TinyModel:
    """Run `mmf_run` with `options(folder, *more)` and return its model."""
    from mmf_cli.run import run as mmf_run

    mmf_run(options(folder, *more))
    return TinyModel.trained[-1]


def report(folder: Path) -> None:
    """Write what this process made of its last run to `folder/rank<R>.json`."""
    trainer, ddp = registry.get("trainer"), torch.nn.parallel.DistributedDataParallel
    found = {
        "joined": isinstance(trainer.model, ddp),
        "batches": [batch.tolist() for batch in TinyModel.trained[-1].batches],
        "metrics": {name: float(value) for name, value in (registry.get("metrics.tiny.val") or {}).items()},
    }
    (folder / f"rank{registry.get('config').distributed.rank}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    from mmf_cli.run import run as mmf_run

    for run_options in " ".join(sys.argv[1:]).replace("RANK", os.environ["RANK"]).split(" then "):
        if "init_method" in run_options:
            torch.distributed.destroy_process_group()
            os.environ.pop("TORCHELASTIC_USE_AGENT_STORE")  # else rank 0 counts on torchrun to listen at the address
        mmf_run(run_options.split())
        report(Path(registry.get("config").env.save_dir))
