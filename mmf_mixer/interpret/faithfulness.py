"""Whether an order of importance is true of the model: what happens when the first tokens are taken out, or left in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from mmf_mixer.interpret.estimates import estimate
from mmf_mixer.interpret.scoring import AT_ONCE, Score, of_class
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


def measure(
    score: Score, tokens: TokenSequence, classes: Tensor, orders: Mapping[str, Tensor], baseline: Tensor
) -> dict[str, Faithfulness]:
    """Measure orders of importance, by name.

    Tokens that do not exist are never touched; fractions are of those that do.

    Args:
        score: B x S x C to what is to fall and rise, B x L: probabilities.
        tokens: B x S x C.
        classes: B columns.
        orders: B x S each, high = important.
        baseline: S x C.
    """
    curves = torch.linspace(0, 1, STEPS + 1).tolist()
    parts = sorted({*curves, *BINS})
    without = [_first(order, tokens.mask, part) for order in orders.values() for part in parts]
    only = [_first(-order, tokens.mask, 1 - part) for order in orders.values() for part in parts]
    found = _scored(score, tokens, classes, torch.stack(without + only), baseline)
    fall, rise = found.view(2, len(orders), len(parts), -1)
    return {name: _read(parts, curves, *both) for name, *both in zip(orders, fall, rise, strict=True)}


def _first(importance: Tensor, mask: Tensor, part: float) -> Tensor:
    """That part of the existing tokens, the most important ones: B x S."""
    order = importance.masked_fill(~mask, -torch.inf).argsort(dim=1, descending=True, stable=True)
    count = (mask.sum(dim=1, keepdim=True) * part).round()
    return (order.argsort(dim=1) < count) & mask


@torch.no_grad()
def _scored(score: Score, tokens: TokenSequence, classes: Tensor, gone: Tensor, baseline: Tensor) -> Tensor:
    """The classes' scores with the tokens replaced that are `gone`, I x B x S: I x B. What is the same is scored once,
    such as the whole and the empty input of all orders."""
    sample = torch.arange(len(classes), device=gone.device).expand(gone.shape[:2])
    inputs = torch.cat([sample.unsqueeze(2), gone], dim=2).flatten(0, 1)
    distinct, place = torch.unique(inputs, dim=0, return_inverse=True)
    scores = []
    for part in distinct.split(AT_ONCE):
        rows, replaced = part[:, 0], part[:, 1:].bool().unsqueeze(2)
        given = TokenSequence(torch.where(replaced, baseline, tokens.values[rows]), tokens.mask[rows])
        scores.append(of_class(score(given), classes[rows]))
    return torch.cat(scores)[place].view(gone.shape[:2])


def _read(parts: list[float], curves: list[float], fall: Tensor, rise: Tensor) -> Faithfulness:
    """The measures from the scores without these parts of the tokens, and with nothing but them: P x B each."""
    points, bins = ([parts.index(part) for part in wanted] for wanted in (curves, BINS))
    full = fall[0]
    return Faithfulness(
        deletion=torch.trapezoid(fall[points], dx=1 / STEPS, dim=0),
        insertion=torch.trapezoid(rise[points], dx=1 / STEPS, dim=0),
        comprehensiveness=full - fall[bins].mean(dim=0),
        sufficiency=full - rise[bins].mean(dim=0),
    )
