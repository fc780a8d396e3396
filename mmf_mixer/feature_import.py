"""Fills a feature store with what somebody has made already, and writes the dataset folder and run config for it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import yaml
from omegaconf import OmegaConf
from rich.progress import track
from torch import Tensor, nn

from mmf_mixer.data.clip import SPLITS
from mmf_mixer.data.folder import fingerprint
from mmf_mixer.data.writing import read_built, write_labels, write_lines
from mmf_mixer.encoders.recipes import encoder_recipe
from mmf_mixer.encoders.weights import weights_digest
from mmf_mixer.errors import InputError, shown
from mmf_mixer.files import new_folder, write_json, write_text
from mmf_mixer.labels.features.clips import GivenClip, given_clips
from mmf_mixer.labels.features.scaling import Scale, exists, scale_of
from mmf_mixer.labels.imports.folder import REPORT
from mmf_mixer.labels.imports.splits import deal
from mmf_mixer.labels.imports.tally import Tally
from mmf_mixer.protocols import Json
from mmf_mixer.store.manifest import GIVEN, Manifest, StoredModality
from mmf_mixer.store.writing import add, begin, missing

FIRST = ("text",)  # of the modalities, which else go by name, for files of some kinds have them in no order
STORE, CONFIG = "features", "config.yaml"
COMMON = "projects/activity_recognition/configs/common.yaml"


class Shape(NamedTuple):
    """How many tokens a modality has at most, and how wide each is."""

    tokens: int
    width: int


def import_features(
    source: Path,
    out: Path,
    labels: str | None = None,
    group: str = "label",
    exclusive: Sequence[str] = (),
    edges: Sequence[float] = (),
    seed: int = 0,
) -> Json:
    """Make the dataset folder `out` of arrays, with a store in `features/` and a `config.yaml` that trains on it, and
    return what `import.json` holds. Features are standardised, each over the training clips; padding is masked.

    Args:
        source: see `read_nest` and `parts_of`.
        out: a new folder, written whole or not at all.
        labels: a table of labels, or the field that has them: see `given_clips`, also for the next three.
        seed: of the splits that the source does not say.

    Raises:
        InputError: arrays or labels that cannot be read or make no dataset folder.
    """
    left, noted = Tally(), Tally()
    clips, groups = given_clips(source, labels, group, exclusive, edges, left)
    if len(clips) < len(SPLITS):
        raise InputError(f"{source}: only {len(clips)} clips have features and labels; three splits need more.")
    shapes = _shapes(clips, source)
    splits, how = deal([clip.labels for clip in clips], [clip.split for clip in clips], seed)
    dealt = {name: [clip for clip, own in zip(clips, splits, strict=True) if own == name] for name in SPLITS}
    scales = {
        key: scale_of((clip.modalities[key] for clip in dealt["train"] if key in clip.modalities), shape.width)
        for key, shape in shapes.items()
    }
    for clip in clips:
        for key, values in clip.modalities.items():
            odd = int((~np.isfinite(values[exists(values)])).sum())
            noted.add("a value that is no number is taken as the mean", f"{clip.id} {key}", odd)
    report = {
        "kind": "features",
        "source": str(source),
        "modalities": {key: shape._asdict() for key, shape in shapes.items()},
        "splits": how,
        "written": {split: {"files": len(own), "lines": len(own)} for split, own in dealt.items()},
        "labels": Counter(label for clip in clips for label in clip.labels),
        "left_out": left.written(),
        "noted": noted.written(),
    }
    with new_folder(out) as building:
        write_labels(building, groups)
        for split, own in dealt.items():
            lines = ({"id": clip.id, "features": True, "labels": list(clip.labels)} for clip in own)
            write_lines(building / f"{split}.jsonl", lines)
        read_built(building, out)
        _fill(building, dealt, shapes, scales, source)
        write_text(building / CONFIG, yaml.safe_dump(_config(out, shapes), sort_keys=False))
        write_json(building / REPORT, report)
    return report


def _shapes(clips: Sequence[GivenClip], source: Path) -> dict[str, Shape]:
    """Of each modality. Raises InputError if clips do not agree on a width."""
    shapes: dict[str, Shape] = {}
    for clip in clips:
        for key, values in clip.modalities.items():
            if not key.isidentifier():
                raise InputError(
                    f"{source}: {shown(key)} cannot name a modality in a config; use letters, digits and _."
                )
            tokens, width = values.shape
            most = shapes.setdefault(key, Shape(tokens, width))
            if most.width != width:
                raise InputError(
                    f"{source}: {key} of {shown(clip.id)} has {width} features a token, and others have {most.width}; "
                    "make them equal."
                )
            shapes[key] = Shape(max(tokens, most.tokens), width)
    return {key: shapes[key] for key in sorted(shapes, key=lambda key: (key not in FIRST, key))}


def _fill(
    root: Path, clips: dict[str, list[GivenClip]], shapes: dict[str, Shape], scales: dict[str, Scale], source: Path
) -> None:
    """Write the store."""
    manifest = Manifest(
        dataset=fingerprint(root),
        clips={split: len(own) for split, own in clips.items()},
        dtype="float32",
        modalities={
            key: StoredModality(
                processor={"type": GIVEN, "params": {"source": source.name}},
                encoder=encoder_recipe(OmegaConf.create(_encoder(shape))),
                weights=weights_digest(nn.Identity()),
                tokens=shape.tokens,
                width=shape.width,
            )
            for key, shape in shapes.items()
        },
    )
    begin(root / STORE, manifest)
    for shard in track(list(missing(manifest)), "Writing features", transient=True):
        own = clips[shard.split][shard.first : shard.first + shard.count]
        tensors = {"readable": torch.ones(len(own), dtype=torch.bool)}
        for key, shape in shapes.items():
            rows = [_padded(clip.modalities.get(key), shape, scales[key]) for clip in own]
            tensors[key], tensors[f"{key}_mask"] = map(torch.stack, zip(*rows, strict=True))
        add(root / STORE, manifest, shard, tensors)


def _padded(values: np.ndarray[Any, Any] | None, shape: Shape, scale: Scale) -> tuple[Tensor, Tensor]:
    """Scaled features T x D and their mask; a modality that a clip lacks is all padding."""
    made, mask = torch.zeros(shape), torch.zeros(shape.tokens, dtype=torch.uint8)
    if values is not None:
        there = exists(values)
        mask[: len(values)] = torch.from_numpy(there)
        made[: len(values)][torch.from_numpy(there)] = torch.from_numpy(scale(values[there]))
    return made, mask


def _encoder(shape: Shape) -> Json:
    """MMF's own, which hands features on."""
    return {"type": "identity", "params": {"in_dim": shape.width}}


def _config(out: Path, shapes: dict[str, Shape]) -> Json:
    """A run config by the rules of all others, for `dataset=clip_features`."""
    return {
        "includes": [COMMON],
        "dataset_config": {
            "clips": {"root": str(out), "processors": {f"{key}_processor": None for key in shapes}},
            "clip_features": {"store": str(out / STORE)},
        },
        "fusion": {
            "use": ",".join(shapes),
            "modalities": {
                key: {
                    "type": key,
                    "key": key,
                    "consume_raw": False,
                    "embedding_dim": shape.width,
                    "position_dim": shape.tokens,
                    "segment_id": number,
                    "encoder": _encoder(shape),
                }
                for number, (key, shape) in enumerate(shapes.items())
            },
        },
    }
