"""How figures with intervals are written."""

from typing import Any


def plus_minus(figure: Any, scale: float = 1, digits: int = 3, undefined: str = "-") -> str:
    """A figure that has `mean`, `low` and `high`, as keys or attributes, with half the width of its interval."""
    if figure is None:
        return undefined
    each = figure if isinstance(figure, dict) else vars(figure)
    return f"{scale * each['mean']:.{digits}f} ± {scale * (each['high'] - each['low']) / 2:.{digits}f}"
