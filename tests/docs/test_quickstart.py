"""The quickstart notebook runs from its first cell to its last in an empty folder."""

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "quickstart.ipynb"


def test_the_quickstart_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["store"].manifest.clips == {"train": 30, "val": 15, "test": 15}
    assert list(names["usage"].modalities) == ["text", "audio", "video"]
    assert names["annotation"].segments and (tmp_path / "annotations" / "episode.html").is_file()
    master = json.loads((tmp_path / "annotations" / "episode.json").read_text())
    assert (tmp_path / "annotations" / master["video"]).resolve() == (tmp_path / "data" / "episode.mp4").resolve()
