"""Clips as the model was shown them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mmf_mixer.interpret.cluster import Clusters
from mmf_mixer.interpret.contribution import Shares
from mmf_mixer.interpret.explain import Explanation
from mmf_mixer.interpret.portraits import portraits
from mmf_mixer.interpret.run import load_run
from mmf_mixer.report.drawing import some


def test_the_clip_of_a_label_with_what_it_shows(run_folder: Path) -> None:
    run = load_run(run_folder)
    labels = [run.datasets["test"].clips[0].labels[0], run.datasets["test"].clips[2].labels[0]]
    absent = next(name for name in run.labels.names if name not in {c.labels[0] for c in run.datasets["test"].clips})
    labels.append(absent)
    rows = len(labels)
    found = Explanation(
        labels=labels,
        classes=[run.labels.position[label] for label in labels],
        clusters=[Clusters(torch.ones(1, 8, 208), (1,), None, 1.0)] * rows,
        gates=torch.ones(rows, 8, 208),
        shares=Shares(torch.ones(rows, 8) / 8, {key: torch.ones(rows) / 2 for key in run.slices}),
        slices=run.slices,
        baseline=torch.zeros(8, 208),
        faithfulness={},
    )
    best = portraits(run, found, most=10, seed=0)
    assert list(best) == labels[:2]  # no clip has the third
    heard, unheard = best[labels[0]], best[labels[1]]
    assert heard.contribution.clip == run.datasets["test"].clips[0].id
    assert [view.key for view in heard.views] == ["audio", "video"] and [v.key for v in unheard.views] == ["video"]
    assert sum(view.shares.sum() for view in heard.views) == pytest.approx(1.0, abs=1e-5)
    sound, video = heard.views
    assert sound.picture is not None and sound.picture.shape == (32, 32)
    values = run.datasets["test"][0]["audio"][0].numpy()
    np.testing.assert_allclose(sound.picture, 0.226 * values + 0.449, atol=1e-6)
    assert video.picture is not None and video.picture.shape == (4, 16, 16, 3)
    assert video.picture.min() >= 0 and 0.05 < video.picture.mean() < 0.95
    assert np.unique(video.picture).size > 10 and len(sound.places) == 4


def test_some_are_spread_evenly() -> None:
    assert some(8, 8) == list(range(8)) and some(3, 8) == [0, 1, 2]
    assert some(75, 8) == [4, 14, 23, 32, 42, 51, 60, 70]
