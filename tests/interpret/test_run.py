"""A run's folder loaded again, and what may be wrong with one."""

from pathlib import Path

import pytest
import torch
import yaml
from mmf.common.registry import registry
from mmf_cli.run import run as train

from mmf_mixer.errors import InputError
from mmf_mixer.interpret.clip import explain_clip
from mmf_mixer.interpret.explain import explain
from mmf_mixer.interpret.run import load_run, run_of
from mmf_mixer.interpret.stencil import Settings
from mmf_mixer.interpret.usage import modality_usage
from tests.store import small


def test_a_run_is_loaded_as_it_was_trained(run_folder: Path) -> None:
    run = load_run(run_folder)
    saved = torch.load(next(run_folder.glob("*_final.pth")))
    assert torch.equal(run.model.head.weight, saved["head.weight"])
    assert not run.model.training and not any(parameter.requires_grad for parameter in run.model.parameters())
    assert run.slices == {"audio": slice(0, 4), "video": slice(4, 8)}
    assert len(run.labels) == 15
    clips = run.encode("val", [0, 2])
    assert clips.tokens.values.shape == (2, 8, 208) and clips.index.tolist() == [0, 2]
    assert clips.tokens.mask.tolist() == [[True] * 8, [False] * 4 + [True] * 4]  # the last clip has no sound
    batch = {key: value[None] for key, value in run.datasets["val"][0].items() if key in ("audio", "video")}
    masks = {f"{key}_mask": run.datasets["val"][0][f"{key}_mask"][None] for key in batch}
    torch.testing.assert_close(run.score(clips.tokens)[:1], run.model.forward(batch | masks)["scores"])
    torch.testing.assert_close(run.probability(clips.tokens).sum(dim=1), torch.ones(2))


def test_a_run_that_has_just_ended_is_the_one_that_would_be_loaded(data: Path, tmp_path: Path) -> None:
    train(small.options(small.write_config(tmp_path / "own.yaml", data), env__save_dir=str(tmp_path / "own")))
    ended, loaded = run_of(registry.get("trainer")), load_run(tmp_path / "own")
    assert ended.folder == loaded.folder and ended.labels == loaded.labels and not ended.model.training
    assert modality_usage(ended) == modality_usage(loaded)
    clips, same = ended.encode("train", range(6)), loaded.encode("train", range(6))
    assert torch.equal(clips.tokens.values, same.tokens.values) and torch.equal(clips.targets, same.targets)
    assert torch.equal(ended.score(clips.tokens), loaded.score(same.tokens))


def test_clips_are_drawn_by_the_seed(run_folder: Path) -> None:
    run = load_run(run_folder)
    assert run.by_lot("train", 100) == list(range(6))
    assert run.by_lot("train", 3, seed=1) == sorted(set(run.by_lot("train", 3, seed=1)))
    assert len({tuple(run.by_lot("train", 3, seed)) for seed in range(10)}) > 1


def test_a_dataset_folder_that_has_moved_is_named_by_an_option(run_folder: Path, data: Path) -> None:
    data.rename(data.parent / "elsewhere")
    with pytest.raises(InputError, match=r"clips\.root: there is no folder .*data"):
        load_run(run_folder)
    run = load_run(run_folder, [f"dataset_config.clips.root={data.parent / 'elsewhere'}"])
    assert run.encode("test", [0]).targets.shape == (1, 15)


def test_a_dataset_folder_with_other_labels_is_refused(run_folder: Path, data: Path) -> None:
    content = yaml.safe_load((data / "labels.yaml").read_text())
    labels = content["groups"]["activity"]["labels"]
    for there, sentence in (
        ([*labels, "another"], r"has 16, where 'activity/another' is in the place of None; .*clips\.root="),
        ([labels[1], labels[0], *labels[2:]], f"has 15, where 'activity/{labels[1]}' is in the place of"),
    ):
        content["groups"]["activity"]["labels"] = there
        (data / "labels.yaml").write_text(yaml.safe_dump(content))
        with pytest.raises(InputError, match=f"knows 15 labels, but its dataset folder .* {sentence}"):
            load_run(run_folder)


