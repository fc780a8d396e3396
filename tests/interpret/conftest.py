import shutil
from pathlib import Path

import pytest

from tests.store import small


@pytest.fixture(scope="session")
def _trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset folder and the folder of a run of two updates on it; only to be copied."""
    from mmf_cli.run import run

    made = tmp_path_factory.mktemp("interpret")
    config = small.write_config(made / "config.yaml", small.make_folder(made / "data"))
    run(small.options(config, env__save_dir=str(made / "run")))
    return made


@pytest.fixture
def data(_trained: Path, tmp_path: Path) -> Path:
    """The dataset folder, a copy that a test may change."""
    shutil.copytree(_trained / "data", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def run_folder(_trained: Path, data: Path, tmp_path: Path) -> Path:
    """The run's folder, a copy that a test may change, of a run on `data`."""
    shutil.copytree(_trained / "run", tmp_path / "run")
    path = tmp_path / "run" / "config.yaml"
    path.write_text(path.read_text().replace(str(_trained / "data"), str(data)))
    return tmp_path / "run"
