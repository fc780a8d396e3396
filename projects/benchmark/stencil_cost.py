"""What stencils cost, as ratios measured in one run: `python projects/benchmark/stencil_cost.py`.

One step of one stencil beside a bare forward and backward of the same fusion model at the same batch, on random tokens
of the sample data set's shape (73 tokens, from vectors of 128 numbers); and the memory of 100 classes with 32 restarts
each.
"""

import argparse
import resource
from statistics import median
from typing import Any

import torch
from parts import fusion, vectors
from timing import rounds

from mmf_mixer.interpret.stencil import Samples, Settings, optimise
from mmf_mixer.modules.tokens import TokenSequence

TOKENS, CHANNELS, LABELS, CLIPS = {"text": 16, "audio": 49, "video": 8}, 128, 100, 200
STEPS, ROUNDS = 10, 3


def main(models: list[str], batch: int) -> None:
    """Measure each model with `batch` stencils at once, then the memory with the first one."""
    for name in models:
        print(f"{name}: a step takes {ratio(name, batch):.2f} times a bare forward and backward")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    score, samples, slices = frozen(models[0])
    optimise(score, samples, slices, list(range(LABELS)), Settings(restarts=32, steps=2, batch=batch))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{LABELS} classes x 32 restarts, {models[0]}: {after / 2**10:.0f} MB at most, {before / 2**10:.0f} before")


def ratio(name: str, batch: int) -> float:
    """Seconds of `STEPS` steps of `batch` stencils over those of as many bare ones."""
    score, samples, slices = frozen(name)
    settings, classes = Settings(restarts=16, steps=STEPS, batch=batch), list(range(batch // 16))
    alone, stencils = rounds(
        lambda: bare(score, samples, batch),
        lambda: optimise(score, samples, slices, classes, settings),
        repeats=ROUNDS,
    )
    return median(stencils) / median(alone)


def frozen(name: str) -> tuple[Any, Samples, dict[str, slice]]:
    """The part right of the token stage of a new model, which learns no more, `CLIPS` random sequences of it, and its
    slices."""
    torch.manual_seed(0)
    model = fusion(name, TOKENS, CHANNELS, LABELS).eval().requires_grad_(False)
    targets = torch.nn.functional.one_hot(torch.arange(CLIPS) % LABELS, LABELS)
    return model.score, Samples(model.score, model.encode(vectors(TOKENS, CHANNELS, CLIPS)), targets), model.slices()


def bare(score: Any, samples: Samples, batch: int) -> None:
    """`STEPS` times forward, and backward to the input; no weight gets a gradient, as with stencils."""
    values = samples.tokens.values[torch.arange(batch) % CLIPS].clone().requires_grad_()
    tokens = TokenSequence(values, samples.tokens.mask[torch.arange(batch) % CLIPS])
    for _ in range(STEPS):
        torch.autograd.grad(score(tokens)[:, 0].sum(), values)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=["mmf_mixer", "mmf_transformer", "concat_mlp"])
    parser.add_argument("--batch", type=int, default=256)
    arguments = parser.parse_args()
    main(arguments.models, arguments.batch)
