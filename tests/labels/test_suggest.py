"""What to label next, on made-up clips: planted duplicates, rare labels, one source that has most of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.data.views import Array, Views, directions
from mmf_mixer.labels.suggest.feeds import disagreement, rivals
from mmf_mixer.labels.suggest.lines import write_lines
from mmf_mixer.labels.suggest.need import needs, quotas
from mmf_mixer.labels.suggest.spread import Chooser
from mmf_mixer.labels.suggest.suggest import Known, Suggestion, slots, suggest, suggest_typical

LABELS = Labels((LabelGroup("event", False, ("common", "rare")),))


def views(vectors: Array, scores: Array, sources: tuple[str, ...] | None = None) -> Views:
    names = sources or tuple(f"{place}.mp4" for place in range(len(vectors)))
    return Views(scores, {"text": scores.copy(), "video": scores.copy()}, vectors, {"text": vectors}, names)


def pool_and_known(copies: int = 0) -> tuple[Views, Known]:
    """60 random clips and copies of the first, which is the surest for `rare`; of 40 labelled ones one is `rare`."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((60, 12))
    scores = random.uniform(0.2, 0.8, (60, 2))
    scores[0] = [0.5, 0.99]
    vectors = np.concatenate([vectors, np.repeat(vectors[:1], copies, axis=0)])
    scores = np.concatenate([scores, np.repeat(scores[:1], copies, axis=0)])
    targets = np.zeros((40, 2))
    targets[:30, 0], targets[30, 1] = 1, 1
    labelled = views(random.standard_normal((40, 12)), random.uniform(size=(40, 2)))
    return views(vectors, scores), Known(labelled, targets, np.array([0.9, 0.2]))


def test_a_label_needs_more_the_fewer_clips_it_has_and_the_worse_it_is_found() -> None:
    found = needs(np.array([0, 3, 99, 3]), np.array([np.nan, 0.5, 0.5, 1.0]))
    assert found.sum() == pytest.approx(1)
    assert found / found[1] == pytest.approx([4, 1, 0.2, 0.1])


def test_quotas_add_up_and_the_largest_remainder_gets_what_is_left() -> None:
    assert quotas(np.array([0.5, 0.26, 0.24]), 10).tolist() == [5, 3, 2]
    assert quotas(np.array([0.4, 0.35, 0.25]), 1).tolist() == [1, 0, 0]
    assert quotas(np.full(3, 1 / 3), 50).sum() == 50


def test_a_rival_is_the_best_other_label_or_that_the_label_is_absent() -> None:
    labels = Labels((LabelGroup("word", True, ("a", "b", "c")), LabelGroup("event", False, ("x",))))
    assert rivals(np.array([[0.6, 0.3, 0.1, 0.9]]), labels) == pytest.approx(np.array([[0.3, 0.6, 0.6, 0.1]]))


def test_modalities_disagree_where_several_are_there() -> None:
    said = [np.array([[0.9], [0.9], [np.nan]]), np.array([[0.2], [np.nan], [np.nan]])]
    assert disagreement(said, np.zeros((3, 1))) == pytest.approx(np.array([[0.7], [0.0], [0.0]]))


def test_what_looks_like_a_chosen_or_labelled_clip_is_passed_over() -> None:
    where = np.array([[1.0, 0.0], [1.0, 0.05], [0.0, 1.0], [-1.0, 0.0], [0.0, 0.95]])
    chooser = Chooser(where, np.array([[-1.0, -0.01]]), "abcde", shortlist=1)
    values = np.array([5.0, 6.0, 3.0, 9.0, 2.0])
    assert chooser.take(values) == 1  # clip 3 is a copy of the labelled one; of those left this is the furthest from it
    assert chooser.take(values) == 2
    assert chooser.take(values) is None


def test_values_that_say_nothing_let_the_furthest_of_all_be_taken() -> None:
    where = np.array([[1.0, 0.0], [0.8, 0.6], [-1.0, 0.0], [0.6, 0.8]])
    chooser = Chooser(where, np.array([[1.0, 0.0]]), "abcd", shortlist=0.25)
    assert chooser.take(np.array([0.0, 1.0, 0.0, 0.0])) == 1
    assert chooser.take(np.zeros(4)) == 2