def test_clips_that_cannot_be_read_are_left_out_or_named(run_folder: Path, data: Path) -> None:
    for clip in list(data.glob("clips/*.mp4"))[:12]:
        clip.write_bytes(b"no video")
    with pytest.raises(InputError, match="no clip of split test can be read; bad_clips.jsonl"):
        load_run(run_folder).encode("test", [0, 1])


def damage(folder: Path, what: str) -> None:
    final = next(folder.glob("*_final.pth"))
    if what == "no config":
        (folder / "config.yaml").unlink()
    elif what == "config":
        (folder / "config.yaml").write_text("model: [")
    elif what == "empty config":
        (folder / "config.yaml").write_text("")
    elif what == "labels":
        (folder / "labels.json").unlink()
    elif what == "no weights":
        final.unlink()
    elif what == "cut off":
        final.write_bytes(final.read_bytes()[:1000])
    elif what == "other weights":
        torch.save({"head.weight": torch.zeros(3, 3)}, final)
    for other in [] if "config" in what else folder.glob("best.ckpt"):
        other.unlink()


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("no config", "is no folder of a run, for it has no config.yaml"),
        ("config", "config.yaml: is damaged"),
        ("empty config", "config.yaml: is damaged"),
        ("labels", "labels.json: cannot be read"),
        ("no weights", "has neither best.ckpt nor mmf_mixer_final.pth; let its training finish"),
        ("cut off", "mmf_mixer_final.pth: is damaged"),
        ("other weights", "its weights are not those of its config.yaml"),
    ],
)
def test_a_damaged_folder_gets_one_sentence(run_folder: Path, what: str, sentence: str) -> None:
    damage(run_folder, what)
    with pytest.raises(InputError, match=sentence) as error:
        load_run(run_folder)
    assert "\n" not in str(error.value)


def test_an_option_that_the_run_does_not_have_is_refused(run_folder: Path) -> None:
    with pytest.raises(InputError, match="Nothing reads the option dataset_config.clips.roots: did you mean"):
        load_run(run_folder, ["dataset_config.clips.roots=x"])


def test_frozen_encoders_bring_their_own_weights(run_folder: Path) -> None:
    encoder = load_run(run_folder).model.encoders["audio"]
    assert torch.equal(encoder.weight, small.SmallAudio().weight)


@pytest.mark.parametrize("name", ["5", "a: b", "[1]"])
def test_a_folder_of_any_name_is_a_path(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run_folder.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert load_run(Path(name)).config.env.save_dir == name


def test_options_mean_what_they_mean_to_mmf_run(run_folder: Path) -> None:
    run = load_run(run_folder, ["training.find_unused_parameters=True", "training.seed=7"])
    assert run.config.training.find_unused_parameters is True and run.config.training.seed == 7
    with pytest.raises(InputError, match="Nothing reads the option training.sead: did you mean training.seed"):
        load_run(run_folder, ["training.sead=7"])


def test_a_clip_is_encoded_once_and_processors_are_made_once(run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen = load_run(run_folder), []
    stock = run.model.encode
    monkeypatch.setattr(run.model, "encode", lambda batch: seen.append(len(next(iter(batch.values())))) or stock(batch))
    first = run.encode("test", [0, 1])
    again = run.encode("test", [1, 0])
    assert sum(seen) == 2
    torch.testing.assert_close(again.tokens.values, first.tokens.values[[1, 0]])
    modality_usage(run)
    explain(run, Settings(restarts=2, steps=1, batch=4))
    explained = len(run.datasets["test"]) + len(run.datasets["train"]) + 1  # and a clip without any modality
    assert sum(seen) <= explained
    explain_clip(run, "test", 0, run.labels.names[0], torch.ones(8, 208), torch.zeros(8, 208))
    assert sum(seen) <= explained
    assert run.processors is run.processors
