"""mmf_mixer beside mmf_transformer over 64 to 2048 tokens, as ratios measured in one run:
`python projects/benchmark/speed_models.py [--device cuda] [--compiled]`.

Both with their default configs (128 channels, 2 layers, dropout 0.1), from vectors to scores, without encoders; one
thread. A batch holds 4096 tokens, however long its sequences are, so that the growth is that of one token's share.
"""

import resource
from functools import partial
from multiprocessing import get_context
from statistics import median
from typing import Any

import torch
from parts import adamw, fusion, vectors
from timing import growth, measure, one_thread, ratio, resident_mb, rounds

MODELS = ("mmf_mixer", "mmf_transformer")
MODALITIES = ("text", "audio", "video", "subtitles")  # four, since BERT has 512 positions for each
LENGTHS = (64, 128, 256, 512, 1024, 2048)
CHANNELS, LABELS, BATCH_TOKENS, REPEATS, PEAKS = 128, 51, 4096, 7, 5


def batch_of(tokens: int, device: str) -> dict[str, torch.Tensor]:
    """A batch of random sequences, as many tokens of each modality."""
    return vectors(each_of(tokens), CHANNELS, BATCH_TOKENS // tokens, device)


def model(name: str, tokens: int) -> Any:
    """A new model for such sequences."""
    return fusion(name, each_of(tokens), CHANNELS, LABELS)


def each_of(tokens: int) -> dict[str, int]:
    """As many tokens of each modality."""
    return dict.fromkeys(MODALITIES, tokens // len(MODALITIES))


def train_step(of: Any, batch: dict[str, torch.Tensor], optimizer: torch.optim.Optimizer) -> None:
    """Forward, backward and the optimiser's update."""
    optimizer.zero_grad()
    of(batch)["scores"].square().mean().backward()
    optimizer.step()


@torch.inference_mode()
def inference(of: Any, batch: dict[str, torch.Tensor]) -> None:
    """Forward alone."""
    of(batch)


def peak_mib(name: str, tokens: int) -> float:
    """Memory that a train step takes beyond the model and the batch; a process of its own must call it."""
    torch.set_num_threads(1)
    small = model(name, LENGTHS[0]).train()  # one clip of it loads what torch loads on first use
    train_step(small.forward, {key: value[:1] for key, value in batch_of(LENGTHS[0], "cpu").items()}, adamw(small))
    of, batch = model(name, tokens).train(), batch_of(tokens, "cpu")
    before = resident_mb()
    train_step(of.forward, batch, adamw(of))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10 - before


def seconds(tokens: int, device: str, compiled: bool, clock: Any) -> list[list[float]]:
    """Of the train step of each model, then of its inference."""
    torch.compiler.reset()  # so that torch compiles for these lengths alone
    sides, batch = [], batch_of(tokens, device)
    for training in (True, False):
        for name in MODELS:
            of = model(name, tokens).to(device).train(training)
            call = torch.compile(of.forward) if compiled else of.forward
            sides.append(partial(train_step, call, batch, adamw(of)) if training else partial(inference, call, batch))
    return rounds(*sides, repeats=REPEATS, clock=clock)


def main(device: str, compiled: bool) -> None:
    """Print a row for each length, then the exponents."""
    rows = [(name, tokens) for tokens in LENGTHS for name in MODELS]
    with get_context("fork").Pool(1, maxtasksperchild=1) as pool:  # each measurement a process that has run nothing yet
        measured = pool.starmap(peak_mib, [row for row in rows for _ in range(PEAKS)], chunksize=1)
    peaks = {row: median(measured[place * PEAKS :][:PEAKS]) for place, row in enumerate(rows)}
    clock = one_thread(device)
    print("| tokens | train step, Mixer / Transformer | inference, Mixer / Transformer | memory of a train step, CPU |")
    print("| ---: | ---: | ---: | ---: |")
    fastest: list[list[float]] = []
    for tokens in LENGTHS:
        taken = seconds(tokens, device, compiled, clock)
        fastest.append([min(times) * tokens for times in taken])  # of one clip, but for a constant
        memory = peaks[MODELS[0], tokens] / peaks[MODELS[1], tokens]
        print(f"| {tokens} | {ratio(*taken[:2])} | {ratio(*taken[2:])} | {memory:.2f} |", flush=True)
    exponents = [growth(LENGTHS, values) for values in zip(*fastest, strict=True)]
    print("seconds of a clip grow with tokens^k, k = ", end="")
    print("{:.2f} and {:.2f} in a train step, {:.2f} and {:.2f} in inference".format(*exponents))


if __name__ == "__main__":
    measure(main, __doc__)
