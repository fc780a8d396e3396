"""`mmf_mixer usage`: its options and what it prints."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console
from typer.testing import CliRunner

from mmf_mixer.cli.main import app
from mmf_mixer.cli.usage import in_percent, show
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.estimates import Estimate
from mmf_mixer.interpret.usage import GroupUsage, ModalityUsage, Part, Usage

HALF, TENTH = Estimate(0.5, 0.4, 0.6), Estimate(0.1, 0.1, 0.12)


def found(evidence: list[Part]) -> Usage:
    modalities = {
        "text": ModalityUsage(0.75, HALF, TENTH, HALF, HALF, {"audio": TENTH}),
        "audio": ModalityUsage(1.0, TENTH, TENTH, TENTH, HALF, {"text": None}),
    }
    subsets = [Part((), 60, TENTH), Part(("text", "audio"), 60, HALF)]
    return Usage("mmf_mixer", "test", "group_accuracy", 60, modalities, HALF, subsets, evidence)


def printed(usage: Usage) -> list[str]:
    console = Console(record=True, width=90)
    show(usage, console)
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_tables() -> None:
    lines = printed(found([Part(("sound",), 20, HALF)]))
    assert "│ text │ 75 │ 50.0 ± 10.0 │ 10.0 ± 1.0 │ 50.0 ± 10.0 │ 50.0 ± 10.0 │" in lines
    assert "│ text │ │ 10.0 ± 1.0 │" in lines  # utilisation, given audio
    assert "│ nothing │ 60 │ 10.0 ± 1.0 │" in lines and "│ text + audio │ 60 │ 50.0 ± 10.0 │" in lines
    assert "│ sound │ 20 │ 50.0 ± 10.0 │" in lines
    assert lines[-1] == "Entropy of the shares (1: all alike, 0: one alone): 0.50 ± 0.10."


def test_a_table_by_what_labels_were_made_from() -> None:
    usage = found([])
    told = replace(usage, by_from=[GroupUsage(("seen", "heard"), ("act", "[b]"), HALF, usage.modalities)])
    assert "│ seen + heard │ act, [b] │ 50.0 ± 10.0 │ 50.0 ± 10.0 │ 10.0 ± 1.0 │" in printed(told)


def test_what_is_not_defined_is_left_out() -> None:
    assert in_percent(None) == ""
    lines = printed(found([]))
    assert not any("evidence" in line for line in lines)


def test_a_folder_that_is_no_run_gets_one_sentence_and_a_split_that_is_none_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["usage", str(tmp_path)])
    assert isinstance(result.exception, InputError) and "is no folder of a run" in str(result.exception)
    result = CliRunner().invoke(app, ["usage", str(tmp_path), "--split", "all"])
    assert result.exit_code == 2 and "'all' is not one of" in result.stderr
