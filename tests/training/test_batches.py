"""How much each batch of an update counts, and what is said of a loss that is no number."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmf.common.sample import SampleList

from mmf_mixer.errors import InputError
from mmf_mixer.grouped import grouped
from mmf_mixer.training.batches import readable_samples, refuse_no_number, weights_of


def batch(**fields: torch.Tensor) -> Any:
    samples = SampleList()
    for name, value in fields.items():
        samples.add_field(name, value)
    return samples


def test_items_come_in_groups_the_last_of_what_is_left() -> None:
    assert list(grouped(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(grouped([], 3)) == []


def test_clips_that_could_not_be_read_do_not_count() -> None:
    assert readable_samples(batch(targets=torch.tensor([[1.0, 0.0], [-1.0, -1.0], [0.0, 1.0]]))) == 2
    assert readable_samples(batch(targets=torch.tensor([2, 0, 1, 1]))) == 4  # classes
    assert readable_samples(batch(values=torch.zeros(5, 2))) == 5


def test_means_of_batches_add_up_to_the_mean_of_all() -> None:
    parts = [torch.tensor([1.0, 2.0, 3.0]), torch.tensor([5.0]), torch.tensor([7.0, 9.0])]
    weights = weights_of([len(part) for part in parts])
    whole = sum(part.mean() * weight for part, weight in zip(parts, weights, strict=True))
    assert whole == pytest.approx(float(torch.cat(parts).mean()))
    assert weights_of([4]) == [1.0]  # exactly, so that a single batch is as ever
    assert weights_of([0, 0]) == [0.0, 0.0]  # nothing but unreadable clips


@pytest.mark.parametrize("loss", ["nan", "inf", "-inf"])
def test_a_loss_that_is_no_number_is_refused_with_the_clips(loss: str) -> None:
    report = {"id": torch.tensor([2, 0]), "dataset_name": "clips"}
    dataset = SimpleNamespace(clips=[SimpleNamespace(id=name) for name in ("a", "b", "c")])
    with pytest.raises(InputError, match=f"loss of update 5 is {loss}, on c, a of clips: look at these"):
        refuse_no_number(torch.tensor(float(loss)), report, dataset, 5)
    with pytest.raises(InputError, match="on 2, 0 of clips"):
        refuse_no_number(torch.tensor(float(loss)), report, object(), 5)
    with pytest.raises(InputError, match="on a batch without ids of clips"):
        refuse_no_number(torch.tensor(float(loss)), {"dataset_name": "clips"}, dataset, 5)


def test_any_other_loss_passes() -> None:
    refuse_no_number(torch.tensor(1e30), {}, object(), 1)