def test_of_those_that_suit_best_the_least_used_source_comes_first_and_then_the_furthest() -> None:
    where = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.6, -0.8]])
    chooser = Chooser(where, np.empty((0, 2)), ["long.mp4", "long.mp4", "long.mp4", "short.mp4"], shortlist=1)
    assert [chooser.take(np.zeros(4)) for _ in range(4)] == [0, 3, 2, 1]


def test_twenty_copies_of_the_surest_clip_are_suggested_once() -> None:
    pool, known = pool_and_known(copies=20)
    found = [each.index for each in suggest(pool, known, LABELS, 40)]
    assert len(found) == len(set(found)) == 40
    assert sum(index == 0 or index >= 60 for index in found) == 1


def test_one_in_five_is_by_lot_and_the_rare_label_gets_most_of_the_others() -> None:
    pool, known = pool_and_known()
    found = suggest(pool, known, LABELS, 20)
    feeds = [each.feed for each in found]
    assert feeds[:4] == ["random"] * 4
    assert "random" not in feeds[4:]
    assert [each.label for each in found].count("event/rare") == 16  # 31 : 1 by need, so no slot is left
    assert {feeds.count(feed) for feed in ("borderline", "neighbour", "surest")} <= {5, 6}


def test_a_suggestion_says_what_each_modality_thinks() -> None:
    pool, known = pool_and_known()
    pool.opinions["text"][:] = np.nan
    reasoned = [each for each in suggest(pool, known, LABELS, 20) if each.label]
    for each in reasoned:
        column = LABELS.position[str(each.label)]
        assert each.probability == pytest.approx(pool.scores[each.index, column])
        assert each.opinions == {"video": pytest.approx(pool.scores[each.index, column])}


def test_the_same_seed_gives_the_same_clips_and_another_gives_others() -> None:
    pool, known = pool_and_known()
    first, again, other = (suggest(pool, known, LABELS, 20, seed) for seed in (1, 1, 2))
    assert first == again != other


def test_feeds_take_turns_from_label_to_label() -> None:
    found = list(slots(np.array([0.5, 0.5]), 6, np.random.default_rng(0)))
    assert sorted(label for label, _ in found) == [0, 0, 0, 1, 1, 1]
    assert [feed for _, feed in found] == ["borderline", "neighbour", "surest"] * 2


def test_without_labels_each_cluster_gives_its_middle_the_largest_first() -> None:
    random = np.random.default_rng(0)
    centres = np.array([[5.0, 0], [0, 5.0], [-5.0, -5.0]])
    near = [
        centre + 0.1 * random.standard_normal((count, 2)) for centre, count in zip(centres, (5, 20, 10), strict=True)
    ]
    where = np.concatenate(near)
    found = suggest_typical(views(where, np.zeros((35, 2))), 3)
    assert {each.feed for each in found} == {"typical"}
    groups = [np.linalg.norm(centres - where[each.index], axis=1).argmin() for each in found]
    assert groups == [1, 2, 0]


def test_directions_share_one_centre_and_leave_out_what_a_clip_lacks() -> None:
    vectors = np.array([[1.0, 0.0], [3.0, 0.0]])
    captioned = np.array([[0.0, 7.0], [np.nan, np.nan]])
    (found,) = directions(Views(vectors, {}, vectors, {"text": captioned}, ("a", "b")))
    assert found[:, :2] * np.sqrt(2) == pytest.approx(np.array([[-1.0, 0.0], [1.0, 0.0]]))
    assert found[1, 2:].tolist() == [0.0, 0.0]


def test_lines_come_without_labels_and_the_reasons_lie_beside_them(tmp_path: Path) -> None:
    lines = [{"id": "a", "video": "a.mp4", "labels": []}, {"id": "b", "video": "b.mp4", "start": 1.0}]
    reasons = write_lines(tmp_path / "next.jsonl", lines, [Suggestion(1, "surest", "event/rare", 0.25, {"text": 0.5})])
    assert [json.loads(line) for line in (tmp_path / "next.jsonl").read_text().splitlines()] == [
        {"id": "b", "video": "b.mp4", "start": 1.0, "labels": []}
    ]
    assert reasons == tmp_path / "next.why.json"
    assert json.loads(reasons.read_text())["b"]["opinions"] == {"text": 0.5}
