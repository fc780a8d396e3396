"""How this process gets its memory from the system."""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8  # glibc's numbers, mallopt(3)
BLOCK = 2**25  # bytes, the most that glibc takes: larger blocks still go back to the system at once
KEPT = 2**30  # bytes at the end of the heap


def keep_freed_memory() -> bool:
    """Let this process use the memory that it frees again, instead of giving it back to the system at once.

    Layer after layer makes and frees megabytes. glibc takes blocks of that size from the system and returns them, which
    then fills each page with zeros before it is used again: a sixth of an extraction's time
    (`projects/benchmark/README.md`).

    Returns:
        Whether it could be done; elsewhere than on Linux with glibc all stays as it is.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    wanted = {MMAP_THRESHOLD: BLOCK, TRIM_THRESHOLD: KEPT, ARENA_MAX: 1}
    return mallopt is not None and all([mallopt(*each) for each in wanted.items()])
