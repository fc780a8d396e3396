"""What a result hangs on: a change in any module of the closure moves the key, a change outside does not."""

import shutil
from pathlib import Path

import pytest

from mmf_mixer.benchmark import cache, closure
from mmf_mixer.benchmark.cache import FUSION, ROW
from mmf_mixer.paths import PACKAGE


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, which the closure is taken of."""
    shutil.copytree(PACKAGE, tmp_path / "mmf_mixer", ignore=shutil.ignore_patterns("__pycache__"))
    for hook in PACKAGE.parent.glob("mmf_mixer_*.py"):
        shutil.copy(hook, tmp_path)
    monkeypatch.setattr(closure, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("root", [ROW, FUSION, "mmf_mixer.benchmark.statistics"])
def test_a_line_more_in_any_module_of_the_closure_moves_the_key(copied: Path, root: str) -> None:
    files = closure.modules(root)
    before = cache.code_digest.__wrapped__(root)
    for name, file in files.items():
        text = file.read_text()
        file.write_text(f"{text}\n# changed\n")
        assert cache.code_digest.__wrapped__(root) != before, name
        file.write_text(text)
    assert cache.code_digest.__wrapped__(root) == before


def test_drawing_and_commands_are_outside_and_what_trains_is_inside() -> None:
    found = closure.modules(ROW)
    assert not [name for name in found if name.startswith(("mmf_mixer.report", "mmf_mixer.cli."))]
    assert {
        "mmf_mixer_hook",
        "mmf_mixer.training.package_trainer",  # which its mend names in a string
        "mmf_mixer.training.order.order",
        "mmf_mixer.models.mmf_mixer",  # which the plugin imports
        "mmf_mixer.limits",
        "mmf_mixer.interpret.estimates",
    } <= found.keys()
    assert "mmf_mixer.measures.metrics" in closure.modules("mmf_mixer.benchmark.statistics")


def test_a_change_outside_leaves_the_key(copied: Path) -> None:
    before = cache.code_digest.__wrapped__(ROW)
    for name in ("mmf_mixer/report/drawing.py", "mmf_mixer/cli/main.py"):
        (copied / name).write_text("changed")
    assert cache.code_digest.__wrapped__(ROW) == before


def test_libraries_are_those_that_the_code_imports() -> None:
    found = closure.libraries(ROW, FUSION)
    assert {"torch", "scipy", "av", "einops", "safetensors", "transformers", "scikit-learn"} <= found.keys()
    assert "matplotlib" not in found and "mmf-mixer" not in found and all(found.values())
