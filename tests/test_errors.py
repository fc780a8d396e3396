import pytest

from mmf_mixer.errors import InputError, first_sentence, reason_and_remedy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no such file w.pth", "no such file w.pth"),
        ("It failed.", "It failed"),
        ("\nIt failed at 0.5 s. Try again.\nOr not.", "It failed at 0.5 s"),
        ("first line\nsecond line", "first line"),
        ("", ""),
    ],
)
def test_the_first_sentence_is_what_one_reads(text: str, expected: str) -> None:
    assert first_sentence(ValueError(text)) == expected


def test_the_remedy_follows_the_last_semicolon() -> None:
    assert reason_and_remedy(InputError("a; b is wrong; correct it.")) == ("a; b is wrong", "correct it")
    assert reason_and_remedy(InputError("write one key.")) == ("write one key", "")
