"""MMF's stand-in for stdout."""

from types import ModuleType

from mmf_mixer.compat.mending import mend


@mend("mmf.utils.logger")
def captured_output_is_no_terminal(module: ModuleType) -> bool:
    """MMF's stand-in for stdout lacks `isatty`, which transformers 5 asks for when it loads weights."""
    if not hasattr(module, "StreamToLogger") or hasattr(module.StreamToLogger, "isatty"):
        return False
    module.StreamToLogger.isatty = lambda self: False
    return True
