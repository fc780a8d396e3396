"""A version is said in one place, and whatever repeats it says the same."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import mmf_mixer

ROOT = Path(__file__).parents[1]


@pytest.fixture
def citation() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    return found


def test_the_citation_is_of_this_version(citation: dict[str, Any]) -> None:
    assert citation["version"] == mmf_mixer.__version__


def test_the_changelog_and_the_citation_say_the_same_day(citation: dict[str, Any]) -> None:
    released = re.findall(r"^## (\d+\.\d+\.\d+) - (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    version, day = released[0]
    assert version == mmf_mixer.__version__ and date.fromisoformat(day) == citation["date-released"]


def test_what_the_citation_needs_is_there(citation: dict[str, Any]) -> None:
    assert citation["cff-version"] == "1.2.0"
    for work in [citation, *citation["references"]]:
        assert work["title"] and work["type"] in ("software", "article")
        assert all(author.keys() in ({"name"}, {"family-names", "given-names"}) for author in work["authors"])
    assert citation["message"] and len(citation["references"]) > 1


def test_papers_are_cited_where_the_citation_says(citation: dict[str, Any]) -> None:
    papers = [work for work in citation["references"] if work["type"] == "article"]
    for paper in papers:
        page = (ROOT / paper["notes"].rpartition(": ")[2]).read_text()
        assert paper["url"].rpartition("/")[2] in page and paper["authors"][0]["family-names"] in page
