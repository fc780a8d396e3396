"""The page of a check: one HTML file without script that needs no network. What the folder says is hostile text."""

from pathlib import Path
from typing import Any

from mmf_mixer.data.clip import SPLITS
from mmf_mixer.files import write_text
from mmf_mixer.labels.check.finding import Report
from mmf_mixer.report.drawing import PALETTE
from mmf_mixer.report.html import environment, sealed

MOST = 200  # findings of a kind, and pairs of labels, that are shown


def write_page(path: Path, report: Report) -> Path:
    """Write the page to a file, or to `check.html` in a folder; returns its path. Raises InputError on a full disk."""
    path = path / "check.html" if path.is_dir() else path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, check_page(report))
    return path


def check_page(report: Report) -> str:
    """The page as text: findings by kind, and for each label how many clips of each split have it."""
    content = {
        "report": report,
        "name": Path(report.folder).name,
        "kinds": [_kind(report, kind, severity, count) for (kind, severity), count in report.counts.items()],
        "colours": dict(zip(SPLITS, PALETTE, strict=False)),
        "highest": {split: max((each[split] for each in report.labels.values()), default=0) or 1 for split in SPLITS},
        "together": report.together[:MOST],
    }
    return sealed(environment().get_template("check.html"), content)


def _kind(report: Report, kind: str, severity: str, count: int) -> dict[str, Any]:
    found = [finding for finding in report.of(kind) if finding.severity == severity]
    return {"name": kind, "severity": severity, "count": count, "shown": found[:MOST]}
