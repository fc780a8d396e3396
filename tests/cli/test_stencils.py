"""`mmf_mixer stencils`: its options, its tables, its sentences."""

from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from typer.testing import CliRunner

from mmf_mixer.cli.main import app
from mmf_mixer.cli.stencils import show
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.cluster import Clusters
from mmf_mixer.interpret.contribution import Shares
from mmf_mixer.interpret.explain import Explanation


def test_a_folder_that_is_no_run_gets_one_sentence_and_a_carrier_that_is_none_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["stencils", str(tmp_path)])
    assert isinstance(result.exception, InputError) and "is no folder of a run" in str(result.exception)
    result = CliRunner().invoke(app, ["stencils", str(tmp_path), "--carrier", "paper"])
    assert result.exit_code == 2 and "'paper' is not one of" in result.stderr


def found(faithfulness: dict[str, Any]) -> Explanation:
    """Two labels over a sequence of two tokens, one of each modality."""
    clusters = [Clusters(torch.ones(2, 2, 4), (3, 1), 0.5, 0.75), Clusters(torch.ones(1, 2, 4), (4,), None, 1.0)]
    shares = torch.tensor([[0.2, 0.8], [1.0, 0.0]])
    return Explanation(
        labels=["sport/run", "sport/swim"],
        classes=[0, 1],
        clusters=clusters,
        gates=torch.ones(2, 2, 4),
        shares=Shares(shares, {"text": shares[:, 0], "audio": shares[:, 1]}),
        slices={"text": slice(0, 1), "audio": slice(1, 2)},
        baseline=torch.zeros(2, 4),
        faithfulness=faithfulness,
    )


def printed(faithfulness: dict[str, Any]) -> list[str]:
    console = Console(record=True, width=120)
    show(found(faithfulness), console)
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


FIGURE = {"mean": 0.5, "low": 0.25, "high": 0.75}
UNMEASURED = {"verdict": "No.", "rank_correlation": {"shuffled_weights": FIGURE, "halves": None}}


def test_contributions_and_faithfulness_are_printed() -> None:
    measures = dict.fromkeys(("deletion", "insertion", "comprehensiveness", "sufficiency"), FIGURE)
    measured = {"samples": 60, "split": "test", "methods": {"masks_alone": measures}, "verdict": "Yes."}
    lines = printed(measured | {"rank_correlation": {"shuffled_weights": FIGURE, "halves": FIGURE}})
    assert "│ sport/run │ 20 │ 80 │ 2 │ 0.50 │ 0.75 │" in lines
    assert "│ sport/swim │ 100 │ 0 │ 1 │ │ 1.00 │" in lines
    assert "│ masks alone │ 0.500 ± 0.250 │ 0.500 ± 0.250 │ 0.500 ± 0.250 │ 0.500 ± 0.250 │" in lines
    assert lines[-1] == "Yes." and "halves of the restarts: 0.500" in " ".join(lines)


def test_what_could_not_be_measured_is_left_out() -> None:
    lines = printed(UNMEASURED)
    assert lines[-1] == "No." and not any("deletion" in line or "halves" in line for line in lines)


def test_the_written_contributions_are_of_the_promised_form() -> None:
    content = found(UNMEASURED).contributions()
    assert content["faithfulness"] == UNMEASURED
    run = content["labels"]["sport/run"]
    assert run["modalities"] == pytest.approx({"text": 0.2, "audio": 0.8})
    assert run["tokens"]["audio"] == pytest.approx([0.8])
    assert (run["stencils"], run["silhouette"]) == (2, 0.5)
