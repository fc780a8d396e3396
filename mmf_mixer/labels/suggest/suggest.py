"""What to label next: for each label as many clips as it needs, from several feeds, no two alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle, repeat

import numpy as np

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.views import Array, Views, directions
from mmf_mixer.labels.suggest.feeds import Feed, Feeds
from mmf_mixer.labels.suggest.need import needs, quotas
from mmf_mixer.labels.suggest.spread import Chooser, medoids

BY_LOT = 0.2  # share of clips that no model has a say in


@dataclass(frozen=True)
class Known:
    """What is labelled so far.

    Attributes:
        views: the K labelled clips.
        targets: K x L, multi-hot.
        average_precision: of the L labels on the validation split; nan where that has none.
    """

    views: Views
    targets: Array
    average_precision: Array


@dataclass(frozen=True)
class Suggestion:
    """A clip to label, and why.

    Attributes:
        index: its place in the pool.
        feed: surest, borderline or neighbour of `label`; or random, or typical of the pool.
        label: the one that it was chosen for, if any.
        probability: the model's, of that label.
        opinions: the same from each modality alone that the clip has.
    """

    index: int
    feed: Feed
    label: str | None = None
    probability: float | None = None
    opinions: dict[str, float] | None = None


def suggest(pool: Views, known: Known, labels: Labels, count: int, seed: int = 0) -> list[Suggestion]:
    """The clips of a pool that are worth labelling next, at most `count`.

    One in five is drawn by lot. The others are divided among the labels by `needs`, and among three feeds in turn.
    Clips that look like one that is labelled or chosen are passed over, so there may be fewer.

    Args:
        pool: clips without labels.
        known: the labelled ones.
        labels: the L labels.
        count: how many clips.
        seed: the same one gives the same clips.
    """
    random = np.random.default_rng(seed)
    where, labelled = directions(pool, known.views)
    chooser, feeds = Chooser(where, labelled, pool.sources), Feeds(pool, labels, where, labelled, known.targets)
    drawn = [chooser.by_lot(random) for _ in range(round(BY_LOT * count))]
    found = [Suggestion(index, "random") for index in drawn if index is not None]
    shares = needs(known.targets.sum(axis=0).astype(np.int64), known.average_precision)
    for label, feed in slots(shares, count - len(drawn), random):
        index = chooser.take(feeds.by_name()[feed](label))
        if index is not None:
            found.append(_reason(pool, labels, index, feed, label))
    return found


def suggest_typical(pool: Views, count: int, seed: int = 0) -> list[Suggestion]:
    """Clips that are typical of a pool of which nothing is labelled, the most typical first."""
    (where,) = directions(pool)
    return [Suggestion(int(index), "typical") for index in medoids(where, count, seed)]


def slots(shares: Array, count: int, random: np.random.Generator) -> Iterator[tuple[int, Feed]]:
    """`count` pairs of a label and a feed. A label's come together; feeds take turns, also from label to label."""
    parts = quotas(shares, count)
    order = random.permutation(len(shares)).tolist()
    columns = chain.from_iterable(repeat(label, int(parts[label])) for label in order)
    turns: list[Feed] = ["borderline", "neighbour", "surest"]
    return zip(columns, cycle(turns), strict=False)


def _reason(pool: Views, labels: Labels, index: int, feed: Feed, label: int) -> Suggestion:
    opinions = {key: float(said[index, label]) for key, said in pool.opinions.items()}
    heard = {key: value for key, value in opinions.items() if not np.isnan(value)}
    return Suggestion(index, feed, labels.names[label], float(pool.scores[index, label]), heard)
