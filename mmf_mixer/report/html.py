"""How pages are made of templates."""

from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def environment(room: str = "mmf_mixer.report") -> Environment:
    """Templates of a room, and those that all share, in which whatever comes from outside is escaped, and whatever is
    missing is an error."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(room), PackageLoader("mmf_mixer.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["interval"] = interval
    return made


def interval(figure: Any, scale: float = 1, digits: int = 3) -> str:
    """A figure that has `mean`, `low` and `high`, with half the width of its interval; a dash if it is undefined."""
    if figure is None:
        return "-"
    each = figure if isinstance(figure, dict) else vars(figure)
    return f"{scale * each['mean']:.{digits}f} ± {scale * (each['high'] - each['low']) / 2:.{digits}f}"
