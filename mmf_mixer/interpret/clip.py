"""One clip and one label: what each of its words, frames and sounds contributes."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmf_mixer.interpret.contribution import shares_of, token_gains
from mmf_mixer.interpret.places import Place, places
from mmf_mixer.interpret.run import TrainedRun


@dataclass(frozen=True)
class ClipContribution:
    """Shares of what speaks for `label` in a clip; those of all tokens, and those of all modalities, sum to 1.

    Attributes:
        clip: its id.
        label: the label in question.
        probability: the model's, of that label.
        modalities: the share of each.
        tokens: the share of each token of each modality.
        places: what the tokens show, see `Place`.
    """

    clip: str
    label: str
    probability: float
    modalities: dict[str, float]
    tokens: dict[str, list[float]]
    places: dict[str, list[Place]]


def explain_clip(
    run: TrainedRun, split: str, index: int, label: str, opened: Tensor, baseline: Tensor
) -> ClipContribution:
    """The contributions of a clip to a label.

    Args:
        run: from `load_run`.
        split, index: the clip.
        label: `group/label`.
        opened: S x C, the label's gate.
        baseline: S x C.

    Raises:
        InputError: the clip cannot be read.
    """
    tokens = run.encode(split, [index]).tokens
    column = torch.tensor([run.labels.position[label]], device=run.device)
    gains = token_gains(run.score, tokens, column, opened, baseline)
    shares = shares_of(gains, tokens.mask, run.slices)
    return ClipContribution(
        clip=run.datasets[split].clips[index].id,
        label=label,
        probability=run.probability(tokens)[0, column].item(),
        modalities={key: share.item() for key, share in shares.modalities.items()},
        tokens={key: shares.tokens[0, span].tolist() for key, span in run.slices.items()},
        places=places(run, split, index),
    )
