"""The windows of an annotated video as clips to be labelled next."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch

from mmf_mixer.annotate.annotation import Annotation
from mmf_mixer.annotate.sources import groups
from mmf_mixer.annotate.video import Batch, Video
from mmf_mixer.annotate.windows import Span
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.model import TrainedModel
from mmf_mixer.interpret.pool import Pool
from mmf_mixer.interpret.views import AT_ONCE, Part, views
from mmf_mixer.media.captions import Found
from mmf_mixer.media.facts import facts
from mmf_mixer.protocols import Json


def pool_of_annotation(run: TrainedModel, path: Path) -> Pool:
    """All windows of a master file `NAME.json`, seen as `annotate` does; what is cut from a shot is of one source.

    Raises:
        InputError: it is no annotation, is of other labels, or its video cannot be read.
    """
    made = Annotation.read(path)
    if made.labels != run.labels:
        raise InputError(f"{path}: has other labels than the run {run.folder}; annotate the video with it anew.")
    media, captions = path.parent / made.video, made.captions
    found = Found("embedded", captions.name, captions.language, captions.cues) if captions else None
    spans = [Span(*each) for each in zip(made.windows.start.tolist(), made.windows.end.tolist(), strict=True)]
    shots = [f"shot {bisect_right(made.shots, (span.start + span.end) / 2)}" for span in spans]
    batches = Video(run, media, facts(media), found).batches(spans)
    with torch.inference_mode():
        seen = views(run, _parts(run, zip(batches, shots, strict=True)))
    return Pool([_line(made, path.stem, span) for span in spans], seen)


def _parts(run: TrainedModel, windows: Iterable[tuple[Batch, str]]) -> Iterator[Part]:
    for some in groups(windows, AT_ONCE):
        batches, shots = zip(*some, strict=True)
        batch = {name: torch.cat([each[name] for each in batches]).to(run.device) for name in batches[0]}
        yield run.model.encode(batch), shots


def _line(made: Annotation, name: str, span: Span) -> Json:
    """A window as a line beside the master file."""
    beside = {"file": "", "beside": f"{Path(made.video).parent.as_posix()}/"}
    captions = made.captions
    return {
        "id": f"{name}-{span.start:g}",
        "video": made.video,
        "captions": beside[captions.source] + captions.name if captions and captions.source in beside else None,
        "start": span.start,
        "end": span.end,
        "labels": [],
    }
