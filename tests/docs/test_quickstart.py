"""The quickstart notebook runs from its first cell to its last in an empty folder."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHECKS = """
import json, pathlib
assert store.manifest.clips == {"train": 30, "val": 15, "test": 15}
assert list(usage.modalities) == ["text", "audio", "video"]
assert annotation.segments and pathlib.Path("annotations/episode.html").is_file()
video = json.loads(pathlib.Path("annotations/episode.json").read_text())["video"]
assert pathlib.Path("annotations", video).resolve() == pathlib.Path("data/episode.mp4").resolve()
"""


def test_the_quickstart_runs(tmp_path: Path) -> None:
    cells = json.loads((ROOT / "docs" / "quickstart.ipynb").read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    (tmp_path / "quickstart.py").write_text(code + CHECKS)
    command = [sys.executable, "quickstart.py"]  # a process of its own: MMF imports a project's code once in each
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
