"""What every test stands on: a mended MMF, one thread, no network, and the shared samples where they exist."""

import copy
import logging
import os
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import torch

import mmf_mixer  # noqa: F401  (mends MMF and registers the plugin)

torch.set_num_threads(1)

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder of real samples and golden cases that lies beside the checkout; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("no shared folder beside the checkout")
    return SHARED


@pytest.fixture(autouse=True, scope="session")
def stock_parts() -> None:
    """Let MMF register all it has, before any test can be the first to need it and take it away at its end."""
    from mmf.utils.env import setup_imports

    setup_imports()


@pytest.fixture(autouse=True, scope="session")
def warnings_stay_warnings() -> None:
    """MMF's first run in a process sends warnings to the log for good; let that be over before a test expects one."""
    with warnings.catch_warnings():
        logging.captureWarnings(True)


@pytest.fixture(autouse=True)
def mmf_state() -> Iterator[None]:
    """Put MMF's registry back as it was, so that no test sees another's config, trainer or classes."""
    from mmf.common.registry import registry

    before = {name: copy.copy(entries) for name, entries in registry.mapping.items()}
    yield
    for name, entries in registry.mapping.items():
        entries.clear()
        entries.update(before[name])


@pytest.fixture
def configure(tmp_path: Path) -> Callable[..., Any]:
    """Make MMF's Configuration of some YAML and options, for a model and a dataset that need no defaults."""
    from mmf.common.registry import registry
    from mmf.datasets.base_dataset_builder import BaseDatasetBuilder
    from mmf.models.base_model import BaseModel
    from mmf.utils.configuration import Configuration

    for name, module in (("small", "mmf_mixer.models.small"), ("stock", "mmf.models.stock")):
        members = {"config_path": classmethod(lambda cls: None), "__module__": module}
        registry.register_model(name)(type(name, (BaseModel,), members))
    registry.register_builder("toys")(type("Toys", (BaseDatasetBuilder,), {}))

    def configure(
        yaml: str = "", *options: str, model: str | None = "small", dataset: str | None = "dataset=toys"
    ) -> Any:
        path = tmp_path / "mine.yaml"
        path.write_text(yaml)
        named = [f"config={path}", *(["model=" + model] if model else []), *([dataset] if dataset else [])]
        return Configuration(Namespace(opts=[*named, *options], config_override=None))

    return configure
