"""A trained run that annotates whole videos."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.annotate.annotation import Annotation
from mmf_mixer.annotate.evidence import Kept, Witness, scores_and_shares
from mmf_mixer.annotate.segments import segments
from mmf_mixer.annotate.sources import groups
from mmf_mixer.annotate.video import Video, find_cuts
from mmf_mixer.annotate.windows import Span, regular, shots
from mmf_mixer.data.timecode import Timecode
from mmf_mixer.data.timeline import Captions, RunIdentity, Windows
from mmf_mixer.encoders.weights import weights_digest
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.model import TrainedModel, load_model
from mmf_mixer.measures.probabilities import log_odds, probabilities
from mmf_mixer.measures.thresholds import THRESHOLDS, UNTUNED, Thresholds, read_thresholds
from mmf_mixer.media.captions import Found, find_captions
from mmf_mixer.media.facts import facts
from mmf_mixer.modules.tokens import TokenSequence

AT_ONCE = 32  # windows in one pass of the fusion
LIBRARIES = ("mmf-mixer", "mmf", "torch", "av")

Unit = Literal["window", "shot"]
Progress = Callable[[float, float], None]  # seconds of the video that are done, and in all


class Annotator:
    """A trained run, loaded once for any number of videos. Several may live in one process."""

    def __init__(self, run: TrainedModel) -> None:
        self.run = run

    @classmethod
    def load(cls, run: Path | str, options: Sequence[str] = ()) -> Self:
        """The annotator of the run in a folder (`env.save_dir`), with MMF options that replace its own. What MMF knows
        globally is as before. Raises InputError as `load_model` does."""
        with mmf_as_it_was():
            loaded = cls(load_model(run, options))
            _ = loaded.run.processors, loaded.absent
            return loaded

    def annotate(
        self,
        video: Path | str,
        captions: Path | str | None = None,
        language: str | None = None,
        window: float = 3.0,
        stride: float = 1.0,
        unit: Unit = "window",
        beside: Path | str | None = None,
        progress: Progress | None = None,
    ) -> Annotation:
        """Label a whole video.

        Args:
            video: any file that FFmpeg reads.
            captions: their file; None = as `find_captions` finds them, in this `language` if there are several.
            window: seconds that are looked at together.
            stride: seconds from window to window.
            unit: "window", or "shot" for one window per shot, whatever its length.
            beside: the folder in which the annotation will lie, from which it names the video; None = the video's own.
            progress: is told how far it is.

        Raises:
            InputError: a file that cannot be read, or lengths that make no sense.
        """
        path = Path(video)
        if unit not in ("window", "shot"):
            raise InputError(f"annotate: unit is {unit!r}; it can be window or shot.")
        known = facts(path)
        search = find_captions(path, Path(captions) if captions else None, language)
        file = Video(self.run, path, known, search.found)
        if unit == "shot":
            spans = shots(find_cuts(path, known), known.duration)
        else:
            spans = regular(known.duration, window, stride)
        labels, thresholds = self.run.labels, self.thresholds
        with tempfile.TemporaryFile() as scratch, torch.inference_mode():
            kept = Kept(scratch, *self.absent.shape)
            windows = self._windows(file, spans, kept, progress)
            cuts = file.cuts.end()
            found = segments(windows, labels, thresholds, cuts, known.duration)
            witness = Witness(spans, kept, file.places, self._score, self.absent, self.run.slices)
            found = witness.testify(found, labels.position)
        return Annotation(
            video=Path(os.path.relpath(path, beside or path.parent)).as_posix(),
            duration=round(known.duration, 6),
            frame_rate=known.frame_rate,
            variable_frame_rate=known.variable,
            width=known.width,
            height=known.height,
            timecode=Timecode(known.timecode, ";" in known.timecode) if known.timecode else None,
            captions=_captions(search.found, beside or path.parent) if search.found else None,
            run=self.identity,
            labels=labels,
            thresholds=thresholds,
            shots=cuts,
            windows=windows,
            segments=tuple(found),
            notes=tuple(filter(None, (search.said, *file.notes()))),
            settings={"window": window, "stride": stride, "unit": unit, **sizes(path, captions)},
        )

    @cached_property
    def thresholds(self) -> Thresholds:
        """By label: those that the run has tuned, else 0.5."""
        tuned = read_thresholds(self.run.folder) if (self.run.folder / THRESHOLDS).is_file() else {}
        return {name: tuned.get(name, UNTUNED) for name in self.run.labels.names}

    @cached_property
    def identity(self) -> RunIdentity:
        """Which model has spoken."""
        model = self.run.model
        weights = {key: weights_digest(encoder) for key, encoder in model.encoders.items()}
        whole = hashlib.sha256(f"{weights_digest(model)} {self.run.labels.names}".encode()).hexdigest()
        versions = {name: version(name) for name in LIBRARIES}
        return RunIdentity(self.run.folder.name, str(self.run.config.model), whole, weights, versions)

    @cached_property
    def absent(self) -> Tensor:
        """The sequence of a window that has none of the modalities, S x C."""
        config = self.run.model.config.modalities
        batch: dict[str, Tensor] = {}
        for entry in config:
            length = self.run.slices[entry.key].stop - self.run.slices[entry.key].start
            batch[entry.key] = torch.zeros(1, length, int(entry.embedding_dim), device=self.run.device)
            batch[f"{entry.key}_mask"] = torch.zeros(1, length, dtype=torch.long, device=self.run.device)
        with torch.inference_mode():
            values: Tensor = self.run.model.encode(batch).values[0]
        return values.float()

    def _windows(self, file: Video, spans: Sequence[Span], kept: Kept, progress: Progress | None) -> Windows:
        scores, shares = [], []
        labels, slices = self.run.labels, self.run.slices
        odds = partial(log_odds, labels=labels)
        for some in groups(file.batches(spans), AT_ONCE):
            batch = {name: torch.cat([each[name] for each in some]).to(self.run.device) for name in some[0]}
            with self._autocast():
                tokens = self.run.model.encode(batch)
            kept.add(tokens)
            found, parts = scores_and_shares(self._score, odds, tokens, self.absent, slices)
            scores.append(probabilities(found, labels))
            shares.append(parts.cpu())
            if progress:
                progress(spans[kept.count - 1].end, file.known.duration)
        start, end = np.array(spans).round(6).T
        return Windows(
            start, end, torch.cat(scores).double().numpy(), torch.cat(shares).double().numpy(), tuple(slices)
        )

    def _score(self, tokens: TokenSequence) -> Tensor:
        with self._autocast():
            scores = self.run.score(tokens)
        return scores.float()

    def _autocast(self) -> Any:
        bf16 = bool(self.run.config.training.get("bf16", False))
        return torch.autocast(self.run.device.type, torch.bfloat16, enabled=bf16)


def _captions(found: Found, beside: Path | str) -> Captions:
    """With the name of a file as it is reached from the annotation, if a user has named it."""
    name = Path(os.path.relpath(found.name, beside)).as_posix() if found.source == "file" else found.name
    return Captions(found.source, name, found.language, found.cues)


def sizes(video: Path, captions: Path | str | None) -> dict[str, int | None]:
    """How many bytes a video has, and its captions if they were named: by what other files are told apart."""
    return {"video_bytes": video.stat().st_size, "captions_bytes": Path(captions).stat().st_size if captions else None}


@contextmanager
def mmf_as_it_was() -> Iterator[None]:
    """What the block registers as MMF's config and data sets is gone after it; its classes stay."""
    before = dict(registry.mapping["state"])
    try:
        yield
    finally:
        registry.mapping["state"].clear()
        registry.mapping["state"].update(before)
