"""MMF's configuration: the defaults and the resolvers."""

import pickle
import re

import pytest
import torch
from omegaconf import OmegaConf

from mmf_mixer.releases import is_package_release, mmf_folder
from mmf_mixer.settings import register_resolver

package_only = pytest.mark.skipif(not is_package_release(), reason="the source release has defaults of its own")


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
