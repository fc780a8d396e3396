"""The state of every random generator, in a form that a checkpoint may hold; and seeds that depend on nothing else."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from mmf_mixer.protocols import Json

RandomState = Json  # tensors and plain numbers only, so that reading it back can run no code


def random_state() -> RandomState:
    """What the generators of torch, of its GPUs, of numpy and of Python will give next in this process."""
    _, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [torch.from_numpy(np.asarray(keys, dtype=np.int64)), int(position), int(has_gauss), float(gauss)],
        "python": random.getstate(),
    }


def set_random_state(state: RandomState) -> None:
    """Let the generators go on from `state`. GPUs that it does not know keep the state they have."""
    torch.set_rng_state(state["torch"].cpu())
    for device, of_device in enumerate(state["cuda"][: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(of_device.cpu(), device)
    keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state(("MT19937", keys.cpu().numpy().astype(np.uint32), position, has_gauss, gauss))
    version, internal, gauss_next = state["python"]
    random.setstate((version, tuple(internal), gauss_next))


def seed_of(*numbers: int) -> int:
    """A 64-bit seed from several numbers, such as seed, epoch and index: for other numbers, an unrelated one."""
    return int(np.random.SeedSequence([abs(number) for number in numbers]).generate_state(1, np.uint64)[0])


def generator_of(*numbers: int) -> torch.Generator:
    """A generator that gives what torch's own gives within `seeded`."""
    return torch.Generator().manual_seed(seed_of(*numbers))


@contextmanager
def seeded(*numbers: int) -> Iterator[None]:
    """Meanwhile the CPU generators give what follows from these numbers; then they go on as if nothing had been."""
    before = torch.get_rng_state(), np.random.get_state(), random.getstate()
    seed = seed_of(*numbers)
    torch.default_generator.manual_seed(seed)  # not torch.manual_seed, which would seed the GPUs
    np.random.seed(seed % 2**32)
    random.seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(before[0])
        np.random.set_state(before[1])
        random.setstate(before[2])
