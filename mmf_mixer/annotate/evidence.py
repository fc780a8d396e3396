"""What in a segment speaks for its label: words, stretches of sound, frames."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mmf_mixer.annotate.kept import Kept
from mmf_mixer.annotate.sources import Place
from mmf_mixer.annotate.windows import Span
from mmf_mixer.data.timeline import DIGITS, Evidence, Frame, Segment, Sound, SpokenWord
from mmf_mixer.interpret.scoring import Score, logits
from mmf_mixer.interpret.subsets import keep, shapley_weights, subsets_of
from mmf_mixer.modules.tokens import TokenSequence

Odds = Callable[[Tensor], Tensor]  # B x L logits to log-odds
Found = tuple[str, Place, float]  # modality, what is seen or heard, and by how much it speaks for a label


def scores_and_shares(
    score: Score, odds: Odds, tokens: TokenSequence, absent: Tensor, slices: Mapping[str, slice]
) -> tuple[Tensor, Tensor]:
    """Scores of windows, B x L, and the share of each of M modalities in what speaks for each label, B x L x M.

    It is the positive part of its Shapley value (Shapley, 1953) in log-odds; a modality that does not take part looks
    as in a clip that never had it. Where nothing speaks for a label, all that exist share evenly.
    """
    keys, scores = tuple(slices), score(tokens)
    parts = subsets_of(keys)[1:-1]
    none = score(keep(TokenSequence(tokens.values[:1], tokens.mask[:1]), absent, [])).expand_as(scores)
    some = [score(keep(tokens, absent, [slices[key] for key in part])) for part in parts]
    weights = torch.from_numpy(shapley_weights(keys)).float().to(absent.device)
    values = torch.einsum("sbl,sm->blm", torch.stack([odds(each) for each in (none, *some, scores)]), weights)
    exists = torch.stack([tokens.mask[:, where].any(dim=1) for where in slices.values()], dim=1)
    even = torch.where(exists.any(dim=1, keepdim=True), exists, True).float().unsqueeze(1)
    speaks = values.clamp(min=0) * exists.unsqueeze(1)  # what is absent differs by rounding only
    speaks = torch.where(speaks.sum(dim=2, keepdim=True) > 0, speaks, even)
    return scores, speaks / speaks.sum(dim=2, keepdim=True)


class Witness:
    """Says of the segments of a video what speaks for them. Each window is looked at once for all its segments."""

    def __init__(
        self,
        spans: Sequence[Span],
        kept: Kept,
        places: Callable[[Span], Mapping[str, list[Place]]],
        score: Score,
        absent: Tensor,
        slices: Mapping[str, slice],
    ) -> None:
        self.spans, self.kept, self.places, self.score = spans, kept, places, score
        self.absent, self.slices = absent, slices
        self.middles = np.array([(span.start + span.end) / 2 for span in spans])

    def testify(self, segments: Sequence[Segment], columns: Mapping[str, int]) -> list[Segment]:
        """The segments with their evidence; `columns` are those of the labels in the scores."""
        wanted: dict[int, list[int]] = {}
        for number, segment in enumerate(segments):
            for window in self.windows(segment):
                wanted.setdefault(window, []).append(number)
        found: list[list[Found]] = [[] for _ in segments]
        for window, numbers in sorted(wanted.items()):
            gains = list(self._gains(window))
            for number in numbers:
                column = columns[segments[number].label]
                found[number] += [(key, place, float(gain[column])) for key, place, gain in gains]
        return [replace(one, evidence=_evidence(one, own)) for one, own in zip(segments, found, strict=True)]

    def windows(self, segment: Segment) -> list[int]:
        """The windows that tile a segment, each as far as it speaks for it; the nearest one for a short segment."""
        inside = np.flatnonzero((self.middles >= segment.start) & (self.middles < segment.end)).tolist()
        if not inside:
            return [int(np.abs(self.middles - (segment.start + segment.end) / 2).argmin())]
        chosen = [inside[0]]
        for number in inside[1:]:
            if self.spans[number].start >= self.spans[chosen[-1]].end - 1e-6:
                chosen.append(number)
        return chosen

    def _gains(self, window: int) -> Iterator[tuple[str, Place, Tensor]]:
        """Of each place by how many logits it raises each label, where it alone is let into a window of nothing."""
        tokens = self.kept.tokens(window)
        known = [(key, place) for key, places in self.places(self.spans[window]).items() for place in places]
        values = self.absent.cpu().repeat(len(known) + 1, 1, 1)
        mask = tokens.mask.repeat(len(known) + 1, 1)
        exists = []
        for row, (key, place) in enumerate(known, start=1):
            at = self.slices[key].start + torch.tensor(place.tokens)
            values[row, at] = tokens.values[0, at]
            exists.append(bool(tokens.mask[0, at].any()))
        device = self.absent.device
        scores = logits(self.score, TokenSequence(values.to(device), mask.to(device))).float().cpu()
        for (key, place), gain, there in zip(known, scores[1:] - scores[0], exists, strict=True):
            if there:
                yield key, place, gain


def _evidence(segment: Segment, found: Sequence[Found]) -> Evidence:
    """Weights are parts of the segment's largest; what speaks against the label has none."""
    inside = [each for each in found if each[1].start < segment.end and each[1].end >= segment.start]
    most = max((gain for _, _, gain in inside), default=0.0)
    words, sound, frames = [], [], []
    for _, place, gain in inside:
        weight = round(max(gain, 0.0) / most, DIGITS) if most > 0 else 0.0
        if place.text is not None:
            words.append(SpokenWord(place.text, place.start, place.end, weight))
        elif place.start == place.end:
            frames.append(Frame(round(place.start, 6), weight))
        else:
            sound.append(Sound(round(place.start, 6), round(place.end, 6), weight))
    return Evidence(tuple(words), tuple(sound), tuple(frames))
