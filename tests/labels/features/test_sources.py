import os
import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors.numpy import save_file

from mmf_mixer.errors import InputError
from mmf_mixer.labels.features.parts import classes, parts_of
from mmf_mixer.labels.features.source import read_nest
from mmf_mixer.labels.features.unpickling import read_pickle

RNG = np.random.default_rng(0)
NEST: dict[str, Any] = {
    split: {
        "text": RNG.normal(size=(count, 4, 3)).astype(np.float32),
        "audio": RNG.normal(size=(count, 6, 2)),
        "audio_lengths": [3] * count,
        "id": [f"{split}{number}" for number in range(count)],
        "annotations": ["Positive", "Negative"] * (count // 2),
        "regression_labels": np.linspace(-3, 3, count),
    }
    for split, count in (("train", 6), ("valid", 2), ("test", 2))
}


class Evil:
    def __reduce__(self) -> Any:
        return os.system, ("touch ran",)


def write_hdf5(path: Path, nest: dict[str, Any]) -> Path:
    with h5py.File(path, "w") as file:
        for split, fields in nest.items():
            for name, value in fields.items():
                file[f"{split}/{name}"] = value
    return path


def flat(nest: dict[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    return {f"{split}/{name}": np.asarray(value) for split, of in nest.items() for name, value in of.items()}


@pytest.mark.parametrize("kind", ["pickle", "old pickle", "hdf5", "npz"])
def test_one_nest_is_read_alike_from_every_kind_of_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / {"hdf5": "a.h5", "npz": "a.npz"}.get(kind, "a.pkl")
    if kind == "hdf5":
        write_hdf5(path, NEST)
    elif kind == "npz":
        np.savez(path, **flat(NEST))
    else:
        path.write_bytes(pickle.dumps(NEST, protocol=2 if kind == "old pickle" else 5))
    parts = parts_of(read_nest(path), path, None)
    assert [(part.split, len(part.ids)) for part in sorted(parts, key=lambda one: -len(one.ids))][0] == ("train", 6)
    train = next(part for part in parts if part.split == "train")
    assert train.ids[0] == "train0" and list(train.labels) == ["Positive", "Negative"] * 3
    assert set(train.modalities) == {"text", "audio"}
    assert_array_equal(train.modalities["text"][5], NEST["train"]["text"][5])
    assert train.modalities["audio"][0].shape == (3, 2)  # as long as its length says
    assert train.left == ["train/regression_labels"]


def test_safetensors_and_folders_of_arrays_are_read_too(tmp_path: Path) -> None:
    save_file({f"{split}.text": fields["text"] for split, fields in NEST.items()}, tmp_path / "a.safetensors")
    parts = parts_of(read_nest(tmp_path / "a.safetensors"), tmp_path, None)
    assert not any(part.left for part in parts)
    assert {part.split: part.ids[0] for part in parts} == {
        "train": "train-000000",
        "val": "valid-000000",
        "test": "test-000000",
    }
    for number in range(3):
        (tmp_path / "b" / "audio").mkdir(parents=True, exist_ok=True)
        np.save(tmp_path / "b" / "audio" / f"{number}.npy", np.full((number + 1, 2), number))
        np.savez(tmp_path / f"{number}.npz", audio=np.full((number + 1, 2), number), text=np.ones(4))
    (part,) = parts_of(read_nest(tmp_path / "b"), tmp_path, None)
    assert part.ids == ["0", "1", "2"] and [len(one) for one in part.modalities["audio"]] == [1, 2, 3]
    (tmp_path / "a.safetensors").unlink()
    for path in (tmp_path / "b" / "audio").iterdir():
        path.unlink()
    (part,) = parts_of(read_nest(tmp_path), tmp_path, None)
    assert part.modalities["text"][0].shape == (1, 4) and part.modalities["audio"][2].shape == (3, 2)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (pickle.dumps(Evil()), r"holds a '(posix|nt)\.system'"),
        (pickle.dumps({"train": Evil()}), "system"),
        (b"cbuiltins\neval\n(S'1'\ntR.", "builtins.eval"),
        (b"cnumpy\ndtype\n(S'O'\ntR(S'a'\ni__builtin__\nexec\n.", "exec|damaged"),
        (b"c_codecs\nencode\n(Vx\nVzip\ntR.", "codec 'zip'"),
        (b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I1000000000000\ntS'b'\ntR.", "without values"),
        (b"r\xff\xff\xff\xff.", "damaged"),
        (b"", "damaged"),
        (pickle.dumps(NEST)[:-20], "damaged|exhausted"),
        (b"P1\n.", "refers to other files"),
    ],
)
def test_a_hostile_pickle_runs_nothing(
    content: bytes, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pkl").write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_pickle(tmp_path / "a.pkl")
    assert not (tmp_path / "ran").exists()


def test_arrays_of_objects_and_links_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", text=np.array([Evil()], object))
    with pytest.raises(InputError, match="cannot be read"):
        read_nest(tmp_path / "a.npz")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["train"] = h5py.ExternalLink("other.h5", "/")
    with pytest.raises(InputError, match="train is a link"):
        read_nest(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"text": np.ones((5, 4, 3))}, r"different numbers of clips .*text 5"),
        ({"text": np.ones((6, 4, 3), complex)}, "complex128; tokens x width are wanted"),
        ({"text": None, "audio": None}, "holds no array of clips"),
        ({"annotations": ["a"]}, "annotations 1"),
        ({"audio_lengths": [3]}, "audio_lengths 1"),
    ],
)
def test_parts_that_do_not_fit_are_told(change: dict[str, Any], told: str) -> None:
    train = {name: value for name, value in (NEST["train"] | change).items() if value is not None}
    with pytest.raises(InputError, match=told):
        parts_of(NEST | {"train": train}, Path("a.pkl"), None)


def test_labels_are_words_numbers_columns_or_stretches_between_edges() -> None:
    assert classes(["b", "a", b"b"], [], []).names == ["a", "b"]
    assert classes(np.array([[10.0], [-2.0], [9.0]]), [], []) == (["-2", "9", "10"], [("10",), ("-2",), ("9",)], True)
    assert classes([[1, 0], [1, 1]], [], ["x", "y"]) == (["x", "y"], [("x",), ("x", "y")], False)
    found = classes([-1.5, 0.0, 0.4, 2.5], [0, 1], [])
    assert found.names == ["below 0", "0 to 1", "from 1"]
    assert found.of_clips == [("below 0",), ("0 to 1",), ("0 to 1",), ("from 1",)]
    with pytest.raises(InputError, match="no numbers that --edges could part"):
        classes(["a"], [0], [])
    for wrong, told in (([0.5], "--edges"), ([[0.5, 1]], "0 and 1"), ([np.nan], "neither words nor numbers")):
        with pytest.raises(InputError, match=told):
            classes(wrong, [], [])
