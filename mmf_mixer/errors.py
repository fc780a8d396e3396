"""The one error a user is meant to read: a sentence that names the place and the remedy."""

import re


class InputError(ValueError):
    """Bad input from outside: a file, a sample, an option.

    The message is one sentence that names the file, line or sample, and what to do. The commands print it
    without a traceback and leave with exit code 2.
    """


def first_sentence(error: BaseException) -> str:
    """The first sentence of an error's text, without its full stop."""
    return re.split(r"\.\s|\n", str(error).strip())[0].rstrip(".")
