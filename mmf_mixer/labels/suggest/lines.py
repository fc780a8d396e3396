"""What was suggested, as files: lines of a dataset folder to fill in, and the reasons beside them."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mmf_mixer.files import write_json, write_text
from mmf_mixer.labels.suggest.suggest import Suggestion
from mmf_mixer.protocols import Json


def write_lines(path: Path, lines: Sequence[Json], found: Sequence[Suggestion]) -> Path:
    """Write the lines of the clips that were found, with empty lists of labels, and return the path of the reasons: by
    id, what `Suggestion` has. Lines know no such field."""
    path.parent.mkdir(parents=True, exist_ok=True)
    chosen = [lines[each.index] | {"labels": []} for each in found]
    write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in chosen))
    reasons = path.with_suffix(".why.json")
    whole = [asdict(each) for each in found]
    write_json(reasons, {line["id"]: each for line, each in zip(chosen, whole, strict=True)})
    return reasons
