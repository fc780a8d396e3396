from pathlib import Path

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.recording import Recording
from mmf_mixer.labels.readers.table import table
from tests.labels.make import Said, said

PLAIN = "video,start,end,label\n"


def read(folder: Path, text: str | bytes, name: str = "labels.csv", **columns: str) -> list[Recording]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return table(path, columns)


def rows(found: list[Recording]) -> list[tuple[str, str | None, list[Said]]]:
    return [(one.video, one.split, said(one)) for one in found]


def test_kinetics_is_read(tmp_path: Path) -> None:
    header = "label,youtube_id,time_start,time_end,split,is_cc\n"
    found = read(tmp_path, header + "abseiling,-3B32lodo2M,59,69,train,0\nzumba,x_y,5,15,validate,1\n")
    assert rows(found) == [
        ("-3B32lodo2M", "train", [("abseiling", 59.0, 69.0)]),
        ("x_y", "val", [("zumba", 5.0, 15.0)]),
    ]
    assert [one.trimmed for one in found] == ["-3B32lodo2M_000059_000069", "x_y_000005_000015"]


def test_charades_is_read(tmp_path: Path) -> None:
    one = '46GP8,HR43,"He cooks, then\nsits.",c092 11.90 21.20;c147 0.00 12.60,24.83\n'
    text = "id,subject,script,actions,length\n" + one + "N11GT,0KZ7,x,,18\n"
    assert rows(read(tmp_path, text, "Charades_v1_train.csv")) == [
        ("46GP8", "train", [("c147", 0.0, 12.6), ("c092", 11.9, 21.2)]),
        ("N11GT", "train", []),
    ]


def test_columns_may_be_called_as_they_are(tmp_path: Path) -> None:
    text = "Clip name;on;off;behaviour;label\na.mp4;1;2;run;x\n"
    columns = {"video": "Clip name", "start": "on", "end": "off", "label": "behaviour"}
    assert rows(read(tmp_path, text, **columns)) == [("a.mp4", None, [("run", 1.0, 2.0)])]


def test_a_table_without_videos_is_of_the_one_that_has_its_name(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "Label\tStart\tEnd\nrun\t1\t2\n", "talk.csv")) == [("talk", None, [("run", 1.0, 2.0)])]


def test_a_row_without_times_is_of_the_whole_file(tmp_path: Path) -> None:
    assert said(read(tmp_path, PLAIN + "a.mp4,,,run\n")[0]) == [("run", None, None)]
    assert said(read(tmp_path, "path,class\na.mp4,run\n")[0]) == [("run", None, None)]


def test_times_may_be_hours_minutes_and_seconds(tmp_path: Path) -> None:
    text = PLAIN + 'a.mp4,01:02:03.5,"01:02:04,25",run\na.mp4,1:05,0:01:06,sit\n'
    assert [said(one) for one in read(tmp_path, text)] == [[("run", 3723.5, 3724.25)], [("sit", 65.0, 66.0)]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_no_letters(encoding: str, tmp_path: Path) -> None:
    found = read(tmp_path, (PLAIN + "caf\u00e9.mp4,1,2,r\u00fchren\r\n\r\n").encode(encoding))
    assert rows(found) == [("caf\u00e9.mp4", None, [("r\u00fchren", 1.0, 2.0)])]


def test_two_forms_of_one_letter_are_one_label(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN + "a.mp4,1,2,caf\u00e9\na.mp4,2,3,cafe\u0301\n")
    assert {label for one in found for label, *_ in said(one)} == {"caf\u00e9"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no column of labels"),
        ("video,start,end\n", "has no column of labels among 'video, start, end'; give --columns label=NAME"),
        ("video,start,label\n", "only one of start and end has a column; give --columns start=NAME,end=NAME"),
        (PLAIN + "a.mp4,1,2,run\na.mp4,one,2,run\n", r" line 3: cannot be read \('one' is no time\); correct it"),
        (PLAIN + "a.mp4,1,inf,run\n", "'inf' is no time in seconds"),
        (PLAIN + "a.mp4,1,2\n", r" line 2: .*it has 3 cells, and the header 4"),
        (PLAIN + ",1,2,run\n", " line 2: .*it names no video"),
        (PLAIN + 'a.mp4,1,2,"run\n', "line 2: cannot be read .unexpected end of data"),
        (
            (PLAIN + "a.mp4,1,2,r\u00fchren\n").encode("latin-1"),
            "its letters are in an unknown encoding; save it as UTF-8",
        ),
        ("id,actions\na,c1 0\n", "line 2: cannot be read"),
    ],
)
def test_what_is_no_table_of_labels_is_one_sentence(text: str | bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"labels\.csv:?.*{sentence}"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"vido": "video"}, "--columns: 'vido' is unknown; the names are video, start"),
        ({"label": "lable"}, "has no column 'lable'; its columns are 'video, start, end, label'"),
    ],
)
def test_columns_that_are_not_there_are_one_sentence(columns: dict[str, str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=sentence):
        read(tmp_path, PLAIN, **columns)
