"""What our commands share: their options beside those of MMF, which are of the form name=value and follow them."""

import inspect
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from mmf_mixer.console import show_tracebacks
from mmf_mixer.errors import InputError

MMFOptions = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME=VALUE…", help="Options of mmf_run: config=F model=M dataset=D dataset_config.clips.root=FOLDER …"
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a trained run (env.save_dir).")]
OtherOptions = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME=VALUE…", help="Options of mmf_run in place of the run's: dataset_config.clips.root=FOLDER …"
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")]
N = TypeVar("N")


def debuggable(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the option `--debug` besides its own."""

    @wraps(command)
    def run(*, debug: bool, **given: Any) -> None:
        if debug:
            show_tracebacks()
        command(**given)

    own = inspect.signature(command, eval_str=True)
    option = inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Debug)
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), option])  # type: ignore[attr-defined]
    run.__annotations__ = {**command.__annotations__, "debug": Debug}
    return run


def old_words(command: str, options: Sequence[str], names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Part words such as `out=DIR`, as options of ours were once written, from options of MMF; say what to write now.

    Raises:
        InputError: an option is not of the form name=value.
    """
    own, rest = {}, []
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise InputError(f"{command}: '{option}' is not of the form name=value.")
        if name in names:
            own[name] = value
        else:
            rest.append(option)
    if own:
        now = ", ".join(f"--{name}" for name in own)
        print(f"{command}: {', '.join(f'{name}=' for name in own)} is now written {now}.", file=sys.stderr)
    return own, rest


def listed(command: str, name: str, text: str, kind: Callable[[str], N]) -> tuple[N, ...]:
    """`text` at its commas, each part as `kind`. Raises InputError if one is none."""
    try:
        return tuple(kind(part.strip()) for part in text.split(","))
    except ValueError:
        wanted = "whole numbers" if kind is int else "numbers"
        raise InputError(f"{command}: {name} are {wanted} with commas between them, not {text!r}.") from None
