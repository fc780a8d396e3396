"""Processes that end with the one that started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmf_mixer.benchmark.processes import Task, run_all
from mmf_mixer.errors import InputError

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


def test_a_crash_takes_one_task_with_it(modules: Path) -> None:
    (modules / "crashes.py").write_text("import os; os.kill(os.getpid(), 9)")
    tasks = {name: Task(name, [], modules / name) for name in ("crashes", "says")}
    assert dict(run_all(tasks, jobs=1)) == {"crashes": -signal.SIGKILL, "says": 3}


def test_what_tasks_need_is_imported_once_and_what_cannot_be_is_left_to_them(modules: Path) -> None:
    imported = modules / "imported"
    (modules / "needed.py").write_text(f"print('x', end='', file=open({str(imported)!r}, 'a'))")
    (modules / "broken.py").write_text("1 / 0")
    (modules / "uses.py").write_text("import needed, broken")
    tasks = {name: Task("uses", [], modules / name) for name in "ab"}
    assert dict(run_all(tasks, jobs=2, needed=["broken", "needed"])) == {"a": 1, "b": 1}
    assert imported.read_text() == "x"
    assert all("ZeroDivisionError" in task.log.read_text() for task in tasks.values())


def test_without_the_process_that_starts_them_nothing_waits_for_ever(modules: Path) -> None:
    (modules / "ends_all.py").write_text(
        "import os, time\nfrom pathlib import Path\n"
        "between = Path(f'/proc/{os.getppid()}/stat').read_text().rpartition(')')[2].split()\n"
        "os.kill(int(between[1]), 9)\ntime.sleep(0.1)"
    )
    tasks = {name: Task("ends_all", [], modules / name) for name in "ab"}
    with pytest.raises(InputError, match="was killed, perhaps for want of memory, with [12] of 2 to do"):
        list(run_all(tasks, jobs=1))
