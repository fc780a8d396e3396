"""What a training and its measures import, which takes seconds: for the process that is forked for each row."""

import mmf_cli.run  # noqa: F401
import torch._dynamo  # noqa: F401  # by optimizers, when they are made
from mmf.utils.env import setup_imports

import mmf_mixer.benchmark.scores
import mmf_mixer.interpret.additive
import mmf_mixer.interpret.run
import mmf_mixer.interpret.usage  # noqa: F401

setup_imports()
