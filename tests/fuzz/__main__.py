"""`python -m tests.fuzz [TARGET …] [--inputs N] [--seed S] [--out DIR]`: fuzz the readers, keep what fails."""

import argparse
import random
from pathlib import Path

import mmf_mixer  # noqa: F401  (mends MMF and registers the plugin)
from tests.fuzz.drive import report
from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, default=1000, help="of each target")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--out", type=Path, required=True, help="a new folder for what fails")
    options = parser.parse_args()
    outcomes = list(report(options.targets, options.inputs, options.seed, options.out))
    raise SystemExit(any(outcome.failures for outcome in outcomes))
