"""How pages are made of templates."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from mmf_mixer.report.numbers import plus_minus


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
    made.filters["plus_minus"] = plus_minus
    return made
