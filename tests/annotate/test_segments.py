import numpy as np

from mmf_mixer.annotate.segments import hysteresis, segments
from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.data.timeline import Windows

LABELS = Labels((LabelGroup("a", True, ("x", "y")), LabelGroup("e", False, ("z",))))
THRESHOLDS = {"a/x": 0.5, "a/y": 0.5, "e/z": 0.6}


def windows(scores: list[list[float]]) -> Windows:
    """Windows of 3 s each second."""
    start = np.arange(len(scores), dtype=float)
    shares = np.tile([0.25, 0.75], (len(scores), 3, 1))
    return Windows(start, start + 3, np.array(scores), shares, ("text", "video"))


def spans(scores: list[list[float]], cuts: tuple[float, ...] = ()) -> list[tuple[str, float, float]]:
    found = segments(windows(scores), LABELS, THRESHOLDS, cuts, len(scores) + 2.0)
    return [(one.label, one.start, one.end) for one in found]


def test_an_exclusive_group_has_its_best_label_everywhere() -> None:
    scores = [[0.9, 0.1, 0.0], [0.6, 0.4, 0.0], [0.45, 0.55, 0.0], [0.1, 0.9, 0.0]]
    assert spans(scores) == [("a/x", 0.0, 3.0), ("a/y", 3.0, 6.0)]


def test_an_open_label_begins_at_its_threshold_and_goes_on_a_little_below() -> None:
    on = hysteresis(np.array([0.45, 0.5, 0.6, 0.43, 0.3, 0.5, 0.41]), 0.6)
    assert on.tolist() == [True, True, True, True, False, False, False]


def test_an_edge_moves_to_a_cut_within_half_a_stride_and_no_further() -> None:
    scores = [[0.9, 0.1, 0.0], [0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.1, 0.9, 0.0]]
    assert spans(scores, (2.6,)) == [("a/x", 0.0, 2.6), ("a/y", 2.6, 6.0)]
    assert spans(scores, (2.4,)) == [("a/x", 0.0, 3.0), ("a/y", 3.0, 6.0)]


def test_a_segment_has_the_mean_of_its_windows_and_the_shot_it_begins_in() -> None:
    found = segments(windows([[0.9, 0.1, 0.8], [0.7, 0.3, 0.6], [0.2, 0.8, 0.1]]), LABELS, THRESHOLDS, (3.2,), 5.0)
    assert [(one.label, one.score, one.shot) for one in found] == [("a/x", 0.8, 0), ("e/z", 0.7, 0), ("a/y", 0.8, 1)]
    assert found[0].modalities == {"text": 0.25, "video": 0.75}
