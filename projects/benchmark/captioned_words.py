"""Accuracy on the words that a clip's caption shows, and on those that it lacks, of each row of a comparison:
`python projects/benchmark/captioned_words.py RESULTS DATASET_FOLDER`.

For a dataset folder whose labels are words that are said, as grid51's are: what captions lack must be heard or seen.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.benchmark.scores import Scores, read_scores
from mmf_mixer.data.clip import Clip, Labels
from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import cues

Table = NDArray[np.bool_]  # clips x exclusive groups


def captioned(clips: Sequence[Clip], labels: Labels) -> Table:
    """Whether the clip's label of the group is a word of its caption.

    Raises:
        InputError: all labels are, or none is, so that there is nothing to tell apart.
    """
    groups = [group.name for group in labels.groups if group.exclusive]
    if not groups:
        raise InputError("labels.yaml has no exclusive group; the labels of one must be the words that are said.")
    rows = []
    for clip in clips:
        said, here = dict(name.split("/", 1) for name in clip.labels), words(clip)
        rows.append([said[group].lower() in here for group in groups])
    table = np.array(rows)
    if table.all() or not table.any():
        raise InputError(
            f"test.jsonl: the captions show {'all' if table.all() else 'none'} of the words that are said."
        )
    return table


def words(clip: Clip) -> set[str]:
    """The words of the clip's caption, in small letters."""
    found = cues(clip.captions, clip.start, clip.end) if clip.captions else []
    return {word for cue in found for word in cue.text.lower().split()}


def right(given: Scores, labels: Labels) -> Table:
    """Whether the best label of the group is the true one."""
    groups = [where for group, where in labels.slices() if group.exclusive]
    pairs = [(given.scores[:, where], given.targets[:, where]) for where in groups]
    return np.stack([scores.argmax(axis=1) == targets.argmax(axis=1) for scores, targets in pairs], axis=1)


def tested(results: Path) -> Iterator[tuple[Entry, Scores]]:
    """What each row of a comparison says of the test clips."""
    for row in json.loads((results / "results.json").read_text())["rows"]:
        if "scores" in row and "error" not in row:
            yield Entry.of(row), read_scores(results / row["scores"])["test"]


def accuracies(results: Path, root: Path) -> dict[Entry, NDArray[np.float64]]:
    """Of each entry its accuracies, seeds x 2: on the words that are captioned, and on the others."""
    folder = read_folder(root)
    shown = captioned(folder.splits["test"], folder.labels)
    found = defaultdict(list)
    for entry, test in tested(results):
        hits, here = right(test, folder.labels), shown[test.index]
        found[entry].append([hits[here].mean(), hits[~here].mean()])
    return {entry: np.array(seeds) for entry, seeds in found.items()}


def main(results: Path, root: Path) -> None:
    """Print the table, mean ± standard deviation over seeds."""
    print("| model | training clips | captioned words % | the others % |\n| --- | ---: | ---: | ---: |")
    for entry, seeds in accuracies(results, root).items():
        mean, std = 100 * seeds.mean(axis=0), 100 * seeds.std(axis=0, ddof=1) if len(seeds) > 1 else np.zeros(2)
        cells = " | ".join(f"{middle:.1f} ± {spread:.1f}" for middle, spread in zip(mean, std, strict=True))
        print(f"| {entry.model} on {' + '.join(entry.modalities) or 'nothing'} | {entry.fraction:g} | {cells} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="the out folder of mmf_mixer compare")
    parser.add_argument("root", type=Path, help="the dataset folder that it was of")
    try:
        main(**vars(parser.parse_args()))
    except InputError as error:
        parser.error(str(error))
