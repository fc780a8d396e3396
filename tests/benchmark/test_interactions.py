"""What rows know beyond a sum of opinions, of answers that can be counted by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.benchmark.interactions import AGREEMENT, BEYOND, GAP, GROUP, NONE_RIGHT, OPINIONS, interactions
from mmf_mixer.benchmark.scores import Scores, write_scores
from mmf_mixer.data.clip import LabelGroup, Labels

LABELS = Labels((LabelGroup("act", True, ("walk", "run")), LabelGroup("size", True, ("small", "large"))))
BOTH = ("text", "audio")


def row(out: Path, modalities: tuple[str, ...], said: list[str], additive: list[str] | None = None) -> dict[str, Any]:
    """Of four clips, all of which are walking and small; `said` has a letter for each group, `y` where it is right."""

    def scores(answers: list[str], clips: int) -> Scores:
        columns = [[float(letter == "y"), float(letter == "n")] for answer in answers for letter in answer]
        targets = np.tile(np.array([1, 0, 1, 0], np.uint8), (clips, 1))
        return Scores(np.array(columns, np.float32).reshape(clips, 4), targets, np.arange(clips))

    name = "+".join(modalities)
    write_scores(out / f"{name}.safetensors", {"test": scores(said, 4)})
    made = {"model": "mmf_mixer", "modalities": list(modalities), "fraction": 1.0, "seed": 0}
    made["scores"] = f"{name}.safetensors"
    if additive:
        made["additive"] = f"{name}-additive.safetensors"
        write_scores(out / f"{name}-additive.safetensors", {"test": scores(additive, len(additive))})
    return made


@pytest.fixture
def found(tmp_path: Path) -> dict[tuple[Entry, str], dict[str, Any]]:
    rows = [
        row(tmp_path, ("text",), ["yy", "yn", "nn", "nn"]),
        row(tmp_path, ("audio",), ["yn", "yn", "yn", "nn"]),
        row(tmp_path, BOTH, ["yy", "yy", "yy", "yn"], additive=["yy", "ny", "nn"]),
    ]
    return {(Entry.of(each), each["metric"]): each for each in interactions(rows, LABELS, tmp_path)}


def test_the_gap_is_what_is_lost_on_the_clips_that_were_made_additive(found: dict[Any, dict[str, Any]]) -> None:
    gap = found[Entry("mmf_mixer", BOTH, 1.0), GAP]
    assert gap["mean"] == pytest.approx((0 + 1 / 2 + 1) / 3) and gap["n"] == 1 and gap["std"] is None
    low, high = gap["ci95"]
    assert low < gap["mean"] < high and high - low < 1.01
    assert (Entry("mmf_mixer", ("text",), 1.0), GAP) not in found


def test_questions_that_every_opinion_gets_wrong_are_counted_each(found: dict[Any, dict[str, Any]]) -> None:
    # the second group of clips 2, 3 and 4, and the first of clip 4; the row is right but for the second group of clip 4
    assert found[Entry("mmf_mixer", BOTH, 1.0), BEYOND]["mean"] == pytest.approx(3 / 4)
    assert found[Entry(OPINIONS, BOTH, 1.0), NONE_RIGHT]["mean"] == pytest.approx(4 / 8)


def test_intervals_end_where_a_share_does(found: dict[Any, dict[str, Any]]) -> None:
    bounds = [each["ci95"] for (_, metric), each in found.items() if metric != GAP]
    assert min(low for low, _ in bounds) == 0 and max(high for _, high in bounds) == 1


def test_accuracy_is_told_by_what_labels_were_made_from(tmp_path: Path) -> None:
    labels = Labels((replace(LABELS.groups[0], made_from=("seen",)), LABELS.groups[1]))
    found = interactions([row(tmp_path, BOTH, ["yy", "yn", "yn", "nn"])], labels, tmp_path)
    means = {each["metric"]: each["mean"] for each in found}
    assert means[f"{GROUP}labels from seen"] == pytest.approx(3 / 4)
    assert means[f"{GROUP}labels from what is not said"] == pytest.approx(1 / 4)


def test_opinions_count_once_however_many_rows_there_are(tmp_path: Path) -> None:
    rows = [row(tmp_path, (key,), ["yy", "yn", "ny", "nn"]) for key in BOTH] + [row(tmp_path, BOTH, ["yy"] * 4)]
    another = {**rows[-1], "model": "concat_mlp"}
    found = {(each["model"], each["metric"]): each for each in interactions([*rows, another], LABELS, tmp_path)}
    assert found[OPINIONS, AGREEMENT]["n"] == 1 and found["concat_mlp", BEYOND]["mean"] == 1


def test_opinions_agree_where_all_give_one_answer(found: dict[Any, dict[str, Any]]) -> None:
    assert found[Entry(OPINIONS, BOTH, 1.0), AGREEMENT]["mean"] == pytest.approx(6 / 8)


def test_each_label_group_has_its_accuracy(found: dict[Any, dict[str, Any]]) -> None:
    assert found[Entry("mmf_mixer", ("text",), 1.0), f"{GROUP}act"]["mean"] == 0.5
    assert found[Entry("mmf_mixer", BOTH, 1.0), f"{GROUP}size"]["mean"] == 0.75


def test_without_an_opinion_of_every_modality_nothing_is_said_of_them(tmp_path: Path) -> None:
    rows = [row(tmp_path, ("text",), ["yy"] * 4), row(tmp_path, BOTH, ["yy"] * 4)]
    metrics = {each["metric"] for each in interactions(rows, LABELS, tmp_path)}
    assert metrics == {f"{GROUP}act", f"{GROUP}size"}


def test_where_some_opinion_is_always_right_nothing_lies_beyond(tmp_path: Path) -> None:
    rows = [row(tmp_path, (key,), ["yy"] * 4) for key in BOTH] + [row(tmp_path, BOTH, ["yy"] * 4)]
    found = {(each["model"], each["metric"]): each for each in interactions(rows, LABELS, tmp_path)}
    assert ("mmf_mixer", BEYOND) not in found and found[OPINIONS, NONE_RIGHT]["mean"] == 0
