"""Every command has a help text, and bad input leaves with exit code 2 and one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from mmf_mixer.cli.main import app
from mmf_mixer.console import debugging
from tests.store import small

COMMANDS = get_command(app).commands


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_a_screen(command: str) -> None:
    result = CliRunner().invoke(app, [*filter(None, [command]), "--help"], env={"COLUMNS": "80"})
    assert result.exit_code == 0 and "Usage" in result.output
    lines = result.output.splitlines()
    assert len(lines) <= 50 and max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_and_argument_says_what_it_is(command: str) -> None:
    params = {param.name: param for param in COMMANDS[command].params}
    assert "debug" in params
    assert all(param.help for param in params.values())


def test_debug_asks_for_tracebacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMF_MIXER_DEBUG", "0")
    CliRunner().invoke(app, ["usage", str(tmp_path)])
    assert not debugging()
    CliRunner().invoke(app, ["usage", str(tmp_path), "--debug"])
    assert debugging()


@pytest.mark.parametrize("name", ["5", "a: b"])
def test_a_run_folder_of_any_name_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    config = small.write_config(tmp_path / "config.yaml", small.make_folder(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    for words in (["run", *small.options(config, env__save_dir=name)], ["usage", name, "--samples", "3"]):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.exception
    assert (tmp_path / name / "usage.json").is_file()


def test_bad_input_is_one_sentence_and_exit_code_two(tmp_path: Path) -> None:
    code = "from mmf_mixer_cli import command; command()"
    options = ["extract", "model=mmf_mixer", "dataset=clips", f"dataset_config.clips.root={tmp_path}/none", "out=x"]
    config = "config=projects/activity_recognition/configs/synthetic.yaml"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *options, config],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr and "none" in done.stderr


def test_help_waits_for_no_library_of_training() -> None:
    code = (
        "import sys, mmf_mixer_hook; mmf_mixer_hook.MendingFinder.plugin_imports_mmf = False\n"
        "import mmf_mixer.cli.main\n"
        "print({'torch', 'mmf', 'transformers', 'scipy', 'sklearn', 'matplotlib'} & {*sys.modules})"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def without_torch(*words: str) -> subprocess.CompletedProcess[str]:
    """The command where torch cannot be imported."""
    code = "import sys; sys.modules['torch'] = None; from mmf_mixer_cli import command; command()"
    root = Path(__file__).parents[2]
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=root)


def test_help_waits_for_no_library() -> None:
    result = without_torch("--help")
    assert result.returncode == 0 and "synthesize" in result.stdout and not result.stderr


def test_doctor_says_that_torch_is_missing() -> None:
    result = without_torch("doctor")
    assert result.returncode == 1 and "Fix: pip install torch" in " ".join(result.stdout.split())
