"""Bad input becomes one sentence and exit code 2, whichever way the error took to get out."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf
from torch._utils import ExceptionWrapper

from mmf_mixer.console import errors_end_the_command, input_error_sentence
from mmf_mixer.errors import InputError
from mmf_mixer.settings import register_resolver

SENTENCE = "train.jsonl, line 3: the label 'x' is unknown; add it to labels.yaml."


def fail():
    raise InputError(SENTENCE)


def caught(action):
    with pytest.raises(Exception) as refusal:
        action()
    return refusal.value


def test_the_error_itself():
    assert input_error_sentence(InputError(SENTENCE)) == SENTENCE


def test_from_a_worker_of_a_data_loader():
    try:
        fail()
    except InputError:
        sent = ExceptionWrapper(where="in DataLoader worker process 0")  # what the worker sends to the main process
    error = caught(sent.reraise)
    assert str(error) != SENTENCE  # torch has put a traceback into it
    assert input_error_sentence(error) == SENTENCE


def test_from_a_resolver_of_a_config():
    register_resolver("broken", fail)
    error = caught(lambda: OmegaConf.create({"a": "${broken:}"}).a)
    assert not isinstance(error, InputError)
    assert input_error_sentence(error) == SENTENCE


def test_from_a_spawned_process_as_torch_reports_it():
    text = f"\n\n-- Process 0 terminated with the following error:\n  …\nmmf_mixer.errors.InputError: {SENTENCE}\n"
    assert input_error_sentence(torch.multiprocessing.ProcessRaisedException(text, 0, 1)) == SENTENCE


def test_as_the_cause_of_another_error():
    error = RuntimeError("the run failed")
    error.__cause__ = InputError(SENTENCE)
    assert input_error_sentence(error) == SENTENCE


def test_other_errors_are_not_ours():
    error = RuntimeError("a real fault")
    error.__context__ = InputError(SENTENCE)  # one that was dealt with on the way
    assert input_error_sentence(error) is None


def test_around_a_command(capsys, monkeypatch):
    monkeypatch.delenv("MMF_MIXER_DEBUG", raising=False)
    with pytest.raises(SystemExit) as leaving, errors_end_the_command():
        raise InputError(SENTENCE)
    assert leaving.value.code == 2
    assert capsys.readouterr().err == SENTENCE + "\n"


def test_an_error_that_nobody_expected_is_named_with_its_place(capsys, monkeypatch):
    monkeypatch.delenv("MMF_MIXER_DEBUG", raising=False)
    with pytest.raises(SystemExit) as leaving, errors_end_the_command():
        raise OSError("No space left on device.\nmore")
    assert leaving.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith(f"OSError in {__file__}, line ") and said.count("\n") == 1
    assert said.endswith(": No space left on device; --debug shows how it came about.\n")


def test_debugging_keeps_the_traceback(monkeypatch):
    monkeypatch.setenv("MMF_MIXER_DEBUG", "1")
    with pytest.raises(InputError), errors_end_the_command():
        raise InputError(SENTENCE)


CRASH = f"""
import sys
from mmf_mixer_hook import MendingFinder
MendingFinder.plugin_imports_mmf = False  # MMF itself is not at issue, and slow
from mmf_mixer import console
from mmf_mixer.errors import InputError
console.install()
raise {{}}({SENTENCE!r})
"""


@pytest.mark.parametrize(
    ("kind", "debug", "code", "end"),
    [
        ("InputError", "0", 2, SENTENCE),
        ("InputError", "1", 1, f"mmf_mixer.errors.InputError: {SENTENCE}"),
        ("OSError", "0", 1, f"OSError: {SENTENCE}"),
    ],
)
def test_a_command_of_somebody_elses_leaves_with_2(kind, debug, code, end):
    root = str(Path(__file__).parents[2])
    environment = {"PYTHONPATH": root, "MMF_MIXER_DEBUG": debug, "PATH": ""}
    crash = [sys.executable, "-c", CRASH.format(kind)]
    left = subprocess.run(crash, env=environment, capture_output=True, text=True)
    assert left.returncode == code
    lines = left.stderr.splitlines()
    assert lines[-1] == end
    assert ("Traceback (most recent call last):" in lines) is (code == 1)


def test_the_package_releases_captured_stdout_can_be_asked_whether_it_is_a_terminal():
    from mmf.utils import logger

    if not hasattr(logger, "StreamToLogger"):
        pytest.skip("the source release captures no output")
    assert logger.StreamToLogger(None).isatty() is False
