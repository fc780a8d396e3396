"""A comparison to be written about: `results.json` with its entries, pairs and usage looked up by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.benchmark.section import reference

ACCURACY, PRECISION = "group_accuracy", "mean_average_precision"
NAMES = {ACCURACY: "accuracy", PRECISION: "mean average precision"}
Found = Mapping[str, Any]


@dataclass(frozen=True)
class Comparison:
    """What `compare` found. An entry is a model with some modalities at a fraction, of all seeds."""

    results: Found

    @cached_property
    def entries(self) -> list[Entry]:
        """All, those that failed too, in the order of the rows."""
        return list(dict.fromkeys(Entry.of(row) for row in self.results["rows"]))

    @cached_property
    def fractions(self) -> list[float]:
        """The smallest first."""
        return sorted({entry.fraction for entry in self.entries}, key=self.size)

    @cached_property
    def models(self) -> list[str]:
        """All, in the order of the rows."""
        return list(dict.fromkeys(entry.model for entry in self.entries))

    @cached_property
    def reference(self) -> str:
        """The model that the others are compared with."""
        return reference(self.models)

    @cached_property
    def widest(self) -> tuple[str, ...]:
        """The most modalities that the reference was given."""
        sets = [entry.modalities for entry in self.entries if entry.model == self.reference]
        return max(sets, key=len)

    @cached_property
    def figures(self) -> dict[tuple[Entry, str], Found]:
        """The summary by entry and metric."""
        return {(Entry.of(each), each["metric"]): each for each in self.results["summary"]}

    @cached_property
    def pairs(self) -> dict[tuple[Entry, Entry, str], Found]:
        """What was paired, by the reference's entry, the other entry and the metric."""
        return {
            (
                Entry(each["a"], tuple(each["modalities"]), each["fraction"]),
                Entry(each["b"], tuple(each["b_modalities"]), each["fraction"]),
                each["metric"],
            ): each
            for each in self.results["paired"]
        }

    @cached_property
    def interactions(self) -> dict[tuple[Entry, str], Found]:
        """The measures of interactions by entry and metric. Results of earlier versions have none."""
        return {(Entry.of(each), each["metric"]): each for each in self.results.get("interactions", [])}

    @cached_property
    def usage(self) -> dict[Entry, Found]:
        """The usage of each entry that has one."""
        return {Entry.of(each): each for each in self.results["usage"]}

    @property
    def finished(self) -> bool:
        """Whether all rows are there. Results of earlier versions were written at the end only."""
        return bool(self.results.get("finished", True))

    @property
    def failures(self) -> list[Found]:
        """The rows that failed."""
        return [row for row in self.results["rows"] if "error" in row]

    @property
    def seeds(self) -> int:
        """How many there are."""
        return len({row["seed"] for row in self.results["rows"]})

    def name(self, entry: Entry) -> str:
        """The model, and its modalities if it has some and they are not the widest set."""
        whole = entry.modalities in ((), self.widest)
        return entry.model if whole else f"{entry.model} on {' + '.join(entry.modalities)}"

    def lead(self, fraction: float) -> Entry:
        """The reference's entry with the most modalities."""
        return Entry(self.reference, self.widest, fraction)

    def against(self, entry: Entry, metric: str) -> Found | None:
        """The test of the reference's widest entry against this one, if there was one."""
        return self.pairs.get((self.lead(entry.fraction), entry, metric))

    def of(self, fraction: float) -> list[Entry]:
        """The entries of a fraction."""
        return [entry for entry in self.entries if entry.fraction == fraction]

    def cost(self, entry: Entry, name: str) -> float | None:
        """The median of `params`, `ms_per_step`, … over the seeds; None where it says nothing."""
        values = [row[name] for row in self.results["rows"] if Entry.of(row) == entry and row.get(name)]
        return float(np.median(values)) if values else None

    def size(self, fraction: float) -> float:
        """How many training clips a fraction is; the fraction itself if nobody knows. Above 1 it is their number."""
        total = self.results.get("training_clips")
        return fraction if fraction > 1 or not total else max(1, round(fraction * total))

    def clips(self, fraction: float) -> str:
        """The same in words."""
        total = self.results.get("training_clips")
        if not total and fraction < 1:
            return f"{100 * fraction:g} % of the training clips"
        every = "all " if fraction in (1, total) else ""
        count = f"{self.size(fraction):.0f} " if total or fraction > 1 else ""
        return f"{every}{count}training clips"
