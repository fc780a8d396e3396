"""What all pages are made with."""

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.report.html import address


@pytest.mark.parametrize(
    ("video", "expected"),
    [
        ("a b.mp4", "./a%20b.mp4"),
        ("clips/ä#1?.mp4", "./clips/%C3%A4%231%3F.mp4"),
        ("../episode.mp4", "./../episode.mp4"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("C:\\x.mp4", "./C%3A%5Cx.mp4"),
        ('"><b>.mp4', "./%22%3E%3Cb%3E.mp4"),
    ],
)
def test_the_address_of_the_video_is_relative_whatever_its_name(video: str, expected: str) -> None:
    assert address(video) == expected


@pytest.mark.parametrize("video", ["/a.mp4", "//host/a.mp4", "https://host/a.mp4", "", "a//b.mp4"])
def test_a_video_that_is_not_named_relative_to_the_page_is_refused(video: str) -> None:
    with pytest.raises(InputError, match="must be a path relative to the page"):
        address(video)


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="not UTF-8; rename it"):
        address("a\udcff.mp4")
