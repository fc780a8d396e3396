"""How well a run labels videos that are no clips: `python projects/benchmark/annotate_quality.py RUN [--clips 30]`.

Test clips of the run's dataset folder are joined as they are, and annotated. Printed are the accuracy
of the segments over the middles of the clips, beside that of the clips by themselves; and F1 of segments' edges, and of
cuts, against the joints.
"""

import argparse
import random
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from mmf_mixer import Annotator, load_run
from mmf_mixer.data.clip import Labels
from mmf_mixer.data.timeline import Segment
from mmf_mixer.measures.metrics import clip_accuracies
from mmf_mixer.synthetic.joined import join_clips

NEAR = 0.5  # seconds by which an edge may be off


def main(folder: Path, count: int, window: float, stride: float, seed: int, options: Sequence[str]) -> None:
    """Measure on `count` clips, drawn by `seed`."""
    run = load_run(folder, options)
    places = sorted(random.Random(seed).sample(range(len(run.datasets["test"])), count))
    clips = [run.datasets["test"].clips[place] for place in places]
    random.Random(seed).shuffle(clips)
    encoded = run.encode("test", places)
    alone = clip_accuracies(run.score(encoded.tokens), encoded.targets, run.labels).mean().item()
    with tempfile.TemporaryDirectory() as scratch:
        joints = join_clips(clips, Path(scratch) / "joined.mkv")
        found = Annotator.load(folder, options).annotate(Path(scratch) / "joined.mkv", window=window, stride=stride)
    middles = [(begin + end) / 2 for begin, end in zip(joints, joints[1:], strict=False)]
    right = [
        share_right(found.segments, middle, clip.labels, run.labels)
        for middle, clip in zip(middles, clips, strict=True)
    ]
    edges = {segment.start for segment in found.segments if segment.start > 0}
    print(f"{count} clips, windows of {window:g} s each {stride:g} s")
    print(f"group accuracy of the segments {100 * sum(right) / count:.1f} %, of the clips {100 * alone:.1f} %")
    print(f"F1 of edges {f1(edges, joints[1:-1]):.2f}, of cuts {f1(found.shots, joints[1:-1]):.2f} (within {NEAR} s)")


def share_right(segments: Iterable[Segment], time: float, true: Sequence[str], labels: Labels) -> float:
    """The share of exclusive groups whose segment at a time has the clip's label."""
    said = {segment.label for segment in segments if segment.start <= time < segment.end}
    groups = [group.name for group in labels.groups if group.exclusive]
    return sum(any(name in said for name in true if name.startswith(f"{group}/")) for group in groups) / len(groups)


def f1(found: Iterable[float], true: Sequence[float]) -> float:
    """Each true time may be found once, by the nearest that is not further than NEAR."""
    left, hits = list(true), 0
    total = 0
    for time in sorted(found):
        total += 1
        near = min(left, key=lambda other: abs(other - time), default=None)
        if near is not None and abs(near - time) <= NEAR:
            left.remove(near)
            hits += 1
    return 2 * hits / max(total + len(true), 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("options", nargs="*", help="of MMF, such as dataset_config.clips.root=FOLDER")
    parser.add_argument("--clips", type=int, default=30)
    parser.add_argument("--window", type=float, default=3.0)
    parser.add_argument("--stride", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    main(given.run, given.clips, given.window, given.stride, given.seed, given.options)
