"""Where a new shot begins: a frame that differs from the one before it far more than its neighbours do.

The idea is that of PySceneDetect's AdaptiveDetector: the change from frame to frame, against its rolling mean, so that
a moving camera is no cut.
"""

from collections import deque

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from mmf_mixer.media.container import Timed
from mmf_mixer.protocols import Json

SIZE = (36, 64)  # pixels that are compared
AROUND = 2  # neighbours on each side
TIMES = 3.0  # what a cut's change is of its neighbours' mean
LEAST = 12.0  # of 255: less is no other picture
SHORTEST = 0.4  # seconds of a shot


class Cuts:
    """Watches the frames of a video, one after the other."""

    def __init__(self, earlier: Json | None = None) -> None:
        """`earlier` is the state of another, in whose place this one goes on."""
        self.scaler = VideoReformatter()
        self.before: NDArray[np.int16] | None = None
        self.recent: deque[tuple[float, float]] = deque(maxlen=2 * AROUND + 1)  # time, change
        self.found: list[float] = []
        if earlier:
            self.found += earlier["found"]
            self.recent += map(tuple, earlier["recent"])

    def state(self) -> Json:
        """What another one must know to go on, if it is shown the last frame again."""
        return {"found": list(self.found), "recent": list(self.recent)}

    def __call__(self, timed: Timed) -> None:
        """The next frame. One that is not later than the last, as after a seek, is known already."""
        before, self.before = self.before, self._small(timed.frame)
        if not self.recent or timed.time > self.recent[-1][0]:
            self._see(timed.time, 0.0 if before is None else float(np.abs(self.before - before).mean()))

    def end(self) -> tuple[float, ...]:
        """The seconds of all cuts, once the last frame has been seen."""
        for _ in range(AROUND):
            self._see(np.inf, 0.0)
        return tuple(self.found)

    def _see(self, time: float, change: float) -> None:
        self.recent.append((time, change))
        if len(self.recent) < 2 * AROUND + 1:
            return
        at, own = self.recent[AROUND]
        around = (sum(other for _, other in self.recent) - own) / (2 * AROUND)
        far = at - (self.found[-1] if self.found else 0.0) >= SHORTEST
        if own >= LEAST and own >= TIMES * around and far and np.isfinite(at):
            self.found.append(at)

    def _small(self, frame: VideoFrame) -> NDArray[np.int16]:
        """Luma and chroma of a few pixels."""
        height, width = SIZE
        small = self.scaler.reformat(frame, width, height, "yuv444p", interpolation="FAST_BILINEAR", threads=1)
        return small.to_ndarray().astype(np.int16)
