"""`python -m mmf_mixer`, which torchrun starts too, is the command `mmf_mixer`."""

from mmf_mixer_cli import command

command()
