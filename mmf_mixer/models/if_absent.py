"""Models that only one of MMF's releases brings."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

from mmf.common.registry import registry

Model = TypeVar("Model", bound=type)


def register_model_if_absent(name: str) -> Callable[[Model], Model]:
    """Register a class as MMF model `name` unless the installed MMF has a module of its own, `mmf.models.<name>`."""

    def register(model: Model) -> Model:
        # The package release lacks the model; where the stock one exists, a comparison must run that.
        if find_spec(f"mmf.models.{name}") is None:
            registry.register_model(name)(model)
        return model

    return register
