"""Which MMF is installed, found without importing it."""

import subprocess
import sys

import mmf
import pytest

from mmf_mixer import releases


@pytest.fixture
def no_memory(monkeypatch):
    """Each function as it answers the first time."""
    for name in ("mmf_folder", "mmf_release", "mmf_version"):
        monkeypatch.setattr(releases, name, getattr(releases, name).__wrapped__)


def test_is_the_one_that_is_imported():
    assert str(releases.mmf_folder() / "__init__.py") == mmf.__file__
    assert releases.mmf_version() == mmf.__version__


@pytest.mark.parametrize(("callbacks", "release"), [(False, "package"), (True, "source")])
def test_the_release_is_told_by_what_it_holds(no_memory, monkeypatch, tmp_path, callbacks, release):
    folder = tmp_path / "mmf"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "version.py").write_text('import sys\n\n__version__ = "1.2.3"\n')
    if callbacks:
        (folder / "trainers" / "callbacks").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert (releases.mmf_release(), releases.mmf_version()) == (release, "1.2.3")


def test_without_mmf_there_is_none(no_memory, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [])
    assert (releases.mmf_folder(), releases.mmf_release(), releases.mmf_version()) == (None, None, None)


def test_asking_imports_neither_mmf_nor_torch():
    code = (
        "import sys; sys.path[:] = sys.argv[1:]; import mmf_mixer_hook as hook\n"
        "hook.MendingFinder.plugin_imports_mmf = False\n"
        "from mmf_mixer.releases import mmf_version\n"
        "mmf_version(); print('mmf' in sys.modules, 'torch' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code, *sys.path], capture_output=True, text=True).stdout
        == "False False\n"
    )
