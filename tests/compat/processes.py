"""Real processes for the tests: on this machine, under torchrun or alone, and never waited for without end."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATHS = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2")


def python(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start Python with these arguments; what it prints is for `outcome`."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": PATHS, "OMP_NUM_THREADS": "1"} | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def outcome(process: subprocess.Popen[str], within: float = 300) -> tuple[int, str]:
    """Its exit code and what it printed; a process that takes longer than `within` seconds is ended, and fails."""
    try:
        said, _ = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.terminate()  # torchrun then ends its own
        said, _ = process.communicate()
        return -1, f"{said}\n(it was still there after {within} seconds)"
    return process.returncode, said


def expect_success(process: subprocess.Popen[str]) -> str:
    """What a process printed that ended well."""
    code, said = outcome(process)
    assert code == 0, said
    return said
