"""What the scripts of the benchmark measure: sides of one shape and size, seconds, and words by their captions."""

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from mmf_mixer.benchmark.scores import Scores, write_scores
from mmf_mixer.data.clip import Clip, LabelGroup, Labels
from mmf_mixer.data.folder import fingerprint, read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.modules.mixer import MixerBlock
from mmf_mixer.store.store import FeatureStore

FOLDER = Path(__file__).parents[2] / "projects" / "benchmark"


@pytest.fixture(autouse=True)
def scripts_are_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))


def test_sides_take_turns_and_the_first_round_is_not_counted() -> None:
    from timing import rounds

    now, calls = [0.0], []

    def side(name: str, takes: list[float]) -> None:
        calls.append(name)
        now[0] += takes.pop(0)

    slow, quick = [9.0, 2.0, 4.0], [9.0, 1.0, 1.0]
    taken = rounds(lambda: side("slow", slow), lambda: side("quick", quick), repeats=2, clock=lambda: now[0])
    assert taken == [[2.0, 4.0], [1.0, 1.0]]
    assert calls == ["slow", "quick"] * 3


def test_a_ratio_is_taken_round_by_round() -> None:
    from timing import ratio

    found = ratio([2.0, 30.0, 8.0, 1.0, 5.0], [1.0, 10.0, 2.0, 2.0, 1.0])  # 2, 3, 4, 0.5, 5
    assert tuple(found) == (3.0, 2.0, 4.0)
    assert str(found) == "3.00 (2.00 to 4.00)"


def test_growth_is_the_exponent() -> None:
    from timing import growth

    assert growth([64, 128, 512], [3 * size**1.5 for size in (64, 128, 512)]) == pytest.approx(1.5)


def test_the_clock_of_a_cpu_stands_still_while_nothing_is_computed() -> None:
    import time

    from timing import one_thread

    threads = torch.get_num_threads()
    clock = one_thread("cpu")
    assert torch.get_num_threads() == 1
    torch.set_num_threads(threads)
    start = clock()
    time.sleep(0.3)
    assert clock() - start < 0.15


def test_flops_of_a_layer_are_those_of_its_four_products() -> None:
    from speed_blocks import Shape

    shape = Shape(batch=3, tokens=5, channels=8, token_width=7, channel_width=16)
    with FlopCounterMode(display=False) as counted:
        MixerBlock(*shape[1:])(torch.randn(shape[:3]))
    assert counted.get_total_flops() == shape.forward_flops


def test_without_the_other_libraries_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import speed_blocks

    monkeypatch.setattr(speed_blocks, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="pip install --no-deps timm mlp-mixer-pytorch"):
        speed_blocks.blocks(speed_blocks.SHAPES[0], 0.0)


