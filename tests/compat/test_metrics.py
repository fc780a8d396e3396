"""MMF's metrics against scikit-learn and against counting by hand."""

import pytest
import torch
from mmf.common.registry import registry
from omegaconf import OmegaConf
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from torch import Tensor

from mmf_mixer.releases import is_package_release

SCORES = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
LABELS = (torch.rand(40, 4, generator=torch.Generator().manual_seed(1)) < 0.4).float()


def value(name: str, scores: Tensor, targets: Tensor) -> float:
    metric = registry.get_metric_class(name)()
    return float(metric.calculate({"targets": targets}, {"scores": scores}))


@pytest.fixture
def our_run() -> None:
    registry.register("config", OmegaConf.create({"mmf_mixer": {"strict": True}}))


@pytest.mark.usefixtures("our_run")
@pytest.mark.parametrize("average", ["micro", "macro"])
def test_average_precision_is_average_precision(average: str) -> None:
    expected = average_precision_score(LABELS, SCORES.softmax(dim=-1), average=average)
    assert value(f"{average}_ap", SCORES, LABELS) == pytest.approx(expected, abs=1e-6)


@pytest.mark.usefixtures("our_run")
def test_average_precision_of_classes() -> None:
    classes = LABELS.argmax(dim=1)
    expected = average_precision_score(torch.nn.functional.one_hot(classes, 4), SCORES.softmax(dim=-1), average="macro")
    assert value("macro_ap", SCORES, classes) == pytest.approx(expected, abs=1e-6)


@pytest.mark.usefixtures("our_run")
def test_multilabel_macro_f1_counts_every_label() -> None:
    expected = f1_score(LABELS, SCORES > 0, average="macro")
    assert value("multilabel_macro_f1", SCORES, LABELS) == pytest.approx(expected, abs=1e-6)


@pytest.mark.skipif(not is_package_release(), reason="the source release has these metrics right")
def test_runs_of_others_have_what_they_had_and_a_warning() -> None:
    with pytest.warns(UserWarning, match="micro_ap of this MMF is no AveragePrecision; with mmf_mixer.strict=true"):
        found = value("micro_ap", SCORES, LABELS)
    assert found == pytest.approx(roc_auc_score(LABELS, SCORES.softmax(dim=-1), average="micro"), abs=1e-6)
    with pytest.warns(UserWarning, match="multilabel_macro_f1 of this MMF is no MultiLabelF1"):
        found = value("multilabel_macro_f1", SCORES, LABELS.argmax(dim=1))
    assert found == pytest.approx(f1_score(LABELS.argmax(dim=1), SCORES.argmax(dim=1), average="macro"), abs=1e-6)


def ranking(candidates: int) -> tuple[Tensor, Tensor]:
    """Scores and one-hot targets of four questions whose right answers rank 1, 2, 6 and `candidates`."""
    scores = torch.arange(candidates, 0, -1.0).repeat(4, 1)
    targets = torch.eye(candidates)[[0, 1, 5, candidates - 1]]
    return scores, targets


@pytest.mark.parametrize("candidates", [12, 100, 130])
def test_recall_and_ranks(candidates: int) -> None:
    scores, targets = ranking(candidates)
    recall = {k: value(f"r@{k}", scores, targets) for k in (1, 5, 10)}
    assert recall == {1: 0.25, 5: 0.5, 10: 0.75}
    assert value("mean_r", scores, targets) == pytest.approx((1 + 2 + 6 + candidates) / 4)
    assert value("mean_rr", scores, targets) == pytest.approx((1 + 1 / 2 + 1 / 6 + 1 / candidates) / 4)


def test_recall_among_fewer_than_k_candidates_is_one() -> None:
    assert value("r@5", torch.randn(3, 4), torch.eye(4)[:3]) == 1.0
