"""Encoders from outside the package, loaded by MMF's own `env.user_dir`."""

from . import efficientnet as efficientnet