@pytest.mark.parametrize("tokens", [64, 2048])
def test_both_models_learn_from_batches_of_the_same_number_of_tokens(tokens: int) -> None:
    import speed_models

    batch = speed_models.batch_of(tokens, "cpu")
    assert {key: value.shape for key, value in batch.items() if "mask" not in key} == dict.fromkeys(
        speed_models.MODALITIES, (4096 // tokens, tokens // 4, 128)
    )
    clip = {key: value[:1] for key, value in batch.items()}
    for name in speed_models.MODELS:
        of = speed_models.model(name, tokens)
        before = [weight.clone() for weight in of.parameters()]
        speed_models.train_step(of.forward, clip, speed_models.adamw(of))
        learnt = [not torch.equal(old, new) for old, new in zip(before, of.parameters(), strict=True)]
        assert sum(learnt) > len(learnt) / 2
        assert of.forward(clip)["scores"].shape == (1, 51)


@pytest.mark.parametrize("name", ["mmf_mixer", "mmf_transformer", "concat_mlp"])
def test_a_step_of_a_stencil_is_measured_on_tokens_of_the_model(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import stencil_cost

    for constant, few in {"CLIPS": 4, "STEPS": 1, "ROUNDS": 1}.items():
        monkeypatch.setattr(stencil_cost, constant, few)
    _, samples, slices = stencil_cost.frozen(name)
    assert samples.tokens.values.shape[:2] == (4, 73)
    assert list(slices) == ["text", "audio", "video"]
    assert stencil_cost.ratio(name, batch=16) > 0


def test_words_are_counted_by_whether_the_caption_shows_them(tmp_path: Path) -> None:
    from captioned_words import accuracies

    labels = "colour: {exclusive: true, labels: [red, blue]}\nletter: {exclusive: true, labels: [a, b]}\n"
    (tmp_path / "labels.yaml").write_text(f"groups:\n{indent(labels, '  ')}")
    (tmp_path / "one.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nlay RED\n")
    said = [
        {"captions": "one.srt", "labels": ["colour/red", "letter/b"]},
        {"audio": "sound.wav", "labels": ["colour/blue", "letter/a"]},
    ]
    (tmp_path / "sound.wav").touch()
    for split in ("train", "val", "test"):
        lines = [json.dumps({"id": f"{split}{number}", **clip}) for number, clip in enumerate(said)]
        (tmp_path / f"{split}.jsonl").write_text("\n".join(lines))
    targets = np.array([[1, 0, 0, 1], [0, 1, 1, 0]], np.uint8)
    scores = np.array([[9, 0, 1, 0], [0, 9, 9, 0]], np.float32)  # wrong about b alone, which is not captioned
    whole = Scores(scores, targets, np.arange(2))
    write_scores(tmp_path / "scores", {"val": whole, "test": whole})
    row = {"model": "mmf_mixer", "modalities": ["text"], "fraction": 1.0, "scores": "scores"}
    (tmp_path / "results.json").write_text(json.dumps({"rows": [row, {**row, "error": "killed"}]}))
    [(entry, seeds)] = accuracies(tmp_path, tmp_path).items()
    assert entry.model == "mmf_mixer"
    assert seeds.tolist() == [[1.0, pytest.approx(2 / 3)]]


def test_words_need_exclusive_labels_of_which_a_caption_shows_some() -> None:
    from captioned_words import captioned

    clip = Clip("a", None, None, None, None, None, ("colour/red",))
    with pytest.raises(InputError, match="no exclusive group"):
        captioned([clip], Labels((LabelGroup("colour", False, ("red", "blue")),)))
    with pytest.raises(InputError, match="none of the words"):
        captioned([clip], Labels((LabelGroup("colour", True, ("red", "blue")),)))


def test_tables_of_the_readme_are_those_of_the_results_that_are_kept() -> None:
    import tables

    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    names = {found["name"] for found in tables.BLOCK.finditer(text)}
    assert names == {path.stem for path in tables.KEPT.glob("*.json")} and names
    assert tables.renewed(text) == text
    kept = "".join(path.read_text() for path in tables.KEPT.glob("*.json"))
    assert not re.search(r'"/|=/|/tmp|/home', kept), "a path of the machine it was measured on"


def test_a_comparison_is_kept_once_all_of_it_is_finished(tmp_path: Path) -> None:
    import tables

    (tmp_path / "results.json").write_text(json.dumps({"finished": False}))
    with pytest.raises(SystemExit, match="is not finished"):
        tables.keep(tmp_path, "half")
    (tmp_path / "results.json").write_text(json.dumps({"finished": True, "rows": [{"error": "killed"}, {}]}))
    with pytest.raises(SystemExit, match="1 of 2 trainings failed"):
        tables.keep(tmp_path, "half")


def test_an_extraction_in_parts_is_timed_until_all_of_them_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import part_cost

    def start(data: str, out: Path, core: int, part: tuple[str, ...]) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", f"import time; time.sleep(0.5); exit({part == ('bad',):d})"])

    monkeypatch.setattr(part_cost, "start", start)
    monkeypatch.setattr(part_cost.os, "sched_getaffinity", lambda process: {0, 1})
    assert part_cost.seconds("data", tmp_path, part_cost.PARTS["two processes"]) >= 0.5
    with pytest.raises(SystemExit, match="failed"):
        part_cost.seconds("data", tmp_path, [("bad",), ()])
    with pytest.raises(SystemExit, match="3 processes want as many cores, of which there are 2"):
        part_cost.seconds("data", tmp_path, [(), (), ()])


def test_a_made_up_folder_and_its_store_are_sound_in_all_but_their_content(tmp_path: Path) -> None:
    from index_cost import make_folder, make_store

    sizes = make_folder(tmp_path / "data", 1000)
    opened = read_folder(tmp_path / "data")
    make_store(tmp_path / "store", sizes, fingerprint(tmp_path / "data"))
    store = FeatureStore(tmp_path / "store")

    assert {split: len(clips) for split, clips in opened.splits.items()} == sizes and sum(sizes.values()) == 1000
    assert (opened.splits["train"].label_counts() > 0).all()
    store.check(fingerprint(tmp_path / "data"), {})
    assert {split: sum(shard.count for shard in store.shards if shard.split == split) for split in sizes} == sizes
