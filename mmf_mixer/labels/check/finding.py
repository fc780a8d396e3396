"""What a check tells: findings, each with its place and its remedy, and what the folder holds."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from mmf_mixer.data.clip import Clip
from mmf_mixer.errors import InputError, reason_and_remedy

Severity = Literal["refused", "warning"]
EXIT_CODES: dict[Severity, int] = {"warning": 1, "refused": 2}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. A training refuses what is `refused`, and says nothing of a `warning`.

    `split`, `line` and `clip` are None where the finding is about all of them. `sentence` says what is wrong, `remedy`
    what to do; neither has a full stop.
    """

    kind: str
    severity: Severity
    split: str | None
    line: int | None
    clip: str | None
    sentence: str
    remedy: str

    @property
    def place(self) -> str:
        """The file of the split, with the line; empty where all are meant, or the sentence names the file."""
        line = "" if self.line is None else f" line {self.line}"
        return f"{self.split}.jsonl{line}" if self.split else ""


class Placed(NamedTuple):
    """A clip, and where it is written."""

    split: str
    line: int
    clip: Clip

    def warning(self, kind: str, sentence: str, remedy: str) -> Finding:
        """What is odd about it."""
        return Finding(kind, "warning", self.split, self.line, self.clip.id, sentence, remedy)

    def refusal(self, kind: str, error: InputError) -> Finding:
        """Why it cannot take part."""
        return refusal(kind, error, self.split, self.line, self.clip.id)


def refusal(
    kind: str, error: InputError, split: str | None = None, line: int | None = None, clip: str | None = None
) -> Finding:
    """What a training refuses with this error."""
    return Finding(kind, "refused", split, line, clip, *reason_and_remedy(error))


class Pair(NamedTuple):
    """Two labels, and how many clips have both."""

    first: str
    second: str
    clips: int


@dataclass(frozen=True)
class Report:
    """All of a check.

    `clips` counts those that are read, by split; `modalities` those that have each modality, by split and modality,
    as far as is known: without `decoded`, a video counts as sound; `labels` those that have each label, by label and
    split; `together` those that have two labels, the most frequent pairs first.
    """

    folder: str
    decoded: bool
    clips: dict[str, int]
    modalities: dict[str, dict[str, int]]
    labels: dict[str, dict[str, int]]
    together: list[Pair]
    findings: list[Finding]

    @property
    def counts(self) -> dict[tuple[str, Severity], int]:
        """How many findings of each kind and severity there are, what is refused first."""
        found = Counter((finding.kind, finding.severity) for finding in self.findings)
        return dict(sorted(found.items(), key=lambda each: (each[0][1] != "refused", -each[1])))

    @property
    def exit_code(self) -> int:
        """0 if nothing is wrong, 1 if there are warnings only, 2 if a training would refuse something."""
        return max((EXIT_CODES[finding.severity] for finding in self.findings), default=0)

    def of(self, kind: str) -> list[Finding]:
        """The findings of a kind."""
        return [finding for finding in self.findings if finding.kind == kind]

    def written(self) -> dict[str, Any]:
        """The report as JSON has it."""
        together = [pair._asdict() for pair in self.together]
        return {**asdict(self), "together": together, "exit_code": self.exit_code}
