import pytest

from mmf_mixer.errors import first_sentence


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
