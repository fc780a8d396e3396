import os
from pathlib import Path

import pytest

from mmf_mixer.data.folder import fingerprint
from mmf_mixer.errors import InputError
from mmf_mixer.limits import content
from mmf_mixer.media.captions import cues
from mmf_mixer.media.decode import frames_at, mono_audio


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (path := tmp_path / "a").write_bytes(b"1234")

    assert content(path, 4) == b"1234"
    with pytest.raises(InputError, match=r"/a: has 4 bytes, but such a file may have 3; split it"):
        content(path, 3)
    with pytest.raises(InputError, match=r"/none: cannot be read \(No such file or directory\)"):
        content(tmp_path / "none", 4)


@pytest.fixture(params=["pipe", "folder", "device"])
def special(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What is no file, under the name of one."""
    path = tmp_path / "a.srt"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    return path


def test_no_reader_waits_for_a_pipe_or_empties_a_device(special: Path) -> None:
    special.with_name("labels.yaml").symlink_to(special)
    readers = {
        "a.srt": (lambda: cues(special), lambda: frames_at(special, 2), lambda: mono_audio(special, 8000)),
        "labels.yaml": (lambda: fingerprint(special.parent),),
    }
    for name, reads in readers.items():
        for read in reads:
            with pytest.raises(
                InputError, match=rf"/{name}: cannot be read \((it is no ordinary file|Is a directory)\)"
            ):
                read()
