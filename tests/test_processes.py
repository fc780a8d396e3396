"""What a process knows of the others."""

import pytest
import torch.distributed as dist

from mmf_mixer import processes


def test_a_process_alone_is_the_main_one_and_gathers_its_own_value() -> None:
    assert not processes.is_distributed() and processes.is_main_process()
    assert (processes.rank(), processes.world_size(), processes.all_gather("mine")) == (0, 1, ["mine"])


def test_the_second_of_three_is_not_the_main_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(values: list[object], value: object) -> None:
        values[:] = ["first", value, "third"]

    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 3)
    monkeypatch.setattr(dist, "get_rank", lambda: 1)
    monkeypatch.setattr(dist, "all_gather_object", fill)
    assert processes.is_distributed() and not processes.is_main_process()
    assert (processes.rank(), processes.world_size(), processes.all_gather("mine")) == (
        1,
        3,
        ["first", "mine", "third"],
    )
