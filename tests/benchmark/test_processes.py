"""Processes that end with the one that started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmf_mixer.benchmark.processes import Task, run_all

SLEEPER = """
import os, sys, time
from pathlib import Path
from mmf_mixer.benchmark.processes import end_with_parent
end_with_parent()
Path(sys.argv[1], "pid").write_text(str(os.getpid()))
time.sleep(600)
"""
STARTER = """
import signal, sys
from pathlib import Path
from mmf_mixer.benchmark.processes import Task, run_all
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job would ignore
tasks = {name: Task("sleeper", [f"{sys.argv[1]}/{name}"], Path(sys.argv[1], name)) for name in "ab"}
list(run_all(tasks, jobs=2))
"""


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules that tasks may name. Importing our package starts no MMF in them, which would take long."""
    (tmp_path / "sitecustomize.py").write_text(
        "import mmf_mixer_hook\nmmf_mixer_hook.MendingFinder.plugin_imports_mmf = False\n"
    )
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    (tmp_path / "says.py").write_text(
        "import os, sys; print(*sys.argv[1:], os.environ['OMP_NUM_THREADS']); sys.exit(3)"
    )
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{root}")
    return tmp_path


def wait_for(path: Path) -> str:
    for _ in range(600):
        if path.is_file() and (text := path.read_text()):
            return text
        time.sleep(0.05)
    raise TimeoutError(path)


def gone(pid: int) -> bool:
    for _ in range(600):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_each_runs_in_a_fresh_folder_and_tells_how_it_ended(modules: Path) -> None:
    (modules / "one").mkdir()
    (modules / "one" / "stale").touch()
    tasks = {name: Task("says", [name, "x"], modules / name) for name in ("one", "two")}
    assert dict(run_all(tasks, jobs=2)) == {"one": 3, "two": 3}
    assert tasks["one"].log.read_text().split()[:2] == ["one", "x"]
    assert not (modules / "one" / "stale").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_none_outlives_its_parent(modules: Path, how: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(modules)], stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        children = [int(wait_for(modules / name / "pid")) for name in "ab"]
        os.kill(parent.pid, how)
        assert parent.wait(60) != 0
        assert all(map(gone, children))
    finally:
        parent.kill()
