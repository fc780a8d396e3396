"""An MMF plugin that fuses text, audio and video with an MLP-Mixer. Importing it registers everything."""

import mmf_mixer_hook

__version__ = "0.1.0"

mmf_mixer_hook.install()
if mmf_mixer_hook.MendingFinder.plugin_imports_mmf:  # else MMF is being imported, and will call the plugin at its end
    import mmf  # noqa: F401
