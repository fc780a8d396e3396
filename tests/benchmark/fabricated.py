"""A folder as a comparison leaves it, made up: four models of known order, two fractions, three seeds, one failure."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from mmf_mixer.benchmark.scores import SCORES, Scores, write_scores
from mmf_mixer.benchmark.statistics import statistics
from mmf_mixer.data.clip import Clip, LabelGroup, Labels
from mmf_mixer.data.clips import Clips
from mmf_mixer.data.folder import DatasetFolder
from mmf_mixer.interpret.estimates import Estimate
from mmf_mixer.interpret.subsets import subsets_of
from mmf_mixer.interpret.usage import ModalityUsage, Part, Usage

KEYS = ("text", "audio", "video")
LABELS = Labels(
    (LabelGroup("act", True, ("walk", "run", "sit", "stand")), LabelGroup("event", False, ("goal", "foul")))
)
CLIPS, TRAINING_CLIPS, SEEDS = 40, 400, (0, 1, 2)
HOSTILE = "<script>alert(1)</script>"
STRENGTHS = {  # of the signal in a model's scores, with 400 clips and with 100
    "majority": (0.0, 0.0),
    "concat_mlp": (1.6, 1.7),
    "mmf_transformer": (2.0, 1.2),
    "mmf_mixer": (3.0, 1.5),
}
ENVIRONMENT = {
    "mmf_mixer": "0.1.0",
    "mmf": {"release": "package", "version": "1.0.0rc10", "folder": "mmf"},
    "python": "3.11.2",
    "libraries": {"torch": "2.14.1", "numpy": "2.4.6"},
    "device": "cpu, 2 threads",
    "problems": [],
}


def folder() -> DatasetFolder:
    """The dataset folder that it would be of."""
    clip = Clip("", None, None, None, None, None, ())
    sizes = {"train": TRAINING_CLIPS, "val": 0, "test": CLIPS}
    return DatasetFolder(LABELS, {split: Clips.of([clip] * size, LABELS) for split, size in sizes.items()})


def fabricate(out: Path) -> dict[str, Any]:
    """Write scores and usage of all rows into `out`; returns what `results.json` holds."""
    rows = [row(out, model, KEYS, fraction, seed) for fraction in (1.0, 0.25) for model in STRENGTHS for seed in SEEDS]
    rows += [row(out, "mmf_mixer", ("text",), 1.0, seed, 1.0) for seed in SEEDS]
    failed = {
        "model": "broken",
        "modalities": list(KEYS),
        "fraction": 1.0,
        "seed": 0,
        "command": "mmf_run model=broken",
    }
    rows.append({**failed, "error": f"no such model {HOSTILE}"})
    return {"rows": rows, **statistics(rows, folder(), out), "environment": ENVIRONMENT}


def row(
    out: Path, model: str, modalities: tuple[str, ...], fraction: float, seed: int, strength: float | None = None
) -> dict[str, Any]:
    """One row, whose scores are noise that all rows share, noise of its own, and so much of the truth."""
    if strength is None:
        strength = STRENGTHS[model][fraction < 1]
    shared, own = (
        np.random.default_rng(0),
        np.random.default_rng([len(model), len(modalities), int(8 * fraction), seed]),
    )
    targets = np.eye(4, dtype=np.uint8)[shared.integers(0, 4, CLIPS)]
    targets = np.concatenate([targets, (shared.random((CLIPS, 2)) < 0.4).astype(np.uint8)], axis=1)
    noise = shared.normal(size=targets.shape) + 0.6 * own.normal(size=targets.shape)
    scores = strength * (targets - 0.5) + (noise if strength else 0)
    name = f"{model}-{'+'.join(modalities)}-{fraction:g}-{seed}"
    (out / name).mkdir(parents=True)
    said = Scores(scores.astype(np.float32), targets, np.arange(CLIPS))
    write_scores(out / name / SCORES, {"val": said, "test": said})
    made: dict[str, Any] = {
        "model": model,
        "modalities": list(modalities),
        "fraction": fraction,
        "seed": seed,
        "metrics": metrics(scores, targets),
        "params": 1000 * len(model) * len(modalities),
        "train_seconds": 20.0 + seed,
        "ms_per_step": 0.0 if model == "majority" else 3.0 * len(model) + seed,
        "peak_mb": 900.0,
        "command": f"mmf_run model={model} fusion.use={','.join(modalities)} training.seed={seed}",
        "scores": f"{name}/scores.safetensors",
        "tuned": {"optimizer.params.lr": 0.001},
    }
    if len(modalities) > 1 and model != "majority":
        made["usage"] = f"{name}/usage.json"
        (out / made["usage"]).write_text(json.dumps(asdict(usage(model, seed))))
    return made


def metrics(scores: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """What MMF would have measured."""
    import torch

    from mmf_mixer.measures.metrics import group_accuracy, macro_f1, mean_average_precision

    measures = {
        "group_accuracy": group_accuracy,
        "mean_average_precision": mean_average_precision,
        "group_macro_f1": macro_f1,
    }
    tensors = torch.from_numpy(scores), torch.from_numpy(targets)
    return {name: measure(*tensors, LABELS) for name, measure in measures.items()}


def usage(model: str, seed: int) -> Usage:
    """The Mixer's shares are 40, 30 and 30 %, those of others 70, 20 and 10 %; seeds differ by a point."""
    shares = (0.4, 0.3, 0.3) if model == "mmf_mixer" else (0.7, 0.2, 0.1)
    shift = 0.01 * (seed - 1)

    def about(mean: float) -> Estimate:
        return Estimate(mean + shift, mean + shift - 0.05, mean + shift + 0.05)

    modalities = {
        key: ModalityUsage(1.0, about(share / 4), about(share / 5), about(share / 2), Estimate(share, share, share), {})
        for key, share in zip(KEYS, shares, strict=True)
    }
    gain = dict(zip(KEYS, shares, strict=True))
    subsets = [Part(each, CLIPS, about(0.3 + 0.5 * sum(gain[key] for key in each))) for each in subsets_of(KEYS)]
    evidence = [Part(("text",), 25, about(0.7)), Part(("audio", "video"), 15, about(0.5))]
    entropy = float(-sum(share * np.log(share) for share in shares) / np.log(3))
    return Usage(
        model, "test", "group_accuracy", CLIPS, modalities, Estimate(entropy, entropy, entropy), subsets, evidence
    )
