"""Memory that a process has freed is its own again; each case in a process of its own."""

import os
import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import mmf_mixer_hook

mmf_mixer_hook.without_mmf()  # which would take some seconds
from mmf_mixer.memory import keep_freed_memory

assert sys.argv[1] == "as it is" or keep_freed_memory()

def pages(megabytes):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    b"x" * (megabytes * 2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

for _ in range(3):  # the heap grows
    pages(16)
print(sum(pages(16) for _ in range(8)), pages(64))
"""


def faults(how: str) -> tuple[int, int]:
    """How many pages the system gives a process that makes and frees 16 MB, eight times over, and then 64 MB."""
    own = os.environ | {"MALLOC_MMAP_THRESHOLD_": "131072"}  # from which glibc moves by itself
    done = subprocess.run([sys.executable, "-c", FAULTS, how], env=own, check=True, capture_output=True, text=True)
    small, large = map(int, done.stdout.split())
    return small, large


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_freed_memory_is_not_asked_for_again() -> None:
    (small, large), (small_before, large_before) = faults("kept"), faults("as it is")
    assert small < small_before / 10
    assert large > large_before / 2  # what is that large is not kept


def test_elsewhere_all_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from mmf_mixer.memory import keep_freed_memory

    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_freed_memory()
