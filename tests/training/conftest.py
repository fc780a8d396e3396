from pathlib import Path

import pytest

from tests.features import small


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset folder of twelve clips; only to be read."""
    return small.make_folder(tmp_path_factory.mktemp("training") / "data")
