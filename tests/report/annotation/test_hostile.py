"""Markup in each text that comes from outside, in a real browser: it is shown, and nothing of it runs or loads."""

import json
from typing import Any

import pytest

from tests.report.annotation.conftest import Opened, reload, saved, until

MARKUP = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\u2028<!--<script>"
NAME = "<img src=x onerror='window.hacked=1'>&quot;.mp4"


@pytest.fixture
def hostile(short: dict[str, Any]) -> dict[str, Any]:
    """Markup as a label, a group, captions, words, the names of files, the model, a language, a modality."""
    group, label = f"{MARKUP}".replace("/", "|"), f"event {MARKUP}"
    short["labels"] = {group: {"exclusive": False, "labels": [label, MARKUP]}, **short["labels"]}
    name = f"{group}/{label}"
    for segment in short["segments"]:
        segment["label"], segment["modalities"] = name, {MARKUP: 0.5, "__proto__x": 0.5}
        segment["evidence"]["words"] = [{"text": MARKUP.split()[0], "start": 0.5, "end": 9.0, "weight": 1.0}]
    for window in short["windows"]:
        window["labels"][0]["label"] = name
    for cue in short["captions"]["cues"]:
        cue["text"] = MARKUP
    short["captions"] |= {"name": MARKUP, "language": MARKUP}
    short["run"] |= {"model": MARKUP, "folder": MARKUP}
    return {**short, "video": NAME, "thresholds": {name: 0.5}}


def test_markup_from_outside_is_shown_and_does_nothing(opened: Opened, hostile: dict[str, Any]) -> None:
    page = opened(hostile)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    reload(page)
    until(page, "document.getElementById('video').readyState >= 2")
    for key in ("n", "n", "a", "c", "Escape", "/"):
        page.keyboard.press(key)
    page.keyboard.type("<img src=x")
    page.click("#labels")
    page.keyboard.press("Escape")
    assert page.text_content("h1") == NAME and MARKUP in page.text_content("#label-list")
    assert page.locator(".cue p").first.text_content() == MARKUP and MARKUP in page.text_content("#shares")
    assert MARKUP in page.text_content("#facts") and MARKUP in page.text_content("#said")
    assert page.evaluate("[window.hacked ?? 0, document.images.length, document.scripts.length]") == [0, 0, 1]
    assert {address.split("/")[-1].split("?")[0][:12] for address in asked} == {"page.html", "%3Cimg%20src"}


def test_saved_lines_of_hostile_names_stay_in_their_folder(opened: Opened, hostile: dict[str, Any]) -> None:
    hostile["labels"].pop("activity")
    hostile["captions"]["name"] = "../../../etc/passwd"
    page = opened(hostile)
    for _ in hostile["segments"]:
        page.keyboard.press("n")
        page.keyboard.press("a")
    lines = [json.loads(line) for line in saved(page, "save-lines").splitlines()]
    assert len(lines) == 3
    for line in lines:
        assert line["video"] == NAME and line["captions"] == "passwd"
        assert not set(line["id"]) & set("/\\.<>\u2028") and line["id"].startswith(
            "img-src-x-onerror-window-hacked-1-quot-"
        )


INJECTED = """() => {
    window.stopped = new Set();
    document.addEventListener("securitypolicyviolation", (event) => stopped.add(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "window.hacked = 1";
    document.body.append(script);
    const holder = document.createElement("div");
    document.body.append(holder);
    holder.innerHTML = `<img src='http://localhost:9/x.png' onerror='window.hacked = 1'>
        <style>body { display: none }</style><iframe src='http://localhost:9/'></iframe>
        <a href='javascript:window.hacked = 1'>x</a>`;
    holder.querySelector("a").click();
    fetch("http://localhost:9/").catch(() => {});
    setTimeout(() => { try { eval("window.hacked = 1"); } catch {} });  // later: at once a debugger may, as this is
    window.media = new Audio("http://localhost:9/x.mp3");
    window.media.load();
}"""
STOPPED = ("script-src", "script-src-elem", "script-src-attr", "img-src", "frame-src", "style-src-elem", "connect-src")


def test_the_policy_stops_what_is_put_into_the_page(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    sent: list[str] = []
    page.on("response", lambda response: sent.append(response.url))
    page.on("requestfailed", lambda request: sent.append(request.url) if request.failure != "csp" else None)
    page.evaluate(INJECTED)
    until(page, f"{[*STOPPED, 'media-src']}.every((each) => stopped.has(each))")
    assert page.evaluate("[window.hacked ?? 0, getComputedStyle(document.body).display]") == [0, "flex"]
    assert sent == []
