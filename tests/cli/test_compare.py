"""The options of `mmf_mixer compare`."""

from pathlib import Path

import pytest

from mmf_mixer.cli.compare import OWN, plan_of
from mmf_mixer.cli.options import old_words
from mmf_mixer.errors import InputError
from tests.data.make import write_folder


def test_old_words_are_parted_from_options_of_mmf_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    own, shared = old_words("compare", ["config=a.yaml", "seeds=1,2", "training.params=x=1", "out=results"], OWN)
    assert own == {"seeds": "1,2", "out": "results"}
    assert shared == ["config=a.yaml", "training.params=x=1"]
    assert capsys.readouterr().err == "compare: seeds=, out= is now written --seeds, --out.\n"
    assert old_words("compare", ["config=a.yaml"], OWN)[0] == {} and capsys.readouterr().err == ""


def test_old_words_and_options_ask_for_the_same() -> None:
    words = plan_of(["models=a,b", "seeds=3", "fractions=0.5", "trials=1", "jobs=2", "use=text", "out=o"])
    own = {"models": "a,b", "seeds": "3", "fractions": "0.5", "trials": 1, "jobs": 2, "use": "text", "out": "o"}
    assert plan_of([], own) == words


@pytest.mark.parametrize(
    ("options", "message"), [(["out=x", "fast"], "'fast' is not of the form"), (["seeds=1"], "--out DIR")]
)
def test_bad_options_get_one_sentence(options: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan_of(options)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("seeds=1,1", "seeds are 1, 1; name each once"),
        ("fractions=0.5,0.5", "fractions are 0.5, 0.5; name each once"),
        ("trials=-1", "trials is -1, but at least 0"),
        ("jobs=0", "jobs is 0, but at least 1"),
        ("fractions=0", "fraction 0 is none"),
        ("fractions=1.5", "fraction 1.5 is none"),
        ("seeds=one", "seeds are whole numbers"),
        ("trials=1.5", "trials are whole numbers"),
        ("fractions=all", "fractions are numbers"),
    ],
)
def test_numbers_that_make_no_sense_get_one_sentence(option: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan_of(["out=o", option])


def test_the_modalities_are_those_that_the_config_uses_of_those_that_the_clips_have(tmp_path: Path) -> None:
    write_folder(tmp_path / "data")
    (tmp_path / "a.yaml").write_text(
        f"dataset_config: {{clips: {{root: {tmp_path / 'data'}}}}}\nfusion: {{use: 'text,audio'}}"
    )
    plan = plan_of([f"config={tmp_path / 'a.yaml'}", "out=o", "models=a"])
    assert (plan.use, plan.single) == (("text,audio",), ("text", "audio"))


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
