"""The only place that knows MMF's releases and the versions of its libraries.

Importing it hands every mend to `mending`; none runs before MMF's own modules are imported.
"""

import importlib
from types import ModuleType

from mmf_mixer.compat import configuration, files, libraries, options
from mmf_mixer.compat.mending import mend

__all__ = ["configuration", "files", "libraries", "options"]


@mend("mmf")  # made last, so run last: the mends of a module run in the order in which they were made
def plugin(module: ModuleType) -> bool:
    """MMF does not know of plugins: ours registers its models, datasets, encoders and metrics at the end."""
    import sys

    try:  # TEMPORARY: rooms are being built today
        importlib.import_module("mmf_mixer.plugin")
    except ImportError as error:
        print("TEMPORARY: plugin incomplete:", error, file=sys.stderr)
    return True
