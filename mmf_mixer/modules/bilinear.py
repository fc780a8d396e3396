"""What two modalities tell of a label together and neither tells alone, from products of their principal components.

Whether the colour that is named is the one that is seen, no layer learns from some hundreds of clips whose colours have
no labels of their own: among products of hundreds of channels it learns clips by heart. Moments do not. Let z_m be the
first K principal components of modality m, whitened, and y_l a label, standardised. The means over the training clips

    M_pl  =  mean of  y_l z_a z_b^T,      K x K, for each pair p = (a, b) of modalities

have a large singular value for each direction in which a and b must be compared to tell l. Where there is none, those
of N clips reach up to 2 sqrt(K / N) (Marchenko and Pastur 1967). What exceeds the threshold of Gavish and Donoho (2014,
arXiv:1305.5870), 4/sqrt(3) sqrt(K / N), is kept, and a clip's score is the bilinear form

    sum_p  z_a^T M_pl z_b  -  its mean

of what is left (bilinear models: Tenenbaum and Freeman 2000). What fewer than K training clips have, or lack, is not
told: a product of one clip is no mean. Nothing here has a gradient or a setting but K.
"""

from collections.abc import Mapping
from itertools import combinations
from math import sqrt

import torch
from torch import Tensor, nn

from mmf_mixer.data.clip import UNREADABLE
from mmf_mixer.modules.tokens import TokenSequence, masked_mean
from mmf_mixer.processes import all_gather

CLIPS = 256  # whose principal components are taken: the first that a training sees
SINGULAR = 1e-4  # of the largest singular value: what is below has no component
THRESHOLD = 4 / sqrt(3)  # times sqrt(K / N), of a square matrix: a singular value below may be noise


class PrincipalComponents(nn.Module):
    """The whitened principal components of one modality's clips, of the mean over the tokens of each.

    Args:
        width: D, of its encoder's vectors.
        components: K.
    """

    first: Tensor
    seen: Tensor
    mean: Tensor
    axes: Tensor

    def __init__(self, width: int, components: int) -> None:
        super().__init__()
        self.register_buffer("first", torch.zeros(CLIPS, width))
        self.register_buffer("seen", torch.tensor(0))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("axes", torch.zeros(width, components))

    @property
    def known(self) -> bool:
        """Whether enough clips have been seen."""
        return int(self.seen) == CLIPS

    def observe(self, clips: Tensor) -> None:
        """See the means over the tokens of B clips, B x D. The clip that makes them enough fixes the components."""
        clips = clips[: CLIPS - int(self.seen)]
        self.first[int(self.seen) : int(self.seen) + len(clips)] = clips
        self.seen += len(clips)
        if len(clips) and self.known:
            self.mean.copy_(self.first.mean(dim=0))
            _, sizes, rows = torch.linalg.svd(self.first - self.mean, full_matrices=False)
            scale = torch.where(sizes > SINGULAR * sizes[0], CLIPS**0.5 / sizes, 0.0)
            found = (scale.unsqueeze(1) * rows)[: self.axes.shape[1]]
            self.axes[:, : len(found)] = found.T
            self.first.zero_()

    def forward(self, values: Tensor) -> Tensor:
        """The components of vectors, ... x D -> ... x K; 0 where too few clips have been seen."""
        return (values.detach().float() - self.mean) @ self.axes


