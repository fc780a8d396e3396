"""A run that is killed at any call and resumed ends as the uninterrupted one: the same files, bit by bit."""

import random
from pathlib import Path

import pytest

from mmf_mixer.releases import is_package_release
from tests.training.resume.killing import check_resumption

pytestmark = pytest.mark.skipif(not is_package_release(), reason="exact resume is the package release's")

ACCUMULATED = ("training.update_frequency=2", "checkpoint.max_to_keep=2")
STOPPED = (  # the loss falls, so that the first validation is the best one, and the third one the last
    "training.max_updates=30",
    "training.early_stop={enabled: true, criteria: total_loss, minimize: false, patience: 4}",
)
PLAIN = ("training.lr_scheduler=false", "optimizer={type: SGD, params: {lr: 0.1, momentum: 0.9}}")
HALF = ("training.bf16=true", "training.batch_size=4", "training.max_epochs=5")
GRID = [
    ("training.num_workers=0", *STOPPED),
    ("training.num_workers=2", *STOPPED),
    ("training.num_workers=0", *ACCUMULATED),
    ("training.num_workers=2", *ACCUMULATED, "scheduler={type: pythia}", "training.lr_steps=[2,4]"),
    ("training.num_workers=0", *PLAIN, "training.checkpoint_interval=1"),
    ("training.num_workers=2", *PLAIN, "training.evaluation_interval=4"),
    ("training.num_workers=0", *HALF),
]


@pytest.fixture
def lot() -> random.Random:
    """Where runs are killed. The seed is printed, so that a failure can be had again."""
    seed = random.SystemRandom().randrange(2**32)
    print("seed of the kill points:", seed)
    return random.Random(seed)


def test_three_kills_leave_no_trace(tmp_path: Path, data: Path, lot: random.Random) -> None:
    check_resumption(tmp_path, data, [3], lot, "training.num_workers=2", *ACCUMULATED, *STOPPED)


@pytest.mark.slow
@pytest.mark.parametrize("options", GRID, ids=str)
def test_kills_leave_no_trace_whatever_is_on(
    tmp_path: Path, data: Path, lot: random.Random, options: tuple[str, ...]
) -> None:
    check_resumption(tmp_path, data, [3], lot, *options)


@pytest.mark.slow
def test_no_position_of_a_kill_is_special(tmp_path: Path, data: Path, lot: random.Random) -> None:
    check_resumption(tmp_path, data, [1] * 5, lot, "training.num_workers=0", *ACCUMULATED, *STOPPED)
