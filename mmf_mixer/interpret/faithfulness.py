"""Whether an order of importance is true of the model: what happens when the first tokens are taken out, or left in."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from mmf_mixer.interpret.estimates import estimate
from mmf_mixer.interpret.scoring import Score, logits, of_class
from mmf_mixer.modules.tokens import TokenSequence

STEPS = 16  # points of a curve, besides its beginning
BINS = (0.01, 0.05, 0.1, 0.2, 0.5)  # of the tokens; those of ERASER


@dataclass(frozen=True)
class Faithfulness:
    """The four measures of one order of importance, for each of B samples.

    Attributes:
        deletion, insertion: area under the probability of the class while tokens are replaced by the baseline, or put
            into it, the most important first (RISE, Petsiuk et al. 2018, https://arxiv.org/abs/1806.07421). Faithful:
            deletion low, insertion high.
        comprehensiveness, sufficiency: what the probability loses without the most important tokens, and with nothing
            but them; means over 1, 5, 10, 20 and 50 % of the tokens (ERASER, DeYoung et al. 2020,
            https://arxiv.org/abs/1911.03429). Faithful: comprehensiveness high, sufficiency low.
    """

    deletion: Tensor
    insertion: Tensor
    comprehensiveness: Tensor
    sufficiency: Tensor

    def estimates(self) -> dict[str, dict[str, float]]:
        """Each measure's mean and interval over the samples."""
        return {name: asdict(estimate(values)) for name, values in vars(self).items()}


def measure(score: Score, tokens: TokenSequence, classes: Tensor, importance: Tensor, baseline: Tensor) -> Faithfulness:
    """Measure one order of importance.

    Tokens that do not exist are never touched; fractions are of those that do.

    Args:
        score: B x S x C to what is to fall and rise, B x L: probabilities.
        tokens: B x S x C.
        classes: B columns.
        importance: B x S, high = important.
        baseline: S x C.
    """
    curves = torch.linspace(0, 1, STEPS + 1).tolist()
    without = {part: _without(score, tokens, classes, importance, baseline, part) for part in {*curves, *BINS}}
    only = {part: _without(score, tokens, classes, -importance, baseline, 1 - part) for part in {*curves, *BINS}}
    full = without[0.0].unsqueeze(1)
    return Faithfulness(
        deletion=_area([without[part] for part in curves]),
        insertion=_area([only[part] for part in curves]),
        comprehensiveness=(full - torch.stack([without[part] for part in BINS], dim=1)).mean(dim=1),
        sufficiency=(full - torch.stack([only[part] for part in BINS], dim=1)).mean(dim=1),
    )


def _without(
    score: Score, tokens: TokenSequence, classes: Tensor, importance: Tensor, baseline: Tensor, part: float
) -> Tensor:
    """The classes' scores, B, with that part of the existing tokens replaced, the most important first."""
    order = importance.masked_fill(~tokens.mask, -torch.inf).argsort(dim=1, descending=True, stable=True)
    rank = order.argsort(dim=1)
    count = (tokens.mask.sum(dim=1, keepdim=True) * part).round()
    gone = ((rank < count) & tokens.mask).unsqueeze(2)
    return of_class(logits(score, TokenSequence(torch.where(gone, baseline, tokens.values), tokens.mask)), classes)


def _area(curve: list[Tensor]) -> Tensor:
    return torch.trapezoid(torch.stack(curve, dim=1), dx=1 / (len(curve) - 1), dim=1)
