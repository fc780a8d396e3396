"""Which split each file goes to: as the source says, else so that splits have their share of each label."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from mmf_mixer.data.clip import SPLITS
from mmf_mixer.data.fractions import balanced_order

SHARES = {"train": 0.7, "val": 0.15, "test": 0.15}


def deal(labels: Sequence[Collection[str]], given: Sequence[str | None], seed: int) -> tuple[list[str], str]:
    """The split of each file, and how they came about.

    Args:
        labels: of each of N files, at least 3.
        given: the split that the source says. If it knows only one, that is none. One that it lacks is dealt out of its
            training files.
        seed: settles what labels leave undecided.
    """
    known = sorted({split for split in given if split})
    splits: list[str | None] = list(given) if len(known) > 1 else [None] * len(given)
    free = [number for number, split in enumerate(splits) if split is None]
    said = ["as the source has them"] if len(known) > 1 else []
    if free:
        _share_out(splits, free, SHARES, labels, seed)
        only = f", for the source has only {known[0]}" if len(known) == 1 else ""
        said.append(f"made of {len(free)} files by label, seed {seed}{only}")
    for absent in (split for split in SPLITS if split not in splits):
        donor = max(SPLITS, key=lambda split: splits.count(split))
        own = [number for number, split in enumerate(splits) if split == donor]
        _share_out(splits, own, {donor: 1 - SHARES[absent], absent: SHARES[absent]}, labels, seed)
        said.append(f"{absent} made of files of {donor} by label, seed {seed}")
    return [split for split in splits if split], "; ".join(said)


def _share_out(
    splits: list[str | None],
    files: Sequence[int],
    shares: Mapping[str, float],
    labels: Sequence[Collection[str]],
    seed: int,
) -> None:
    """Deal files to splits. The largest is dealt first, so that it has what is rarest."""
    names = sorted({label for number in files for label in labels[number]})
    table = np.array([[*(name in labels[number] for name in names), not labels[number]] for number in files], bool)
    order = [files[place] for place in balanced_order(table, seed)]
    least = len(files) >= len(shares)
    largest, *others = sorted(shares, key=lambda split: -shares[split])
    for split in others:
        for _ in range(max(least, round(shares[split] * len(files)))):
            splits[order.pop()] = split
    for number in order:
        splits[number] = largest
