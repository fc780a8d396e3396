"""Clips without labels, and the clips of a split, as a trained run sees them; and the commands that look at them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mmf_mixer.cli.main import app
from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.pool import pool_of_lines
from mmf_mixer.interpret.run import load_run
from mmf_mixer.interpret.subsets import keep
from mmf_mixer.interpret.views import split_views
from mmf_mixer.labels.audit.corrections import head
from mmf_mixer.modules.tokens import masked_mean


@pytest.fixture
def lines(data: Path) -> Path:
    """The clips of the test split without their labels; the last has no sound."""
    entries = [json.loads(line) | {"labels": []} for line in (data / "test.jsonl").read_text().splitlines()]
    (data / "new.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return data / "new.jsonl"


def test_views_are_what_the_run_makes_of_the_clips(run_folder: Path) -> None:
    run = load_run(run_folder)
    views, targets, clips = split_views(run, "val")
    encoded = run.encode("val", [0, 1, 2])
    tokens = encoded.tokens
    assert views.scores == pytest.approx(run.probability(tokens).numpy())
    assert targets.tolist() == encoded.targets.tolist()
    assert [clip.id for clip in clips] == [clip.id for clip in run.datasets["val"].clips]
    assert views.sources == tuple(str(clip.video) for clip in clips)
    assert views.fused == pytest.approx(run.model.fuse(tokens).numpy())
    video = run.slices["video"]
    assert views.alone["video"] == pytest.approx(masked_mean(tokens.values[:, video], tokens.mask[:, video]).numpy())
    for part in (views.alone["audio"], views.opinions["audio"]):
        assert np.isnan(part).any(axis=1).tolist() == np.isnan(part).all(axis=1).tolist() == [False, False, True]


def test_opinions_are_those_of_the_heads_or_of_the_model_given_one_modality(run_folder: Path) -> None:
    run = load_run(run_folder)
    tokens = run.encode("val", [0, 1]).tokens
    heads = run.model.heads_of(tokens).scores[:, 2].softmax(dim=1)
    assert split_views(run, "val")[0].opinions["audio"][:2] == pytest.approx(heads.numpy())
    run.model.has_experts = False
    del run.model.experts
    alone = run.probability(keep(tokens, run.absent, [run.slices["audio"]]))
    assert split_views(run, "val")[0].opinions["audio"][:2] == pytest.approx(alone.numpy())


def test_a_pool_is_seen_as_the_same_clips_of_a_split_are(run_folder: Path, lines: Path) -> None:
    run = load_run(run_folder)
    pool = pool_of_lines(run, lines)
    views, _, clips = split_views(run, "test")
    assert [line["id"] for line in pool.lines] == [clip.id for clip in clips]
    assert pool.views.scores == pytest.approx(views.scores)
    assert pool.views.sources == views.sources


def test_a_clip_of_a_pool_that_cannot_be_read_is_left_out(run_folder: Path, lines: Path, data: Path) -> None:
    first = json.loads(lines.read_text().splitlines()[0])
    (data / first["video"]).write_bytes(b"no video")
    pool = pool_of_lines(load_run(run_folder), lines)
    assert len(pool.lines) == len(pool.views) == 2
    assert first["id"] not in [line["id"] for line in pool.lines]


def test_lines_of_a_pool_that_have_labels_are_refused(run_folder: Path, data: Path) -> None:
    with pytest.raises(InputError, match=r'test\.jsonl line 1: has labels already; write "labels": \[\]'):
        pool_of_lines(load_run(run_folder), data / "test.jsonl")


def test_suggest_writes_lines_that_say_why_beside_the_pool(run_folder: Path, lines: Path) -> None:
    result = CliRunner().invoke(app, ["suggest", str(run_folder), str(lines), "-n", "2"], catch_exceptions=False)
    assert result.exit_code == 0
    chosen = [json.loads(line) for line in lines.with_name("new-next.jsonl").read_text().splitlines()]
    assert len(chosen) == 2 and all(line["labels"] == [] for line in chosen)
    reasons = json.loads(lines.with_name("new-next.why.json").read_text())
    assert list(reasons) == [line["id"] for line in chosen]
    assert {reason["feed"] for reason in reasons.values()} <= {"random", "borderline", "neighbour", "surest"}
    (shown,) = re.findall(r'id="data">(.*?)</script>', lines.with_name("new-next.html").read_text())
    page = json.loads(shown)
    assert page["lines"] == chosen and [clip["id"] for clip in page["clips"]] == list(reasons)
    assert [card["tab"] for card in page["cards"]] == [reason["feed"] for reason in reasons.values()]
    assert page["clips"][0]["media"]["video"].startswith(f"./{chosen[0]['video']}#t=")
    CliRunner().invoke(app, ["suggest", str(run_folder), str(lines), "-n", "2", "--typical"], catch_exceptions=False)
    reasons = json.loads(lines.with_name("new-next.why.json").read_text())
    assert {reason["feed"] for reason in reasons.values()} == {"typical"}


def test_audit_writes_what_deserves_a_second_look_beside_the_run(run_folder: Path) -> None:
    result = CliRunner().invoke(app, ["audit", str(run_folder), "-n", "3"], catch_exceptions=False)
    assert "labels that look wrong, of 6 clips of the train split" in " ".join(result.stdout.split())
    written = json.loads((run_folder / "audit.json").read_text())
    assert written["clips"] == 6 and len(written["labels"]) <= 3
    assert all(set(each["modalities"]) <= {"audio", "video"} for each in written["labels"])
    assert "tracks that look wrong, of 6 clips of the train split" in (run_folder / "audit.html").read_text()


def test_audit_makes_a_new_folder_of_corrections(run_folder: Path, data: Path, tmp_path: Path) -> None:
    first = json.loads((data / "train.jsonl").read_text().splitlines()[0])
    corrected = ["activity/run" if first["labels"] != ["activity/run"] else "activity/laugh"]
    clips = [{"id": first["id"], "labels": first["labels"], "corrected": corrected}]
    (tmp_path / "made.json").write_text(json.dumps(head("train") | {"clips": clips}))
    given = ["audit", str(run_folder), "--apply", str(tmp_path / "made.json")]
    result = CliRunner().invoke(app, given)
    assert isinstance(result.exception, InputError) and "name it with --out" in str(result.exception)
    (data / "evidence.jsonl").write_text(json.dumps({"id": first["id"], "modalities": ["sound"]}))
    (data / "notes.txt").write_text("")
    result = CliRunner().invoke(app, [*given, "--out", str(tmp_path / "new")], catch_exceptions=False)
    (new,) = [line[1:] for line in result.stdout.splitlines() if line.startswith("+")]
    assert json.loads(new) == first | {"labels": corrected}
    said = " ".join(result.stdout.split())
    assert "1 line changed or left out" in said and "evidence.jsonl says nothing of 1 of them any longer" in said
    assert f"not in it, but in {data}: notes.txt" in said
    assert read_folder(tmp_path / "new").splits["train"][0].labels == tuple(corrected)
