"""How many clips have each label and modality in each split, and what a model cannot learn from that."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from mmf_mixer.data.clip import SPLITS, Labels
from mmf_mixer.labels.check.finding import Finding, Pair, Placed

INSEPARABLE = 5  # clips: in fewer, two labels may be together by chance
Counts = dict[str, dict[str, int]]


def clip_counts(clips: Iterable[Placed]) -> dict[str, int]:
    """Clips by split."""
    found = Counter(placed.split for placed in clips)
    return {split: found[split] for split in SPLITS}


def label_counts(labels: Labels, clips: Iterable[Placed]) -> Counts:
    """Clips by label and split."""
    found = Counter((label, placed.split) for placed in clips for label in placed.clip.labels)
    return {label: {split: found[label, split] for split in SPLITS} for label in labels.names}


def modality_counts(present: Mapping[str, set[int]], clips: Sequence[Placed]) -> Counts:
    """Clips by split and modality, of which `present` has the places among `clips`."""
    found = Counter((clips[place].split, key) for key, places in present.items() for place in places)
    return {split: {key: found[split, key] for key in present} for split in SPLITS}


def pairs(clips: Iterable[Placed]) -> list[Pair]:
    """Labels that a clip has together, the most frequent first."""
    found = Counter(pair for placed in clips for pair in combinations(sorted(placed.clip.labels), 2))
    return [Pair(*labels, count) for labels, count in found.most_common()]


def of_labels(labels: Labels, clips: Mapping[str, int], counts: Counts, together: Sequence[Pair]) -> Iterator[Finding]:
    """Labels without clips or with all of them, groups in which nothing is to be told apart, inseparable labels."""
    for label, by_split in counts.items():
        for split, count in by_split.items():
            if clips[split] and not count:
                yield _of_split("label without clips", split, f"no clip has the label {label!r}", "add clips of it")
    for group in labels.groups:
        own = {label: counts[f"{group.name}/{label}"]["train"] for label in group.labels}
        used = [label for label, count in own.items() if count]
        if group.exclusive and len(used) == 1:
            sentence = f"all clips have the label {used[0]!r} of the exclusive group {group.name!r}"
            yield _of_split("group of one class", "train", sentence, "add clips of its other labels, or remove it")
        for label in used:
            if not group.exclusive and own[label] == clips["train"]:
                sentence = f"all clips have the label {f'{group.name}/{label}'!r}"
                yield _of_split("label of all clips", "train", sentence, "add clips without it, or remove it")
    totals = {label: sum(by_split.values()) for label, by_split in counts.items()}
    for first, second, count in together:
        if count == totals[first] == totals[second] and count >= INSEPARABLE:
            sentence = f"the labels {first!r} and {second!r} are in the same {count} clips"
            yield Finding(
                "inseparable labels", "warning", None, None, None, sentence, "add clips with one of them, or join them"
            )


def of_modalities(clips: Mapping[str, int], counts: Counts) -> Iterator[Finding]:
    """Modalities that are in some splits only."""
    splits: dict[str, list[str]] = defaultdict(list)
    for split, by_modality in counts.items():
        for key, count in by_modality.items():
            if count:
                splits[key].append(split)
    for key, having in splits.items():
        for split in SPLITS:
            if clips[split] and split not in having:
                sentence = f"no clip has {key}, which clips of {' and '.join(having)} have"
                yield _of_split("modality in some splits only", split, sentence, "add it, or train without it")


def _of_split(kind: str, split: str, sentence: str, remedy: str) -> Finding:
    return Finding(kind, "warning", split, None, None, sentence, remedy)
