"""The page as text: it holds all, and nothing from outside is more than text in it."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.report.annotation.page import DRAWING, LOGIC, annotation_page, script

MARKUP = "</script><img src=x onerror=hacked()><!--<script>\u2028&amp;"


class Elements(HTMLParser):
    """All elements of a page with their attributes, and the text in each kind."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.found[-1][0], []).append(data) if self.found else None


def data_of(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)[0])
    return found


def test_the_page_holds_the_annotation_but_for_the_windows_which_are_columns(master: dict[str, Any]) -> None:
    data = data_of(annotation_page(master))
    assert data["master"] == {name: value for name, value in master.items() if name != "windows"}
    assert data["windows"]["score"]["type"] == "uint16" and len(data["windows"]["names"]) == 11
    assert data["colours"] == {"text": "#0072b2", "audio": "#e69f00", "video": "#009e73"}


def test_corrections_belong_to_one_annotation(master: dict[str, Any]) -> None:
    key = data_of(annotation_page(master))["key"]
    assert re.fullmatch(r"mmf_mixer annotation [0-9a-f]{64}", key)
    assert data_of(annotation_page(master))["key"] == key
    master["segments"][0]["end"] -= 0.04
    assert data_of(annotation_page(master))["key"] != key


def test_the_policy_lets_only_this_style_and_this_script_be(master: dict[str, Any]) -> None:
    page = annotation_page(master)
    elements = Elements(page)
    policies = [each["content"] for tag, each in elements.found if each.get("http-equiv") == "Content-Security-Policy"]
    code, style = re.findall(r"<script>(.*?)</script>", page, re.S), re.findall(r"<style>(.*?)</style>", page, re.S)
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (code[0], style[0])]
    assert len(policies) == len(code) == len(style) == 1
    assert policies[0] == (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; "
        "media-src 'self' file: blob:; base-uri 'none'; form-action 'none'"
    )
    head = page[: page.index("Content-Security-Policy")]
    assert "<script" not in head and "<style" not in head and "<title" not in head  # it comes first


def test_the_page_needs_no_network(master: dict[str, Any]) -> None:
    page = annotation_page(master)
    addresses = [each[name] for _, each in Elements(page).found for name in ("src", "href", "srcset") if name in each]
    assert addresses == ["./match.mp4"]
    assert not re.search(r"https?:|@import|url\(", script(LOGIC, "logic") + script(DRAWING, "drawing"))


def test_markup_stays_text(master: dict[str, Any]) -> None:
    plain = [tag for tag, _ in Elements(annotation_page(master)).found]
    master["labels"]["event"]["labels"][0] = master["segments"][3]["label"] = f"event/{MARKUP}"
    master["captions"]["cues"][0]["text"] = master["captions"]["name"] = MARKUP
    master["run"]["model"] = master["run"]["folder"] = MARKUP
    master["video"] = MARKUP.replace("/", "") + '"onerror="hacked()".mp4'
    page = annotation_page(master)
    elements = Elements(page)
    assert [tag for tag, _ in elements.found] == plain  # nothing became an element
    assert not any(name.startswith("on") for _, each in elements.found for name in each)
    assert data_of(page)["master"]["captions"]["cues"][0]["text"] == MARKUP
    assert elements.texts["h1"][0] == elements.texts["title"][0].removesuffix(", annotated")


def test_the_script_never_makes_markup_of_text() -> None:
    code = script(LOGIC, "logic") + script(DRAWING, "drawing")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|</script", code)


def test_another_format_and_numbers_that_are_none_are_refused(master: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="of version 1, not 'mmf-mixer-annotation' of version 2"):
        annotation_page({**master, "version": 2})
    with pytest.raises(InputError, match="a number that JSON does not know"):
        annotation_page({**master, "duration": float("nan")})
