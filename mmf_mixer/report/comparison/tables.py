"""The tables of a comparison: for its page, and as Markdown for a README."""

from collections.abc import Sequence
from dataclasses import dataclass

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.benchmark.interactions import AGREEMENT, BEYOND, GAP, GROUP, NONE_RIGHT, OPINIONS
from mmf_mixer.benchmark.table import beside
from mmf_mixer.report.comparison.results import NAMES, Comparison, Found

NONE = "–"
AHEAD, BEHIND = "*", "†"  # of the reference, where a test is significant


@dataclass(frozen=True)
class Table:
    """Text in lines under headings, a name and numbers; `own` are the lines of the reference, `best` the cells with the
    highest value of their column."""

    title: str
    headings: tuple[str, ...]
    lines: list[tuple[str, ...]]
    own: frozenset[int]
    best: frozenset[tuple[int, int]] = frozenset()


def markdown(table: Table) -> str:
    """For a README."""
    rule = ("---", *["---:"] * (len(table.headings) - 1))
    rows = [table.headings, rule]
    rows += [
        tuple(f"**{cell}**" if (row, column) in table.best else cell for column, cell in enumerate(line))
        for row, line in enumerate(table.lines)
    ]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows) + "\n"


def titled(table: Table) -> str:
    """The same under its title."""
    return f"{table.title[0].upper()}{table.title[1:]}:\n\n{markdown(table)}"


def main_table(found: Comparison, fraction: float) -> Table:
    """Metrics with intervals, and the reference's lead over each entry."""
    entries = found.of(fraction)
    leads = any(found.against(entry, metric) for entry in entries for metric in NAMES)
    headings = ["model", "accuracy %", "mAP %"]
    headings += ["lead, accuracy", "lead, mAP"] if leads else []
    known = {entry for entry, _ in found.figures}
    lines = []
    for entry in entries:
        line = [found.name(entry)]
        line += [percent(found.figures.get((entry, metric))) if entry in known else "failed" for metric in NAMES]
        line += [difference(found.against(entry, metric)) for metric in NAMES] if leads else []
        lines.append(tuple(line))
    values = [[_mean(found.figures.get((entry, metric))) for metric in NAMES] for entry in entries]
    return Table(
        f"results with {found.clips(fraction)}" + (f", and the lead of {found.reference}" if leads else ""),
        tuple(headings),
        lines,
        _own(found, entries),
        _best(values),
    )


def curves_table(found: Comparison) -> Table | None:
    """Both metrics by the number of training clips, if there are several. Marks say where the reference is
    significantly ahead or behind."""
    if len(found.fractions) < 2:
        return None
    names = list(dict.fromkeys((entry.model, entry.modalities) for entry in found.entries))
    entries = [[Entry(*name, fraction) for fraction in found.fractions] for name in names]
    figures = [[found.figures.get((entry, metric)) for entry in row for metric in NAMES] for row in entries]
    marks = [[_mark(found.against(entry, metric)) for entry in row for metric in NAMES] for row in entries]
    lines = [
        (found.name(row[0]), *(f"{_mean_percent(one)}{mark}" for one, mark in zip(cells, own, strict=True)))
        for row, cells, own in zip(entries, figures, marks, strict=True)
    ]
    headings = (f"{found.size(fraction):g}: {name} %" for fraction in found.fractions for name in ("accuracy", "mAP"))
    return Table(
        f"results by the number of training clips; {AHEAD} {found.reference} is significantly ahead, {BEHIND} behind",
        ("model", *headings),
        lines,
        _own(found, [row[0] for row in entries]),
        _best([[_mean(cell) for cell in row] for row in figures]),
    )


def further_table(found: Comparison, fraction: float) -> Table | None:
    """The metrics that are not in the main table, with their deviation over seeds."""
    others = list(dict.fromkeys(each["metric"] for each in found.results["summary"] if each["metric"] not in NAMES))
    if not others:
        return None
    entries = found.of(fraction)
    cells = [[found.figures.get((entry, metric)) for metric in others] for entry in entries]
    return Table(
        "further metrics",
        ("model", *(metric.replace("_", " ") for metric in others)),
        [(found.name(entry), *map(spread, line)) for entry, line in zip(entries, cells, strict=True)],
        _own(found, entries),
        _best([[_mean(cell) for cell in line] for line in cells]),
    )


