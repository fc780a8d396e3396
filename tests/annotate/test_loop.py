"""Annotate, correct, take over, train: the loop in which each correction teaches."""

import os
from dataclasses import replace
from pathlib import Path

from mmf_cli.run import run
from typer.testing import CliRunner

from mmf_mixer.annotate.annotator import Annotator
from mmf_mixer.cli.main import app
from mmf_mixer.data.folder import read_folder
from tests.store import small


def test_accepted_segments_become_a_dataset_folder_that_trains(
    annotator: Annotator, joined: Path, trained: Path, tmp_path: Path
) -> None:
    for name in "abc":
        video = tmp_path / f"{name}.mkv"
        os.link(joined, video)
        found = annotator.annotate(video, joined.with_suffix(".srt"), window=2.5, stride=1.25, beside=tmp_path / "out")
        accepted = tuple(replace(segment, status="accepted") for segment in found.segments)
        replace(found, segments=accepted).save(tmp_path / "out")
    imported = CliRunner().invoke(app, ["import", "annotation", str(tmp_path / "out"), str(tmp_path / "data")])
    assert imported.exit_code == 0, imported.output
    folder = read_folder(tmp_path / "data")
    lines = sum(map(len, folder.splits.values()))
    assert lines == 3 * len(found.segments) and folder.labels == annotator.run.labels
    options = small.options(trained / "config.yaml", dataset_config__clips__root=str(tmp_path / "data"))
    run([*options, f"env.save_dir={tmp_path / 'again'}", "training.max_updates=2"])
    assert (tmp_path / "again" / "best.ckpt").exists() or list((tmp_path / "again").glob("*_final.pth"))
