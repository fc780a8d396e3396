"""Stencils: inputs, or masks of inputs, that a class responds to, found by back-propagation through a frozen model.

Activation maximisation (Simonyan et al. 2013, https://arxiv.org/abs/1312.6034) of the logit, with a price on the area
that a mask lets through (Fong and Vedaldi 2017, https://arxiv.org/abs/1704.03296) and a term that sets the stencils of
a class apart (Olah et al. 2017, https://distill.pub/2017/feature-visualization).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from rich.progress import Progress
from torch import Tensor
from torch.nn import functional as F

from mmf_mixer.errors import InputError
from mmf_mixer.interpret.scoring import Score, logits, mean_tokens, members_of, of_class
from mmf_mixer.modules.tokens import TokenSequence

RATE = 0.1  # of Adam, at the beginning


@dataclass(frozen=True)
class Settings:
    """How stencils are made.

    Attributes:
        carrier: `data`: a stencil is a mask in [0, 1] over real samples of the class; `ones`: it is the input itself,
            of the energy of real ones.
        restarts: R, how many stencils each class gets.
        steps: of gradient ascent, by Adam with a learning rate that falls from `RATE` to 0 along a cosine.
        batch: at most so many stencils are in work at once; more than a hundred or so only take more memory on a CPU.
        area, smooth, diversity: weights of a stencil's mean size, of its total variation along the tokens of each
            modality, and of its mean cosine with the others of its class; the logit counts in its standard
            deviations over the samples.
        seed: of the noise that stencils start from, and of the samples they are laid over.

    Raises:
        InputError: a batch too small for the restarts of one class.
    """

    carrier: Literal["data", "ones"] = "data"
    restarts: int = 16
    steps: int = 60
    batch: int = 128
    area: float = 1.0
    smooth: float = 0.0
    diversity: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        if self.batch < self.restarts:
            raise InputError(
                f"stencils: a batch of {self.batch} cannot hold the {self.restarts} restarts of a class, which are "
                f"made together; set --batch to {self.restarts} or more."
            )


class Samples:
    """Real sequences for stencils to be laid over.

    Attributes:
        tokens: N x S x C.
        baseline: S x C, the mean sequence, which shows where a stencil is closed.
        deviation: N x S x C, by how much each sample differs from it.
        varying: S, whether any sample differs from it in this token. Elsewhere a stencil has nothing to keep.
        members: for each of the L classes the places of its samples among the N; of all, if it has none.
        spread: L, the standard deviation of each logit over the samples.
    """

    def __init__(self, score: Score, tokens: TokenSequence, targets: Tensor) -> None:
        self.tokens = tokens
        self.baseline = mean_tokens(tokens)
        self.deviation = tokens.values - self.baseline
        self.varying = self.deviation.abs().amax(dim=(0, 2)) > 1e-5 * self.baseline.abs().max()
        everyone = torch.arange(len(targets))
        self.members = [own if len(own) else everyone for own in members_of(targets)]
        self.spread = logits(score, tokens).std(dim=0, correction=0).clamp(min=1e-6)


def optimise(
    score: Score, samples: Samples, slices: Mapping[str, slice], classes: Sequence[int], settings: Settings
) -> Tensor:
    """Stencils of all `classes` (columns of the scores): `len(classes) x R x S x C`, on the CPU.

    A stencil depends on its class, its number among the restarts and the seed, not on which others are in its batch.

    Args:
        score: the frozen part right of the token stage.
        samples: of the training split.
        slices: where each modality lies in the sequence.
        classes: columns.
        settings: see there.
    """
    at_once = settings.batch // settings.restarts
    groups = [classes[first : first + at_once] for first in range(0, len(classes), at_once)]
    with Progress(transient=True) as progress:
        task = progress.add_task("Making stencils", total=len(groups) * settings.steps)
        made = []
        for group in groups:
            ascent = _Ascent(score, samples, slices, group, settings)
            for step in range(settings.steps):
                ascent.step(step)
                progress.advance(task)
            made.append(ascent.stencils().detach().cpu().view(len(group), settings.restarts, *samples.baseline.shape))
    return torch.cat(made)


class _Ascent:
    """The stencils of some classes on their way: `n = classes x R` of them, class by class."""

    def __init__(
        self, score: Score, samples: Samples, slices: Mapping[str, slice], classes: Sequence[int], settings: Settings
    ) -> None:
        self.score, self.samples, self.slices, self.settings = score, samples, slices, settings
        shape, device = samples.baseline.shape, samples.baseline.device
        noise, drawn = [], []
        for column in classes:
            lot = torch.Generator().manual_seed(settings.seed * 1_000_003 + column)
            noise.append(_noise(settings, shape, lot))
            members = samples.members[column]
            drawn.append(members[torch.randint(len(members), (settings.steps, settings.restarts), generator=lot)])
        self.free = torch.cat(noise).to(samples.baseline).requires_grad_()  # n x S x C
        self.drawn = torch.cat(drawn, dim=1).to(device)  # steps x n
        self.columns = torch.tensor(classes, device=device).repeat_interleave(settings.restarts)
        self.energy = samples.tokens.values.square().mean().sqrt()
        fused = device.type in ("cpu", "cuda")  # reads and writes everything once
        self.optimizer = torch.optim.Adam([self.free], lr=RATE, betas=(0.9, 0.99), fused=fused)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, settings.steps)

    def stencils(self) -> Tensor:
        """n x S x C: in [0, 1] for `data`, of the samples' root mean square for `ones`."""
        if self.settings.carrier == "data":
            return self.free
        return self.free * (self.energy / self.free.square().mean(dim=(1, 2), keepdim=True).sqrt())

    def step(self, number: int) -> None:
        """One step of ascent."""
        stencils = self.stencils()
        gain = of_class(self.score(self._input(stencils, number)), self.columns) / self.samples.spread[self.columns]
        loss = self._price(stencils) - gain.sum()
        (self.free.grad,) = torch.autograd.grad(loss, self.free)
        self.optimizer.step()
        self.schedule.step()
        if self.settings.carrier == "data":
            self.free.detach().clamp_(0, 1)

    def _input(self, stencils: Tensor, number: int) -> TokenSequence:
        if self.settings.carrier == "ones":
            return TokenSequence(stencils, torch.ones(stencils.shape[:2], dtype=torch.bool, device=stencils.device))
        carriers = self.drawn[number]
        values = torch.addcmul(self.samples.baseline, stencils, self.samples.deviation[carriers])
        return TokenSequence(values, self.samples.tokens.mask[carriers])

    def _price(self, stencils: Tensor) -> Tensor:
        """The sum over all stencils of what they cost; all of it is read off the size of each token, n x S."""
        settings = self.settings
        size = stencils.mean(dim=2) if settings.carrier == "data" else stencils.abs().mean(dim=2) / self.energy
        price = settings.area * size.mean(dim=1).sum()
        if settings.smooth:
            price = price + settings.smooth * sum(size[:, w].diff(dim=1).abs().sum() for w in self.slices.values())
        if settings.diversity and settings.restarts > 1:
            unit = F.normalize(size, dim=1)
            sums = unit.view(-1, settings.restarts, unit.shape[1]).sum(dim=1)
            alike = sums.square().sum() - len(unit)  # the cosines of all pairs of a class's stencils
            price = price + settings.diversity * alike / (settings.restarts - 1)
        return price


def _noise(settings: Settings, shape: torch.Size, lot: torch.Generator) -> Tensor:
    """What the stencils of a class start from, R x S x C: even in [0, 1] for `data`.

    Stencils of `ones` are scaled afterwards; that they start small lets steps turn them the more.
    """
    if settings.carrier == "data":
        return torch.rand(settings.restarts, *shape, generator=lot)
    return 0.25 * torch.randn(settings.restarts, *shape, generator=lot)
