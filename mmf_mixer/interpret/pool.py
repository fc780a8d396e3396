"""Clips without labels, of which some are to be labelled next."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from omegaconf import OmegaConf

from mmf_mixer.data.clip import Clip, Labels
from mmf_mixer.data.clips import Clips
from mmf_mixer.data.folder import DatasetFolder, read_split
from mmf_mixer.data.views import Views
from mmf_mixer.datasets.clips import ClipsDataset
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.run import TrainedRun
from mmf_mixer.interpret.views import split_views
from mmf_mixer.limits import SPLIT_BYTES, content
from mmf_mixer.protocols import Json

POOL = "pool"


class Pool(NamedTuple):
    """N candidates: their lines, as a dataset folder has them but for empty lists of labels, and their views. `said` is
    a sentence on what the lines lack; `master` is the annotation whose windows they are, if they are any."""

    lines: list[Json]
    views: Views
    said: str | None = None
    master: Json | None = None


def pool_of_lines(run: TrainedRun, path: Path) -> Pool:
    """The clips of a file of lines that have no labels yet, `"labels": []`. Those that cannot be read are left out.

    Raises:
        InputError: a line is wrong or has labels, or no clip can be read.
    """
    entries = {str(entry.get("id")): entry for entry in _unlabelled(path)}
    clips = read_split(path.parent, path.stem, Labels(()))
    views, _, readable = split_views(with_pool(run, clips), POOL)
    return Pool([entries[clip.id] for clip in readable], views)


def with_pool(run: TrainedRun, clips: Iterable[Clip]) -> TrainedRun:
    """The run with these clips as another split, `POOL`, which is read from media also in a run from a store."""
    own = run.config.dataset_config[run.config.datasets]
    config = OmegaConf.create({"processors": own.processors, "cache": False})
    dataset = ClipsDataset("clips", config, POOL, DatasetFolder(run.labels, {POOL: Clips.of(clips, run.labels)}))
    dataset.init_processors()
    return replace(run, datasets={**run.datasets, POOL: dataset})


def _unlabelled(path: Path) -> Iterator[Json]:
    """The lines that are objects; what is wrong with others, their reader will say."""
    for number, line in enumerate(content(path, SPLIT_BYTES).splitlines(), start=1):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            if entry.get("labels"):
                raise InputError(f'{path} line {number}: has labels already; write "labels": [], or leave it out.')
            yield entry
