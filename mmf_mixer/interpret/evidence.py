"""Where the evidence of each clip lies, if its dataset folder says so in `evidence.jsonl`."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from mmf_mixer.data.folder import EVIDENCE, root_of
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.run import TrainedRun


def read_evidence(run: TrainedRun, ids: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """The places among `ids` of the clips whose evidence lies in the same modalities, the fewest modalities first.

    Clips of which the file says nothing are left out; without a file, nothing is returned.

    Raises:
        InputError: a line is not of the form `{"id": "…", "modalities": ["…"]}`; or, for clips of several labels,
            with `{label: ["…"]}`: their evidence lies in all these modalities together.
    """
    path = root_of(run.config.dataset_config[run.config.datasets].root) / EVIDENCE
    if not path.is_file():
        return {}
    where = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            entry = json.loads(line)
            where[entry["id"]] = _modalities(entry["modalities"], list(run.slices))
        except (ValueError, TypeError, KeyError):
            raise InputError(
                f'{path} line {number}: is not of the form {{"id": "…", "modalities": ["…"]}}, or with '
                '{"label": ["…"]} for each label; correct or remove it.'
            ) from None
    rows = defaultdict(list)
    for row, clip in enumerate(ids):
        if clip in where:
            rows[where[clip]].append(row)
    return dict(sorted(rows.items(), key=lambda entry: (len(entry[0]), entry[0])))


def _modalities(given: object, order: Sequence[str]) -> tuple[str, ...]:
    """Those named in a list, or in the lists of all labels, the model's own in its order. Raises TypeError for else."""
    lists: list[Any] = list(given.values()) if isinstance(given, dict) else [given]
    if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in lists):
        raise TypeError
    named = dict.fromkeys(name for names in lists for name in names)
    return tuple(sorted(named, key=lambda name: order.index(name) if name in order else len(order)))
