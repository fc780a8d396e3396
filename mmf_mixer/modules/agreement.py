"""Which modalities belong to a clip: those whose opinions agree. What does not belong has no say.

A clip's caption may be another clip's. Let K be the number of labels in a group g, p_m(y) what the head of modality m
says of a label y, and s a set of modalities, those that belong. They are right together, as a product of experts
(Hinton 2002), so that by Bayes' rule

    P(y, s)  ~  prior(s)  prod_g  1/K  prod_{m in s} K p_m(y_g)
    P(s)     ~  prior(s)  prod_g  Z_g(s),     Z_g(s) = mean over y of  prod_{m in s} K p_m(y)
    P(y_g)   =  sum_s P(s) P(y_g | s)

The agreement Z of opinions is above 1 where they are alike, below where they contradict each other, and 1 of one alone
or where one has no opinion. So do people infer which of their senses have one cause (Koerding et al. 2007). All groups
speak of one s: that six words of a caption fit says more than that one does.
"""

from collections.abc import Iterator
from itertools import groupby, product
from math import log

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor, nn
from torch.nn import functional as F

from mmf_mixer.data.clip import Labels
from mmf_mixer.measures.losses import group_loss
from mmf_mixer.modules.experts import HEAVIEST, OpinionPool

OPEN = -1  # the group of a label that says nothing of others
BELIEF = 2.2  # the log-odds, 9 to 1, that a modality belongs, where the validation split does not tell
STEPS = 40  # of the search, which changes little after


