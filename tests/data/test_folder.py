import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mmf_mixer.data.clip import Clip, LabelGroup, Labels
from mmf_mixer.data.folder import fingerprint, lines_of, read_folder, read_labels, read_split
from mmf_mixer.data.writing import write_labels
from mmf_mixer.errors import InputError
from tests.data.make import CAPTION, line, write_folder

LABELS = Labels((LabelGroup("activity", True, ("laugh", "run")), LabelGroup("event", False, ("goal", "rain", "fall"))))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("data") / "set")


def split_of(root: Path, *lines: dict[str, Any] | str, name: str = "tried") -> list[Clip]:
    texts = [entry if isinstance(entry, str) else json.dumps(entry) for entry in lines]
    (root / f"{name}.jsonl").write_text("\n".join(texts))
    return read_split(root, name, LABELS)


def test_labels_stand_in_file_order(root: Path) -> None:
    labels = read_labels(root)

    assert labels == LABELS and len(labels) == 5
    assert labels.names == ["activity/laugh", "activity/run", "event/goal", "event/rain", "event/fall"]
    assert labels.slices() == [(LABELS.groups[0], slice(0, 2)), (LABELS.groups[1], slice(2, 5))]


def test_what_labels_were_made_from_is_read_and_written_and_makes_no_other_labels(tmp_path: Path) -> None:
    text = "groups: {a: {exclusive: true, from: [read, seen], labels: [x]}, b: {exclusive: false, labels: [y]}}"
    (tmp_path / "labels.yaml").write_text(text)
    labels = read_labels(tmp_path)
    assert labels.made_from() == {("seen", "read"): [0], (): [1]}
    plain = Labels((LabelGroup("a", True, ("x",)), LabelGroup("b", False, ("y",))))
    assert labels == plain and plain.made_from() == {}
    write_labels(tmp_path, labels)
    assert read_labels(tmp_path).made_from() == labels.made_from()
    write_labels(tmp_path, plain)
    assert "from" not in (tmp_path / "labels.yaml").read_text()


def test_labels_encode_to_multi_hot() -> None:
    assert torch.equal(LABELS.encode(["event/fall", "activity/run"]), torch.tensor([0.0, 1.0, 0.0, 0.0, 1.0]))
    with pytest.raises(KeyError):
        LABELS.encode(["event/laugh"])


