"""The order of samples and their variations depend on seed, epoch and index alone."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from mmf_mixer.training.order.order import EpochOrder, SeededSamples


def indices(order: EpochOrder, epoch: int = 1, done: int = 0) -> list[int]:
    order.set_epoch(epoch, done)
    return [index for _, _, index in order]


def test_each_epoch_has_every_sample_in_an_order_of_its_own() -> None:
    order = EpochOrder(50, 8, seed=3)
    first, second, again = (indices(order, epoch) for epoch in (1, 2, 1))
    assert sorted(first) == sorted(second) == list(range(50))
    assert first == again != second
    assert first != indices(EpochOrder(50, 8, seed=4))


def test_the_order_takes_nothing_from_the_global_generator() -> None:
    before = torch.get_rng_state()
    list(DataLoader(range(5), sampler=indices(EpochOrder(5, 2, 1)), generator=torch.Generator()))
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_done_is_left_out() -> None:
    order = EpochOrder(50, 8, seed=3)
    whole = indices(order)
    assert indices(order, done=16) == whole[16:]
    assert indices(order, done=56) == []  # the last batch was smaller, and is counted as a whole one
    assert len(order) == 50


@pytest.mark.parametrize("samples", [48, 49, 51, 53])  # no rest, and rests of 1, 3 and 5
def test_processes_share_each_batch(samples: int) -> None:
    batches = [indices(EpochOrder(samples, 8, 3))[first : first + 8] for first in range(0, samples, 8)]
    shares = []
    for rank in range(4):
        order = EpochOrder(samples, 8, 3, rank, 4)
        shares.append(indices(order))
        assert len(order) == len(shares[-1])
    for number, batch in enumerate(batches):
        own = [share[2 * number : 2 * number + 2] for share in shares]
        assert {index for part in own for index in part} == set(batch)
        assert all(own)


class Noise(Dataset[Any]):
    """Samples that are random numbers; it counts which were made."""

    dataset_name, dataset_type = "noise", "train"

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> Any:
        return SimpleNamespace(index=index, value=torch.rand(()).item())


def values(workers: int, epoch: int, done: int = 0) -> list[tuple[int, float]]:
    order = EpochOrder(6, 2, seed=1)
    order.set_epoch(epoch, done)
    loader = DataLoader(SeededSamples(Noise()), 2, sampler=order, num_workers=workers, collate_fn=list)
    return [(sample.index, sample.value) for batch in loader for sample in batch]


def test_a_sample_varies_by_seed_epoch_and_index_alone() -> None:
    alone = values(workers=0, epoch=1)
    assert values(workers=2, epoch=1) == alone
    assert values(workers=0, epoch=1, done=4) == alone[4:]
    assert len({value for _, value in alone}) == 6
    assert not {value for _, value in alone} & {value for _, value in values(workers=0, epoch=2)}
