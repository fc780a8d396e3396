"""A row is trained again if anything that determines it has changed, and only then."""

from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from mmf_mixer.benchmark import cache
from mmf_mixer.benchmark.cache import digest_at, key_of, versions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.jsonl").write_text("one")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "manifest.json").write_text("{}")
    (tmp_path / "store" / "shard").write_text("much")
    (tmp_path / "lips.pth").write_text("weights")
    return tmp_path


def key(folder: Path, *options: str, **config: Any) -> str:
    whole = {"root": str(folder / "data"), "x": "${modalities:}", **config}
    return key_of(OmegaConf.create(whole), [f"store={folder / 'store'}", f"w={folder / 'lips.pth'}", *options])


def test_the_same_gives_the_same(folder: Path) -> None:
    before = key(folder, "lr=1", training={"seed": 1})
    (folder / "store" / "shard").write_text("other")  # the manifest has its hash
    (folder / "results").mkdir()
    assert key(folder, "lr=1", training={"seed": 1}) == before
    assert key(folder, "lr=1", training={"seed": 1}, benchmark={"rows": {"another": {}}}) == before


@pytest.mark.parametrize("file", ["data/train.jsonl", "store/manifest.json", "lips.pth"])
def test_files_that_are_named_count(folder: Path, file: str) -> None:
    before = key(folder)
    (folder / file).write_text("something else")
    assert key(folder) != before


def test_of_a_package_only_the_code_counts(folder: Path) -> None:
    code = folder / "code"
    code.mkdir()
    (code / "__init__.py").write_text("")
    (code / "encoder.py").write_text("one")
    before = key(folder, f"env.user_dir={code}")
    (code / "README.md").write_text("how to use it")
    assert key(folder, f"env.user_dir={code}") == before
    (code / "encoder.py").write_text("another")
    assert key(folder, f"env.user_dir={code}") != before


def test_options_config_versions_and_code_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {key(folder), key(folder, "lr=1"), key(folder, "lr=2"), key(folder, training={"seed": 1})}
    monkeypatch.setattr(cache, "versions", lambda: {"torch": "3.0"})
    keys.add(key(folder))
    monkeypatch.setattr(cache, "code_digest", lambda *_: "other")
    keys.add(key(folder))
    assert len(keys) == 6


def test_what_is_no_file_has_no_digest(tmp_path: Path) -> None:
    assert [digest_at(name) for name in ("", "text,audio", "x" * 5000, "a\0b", "~nobody/x")] == [None] * 5
    assert digest_at("configs/fusion.yaml") is not None


def test_versions_name_what_computes() -> None:
    assert {"python", "mmf", "torch", "transformers"} <= {name for name, version in versions().items() if version}
