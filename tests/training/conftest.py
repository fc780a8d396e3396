from pathlib import Path

import pytest

from tests.store import small
from tests.store.conftest import _made, config, folder  # noqa: F401  (for test_tuned_metric.py)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset folder of twelve clips; only to be read."""
    return small.make_folder(tmp_path_factory.mktemp("training") / "data")
