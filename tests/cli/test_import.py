"""The options of `mmf_mixer import`."""

from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mmf_mixer.cli.import_labels import pairs, rate
from mmf_mixer.cli.main import app
from mmf_mixer.errors import InputError
from tests.labels.make import lines_of, write_videos


def test_a_table_is_imported_and_told_of(tmp_path: Path) -> None:
    write_videos(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    rows = (f"{name};0;2;run" for name in ("a", "b", "c", "gone"))
    (tmp_path / "labels.csv").write_text("video;on;off;label\n" + "\n".join(rows))
    words = ["import", "csv", str(tmp_path / "labels.csv"), str(tmp_path / "out"), "--columns", "start=on,end=off"]
    options = ["--group", "act", "--exclusive", "act", "--window", "2", "--stride", "1", "--seed", "7", "--copy"]
    result = CliRunner().invoke(app, [*words, *options])
    assert result.exit_code == 0, result.exception
    assert "Splits: made of 3 files by label, seed 7" in result.output
    assert "left out: 1 x a file that is not there (first: gone)" in result.output
    found = lines_of(tmp_path / "out")
    assert [(line["id"], line["labels"]) for line in found] == [
        (f"{name}.mp4#t=0.0,2.0", ["act/run"]) if start == 0 else (f"{name}.mp4#t=1.0,3.0", ["act/run"])
        for name in ("a", "b", "c")
        for start in (0, 1)
    ]


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["import", "anvil", str(tmp_path), str(tmp_path / "out")])
    assert result.exit_code == 2 and "'anvil' is not one of 'elan'" in result.stderr


def test_rates_are_exact_or_one_sentence() -> None:
    assert (rate(""), rate("25"), rate("30000/1001")) == (None, 25, Fraction(30000, 1001))
    for wrong in ("fast", "0", "-1", "1/0"):
        with pytest.raises(InputError, match="--frame-rate: '.*' is none; write 25 or 30000/1001"):
            rate(wrong)


def test_columns_are_pairs_or_one_sentence() -> None:
    assert pairs("video=Clip name, label=x") == {"video": "Clip name", "label": "x"}
    with pytest.raises(InputError, match="--columns: 'video' is not of the form video=NAME"):
        pairs("video")
