"""Which labels look wrong, on made-up clips with planted faults: flipped labels, tracks of other clips, rare labels."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.data.views import Array, Views, directions
from mmf_mixer.labels.audit.audit import audit
from mmf_mixer.labels.audit.confidence import confidence, vote
from mmf_mixer.labels.audit.doubt import ABSENT, doubts, faults, questions, stances
from mmf_mixer.labels.audit.heads import crossfit, folds, judge, multiplied, priors

WORDS = Labels((LabelGroup("word", True, ("a", "b", "c")),))
EVENTS = Labels((LabelGroup("event", False, ("x", "y", "rare")),))
CLIPS = 90


def named(clips: int) -> tuple[str, ...]:
    return tuple(f"{clip}.mp4" for clip in range(clips))


def clips_of_words() -> tuple[Views, Array]:
    """Clip n says word n % 3, and caption, sound and picture each show it; clip 0 has no caption."""
    random = np.random.default_rng(0)
    targets = np.eye(3)[np.arange(CLIPS) % 3]
    alone = {key: 3 * targets + 0.5 * random.standard_normal((CLIPS, 3)) for key in ("text", "audio", "video")}
    fused = np.concatenate(list(alone.values()), axis=1)
    alone["text"][0] = np.nan
    return Views(targets, {}, fused, alone, named(CLIPS)), targets


def clips_of_events() -> tuple[Views, Array]:
    """Of 120 clips every second has x, every third y and six are rare, each shown by a direction of its own."""
    random = np.random.default_rng(1)
    targets = np.stack([np.arange(120) % 2 == 0, np.arange(120) % 3 == 0, np.arange(120) % 20 == 7], axis=1).astype(
        float
    )
    vectors = 4 * targets @ np.eye(3, 5) + 0.5 * random.standard_normal((120, 5))
    return Views(targets, {}, vectors, {"video": vectors}, named(120)), targets


def test_planted_flips_come_first_with_what_the_clip_rather_has() -> None:
    views, targets = clips_of_words()
    wrong = {5: 0, 31: 2, 44: 1, 63: 1}
    for clip, label in wrong.items():
        targets[clip] = np.eye(3)[label]
    found = audit(views, targets, WORDS, named(CLIPS)).labels[:4]
    assert {each.clip: each.label for each in found} == {f"{clip}.mp4": WORDS.names[wrong[clip]] for clip in wrong}
    assert {each.clip: each.instead for each in found} == {f"{clip}.mp4": WORDS.names[clip % 3] for clip in wrong}
    assert {each.fault for each in found} == {"label"}
    assert all(each.given and each.doubt > 0.9 and each.probability < 0.1 for each in found)
    assert found[0].modalities == dict.fromkeys(("text", "audio", "video"), "no")


def test_a_caption_of_another_clip_is_a_fault_of_the_text_not_of_the_label() -> None:
    views, targets = clips_of_words()
    views.alone["text"][[10, 20]] = views.alone["text"][[11, 21]]
    found = audit(views, targets, WORDS, named(CLIPS))
    first = found.tracks[:2]
    assert {(each.clip, each.fault) for each in first} == {("10.mp4", "text"), ("20.mp4", "text")}
    assert first[0].modalities == {"text": "no", "audio": "yes", "video": "yes"}
    assert {each.clip for each in found.labels if each.doubt > 0.5}.isdisjoint({"10.mp4", "20.mp4"})


def test_labels_that_are_missing_are_found_in_open_groups_and_so_are_rare_ones_that_are_wrong() -> None:
    views, targets = clips_of_events()
    targets[30, 0] = 0  # a clip with x
    targets[61, 2] = 1  # a clip without the rare label
    first, second = audit(views, targets, EVENTS, named(120)).labels[:2]
    assert {(each.clip, each.label, each.given) for each in (first, second)} == {
        ("30.mp4", "event/x", False),
        ("61.mp4", "event/rare", True),
    }
    assert first.instead is None


def test_a_doubt_is_relative_to_clips_with_the_same_label_and_if_they_are_few_to_all() -> None:
    probability = np.array([[0.9, 0.5], [0.5, 0.5], [0.4, 0.2]])
    targets = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    has, lacks = 1.9 / 3, 1.9 / 3
    usual = [(1.4 + 10 * has) / 12, (0.5 + 10 * has) / 11, (0.6 + 10 * lacks) / 11, (1.3 + 10 * lacks) / 12]
    found = doubts(probability, targets)
    assert found[:2, 0] == pytest.approx([1 - 0.9 / usual[0], 1 - 0.5 / usual[0]])
    assert found[0, 1] == pytest.approx(1 - 0.5 / usual[1])
    assert found[2] == pytest.approx([1 - 0.6 / usual[2], 1 - 0.8 / usual[3]])
    many = doubts(np.repeat(probability, 1000, axis=0), np.repeat(targets, 1000, axis=0))
    assert many[0, 0] == pytest.approx(1 - 0.9 / 0.7, abs=0.01)
    probability[0, 0] = np.nan
    assert np.isnan(doubts(probability, targets)).tolist() == [[True, False], [False, False], [False, False]]


def test_only_given_labels_of_exclusive_groups_are_asked_about() -> None:
    both = Labels((*WORDS.groups, *EVENTS.groups))
    assert questions(np.array([[0.0, 1, 0, 0, 1, 0]]), both).tolist() == [[False, True, False, True, True, True]]


def test_a_modality_says_something_where_it_doubles_or_halves_the_odds() -> None:
    prior = np.array([0.2, 0.2, 0.2, 0.2])  # odds of 1 : 4
    said = stances(np.array([[0.34, 0.3, 0.11, np.nan]]), prior)
    assert said.tolist() == [[1, 0, -1, ABSENT]]


@pytest.mark.parametrize(
    ("given", "said", "fault"),
    [
        (1, (-1, -1, -1), "label"),
        (1, (-1, -1, 0), "label"),
        (1, (-1, 1, 1), "text"),
        (1, (1, 1, -1), "video"),
        (1, (-1, -1, 1), "unclear"),
        (1, (-1, 0, 0), "unclear"),
        (1, (1, 1, 1), "unclear"),
        (1, (-1, ABSENT, ABSENT), "label"),
        (0, (1, 1, 1), "label"),
        (0, (-1, 1, -1), "audio"),
    ],
)
def test_who_contradicts_says_what_is_at_fault(given: int, said: tuple[int, int, int], fault: str) -> None:
    stance = {key: np.array([[each]]) for key, each in zip(("text", "audio", "video"), said, strict=True)}
    assert faults(stance, np.array([[float(given)]])).tolist() == [[fault]]


def test_neighbours_of_the_same_source_have_no_vote() -> None:
    where = np.array([[0.0], [0.01], [0.02], [5.0]])
    targets = np.array([[1.0], [1.0], [0.0], [0.0]])
    found = vote(where, targets, ["a", "a", "b", "c"])
    prior = priors(targets)[0]
    assert found.ravel() == pytest.approx([prior / 3, prior / 3, (2 + prior) / 4, (2 + prior) / 4])


def test_folds_keep_sources_together_and_share_out_rare_labels() -> None:
    targets = np.zeros((120, 2))
    targets[:20, 1] = 1
    targets[:, 0] = 1
    sources = [f"{clip // 2}" for clip in range(120)]
    found = folds(targets, sources)
    assert (found[::2] == found[1::2]).all()
    assert np.bincount(found).tolist() == [24] * 5
    assert set(np.bincount(found[:20:2])) <= {1, 2, 3}


def test_a_clip_is_judged_by_heads_that_have_not_learned_it() -> None:
    random = np.random.default_rng(0)
    targets = np.eye(3)[random.integers(0, 3, 60)]
    noise = random.standard_normal((60, 40))  # in which a head can learn any clip by heart
    found = crossfit(noise, targets, WORDS, folds(targets, named(60)))
    learned = judge(noise, targets, noise, WORDS)
    assert learned[targets > 0].mean() > 0.7
    assert found[targets > 0].mean() < 0.5
    assert found.sum(axis=1) == pytest.approx(np.ones(60))


def test_heads_of_open_labels_give_the_probability_that_a_label_holds() -> None:
    vectors = np.array([[-1.0], [-0.9], [0.9], [1.0]])
    targets = np.array([[0.0, 0, 1], [0, 0, 1], [1, 0, 1], [1, 0, 1]])
    found = judge(vectors, targets, np.array([[-1.0], [1.0]]), EVENTS)
    assert found[0, 0] < 0.4 < 0.6 < found[1, 0]
    assert found[:, 1:].tolist() == [[0.0, 1.0], [0.0, 1.0]]


def test_heads_of_many_open_labels_are_each_the_regression_of_that_label() -> None:
    lot = np.random.default_rng(3)
    vectors, others = lot.standard_normal((50, 6)), lot.standard_normal((20, 6))
    names = tuple("abcd")
    targets = (vectors[:, :4] + lot.standard_normal((50, 4)) > [0, 1, 9, -9]).astype(float)  # of c none, of d all
    found = judge(vectors, targets, others, Labels((LabelGroup("event", False, names),)))
    for column in (0, 1):
        head = LogisticRegression(tol=1e-9, max_iter=1000).fit(vectors, targets[:, column])
        assert found[:, column] == pytest.approx(head.predict_proba(others)[:, 1], abs=2e-3)
    assert (found[:, 2] == 0).all() and (found[:, 3] == 1).all()


def test_opinions_are_multiplied_by_bayes_rule_and_silence_changes_nothing() -> None:
    targets = np.array([[1.0, 0, 0]] * 3 + [[0.0, 1, 0]] * 3)
    one = np.array([[0.8, 0.2, 0.0]])
    prior = priors(targets)
    expected = one * one / prior
    assert multiplied([one, one], targets, WORDS) == pytest.approx(expected / expected.sum(), abs=1e-5)
    assert multiplied([one, np.full((1, 3), np.nan)], targets, WORDS) == pytest.approx(one, abs=1e-5)
    odds = prior[0] / (1 - prior[0])
    found = multiplied([np.array([[0.8, 0.5, 0.5]])] * 2, targets, EVENTS)
    assert found[0, 0] / (1 - found[0, 0]) == pytest.approx(16 / odds)


def test_neighbours_count_for_labels_with_few_clips_alone() -> None:
    views, targets = clips_of_events()
    elsewhere = Views(views.scores, {}, views.fused, views.alone, ("one.mp4",) * 60 + ("other.mp4",) * 60)
    whole = confidence(elsewhere, targets, EVENTS).whole
    fold = folds(targets, elsewhere.sources)
    heads = crossfit(views.fused, targets, EVENTS, fold)
    heads = (heads + multiplied([crossfit(views.alone["video"], targets, EVENTS, fold)], targets, EVENTS)) / 2
    near = vote(directions(views)[0], targets, elsewhere.sources)
    assert whole[:, :2] == pytest.approx(heads[:, :2])
    assert whole[:, 2] == pytest.approx((2 * heads[:, 2] + near[:, 2]) / 3)


def test_suspects_are_counted_by_what_their_labels_were_made_from() -> None:
    views, targets = clips_of_words()
    targets[5], targets[31] = np.eye(3)[0], np.eye(3)[2]
    assert audit(views, targets, WORDS, named(CLIPS)).by_from == []
    seen = Labels((LabelGroup("word", True, ("a", "b", "c"), ("seen",)), LabelGroup("other", False, ("x",))))
    found = audit(views, np.pad(targets, ((0, 0), (0, 1))), seen, named(CLIPS), most=2).by_from
    assert [(each.made_from, each.groups, each.given) for each in found] == [
        (("seen",), ("word",), CLIPS),
        ((), ("other",), 0),
    ]
    assert [each.labels for each in found] == [2, 0]


def test_the_same_seed_gives_the_same_audit_and_it_is_written_whole(tmp_path: Path) -> None:
    views, targets = clips_of_words()
    targets[5] = [1, 0, 0]
    found = audit(views, targets, WORDS, named(CLIPS), most=3)
    assert found == audit(views, targets, WORDS, named(CLIPS), most=3)
    assert len(found.labels) <= 3
    found.write(tmp_path / "out" / "audit.json")
    written = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert written["clips"] == CLIPS
    assert written["labels"][0]["clip"] == "5.mp4"
    assert written["labels"][0]["modalities"] == {"text": "no", "audio": "no", "video": "no"}
