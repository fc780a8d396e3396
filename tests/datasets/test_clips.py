import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from av.stream import Disposition
from mmf.common.registry import registry
from mmf.common.sample import SampleList
from omegaconf import DictConfig, OmegaConf
from torch.utils.data import DataLoader

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.folder import read_folder
from mmf_mixer.datasets import bad_clips, base
from mmf_mixer.datasets.clips import ClipsBuilder, ClipsDataset
from mmf_mixer.errors import InputError
from mmf_mixer.paths import data_root
from tests.data.make import line, write_folder
from tests.media.recordings import muxed, record

SMALL = {
    "text_processor": {"params": {"length": 6}},
    "audio_processor": {"params": {"size": 32, "tokens": 4, "mels": 20}},
    "video_processor": {"params": {"frames": 2, "size": 8}},
}
ALL = ["text", "audio", "video"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three train clips: whole, with neither sound nor caption, and one whose video is broken."""
    train = [
        line("whole", labels=["activity/run", "event/rain"]),
        line("picture", captions=None, start=0.5),
        line("broken", video="clips/broken.mp4"),
    ]
    root = write_folder(tmp_path_factory.mktemp("clips") / "set", train=train)
    (root / "clips" / "broken.mp4").write_bytes(b"no media" * 100)
    return root


@pytest.fixture(autouse=True)
def save_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bad_clips.atexit, "register", lambda *call: None)
    registry.register("config", OmegaConf.create({"env": {"save_dir": str(tmp_path / "save")}}))
    return tmp_path / "save"


def settings(root: Path, /, **changes: Any) -> DictConfig:
    defaults = OmegaConf.load(data_root() / ClipsBuilder.config_path()).dataset_config.clips
    config = OmegaConf.merge(defaults, {"root": str(root), "processors": SMALL, "modality_dropout": 0}, changes)
    assert isinstance(config, DictConfig)
    OmegaConf.set_struct(config, True)  # as in a run
    return config


def loaded(root: Path, split: str = "train", /, **changes: Any) -> ClipsDataset:
    config, builder = settings(root, **changes), ClipsBuilder()
    builder.build_dataset(config, split)
    dataset: ClipsDataset = builder.load_dataset(config, split)
    builder.update_registry_for_model(config)
    return dataset


def use_model(**config: Any) -> None:
    registry.register("config", OmegaConf.merge(registry.get("config"), config))


def test_a_sample_has_every_modality(root: Path) -> None:
    sample = loaded(root)[0]

    assert list(sample) == [*(key + part for key in ALL for part in ("", "_mask")), "targets", "clip_index", "id"]
    assert sample.text.tolist() == [101, 7592, 2045, 102, 0, 0] and sample.text_mask.tolist() == [1, 1, 1, 1, 0, 0]
    assert sample.audio.shape == (3, 32, 32) and sample.audio_mask.tolist() == [1, 1, 1, 1]
    assert sample.video.shape == (2, 3, 8, 8) and sample.video_mask.tolist() == [1, 1]
    assert sample.targets.tolist() == [0, 1, 0, 1, 0]
    assert sample.clip_index == sample.id == 0 and sample.clip_index.dim() == 0


def test_samples_collate_and_know_what_is_absent(root: Path) -> None:
    dataset = loaded(root)

    batch = SampleList([dataset[0], dataset[1]])

    assert batch.video.shape == (2, 2, 3, 8, 8) and batch.targets.shape == (2, 5)
    assert batch.text_mask.tolist() == [[1, 1, 1, 1, 0, 0], [0] * 6]
    assert batch.clip_index.tolist() == batch.id.tolist() == [0, 1]
    assert not torch.equal(batch.video[0], batch.video[1])  # the second begins at half a second


def test_the_defaults_are_those_of_the_processors(root: Path) -> None:
    dataset = loaded(root)
    OmegaConf.set_struct(dataset.config, False)
    plain = OmegaConf.load(data_root() / ClipsBuilder.config_path()).dataset_config.clips.processors

    for key, processor in dataset.processors.items():
        config = plain[f"{key}_processor"]
        assert registry.get_processor_class(config.type)(config.params).params == type(processor)({}).params


def test_only_what_the_model_reads_is_made(root: Path) -> None:
    use_model(model="mine", model_config={"mine": {"modalities": [{"key": "audio"}, {"key": "text"}]}})
    assert list(loaded(root).processors) == ["audio", "text"]

    use_model(model="also_mine", model_config={"also_mine": "mine"})
    assert list(loaded(root).processors) == ["audio", "text"]

    use_model(model="stock", model_config={"stock": {"hidden": 3}})
    assert list(loaded(root).processors) == ALL


def test_a_modality_without_processor_is_named(root: Path) -> None:
    use_model(model="mine", model_config={"mine": {"modalities": [{"key": "depth"}]}})

    with pytest.raises(
        InputError, match="reads the modality 'depth', but dataset_config.clips.processors has no depth_"
    ):
        loaded(root)


def test_a_processor_set_to_null_is_left_out(root: Path) -> None:
    assert list(loaded(root, processors={"video_processor": None}).processors) == ["text", "audio"]


def test_a_bad_clip_is_skipped_and_recorded_once(root: Path, save_dir: Path) -> None:
    dataset = loaded(root, cache=False)

    samples = [dataset[2], dataset[2]]

    for sample in samples:
        assert sample.targets.tolist() == [-1] * 5 and sample.clip_index == 2
        assert not any(sample[f"{key}_mask"].any() for key in ALL)
        assert sample.video.shape == (2, 3, 8, 8) and not sample.video.any()
    [record] = (save_dir / "bad_clips.jsonl").read_text().splitlines()
    assert '"split": "train", "id": "broken", "modality": "audio"' in record and "broken.mp4" in record
    assert dataset.bad.summary().startswith("1 clip could not be read and took no part: train broken (audio);")


def test_a_silent_first_microphone_is_said_once(tmp_path: Path, save_dir: Path) -> None:
    train = [
        line("one", video="clips/two.mp4"),
        line("again", video="clips/two.mp4", start=1.0),
        line("named", video="clips/two.mp4", audio_track=1),
    ]
    root = write_folder(tmp_path / "set", train=train)
    silent, film = record(tmp_path / "silent.mp4", wave=np.zeros_like), record(tmp_path / "film.mp4")
    muxed(
        root / "clips" / "two.mp4",
        (film, "video", Disposition.default, "und"),
        *((silent, "audio", Disposition.default, "und"), (film, "audio", Disposition(0), "und")),
    )
    dataset = loaded(root)

    samples = [dataset[index] for index in range(3)]

    assert [bool(sample.audio_mask.any()) for sample in samples] == [True] * 3
    assert samples[0].audio.std() < 1e-3 < samples[2].audio.std()
    [record_of] = map(json.loads, (save_dir / "bad_clips.jsonl").read_text().splitlines())
    assert (record_of["id"], record_of["modality"]) == ("one", "audio")
    assert record_of["hint"].endswith(
        "two.mp4: the sound track that was read is silent, its track 1 is not; name that one as `audio_track` if it is "
        "meant."
    )


def test_workers_skip_into_one_account(root: Path, save_dir: Path) -> None:
    dataset = loaded(root, processors={"text_processor": None})

    for _ in range(2):  # two epochs, with new workers each
        targets = torch.cat([batch.targets for batch in DataLoader(dataset, 1, num_workers=2, collate_fn=SampleList)])
        assert (targets == -1).all(dim=1).tolist() == [False, False, True]

    assert len((save_dir / "bad_clips.jsonl").read_text().splitlines()) == 1


def test_a_bad_clip_may_stop_the_run(root: Path) -> None:
    with pytest.raises(InputError, match=r"^clip 'broken' of train, audio: .*broken\.mp4: cannot be decoded"):
        loaded(root, on_bad_clip="raise")[2]


def test_a_text_run_does_not_touch_the_video(root: Path) -> None:
    use_model(model="mine", model_config={"mine": {"modalities": [{"key": "text"}]}})

    assert loaded(root, on_bad_clip="raise")[2].targets.tolist() == [1, 0, 0, 0, 0]


def test_the_cache_spares_a_second_look(root: Path) -> None:
    dataset = loaded(root)
    first = dataset[0]
    first.extra = torch.zeros(1)  # what a caller adds stays with the caller
    dataset.processors = {}

    again = dataset[0]

    assert list(again) == [name for name in first if name != "extra"]
    assert again.video is first.video


def test_train_clips_vary_and_what_is_cached_does_not(root: Path) -> None:
    augmented: Any = {"processors": {"video_processor": {"params": {"shift": 3, "flip": 0.5}}}}
    dataset, plain = loaded(root, **augmented), loaded(root)[0]

    seen = [dataset[0] for _ in range(12)]

    assert len({sample.video.numpy().tobytes() for sample in seen}) > 3
    assert all(sample.video.shape == plain.video.shape for sample in seen)
    assert torch.equal(dataset.cache.get(0).video, plain.video)
    assert all(torch.equal(sample.audio, plain.audio) and sample.audio is seen[0].audio for sample in seen[1:])
    for split in ("val", "test"):
        evaluated = loaded(root, split, **augmented)
        assert torch.equal(evaluated[0].video, loaded(root, split)[0].video)
        assert evaluated[0].video is evaluated[0].video


def test_train_clips_lose_modalities_unless_they_are_wanted_as_they_are(root: Path) -> None:
    def there(sample: Any) -> tuple[bool, ...]:
        return tuple(bool(sample[f"{key}_mask"].any()) for key in ALL)

    torch.manual_seed(0)
    dataset = loaded(root, modality_dropout=0.5)
    assert len({there(dataset[0]) for _ in range(100)}) == 7
    dataset.varies = False
    assert {there(dataset[0]) for _ in range(20)} == {(True, True, True)}
    assert {there(loaded(root, "val", modality_dropout=0.5)[0]) for _ in range(20)} == {(True, True, True)}


def test_the_cache_keeps_to_its_budget(root: Path) -> None:
    one = loaded(root)
    one[0]
    gigabytes = 2.5 * one.cache.used / 2**30 * 5 / 3  # two samples and a half, for three of the five clips

    dataset = loaded(root, cache_gb=gigabytes)
    for index in range(3):
        dataset[index]

    assert sorted(dataset.cache.samples) == [0, 1]
    assert dataset.cache.used <= dataset.cache.budget
    assert not loaded(root, cache=False).cache.samples


def test_predictions_name_clips_and_labels(root: Path) -> None:
    class Report:
        id = torch.tensor([1, 0])
        scores = torch.tensor([[0.0, 0.0, 0.0, 9.0, -9.0], [2.0, 2.0 + torch.tensor(3.0).log(), 0.0, 0.0, 0.0]])

    rows = loaded(root).format_for_prediction(Report())

    assert [row["id"] for row in rows] == ["picture", "whole"]
    assert list(rows[0]["labels"]) == ["activity/laugh", "activity/run", "event/goal", "event/rain", "event/fall"]
    assert list(rows[0]["labels"].values()) == pytest.approx([0.5, 0.5, 0.5, 0.99988, 0.00012], abs=1e-5)
    assert list(rows[1]["labels"].values())[:2] == pytest.approx([0.25, 0.75])


def test_the_labels_are_registered_and_the_folder_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    monkeypatch.setattr(base, "read_folder", lambda path: read.append(path) or read_folder(path))
    base._folder.cache_clear()
    base._part.cache_clear()

    for split in ("train", "val", "test"):
        assert len(loaded(root, split)) == (3 if split == "train" else 1)

    labels = registry.get("clips_label_groups")
    assert isinstance(labels, Labels) and len(labels) == 5
    assert read == [root]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"root": None}, "dataset_config.clips.root is not set; give it the path of a dataset folder"),
        ({"root": "/no/such"}, "dataset_config.clips.root: there is no folder /no/such"),
        ({"modality_dropout": 1}, "dataset_config.clips.modality_dropout is 1.0; it is the chance that a modality is"),
        ({"on_bad_clips": "skip"}, "dataset_config.clips: nothing reads 'on_bad_clips': did you mean 'on_bad_clip'?"),
        ({"on_bad_clip": "ignore"}, "on_bad_clip cannot be 'ignore'; it is Literal['skip', 'raise']"),
        ({"processors": {"text_processor": {"type": "caption_token"}}}, "(did you mean 'caption_tokens'?)"),
        ({"processors": {"depth_processor": {"params": {}}}}, "depth_processor: there is no processor type None"),
        ({"processors": {"video_processor": {"params": {"fps": 3}}}}, "processor video_frames: nothing reads 'fps'"),
    ],
)
def test_a_wrong_config_is_named(root: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        loaded(root, **changes)

    assert message in str(caught.value)


def test_real_clips(shared: Path) -> None:
    dataset = loaded(shared / "data" / "grid51", "val")

    batch = SampleList([dataset[index] for index in range(8)])

    assert batch.targets.sum(dim=1).tolist() == [6.0] * 8
    assert batch.video_mask.all() and batch.audio_mask.all() and 0 < batch.text_mask.float().mean() < 1
    assert len({frame.numpy().tobytes() for frame in batch.video[:, 0]}) == 8
