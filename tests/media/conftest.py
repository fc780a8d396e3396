"""What is counted while media are decoded."""

from collections.abc import Iterator
from typing import Any

import pytest

from mmf_mixer.media import container


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The times of all frames that are decoded."""
    times: list[float] = []
    stock = container.decoded

    def counted(*args: Any) -> Iterator[container.Timed]:
        for timed in stock(*args):
            times.append(timed.time)
            yield timed

    monkeypatch.setattr(container, "decoded", counted)
    return times
