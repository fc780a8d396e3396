"""The `mmf_mixer` command. Each subcommand parses, calls and prints."""

import typer

from mmf_mixer.cli.annotate import annotate
from mmf_mixer.cli.audit import audit
from mmf_mixer.cli.check import check
from mmf_mixer.cli.compare import compare
from mmf_mixer.cli.doctor import doctor
from mmf_mixer.cli.export import export
from mmf_mixer.cli.extract import extract, join
from mmf_mixer.cli.import_labels import import_labels
from mmf_mixer.cli.options import debuggable
from mmf_mixer.cli.run import run
from mmf_mixer.cli.stencils import stencils
from mmf_mixer.cli.suggest import suggest
from mmf_mixer.cli.synthesize import synthesize
from mmf_mixer.cli.usage import usage
from mmf_mixer.memory import keep_freed_memory

app = typer.Typer(
    help="MLP-Mixer fusion of text, audio and video for MMF. COMMAND --help says more.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # errors in the input are one sentence; see console.py
)


@app.callback()
def begin() -> None:
    """Before any command."""
    keep_freed_memory()


COMMANDS = (run, doctor, synthesize, extract, join, compare, stencils, usage, annotate, export, check, suggest, audit)
for command in COMMANDS:
    app.command()(debuggable(command))
app.command("import")(debuggable(import_labels))  # a word that no function can be called
