"""Files of the hub. There is no network: its two doors are replaced."""

from pathlib import Path

import pytest
from huggingface_hub.errors import EntryNotFoundError

from mmf_mixer import hub
from mmf_mixer.errors import InputError
from mmf_mixer.hub import hub_file

FILES = ("model.safetensors", "pytorch_model.bin")


def found(source: str) -> Path:
    return hub_file("me", source, *FILES, remedy="do without")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hugging Face's cache with a repository "one/bert" that holds nothing yet: the folder of its files."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    (tmp_path / "models--one--bert" / "refs").mkdir(parents=True)
    (tmp_path / "models--one--bert" / "refs" / "main").write_text("abc")
    (tmp_path / "models--one--bert" / "snapshots" / "abc").mkdir(parents=True)
    return tmp_path / "models--one--bert" / "snapshots" / "abc"


def test_the_best_file_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^me: there is no model\.safetensors or pytorch_model\.bin in "):
        found(str(tmp_path))
    for name in reversed(FILES):
        (tmp_path / name).touch()
        assert found(str(tmp_path)) == tmp_path / name


def test_what_is_cached_needs_no_network(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(hub, "get_hf_file_metadata")
    (repository / "pytorch_model.bin").touch()
    assert found("one/bert") == repository / "pytorch_model.bin"


def test_what_is_not_cached_is_downloaded_the_best_first(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"pytorch_model.bin"}

    def metadata(url: str) -> None:
        if url.rsplit("/", 1)[1] not in there:
            raise EntryNotFoundError("404")

    monkeypatch.setattr(hub, "get_hf_file_metadata", metadata)
    monkeypatch.setattr(hub, "hf_hub_download", lambda source, file: f"/cache/{source}/{file}")
    assert found("one/bert") == Path("/cache/one/bert/pytorch_model.bin")
    there.add("model.safetensors")
    assert found("one/bert") == Path("/cache/one/bert/model.safetensors")
    there.clear()
    with pytest.raises(
        InputError, match=r"cannot be downloaded \(it has no model\.safetensors or pytorch_model\.bin\)"
    ):
        found("one/bert")


def test_no_network_is_said_in_one_sentence(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(url: str) -> None:
        raise ConnectionError("Name or service not known.\nMore about it")

    monkeypatch.setattr(hub, "get_hf_file_metadata", no_network)
    with pytest.raises(InputError) as caught:
        found("one/bert")
    assert str(caught.value) == (
        "me: one/bert is no folder, and its model.safetensors is not in Hugging Face's cache "
        f"{hub.HF_HUB_CACHE} and cannot be downloaded (Name or service not known); put model.safetensors and "
        "config.json of https://huggingface.co/one/bert/tree/main into a folder and name that, or do without."
    )
