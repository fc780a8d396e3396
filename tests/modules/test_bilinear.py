"""What two modalities tell together, planted in random clips, is found from moments; what they do not tell is not."""

import torch
from torch import Tensor

from mmf_mixer.data.clip import UNREADABLE
from mmf_mixer.modules.bilinear import CLIPS, BilinearOpinion, PrincipalComponents
from mmf_mixer.modules.tokens import TokenSequence

SLICES = {"text": slice(0, 2), "audio": slice(2, 5)}
WIDTHS = {"text": 24, "audio": 40}
TRAINING = 640
Clips = tuple[dict[str, Tensor], dict[str, Tensor], Tensor]


def planted(clips: int, seed: int) -> Clips:
    """Features, masks and two labels: whether a direction of the text and one of the sound have one sign; a coin."""
    draw = torch.Generator().manual_seed(seed)
    signs = torch.randint(2, (2, clips), generator=draw) * 2.0 - 1
    features = {}
    for (key, width), sign in zip(WIDTHS.items(), signs, strict=True):
        tokens = SLICES[key].stop - SLICES[key].start
        direction = torch.linspace(-3, 3, width)
        features[key] = torch.randn(clips, tokens, width, generator=draw) + 5 + sign[:, None, None] * direction
    masks = {key: torch.ones(features[key].shape[:2], dtype=torch.long) for key in features}
    coin = torch.randint(2, (clips,), generator=draw).float()
    return features, masks, torch.stack([(signs[0] == signs[1]).float(), coin], dim=1)


def opinion() -> BilinearOpinion:
    return BilinearOpinion(SLICES, WIDTHS, 16, 2)


def teach(head: BilinearOpinion, clips: Clips, batch: int = 32) -> None:
    features, masks, targets = clips
    for first in range(0, len(targets), batch):
        at = slice(first, first + batch)
        head.observe(
            {key: each[at] for key, each in features.items()},
            {key: each[at] for key, each in masks.items()},
            targets[at],
            targets.clamp(min=0).sum(dim=0),
            len(targets),
        )


def said(head: BilinearOpinion, clips: Clips) -> Tensor:
    features, masks, _ = clips
    head.eval()
    values = head.tokens_of(features, masks)
    scores: Tensor = head(TokenSequence(values, torch.cat([masks[key].bool() for key in SLICES], dim=1)))
    return scores


def test_what_is_told_by_both_together_is_found_and_a_coin_is_not() -> None:
    head, unseen = opinion(), planted(400, seed=1)

    teach(head, planted(TRAINING, seed=0))
    scores = said(head, unseen)

    assert ((scores[:, 0] > 0) == unseen[2][:, 0].bool()).float().mean() > 0.95
    assert (torch.linalg.svdvals(head.forms[0, 0]) > 0.8).sum() == 1  # one direction of each
    assert not head.forms[0, 1].any()


def test_nothing_is_said_before_enough_clips_were_seen() -> None:
    head, few = opinion(), planted(CLIPS - 1, seed=0)

    teach(head, few)

    assert not said(head, few).any()


def test_moments_are_means_over_all_clips_that_have_both() -> None:
    head, (features, masks, targets) = opinion(), planted(2 * CLIPS, seed=0)
    masks["audio"][CLIPS + 100 :] = 0
    targets[CLIPS : CLIPS + 50] = UNREADABLE
    counted = slice(CLIPS + 50, CLIPS + 100)

    teach(head, (features, masks, targets), batch=CLIPS)
    left, right = (head.components_of(key)(features[key].mean(dim=1)[counted]) for key in SLICES)
    seen_at_once = [head.components_of(key)(features[key].mean(dim=1)[:CLIPS]) for key in SLICES]
    left, right = torch.cat([seen_at_once[0], left]), torch.cat([seen_at_once[1], right])
    labels = torch.cat([targets[:CLIPS], targets[counted]])

    assert head.clips.tolist() == [CLIPS + 50]
    torch.testing.assert_close(head.label_means[0], labels.mean(dim=0))
    expected = torch.einsum("nl,ni,nj->lij", labels, left, right) / len(labels)
    torch.testing.assert_close(head.means[0], expected, atol=1e-4, rtol=1e-4)


def test_a_label_of_few_clips_is_not_told() -> None:
    head, (features, masks, targets) = opinion(), planted(TRAINING, seed=0)
    targets[:, 1] = 0
    targets[:15, 1] = 1

    teach(head, (features, masks, targets))

    assert said(head, (features, masks, targets))[:, 0].any()
    assert not head.forms[0, 1].any()


def test_a_clip_of_one_modality_is_not_judged() -> None:
    head, clips = opinion(), planted(TRAINING, seed=0)
    teach(head, clips)
    clips[1]["text"][:10] = 0

    scores = said(head, clips)

    assert not scores[:10].any() and scores[10:, 0].all()


def test_what_is_saved_half_way_goes_on_as_if_it_had_not_been() -> None:
    whole, first, second = opinion(), opinion(), opinion()
    features, masks, targets = clips = planted(TRAINING, seed=0)
    for end in (100, 400):  # before and after the components are known
        half = [({k: v[at] for k, v in features.items()}, {k: v[at] for k, v in masks.items()}, targets[at])
                for at in (slice(0, end), slice(end, None))]  # fmt: skip
        whole, first, second = opinion(), opinion(), opinion()
        for each in half:
            teach(whole, each, batch=20)
        teach(first, half[0], batch=20)
        second.load_state_dict(first.state_dict())
        teach(second, half[1], batch=20)

        assert torch.equal(said(second, clips), said(whole, clips))


def test_components_are_white_and_stay() -> None:
    draw = torch.Generator().manual_seed(0)
    vectors = torch.randn(CLIPS, 30, generator=draw) * torch.linspace(1, 9, 30) + 4
    components = PrincipalComponents(30, 6)
    components.observe(vectors[:200])
    assert not components.known and not components(vectors).any()

    components.observe(vectors[200:])
    found = components(vectors)
    components.observe(torch.full((5, 30), 1e6))

    torch.testing.assert_close(found.T @ found / CLIPS, torch.eye(6), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.mean(dim=0), torch.zeros(6), atol=1e-4, rtol=0)
    assert torch.equal(components(vectors), found)


def test_a_modality_that_never_changes_has_no_components() -> None:
    components = PrincipalComponents(30, 6)

    components.observe(torch.ones(CLIPS, 30))

    assert not components(torch.randn(4, 30)).any()


def test_encoders_get_no_gradient() -> None:
    head, clips = opinion(), planted(TRAINING, seed=0)
    teach(head, clips)
    features = {key: each.requires_grad_() for key, each in clips[0].items()}

    assert not said(head, (features, *clips[1:])).requires_grad
