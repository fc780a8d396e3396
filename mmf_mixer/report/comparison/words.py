"""What a comparison says, in plain words, made from its figures: a loss is said as plainly as a lead."""

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.benchmark.statistics import SIGNIFICANT
from mmf_mixer.report.comparison.results import NAMES, PRECISION, Comparison, Found

LEVEL = 0.0005  # differences below this are 0.0 points


def verdict(found: Comparison) -> list[str]:
    """One paragraph for each fraction, the largest first; that of the largest also says what the model uses."""
    whole, *parts = [_beside_others(found, fraction) for fraction in reversed(found.fractions)]
    last = found.fractions[-1]
    whole += [*_own_parts(found, last), *_use(found, last), *_missing(found, last)]
    return [" ".join(sentences) for sentences in (whole, *parts)]


def _beside_others(found: Comparison, fraction: float) -> list[str]:
    """The reference beside the best of the other models, and what is significant."""
    tests = {
        entry: test
        for entry in found.of(fraction)
        if entry.model != found.reference and (test := found.against(entry, PRECISION))
    }
    start = f"With {found.clips(fraction)}"
    if found.lead(fraction) not in {entry for entry, _ in found.figures}:
        return [f"{start} there is no result of {found.reference}: every training of it failed."]
    if not tests:
        return [f"{start} there is nothing to compare {found.reference} with."]
    best = min(tests, key=lambda entry: tests[entry]["difference"])
    who = f"{found.name(best)}, the best of the other rows," if len(tests) > 1 else found.name(best)
    sentences = [f"{start} {found.reference} {_stands(tests[best], who)} of {NAMES[PRECISION]} {_sure(tests[best])}."]
    if len(tests) > 1:
        sentences.append(_all(found, tests))
    return sentences


def _stands(test: Found, who: str) -> str:
    points = 100 * abs(test["difference"])
    if abs(test["difference"]) < LEVEL:
        return f"is level with {who} in points"
    return f"leads {who} by {points:.1f} points" if test["difference"] > 0 else f"loses to {who} by {points:.1f} points"


def _sure(test: Found) -> str:
    """The interval, and whether chance alone would do it."""
    low, high = test["ci95"]
    relative = "" if test["relative"] is None else f", {100 * test['relative']:+.0f} % relative"
    corrected = f"after Holm's correction (p = {test['p_holm']:.2g})"
    if test["significant"]:
        end = f"the difference is significant {corrected}"
    elif test["p_holm"] <= SIGNIFICANT:
        end = f"on these clips that is significant {corrected}, but with other seeds it could be otherwise"
    else:
        end = f"the difference is not significant {corrected}"
    return f"(95 % interval {100 * low:.1f} to {100 * high:.1f}{relative}); {end}"


def _all(found: Comparison, tests: dict[Entry, Found]) -> str:
    """Which rows it leads, loses to, and cannot be told from."""
    certain = {entry: test for entry, test in tests.items() if test["significant"]}
    groups = {
        "significantly ahead of": [entry for entry, test in certain.items() if test["difference"] > 0],
        "significantly behind": [entry for entry, test in certain.items() if test["difference"] < 0],
        "not told apart from": [entry for entry in tests if entry not in certain],
    }
    for group, entries in groups.items():
        if len(entries) == len(tests):
            return f"It is {group} {'any' if group.startswith('not') else 'every'} other row."
    named = {group: [found.name(entry) for entry in entries] for group, entries in groups.items()}
    parts = [f"{group} {_list(names)}" for group, names in named.items() if names]
    return f"Of {len(tests)} other rows it is {'; '.join(parts)}."


def _own_parts(found: Comparison, fraction: float) -> list[str]:
    """The reference with fewer modalities, the best of them."""
    tests = {
        entry: test
        for entry in found.of(fraction)
        if entry.model == found.reference and (test := found.against(entry, PRECISION))
    }
    if not tests:
        return []
    best = min(tests, key=lambda entry: tests[entry]["difference"])
    test, side = tests[best], "above" if tests[best]["difference"] > 0 else "below"
    low, high = (100 * end for end in test["ci95"])
    return [
        f"With {' + '.join(found.widest)} it stands {100 * abs(test['difference']):.1f} points {side} itself with "
        f"{' + '.join(best.modalities)} (95 % interval {low:.1f} to {high:.1f}; "
        f"{'' if test['significant'] else 'not '}significant)."
    ]


def _use(found: Comparison, fraction: float) -> list[str]:
    """What the reference gains from each modality, and whose use is the most even."""
    usage = found.usage.get(found.lead(fraction))
    if usage is None or usage["entropy"] is None:
        return []
    shares = [
        f"{100 * each['share']['mean']:.0f} % from {key}" for key, each in usage["measures"].items() if each["share"]
    ]
    entropies = {
        entry.model: each["entropy"]["mean"]
        for entry, each in found.usage.items()
        if each["entropy"] and entry.fraction == fraction and entry.modalities == found.widest
    }
    mine = entropies.pop(found.reference)
    sentence = f"It draws {_list(shares)} of what it gains (entropy {mine:.2f} of 1"
    if entropies:
        other = max(entropies, key=lambda model: entropies[model])
        sentence += f"; of the others {other} uses them most evenly, {entropies[other]:.2f}"
    return [f"{sentence})."]


def _missing(found: Comparison, fraction: float) -> list[str]:
    """What is left when modalities are missing at test."""
    left = {
        entry.model: 100 * each["missing"]["mean"]
        for entry, each in found.usage.items()
        if each["missing"] and entry.fraction == fraction and entry.modalities == found.widest
    }
    if found.reference not in left:
        return []
    mine = left.pop(found.reference)
    sentence = f"Where modalities are missing at test, {mine:.1f} % of accuracy are left on average"
    if not left:
        return [f"{sentence}."]
    best = max(left, key=lambda model: left[model])
    than = "more than" if mine > left[best] + 0.05 else "less than" if mine < left[best] - 0.05 else "as much as"
    return [f"{sentence}, {than} {best}, the best of the others ({left[best]:.1f} %)."]


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
