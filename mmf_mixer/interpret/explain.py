"""The stencils of a run from end to end: made, clustered, turned into contributions, and tested for faithfulness."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import isnan
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from mmf_mixer.errors import InputError, nearest
from mmf_mixer.files import replacing, write_json
from mmf_mixer.interpret.cluster import Clusters, check_clusters, cluster
from mmf_mixer.interpret.contribution import Shares, class_gains, class_shares, gate
from mmf_mixer.interpret.estimates import Estimate, estimate
from mmf_mixer.interpret.faithfulness import Faithfulness, measure
from mmf_mixer.interpret.orders import orders
from mmf_mixer.interpret.run import Encoded, TrainedRun
from mmf_mixer.interpret.sanity import rank_correlation, shuffled_weights
from mmf_mixer.interpret.scoring import members_of, take
from mmf_mixer.interpret.stencil import Samples, Settings, optimise
from mmf_mixer.protocols import Json

SPLIT = "test"  # whose clips contributions and faithfulness are measured on
SHUFFLED_RESTARTS = 4


@dataclass(frozen=True)
class Explanation:
    """What `explain` finds of L labels.

    Attributes:
        labels: their names.
        classes: their columns in the scores.
        clusters: the stencils of each.
        gates: L x S x C, how far each class opens each cell.
        shares: the mean contributions of tokens (L x S) and modalities (L each) over the clips of each label; NaN for a
            label without a clip, whose contributions are null in `contributions.json`.
        slices: where each modality lies in the sequence.
        baseline: S x C, the mean sequence of the training split.
        faithfulness: as in `contributions.json`.
    """

    labels: list[str]
    classes: list[int]
    clusters: list[Clusters]
    gates: Tensor
    shares: Shares
    slices: dict[str, slice]
    baseline: Tensor
    faithfulness: Json

    def modality_shares(self, row: int) -> dict[str, float] | None:
        """What each modality contributes to the label in that row; None if no clip that was looked at has it."""
        shares = {key: share[row].item() for key, share in self.shares.modalities.items()}
        return None if any(map(isnan, shares.values())) else shares

    def _token_shares(self, row: int) -> dict[str, list[float]]:
        return {key: self.shares.tokens[row, span].tolist() for key, span in self.slices.items()}

    def contributions(self) -> Json:
        """The content of `contributions.json`."""
        entries = {}
        for row, (label, found) in enumerate(zip(self.labels, self.clusters, strict=True)):
            shares = self.modality_shares(row)
            entries[label] = {
                "modalities": shares,
                "tokens": None if shares is None else self._token_shares(row),
                "stencils": len(found.sizes),
                "silhouette": found.silhouette,
                "sizes": list(found.sizes),
                "stability": found.stability,
            }
        return {"labels": entries, "faithfulness": self.faithfulness}

    def write(self, out: Path) -> None:
        """Write `stencils.safetensors` (for each label K x S x C) and `contributions.json` into a folder."""
        out.mkdir(parents=True, exist_ok=True)
        stencils = {label: found.stencils.contiguous() for label, found in zip(self.labels, self.clusters, strict=True)}
        with replacing(out / "stencils.safetensors") as path:
            save_file(stencils, path)
        write_json(out / "contributions.json", self.contributions())


def explain(
    run: TrainedRun, settings: Settings, labels: Sequence[str] = (), clusters: int | None = None, most: int = 256
) -> Explanation:
    """Stencils of a run, what each modality and token contributes to each label, and how true that is.

    Args:
        run: from `load_run`.
        settings: of the stencils.
        labels: their names; none = all of the run.
        clusters: K for each class; None = by silhouette.
        most: how many clips of a split are looked at: of the training split to make stencils from, and of the test
            split to measure on.

    Raises:
        InputError: a label that the run does not have, or K larger than the number of restarts.
    """
    classes = columns_of(run, labels)
    check_clusters(clusters, settings.restarts)
    train, test = (run.encode(split, run.by_lot(split, most, settings.seed)) for split in ("train", SPLIT))
    samples = Samples(run.score, train.tokens, train.targets)
    stencils = optimise(run.score, samples, run.slices, classes, settings)
    found = [cluster(own, clusters, settings.seed) for own in stencils]
    gates = torch.stack([gate(each) for each in found]).to(run.device)
    held_out = members_of(test.targets)
    members = [held_out[column].to(run.device) for column in classes]
    gains = class_gains(run.score, test.tokens, members, classes, gates, samples.baseline)
    return Explanation(
        labels=[run.labels.names[column] for column in classes],
        classes=classes,
        clusters=found,
        gates=gates,
        shares=class_shares(gains, test.tokens.mask, members, run.slices),
        slices=run.slices,
        baseline=samples.baseline,
        faithfulness=faithfulness(run, test, classes, gates, gains, samples.baseline, settings.seed)
        | {"rank_correlation": sanity(run, train, classes, stencils, settings)},
    )


def columns_of(run: TrainedRun, labels: Sequence[str]) -> list[int]:
    """The columns of labels; of all, if there are none. Raises InputError for a label that the run does not have."""
    names = run.labels.names
    for label in labels:
        if label not in names:
            close = nearest(label, names, cutoff=0.4)
            hint = f"did you mean {close!r}?" if close else f"it has {', '.join(names[:10])}…"
            raise InputError(f"{run.folder}: the run has no label {label!r}; {hint}")
    return [run.labels.position[label] for label in labels or names]


def one_label_each(targets: Tensor, classes: Sequence[int], seed: int) -> tuple[Tensor, Tensor]:
    """Of each sample that has any of `classes`, one by lot: the places of these samples, and a class for each."""
    has = targets[:, list(classes)] > 0
    some = has.any(dim=1).nonzero().flatten()
    lot = torch.rand(has.shape, generator=torch.Generator().manual_seed(seed)).to(has.device)
    picked = torch.where(has, lot, -1.0)[some].argmax(dim=1)
    return some, torch.tensor(classes, device=targets.device)[picked]


def faithfulness(
    run: TrainedRun,
    clips: Encoded,
    classes: Sequence[int],
    gates: Tensor,
    gains: Tensor,
    baseline: Tensor,
    seed: int,
) -> Json:
    """Deletion, insertion, comprehensiveness and sufficiency of stencils and of other methods on the same clips.

    Args:
        run: from `load_run`.
        clips: N of them.
        classes: columns.
        gates: one S x C for each class.
        gains: `len(classes) x N x S`, from `class_gains`.
        baseline: S x C.
        seed: of the lot.
    """
    which, columns = one_label_each(clips.targets, classes, seed)
    if not len(which):
        return {
            "samples": 0,
            "verdict": "No clip of the test split has one of these labels: nothing could be measured.",
        }
    tokens = take(clips.tokens, which)
    place = {column: row for row, column in enumerate(classes)}
    rows = [place[int(column)] for column in columns]
    methods = {"stencils": gains[rows, which]}
    methods |= orders(run.score, tokens, columns, gates[rows], baseline, run.slices, seed)
    measured = measure(run.probability, tokens, columns, methods, baseline)
    ahead = ahead_of_random(measured)
    return {
        "split": SPLIT,
        "samples": len(which),
        "methods": {name: each.estimates() for name, each in measured.items()},
        "ahead_of_random": {name: asdict(difference) for name, difference in ahead.items()},
        "verdict": verdict(ahead),
    }


def ahead_of_random(measured: dict[str, Faithfulness]) -> dict[str, Estimate]:
    """By how much stencils, and their masks alone, are better than a random order; above 0 = more faithful."""
    chance = measured["random"]
    ahead = {}
    for name in ("stencils", "masks_alone"):
        ahead[f"{name}, deletion"] = estimate(chance.deletion - measured[name].deletion)
        ahead[f"{name}, insertion"] = estimate(measured[name].insertion - chance.insertion)
    return ahead


def verdict(ahead: dict[str, Estimate]) -> str:
    """One sentence: whether stencils are more faithful than a random order, all intervals being above 0."""
    lacking = [name for name, difference in ahead.items() if difference.low <= 0]
    if lacking:
        return f"The stencils are not shown to be more faithful than a random order: {'; '.join(lacking)}."
    return "The stencils, and their masks alone, are more faithful than a random order, by deletion and by insertion."


def sanity(run: TrainedRun, clips: Encoded, classes: Sequence[int], stencils: Tensor, settings: Settings) -> Json:
    """Rank correlation of the stencils with those of the same model with shuffled weights, which should be near 0; and,
    as a yardstick, that of one half of the restarts with the other. Tokens that are the same in all clips are left
    out: any model's stencils are closed there."""
    few = replace(settings, restarts=min(SHUFFLED_RESTARTS, settings.restarts))
    with shuffled_weights(run.model, settings.seed):
        samples = Samples(run.score, clips.tokens, clips.targets)
        others = optimise(run.score, samples, run.slices, classes, few)
        varying = samples.varying.cpu()
    both = [made.abs().mean(dim=1)[:, varying] for made in (stencils, others)]
    halves = [half.abs().mean(dim=1)[:, varying] for half in stencils.tensor_split(2, dim=1)]
    return {
        "shuffled_weights": asdict(estimate(rank_correlation(*both))),
        "halves": asdict(estimate(rank_correlation(*halves))) if settings.restarts > 1 else None,
    }
