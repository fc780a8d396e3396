"""Memory that a process has freed is its own again; each case in a process of its own."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import torch
from mmf_mixer.memory import keep_freed_memory

assert sys.argv[1] == "as it is" or keep_freed_memory()

def pages(megabytes):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(megabytes * 2**18)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

for _ in range(3):  # the heap grows
    pages(64)
print(sum(pages(64) for _ in range(8)))
"""


def faults(how: str) -> int:
    """How many pages the system gives a process that makes and frees 64 MB, eight times over."""
    done = subprocess.run([sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_freed_memory_is_not_asked_for_again() -> None:
    assert faults("kept") < faults("as it is") / 10


def test_elsewhere_all_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from mmf_mixer.memory import keep_freed_memory

    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_freed_memory()
