"""`mmf_mixer check`: what it prints, and its exit code."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mmf_mixer.cli.check import told
from mmf_mixer.cli.main import app
from mmf_mixer.labels.check.finding import Finding
from tests.data.make import line
from tests.labels.checked import fine_lines, write_fine_folder, write_lines


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return write_fine_folder(tmp_path / "set")


def run(root: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["check", str(root), "--no-decode", *options])


def test_a_fine_folder_is_fine(root: Path) -> None:
    result = run(root)
    assert result.exit_code == 0 and "Nothing is wrong" in result.output


def test_warnings_alone_end_with_1_and_refusals_with_2(root: Path) -> None:
    lines = [*fine_lines().values(), line("test-3", video="clips/train-1.mp4", captions=None)]
    write_lines(root, lines)
    result = run(root)
    assert result.exit_code == 1 and "duplicate in two splits" in result.output

    write_lines(root, [*lines, line("test-4", end=0)])
    result = run(root)
    assert result.exit_code == 2 and "refused" in result.output


def test_the_table_counts_and_shows_the_first_few_with_their_signs(root: Path) -> None:
    lines = [line(f"test-[red]{number}", video="x[1].mp4", captions=None) for number in range(5)]
    write_lines(root, [*fine_lines().values(), *lines])

    words = " ".join(run(root).output.replace("│", " ").split())

    assert "and 2 more" in words and "5 findings" in words
    assert "[red]0" in words and "x[1].mp4" in words and "[red]3" not in words


@pytest.mark.parametrize(
    ("split", "line", "clip", "place"),
    [
        ("test", 3, "a", "test.jsonl line 3, clip a: "),
        ("test", None, None, "test.jsonl: "),
        (None, None, "a", "clip a: "),
        (None, None, None, ""),
    ],
)
def test_a_finding_says_where_it_is_as_far_as_that_is_known(
    split: str | None, line: int | None, clip: str | None, place: str
) -> None:
    assert told(Finding("kind", "warning", split, line, clip, "it is odd", "mend it")) == f"{place}it is odd; mend it."


def test_json_holds_all_and_nothing_else_is_printed(root: Path, tmp_path: Path) -> None:
    write_lines(root, [*fine_lines().values(), line("test-3", video="x.mp4", captions=None)])

    result = run(root, "--json", "--out", str(tmp_path / "pages" / "check.html"))

    report = json.loads(result.stdout)
    assert result.exit_code == 2 and [each["kind"] for each in report["findings"]] == ["video"]
    assert "<!DOCTYPE html>" in (tmp_path / "pages" / "check.html").read_text()


def test_a_page_in_a_folder_gets_a_name_and_is_pointed_to(root: Path, tmp_path: Path) -> None:
    result = run(root, "--out", str(tmp_path))

    assert result.exit_code == 0 and f"Look at {tmp_path}/check.html." in result.output
    assert (tmp_path / "check.html").is_file()


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    assert "there is no such folder" in str(run(tmp_path / "none").exception)
