"""Libraries that single features of MMF need: named in one sentence by whoever uses such a feature without them."""

from functools import wraps
from importlib.util import find_spec
from types import ModuleType

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError

OF_FEATURES = {  # library: what of MMF needs it
    "nltk": "the metric caption_bleu4",
    "pandas": "the data sets charades and retrieval",
    "tensorboard": "training.tensorboard=true",
}


def _first_ask_for(library: str, owner: type) -> None:
    stock = owner.__init__  # type: ignore[misc]

    @wraps(stock)
    def __init__(self: object, *args: object, **kwargs: object) -> None:
        if find_spec(library) is None:
            raise InputError(f"MMF needs {library} for {OF_FEATURES[library]}: pip install {library}")
        stock(self, *args, **kwargs)

    owner.__init__ = __init__  # type: ignore[misc]


@mend("mmf.modules.metrics")
def nltk_is_named(module: ModuleType) -> bool:
    """Without nltk the metric caption_bleu4 ends MMF in a traceback."""
    _first_ask_for("nltk", module.CaptionBleu4Metric)
    return True


@mend("mmf.utils.logger")
def tensorboard_is_named(module: ModuleType) -> bool:
    """Without tensorboard training.tensorboard=true ends MMF in a traceback."""
    _first_ask_for("tensorboard", module.TensorboardLogger)
    return True
