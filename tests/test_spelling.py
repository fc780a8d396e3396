"""A model, a data set or a key that a run names though it is not there."""

import re

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.releases import is_package_release


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"model": None}, "No model was named: add model=NAME"),
        ({"dataset": None}, "No dataset was named: add dataset=NAME"),
        ({"model": "smal"}, "There is no model 'smal': did you mean small?"),
        ({"dataset": "dataset=toys,toy"}, "There is no dataset 'toy': did you mean toys?"),
    ],
)
def test_an_unknown_name_is_refused(configure, given, complaint):
    with pytest.raises(InputError, match=re.escape(complaint)):
        configure("", "mmf_mixer.strict=true", **given)


def test_who_uses_nothing_of_ours_is_warned_of_an_unknown_name_as_by_mmf(configure):
    with pytest.warns(UserWarning, match="There is no dataset 'toy': did you mean toys"):
        assert configure(model="stock", dataset="dataset=toy").get_config().model == "stock"
    with pytest.raises(InputError, match="There is no dataset 'toy'"):
        configure(model="small", dataset="dataset=toy")


def test_a_command_with_an_unknown_name_ends_before_it_begins(configure):
    import mmf_cli.run

    with pytest.warns(UserWarning, match="There is no dataset 'toy'"):
        configuration = configure(model="stock", dataset="dataset=toy")
    with pytest.raises(InputError, match="There is no dataset 'toy'"):
        mmf_cli.run.main(configuration)


@pytest.mark.skipif(not is_package_release(), reason="the source release has defaults of its own")
def test_a_stock_model_without_its_defaults_takes_the_config_it_is_given(configure):
    with pytest.warns(UserWarning, match="lacks configs/models/fusions/concat_bert.yaml"):
        config = configure("model_config: {concat_bert: {a: 1}}", model="concat_bert").get_config()
    assert config.model_config.concat_bert == {"a": 1}


@pytest.mark.parametrize(
    ("yaml", "complaint"),
    [
        ("trainig: {}", "the key trainig: did you mean training?"),
        ("training: {batchsize: 3}", "the key training.batchsize: did you mean training.batch_size?"),
        ("training: {early_stop: {patients: 3}}", "the key training.early_stop.patients: did you mean"),
        ("optimizer: {typ: adam_w}", "the key optimizer.typ: did you mean optimizer.type?"),
        ("checkpoint: {xyz: 1}", "the key checkpoint.xyz: take it out."),
        ("env: {savedir: x}", "the key env.savedir: did you mean env.save_dir?"),
    ],
)
def test_a_key_that_nobody_reads_is_refused(configure, yaml, complaint):
    with pytest.raises(InputError, match=re.escape(complaint)) as refusal:
        configure(yaml)
    assert str(refusal.value).split(":")[0].endswith("mine.yaml")


def test_keys_that_somebody_reads_are_not(configure):
    config = configure(
        """
        width: 8
        fusion: {use: [text]}
        benchmark: {rows: {mine: {model: small}}}
        optimizer: {type: adam_w, params: {lr: 0.1, anything: 1}}
        scheduler: {type: pythia, params: {x: 1}}
        checkpoint: {pretrained_state_mapping: {a: b}}
        training: {early_stop: {patience: 5}}
        model_config: {small: {x: "${width}"}, another_model: {y: 1}}
        dataset_config: {another: {z: 1}}
        """
    ).get_config()
    assert (config.model_config.small.x, config.optimizer.params.anything) == (8, 1)


def test_a_key_is_no_variable_because_the_name_of_one_begins_like_it(configure):
    with pytest.raises(InputError, match="nothing in MMF reads the key widt"):
        configure("width: 8\nwidt: 9\nmodel_config: {small: {x: '${width}'}}")


def test_code_of_the_users_own_may_read_any_key(configure, tmp_path):
    (tmp_path / "my_readers").mkdir()
    (tmp_path / "my_readers" / "__init__.py").touch()
    with pytest.warns(UserWarning, match="nothing in MMF reads the key training.mine"):
        config = configure(f"training: {{mine: 1}}\nenv: {{user_dir: {tmp_path}/my_readers}}").get_config()
    assert config.training.mine == 1


def test_our_own_projects_read_no_keys_of_their_own(configure):
    with pytest.raises(InputError, match="did you mean training.batch_size"):
        configure("training: {batchsize: 3}\nenv: {user_dir: projects/benchmark}")


def test_a_stock_model_may_have_a_config_with_old_keys(configure):
    with pytest.warns(UserWarning, match="nothing in MMF reads the key training.max_iterations"):
        assert configure("training: {max_iterations: 1}", model="stock").get_config().training.max_iterations == 1
