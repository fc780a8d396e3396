"""The page of a comparison: what it says, nothing from outside, and nothing that an error could do to it."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.report.comparison.page import write_comparison
from tests.benchmark.fabricated import HOSTILE, SEEDS
from tests.report.comparison.test_tables import INTERACTIONS
from tests.report.stencils.test_page import Elements


@pytest.fixture(scope="module")
def written(comparison_folder: Path) -> Path:
    """The page of the made-up comparison."""
    return write_comparison(comparison_folder, json.loads((comparison_folder / "results.json").read_text()))


def test_the_page_says_all_there_is(written: Path) -> None:
    assert written.name == "report.html"
    text = " ".join(Elements(written.read_text()).text.split())
    assert "With all 400 training clips mmf_mixer leads mmf_transformer" in text
    assert "With 100 training clips mmf_mixer loses to concat_mlp" in text
    assert "1 of 28 trainings failed" in text and HOSTILE in text
    for heading in ("Results", "Learning curves", "What accuracy costs", "What the models use", "Environment"):
        assert heading in text
    for seed in SEEDS:
        assert f"mmf_run model=mmf_mixer fusion.use=text,audio,video training.seed={seed}" in text
    assert "tuned: optimizer.params.lr=0.001" in text
    assert "cpu, 2 threads; Python 3.11.2; mmf_mixer 0.1.0; MMF 1.0.0rc10." in text and "torch 2.14.1" in text


def test_interactions_are_explained_where_there_are_some(comparison: dict[str, Any], tmp_path: Path) -> None:
    written = write_comparison(tmp_path, {**comparison, "interactions": INTERACTIONS})
    text = " ".join(Elements(written.read_text()).text.split())
    assert "Whether modalities are compared" in text and "40.0 [30.0, 50.0]" in text
    without = write_comparison(tmp_path, {**comparison, "interactions": []})
    assert "Whether modalities are compared" not in without.read_text()


def test_the_page_needs_no_network_runs_nothing_and_can_be_heard(written: Path) -> None:
    page = written.read_text()
    elements = Elements(page).found
    assert not {tag for tag, _ in elements} & {"script", "link", "iframe", "img"}
    for tag, attributes in elements:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
        assert tag != "figure" or (attributes["role"] == "img" and attributes["aria-label"])
        assert tag != "th" or attributes["scope"] in ("col", "row")
    assert "@import" not in page and not re.search(r"url\((?!#)", page)
    anchors = {attributes["id"] for _, attributes in elements if "id" in attributes}
    links = {attributes["href"] for tag, attributes in elements if tag == "a"}
    assert {"#results", "#failures", "#environment"} < links and {link[1:] for link in links if link} <= anchors
    assert sum(tag == "svg" for tag, _ in elements) == 1 + 2 * 3  # curves; intervals, costs and shares of each fraction


def test_figures_and_tables_are_files_too(written: Path) -> None:
    stems = ["curves", *(f"{name}-{size}" for name in ("intervals", "costs", "usage") for size in (100, 400))]
    names = {path.name for path in (written.parent / "figures").iterdir()}
    assert names == {stem + suffix for stem in stems for suffix in (".png", ".svg")}
    for path in (written.parent / "figures").glob("*.svg"):
        ElementTree.parse(path)
    text = (written.parent / "tables.md").read_text()
    assert text.startswith("# By the number of training clips\n") and "| **" in text


def test_one_fraction_without_usage_or_pairs_is_a_page_too(comparison: dict[str, Any], tmp_path: Path) -> None:
    rows = [row for row in comparison["rows"] if row["fraction"] == 1.0 and "error" not in row]
    bare = {**comparison, "rows": rows, "usage": [], "paired": [], "training_clips": None}
    text = Elements(write_comparison(tmp_path, bare).read_text()).text
    assert "With all training clips there is nothing to compare mmf_mixer with." in text
    for heading in ("Learning curves", "What the models use", "When modalities are missing", "trainings failed"):
        assert heading not in text
