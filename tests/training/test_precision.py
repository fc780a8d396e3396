"""Training in bfloat16: where it happens, and where not."""

from pathlib import Path
from typing import Any

import pytest
import torch
from mmf.common.registry import registry

from mmf_mixer.releases import is_package_release
from mmf_mixer.training.precision import in_full
from tests.compat import tiny

pytestmark = pytest.mark.skipif(not is_package_release(), reason="the source release has training.fp16")


@pytest.mark.parametrize("wanted", [False, True])
def test_the_model_computes_in_bfloat16_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    seen: dict[str, set[torch.dtype]] = {"model": set(), "loss": set()}
    stock_model, stock_loss = tiny.TinyModel.forward, torch.nn.functional.cross_entropy

    def forward(self: tiny.TinyModel, sample_list: Any) -> Any:
        output = stock_model(self, sample_list)
        seen["model"].add(output["scores"].dtype)
        return output

    def cross_entropy(scores: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        assert not torch.is_autocast_enabled("cpu")
        seen["loss"].add(scores.dtype)
        return stock_loss(scores, *args, **kwargs)

    monkeypatch.setattr(tiny.TinyModel, "forward", forward)
    monkeypatch.setattr(torch.nn.functional, "cross_entropy", cross_entropy)
    model = tiny.run(tmp_path, f"training.bf16={str(wanted).lower()}", "training.max_updates=12")
    assert seen == {"model": {torch.bfloat16 if wanted else torch.float32}, "loss": {torch.float32}}
    assert model.classifier.weight.dtype == torch.float32
    losses = [record["val/total_loss"] for record in registry.get("trainer").history if record["split"] == "val"]
    assert len(losses) == 6 and losses[-1] < losses[0]


def test_it_comes_close_to_full_precision(tmp_path: Path) -> None:
    weights = []
    for wanted in ("false", "true"):
        (tmp_path / wanted).mkdir()
        weights.append(tiny.run(tmp_path / wanted, f"training.bf16={wanted}").classifier.weight)
    torch.testing.assert_close(*weights, rtol=0, atol=5e-3)
    assert not torch.equal(*weights)


def test_only_bfloat16_is_converted() -> None:
    values = {
        "half": torch.ones(1, dtype=torch.bfloat16),
        "whole": torch.ones(1),
        "index": torch.ones(1).long(),
        "x": "y",
    }
    assert list(in_full(values)) == ["half"] and in_full(values)["half"].dtype == torch.float32
