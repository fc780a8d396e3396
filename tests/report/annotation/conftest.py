"""A real browser without a screen, and the page of an annotation in it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.protocols import Json
from mmf_mixer.report.annotation.columns import window_columns
from mmf_mixer.report.annotation.page import LOGIC, annotation_page, script
from tests.report.annotation.make import match, write_grey

READY = "document.getElementById('video').readyState >= 2"
PATIENCE = 600  # looks, fifty a second


def until(page: Any, condition: str) -> None:
    """Wait for a condition. Playwright's own way needs a policy that lets texts run, which the page's does not."""
    for _ in range(PATIENCE):
        if page.evaluate(f"Boolean({condition})"):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"it never came about that {condition}")


@pytest.fixture(scope="session")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of twelve seconds at 25 frames a second."""
    return write_grey(tmp_path_factory.mktemp("grey") / "grey.mp4")


@pytest.fixture
def master() -> dict[str, Any]:
    return match()


@pytest.fixture
def short(master: dict[str, Any]) -> dict[str, Any]:
    """The first twelve seconds of the match, beside the grey video."""
    whole = {"duration": 12.0, "video": "grey.mp4", "shots": [], "width": 64, "height": 36}
    for name in ("segments", "windows"):
        whole[name] = [each for each in master[name] if each["end"] <= 12]
    cues = [cue for cue in master["captions"]["cues"] if cue["end"] <= 12]
    return {**master, **whole, "captions": {**master["captions"], "cues": cues}}


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where pictures of pages go: the folder that the environment's SCREENSHOTS names, to keep them."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


Opened = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, tmp_path: Path, grey: Path) -> Iterator[Opened]:
    """Writes a page and its video into a folder and opens it. An error in the page fails the test."""
    contexts, errors = [], []

    def open_page(
        master: dict[str, Any], video: Path = grey, init: str = "", windows: Sequence[Json] = (), **options: Any
    ) -> Any:
        if not (tmp_path / master["video"]).exists():
            shutil.copy(video, tmp_path / master["video"])
        (tmp_path / "page.html").write_text(annotation_page(master, windows), encoding="utf-8")
        context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if init:
            page.add_init_script(init)
        page.goto((tmp_path / "page.html").as_uri())
        until(page, READY)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def saved(page: Any, button: str) -> str:
    """The text of the file that a button saves."""
    with page.expect_download() as download:
        page.click(f"#{button}")
    return Path(download.value.path()).read_text(encoding="utf-8")


def segments(page: Any) -> list[dict[str, Any]]:
    """The segments as the saved annotation has them."""
    found: list[dict[str, Any]] = json.loads(saved(page, "save-master"))["segments"]
    return found


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def reload(page: Any) -> None:
    """Reload, again until the browser hands over what it kept: Chromium may read in a new process before the old one's
    last words have arrived."""
    kept = page.evaluate("JSON.stringify(Object.entries(localStorage).sort())")
    for _ in range(PATIENCE):
        page.reload()
        if page.evaluate("JSON.stringify(Object.entries(localStorage).sort())") == kept:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"after a reload the browser lacks what it kept: {kept}")


def seen(page: Any, name: str) -> str:
    """The text of an element."""
    found: str = page.text_content(f"#{name}")
    return found


Run = Callable[..., Any]


@pytest.fixture(scope="session")
def run(browser: Any) -> Any:
    """Runs an expression beside the script's logic, with no page; `given` is what it is about."""
    page = browser.new_page()
    page.add_script_tag(content=script(LOGIC, "logic"))
    yield lambda code, given=None: page.evaluate(f"(given) => ({code})", given)
    page.close()


@pytest.fixture
def state(run: Run, master: dict[str, Any]) -> Run:
    """A state of the match as `state`; runs statements on it and gives back what they return."""
    given = {"master": {**master, "windows": []}, "windows": window_columns(master["windows"])}
    head = "const state = openState(given.master, readWindows(given.windows));"
    return lambda code, **more: run(f"(() => {{ {head} {code} }})()", {**given, **more})