def group_table(found: Comparison, fraction: float) -> Table | None:
    """The accuracy of each label group, if there are several."""
    metrics = list(dict.fromkeys(metric for _, metric in found.interactions if metric.startswith(GROUP)))
    known = {entry for entry, metric in found.interactions if metric in metrics}
    entries = [entry for entry in found.of(fraction) if entry in known]
    if not entries:
        return None
    cells = [[found.interactions.get((entry, metric)) for metric in metrics] for entry in entries]
    return Table(
        "accuracy % by label group",
        ("model", *(metric.removeprefix(GROUP) for metric in metrics)),
        [(found.name(entry), *map(percent, line)) for entry, line in zip(entries, cells, strict=True)],
        _own(found, entries),
        _best([[_mean(cell) for cell in line] for line in cells]),
    )


def interaction_table(found: Comparison, fraction: float) -> Table | None:
    """What rows know beyond a sum of opinions, and how far the opinions agree."""
    known = found.interactions
    entries = [entry for entry in found.of(fraction) if (entry, GAP) in known or (entry, BEYOND) in known]
    if not entries:
        return None
    opinions = [Entry(OPINIONS, entry.modalities, entry.fraction) for entry in entries]
    cells = [
        [known.get(place) for place in ((entry, GAP), (entry, BEYOND), (said, AGREEMENT), (said, NONE_RIGHT))]
        for entry, said in zip(entries, opinions, strict=True)
    ]
    return Table(
        "interactions of modalities, %",
        ("model", "additive gap", "accuracy where no opinion is right", "opinions agree", "no opinion is right"),
        [(found.name(entry), *map(percent, line)) for entry, line in zip(entries, cells, strict=True)],
        _own(found, entries),
        _best([[None, _mean(line[1]), None, None] for line in cells]),
    )


def missing_table(found: Comparison, fraction: float) -> Table | None:
    """Accuracy with only some of the modalities at test, and the mean over all of these cases."""
    entries = _used(found, fraction)
    if not entries:
        return None
    subsets = [tuple(part["modalities"]) for part in found.usage[entries[0]]["subsets"][1:]]
    cells = []
    for entry in entries:
        by_subset = {tuple(part["modalities"]): part["accuracy"] for part in found.usage[entry]["subsets"]}
        cells.append([*(by_subset.get(subset) for subset in subsets), found.usage[entry]["missing"]])
    return Table(
        "accuracy % with these modalities only",
        ("model", *(" + ".join(subset) for subset in subsets[:-1]), "all", "mean, some missing"),
        [(entry.model, *map(spread, line)) for entry, line in zip(entries, cells, strict=True)],
        _own(found, entries),
        _best([[_mean(cell) for cell in line] for line in cells]),
    )


def usage_table(found: Comparison, fraction: float) -> Table | None:
    """What is lost without each modality, by model."""
    entries = _used(found, fraction)
    measures = {"share": "share", "drop": "masked", "perceptual": "permuted"}
    cells = [
        [found.usage[entry]["measures"][key][name] for key in found.widest for name in measures]
        + [found.usage[entry]["entropy"]]
        for entry in entries
    ]
    if not entries:
        return None
    return Table(
        "use of each modality",
        ("model", *(f"{key}, {name}" for key in found.widest for name in measures.values()), "entropy"),
        [
            (entry.model, *map(spread, line[:-1]), NONE if line[-1] is None else f"{line[-1]['mean']:.2f}")
            for entry, line in zip(entries, cells, strict=True)
        ],
        _own(found, entries),
    )


