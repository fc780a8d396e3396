import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from mmf_mixer.interpret.clip import ClipContribution
from mmf_mixer.interpret.cluster import Clusters
from mmf_mixer.interpret.contribution import Shares
from mmf_mixer.interpret.estimates import Estimate
from mmf_mixer.interpret.explain import Explanation
from mmf_mixer.interpret.places import Place
from mmf_mixer.interpret.portraits import Portrait, View
from mmf_mixer.interpret.usage import ModalityUsage, Part, Usage
from tests.benchmark.conftest import comparison, comparison_folder  # noqa: F401
from tests.interpret.conftest import _trained, data, run_folder  # noqa: F401  (for test_views.py)

HOSTILE = "act/<script>alert(1)</script>"
FIGURE = {"mean": 0.5, "low": 0.25, "high": 0.75}
SLICES = {"text": slice(0, 3), "audio": slice(3, 7), "video": slice(7, 9)}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the page's tests need the package playwright")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("the page's tests need a browser: install chromium")
    with playwright.sync_playwright() as running:
        try:
            found = running.chromium.launch(executable_path=program, args=["--no-sandbox"])  # root has no sandbox
        except playwright.Error as error:
            pytest.skip(f"the page's tests need a browser, and {program} does not start: {str(error).splitlines()[0]}")
        yield found
        found.close()


@pytest.fixture
def found() -> Explanation:
    """Two labels over nine tokens of three modalities."""
    tokens = torch.tensor([[0.1, 0.1, 0, 0.2, 0.2, 0, 0, 0.4, 0], [0, 0, 0, 0, 0, 0, 0.37, 0.33, 0.3]])
    methods = {
        name: dict.fromkeys(("deletion", "insertion", "comprehensiveness", "sufficiency"), figure)
        for name, figure in (("stencils", FIGURE), ("masks_alone", {"mean": 0.125, "low": 0.1, "high": 0.2}))
    }
    return Explanation(
        labels=["act/run", HOSTILE],
        classes=[0, 1],
        clusters=[Clusters(torch.rand(2, 9, 4), (3, 1), 0.61, 0.75), Clusters(torch.zeros(1, 9, 4), (4,), None, 1.0)],
        gates=torch.ones(2, 9, 4),
        shares=Shares(tokens, {key: tokens[:, where].sum(dim=1) for key, where in SLICES.items()}),
        slices=SLICES,
        baseline=torch.zeros(9, 4),
        faithfulness={
            "split": "test",
            "samples": 60,
            "methods": methods,
            "verdict": "The stencils are faithful.",
            "rank_correlation": {"shuffled_weights": FIGURE, "halves": None},
        },
    )


@pytest.fixture
def usage() -> Usage:
    """Of the same three modalities."""
    figure = Estimate(0.25, 0.2, 0.3)
    modalities = {key: ModalityUsage(1.0, figure, figure, figure, figure, {}) for key in SLICES}
    return Usage(
        "mmf_mixer", "test", "group_accuracy", 60, modalities, Estimate(0.87, 0.8, 0.9),
        [Part(tuple(SLICES), 60, Estimate(0.91, 0.85, 0.95))], [],
    )  # fmt: skip


@pytest.fixture
def views() -> dict[str, View]:
    """A clip of which all is known: two words, 2 x 2 cells of a second and 8 kHz, five frames."""
    words = [Place(1, 2, 0.0, 1.0, text="<i>go"), Place(2, 3, 0.0, 1.0, text="now")]
    times, bands = [(0.0, 0.5), (0.5, 1.0)], [(0.0, 1000.0), (1000.0, 8000.0)]
    cells = [Place(2 * row + column, 2 * row + column + 1, *times[column], *bands[row])
             for row in range(2) for column in range(2)]  # fmt: skip
    frames = [Place(0, 1, 0.2, 0.2), Place(1, 2, 0.6, 0.6)]
    lot = np.random.default_rng(0)
    return {
        "text": View("text", np.array([0.0, 0.1, 0.05]), words, None),
        "audio": View("audio", np.array([0.1, 0.3, 0.0, 0.05]), cells, lot.random((50, 50), np.float32)),
        "video": View("video", np.array([0.3, 0.1]), frames, lot.random((2, 40, 30, 3), np.float32)),
    }


@pytest.fixture
def portrait(views: dict[str, View]) -> Portrait:
    contribution = ClipContribution("clip<7>", "act/run", 0.83, {}, {}, {})
    return Portrait(contribution, list(views.values()))