class AgreementPool(OpinionPool):
    """The opinion pool of those heads whose modalities belong together: a mixture over all sets of modalities.

    The first J of the H heads have heard every modality, as the fusion's has, and agree with each; so they have no part
    in who belongs, and count in any case. A label may itself say who belongs (a caption is the clip's own or not), so
    each score gets a linear function, `readout`, of how sure it is that each modality belongs. Before they are fitted
    every modality belongs for certain, and the pool is the plain one.

    Args:
        heads: H = J + M.
        labels: L.
        joint: J.
    """

    group: Tensor
    belief: Tensor
    readout: Tensor
    sets: Tensor

    def __init__(self, heads: int, labels: int, joint: int = 1) -> None:
        super().__init__(heads, labels)
        self.joint = joint
        modalities = heads - joint
        sets = torch.tensor(list(product([True, False], repeat=modalities)))
        self.register_buffer("sets", sets, persistent=False)  # 2^M x M, all of them first
        self.register_buffer("group", torch.full((labels,), OPEN))
        self.register_buffer("belief", torch.full((modalities,), torch.inf))  # log-odds, before anything is heard
        self.register_buffer("readout", torch.zeros(1 + modalities, labels))
        self.register_load_state_dict_pre_hook(put_own_values)  # type: ignore[no-untyped-call]

    def forward(self, scores: Tensor) -> Tensor:
        return self._mixture(scores, self.weights, self.belief, self.readout)

    def sets_said(self, scores: Tensor) -> Tensor:
        """The logarithm of P(s) of each set, B x 2^M, from `scores`, B x H x L."""
        return self._sets((self.weights * scores)[:, self.joint :], self.belief)

    @torch.enable_grad()
    def fit(self, scores: Tensor, targets: Tensor, labels: Labels) -> None:
        """Begin with the plain pool's weights, and let them, the belief and the readout minimise the loss together.

        A ridge holds the weights near their beginning, the belief near `BELIEF` and the readout near 0, so that what N
        clips do not tell stays as it was.
        """
        super().fit(scores, targets, labels)
        for number, (group, columns) in enumerate(labels.slices()):
            self.group[columns] = number if group.exclusive else OPEN
        given, true = scores.double(), targets.double()
        first = torch.tensor([columns.start for _, columns in labels.slices()], device=scores.device)
        sizes = torch.tensor([len(group.labels) for group in labels.groups], device=scores.device)
        begin = self.weights[:, first].double()
        shapes = [begin.shape, self.belief.shape, self.readout.shape]
        ends = np.cumsum([shape.numel() for shape in shapes])

        def parts(flat: NDArray[np.float64]) -> list[Tensor]:
            pieces = zip(np.split(flat, ends[:-1]), shapes, strict=True)
            return [torch.tensor(piece, device=scores.device).view(shape) for piece, shape in pieces]

        def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            found = [part.requires_grad_() for part in parts(flat)]
            weights, belief, readout = found
            pooled = self._mixture(given, weights.repeat_interleave(sizes, dim=1), belief, readout)
            errors = [group_loss(pooled[:, columns], true[:, columns], group) for group, columns in labels.slices()]
            ridge = ((weights - begin) ** 2).sum() / 2 + ((belief - BELIEF) ** 2).sum() / 20 + (readout**2).sum()
            value = torch.stack(errors).mean() + ridge / len(true)
            gradients = torch.autograd.grad(value, found)
            return value.item(), torch.cat([part.flatten() for part in gradients]).cpu().numpy()

        start = np.concatenate([begin.flatten().cpu().numpy(), np.full(shapes[1], BELIEF), np.zeros(shapes[2].numel())])
        bounds = [(0.0, HEAVIEST)] * int(ends[0]) + [(None, None)] * int(ends[-1] - ends[0])
        result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS})
        weights, belief, readout = parts(result.x)
        self.weights.copy_(weights.repeat_interleave(sizes, dim=1))
        self.belief.copy_(belief)
        self.readout.copy_(readout)

    def _mixture(self, scores: Tensor, weights: Tensor, belief: Tensor, readout: Tensor) -> Tensor:
        """The logarithms of what is left of the labels when the sets are summed out, B x L."""
        weighed = weights * scores
        sets = self._sets(weighed[:, self.joint :], belief)
        sure = 2 * sets.exp() @ self.sets.to(sets.dtype) - 1  # B x M
        said = weighed[:, : self.joint].sum(dim=1, keepdim=True) + (sure @ readout[1:] + readout[0]).unsqueeze(1)
        said = said + torch.einsum("sm,bml->bsl", self.sets.to(scores.dtype), weighed[:, self.joint :])
        pooled, given = [], sets.unsqueeze(-1)
        for columns, exclusive in self._groups():
            own = said[..., columns]
            if exclusive:
                pooled.append(torch.logsumexp(given + own.log_softmax(dim=-1), dim=1))
            else:
                odds = [torch.logsumexp(given + F.logsigmoid(sign * own), dim=1) for sign in (1, -1)]
                pooled.append(odds[0] - odds[1])
        return torch.cat(pooled, dim=-1)

    def _sets(self, weighed: Tensor, belief: Tensor) -> Tensor:
        """log P(s), B x 2^M, from the weighed scores of the modalities, B x M x L."""
        sets = self.sets.to(weighed.dtype)
        prior = torch.where(self.sets, F.logsigmoid(belief), F.logsigmoid(-belief)).sum(dim=1)
        agreement = prior.expand(len(weighed), -1)
        for columns, exclusive in self._groups():
            own = weighed[..., columns]
            if exclusive:
                kinds = log(own.shape[-1])
                said = torch.einsum("sm,bml->bsl", sets, own.log_softmax(dim=-1) + kinds)
                agreement = agreement + torch.logsumexp(said, dim=-1) - kinds
            else:
                yes, no = (torch.einsum("sm,bml->bsl", sets, F.logsigmoid(sign * own) + log(2)) for sign in (1, -1))
                agreement = agreement + (torch.logaddexp(yes, no) - log(2)).sum(dim=-1)
        return agreement.log_softmax(dim=1)

    def _groups(self) -> Iterator[tuple[slice, bool]]:
        """The columns of each exclusive group, and of open labels side by side."""
        start = 0
        for number, members in groupby(self.group.tolist()):
            end = start + len(list(members))
            yield slice(start, end), number != OPEN
            start = end


def put_own_values(pool: nn.Module, state: dict[str, Tensor], prefix: str, *_: object) -> None:
    """Fill the state of a plain pool, as earlier versions have it, with the values that make this pool a plain one."""
    for name, value in pool.state_dict().items():
        state.setdefault(prefix + name, value)
