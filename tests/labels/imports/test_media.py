import os
from pathlib import Path

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.labels.imports.media import Media, bring, captions_in


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("./b.mp4", "labels/b.mp4"),  # from the labels
        ("films/a.mp4", "films/a.mp4"),  # from the folder
        ("my%20film.mp4", "films/my film.mp4"),
        ("50% more.mp4", "films/50% more.mp4"),
        ("C:\\videos\\a.mp4", "films/a.mp4"),
        ("/nowhere/a.mp4", "films/a.mp4"),
        ("a", "films/a.mp4"),
        ("c.d", "films/c.d.mkv"),
        ("/disk/two/x.mp4", "two/x.mp4"),
        ("two/x", "two/x.mp4"),
        ("none.mp4", None),
        ("text", None),
        ("", None),
        ("n" * 5000, None),
        ("a\0.mp4", None),
    ],
)
def test_media_are_found_by_path_and_by_name(written: str, found: str | None, tmp_path: Path) -> None:
    films = ("films/a.mp4", "films/my film.mp4", "films/50% more.mp4", "films/c.d.mkv", "films/text.txt")
    touch(tmp_path, "labels/b.mp4", "b.mp4", *films, "one/x.mp4", "two/x.mp4")
    expected = tmp_path / found if found else None
    assert Media(tmp_path).find(tmp_path / "labels" / "l.json", written) == expected


def test_a_name_that_two_files_have_is_one_sentence(tmp_path: Path) -> None:
    touch(tmp_path, "one/x.mp4", "two/x.mp4")
    with pytest.raises(
        InputError, match=r"l\.json: 'x\.mp4' may be .*one/x\.mp4 or .*two/x\.mp4; name it with its folder"
    ):
        Media(tmp_path).find(tmp_path / "l.json", "x.mp4")


def test_a_link_leads_to_the_file(tmp_path: Path) -> None:
    touch(tmp_path, "disk/a.mp4")
    (tmp_path / "b.mp4").symlink_to(tmp_path / "disk" / "a.mp4")
    assert Media(tmp_path).find(tmp_path / "l.json", "b.mp4") == tmp_path / "disk" / "a.mp4"


def test_captions_are_found_by_the_names_that_their_media_may_have(tmp_path: Path) -> None:
    touch(tmp_path, "a.srt", "a.en.vtt", "ab.srt", "a.txt")
    found = {stem: sorted(path.name for path in paths) for stem, paths in captions_in(tmp_path).items()}
    assert found == {"a": ["a.en.vtt", "a.srt"], "a.en": ["a.en.vtt"], "ab": ["ab.srt"]}


@pytest.mark.parametrize("copy", [False, True])
def test_a_file_is_brought_as_a_second_name_or_a_copy(copy: bool, tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4")
    assert bring(tmp_path / "a.mp4", tmp_path / "out" / "media" / "a.mp4", copy) is not copy
    assert (tmp_path / "out" / "media" / "a.mp4").read_text() == "a.mp4"
    assert os.stat(tmp_path / "a.mp4").st_nlink == (1 if copy else 2)