class BilinearOpinion(nn.Module):
    """The head that multiplies modalities, two at a time, as the module's docstring tells.

    Args:
        slices: where each of M modalities, two at least, lies in the sequence.
        widths: D, of each modality's encoder.
        components: K.
        labels: L.
    """

    first: Tensor
    second: Tensor
    clips: Tensor
    label_means: Tensor
    product_means: Tensor
    means: Tensor
    frequent: Tensor
    total: Tensor
    forms: Tensor

    def __init__(self, slices: Mapping[str, slice], widths: Mapping[str, int], components: int, labels: int) -> None:
        super().__init__()
        self.slices = dict(slices)
        self.components = nn.ModuleDict({key: PrincipalComponents(widths[key], components) for key in self.slices})
        first, second = zip(*combinations(range(len(slices)), 2), strict=True)
        pairs = len(first)
        self.register_buffer("first", torch.tensor(first), persistent=False)
        self.register_buffer("second", torch.tensor(second), persistent=False)
        self.register_buffer("clips", torch.zeros(pairs, dtype=torch.long))  # that have both modalities of a pair
        self.register_buffer("label_means", torch.zeros(pairs, labels))
        self.register_buffer("product_means", torch.zeros(pairs, components, components))
        self.register_buffer("means", torch.zeros(pairs, labels, components, components))
        self.register_buffer("total", torch.tensor(1))  # training clips
        self.register_buffer("frequent", torch.zeros(labels, dtype=torch.bool))
        self.register_buffer("forms", torch.zeros(pairs, labels, components, components))

    @torch.no_grad()
    def observe(
        self,
        features: Mapping[str, Tensor],
        masks: Mapping[str, Tensor],
        targets: Tensor,
        positives: Tensor,
        clips: int,
    ) -> None:
        """Learn from a batch of training, in all processes from the batches of all.

        Args:
            features: B x T x D, what the encoders make of it, by modality.
            masks: B x T; a modality that a clip lacks says nothing of it.
            targets: B x L.
            positives: L, how many training clips there are with each label.
            clips: how many there are.
        """
        self.total.fill_(clips)
        least = self.means.shape[-1]
        self.frequent.copy_((positives >= least) & (clips - positives >= least))
        means = [masked_mean(features[key].float(), masks[key].bool()) for key in self.slices]
        there = torch.stack([masks[key].bool().any(dim=1) for key in self.slices], dim=1)
        there &= targets[:, :1] != UNREADABLE
        parts = [*means, there.float(), targets]
        shares = all_gather(torch.cat(parts, dim=1))  # every W-th clip of the batch, of W processes
        turns = range(max(map(len, shares)))
        rows = torch.cat([share[turn : turn + 1].to(targets.device) for turn in turns for share in shares])
        *means, present, targets = torch.split(rows, [part.shape[1] for part in parts], dim=1)
        there, found = present.bool(), []
        for place, (key, vectors) in enumerate(zip(self.slices, means, strict=True)):
            components = self.components_of(key)
            components.observe(vectors[there[:, place]])
            there[:, place] &= components.known
            found.append(components(vectors))
        left, right, both = self._pairs(torch.stack(found, dim=1), there)
        weight, products = both.to(targets.dtype), torch.einsum("bpi,bpj->bpij", left, right)
        self.clips += both.sum(dim=0)
        rate = 1 / self.clips.clamp(min=1)
        for mean, sums in (
            (self.label_means, torch.einsum("bp,bl->pl", weight, targets)),
            (self.product_means, products.sum(dim=0)),
            (self.means, torch.einsum("bl,bpij->plij", targets, products)),
        ):
            counts = both.sum(dim=0).view(-1, *[1] * (mean.dim() - 1))
            mean += (sums - counts * mean) * rate.view(counts.shape)

    def components_of(self, key: str) -> PrincipalComponents:
        """Those of a modality."""
        found = self.components[key]
        assert isinstance(found, PrincipalComponents)
        return found

    def train(self, mode: bool = True) -> "BilinearOpinion":
        """Before evaluation, find what the moments so far tell."""
        if self.training and not mode:
            self._settle()
        return super().train(mode)

    def tokens_of(self, features: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """The components of each token, B x S x K; 0 where it does not exist, or too few clips have been seen."""
        return torch.cat([self.components[key](features[key]) * masks[key].unsqueeze(-1) for key in self.slices], dim=1)

    def forward(self, tokens: TokenSequence) -> Tensor:
        """Scores, B x L, from the components of tokens, B x S x K; 0 for a clip with one modality."""
        parts = [(tokens.values[:, at], tokens.mask[:, at]) for at in self.slices.values()]
        means = torch.stack([masked_mean(values, mask) for values, mask in parts], dim=1)
        there = torch.stack([mask.any(dim=1) for _, mask in parts], dim=1)
        left, right, both = self._pairs(means, there)
        usual = torch.einsum("plij,pij->pl", self.forms, self.product_means)
        return torch.einsum("bpi,plij,bpj->bl", left, self.forms, right) - both.to(usual.dtype) @ usual

    def _pairs(self, means: Tensor, there: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of the components of clips, B x M x K, those of the first and of the second modality of each of P pairs, and
        whether the clip has both, B x P. Where it lacks one they are 0."""
        both = there[:, self.first] & there[:, self.second]
        return means[:, self.first] * both.unsqueeze(-1), means[:, self.second] * both.unsqueeze(-1), both

    @torch.no_grad()
    def _settle(self) -> None:
        """The bilinear forms, P x L x K x K, from the moments."""
        share = self.label_means[..., None, None]
        spread = (share * (1 - share)).clamp(min=0).sqrt()
        moments = self.means - share * self.product_means.unsqueeze(1)
        told = self.frequent[:, None, None] & (spread > 0)
        left, sizes, right = torch.linalg.svd(torch.where(told, moments / spread, 0.0))
        clips = torch.minimum(self.clips, self.total).clamp(min=1)[:, None, None]
        kept = torch.where(sizes > THRESHOLD * (sizes.shape[-1] / clips) ** 0.5, sizes, 0.0)
        self.forms.copy_((left * kept.unsqueeze(-2)) @ right)
