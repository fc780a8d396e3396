"""Caption cues of a file or of a video, in a window of time, as plain words, each where it is spoken."""

from mmf_mixer.media.captions.found import Found, Search
from mmf_mixer.media.captions.reader import FORMATS, cues
from mmf_mixer.media.captions.search import captions_beside, find_captions
from mmf_mixer.media.captions.spoken import Cue

__all__ = ["FORMATS", "Cue", "Found", "Search", "captions_beside", "cues", "find_captions"]
