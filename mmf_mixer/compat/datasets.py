"""MMF's loaders of data sets."""

from functools import wraps
from types import ModuleType
from typing import Any

from mmf_mixer.compat.mending import mend


@mend("mmf.datasets.multi_dataset_loader")
def several_datasets_again(module: ModuleType) -> bool:
    """The package release goes through several data sets once: from then on it takes them all for finished."""
    loader = module.MultiDatasetLoader
    if not hasattr(loader, "__next__"):  # the source release has iterators of their own
        return False
    stock = loader.__iter__

    @wraps(stock)
    def __iter__(self: Any) -> Any:
        self._iterators, self._finished_iterators, self._used_once = [], {}, {}
        return stock(self)

    loader.__iter__ = __iter__
    return True