def test_a_line_becomes_a_clip(root: Path) -> None:
    video, words = root / "clips" / "a.mp4", root / "clips" / "a.srt"

    clips = split_of(
        root,
        line("one", start=0.25, end=3, labels=["event/goal", "activity/run"]),
        "",
        {"id": "two", "video": None, "audio": "clips/a.mp4", "captions": None, "labels": ["activity/laugh"]},
    )

    assert clips == [
        Clip("one", video, video, words, 0.25, 3.0, ("event/goal", "activity/run")),
        Clip("two", None, video, None, None, None, ("activity/laugh",)),
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"labels": ["activity/laff"]}, "'activity/laff' is not in labels.yaml (did you mean 'activity/laugh'?)"),
        ({"labels": ["xyz"]}, "field 'labels': 'xyz' is not in labels.yaml; correct it or add it there."),
        ({"labels": []}, "has 0 labels of the exclusive group 'activity'"),
        ({"labels": ["activity/laugh", "activity/run"]}, "has 2 labels of the exclusive group 'activity'"),
        ({"labels": ["activity/laugh", "event/goal", "event/goal"]}, "'event/goal' stands twice"),
        ({"labels": "activity/laugh"}, "field 'labels' must be a list"),
        ({"labels": None}, "field 'labels' must be a list of 'group/label' texts, not null"),
        ({"video": "clips/none.mp4"}, "field 'video': there is no file clips/none.mp4"),
        ({"video": "clips"}, "field 'video': there is no file clips"),
        ({"captions": "../secret.srt"}, "field 'captions': ../secret.srt leaves the dataset folder"),
        ({"captions": "clips/../../secret.srt"}, "leaves the dataset folder"),
        ({"audio": "clips/.."}, "field 'audio': clips/.. leaves the dataset folder"),
        ({"video": "/etc/hostname"}, "/etc/hostname leaves the dataset folder"),
        ({"video": "clips/link.mp4"}, "clips/link.mp4 leaves the dataset folder"),
        ({"video": "away/secret.mp4"}, "away/secret.mp4 leaves the dataset folder"),
        ({"video": 3}, "field 'video' must be a path inside the dataset folder or null, not 3"),
        ({"video": ""}, "field 'video' must be a path"),
        ({"video": "a\0b"}, "field 'video' must be a path"),
        ({"video": None, "captions": None}, "has no video, audio or captions"),
        ({"start": 2.0, "end": 1.0}, "field 'end' (1 s) must be after field 'start' (2 s)"),
        ({"end": 0}, "field 'end' (0 s) must be after field 'start' (0 s)"),
        ({"start": -1}, "field 'start' is -1 s"),
        ({"start": "1"}, "field 'start' must be seconds or null, not \"1\""),
        ({"start": True}, "field 'start' must be seconds or null, not true"),
        ({"end": float("inf")}, "field 'end' must be seconds or null"),
        ({"end": float("nan")}, "field 'end' must be seconds or null"),
        ({"end": 10**400}, "field 'end' must be seconds or null"),
        ({"id": 7}, "field 'id' must be text, not 7"),
        ({"id": ""}, "field 'id' must be text"),
        ({"end": 1e300}, "field 'end' must be seconds or null, not 1e+300"),
        ({"id": "a\nb"}, "field 'id' must be text"),
        ({"id": "x" * 256}, "field 'id' must be text, not \"xxxxx"),
        ({"id": "\x1b[2J"}, "field 'id' must be text"),
        ({"video": "clips/\u2028.mp4"}, "field 'video' must be a path"),
        ({"video": "x" * 5000}, "field 'video': there is no file xxxxx"),
        ({"video": "clips/pipe.mp4"}, "field 'video': there is no file clips/pipe.mp4"),
        ({"video": "zero.mp4"}, "field 'video': zero.mp4 leaves the dataset folder"),
        ({"x" * 9000: 1}, "field 'xxxxx"),
        ({"labels": ["y" * 9000]}, "field 'labels': 'yyyyy"),
        ({"video_track": -1}, "field 'video_track' must be a track's number, from 0, its language or null, not -1"),
        ({"audio_track": True}, "field 'audio_track' must be a track's number, from 0, its language or null, not true"),
        (
            {"captions_track": 0, "captions": "clips/a.srt"},
            "names a track of the video, but the clip has captions of its own",
        ),
        ({"audio_track": ""}, "field 'audio_track' must be a track's number, from 0, its language or null, not \"\""),
        ({"audio_track": 1.0}, "field 'audio_track' must be a track's number"),
        ({"video": None, "video_track": 0}, "field 'video_track' names a track, but the clip has no video; add"),
        ({"video": None, "audio_track": "eng"}, "names a track, but the clip has no video or audio; add the file or"),
        (
            {"audio": False, "audio_track": 1},
            "field 'audio_track' names a track, but the clip has no audio; add the file or",
        ),
        ({"audio": True}, "field 'audio' must be a path inside the dataset folder or null, not true"),
        ({"video": None, "audio": False, "captions": None}, "the clip has no video, audio or captions"),
        ({"lables": []}, "field 'lables' is unknown (did you mean 'labels'?)"),
    ],
)
def test_a_wrong_line_is_named(root: Path, fields: dict[str, Any], message: str) -> None:
    (root.parent / "secret.srt").write_text("")
    (root.parent / "secret.mp4").write_text("")
    if not (root / "clips" / "pipe.mp4").exists():
        os.mkfifo(root / "clips" / "pipe.mp4")
    for link, target in (("clips/link.mp4", "secret.mp4"), ("away", ""), ("zero.mp4", "/dev/zero")):
        if not (root / link).is_symlink():
            (root / link).symlink_to(root.parent / target)

    with pytest.raises(InputError) as caught:
        split_of(root, line("first"), line("second", **fields))

    assert str(caught.value).startswith(f"{root}/tried.jsonl line 2: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_a_line_tells_all_its_faults_and_a_sound_one_its_clip(root: Path) -> None:
    wrong = line("x", video="none.mp4", start="1", end=0, labels=["activity/laff", "event/goal", "event/goal"], size=3)
    (root / "tried.jsonl").write_text(f"{json.dumps(wrong)}\n\n{json.dumps(line('y', labels=['any']))}\n[]\n")

    first, second, third = lines_of(root, "tried", LABELS)

    assert [fault.about for fault in first.faults] == ["line", "video", "start", "end", "labels", "labels"]
    assert (first.id, first.number, first.clip) == ("x", 1, None)
    assert [(fault.about, second.number) for fault in second.faults] == [("labels", 3)] * 2
    assert third.id is None and [fault.about for fault in third.faults] == ["line"]
    unlabelled = list(lines_of(root, "tried", labels=None))[1]
    assert unlabelled.clip is not None and unlabelled.clip.labels == ()


def test_the_sound_of_a_video_may_be_left_out(root: Path) -> None:
    own, none = split_of(root, line("own", audio=None), line("none", audio=False))

    assert own.audio == own.video == none.video
    assert none.audio is None and none.captions == own.captions


def test_tracks_may_be_named(root: Path) -> None:
    one, two = split_of(root, line("one", video_track=1, audio_track="eng"), line("two", video_track=None))

    assert (one.video_track, one.audio_track, two.video_track, two.audio_track) == (1, "eng", None, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{'id': 1}", "not valid JSON"),
        ('{"id": "\\ud800"}', "not valid JSON"),
        ("[1]", "a JSON object is wanted here, not [1]"),
        ("[" * 60_000, "not valid JSON"),
        (" " * 65_537 + "{", "it has 65,538 bytes, and one clip can have 65,536"),
    ],
)
def test_a_line_that_is_no_object_is_named(root: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=r"tried\.jsonl line 2: ") as caught:
        split_of(root, line("first"), text)

    assert message in str(caught.value)


