"""Lines without one of their tracks."""

from collections.abc import Collection

from mmf_mixer.errors import InputError, shown
from mmf_mixer.protocols import Json

FIELDS = {"text": "captions", "audio": "audio", "video": "video"}  # by modality, what a line calls its media
NO_SOUND = False  # of `audio`: that the video's own track is not meant either; None would be that track


def without(line: Json, fields: Collection[str]) -> Json:
    """A line that lacks its captions, its sound or its pictures, whatever else is in the same file.

    Raises:
        InputError: pictures are taken out of a file that also holds the captions, which no line can say.
    """
    kept = dict(line)
    video, own_sound = line.get("video"), line.get("audio") is None
    if "captions" in fields:
        _take(kept, "captions")
    if "audio" in fields:
        _take(kept, "audio")
        kept["audio"] = NO_SOUND if video else None
    if "video" in fields:
        if kept.get("captions_track") is not None:
            raise InputError(
                f"clip {shown(line['id'])}: its captions are inside the video, so its pictures cannot be taken out "
                "alone; leave out the whole line."
            )
        _take(kept, "video")
        kept["audio"] = None if "audio" in fields else video if own_sound else line["audio"] or None
    return kept


def _take(line: Json, field: str) -> None:
    line[field] = None
    line.pop(f"{field}_track", None)
