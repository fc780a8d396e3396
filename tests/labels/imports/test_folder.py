"""Whole imports: what the dataset folder holds, and that nothing is lost silently."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.annotate.windows import regular
from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.labels.imports.folder import import_labels
from mmf_mixer.labels.imports.settings import Settings
from tests.annotate.exports.make import timeline, written
from tests.data.make import CAPTION
from tests.labels.make import lines_of, write_json, write_videos

ROWS = (
    *("a.mp4,0,2,run,train", "a.mp4,1,5,event/goal,train", "b.mp4,0,4,sit,val"),
    *("c.mp4,0,4,run,test", "c.mp4,6,8,sit,test"),
)


def write_table(folder: Path, *rows: str) -> Path:
    path = folder / "labels.csv"
    path.write_text("video,start,end,label,split\n" + "".join(f"{row}\n" for row in rows))
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A table of three videos of 10 s."""
    write_videos(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    return write_table(tmp_path, *ROWS)


def counted(report: dict[str, Any], key: str = "left_out") -> dict[str, int]:
    return {one["reason"]: one["count"] for one in report[key]}


def test_stretches_become_lines_with_all_labels_that_hold_there(source: Path, tmp_path: Path) -> None:
    (tmp_path / "b.en.srt").write_text(CAPTION)
    out = tmp_path / "out"
    report = import_labels("csv", source, out)
    plain = {"video": "media/a.mp4", "audio": None, "captions": None}
    assert lines_of(out) == [
        {
            "split": "train",
            "id": "a.mp4#t=0.0,2.0",
            **plain,
            "start": 0.0,
            "end": 2.0,
            "labels": ["event/goal", "label/run"],
        },
        {"split": "train", "id": "a.mp4#t=1.0,5.0", **plain, "start": 1.0, "end": 5.0, "labels": ["event/goal"]},
        {
            **{"split": "val", "id": "b.mp4#t=0.0,4.0", "video": "media/b.mp4", "audio": None},
            **{"captions": "media/b.en.srt", "start": 0.0, "end": 4.0, "labels": ["label/sit"]},
        },
        *(
            {"split": "test", "id": f"c.mp4#t={start},{end}", **plain, "video": "media/c.mp4"}
            | {"start": start, "end": end, "labels": [label]}
            for start, end, label in ((0.0, 4.0, "label/run"), (6.0, 8.0, "label/sit"))
        ),
    ]
    assert json.loads(json.dumps(report)) == json.loads((out / "import.json").read_text())
    assert report["read"] == {"recordings": 5, "segments": 5}
    assert report["written"]["test"] == {"files": 1, "lines": 2}
    assert report["labels"] == {"event/goal": 2, "label/run": 2, "label/sit": 2}
    assert (report["splits"], report["left_out"], report["noted"]) == ("as the source has them", [], [])
    assert (out / "media" / "a.mp4").samefile(tmp_path / "a.mp4")


def test_windows_cover_the_whole_of_each_labelled_recording(source: Path, tmp_path: Path) -> None:
    report = import_labels("csv", source, tmp_path / "out", Settings(window=4.0, stride=2.0))
    found = {(line["video"][6], line["start"]): line["labels"] for line in lines_of(tmp_path / "out")}
    assert found == {
        **{("a", 0.0): ["event/goal", "label/run"], ("a", 2.0): ["event/goal"], ("a", 4.0): [], ("a", 6.0): []},
        **{("b", 0.0): ["label/sit"], ("b", 2.0): ["label/sit"], ("b", 4.0): [], ("b", 6.0): []},
        **{("c", 0.0): ["label/run"], ("c", 2.0): ["label/run"], ("c", 4.0): ["label/sit"], ("c", 6.0): ["label/sit"]},
    }
    assert counted(report) == {}


def test_windows_without_a_label_of_an_exclusive_group_are_left_out_and_counted(source: Path, tmp_path: Path) -> None:
    report = import_labels("csv", source, tmp_path / "out", Settings(window=4.0, stride=4.0, exclusive=("label",)))
    assert {(line["video"][6], line["start"]) for line in lines_of(tmp_path / "out")} == {
        *(("a", 0.0), ("b", 0.0), ("c", 0.0), ("c", 4.0), ("c", 6.0)),
    }
    assert counted(report) == {"a stretch with no label of the exclusive group 'label' over half of it": 4}
    assert [group.exclusive for group in read_folder(tmp_path / "out").labels.groups] == [False, True]


def test_a_short_segment_that_is_in_no_window_is_counted(source: Path, tmp_path: Path) -> None:
    report = import_labels("csv", source, tmp_path / "out", Settings(window=7.0))
    assert counted(report) == {"a segment that is in no line": 2}
    with pytest.raises(InputError, match="no label holds over half of any line; make --window shorter"):
        import_labels("csv", source, tmp_path / "none", Settings(window=10.0))


def test_a_stretch_that_is_the_whole_file_has_no_times(tmp_path: Path) -> None:
    write_videos(tmp_path, "train/run/a.mp4", "val/run/a.mp4", "test/sit/a.mp4", seconds=1)
    report = import_labels("folders", tmp_path, tmp_path / "out", Settings(group="act"))
    assert lines_of(tmp_path / "out") == [
        {"split": split, "id": name, "video": f"media/{name}", "audio": None, "captions": None, "labels": [label]}
        for split, name, label in (
            ("test", "test/sit/a.mp4", "act/sit"),
            ("train", "train/run/a.mp4", "act/run"),
            ("val", "val/run/a.mp4", "act/run"),
        )
    ]
    assert report["splits"] == "as the source has them"
    assert [group.exclusive for group in read_folder(tmp_path / "out").labels.groups] == [True]


@pytest.mark.parametrize("kind", ["annotation", "elan", "label_studio", "via", "fiftyone", "activitynet", "csv"])
@pytest.mark.parametrize("settings", [Settings(unchecked=True), Settings(unchecked=True, window=3.0, stride=1.5)])
def test_every_export_makes_the_same_lines(kind: str, settings: Settings, tmp_path: Path) -> None:
    exports = {"elan": "eaf", "annotation": None}
    for name in ("a", "b", "c"):
        write_videos(tmp_path, f"{name}.mp4", seconds=60)
        annotated = timeline(video=f"{name}.mp4")
        path = tmp_path / f"{name}.json"
        write_json(path, annotated.master())
        if export := exports.get(kind, kind):
            made = written(annotated, export, tmp_path)
            made.rename(made.with_name(made.name.replace("video.", f"{name}.")))
    import_labels(kind, tmp_path, tmp_path / "out", settings)
    spans = regular(60.0, 3.0, 1.5) if settings.window else {(one.start, one.end) for one in timeline().kept}
    expected = {
        (start, end): {
            one.label
            for one in timeline().kept
            if min(one.end, end) - max(one.start, start) >= (end - start) / 2 - 1e-6
        }
        for start, end in spans
    }
    if kind == "annotation":  # which says that one activity holds at a time, and so the longest, or none
        expected = {span: labels for span, labels in expected.items() if sum("activity" in one for one in labels) == 1}
    for name in ("a", "b", "c"):
        lines = [line for line in lines_of(tmp_path / "out") if line["video"] == f"media/{name}.mp4"]
        assert {(line["start"], line["end"]): set(line["labels"]) for line in lines} == expected


def test_an_annotation_gives_what_people_have_checked_and_all_of_its_labels(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_videos(tmp_path, f"{name}.mp4", seconds=60)
        write_json(tmp_path / f"{name}.json", timeline(video=f"{name}.mp4").master())
    report = import_labels("annotation", tmp_path, tmp_path / "out")
    folder = read_folder(tmp_path / "out")
    assert folder.labels == timeline().labels
    lines = [(line["start"], line["labels"]) for line in lines_of(tmp_path / "out") if line["video"] == "media/a.mp4"]
    assert sorted(lines) == [
        (0.0, ["activity/build-up play"]),
        (8.6, ["activity/build-up play", "event/whistle"]),
        (14.0, ["activity/attack"]),
        (33.0, ["activity/replay"]),
    ]
    assert counted(report) == {"a segment that was rejected": 3, "a segment that nobody has checked": 33}
    assert counted(report, "noted") == {"a label of which no line came about": 7}


def test_whatever_is_left_out_is_counted_with_its_first_place(source: Path, tmp_path: Path) -> None:
    (tmp_path / "d.mp4").write_bytes(b"no video at all")
    (tmp_path / "a.srt").write_bytes(b"\xff\xff")
    (tmp_path / "b.srt").write_text(CAPTION)
    (tmp_path / "b.de.srt").write_text(CAPTION)
    faults = ("d.mp4,0,1,run,test", "e.mp4,0,1,run,test", "a.mp4,5,5,run,train", "a.mp4,11,12,run,train")
    write_table(tmp_path, *ROWS, *faults, "a.mp4,8,14,sit,train", "a.mp4,1,2,,train", "d.mp4,1,2,rare,test")
    report = import_labels("csv", source, tmp_path / "out")
    assert counted(report) == {
        "a segment without a label": 1,
        "a file that is not there": 1,
        "a segment of such a file": 3,
        "a segment that does not end after it begins": 1,
        "a segment outside of the file": 1,
        "a file that cannot be read": 1,
        "a label of which no line came about": 1,
        "captions that cannot be read": 1,
        "other captions of a file": 1,
    }
    assert counted(report, "noted") == {"a segment that reaches beyond the file is cut at its end": 1}
    first = {one["reason"]: one["first"] for one in report["left_out"]}
    assert first["a file that is not there"] == "e.mp4"
    assert "d.mp4" in first["a file that cannot be read"]


def test_another_length_than_the_source_says_is_noted(tmp_path: Path) -> None:
    write_videos(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    videos = {
        name: {"duration_second": length, "annotations": [{"segment": [0, 5], "label": "x"}]}
        for name, length in (("a", 10.2), ("b", 60.0), ("c", 10.0))
    }
    report = import_labels("activitynet", write_json(tmp_path / "x.json", videos), tmp_path / "out")
    (noted,) = report["noted"]
    assert noted == {"reason": "a file that has another length than the source says", "count": 1, "first": "b.mp4"}


def test_clips_that_kinetics_has_cut_are_whole(tmp_path: Path) -> None:
    write_videos(tmp_path / "clips", "x_000010_000020.mp4", "x_000030_000040.mp4", "y_000005_000015.mp4")
    rows = ("run,x,10,20,train", "sit,x,30,40,val", "run,y,5,15,test", "run,z,5,15,test")
    source = tmp_path / "kinetics.csv"
    source.write_text("label,youtube_id,time_start,time_end,split\n" + "\n".join(rows))
    report = import_labels("csv", source, tmp_path / "out", Settings(media=tmp_path / "clips"))
    found = [(line["split"], line["id"], line["labels"], "start" in line) for line in lines_of(tmp_path / "out")]
    assert found == [
        ("train", "x_000010_000020.mp4", ["label/run"], False),
        ("val", "x_000030_000040.mp4", ["label/sit"], False),
        ("test", "y_000005_000015.mp4", ["label/run"], False),
    ]
    assert counted(report) == {"a file that is not there": 1, "a segment of such a file": 1}


def test_sound_without_pictures_is_audio(source: Path, tmp_path: Path) -> None:
    from tests.media.make import write_media

    write_media(tmp_path / "d.wav", frames=0, seconds=2.0, codecs=("", "pcm_s16le"))
    write_table(tmp_path, *ROWS, "d.wav,0,1,run,train")
    import_labels("csv", source, tmp_path / "out")
    assert (lines_of(tmp_path / "out")[-1] | {"split": ""}).items() >= {
        *(("id", "d.wav#t=0.0,1.0"), ("video", None), ("audio", "media/d.wav")),
    }


def test_media_of_one_name_keep_the_folders_that_tell_them_apart(tmp_path: Path) -> None:
    write_videos(tmp_path, "m/one/x.mp4", "m/two/x.mp4", "m/two/y.mp4")
    source = write_table(tmp_path, *(f"{name}.mp4,0,1,run," for name in ("m/one/x", "m/two/x", "m/two/y")))
    import_labels("csv", source, tmp_path / "out", Settings(copy=True))
    assert {line["video"] for line in lines_of(tmp_path / "out")} == {
        *("media/one/x.mp4", "media/two/x.mp4", "media/two/y.mp4"),
    }
    assert os.stat(tmp_path / "m" / "one" / "x.mp4").st_nlink == 1


@pytest.mark.parametrize(
    ("rows", "settings", "sentence"),
    [
        (ROWS[:2], Settings(), "lines come of only 1 media, but none may stand in two of the 3 splits"),
        ((*ROWS, "a.mp4,6,7,sit,test"), Settings(), r"labels\.csv: 'a\.mp4' is in test and in train; a file belongs"),
        (
            ("x.mp4,0,1,run,train",),
            Settings(),
            r"holds none of the 1 media that the labels name, such as 'x\.mp4'; .*--media",
        ),
        ((), Settings(), "holds none of the 0 media"),
        (
            ("a.mp4,2,1,run,",),
            Settings(),
            "of only 0 media.*; left out: 1 x a segment that does not end after it begins",
        ),
        (
            ROWS,
            Settings(exclusive=("labels",)),
            r"no group 'labels' \(did you mean 'label'\?\); the groups are 'event, label'",
        ),
        (ROWS, Settings(window=2.0, stride=3.0), "--stride 3 passes over what lies between windows of 2 s"),
    ],
)
def test_what_makes_no_dataset_folder_is_one_sentence_and_leaves_nothing(
    rows: tuple[str, ...], settings: Settings, sentence: str, source: Path, tmp_path: Path
) -> None:
    write_table(tmp_path, *rows)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match=sentence):
        import_labels("csv", source, tmp_path / "out", settings)
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_training_could_not_read_does_not_come_about(source: Path, tmp_path: Path) -> None:
    write_videos(tmp_path, "new\nline.mp4")
    write_table(tmp_path, *ROWS, '"new\nline.mp4",0,1,run,train')
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"out/train\.jsonl line 3: field 'id' must be text"):
        import_labels("csv", source, tmp_path / "out")
    assert sorted(tmp_path.iterdir()) == before


def test_an_earlier_import_below_the_sources_is_no_source(source: Path, tmp_path: Path) -> None:
    first = import_labels("csv", tmp_path, tmp_path / "one", Settings(copy=True))
    (tmp_path / "one" / "more.csv").write_text(source.read_text())
    (tmp_path / ".hidden.csv").write_text("nothing")
    (tmp_path / "labels.csv").write_text(source.read_text().replace(".mp4", ""))
    second = import_labels("csv", tmp_path, tmp_path / "two")
    assert second["written"] == first["written"]
    assert lines_of(tmp_path / "two") == lines_of(tmp_path / "one")


def test_what_is_there_already_stays(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(InputError, match="out: already there and not empty"):
        import_labels("csv", source, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"group": "a/b"}, "--group: 'a/b' is no name"),
        ({"group": " "}, "--group"),
        ({"stride": 1.0}, "give --window too"),
    ],
)
def test_settings_that_make_no_sense_are_one_sentence(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Settings(**wrong)
