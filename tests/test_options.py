"""Options of the command line mean what they say, and an unknown one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from mmf_mixer.errors import InputError
from mmf_mixer.options import merge_options, read_value, split_options


@pytest.fixture
def config():
    return OmegaConf.create(
        {
            "checkpoint": {"resume": False},
            "datasets": None,
            "root": "one",
            "labels": "${no_such_resolver:${root}}",
            "layers": [{"size": 1}, {"size": 2}],
            "metrics": [],
        }
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("null", None),
        ("None", None),
        ("none", "none"),  # a value of ours, as in weights=none
        ("1e-3", 0.001),
        ("5", 5),
        ("'5'", "5"),
        ("", ""),
        ("a,b", "a,b"),
        ("/a=b", "/a=b"),
        ("[text, audio]", ["text", "audio"]),
        ("{lr: 1}", {"lr": 1}),
        (3, 3),
    ],
)
def test_values_mean_what_they_say(text, value):
    assert read_value(text) == value
    assert type(read_value(text)) is type(value)


@given(st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_what_python_prints_is_read_back(value):
    assert read_value(str(value)) == value


def test_a_bracket_left_open_names_the_option():
    with pytest.raises(InputError, match=r"^The option metrics=\[a is not a valid list"):
        read_value("[a", "metrics")


@pytest.mark.parametrize("options", [["a=b=c", "d=1"], ["a", "b=c", "d", "1"]])
def test_both_spellings(options):
    assert split_options(options) == [("a", "b=c"), ("d", "1")]


@pytest.mark.parametrize("options", [["a=1", "resume"], ["a", "1", "resume"]])
def test_an_option_without_a_value_is_refused(options):
    with pytest.raises(InputError, match="'resume' has no value: write resume=VALUE"):
        split_options(options)


def test_true_on_the_command_line_resumes(config, capsys):
    merge_options(config, ["checkpoint.resume=true"])
    assert config.checkpoint.resume is True  # the package release goes on only if it `is True`
    assert capsys.readouterr().out == "Option checkpoint.resume = True\n"


def test_dataset_is_short_for_datasets(config):
    assert merge_options(config, ["dataset=clips"]).datasets == "clips"


def test_items_of_lists_whole_lists_and_whole_sections_can_be_set(config):
    merge_options(config, ["layers[1].size=7", "metrics=[accuracy]", "checkpoint={resume: true}"])
    assert config.layers == [{"size": 1}, {"size": 7}]
    assert config.metrics == ["accuracy"]
    assert config.checkpoint == {"resume": True}


def test_a_param_with_a_default_can_be_set_though_the_config_does_not_name_it():
    config = OmegaConf.create({"fusion": {"encoder": {"params": {}}}, "optimizer": {"params": {}}})
    merge_options(config, ["fusion.encoder.params.dropout=0.3"])
    assert config.fusion.encoder.params == {"dropout": 0.3}
    with pytest.raises(InputError, match=r"Nothing reads the option optimizer\.params\.beta"):
        merge_options(config, ["optimizer.params.beta=1"])


def test_an_interpolation_can_be_replaced_though_it_cannot_be_resolved_yet(config):
    assert merge_options(config, ["labels=${root}", "root=two"]).labels == "two"


@pytest.mark.parametrize(
    ("option", "close"),
    [
        ("checkpoint.resme=1", "checkpoint.resume"),
        ("layer=1", "layers"),
        ("checkpoint.resume.x=1", "checkpoint.resume"),
    ],
)
def test_an_unknown_option_is_refused_with_the_nearest(config, option, close):
    with pytest.raises(InputError, match=f"^Nothing reads the option {option[:-2]}: did you mean {close}\\?$"):
        merge_options(config, [option])
    assert merge_options(config.copy(), [option], skip_missing=True) == config


def test_an_index_past_the_end_is_refused(config):
    with pytest.raises(InputError, match="Nothing reads the option layers"):
        merge_options(config, ["layers[2].size=1"])


@pytest.mark.parametrize("text", ["{{}}", "{[]}", "{{a: 1}: 2}"])
def test_a_mapping_with_a_key_that_is_none_gets_one_sentence(text: str) -> None:
    with pytest.raises(InputError, match="The option a=.* is not a valid list or mapping"):
        read_value(text, "a")
