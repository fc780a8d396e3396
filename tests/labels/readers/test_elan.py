from pathlib import Path

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.elan import elan
from mmf_mixer.labels.readers.recording import Recording
from tests.labels.make import eaf, said

SLOTS = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{second}" TIME_VALUE="{second}000"/>' for second in range(9))
OPEN_SLOT = '<TIME_SLOT TIME_SLOT_ID="open"/>'


def annotation(start: str, end: str, value: str) -> str:
    times = f'ANNOTATION_ID="a{start}{end}" TIME_SLOT_REF1="{start}" TIME_SLOT_REF2="{end}"'
    return (
        f"<ANNOTATION><ALIGNABLE_ANNOTATION {times}><ANNOTATION_VALUE>{value}</ANNOTATION_VALUE>"
        "</ALIGNABLE_ANNOTATION></ANNOTATION>"
    )


def tier(name: str, *annotations: str) -> str:
    return f'<TIER TIER_ID="{name}" LINGUISTIC_TYPE_REF="x">{"".join(annotations)}</TIER>'


def media(url: str, kind: str = "video/mp4", more: str = "") -> str:
    return f'<MEDIA_DESCRIPTOR MEDIA_URL="{url}" MIME_TYPE="{kind}" {more}/>'


def read(folder: Path, text: str | bytes, **options: tuple[str, ...]) -> Recording:
    path = folder / "talk.eaf"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (found,) = elan(path, **options)
    return found


def test_a_tier_is_a_group_whose_annotations_are_labels(tmp_path: Path) -> None:
    found = read(
        tmp_path, eaf(tier("act", annotation("t1", "t3", " run "), annotation("t3", "t4", "sit")), slots=SLOTS)
    )
    assert said(found) == [("act/run", 1.0, 3.0), ("act/sit", 3.0, 4.0)]
    assert found.video == "talk"  # no media is named


def test_a_tier_is_a_label_if_its_annotations_say_nothing_or_are_scores(tmp_path: Path) -> None:
    tiers = (
        tier("laugh", annotation("t1", "t2", ""), annotation("t4", "t5", "")),
        tier("event/goal", annotation("t2", "t3", "sure"), annotation("t3", "t4", "0.96")),
        tier("cry", annotation("t6", "t7", "1.00")),
    )
    assert said(read(tmp_path, eaf(*tiers, slots=SLOTS))) == [
        *(("laugh", 1.0, 2.0), ("event/goal", 2.0, 3.0), ("event/goal", 3.0, 4.0)),
        *(("laugh", 4.0, 5.0), ("cry", 6.0, 7.0)),
    ]


def test_only_the_tiers_that_are_asked_for_count(tmp_path: Path) -> None:
    text = eaf(tier("words", annotation("t1", "t2", "hello")), tier("act", annotation("t1", "t2", "run")), slots=SLOTS)
    assert said(read(tmp_path, text, tiers=("act",))) == [("act/run", 1.0, 2.0)]
    with pytest.raises(InputError, match=r"talk\.eaf: has no tier 'acts'; it has 'act'"):
        read(tmp_path, text, tiers=("acts",))


def test_the_video_comes_before_its_sound_and_shifts_the_times(tmp_path: Path) -> None:
    medias = media("file:///recordings/talk.wav", "audio/x-wav") + media(
        "file:///C:/films/my%20talk.mp4", more='TIME_ORIGIN="2500"'
    )
    found = read(tmp_path, eaf(tier("act", annotation("t1", "t3", "run")), slots=SLOTS, media=medias))
    assert (found.video, said(found)) == ("/C:/films/my talk.mp4", [("act/run", 3.5, 5.5)])


def test_what_has_no_time_or_no_value_is_counted(tmp_path: Path) -> None:
    reference = '<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r" ANNOTATION_REF="a"/></ANNOTATION>'
    tiers = tier("act", annotation("t1", "open", "run"), annotation("t2", "t3", ""), annotation("t3", "t4", "sit"))
    found = read(tmp_path, eaf(tiers, tier("note", reference), slots=SLOTS + OPEN_SLOT))
    assert said(found) == [("act/sit", 3.0, 4.0)]
    assert found.left_out == {
        "an annotation without a time": 1,
        "an annotation without a value": 1,
        "an annotation that only refers to another": 1,
    }


def test_encodings_that_the_file_declares_are_read(tmp_path: Path) -> None:
    text = eaf(tier("act", annotation("t1", "t2", "caf\u00e9")), slots=SLOTS)
    for written in (text.encode("utf-8-sig"), text.replace("UTF-8", "ISO-8859-1").encode("latin-1")):
        assert said(read(tmp_path, written)) == [("act/caf\u00e9", 1.0, 2.0)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"is no XML \(no element found: line 1, column 0\)"),
        ("<a>", r"is no XML \(no element found"),
        (b"\xff\xfe\x00", "is no XML"),
        ('<?xml version="1.0" encoding="UTF-9"?><a/>', r"is no XML \(unknown encoding"),
        ("<a/>", "is not as ELAN writes it .it begins with 'a'"),
        (eaf(doctype='<!DOCTYPE a [<!ENTITY x "ha">]>'), "has a DOCTYPE, which labels have no use for"),
        (eaf().replace('"milliseconds"', '"PAL-frames"'), "counts in 'PAL-frames'; save it anew in ELAN"),
        (
            eaf(tier("act", annotation("t1", "t2", "x")), slots='<TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="soon"/>'),
            "'soon'",
        ),
        (eaf(slots=f'<TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="{10**400}"/>'), "too large"),
        (eaf(slots=f'<TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="{10**12}"/>'), "1000000000.0 is no time in seconds"),
        (eaf("<TIER/>"), "'TIER_ID' is missing"),
    ],
)
def test_what_is_no_eaf_is_one_sentence(text: str | bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"talk\.eaf: .*{sentence}"):
        read(tmp_path, text)
