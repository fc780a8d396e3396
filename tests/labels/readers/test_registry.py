from pathlib import Path
from typing import get_args

import pytest

from mmf_mixer import limits
from mmf_mixer.cli.import_labels import Kind
from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers import reading
from mmf_mixer.labels.readers.registry import KINDS, read

DOCS = Path(__file__).parents[3] / "docs" / "labels.md"
JSON = ("label_studio", "via", "fiftyone", "activitynet", "annotation")


def test_the_command_and_the_docs_know_all_kinds() -> None:
    assert list(get_args(Kind)) == [*KINDS, "features"]
    rows = [
        line.split("`")[1]
        for line in DOCS.read_text().partition("### Features")[0].splitlines()
        if line.startswith("| `")
    ]
    assert rows == list(KINDS)


def test_an_option_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="import via: --frame-rate is of label_studio and fiftyone; leave it out"):
        read("via", Path(), frame_rate=25, tiers=())


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file or folder"):
        read("via", tmp_path / "none")
    with pytest.raises(InputError, match=r"holds no file of ELAN's annotations \(\*\.eaf\)"):
        read("elan", tmp_path)


@pytest.mark.parametrize("kind", JSON)
@pytest.mark.parametrize("written", [b"", b"{", b"[" * 10**5, b"\xff\xfe", b'"\xe4"', b"[1]", b"null"])
def test_any_json_that_is_none_of_a_kind_is_one_sentence(kind: str, written: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(written)
    with pytest.raises(InputError, match=r"x\.json: "):
        read(kind, tmp_path / "x.json")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("folders", "annotation")])
def test_a_file_that_is_too_large_is_not_read(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(limits.SOURCE_BYTES + 1)
    with pytest.raises(InputError, match=r"x: has 67,108,865 bytes, but such a file may have 67,108,864"):
        read(kind, path)


@pytest.mark.parametrize(
    ("words", "split"),
    [
        *(("train", "train"), ("Charades_v1_test", "test"), ("kinetics-val", "val"), ("validate", "val")),
        *(("trainee", None), ("train_and_test", None), ("", None), (None, None), ("Training", "train")),
    ],
)
def test_a_word_is_a_split(words: str | None, split: str | None) -> None:
    assert reading.split_of(words) == split
