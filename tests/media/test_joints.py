"""Transport and program streams whose clock begins anew."""

from pathlib import Path

import pytest

from mmf_mixer import limits
from mmf_mixer.errors import InputError
from mmf_mixer.media import joints as module
from mmf_mixer.media.decode import frames_at
from mmf_mixer.media.joints import joints
from tests.media.recordings import grey, greys, joined, pitch, pitches, record

STREAMS = ["ts", "m2ts", "mpg", "vob"]


def found(path: Path) -> list[int]:
    with path.open("rb") as file:
        return joints(file)


@pytest.fixture(params=STREAMS)
def three(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Two, two and eight seconds of one recording."""
    suffix = request.param
    parts = [
        record(tmp_path / f"{first}.{suffix}", first=first, seconds=seconds)
        for first, seconds in ((0, 2), (2, 2), (4, 8))
    ]
    return joined(tmp_path / f"joined.{suffix}", *parts)


def test_files_that_are_joined_byte_by_byte_follow_one_another(three: Path) -> None:
    assert greys(three, 12) == [grey(second) for second in range(12)]
    assert pitches(three)[:12] == [pitch(second) for second in range(12)]


@pytest.mark.parametrize("start", [1, 3, 6, 10])
def test_windows_of_joined_files(three: Path, start: int) -> None:
    assert greys(three, 2, start, start + 2) == [grey(start), grey(start + 1)]
    assert pitches(three, start, start + 2) == [pitch(start), pitch(start + 1)]


def test_where_the_parts_begin(three: Path) -> None:
    lengths = [(three.parent / f"{first}{three.suffix}").stat().st_size for first in (0, 2)]

    places = found(three)

    assert len(places) == 2
    for place, length in zip(places, (lengths[0], sum(lengths)), strict=True):
        assert 0 <= place - length <= 2 * 192  # at the list of programmes, behind the name of the service


def test_large_files_are_read_at_some_places(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = found(three)
    monkeypatch.setattr(module, "BLOCK", 4096)
    monkeypatch.setattr(module, "READ", 4096 * 12)

    assert three.stat().st_size > module.READ and found(three) == whole


@pytest.mark.parametrize("suffix", STREAMS)
def test_what_runs_on_has_no_joints(tmp_path: Path, suffix: str) -> None:
    whole = record(tmp_path / f"whole.{suffix}", seconds=12)
    late = record(tmp_path / f"late.{suffix}", picture_from=95_430, sound_from=95_430)  # the clock goes round meanwhile

    assert found(whole) == found(late) == []
    assert greys(late, 6) == [grey(second) for second in range(6)]


def test_one_damaged_stamp_is_no_joint(tmp_path: Path) -> None:
    content = bytearray(record(tmp_path / "a.mpg").read_bytes())
    packs = [place for place in range(0, len(content), 2048) if content[place : place + 4] == b"\0\0\1\xba"]
    content[packs[len(packs) // 2] + 5] ^= 0x7F
    (tmp_path / "a.mpg").write_bytes(bytes(content))

    assert found(tmp_path / "a.mpg") == []


def test_other_kinds_have_no_joints(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv", "a.avi"):
        assert found(record(tmp_path / name)) == []


def test_too_many_parts_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = record(tmp_path / "a.ts", seconds=2)
    monkeypatch.setattr(limits, "PARTS", 3)

    with pytest.raises(InputError, match=r"joined\.ts: its time stamps begin anew over 3 times; encode it again"):
        frames_at(joined(tmp_path / "joined.ts", *[part] * 5), 1)
