"""When MMF stops early, and what of that survives a resumption."""

from functools import wraps
from types import ModuleType
from typing import Any

from mmf_mixer.compat.mending import mend
from mmf_mixer.protocols import Json, Meter


@mend("mmf.utils.early_stopping")
def early_stopping_resumes(module: ModuleType) -> bool:
    """A resumed run forgets at which update its best result was, takes it for update 0, and stops at once."""
    stock = module.EarlyStopping.init_from_checkpoint

    @wraps(stock)
    def init_from_checkpoint(self: Any, load: Json) -> None:
        reset = self.checkpoint.config.checkpoint.reset
        if reset.all or reset.counts:  # the counts start again, and so does the search for the best
            return
        stock(self, load)
        self.best_monitored_update = load.get("best_update", self.best_monitored_update)

    module.EarlyStopping.init_from_checkpoint = init_from_checkpoint
    return True


@mend("mmf.utils.early_stopping")
def early_stopping_of_several_processes(module: ModuleType) -> bool:
    """On an early stop rank 0 restores the best weights, and waits for ever for the others to do so too."""
    stock = module.EarlyStopping.__call__

    @wraps(stock)
    def __call__(self: Any, update: int, iteration: int, meter: Meter) -> bool:
        # The trainer restores the best weights in every process when training ends, so nothing need be done here.
        stops, was_activated = self.should_stop, self.activated
        self.should_stop = self.activated = False
        try:
            stock(self, update, iteration, meter)
            return bool(stops and self.activated)
        finally:
            self.should_stop, self.activated = stops, self.activated or was_activated

    module.EarlyStopping.__call__ = __call__
    return True
