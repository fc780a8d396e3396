"""A dataset folder read to its end, whatever is wrong in it: its clips, and what a training would refuse."""

from pathlib import Path
from typing import NamedTuple

from mmf_mixer.data.clip import SPLITS, Labels
from mmf_mixer.data.folder import labels_and_errors, lines_of, shared_ids
from mmf_mixer.data.lines import Line
from mmf_mixer.errors import InputError
from mmf_mixer.labels.check.finding import Finding, Placed, refusal


class Read(NamedTuple):
    """The labels and clips that are sound, and why others are refused."""

    labels: Labels
    clips: list[Placed]
    findings: list[Finding]


def read_all(root: Path) -> Read:
    """Everything that is in a folder. Where `labels.yaml` is wrong, the labels of lines are not looked at."""
    labels, errors = labels_and_errors(root)
    findings = [refusal("labels.yaml", error) for error in errors]
    splits: dict[str, list[Line]] = {}
    for split in SPLITS:
        try:
            splits[split] = list(lines_of(root, split, None if errors else labels))
        except InputError as error:
            findings.append(refusal("split", InputError(str(error).removeprefix(f"{root / split}.jsonl: ")), split))
    clips = []
    for split, lines in splits.items():
        for number, id, clip, faults in lines:
            findings += (refusal(about, error, split, number, id) for about, error in faults)
            if clip is not None:
                clips.append(Placed(split, number, clip))
    lines_by_id = {(split, line.id): line.number for split, lines in splits.items() for line in reversed(lines)}
    ids = {split: [line.id for line in lines if line.id is not None] for split, lines in splits.items()}
    findings += (refusal("id", error, split, lines_by_id[split, id], id) for split, id, error in shared_ids(ids))
    return Read(labels, clips, findings)
