"""The plugin is there in whatever Python imports MMF: by the hook, by its `.pth` line, after an installation."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mmf_mixer_hook

ROOT = Path(__file__).parents[2]
SITE = """
import os, site
site.addsitedir(os.environ["SITE"])  # what Python does with the site-packages of an installation
"""
STOCK_COMMAND = """
import multiprocessing, sys
from importlib import import_module

if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=import_module, args=["mmf.utils.build"])
    child.start()
    try:
        from mmf_cli.run import run
        run(["config=nowhere.yaml", "model=mmf_mixer", "dataset=clips"])
    finally:
        child.join()
        assert child.exitcode == 0, "a spawned child cannot import MMF"
"""


def python(*arguments, path=ROOT, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    paths = os.pathsep.join([str(path), *mmf_on_path()])
    environment = kept | {"PYTHONPATH": paths} | environment
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)


def mmf_on_path():
    """The folder of MMF, if these tests were given one by PYTHONPATH."""
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and Path(path) != ROOT]


def test_the_hook_costs_a_bare_python_nothing_but_itself():
    code = (
        "import sys; before = set(sys.modules); import mmf_mixer_hook; mmf_mixer_hook.install();"
        "print(*sorted(set(sys.modules) - before))"
    )
    assert python("-S", "-c", code).stdout.split() == ["__future__", "mmf_mixer_hook"]


def test_the_finder_is_first_and_only_once():
    before = list(sys.meta_path)
    mmf_mixer_hook.install()
    assert sys.meta_path == before
    assert sum(isinstance(finder, mmf_mixer_hook.MendingFinder) for finder in sys.meta_path) == 1


def test_only_modules_with_a_mend_are_touched():
    finder = mmf_mixer_hook.MendingFinder()
    assert finder.find_spec("numpy.linalg", None) is None
    assert finder.find_spec("mmf_mixer.errors", None) is None
    assert finder.find_spec("mmf.no_such_module", None) is None


def test_a_stock_command_and_its_children_are_mended_by_the_pth_line(tmp_path):
    site, script = tmp_path / "site", tmp_path / "stock.py"
    site.mkdir()
    shutil.copy(ROOT / "mmf_mixer.pth", site)
    (site / "sitecustomize.py").write_text(SITE)
    script.write_text(STOCK_COMMAND)
    left = python(str(script), path=f"{site}{os.pathsep}{ROOT}", SITE=str(site))
    assert left.stderr.splitlines()[-1].startswith("There is no config file nowhere.yaml")
    assert left.returncode == 2
    assert "Traceback" not in left.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of what is built from, so that building leaves nothing behind."""
    copy = tmp_path_factory.mktemp("build") / "checkout"
    copy.mkdir()
    for name in ("configs", "projects", "mmf_mixer"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("mmf_mixer.pth", "mmf_mixer_hook.py", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, copy)
    return copy


@pytest.mark.parametrize("kind", ["build_wheel", "build_editable"])
def test_wheels_plain_and_editable_hold_the_pth_line(checkout, kind, tmp_path):
    code = f"import setuptools.build_meta as b; b.{kind}({str(tmp_path)!r})"
    built = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("mmf_mixer.pth") == b"import mmf_mixer_hook; mmf_mixer_hook.install()\n"
        names = set(archive.namelist())
    data = {f"mmf_mixer/{path.relative_to(ROOT)}" for path in (ROOT / "configs").rglob("*.yaml")}
    code = {str(path.relative_to(ROOT)) for path in (ROOT / "mmf_mixer").rglob("*.py")} | {"mmf_mixer_hook.py"}
    if kind == "build_wheel":
        assert data and data | code <= names
        assert any(name.startswith("mmf_mixer/projects/") for name in names)
    else:
        assert not names & (data | code)  # they are used where they lie
