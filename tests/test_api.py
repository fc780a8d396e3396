"""The Python API: every name is there, and each costs only what it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

import mmf_mixer

ROOT = Path(mmf_mixer.__file__).parents[1]


@pytest.mark.parametrize("name", mmf_mixer.__all__)
def test_each_name_is_there_and_documented(name: str) -> None:
    found = getattr(mmf_mixer, name)
    assert found.__name__ == name and found.__doc__
    assert name in dir(mmf_mixer)


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Mixr'"):
        mmf_mixer.Mixr  # noqa: B018


def test_importing_the_package_registers_everything_and_imports_no_figures() -> None:
    code = (
        "import sys, mmf_mixer; from mmf.common.registry import registry; from mmf_mixer import Mixer, read_folder;"
        "print(registry.get_model_class('mmf_mixer').__name__, 'matplotlib' in sys.modules, 'captum' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.split() == ["MMFMixer", "False", "False"]


def test_its_types_are_told_to_type_checkers() -> None:
    assert (Path(mmf_mixer.__file__).parent / "py.typed").exists()
