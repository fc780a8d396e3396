"""Accuracy on each exclusive label group, of each row of a comparison:
`python projects/benchmark/group_accuracies.py RESULTS DATASET_FOLDER`.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from captioned_words import right, tested
from numpy.typing import NDArray

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.data.clip import Labels
from mmf_mixer.data.folder import read_labels
from mmf_mixer.errors import InputError


def accuracies(results: Path, labels: Labels) -> dict[Entry, NDArray[np.float64]]:
    """Of each entry its accuracies on test clips, seeds x groups."""
    found = defaultdict(list)
    for entry, test in tested(results):
        found[entry].append(right(test, labels).mean(axis=0))
    return {entry: np.array(seeds) for entry, seeds in found.items()}


def main(results: Path, root: Path) -> None:
    """Print the table, the mean over seeds in percent."""
    labels = read_labels(root)
    names = [group.name for group in labels.groups if group.exclusive]
    print(f"| model | training clips | seeds | {' | '.join(names)} |\n| --- |{' ---: |' * (2 + len(names))}")
    for entry, seeds in accuracies(results, labels).items():
        cells = " | ".join(f"{100 * mean:.1f}" for mean in seeds.mean(axis=0))
        row = f"{entry.model} on {' + '.join(entry.modalities) or 'nothing'}"
        print(f"| {row} | {entry.fraction:g} | {len(seeds)} | {cells} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="the out folder of mmf_mixer compare")
    parser.add_argument("root", type=Path, help="the dataset folder that it was of")
    try:
        main(**vars(parser.parse_args()))
    except InputError as error:
        parser.error(str(error))
