"""The page for eyes, keys and screen readers: names, order of focus, contrast, widths, and pictures of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.protocols import Json
from tests.report.annotation.conftest import Opened, press, until
from tests.report.annotation.make import WINDOWS, write_match

NAMELESS = """[...document.querySelectorAll("button, input, select, canvas, section, dialog")]
    .filter((each) => !["aria-label", "aria-labelledby"].some((name) => each.getAttribute(name)))
    .filter((each) => !each.labels?.length && !each.textContent.trim()).map((each) => each.id)"""
CONTRASTS = """() => {
    const pixel = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const style = getComputedStyle(document.documentElement);
    const light = (name) => {
        pixel.fillStyle = style.getPropertyValue(`--${name}`).trim();
        pixel.fillRect(0, 0, 1, 1);
        const [red, green, blue] = [...pixel.getImageData(0, 0, 1, 1).data].map((each) => linear(each / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    };
    const grounds = ["ground", "card", "lift"];
    const pairs = ["ink", "soft", "good", "bad", "link"].flatMap((text) => grounds.map((ground) => [text, ground]));
    return [["accent-ink", "accent"], ...pairs].map(([text, ground]) => {
        const [one, other] = [light(text), light(ground)];
        return [text, ground, Math.max(one, other) / Math.min(one, other)];
    });
}"""
ALL_DRAWN = """[...document.querySelectorAll("canvas")].every((each) => {
    const { data } = each.getContext("2d").getImageData(0, 0, each.width, each.height);
    return new Set(data).size > 9;
})"""


@pytest.mark.parametrize("windows", [(), WINDOWS])
@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_is_wider_than_the_window_and_all_controls_have_names(
    opened: Opened, short: dict[str, Any], width: int, windows: Sequence[Json]
) -> None:
    page = opened(short, windows=windows)
    page.set_viewport_size({"width": width, "height": 800})
    press(page, "n", "f")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(NAMELESS) == []


def test_the_focus_goes_through_the_page_in_order_and_is_seen(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    places: dict[str, None] = {}
    for _ in range(40):
        press(page, "Tab")
        places[page.evaluate("document.activeElement.id")] = None
    wanted = ["save-master", "help", "back", "play", "speed", "search", "follow", "cues"]
    wanted += ["labels", "least", "next", "overview"]
    assert [place for place in places if place in wanted] == wanted
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(opened: Opened, short: dict[str, Any], scheme: str) -> None:
    """4.5 to 1 (WCAG 2, 1.4.3) for each colour of text on each ground that it stands on."""
    page = opened(short, color_scheme=scheme)
    assert [pair for pair in page.evaluate(CONTRASTS) if pair[2] < 4.5] == []


def test_reduced_motion_is_heard(opened: Opened, master: dict[str, Any]) -> None:
    page = opened(master, reduced_motion="reduce")
    page.evaluate("page.seek(57)")
    until(page, "page.transcript.current === 18 && el('cues').scrollTop > 0")
    reached = page.evaluate("el('cues').scrollTop")
    assert reached > 100 and page.evaluate("el('cues').scrollTop") == reached  # at once, not on the way


def test_pictures_of_the_page(opened: Opened, master: dict[str, Any], tmp_path: Path, screenshots: Path) -> None:
    video = write_match(tmp_path / "match.mp4")
    for scheme, width, height in (("light", 1440, 980), ("dark", 1280, 800), ("narrow", 420, 900), ("next", 1440, 980)):
        colours = "dark" if scheme == "dark" else "light"
        windows = WINDOWS if scheme == "next" else ()
        page = opened(master, video, color_scheme=colours, reduced_motion="reduce", windows=windows)
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("page.select(page.state.segments.findIndex((each) => each.label === 'event/goal'))")
        press(page, "f")
        page.evaluate("page.seek(page.asked.length ? 4.4 : 24.4)")
        until(page, "!document.getElementById('video').seeking && !page.waiting")
        page.screenshot(path=screenshots / f"annotation-{scheme}.png", full_page=scheme == "narrow")
        assert page.evaluate(ALL_DRAWN)
        assert (screenshots / f"annotation-{scheme}.png").stat().st_size > 20_000
