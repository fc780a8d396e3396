"""Every injured file gives a sound result or one sentence, within the limits; and the fuzzer would notice otherwise."""

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from mmf_mixer import limits
from mmf_mixer.errors import InputError
from tests.fuzz import drive
from tests.fuzz.drive import fuzz, report
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS, Target

FEW, MANY = {"media": 100, "tracks": 100}, {"media": 4_000, "tracks": 4_000}


@pytest.mark.parametrize("name", TARGETS)
def test_injured_files_are_read_or_refused(name: str, tmp_path: Path) -> None:
    [outcome] = report([name], FEW.get(name, 300), random.randrange(10**6), tmp_path)

    assert not outcome.failures
    assert outcome.sound > 0 and outcome.refused > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_many_injured_files_are_read_or_refused(name: str, tmp_path: Path) -> None:
    [outcome] = report([name], MANY.get(name, 20_000), random.randrange(10**6), tmp_path)

    assert not outcome.failures


@pytest.mark.parametrize("name", TARGETS)
def test_a_whole_file_is_sound(name: str, tmp_path: Path) -> None:
    target = TARGETS[name](tmp_path)
    (path := tmp_path / target.names[0]).write_bytes(target.seeds[0])

    target.read(path)


def test_the_same_seed_makes_the_same_injuries() -> None:
    first, again, other = (mutated(random.Random(seed), [b"groups: {a: 1}", b"\0\1" * 40]) for seed in (1, 1, 2))

    assert first == again != other


def grow(path: Path) -> None:
    assert len(b"x" * 400 * 2**20) > 0


def wait(path: Path) -> None:
    while True:
        pass


def fail(path: Path) -> None:
    raise KeyError("some")


def rant(path: Path) -> None:
    raise InputError(f"{path}: is wrong\nin two lines.")


def mumble(path: Path) -> None:
    raise InputError("something is wrong somewhere.")


def crash(path: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (grow, "it took"),
        (wait, "SIGPROF"),
        (fail, "KeyError: 'some'"),
        (rant, "not one sentence"),
        (mumble, "names no file"),
        (crash, "SIGKILL"),
    ],
)
def test_what_goes_wrong_is_named_and_kept(
    read: Callable[[Path], None], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TARGETS, "bad", lambda folder: Target(["a.txt"], [b"some text"], read))
    monkeypatch.setattr(drive, "CPU_SECONDS", 0.2 if read is wait else drive.CPU_SECONDS)
    monkeypatch.setattr(limits, "MEMORY", 256 * 2**20 if read is grow else limits.MEMORY)

    outcome = fuzz("bad", 2, 0, tmp_path)

    assert (outcome.sound, outcome.refused, len(outcome.failures)) == (0, 0, 2)
    assert reason in outcome.failures[1]
    assert Path(outcome.failures[1].split(": ")[0]).read_bytes() == mutated(random.Random("bad 0 1"), [b"some text"])
