"""The order of the training samples, and their variations: by seed, epoch and index, and by nothing else.

A DataLoader of torch shuffles by the global generator, and its workers vary samples by generators of their own: what
comes then depends on all that was drawn before, and on the number of workers and processes.
"""

from collections.abc import Iterator
from copy import copy
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from mmf_mixer.training.resume.randomness import generator_of, seed_of, seeded

SampleKey = tuple[int, int, int]  # seed, epoch and index of a sample


class EpochOrder(Sampler[SampleKey]):
    """The samples of an epoch, shuffled, for one of `processes` processes that share each batch.

    All processes together have the same batches whatever their number: process r has every `processes`-th sample of a
    batch, beginning with its r-th. Each has a sample in every batch; if the last batch has fewer samples than there
    are processes, some of them come twice.

    Args:
        samples: how many the split has.
        batch_size: of all processes together, which divide it.
        seed: the same in all processes.
    """

    def __init__(self, samples: int, batch_size: int, seed: int, rank: int = 0, processes: int = 1) -> None:
        self.samples = samples
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0
        self.rank = rank
        self.processes = processes
        self.done = 0

    def set_epoch(self, epoch: int, done: int = 0) -> None:
        """Say which epoch comes next, and how many samples (of all processes) it leaves out: they are done already."""
        self.epoch, self.done = epoch, done

    def __iter__(self) -> Iterator[SampleKey]:
        generator = torch.Generator().manual_seed(seed_of(self.seed, self.epoch))
        order = torch.randperm(self.samples, generator=generator)
        for first in range(self.done, self.samples, self.batch_size):
            batch = order[first : first + self.batch_size].tolist()
            for index in batch[self.rank :: self.processes] or [batch[self.rank % len(batch)]]:
                yield self.seed, self.epoch, index

    def __len__(self) -> int:
        whole, rest = divmod(self.samples, self.batch_size)
        last = max(1, len(range(self.rank, rest, self.processes))) if rest else 0
        return whole * (self.batch_size // self.processes) + last


class SeededLoader(DataLoader[Any]):
    """A loader whose sampler is an `EpochOrder`; `dataset` stays what it was made of, which is asked by indices."""

    def _get_iterator(self) -> Any:
        shown = copy(self)
        shown.__dict__["dataset"] = SeededSamples(self.dataset)
        return super(SeededLoader, shown)._get_iterator()


class SeededSamples(Dataset[Any]):
    """A split of MMF whose samples are asked for by `SampleKey`: whatever is random about one follows from that."""

    def __init__(self, split: Any) -> None:
        self.split = split

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, key: SampleKey) -> Any:
        seed, epoch, index = key
        with seeded(seed, epoch, index):
            return self.split[index]

    def __getitems__(self, keys: list[SampleKey]) -> Any:
        """A batch for MMF's collator, at once where the split can read one (see `ClipFeaturesDataset`)."""
        if getattr(self.split, "reads_batches", False):
            return self.split.varied_batch([index for _, _, index in keys], (generator_of(*key) for key in keys))
        return [self[key] for key in keys]
