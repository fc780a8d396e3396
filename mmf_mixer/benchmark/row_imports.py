"""What a training and its measures import, and tables that libraries make when first asked, which takes seconds: for
the process that is forked for each row."""

import mmf_cli.run  # noqa: F401
import torch._dynamo  # noqa: F401  # by optimizers, when they are made
from mmf.utils.env import setup_imports
from omegaconf import OmegaConf
from transformers.conversion_mapping import get_checkpoint_conversion_mapping

import mmf_mixer.benchmark.scores
import mmf_mixer.interpret.additive
import mmf_mixer.interpret.run
import mmf_mixer.interpret.usage  # noqa: F401

setup_imports()
OmegaConf.create({"value": "${oc.env:HOME,${nothing}}", "nothing": 1}).value  # noqa: B018  # the parser of interpolations
get_checkpoint_conversion_mapping("bert")  # of all models of transformers
