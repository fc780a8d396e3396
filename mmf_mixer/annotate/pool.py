"""The windows of an annotated video as clips to be labelled next."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch

from mmf_mixer.annotate.annotation import Annotation
from mmf_mixer.annotate.video import Video
from mmf_mixer.annotate.windows import Span
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.model import TrainedModel
from mmf_mixer.interpret.pool import Pool
from mmf_mixer.interpret.views import AT_ONCE, Part, views
from mmf_mixer.media.captions import Found
from mmf_mixer.media.facts import facts
from mmf_mixer.protocols import Fields, Json


def pool_of_annotation(run: TrainedModel, path: Path) -> Pool:
    """The windows of a master file `NAME.json` that nobody has called complete, seen as `annotate` does.

    What is cut from a shot is of one source.

    Raises:
        InputError: it is no annotation, is of other labels or complete, or its video cannot be read.
    """
    made = Annotation.read(path)
    if made.labels != run.labels:
        raise InputError(f"{path}: has other labels than the run {run.folder}; annotate the video with it anew.")
    media = path.parent / made.video
    windows = zip(made.windows.start.tolist(), made.windows.end.tolist(), strict=True)
    complete = set(made.complete)
    spans = [Span(*each) for each in windows if each not in complete]
    if not spans:
        raise InputError(f"{path}: has no window whose labels are not complete; name another annotation.")
    shots = [f"shot {bisect_right(made.shots, (span.start + span.end) / 2)}" for span in spans]
    batches = Video(run, media, facts(media), _found(made, path.parent), spans).batches(AT_ONCE)
    with torch.inference_mode():
        seen = views(run, _parts(run, batches, shots))
    captions = _captions(made, path)
    lines: list[Json] = [
        {
            "id": f"{path.stem}-{span.start:g}",
            "video": made.video,
            "captions": captions,
            "start": span.start,
            "end": span.end,
            "labels": [],
        }
        for span in spans
    ]
    lost = made.captions and not captions
    said = f"{path}: its captions are inside the video, so the lines have none; name their `captions_track`."
    return Pool(lines, seen, said if lost else None, made.master())


def _found(made: Annotation, folder: Path) -> Found | None:
    captions = made.captions
    if captions is None:
        return None
    name = str(folder / captions.name) if captions.source == "file" else captions.name
    return Found(captions.source, name, captions.language, captions.cues)


def _parts(run: TrainedModel, batches: Iterable[Fields], shots: Sequence[str]) -> Iterator[Part]:
    for number, batch in enumerate(batches):
        with run.autocast():
            tokens = run.model.encode(batch)
        yield tokens, shots[number * AT_ONCE : (number + 1) * AT_ONCE]


def _captions(made: Annotation, path: Path) -> str | None:
    """The file of the captions, as a line beside the master file at `path` names it; None if they are in no file. Of
    those inside the video that is the one that its page saves."""
    if made.captions is None:
        return None
    saved = f"{Path(made.video).stem}.captions.vtt"
    beside = Path(made.video).with_name(made.captions.name).as_posix()
    inside = saved if (path.parent / saved).is_file() else None
    return {"file": made.captions.name, "beside": beside}.get(made.captions.source, inside)