def test_links_and_folders_within_are_allowed(root: Path) -> None:
    if not (root / "clips" / "same.mp4").is_symlink():
        (root / "clips" / "same.mp4").symlink_to("a.mp4")

    [clip] = split_of(root, line("one", video="clips/../clips/same.mp4"))

    assert clip.video == root / "clips" / "a.mp4"


def test_an_id_stands_once(root: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tried\.jsonl line 3: id 'one' is already on line 1"):
        split_of(root, line("one"), line("two"), line("one"))

    both = write_folder(tmp_path / "both", train=[line("a"), line("b")], test=[line("c"), line("b")])
    with pytest.raises(InputError, match=r"test\.jsonl: id 'b' is also in train\.jsonl"):
        read_folder(both)


def test_an_empty_split_and_missing_files_are_named(root: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tried\.jsonl: the split is empty"):
        split_of(root, "", "  ")
    with pytest.raises(InputError, match=r"none\.jsonl: cannot be read \(No such file"):
        read_split(root, "none", LABELS)
    with pytest.raises(InputError, match=r"labels\.yaml: cannot be read \(No such file"):
        read_labels(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "write one key `groups`"),
        ("groups: [a]", "write one key `groups`"),
        ("groups: {}", "`groups` is empty"),
        ("labels: {}", "write one key `groups`"),
        ("groups: {a: {exclusive: true, labels: [x]}", "line 1: not valid YAML"),
        ("groups: 2020-99-99", "not valid YAML"),
        ("\x00", "not valid YAML"),
        ("groups: {a: {labels: [x]}}", "group 'a': write exactly the keys"),
        ("groups: {a: {exclusive: 1, labels: [x]}}", "`exclusive` is 1; write true or false"),
        ("groups: {a: {exclusive: true, labels: [x], form: [seen]}}", "and perhaps `from`"),
        (
            "groups: {a: {exclusive: true, labels: [x], from: [felt]}}",
            "`from` is ['felt']; write a list of any",
        ),
        ("groups: {a: {exclusive: true, labels: [x], from: seen}}", "`from` is 'seen'; write a list"),
        ("groups: {a: {exclusive: true, labels: [x], from: []}}", "`from` is []; write a list"),
        ("groups: {a: {exclusive: true, labels: []}}", "must be a list of at least one label"),
        ("groups: {a: {exclusive: true, labels: [yes]}}", "label True is not text; put it in quotes"),
        ("groups: {a: {exclusive: true, labels: [x, y, x]}}", "label 'x' stands twice"),
        ("groups: {a/b: {exclusive: true, labels: [x]}}", "group 'a/b': a group's name is text without a slash"),
        ("groups: {1: {exclusive: true, labels: [x]}}", "group 1: a group's name is text"),
        ("groups: !!python/object/apply:os.system [touch hacked]", "line 1: not valid YAML, labels need no tags"),
        ("groups: {a: {exclusive: true, labels: [!!str x]}}", "labels need no tags"),
        ("a: &a [x, x]\nb: &b [*a, *a]\ngroups: [*b]", "line 2: not valid YAML, write labels out"),
        ("groups: {a: &a {exclusive: true, labels: [x]}, b: {<<: [*a, *a]}}", "write labels out instead"),
        ("[" * 100_000, "it is nested too deeply"),
        ("groups: {a: {exclusive: 0x" + "F" * 9000 + ", labels: [x]}}", "a number of thousands of digits"),
        ("groups: {a: {exclusive: true, labels: ['" + "x" * 9000 + "', 1]}}", "label 1 is not text"),
        ('groups: {a: {exclusive: true, labels: ["x\\ny"]}}', "is not text; put it in quotes"),
        ("groups: {a: {exclusive: " + "x" * 9000 + ", labels: [x]}}", "`exclusive` is 'xxxx"),
        ("#" * (256 * 2**10 + 1), "has 262,145 bytes, but such a file may have 262,144"),
    ],
)
def test_wrong_labels_are_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "labels.yaml").write_text(text)

    with pytest.raises(InputError, match=r"labels\.yaml") as caught:
        read_labels(tmp_path)

    assert message in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 300
    assert not Path("hacked").exists()


YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
GROUP = (
    st.fixed_dictionaries({"exclusive": st.booleans() | YAML, "labels": st.lists(st.text(max_size=4)) | YAML}) | YAML
)
ANY_LABELS = st.fixed_dictionaries({"groups": st.dictionaries(st.text(max_size=3), GROUP)}) | YAML


@settings(max_examples=50, deadline=None)
@given(written=ANY_LABELS, cut=st.integers(0, 400))
def test_any_labels_are_sound_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, written: Any, cut: int) -> None:
    path = tmp_path_factory.mktemp("any") / "labels.yaml"
    path.write_text(yaml.safe_dump(written)[: cut or None])

    try:
        labels = read_labels(path.parent)
    except InputError as error:
        assert str(path) in str(error) and "\n" not in str(error) and len(str(error)) < 500
    else:
        assert len(labels) == len(set(labels.names)) and labels.encode(labels.names).all()


def test_the_fingerprint_is_of_labels_and_splits(tmp_path: Path) -> None:
    one, two = write_folder(tmp_path / "one"), write_folder(tmp_path / "two")

    assert fingerprint(one) == fingerprint(two) and len(fingerprint(one)) == 64
    (two / "clips" / "a.srt").write_text("")
    assert fingerprint(one) == fingerprint(two)
    (two / "val.jsonl").write_text((two / "val.jsonl").read_text() + "\n")
    assert fingerprint(one) != fingerprint(two)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
PATHS = st.none() | st.sampled_from(["clips/a.mp4", "clips/../clips/a.srt", "..", "/", "clips/", "a\ud800"]) | JSON
LINES = st.fixed_dictionaries(
    {"id": st.text(max_size=3) | JSON, "labels": st.lists(st.sampled_from(LABELS.names), max_size=4) | JSON},
    optional={"video": PATHS, "audio": PATHS, "captions": PATHS, "start": JSON, "end": JSON, "x": JSON},
)


@settings(max_examples=60, deadline=None)
@given(entry=LINES)
def test_any_line_is_a_sound_clip_or_one_sentence(root: Path, entry: dict[str, Any]) -> None:
    try:
        [clip] = split_of(root, entry, name="any")
    except InputError as error:
        assert str(error).startswith(f"{root}/any.jsonl line 1: ") and "\n" not in str(error)
    else:
        paths = [path for path in (clip.video, clip.audio, clip.captions) if path]
        assert paths and all(path.is_file() and path.is_relative_to(root) for path in paths)
        assert clip.end is None or clip.end > (clip.start or 0.0)
        assert LABELS.encode(clip.labels)[:2].sum() == 1


ONE, TWO = "caf\u00e9", "cafe\u0301"  # the same letters in two forms


def test_letters_in_two_forms_are_told_apart(root: Path, tmp_path: Path) -> None:
    form = "the same letters in another Unicode form"
    with pytest.raises(InputError, match=f"line 2: id .* is already on line 1, {form}; rename one"):
        split_of(root, line(ONE), line(TWO), name="forms")
    write_folder(tmp_path / "splits", train=[line(ONE)], val=[line(TWO)])
    with pytest.raises(InputError, match=f"is also in train.jsonl, {form}"):
        read_folder(tmp_path / "splits")
    (tmp_path / "splits" / "labels.yaml").write_text(f"groups: {{a: {{exclusive: true, labels: [{ONE}, {TWO}]}}}}")
    with pytest.raises(InputError, match=f"stands twice, with {form}"):
        read_folder(tmp_path / "splits")
    (tmp_path / "splits" / "train.jsonl").write_text(json.dumps(line("x", labels=[f"a/{TWO}"])))
    with pytest.raises(InputError, match=f"is not in labels.yaml, which has {form}; correct it"):
        read_split(tmp_path / "splits", "train", Labels((LabelGroup("a", True, (ONE,)),)))


def test_a_file_whose_name_has_another_form_is_told(root: Path) -> None:
    (root / "clips" / f"{ONE}.srt").write_text(CAPTION)
    with pytest.raises(InputError, match="names a file that has the same letters in another Unicode form; rename"):
        split_of(root, line("x", captions=f"clips/{TWO}.srt"), name="names")
    (root / "clips" / f"{ONE}.srt").unlink()


def test_a_backslash_between_folders_is_told(root: Path) -> None:
    with pytest.raises(InputError, match=r"has a backslash; write / between folders"):
        split_of(root, line("x", video="clips\\a.mp4"), name="slashes")


def test_real_folders(shared: Path) -> None:
    grid, esc = (read_folder(shared / "data" / name) for name in ("grid51", "esc10"))

    assert {split: len(clips) for split, clips in grid.splits.items()} == {"train": 618, "val": 96, "test": 189}
    assert len(grid.labels) == 51 and len(esc.labels) == 10
    assert esc.splits["train"][0].video is None and esc.splits["train"][0].audio is not None
