"""The options of `mmf_mixer compare`."""

from pathlib import Path

import pytest

from mmf_mixer.cli.compare import parse, plan_of
from mmf_mixer.errors import InputError
from tests.data.make import write_folder


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
    plan = plan_of([f"dataset_config.clips.root={tmp_path}", "out=o", "seeds=3,4", "models=a,b", "fractions=0.5,1"])
    whole = ["text", "audio", "video"]
    rows = [(study.name, study.modalities) for study in plan.studies() if study.fraction == 0.5]
    assert rows == [("b", ["text"]), ("b", ["audio"]), ("b", ["video"]), ("a", whole), ("b", whole)]
    assert (plan.seeds, plan.fractions, plan.trials, len(plan.studies())) == ((3, 4), (0.5, 1.0), 0, 10)


def test_the_config_says_which_rows_there_are_and_options_say_otherwise(tmp_path: Path) -> None:
    write_folder(tmp_path / "data")
    section = (
        "benchmark: {models: [wide, mmf_mixer], trials: 3, search: {lr: [1, 2]}, rows: {wide: {model: mmf_mixer}}}"
    )
    (tmp_path / "a.yaml").write_text(f"dataset_config: {{clips: {{root: {tmp_path / 'data'}}}}}\n{section}")
    options = [f"config={tmp_path / 'a.yaml'}", "out=o"]
    plan = plan_of(options)
    assert (plan.models, plan.trials, plan.use) == (("wide", "mmf_mixer"), 3, ("text,audio,video",))
    assert plan.section.entry("wide").model == "mmf_mixer"
    other = plan_of([*options, "models=concat_mlp", "trials=0"])
    assert (other.models, other.trials) == (("concat_mlp",), 0)


def test_sets_of_modalities_are_asked_for_by_name() -> None:
    plan = plan_of(["out=o", "use=text,audio:text", "models=a"])
    assert plan.use == ("text,audio", "text") and plan.single == ()


def test_seeds_must_be_numbers() -> None:
    for option in ("seeds=one", "trials=1.5", "fractions=all"):
        with pytest.raises(InputError, match="whole numbers"):
            plan_of(["out=o", option])
    with pytest.raises(InputError, match="jobs is at least 1"):
        plan_of(["out=o", "jobs=0"])
