import argparse
import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from mmf.common.registry import registry
from mmf.common.sample import SampleList
from mmf.utils.build import build_model
from mmf.utils.configuration import Configuration
from mmf_cli.run import run
from omegaconf import OmegaConf

from mmf_mixer.errors import InputError
from mmf_mixer.extraction import extract
from mmf_mixer.store.store import FeatureStore
from tests.store import small

STORE = "dataset_config__clip_features__store"


def dataset(config: Path, name: str, split: str = "train", **more: str) -> Any:
    """A split of `clips` or `clip_features`, built as in a run with these options."""
    options = argparse.Namespace(config_override=None, opts=small.options(config, name, **more))
    settings = Configuration(options).get_config().dataset_config[name]
    builder = registry.get_builder_class(name)()
    loaded = builder.load_dataset(settings, split)
    loaded.varies = False
    builder.update_registry_for_model(settings)
    return loaded


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_samples_are_those_of_clips_but_for_the_values(config: Path, store: Path, split: str) -> None:
    stored = dataset(config, "clip_features", split, **{STORE: str(store)})
    clips = dataset(config, "clips", split)
    assert len(stored) == len(clips) == small.SIZES[split]
    for index in range(len(clips)):
        one, other = stored[index], clips[index]
        assert set(one) == set(other)
        for name in set(one) - {"audio", "video"}:
            assert torch.equal(one[name], other[name]), name
        assert one["audio"].shape == one["video"].shape == (4, 5)


def test_a_model_scores_the_store_as_it_scores_the_clips(config: Path, store: Path) -> None:
    batches = []
    for name, more in (("clips", {}), ("clip_features", {STORE: str(store)})):
        split = dataset(config, name, **more)
        batches.append(SampleList([split[index] for index in range(len(split))]))
    torch.manual_seed(0)
    settings = OmegaConf.create(OmegaConf.to_container(registry.get("config").model_config.mmf_mixer, resolve=True))
    model = build_model(
        OmegaConf.merge(settings, {"model": "mmf_mixer", "losses": [{"type": "label_groups_of_experts"}]})
    ).eval()
    with torch.no_grad():
        from_clips, from_store = (model.forward(batch)["scores"] for batch in batches)
    assert from_clips.std() > 0.01
    assert torch.allclose(from_clips, from_store, atol=1e-5)


def test_labels_are_registered_for_losses_and_metrics(config: Path, store: Path) -> None:
    stored = dataset(config, "clip_features", **{STORE: str(store)})
    assert registry.get("clip_features_label_groups") == stored.labels


def test_an_unreadable_clip_is_unreadable_in_the_store(config: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "clips" / "00001.mp4").write_bytes(b"no film")
    extract(small.options(config, env__save_dir=str(tmp_path)), tmp_path / "store")
    stored = dataset(config, "clip_features", **{STORE: str(tmp_path / "store")})
    assert stored[1]["targets"].unique().tolist() == [-1.0]
    assert stored[1]["video_mask"].tolist() == [0, 0, 0, 0]
    assert stored[0]["targets"].sum() == 1.0


def test_a_run_reads_only_the_modalities_of_its_model(config: Path, store: Path) -> None:
    stored = dataset(config, "clip_features", **{STORE: str(store)}, fusion__use="video")
    assert {"video", "video_mask"} < set(stored[0])
    assert "audio" not in stored[0]


def test_mmf_trains_from_the_store(config: Path, store: Path, tmp_path: Path) -> None:
    run(small.options(config, "clip_features", **{STORE: str(store), "env__save_dir": str(tmp_path / "save")}))
    assert registry.get("trainer").num_updates == 2
    assert (tmp_path / "save" / "mmf_mixer_final.pth").exists()
    made = FeatureStore(store).manifest.modalities
    record = json.loads((tmp_path / "save" / "encoders.json").read_text())  # of the run, and it is that of the store
    assert record == {key: made[key].encoder | {"weights": made[key].weights} for key in ("audio", "video")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dataset_config__clips__processors__video_processor__params__frames": "8"}, "frames was 4 and is 8 now"),
        ({"dataset_config__clips__processors__audio_processor__params__mels": "64"}, "mels was 128 and is 64 now"),
        (
            {"fusion__modalities__video__encoder__type": "small_trained"},
            "encoder of 'video' has changed: type was 'small_frames' and is 'small_trained' now",
        ),
    ],
)
def test_a_store_made_in_another_way_is_refused(
    config: Path, store: Path, change: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=f"the feature store is stale.*{message}"):
        dataset(config, "clip_features", **{STORE: str(store)}, **change)


