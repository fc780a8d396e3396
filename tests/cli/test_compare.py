"""The options of `mmf_mixer compare`."""

from pathlib import Path

import pytest

from mmf_mixer.cli.compare import parse, plan_of
from mmf_mixer.errors import InputError
from tests.datasets.make import write_folder


def test_own_options_are_parted_from_those_of_mmf() -> None:
    own, shared = parse(["config=a.yaml", "seeds=1,2", "training.params=x=1", "out=results", "jobs=2"])
    assert own == {"seeds": "1,2", "out": "results", "jobs": "2"}
    assert shared == ["config=a.yaml", "training.params=x=1"]


@pytest.mark.parametrize(
    ("options", "message"), [(["out=x", "fast"], "'fast' is not of the form"), (["seeds=1"], "out=DIR")]
)
def test_bad_options_get_one_sentence(options: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(options)


def test_a_plan_covers_what_the_folder_has(tmp_path: Path) -> None:
    write_folder(tmp_path)
    plan = plan_of([f"dataset_config.clips.root={tmp_path}", "out=o", "seeds=3,4", "models=a,b"])
    rows = [(row.model, row.use, row.seed) for row in plan.rows()]
    whole = plan.use[0]
    assert plan.single == tuple(whole.split(","))
    assert rows[-4:] == [("a", whole, 3), ("a", whole, 4), ("b", whole, 3), ("b", whole, 4)]
    assert [row[:2] for row in rows[:-4:2]] == [("b", modality) for modality in plan.single]


def test_sets_of_modalities_are_asked_for_by_name() -> None:
    plan = plan_of(["out=o", "use=text,audio:text", "models=a"])
    assert plan.use == ("text,audio", "text") and plan.single == ()


def test_seeds_must_be_numbers() -> None:
    with pytest.raises(InputError, match="whole numbers"):
        plan_of(["out=o", "seeds=one"])
