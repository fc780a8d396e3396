"""The one error a user is meant to read: a sentence that names the place and the remedy."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # what would break a sentence, or a terminal
LONGEST = 255  # letters of a name that is compared with others


class InputError(ValueError):
    """Bad input from outside: a file, a sample, an option.

    The message is one sentence that names the file, line or sample, and what to do. The commands print it
    without a traceback and leave with exit code 2.
    """


def first_sentence(error: BaseException) -> str:
    """The first sentence of an error's text, without its full stop."""
    return re.split(r"\.\s|\n", str(error).strip())[0].rstrip(".")


def reason_and_remedy(error: InputError) -> tuple[str, str]:
    """The two parts of the sentence: what is wrong, and what to do, which follows the last semicolon."""
    reason, semicolon, remedy = str(error).rstrip(".").rpartition("; ")
    return (reason, remedy) if semicolon else (remedy, "")


def nearest(name: object, known: Iterable[object], cutoff: float = 0.6) -> str | None:
    """Of the known names the one that `name` may have been meant for, if one is like it."""
    close = get_close_matches(str(name)[:LONGEST], list(map(str, known)), n=1, cutoff=cutoff)
    return close[0] if close else None


def shown(value: object) -> str:
    """A value from outside as it may stand in a sentence: short, and on one line."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of over 4300 digits
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."
