"""The command `mmf_mixer`. MMF waits until a subcommand wants it: --help is quick, and doctor needs no MMF."""

import mmf_mixer_hook


def command() -> None:
    """Parse the command line and do as it says."""
    mmf_mixer_hook.without_mmf()
    from mmf_mixer.cli.main import app
    from mmf_mixer.console import errors_end_the_command

    with errors_end_the_command():
        app()
