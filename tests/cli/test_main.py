"""Every command has a help text, and bad input leaves with exit code 2 and one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mmf_mixer.cli.main import app


@pytest.mark.parametrize("command", ["run", "doctor", "synthesize", "extract", "compare", "stencils", "usage"])
def test_help(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0 and "Usage" in result.output


def test_bad_input_is_one_sentence_and_exit_code_two(tmp_path: Path) -> None:
    code = "from mmf_mixer.cli.main import app; app()"
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
