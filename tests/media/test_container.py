"""Opening and decoding."""

from typing import Any

from mmf_mixer.media.container import packets_of


def test_streams_that_turn_up_late_end_nothing() -> None:
    class Demuxer:
        """PyAV's, which at the end counts streams that it did not know when the file was opened."""

        def demux(self, *streams: Any) -> Any:
            yield from streams
            raise IndexError("list index out of range")

    container: Any = Demuxer()
    assert list(packets_of(container, *("one", "two"))) == ["one", "two"]  # type: ignore[arg-type, comparison-overlap]
