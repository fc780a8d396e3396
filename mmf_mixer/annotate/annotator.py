"""A trained run that annotates whole videos."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal, Self

import av
import numpy as np
import torch
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer import __version__
from mmf_mixer.annotate.annotation import Annotation
from mmf_mixer.annotate.evidence import Witness, scores_and_shares
from mmf_mixer.annotate.kept import Kept
from mmf_mixer.annotate.segments import segments
from mmf_mixer.annotate.video import Video, find_cuts
from mmf_mixer.annotate.windows import STRIDE, WINDOW, regular, shots
from mmf_mixer.data.timecode import Timecode
from mmf_mixer.data.timeline import Captions, RunIdentity, Windows
from mmf_mixer.encoders.recipes import processor_recipe
from mmf_mixer.encoders.weights import weights_digest
from mmf_mixer.errors import InputError
from mmf_mixer.files import alone
from mmf_mixer.interpret.model import TrainedModel, load_model
from mmf_mixer.measures.probabilities import log_odds, probabilities
from mmf_mixer.measures.thresholds import THRESHOLDS, UNTUNED, Thresholds, read_thresholds
from mmf_mixer.media.captions import Found, find_captions
from mmf_mixer.media.facts import facts
from mmf_mixer.modules.tokens import TokenSequence
from mmf_mixer.protocols import Json
from mmf_mixer.releases import mmf_version

AT_ONCE = 32  # windows in one pass of the fusion
ELSEWHERE = "write to another folder"

Unit = Literal["window", "shot"]
Progress = Callable[[float, float], None]  # seconds of the video that are done, and in all


class Annotator:
    """A trained run, loaded once for any number of videos. Several may live in one process."""

    def __init__(self, run: TrainedModel) -> None:
        self.run = run

    @classmethod
    def load(cls, run: Path | str, options: Sequence[str] = ()) -> Self:
        """The annotator of the run in a folder (`env.save_dir`), with MMF options that replace its own. What MMF knows
        globally is as before. Raises InputError as `load_model` does, and for a run that reads no media."""
        with mmf_as_it_was():
            loaded = cls(load_model(run, options))
            if given := [key for key in loaded.run.slices if key not in loaded.run.processors]:
                raise InputError(
                    f"{run}: reads features that somebody has made ({', '.join(given)}), which no video has; train a "
                    "run on media to annotate."
                )
            _ = loaded.run.absent  # made with what MMF knows
            return loaded

    def annotate(
        self,
        video: Path | str,
        captions: Path | str | None = None,
        language: str | None = None,
        window: float = WINDOW,
        stride: float = STRIDE,
        unit: Unit = "window",
        beside: Path | str | None = None,
        progress: Progress | None = None,
        keep: Path | None = None,
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
            keep: a folder of this call's own, from which the same call goes on if this one is stopped.

        Raises:
            InputError: a file that cannot be read, lengths that make no sense, a full disk.
        """
        path = Path(video)
        if unit not in ("window", "shot"):
            raise InputError(f"annotate: unit is {unit!r}; it can be window or shot.")
        known = facts(path)
        search = find_captions(path, Path(captions) if captions else None, language)
        spans = (
            shots(find_cuts(path, known), known.duration) if unit == "shot" else regular(known.duration, window, stride)
        )
        heard = captions_of(search.found, beside or path.parent)
        settings = settings_of(path, language=language, window=window, stride=stride, unit=unit)
        labels, thresholds = self.run.labels, self.thresholds
        with tempfile.TemporaryDirectory() as scratch, alone(keep or Path(scratch), ELSEWHERE), torch.inference_mode():
            kept = self._kept(keep or Path(scratch), [settings, heard.written() if heard else None])
            file = Video(self.run, path, known, search.found, spans, kept.state)
            windows = self._windows(file, kept, progress)
            cuts = file.cuts.end()
            found = segments(windows, labels, thresholds, cuts, known.duration)
            witness = Witness(spans, kept, file.places, self._score, self.run.absent, self.run.slices)
            found = witness.testify(found, labels.position)
        return Annotation(
            video=Path(os.path.relpath(path, beside or path.parent)).as_posix(),
            duration=round(known.duration, 6),
            frame_rate=known.frame_rate,
            variable_frame_rate=known.variable,
            width=known.width,
            height=known.height,
            timecode=Timecode.read(known.timecode, known.frame_rate) if known.timecode else None,
            captions=heard,
            run=self.identity,
            labels=labels,
            thresholds=thresholds,
            shots=cuts,
            windows=windows,
            segments=tuple(found),
            notes=tuple(filter(None, (search.said, *file.notes()))),
            settings=settings,
        )

    @cached_property
    def thresholds(self) -> Thresholds:
        """By label: those that the run has tuned, else 0.5."""
        tuned = read_thresholds(self.run.folder) if (self.run.folder / THRESHOLDS).is_file() else {}
        return {name: tuned.get(name, UNTUNED) for name in self.run.labels.names}

    @cached_property
    def identity(self) -> RunIdentity:
        """Which model has spoken: the fingerprint is of all that its scores and segments hang on."""
        run = self.run
        encoders = {key: weights_digest(encoder) for key, encoder in run.model.encoders.items()}
        others = {key: weights_digest(part) for key, part in run.model.named_children() if key != "encoders"}
        processors = run.config.dataset_config[run.config.datasets].processors
        recipes = {key: processor_recipe(processors, key) for key in run.slices}
        whole = json.dumps([encoders, others, recipes, run.labels.written(), self.thresholds], sort_keys=True)
        fingerprint = hashlib.sha256(whole.encode()).hexdigest()
        versions = {
            "mmf_mixer": __version__,
            "mmf": mmf_version() or "unknown",
            "torch": torch.__version__,
            "av": av.__version__,
        }
        return RunIdentity(run.folder.resolve().name, str(run.config.model), fingerprint, encoders, versions)

    def _kept(self, folder: Path, asked: Sequence[Json | None]) -> Kept:
        key = hashlib.sha256(json.dumps([self.identity.fingerprint, asked], sort_keys=True).encode()).hexdigest()
        length, channels = self.run.absent.shape
        return Kept(folder, key, (length, channels), len(self.run.labels.names), len(self.run.slices))

    def _windows(self, file: Video, kept: Kept, progress: Progress | None) -> Windows:
        labels, slices = self.run.labels, self.run.slices
        odds = partial(log_odds, labels=labels)
        for batch in file.batches(AT_ONCE, kept.count):
            with self.run.autocast():
                tokens = self.run.model.encode(batch)
            found, shares = scores_and_shares(self._score, odds, tokens, self.run.absent, slices)
            kept.add(tokens, probabilities(found, labels), shares, file.state())
            if progress:
                progress(file.spans[kept.count - 1].end, file.known.duration)
        start, end = np.array(file.spans).round(6).T
        made = kept.scores()
        return Windows(start, end, made["scores"].astype(float), made["shares"].astype(float), tuple(slices))

    def _score(self, tokens: TokenSequence) -> Tensor:
        with self.run.autocast():
            scores = self.run.score(tokens)
        return scores.float()


def captions_of(found: Found | None, beside: Path | str) -> Captions | None:
    """With the name of a file as it is reached from the annotation, if a user has named it."""
    if found is None:
        return None
    name = Path(os.path.relpath(found.name, beside)).as_posix() if found.source == "file" else found.name
    return Captions(found.source, name, found.language, found.cues)


def settings_of(video: Path, **given: Any) -> Json:
    """What was asked for, and how many bytes the video has, by which another one of its name is told apart."""
    return {**given, "video_bytes": video.stat().st_size}


@contextmanager
def mmf_as_it_was() -> Iterator[None]:
    """What the block registers as MMF's config and data sets is gone after it; its classes stay."""
    before = dict(registry.mapping["state"])
    try:
        yield
    finally:
        registry.mapping["state"].clear()
        registry.mapping["state"].update(before)