def test_a_store_by_other_weights_is_refused(
    config: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shifted(self: small.SmallFrames, settings: Any = None) -> None:
        small.Projection.__init__(self, settings)
        self.weight.data += 1.0

    monkeypatch.setattr(small.SmallFrames, "__init__", shifted)
    with pytest.raises(InputError, match="stale, the encoder of 'video' had other weights"):
        run(small.options(config, "clip_features", **{STORE: str(store), "env__save_dir": str(tmp_path / "save")}))


def test_a_store_of_other_labels_is_refused(config: Path, folder: Path, store: Path) -> None:
    lines = (folder / "train.jsonl").read_text().splitlines()
    first = json.loads(lines[0]) | {"labels": ["activity/pray"]}
    (folder / "train.jsonl").write_text("\n".join([json.dumps(first), *lines[1:]]))
    with pytest.raises(InputError, match=r"stale, labels.yaml or a split of the dataset folder differs"):
        dataset(config, "clip_features", **{STORE: str(store)})


def test_a_store_without_a_wanted_modality_is_refused(config: Path, tmp_path: Path) -> None:
    extract(small.options(config, fusion__use="audio"), tmp_path / "store")
    with pytest.raises(InputError, match="it lacks the modality 'video', it has audio"):
        dataset(config, "clip_features", **{STORE: str(tmp_path / "store")})


def test_a_store_must_be_named(config: Path) -> None:
    with pytest.raises(InputError, match="clip_features.store is not set"):
        dataset(config, "clip_features")


def test_a_trained_encoders_modality_comes_from_the_clips(config: Path, tmp_path: Path) -> None:
    settings = yaml.safe_load(config.read_text())
    settings["fusion"]["modalities"]["video"]["encoder"]["type"] = "small_trained"
    settings["dataset_config"]["clip_features"] = {"from_clips": ["video"]}
    config.write_text(yaml.safe_dump(settings))
    partial = extract(small.options(config), tmp_path / "partial")
    assert list(partial.manifest.modalities) == ["audio"]
    stored = dataset(config, "clip_features", **{STORE: str(tmp_path / "partial")})
    clips = dataset(config, "clips")
    for index in range(len(clips)):
        one, other = stored[index], clips[index]
        assert set(one) == set(other)
        assert torch.equal(one["video"], other["video"]) and torch.equal(one["targets"], other["targets"])
        assert one["audio"].shape == (4, 5)


def test_a_clip_that_only_the_store_found_unreadable_takes_no_part(config: Path, store: Path) -> None:
    from_clips = {"dataset_config__clip_features__from_clips": "[video]"}
    stored = dataset(config, "clip_features", **from_clips, **{STORE: str(store)})
    read = stored.store.read
    stored.store.read = lambda *place: (read(*place)[0], False)
    assert set(stored[0].targets.tolist()) == {-1.0}


@pytest.mark.parametrize("name", ["clips", "clip_features"])
def test_a_fraction_is_a_part_of_the_training_clips_alone(config: Path, store: Path, name: str) -> None:
    more = {STORE: str(store)} if name == "clip_features" else {}
    more["dataset_config__clips__fraction_seed"] = "1"
    whole = dataset(config, name, **more)
    part = dataset(config, name, dataset_config__clips__fraction="2", **more)
    assert len(part) == 2 and [len(dataset(config, name, split, **more)) for split in ("val", "test")] == [3, 3]
    places = [[clip.id for clip in whole.clips].index(clip.id) for clip in part.clips]
    assert places != [0, 1]  # else this test could not tell the places of the store from those of the part
    for index, place in enumerate(places):
        for field in ("audio", "audio_mask", "video", "targets"):
            assert torch.equal(part[index][field], whole[place][field])
        assert part[index].clip_index == index
    assert registry.get(f"{name}_training_clips") == 6
    builder = registry.get_builder_class(name)()
    builder.update_registry_for_model(part.config)
    assert registry.get(f"{name}_training_clips") == 2
    assert registry.get(f"{name}_training_positives").sum() == 2


def test_a_fraction_that_is_none_is_refused(config: Path) -> None:
    with pytest.raises(InputError, match="dataset_config.clips.fraction is 7, .* there are 6 of them"):
        dataset(config, "clips", dataset_config__clips__fraction="7")


def test_a_store_serves_every_fraction(config: Path, tmp_path: Path) -> None:
    made = extract(small.options(config, dataset_config__clips__fraction="2"), tmp_path / "store")
    assert made.manifest.clips == small.SIZES
