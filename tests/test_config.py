"""What our YAML files may ask for."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from mmf_mixer.config import number_of_labels, picked_modalities, random_bert, shape_of
from mmf_mixer.errors import InputError

FUSION = {"use": "text,audio", "modalities": {key: {"key": key} for key in ("text", "audio", "video")}}


@pytest.mark.parametrize("use", ["audio,text", "[audio, text]", ["audio", "text"]])
def test_modalities_are_picked_in_the_order_asked_for(use: object) -> None:
    config = OmegaConf.create({"fusion": {**FUSION, "use": use}, "model": {"modalities": "${modalities:}"}})
    assert [modality.key for modality in config.model.modalities] == ["audio", "text"]


def test_an_unknown_modality_is_named() -> None:
    config = OmegaConf.create({"fusion": {**FUSION, "use": "text,smell"}})
    with pytest.raises(InputError, match=r"names 'smell', but fusion.modalities has text, audio, video"):
        picked_modalities(_root_=config)


def test_labels_are_counted_over_all_groups(tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_text(
        "groups: {a: {exclusive: true, labels: [x, y]}, b: {exclusive: false, labels: [z]}}"
    )
    config = OmegaConf.create({"datasets": "clips", "dataset_config": {"clips": {"root": str(tmp_path)}}})
    assert number_of_labels(_root_=config) == 3


def test_a_missing_root_is_named() -> None:
    config = OmegaConf.create({"datasets": "clips", "dataset_config": {"clips": {"root": None}}})
    with pytest.raises(InputError, match=r"dataset_config\.clips\.root is not set"):
        number_of_labels(_root_=config)


def test_a_random_bert_is_made_once_and_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import BertModel

    weights = []
    for name in ("one", "two"):
        monkeypatch.setenv("MMF_CACHE_DIR", str(tmp_path / name))
        (tmp_path / name).mkdir()
        folder = random_bert(16, 1, 2)
        assert folder == random_bert(16, 1, 2) and folder.startswith(str(tmp_path / name))
        weights.append(BertModel.from_pretrained(folder).encoder.layer[0].output.dense.weight)
    assert weights[0].shape == (16, 64) and (weights[0] == weights[1]).all()


def test_a_random_bert_that_another_process_makes_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import BertModel

    monkeypatch.setenv("MMF_CACHE_DIR", str(tmp_path))
    save = BertModel.save_pretrained

    def save_twice(bert: BertModel, folder: str) -> None:
        save(bert, tmp_path / "random-bert-16x1x2-0")
        save(bert, folder)

    monkeypatch.setattr(BertModel, "save_pretrained", save_twice)
    folder = random_bert(16, 1, 2)
    assert BertModel.from_pretrained(folder).config.hidden_size == 16
    assert [path.name for path in tmp_path.iterdir()] == [Path(folder).name]


@pytest.mark.parametrize(
    ("processor", "encoder", "shape"),
    [
        ({"type": "video_frames", "params": {"frames": 16, "tokens": "${tokens_of:one}"}}, "r3d_video", (2, 512)),
        ({"type": "video_frames", "params": {"frames": 3, "size": 64}}, "resnet_frames", (3, 512)),
        ({"type": "audio_spectrogram", "params": {}}, "resnet_audio", (49, 512)),
    ],
)
def test_what_an_encoder_gives_is_found_without_its_weights(
    processor: dict[str, object], encoder: str, shape: tuple[int, int]
) -> None:
    one = {"encoder": {"type": encoder, "params": {}}, "position_dim": "${tokens_of:one}", "width": "${width_of:one}"}
    clips = {"processors": {"one_processor": processor}}
    config = OmegaConf.create({"dataset_config": {"clips": clips}, "fusion": {"modalities": {"one": one}}})
    assert shape_of("one", config) == (config.fusion.modalities.one.position_dim, config.fusion.modalities.one.width)
    assert shape_of("one", config) == shape


def test_what_cannot_be_found_is_told() -> None:
    with pytest.raises(InputError, match=r"wants fusion\.modalities\.one\.encoder and a one_processor"):
        shape_of("one", OmegaConf.create({}))
    one = {"encoder": {"type": "bert_text", "params": {"bert": "minilm"}}}
    clips = {"processors": {"one_processor": {"type": "caption_tokens", "params": {}}}}
    config = OmegaConf.create({"dataset_config": {"clips": clips}, "fusion": {"modalities": {"one": one}}})
    with pytest.raises(InputError, match=r"bert_text cannot be run .* write numbers in place of \$\{tokens_of:one\}"):
        shape_of("one", config)
