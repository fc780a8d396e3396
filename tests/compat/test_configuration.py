"""MMF's configuration: the defaults, the names, the keys, the resolvers."""

import pickle
import re
from argparse import Namespace

import pytest
import torch
from omegaconf import OmegaConf

from mmf_mixer.compat.configuration import register_resolver
from mmf_mixer.compat.releases import is_package_release, mmf_folder
from mmf_mixer.errors import InputError

package_only = pytest.mark.skipif(not is_package_release(), reason="the source release has defaults of its own")


@pytest.fixture
def configure(tmp_path):
    """Make MMF's Configuration of some YAML and options, for a model and a dataset that need no defaults."""
    from mmf.common.registry import registry
    from mmf.datasets.base_dataset_builder import BaseDatasetBuilder
    from mmf.models.base_model import BaseModel
    from mmf.utils.configuration import Configuration

    for name, module in (("small", "mmf_mixer.models.small"), ("stock", "mmf.models.stock")):
        members = {"config_path": classmethod(lambda cls: None), "__module__": module}
        registry.register_model(name)(type(name, (BaseModel,), members))
    registry.register_builder("toys")(type("Toys", (BaseDatasetBuilder,), {}))

    def configure(yaml="", *options, model="small", dataset="dataset=toys"):
        path = tmp_path / "mine.yaml"
        path.write_text(yaml)
        options = [f"config={path}", *(["model=" + model] if model else []), *([dataset] if dataset else []), *options]
        return Configuration(Namespace(opts=options, config_override=None))

    return configure


@package_only
def test_every_key_that_mmf_reads_has_a_default(configure):
    config = configure().get_config()
    code = "\n".join(path.read_text() for path in mmf_folder().rglob("*.py"))
    read = {
        "training": re.findall(r"(?:config\.training|training_config|training)\.(?!get\b)(\w+)", code),
        "checkpoint": re.findall(r"(?:config\.checkpoint|ckpt_config)\.(?!get\b)(\w+)", code),
        "evaluation": re.findall(r"config\.evaluation\.(?!get\b)(\w+)", code),
        "distributed": re.findall(r"config\.distributed\.(\w+)", code),
        "env": re.findall(r"(?:config\.env\.|get_mmf_env\((?:key=)?\")(\w+)", code),
    }
    renamed = {"resume", "resume_best", "resume_file", "load_pretrained", "pretrained_state_mapping", "run_type"}
    for section, keys in read.items():
        assert keys
        assert set(keys) - set(config[section]) - (renamed if section == "training" else set()) == set(), section


@package_only
def test_the_environment_moves_the_folders(configure, monkeypatch, tmp_path):
    monkeypatch.setenv("MMF_SAVE_DIR", str(tmp_path / "saved"))
    env = configure().get_config().env
    assert (env.save_dir, env.log_dir, env.user_dir) == (str(tmp_path / "saved"), None, None)


@package_only
def test_the_zoo_is_empty(configure):
    from mmf.utils.configuration import get_zoo_config

    zoo = configure().get_config().env.dataset_zoo
    assert get_zoo_config("vqa2", zoo_config_path=zoo) == (None, None)


def test_the_device_is_one_that_exists(configure):
    assert configure().get_config().training.device == ("cuda" if torch.cuda.is_available() else "cpu")


def test_a_configuration_can_be_sent_to_a_spawned_process(configure):
    configuration = configure("training: {max_updates: 3}")
    sent = pickle.loads(pickle.dumps(configuration))
    assert sent.get_config().training.max_updates == 3


@pytest.mark.parametrize("spelling", ["dataset=toys", "datasets=toys"])
def test_nested_interpolation_follows_the_command_line(configure, spelling):
    register_resolver("letters", len)
    yaml = (
        "dataset_config: {toys: {root: abc}, others: {root: a}}\n"
        "model_config: {small: {classes: '${letters:${dataset_config.${datasets}.root}}'}}\n"
    )
    assert configure(yaml, dataset=spelling).get_config().model_config.small.classes == 3
    override = "dataset_config.toys.root=a=bcd"
    assert configure(yaml, override, dataset=spelling).get_config().model_config.small.classes == 5


def test_resolvers_survive_the_next_configuration(configure):
    register_resolver("twice", lambda x: 2 * x)
    configure()
    assert OmegaConf.create({"a": "${twice:4}"}).a == 8


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


def test_the_defaults_of_every_model_of_ours_resolve_without_a_data_set_of_ours(configure):
    from mmf.common.registry import registry

    ours = [
        name for name, owner in registry.mapping["model_name_mapping"].items() if "mmf_mixer.models" in owner.__module__
    ]
    for name in {*ours} - {"small"}:
        config = OmegaConf.to_container(configure(model=name).get_config(), resolve=True)
        assert name in config["model_config"]


def test_environment_variables_have_their_old_name_and_meaning(configure, monkeypatch):
    configure()
    monkeypatch.setenv("MINE", "3")
    monkeypatch.setenv("LIST", "[1]")
    config = OmegaConf.create({"a": "${env:MINE}", "b": "${env:NOT_SET,x}", "c": "${env:LIST}", "d": "${env:NOT_SET,}"})
    assert OmegaConf.to_container(config, resolve=True) == {"a": 3, "b": "x", "c": "[1]", "d": ""}


@package_only
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
