import pytest

from mmf_mixer.annotate.windows import Span
from mmf_mixer.labels.imports.groups import groups_of
from mmf_mixer.labels.imports.lines import Placed, lines, own_spans, placed, unseen
from mmf_mixer.labels.imports.tally import Tally
from mmf_mixer.labels.readers.recording import Segment

NAMES = ("act/run", "act/sit", "event/goal", "event/bell")


def held(label: str, start: float, end: float, checked: bool = True) -> Placed:
    return Placed(label, Span(start, end), checked)


def made(spans: list[tuple[float, float]], *segments: Placed, exclusive: str = "") -> tuple[list[list[str]], Tally]:
    """The labels of each line, and what was left out."""
    left = Tally()
    found = lines([Span(*span) for span in spans], segments, groups_of(NAMES, {exclusive}), "a.mp4", left)
    return [line.labels for line in found], left


def reasons(tally: Tally) -> dict[str, int]:
    return {reason: found.times for reason, found in tally.found.items()}


@pytest.mark.parametrize(
    ("start", "end", "labels"),
    [(0, 1.9, []), (0, 2.0, ["act/run"]), (1.5, 3.5, ["act/run"]), (3, 9, []), (0, 99, ["act/run"])],
)
def test_a_line_has_the_labels_that_hold_over_half_of_it(start: float, end: float, labels: list[str]) -> None:
    assert made([(0.0, 4.0)], held("act/run", start, end))[0] == [labels]


def test_segments_of_a_label_count_together_and_where_they_overlap_once() -> None:
    parts = held("act/run", 0.0, 1.0), held("act/run", 0.5, 1.0), held("act/run", 3.0, 4.0)
    twice = held("act/sit", 0.0, 1.5), held("act/sit", 0.0, 1.5)
    assert made([(0.0, 4.0)], *parts, *twice)[0] == [["act/run"]]


def test_labels_of_all_groups_that_hold_there_stand_in_a_line() -> None:
    segments = held("event/goal", 2.0, 3.0), held("act/run", 0.0, 10.0)
    assert own_spans(segments) == [(0.0, 10.0), (2.0, 3.0)]
    assert made([(0.0, 10.0), (2.0, 3.0)], *segments)[0] == [["act/run"], ["act/run", "event/goal"]]


def test_of_an_exclusive_group_the_label_that_holds_longest_counts() -> None:
    segments = held("act/run", 0.0, 4.0), held("act/sit", 1.0, 4.0), held("event/goal", 0.0, 4.0)
    assert made([(0.0, 4.0)], *segments, exclusive="act")[0] == [["act/run", "event/goal"]]


def test_a_stretch_without_one_label_of_an_exclusive_group_is_left_out_and_counted() -> None:
    segments = held("act/run", 0.0, 2.0), held("act/sit", 2.0, 4.0), held("event/goal", 0.0, 9.0)
    found, left = made([(0.0, 4.0), (4.0, 8.0), (0.0, 3.0)], *segments, exclusive="act")
    assert found == [["act/run", "event/goal"]]
    assert reasons(left) == {
        "a stretch with several labels, which hold alike, of the exclusive group 'act' over half of it": 1,
        "a stretch with no label of the exclusive group 'act' over half of it": 1,
    }


def test_a_stretch_over_which_something_unchecked_lies_is_left_out() -> None:
    segments = held("act/run", 0.0, 8.0), held("event/bell", 2.0, 4.0, checked=False)
    found, left = made([(0.0, 4.0), (4.0, 8.0), (0.0, 8.0)], *segments)
    assert found == [["act/run"], ["act/run"]]
    assert reasons(left) == {"a stretch over which a segment lies that nobody has checked": 1}
    assert own_spans(segments) == [(0.0, 8.0)]


def test_segments_are_cut_at_the_files_ends_or_left_out() -> None:
    left, noted = Tally(), Tally()
    segments = [
        *(Segment("a"), Segment("b", 2.0), Segment("c", -1.0, 1.0), Segment("d", 9.0, 10.05), Segment("e", 9.0, 12.0)),
        *(Segment("f", 3.0, 3.0), Segment("g", 3.0, 2.0), Segment("h", 10.0, 11.0), Segment("i", -2.0, -1.0)),
    ]
    assert [(one.label, *one.span) for one in placed(segments, 10.0, "a.mp4", left, noted)] == [
        *(("a", 0.0, 10.0), ("b", 2.0, 10.0), ("c", 0.0, 1.0), ("d", 9.0, 10.0), ("e", 9.0, 10.0)),
    ]
    assert reasons(left) == {"a segment that does not end after it begins": 2, "a segment outside of the file": 2}
    assert reasons(noted) == {"a segment that reaches beyond the file is cut at its end": 2}


def test_segments_without_a_part_in_any_line_are_counted() -> None:
    segments = [held("act/run", 0.0, 1.0), held("act/run", 5.0, 9.0), held("act/sit", 5.0, 9.0)]
    found = list(lines([Span(5.0, 9.0)], segments[:2], groups_of(NAMES, ()), "a.mp4", Tally()))
    assert unseen(segments, found) == 2
