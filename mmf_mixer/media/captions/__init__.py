"""Caption cues of a subtitle file (.srt, .vtt, .ass) in a window of time, as plain words, each where it is spoken."""

from mmf_mixer.media.captions.reader import FORMATS, Cue, cues

__all__ = ["FORMATS", "Cue", "cues"]
