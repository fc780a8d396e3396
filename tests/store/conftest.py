import shutil
from pathlib import Path

import pytest

from mmf_mixer.extraction import extract
from tests.store import small


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset folder, a config, and the store of its features; only to be copied."""
    made = tmp_path_factory.mktemp("features")
    small.make_folder(made / "data")
    extract(small.options(small.write_config(made / "config.yaml", made / "data")), made / "store")
    return made


@pytest.fixture
def folder(_made: Path, tmp_path: Path) -> Path:
    """The dataset folder, a copy that a test may change."""
    shutil.copytree(_made / "data", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def config(folder: Path, tmp_path: Path) -> Path:
    """A config for that folder."""
    return small.write_config(tmp_path / "config.yaml", folder)


@pytest.fixture
def store(_made: Path, tmp_path: Path) -> Path:
    """The folder of the store of all features, a copy that a test may change."""
    shutil.copytree(_made / "store", tmp_path / "store")
    return tmp_path / "store"
