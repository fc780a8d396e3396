"""`mmf_mixer run`: `mmf_run` through our own door."""

from mmf_mixer.cli.options import MMFOptions
from mmf_mixer.errors import InputError


def run(options: MMFOptions = None) -> None:
    """Train, validate or test one model through MMF, as mmf_run does."""
    if not options:
        raise InputError("run: say what to run, with config=FILE model=NAME dataset=NAME.")
    from mmf_cli.run import run as mmf_run

    mmf_run(options)
