"""What a plan trains, with which options, and what it refuses."""

from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.benchmark.plan import Plan, Study
from mmf_mixer.benchmark.section import RowConfig, Section
from mmf_mixer.errors import InputError

ROWS = {"wide": RowConfig("mmf_mixer", {"weights": "lips-{fraction}-{seed}.pth"}, {"lr": [1, 2]})}


def plan(**changes: Any) -> Plan:
    given: dict[str, Any] = {
        "options": ("config=a.yaml", "x=cut-{fraction}"),
        "models": ("majority", "late_fusion", "wide"),
        "use": ("text,audio", "text"),
        "single": ("text", "audio"),
        "seeds": (1, 2),
        "fractions": (100.0, 1.0),
        "out": Path("out"),
        "section": Section(rows=ROWS),
    }
    return Plan(**given | changes)


def test_studies_are_named_once_each() -> None:
    first = [(study.name, study.modalities) for study in plan().studies() if study.fraction == 100]
    assert first == [
        ("wide", ["text"]),
        ("wide", ["audio"]),
        ("majority", []),
        ("late_fusion", ["text", "audio"]),
        ("wide", ["text", "audio"]),
    ]
    assert len(plan().studies()) == 10


def test_options_hold_what_the_row_is_and_its_fraction_and_seed_filled_in() -> None:
    options = plan().row_options(Study("wide", "text,audio", 100.0), 2, {"lr": 0.5})
    assert options == [
        "config=a.yaml",
        "x=cut-100",
        "model=mmf_mixer",
        "fusion.use=text,audio",
        "training.seed=2",
        "dataset_config.clips.fraction=100.0",
        "weights=lips-100-2.pth",
        "lr=0.5",
    ]
    assert "fraction" not in str(plan().row_options(Study("wide", "text", 1.0), 2, {}))


def test_a_trial_never_tests_and_has_a_seed_of_its_own() -> None:
    study = Study("wide", "text", 1.0)
    tuned = plan(trials=2)
    assert len(tuned.tried(study)) == 2 and tuned.tried(Study("majority", "text", 1.0)) == []
    for point in tuned.tried(study):
        options = tuned.trial_options(study, point)
        assert options[-1] == "run_type=train_val" and "training.seed=1000" in options


def test_folders_are_apart() -> None:
    everything = [plan().row_folder(study, seed) for study in plan().studies() for seed in (1, 2)]
    everything += [plan().trial_folder(study, number) for study in plan().studies() for number in (0, 1)]
    assert len(set(everything)) == len(everything)
    assert plan().row_folder(Study("wide", "text,audio", 0.1), 3) == Path("out/runs/wide-text+audio-0.1-seed3")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"single": ("text",)}, "late_fusion wants rows of single modalities, and audio has none"),
        (
            {"models": ("mismatch_reference", "wide"), "single": ("audio",)},
            "mismatch_reference wants rows of single modalities, and text has none",
        ),
        ({"trials": 2, "seeds": (1, 1000)}, "seed 1000 is that of the tuning"),
        ({"trials": 4}, "grids of wide have 2"),
        ({"models": ("majority",)}, "no model to train on single modalities"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_trained(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        plan(**changes)