def evidence_table(found: Comparison, fraction: float) -> Table | None:
    """Accuracy by where a clip's evidence lies, if the dataset folder says so."""
    entries = [entry for entry in _used(found, fraction) if found.usage[entry]["evidence"]]
    if not entries:
        return None
    parts = found.usage[entries[0]]["evidence"]
    names = [f"{' + '.join(part['modalities']) or 'nowhere'} ({part['samples']})" for part in parts]
    cells = [[part["accuracy"] for part in found.usage[entry]["evidence"]] for entry in entries]
    return Table(
        "accuracy % by where the evidence lies (clips)",
        ("model", *names),
        [(entry.model, *map(spread, line)) for entry, line in zip(entries, cells, strict=True)],
        _own(found, entries),
        _best([[_mean(cell) for cell in line] for line in cells]),
    )


def percent(figure: Found | None) -> str:
    """A mean in percent with its interval."""
    if figure is None:
        return NONE
    return f"{100 * figure['mean']:.1f}{limits(figure)}"


def limits(figure: Found) -> str:
    """The interval in percent, in brackets; nothing where there is none."""
    if figure["ci95"] is None:
        return ""
    low, high = figure["ci95"]
    return f" [{100 * low:.1f}, {100 * high:.1f}]"


def difference(test: Found | None) -> str:
    """A difference in points with its interval, and a star if it is significant."""
    if test is None:
        return NONE
    star = " *" if test["significant"] else ""
    return f"{100 * test['difference']:+.1f}{limits(test)}{star}"


def _mark(test: Found | None) -> str:
    if test is None or not test["significant"]:
        return ""
    return f" {AHEAD if test['difference'] > 0 else BEHIND}"


def _mean_percent(figure: Found | None) -> str:
    return NONE if figure is None else f"{100 * figure['mean']:.1f}"


def spread(figure: Found | None) -> str:
    """A mean in percent with its deviation over seeds."""
    if figure is None:
        return NONE
    deviation = "" if figure["std"] is None else f" ± {100 * figure['std']:.1f}"
    return f"{100 * figure['mean']:.1f}{deviation}"


def cost_table(found: Comparison, fraction: float) -> Table:
    """Parameters, milliseconds, megabytes and seconds: the median over seeds."""
    entries = found.of(fraction)
    formats = {"params": ",.0f", "ms_per_step": ".1f", "peak_mb": ",.0f", "train_seconds": ",.0f"}
    cells = [{name: found.cost(entry, name) for name in formats} for entry in entries]
    lines = [
        (found.name(entry), *(NONE if value is None else format(value, formats[name]) for name, value in line.items()))
        for entry, line in zip(entries, cells, strict=True)
    ]
    times = beside(found.results["rows"])
    headings = ("model", "parameters", f"ms / step{times}", "memory, MB", f"training, s{times}")
    return Table("what each row costs", headings, lines, _own(found, entries))


def document(found: Comparison) -> str:
    """All tables as Markdown, the largest fraction first."""
    makers = (
        *(main_table, group_table, further_table, interaction_table, cost_table),
        *(usage_table, missing_table, evidence_table),
    )
    curves = curves_table(found)
    parts = ["# By the number of training clips\n", titled(curves)] if curves else []
    for fraction in reversed(found.fractions):
        parts.append(f"# With {found.clips(fraction)}\n")
        made = [maker(found, fraction) for maker in makers]
        parts += [titled(table) for table in made if table]
    return "\n".join(parts)


def _used(found: Comparison, fraction: float) -> list[Entry]:
    """The entries with usage that have the widest set of modalities."""
    return [entry for entry in found.of(fraction) if entry in found.usage and entry.modalities == found.widest]


def _own(found: Comparison, entries: Sequence[Entry]) -> frozenset[int]:
    return frozenset(row for row, entry in enumerate(entries) if entry.model == found.reference)


def _mean(figure: Found | None) -> float | None:
    return None if figure is None else figure["mean"]


def _best(values: Sequence[Sequence[float | None]]) -> frozenset[tuple[int, int]]:
    """The highest of each column, to the right of the one with the names."""
    best = set()
    for column, cells in enumerate(zip(*values, strict=True), start=1):
        known = [cell for cell in cells if cell is not None]
        best |= {(row, column) for row, cell in enumerate(cells) if known and cell == max(known)}
    return frozenset(best)
