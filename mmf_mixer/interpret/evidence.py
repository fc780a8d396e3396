"""Where the evidence of each clip lies, if its dataset folder says so in `evidence.jsonl`."""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from mmf_mixer.errors import InputError
from mmf_mixer.interpret.run import TrainedRun


def read_evidence(run: TrainedRun, ids: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """The places among `ids` of the clips whose evidence lies in the same modalities, the fewest modalities first.

    Clips of which the file says nothing are left out; without a file, nothing is returned.

    Raises:
        InputError: a line is not of the form `{"id": "…", "modalities": ["…"]}`.
    """
    path = Path(run.config.dataset_config[run.config.datasets].root).expanduser() / "evidence.jsonl"
    if not path.is_file():
        return {}
    where = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            entry = json.loads(line)
            where[entry["id"]] = tuple(str(modality) for modality in entry["modalities"])
        except (ValueError, TypeError, KeyError):
            raise InputError(
                f'{path} line {number}: is not of the form {{"id": "…", "modalities": ["…"]}}; correct or remove it.'
            ) from None
    rows = defaultdict(list)
    for row, clip in enumerate(ids):
        if clip in where:
            rows[where[clip]].append(row)
    return dict(sorted(rows.items(), key=lambda entry: (len(entry[0]), entry[0])))
