"""The one error a user is meant to read: a sentence that names the place and the remedy."""

import re

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # what would break a sentence, or a terminal


class InputError(ValueError):
    """Bad input from outside: a file, a sample, an option.

    The message is one sentence that names the file, line or sample, and what to do. The commands print it
    without a traceback and leave with exit code 2.
    """


def first_sentence(error: BaseException) -> str:
    """The first sentence of an error's text, without its full stop."""
    return re.split(r"\.\s|\n", str(error).strip())[0].rstrip(".")


def shown(value: object) -> str:
    """A value from outside as it may stand in a sentence: short, and on one line."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of over 4300 digits
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."
