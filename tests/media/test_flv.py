"""Where in a Flash Video file a time lies."""

from pathlib import Path

import av
import pytest

from mmf_mixer.media import flv
from mmf_mixer.media.flv import tag_before
from tests.media.recordings import record


def packets(path: Path, kind: str) -> list[tuple[float, bool, int]]:
    """Time, whether it is a key frame, and place of each packet."""
    with av.open(path) as container:
        return [
            (float(packet.dts * packet.time_base), packet.is_keyframe, packet.pos)
            for packet in container.demux(getattr(container.streams, kind)[0])
            if packet.dts is not None
        ]


@pytest.mark.parametrize(("codecs", "near"), [(("libx264", "aac"), 2**16), (("flv", "aac"), 512)])
def test_the_last_tag_at_or_before_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codecs: tuple[str, str], near: int
) -> None:
    path = record(tmp_path / "a.flv", seconds=20, codecs=codecs)
    monkeypatch.setattr(flv, "NEAR", near)

    for kind in ("video", "audio"):
        known = packets(path, kind)
        for time in (0.5, 4.9, 11.23, 19.0, 100.0):
            expected = [place for at, key, place in known if key and at <= time + 1e-9][-1]
            assert tag_before(path, time, kind == "video") == expected


def test_before_the_first_and_in_what_is_none(tmp_path: Path) -> None:
    path = record(tmp_path / "a.flv", picture_from=5.0, sound_from=5.0)
    assert tag_before(path, 0.0, True) is None

    path.write_bytes(path.read_bytes()[:13] + bytes(200_000))
    assert tag_before(path, 3.0, True) is None
