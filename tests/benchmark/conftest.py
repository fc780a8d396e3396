import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmark.fabricated import fabricate


@pytest.fixture(scope="session")
def comparison_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up folder of a comparison, with its `results.json`."""
    out = tmp_path_factory.mktemp("comparison")
    (out / "results.json").write_text(json.dumps(fabricate(out)))
    return out


@pytest.fixture
def comparison(comparison_folder: Path) -> dict[str, Any]:
    """What its `results.json` holds."""
    results: dict[str, Any] = json.loads((comparison_folder / "results.json").read_text())
    return results
