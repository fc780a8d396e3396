"""Configs and user folders are found from any working directory."""

import sys

import pytest
from omegaconf import OmegaConf

from mmf_mixer.errors import InputError
from mmf_mixer.paths import data_root
from mmf_mixer.settings import read_mapping


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(path):
    from mmf.utils.configuration import load_yaml

    return load_yaml(str(path))


def test_our_configs_are_found_from_anywhere(elsewhere):
    from mmf.utils.general import get_absolute_path

    ours = "configs/mmf/defaults.yaml"
    assert get_absolute_path(ours) == str(data_root() / ours)
    assert get_absolute_path([ours, "nowhere.yaml"]) == [str(data_root() / ours), "nowhere.yaml"]


def test_the_working_directory_comes_first(elsewhere):
    from mmf.utils.general import get_absolute_path

    mine = elsewhere / "configs" / "mmf" / "defaults.yaml"
    mine.parent.mkdir(parents=True)
    mine.touch()
    assert get_absolute_path("configs/mmf/defaults.yaml") == str(mine)


def test_includes_reach_the_plugin_and_the_neighbours(elsewhere):
    (elsewhere / "near.yaml").write_text("training: {batch_size: 3, seed: 1}\n")
    (elsewhere / "main.yaml").write_text("includes: [configs/mmf/zoo.yaml, near.yaml]\ntraining: {seed: 2}\n")
    assert load("main.yaml") == {"training": {"batch_size": 3, "seed": 2}}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\nb: [\n", "line 3: not valid YAML"),
        ("- a\n", "must be a mapping"),
        ("includes: other.yaml\n", "includes must be a list of files, not 'other.yaml'"),
        ("includes: [other.yaml]\n", "There is no config file other.yaml"),
        ("a: ${b\n", "not a valid config"),
    ],
)
def test_a_bad_config_is_named(elsewhere, text, complaint):
    (elsewhere / "bad.yaml").write_text(text)
    with pytest.raises(InputError, match=complaint):
        OmegaConf.to_container(load("bad.yaml"), resolve=True)


def test_a_config_that_is_no_text_is_named(tmp_path):
    (tmp_path / "bad.yaml").write_bytes(b"a: \xff\xfe\n")
    with pytest.raises(InputError, match="bad.yaml: not a valid config"):
        read_mapping(str(tmp_path / "bad.yaml"), "bad.yaml")


def test_an_empty_config_is_empty(tmp_path):
    (tmp_path / "empty.yaml").touch()
    assert load(tmp_path / "empty.yaml") == {}


def test_a_user_folder_is_imported_once_from_anywhere(tmp_path, elsewhere):
    from mmf.utils.env import import_user_module

    folder = tmp_path / "projects" / "a_project_of_mine"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("value = 3\n")
    import_user_module("projects/a_project_of_mine/")
    assert sys.modules["a_project_of_mine" if "a_project_of_mine" in sys.modules else "mmf_user_dir"].value == 3


def test_a_user_folder_that_is_not_there_is_refused(elsewhere):
    from mmf.utils.env import import_user_module

    with pytest.raises(InputError, match="env.user_dir: there is no folder nowhere"):
        import_user_module("nowhere")


def test_a_path_that_goes_through_a_file_is_found_as_by_mmf(elsewhere):
    (elsewhere / "a.py").touch()
    (elsewhere / "mine.yaml").write_text("a: 1")
    assert load(elsewhere / "a.py" / ".." / "mine.yaml") == {"a": 1}
