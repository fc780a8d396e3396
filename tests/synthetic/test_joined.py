from pathlib import Path

import av
import numpy as np
import pytest

from mmf_mixer.data.folder import read_folder
from mmf_mixer.media.captions import cues
from mmf_mixer.media.decode import frames_at, mono_audio
from mmf_mixer.media.facts import facts
from mmf_mixer.synthetic.joined import join_clips
from tests.store import small


def test_clips_lie_one_after_the_other_as_they_were(tmp_path: Path) -> None:
    clips = read_folder(small.make_folder(tmp_path / "data")).splits["train"][:3]
    begins = join_clips(clips, tmp_path / "joined.mkv")
    assert begins == [0.0, 2.5, 5.0, 7.5] and facts(tmp_path / "joined.mkv").duration == pytest.approx(7.5, abs=0.01)
    for begin, clip in zip(begins, clips, strict=False):
        assert clip.video is not None and clip.captions is not None
        own = frames_at(clip.video, 20, 0.0, 2.5)
        assert np.array_equal(frames_at(tmp_path / "joined.mkv", 20, begin, begin + 2.5), own)
        sound, joined = (
            mono_audio(path, 16000, start, start + 2.5)
            for path, start in ((clip.video, 0.0), (tmp_path / "joined.mkv", begin))
        )
        assert sound is not None and joined is not None and np.abs(sound - joined[: len(sound)]).max() < 1e-6
        words = [cue.text for cue in cues(tmp_path / "joined.srt", begin, begin + 2.5)]
        assert words == [cue.text for cue in cues(clip.captions, 0.0, 2.5)]


def test_another_file_is_one_that_browsers_play(tmp_path: Path) -> None:
    clips = read_folder(small.make_folder(tmp_path / "data")).splits["val"]
    join_clips(clips, tmp_path / "joined.mp4")
    with av.open(str(tmp_path / "joined.mp4")) as file:
        assert (file.streams.video[0].codec.name, file.streams.audio[0].codec.name) == ("h264", "aac")
        assert file.streams.video[0].pix_fmt == "yuv420p"
