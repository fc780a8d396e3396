"""Caption cues of a file (.srt, .vtt, .ass, .scc, .ttml, .stl) in a window of time, as plain words, each where it is spoken."""

from mmf_mixer.media.captions.reader import FORMATS, Cue, cues

__all__ = ["FORMATS", "Cue", "cues"]
