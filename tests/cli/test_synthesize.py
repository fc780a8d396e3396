"""The options of `mmf_mixer synthesize`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from mmf_mixer.cli.main import app


def synthesized(*options: str) -> str:
    result = CliRunner().invoke(app, ["synthesize", *options])
    if result.exception:
        raise result.exception
    return result.output


def test_each_data_set_has_its_own_number_of_clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    for module in ("activities", "long_tail"):
        monkeypatch.setattr(
            f"mmf_mixer.synthetic.{module}.synthesize",
            lambda out, clips, seed, module=module: called.append((module, clips, seed)),
        )
    assert "600 clips in" in synthesized(str(tmp_path))
    assert "2000 clips in" in synthesized(str(tmp_path), "--labels", "55+45", "--seed", "3")
    synthesized(str(tmp_path), "--labels", "55+45", "--clips", "500")
    assert called == [("activities", 600, 0), ("long_tail", 2000, 3), ("long_tail", 500, 0)]


def test_an_unknown_data_set_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["synthesize", str(tmp_path / "data"), "--labels", "50"])
    assert result.exit_code == 2 and "'50' is not one of" in result.stderr
    assert not (tmp_path / "data").exists()
