"""Where the time of a run goes: each second counts once."""

from pathlib import Path

import pytest

from mmf_mixer.releases import is_package_release
from mmf_mixer.training.time_spent import TimeSpent
from tests.compat import tiny


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


def test_a_part_within_a_part_counts_alone() -> None:
    clock = Clock()
    spent = TimeSpent(clock)
    clock.wait(1)
    save = spent.part("saving")(clock.wait)
    with spent.part("validation"):
        clock.wait(2)
        save(3)
        clock.wait(4)
    assert spent.seconds == {"the rest": 1, "validation": 6, "saving": 3}
    assert str(spent) == "10.0 s: validation 60%, saving 30%, the rest 10%"


def test_getting_items_is_told_from_using_them() -> None:
    clock = Clock()
    spent = TimeSpent(clock)
    for seconds in spent.getting("data", (clock.wait(2) or number for number in (1, 3))):
        clock.wait(seconds)
    assert spent.seconds == {"data": 4, "the rest": 4}


@pytest.mark.skipif(not is_package_release(), reason="the trainer of the source release has its own loop")
def test_the_last_line_of_a_log_says_where_the_time_went(tmp_path: Path) -> None:
    tiny.run(tmp_path)
    last = (tmp_path / "save" / "train.log").read_text().splitlines()[-1]
    for part in ("data", "forward", "backward", "optimiser", "validation", "saving"):
        assert f"{part} " in last.partition("Time: ")[2]
