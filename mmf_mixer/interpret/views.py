"""Clips as a trained model sees them: what is suggested and audited by."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from mmf_mixer.data.clip import Clip
from mmf_mixer.data.views import Array, Views
from mmf_mixer.interpret.model import TrainedModel
from mmf_mixer.interpret.run import TrainedRun
from mmf_mixer.interpret.subsets import keep
from mmf_mixer.measures.probabilities import probabilities
from mmf_mixer.modules.tokens import TokenSequence, masked_mean

AT_ONCE = 64  # clips whose tokens are in memory
Part = tuple[TokenSequence, Sequence[str]]  # B clips: tokens B x S x C, and what each is cut from


def split_views(run: TrainedRun, split: str) -> tuple[Views, Array, list[Clip]]:
    """The clips of a split that can be read: their views, their targets N x L, and themselves.

    Raises:
        InputError: as `TrainedRun.encode` does.
    """
    clips = run.datasets[split].clips
    targets: list[Array] = []
    readable: list[Clip] = []

    def parts() -> Iterator[Part]:
        for first in range(0, len(clips), AT_ONCE):
            found = run.encode(split, range(first, min(first + AT_ONCE, len(clips))))
            own = [clips[place] for place in found.index.tolist()]
            targets.append(found.targets.cpu().double().numpy())
            readable.extend(own)
            yield found.tokens, [str(clip.video or clip.audio or clip.captions) for clip in own]

    return views(run, parts()), np.concatenate(targets), readable


@torch.no_grad()
def views(run: TrainedModel, parts: Iterable[Part]) -> Views:
    """The views of all clips, whose tokens come in parts."""
    scores, fused = [], []
    sources: list[str] = []
    opinions: dict[str, list[Array]] = {key: [] for key in run.slices}
    alone: dict[str, list[Array]] = {key: [] for key in run.slices}
    for tokens, names in parts:
        sources += names
        scores.append(probabilities(run.score(tokens), run.labels).double().numpy())
        fused.append(_array(run.model.fuse(tokens) if hasattr(run.model, "fuse") else masked_mean(*tokens)))
        for key, said in _opinions(run, tokens).items():
            lacks = ~tokens.mask[:, run.slices[key]].any(dim=1).cpu().numpy()
            own = _array(masked_mean(tokens.values[:, run.slices[key]], tokens.mask[:, run.slices[key]]))
            said[lacks], own[lacks] = np.nan, np.nan
            opinions[key].append(said)
            alone[key].append(own)
    return Views(np.concatenate(scores), _joined(opinions), np.concatenate(fused), _joined(alone), tuple(sources))


def _opinions(run: TrainedModel, tokens: TokenSequence) -> dict[str, Array]:
    """By modality, B x L probabilities of its own head; where the model has no such heads, of the whole model that is
    given nothing else."""
    if hasattr(run.model, "experts"):
        said = run.model.heads_of(tokens).scores[:, run.model.joint_heads :].unbind(dim=1)
    else:
        said = [run.score(keep(tokens, run.absent, [span])) for span in run.slices.values()]
    return {key: probabilities(own, run.labels).double().numpy() for key, own in zip(run.slices, said, strict=True)}


def _array(values: Tensor) -> Array:
    found: Array = values.double().cpu().numpy()
    return found


def _joined(parts: dict[str, list[Array]]) -> dict[str, Array]:
    return {key: np.concatenate(each) for key, each in parts.items()}
