"""The reference of mismatched sets on posteriors that are planted: what Bayes' rule says of them, by hand."""

import numpy as np
import pytest

from mmf_mixer.benchmark.mismatch_reference import compared, frequencies
from mmf_mixer.benchmark.scores import Scores
from mmf_mixer.data.clip import Clip, LabelGroup, Labels
from mmf_mixer.data.clips import Clips
from mmf_mixer.data.mismatch import mismatch_group
from mmf_mixer.errors import InputError

WORDS = Labels((LabelGroup("word", True, ("a", "b", "c", "d")),))
LABELS = Labels((*WORDS.groups, LabelGroup("loud", False, ("x",)), mismatch_group("caption")))
FREQUENCY = np.array([0.25] * 4 + [0.5, 0.5, 0.5])
CLIPS = 4000


def clips() -> tuple[dict[str, dict[str, Scores]], np.ndarray]:
    """What rows say that read words and sound rightly with chance 0.9, and which captions are the clips' own."""
    lot = np.random.default_rng(0)
    said, own = lot.integers(0, 4, CLIPS), np.arange(CLIPS) % 2 == 0
    written = np.where(own, said, lot.integers(0, 4, CLIPS))
    targets = np.concatenate([np.eye(4)[said], lot.integers(0, 2, (CLIPS, 1)), np.eye(2)[1 - own.astype(int)]], axis=1)

    def row(symbol: np.ndarray, trust: float) -> dict[str, Scores]:
        """Posteriors: `trust` times what is read, which may be wrong, and else the labels' frequencies."""
        heard = np.where(lot.random(CLIPS) < 0.9, symbol, (symbol + lot.integers(1, 4, CLIPS)) % 4)
        read = np.full((CLIPS, 4), 0.1 / 3)
        read[np.arange(CLIPS), heard] = 0.9
        scores = np.concatenate([np.log(trust * read + (1 - trust) / 4), np.zeros((CLIPS, 3))], axis=1)
        found = Scores(scores.astype(np.float32), targets.astype(np.uint8), np.arange(CLIPS))
        return {"val": found, "test": found}

    return {"text": row(written, 0.5), "audio": row(said, 1.0)}, own


def test_it_compares_what_each_modality_says() -> None:
    members, own = clips()
    scores = compared(members, LABELS, FREQUENCY)["test"].scores
    known = scores[:, 5] > scores[:, 6]
    agree = members["text"]["test"].scores[:, :4].argmax(1) == members["audio"]["test"].scores[:, :4].argmax(1)
    assert (known == agree).all()  # with one word the captions that agree are those to be trusted
    assert (known == own).mean() > 0.72
    trusted = 1 / (1 + np.exp(scores[:, 6] - scores[:, 5]))
    evidence = 4 * (0.9 * 0.9 + 3 * (0.1 / 3) ** 2)
    assert np.median(trusted[agree]) == pytest.approx(evidence / (evidence + 1), abs=0.03)  # but for the fitted weights


def test_probabilities_add_up_to_one_and_what_is_trusted_helps() -> None:
    members, _ = clips()
    found = compared(members, LABELS, FREQUENCY)["test"]
    for columns in (slice(0, 4), slice(5, 7)):
        np.testing.assert_allclose(np.exp(found.scores[:, columns]).sum(axis=1), 1, atol=1e-4)
    right = found.targets[:, :4].argmax(1)
    heard = members["audio"]["test"].scores[:, :4].argmax(1)
    assert (found.scores[:, :4].argmax(1) == right).mean() >= (heard == right).mean() > 0.85


def test_other_sets_and_rows_of_one_modality_are_refused() -> None:
    members, _ = clips()
    for given, labels in ((members, WORDS), ({"audio": members["audio"]}, LABELS), ({"text": members["text"]}, LABELS)):
        with pytest.raises(InputError, match="is for data sets of synthesize --mismatch"):
            compared(given, labels, FREQUENCY)


def test_a_label_that_no_clip_has_is_taken_for_half_a_clip() -> None:
    clip = Clip("", None, None, None, None, None, ("word/a", "caption/own"))
    assert frequencies(Clips.of([clip] * 4, LABELS)).tolist() == [1, 0.125, 0.125, 0.125, 0.125, 1, 0.125]
