"""How much a trained model uses each modality: measured by what its accuracy loses without it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmf_mixer.files import write_json
from mmf_mixer.interpret.estimates import Estimate, estimate
from mmf_mixer.interpret.evidence import read_evidence
from mmf_mixer.interpret.run import TrainedRun
from mmf_mixer.interpret.scoring import logits
from mmf_mixer.interpret.subsets import Array, Outcomes, outcomes, subsets_of, usage_figures
from mmf_mixer.measures.metrics import right_groups
from mmf_mixer.modules.tokens import TokenSequence

RESAMPLES = 2000  # of the bootstrap


@dataclass(frozen=True)
class ModalityUsage:
    """What a model does with one modality. All but `share` and `utilisation` are in accuracy, from -1 to 1.

    Attributes:
        present: the share of clips that have the modality. One that is often absent can be used only that much.
        drop: accuracy with all modalities, less accuracy with this one masked.
        perceptual: accuracy with all, less accuracy when each clip has the modality of another clip (Gat et al. 2021,
            https://arxiv.org/abs/2110.14375, without their division by the accuracy).
        shapley: the exact Shapley value, where a set of modalities is worth the accuracy that it alone gives. The
            values of all modalities add up to the accuracy less that of a model that is given nothing.
        share: `shapley` as a part of the whole, negative values counted as 0; None where no value is positive.
        utilisation: by other modality, u(this | other) = (A(this, other) - A(other)) / A(this, other): how much of
            what the pair gets right it owes to this one (Wu et al. 2022, https://arxiv.org/abs/2202.05306).
    """

    present: float
    drop: Estimate
    perceptual: Estimate
    shapley: Estimate
    share: Estimate | None
    utilisation: dict[str, Estimate | None]


@dataclass(frozen=True)
class Part:
    """The accuracy of a model that has these modalities only; or on the clips whose evidence lies in these."""

    modalities: tuple[str, ...]
    samples: int
    accuracy: Estimate


@dataclass(frozen=True)
class GroupUsage:
    """Modality usage on the label groups that were made from the same senses; of none: it is not said."""

    made_from: tuple[str, ...]
    groups: tuple[str, ...]
    accuracy: Estimate
    modalities: dict[str, ModalityUsage]


@dataclass(frozen=True)
class Usage:
    """Modality usage of a run on a split. Intervals are 95 % bootstrap percentiles over clips.

    Attributes:
        model: its name.
        split: whose clips.
        metric: what accuracy is: the share of label groups that are right (of an open group: of its labels).
        samples: how many clips.
        modalities: by key.
        entropy: of the shares, as a part of that of even shares: 1 = all alike, 0 = one alone; None as for `share`.
        subsets: the accuracy with each subset of the modalities, the others masked; the last has all.
        evidence: the accuracy by where a clip's evidence lies; empty if the dataset folder does not say.
        by_from: by what labels were made from; empty if `labels.yaml` does not say.
    """

    model: str
    split: str
    metric: str
    samples: int
    modalities: dict[str, ModalityUsage]
    entropy: Estimate | None
    subsets: list[Part]
    evidence: list[Part]
    by_from: list[GroupUsage] = field(default_factory=list)

    def write(self, out: Path) -> None:
        """Write `usage.json` into a folder."""
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / "usage.json", asdict(self))


def modality_usage(run: TrainedRun, split: str = "test", most: int = 2000, seed: int = 0) -> Usage:
    """Measure a run on a split. Each clip is encoded once.

    A masked modality looks as in a clip that never had it. Clips that lack one anyway stay in and lose nothing with it,
    so that all figures are of the split as it is.

    Args:
        run: from `load_run`.
        split: train, val or test.
        most: how many of its clips are looked at, by lot if there are more.
        seed: of the lot, the permutations and the bootstrap.

    Raises:
        InputError: no clip of the split can be read, or `evidence.jsonl` is damaged.
    """
    clips = run.encode(split, run.by_lot(split, most, seed))
    targets = clips.targets.cpu()

    def right(tokens: TokenSequence) -> Tensor:
        return right_groups(logits(run.score, tokens).cpu(), targets, run.labels)

    by_group = outcomes(right, clips.tokens, run.absent, run.slices, seed)
    found = by_group.of(range(len(run.labels.groups)))
    present = {key: clips.tokens.mask[:, span].any(dim=1).float().mean().item() for key, span in run.slices.items()}
    modalities, entropy = by_modality(found, present, seed)
    whole = found.subsets[:, -1]
    evidence = read_evidence(run, [run.datasets[split].clips[place].id for place in clips.index.tolist()])
    return Usage(
        model=str(run.config.model),
        split=split,
        metric="group_accuracy",
        samples=len(targets),
        modalities=modalities,
        entropy=entropy,
        subsets=[_part(*each) for each in zip(subsets_of(found.keys), found.subsets.T, strict=True)],
        evidence=[_part(where, whole[rows]) for where, rows in evidence.items()],
        by_from=[
            GroupUsage(
                made_from=senses,
                groups=tuple(run.labels.groups[place].name for place in places),
                accuracy=_part((), by_group.of(places).subsets[:, -1]).accuracy,
                modalities=by_modality(by_group.of(places), present, seed)[0],
            )
            for senses, places in run.labels.made_from().items()
        ],
    )


def by_modality(
    found: Outcomes, present: Mapping[str, float], seed: int
) -> tuple[dict[str, ModalityUsage], Estimate | None]:
    """The usage of each modality, and the entropy of their shares, with intervals.

    An interval always holds its estimate: shares and entropy have bounds, which resamples reach from one side only.
    """
    clips = len(found.subsets)
    draws = np.random.default_rng(seed).multinomial(clips, np.full(clips, 1 / clips), RESAMPLES) / clips
    once = usage_figures(found.keys, found.subsets.mean(axis=0), found.permuted.mean(axis=0))
    again = usage_figures(found.keys, draws @ found.subsets, draws @ found.permuted)

    def figure(name: str, *place: int) -> Estimate:
        value = float(once[name][place])
        resampled = again[name][(slice(None), *place)]
        low, high = (float(end) for end in np.nanpercentile(resampled, (2.5, 97.5)))
        return Estimate(value, min(value, low), max(value, high))

    def defined(name: str, *place: int) -> Estimate | None:
        return None if np.isnan(once[name][place]) else figure(name, *place)

    usage = {}
    for row, key in enumerate(found.keys):
        others = {other: column for column, other in enumerate(found.keys) if other != key}
        usage[key] = ModalityUsage(
            present=present[key],
            drop=figure("drop", row),
            perceptual=figure("perceptual", row),
            shapley=figure("shapley", row),
            share=defined("share", row),
            utilisation={other: defined("utilisation", row, column) for other, column in others.items()},
        )
    return usage, defined("entropy")


def _part(modalities: tuple[str, ...], right: Array) -> Part:
    return Part(modalities, len(right), estimate(torch.from_numpy(right.copy())))
