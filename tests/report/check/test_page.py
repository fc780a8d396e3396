"""The page of a check."""

import hashlib
import re
from base64 import b64encode

from mmf_mixer.labels.check.finding import Finding, Pair, Report
from mmf_mixer.report.check.page import MOST, check_page

HOSTILE = "<script>alert(1)</script><style>*{}</style>\"'"


def report(*findings: Finding, label: str = "a/x") -> Report:
    return Report(
        "/data/set",
        True,
        {"train": 20, "val": 4, "test": 0},
        {split: {"text": 3, "audio": 2, "video": 1} for split in ("train", "val", "test")},
        {label: {"train": 20, "val": 1, "test": 0}, "a/y": {"train": 5, "val": 4, "test": 0}},
        [Pair(label, "a/y", 3)],
        list(findings),
    )


def finding(sentence: str = "it is odd") -> Finding:
    return Finding("oddity", "warning", "val", 7, "clip-1", sentence, "change it")


def test_findings_stand_with_their_place_and_remedy() -> None:
    page = " ".join(re.sub(r"<[^>]+>", "", check_page(report(finding()))).split())
    assert "val.jsonl line 7, clip clip-1: it is odd; change it." in page
    assert "oddity: 1, a warning" in page and "1 finding." in page


def test_bars_are_as_long_as_their_share_of_the_splits_most_frequent_label() -> None:
    page = check_page(report())
    bars = re.findall(r'<td[^>]*>(\d+)<svg[^>]*><rect width="([\d.]+)"', page)
    assert bars == [("20", "120.0"), ("1", "30.0"), ("0", "0.0"), ("5", "30.0"), ("4", "120.0"), ("0", "0.0")]
    assert page.count('class="none"') == 2 and "Nothing is wrong" in page


def test_hostile_text_is_escaped_and_the_policy_lets_nothing_else_in() -> None:
    page = check_page(report(finding(HOSTILE), label=HOSTILE))
    assert "<script" not in page and page.count("<style>") == 1 and "style=" not in page
    assert page.count("&lt;script&gt;alert(1)") == 3
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; script-src 'none'; style-src 'sha256-{digest}'; media-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"(?:src|href)=", page)


def test_of_many_findings_the_first_are_shown_and_the_others_counted() -> None:
    page = check_page(report(*(finding(f"number {number}.") for number in range(MOST + 5))))
    assert f"number {MOST - 1}." in page and f"number {MOST}." not in page and "And 5 more" in page
