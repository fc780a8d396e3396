"""What is fuzzed: for each kind of file valid seeds, a reader, and what every result must be like."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import save_file

from mmf_mixer.annotate.exports.registry import export
from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.data.folder import read_labels, read_split
from mmf_mixer.labels.readers.registry import KINDS, read
from mmf_mixer.media.captions import Cue, cues, find_captions
from mmf_mixer.media.chains import chains
from mmf_mixer.media.decode import frames_at, mono_audio, sounding_tracks
from mmf_mixer.media.joints import joints
from mmf_mixer.store.manifest import Manifest, Shard, StoredModality, sha256
from mmf_mixer.store.store import FeatureStore
from tests.annotate.exports.make import timeline
from tests.conftest import SHARED
from tests.data.make import CAPTION, LABELS, line, write_folder
from tests.media.captions.make import Track, in_frames, write_closed, write_tracks
from tests.media.captions.test_broadcast import PAINTED, POP_ON, PROGRAMME, ROLLED, STYLED, header
from tests.media.captions.test_captions import ASS, SRT, VTT
from tests.media.captions.test_search import ENGLISH, FRENCH, GERMAN
from tests.media.captions.test_search import POP_ON as SENT
from tests.media.make import write_media

VIDEOS = SHARED / "data" / "videos"
NAMES = Labels((LabelGroup("activity", True, ("laugh", "run")), LabelGroup("event", False, ("goal", "rain", "fall"))))
MEDIA = {
    **{".mp4": ("mpeg4", "aac"), ".avi": ("mpeg4", "pcm_s16le"), ".mkv": ("libx264", "flac")},
    **{
        ".ogg": ("", "libopus"),
        ".mpg": ("mpeg1video", "mp2"),
        ".mov": ("mpeg4", "pcm_f32le"),
        ".wav": ("", "pcm_s16le"),
    },
    **{".ts": ("mpeg2video", "mp2"), ".webm": ("libvpx", "libopus"), ".flv": ("flv", "aac")},
    **{".m2ts": ("libx264", "ac3"), ".vob": ("mpeg2video", "ac3")},
}
SOURCES = {"elan": "eaf"} | {kind: kind for kind in ("label_studio", "via", "fiftyone", "activitynet", "csv")}
JOINED = (".ts", ".m2ts", ".mpg", ".vob", ".webm", ".ogg")  # whose times begin anew where files are joined


class Target(NamedTuple):
    """`names` are those that the injured file may get, `read` raises InputError or AssertionError or returns."""

    names: list[str]
    seeds: list[bytes]
    read: Callable[[Path], object]


def labels(folder: Path) -> Target:
    """`labels.yaml`."""
    block = "groups:\n  a:\n    exclusive: yes\n    labels:\n    - 'x'\n    - \"é\"\n  e: {labels: [b], exclusive: no}"
    return Target(["labels.yaml"], [LABELS.encode(), block.encode()], _read_labels)


def _read_labels(path: Path) -> None:
    found = read_labels(path.parent)
    assert len(found) == len(set(found.names)) > 0
    assert found.encode(found.names).sum() == len(found)


def lines(folder: Path) -> Target:
    """A split, in a folder with media."""
    write_folder(folder)
    (folder / "zero.mp4").symlink_to("/dev/zero")
    entries = [
        line("a", start=0.5, end=1.5),
        line("b", video="clips/../clips/a.mp4", labels=["activity/run", "event/goal"]),
        {"id": "c", "audio": "clips/a.mp4", "labels": ["activity/run"]},
    ]
    linked = line("d", video="zero.mp4", captions=None)
    seeds = ["".join(json.dumps(entry) + "\n" for entry in part) for part in (entries, entries[:1], [*entries, linked])]
    return Target(["train.jsonl"], [seed.encode() for seed in seeds], _read_lines)


def _read_lines(path: Path) -> None:
    for clip in read_split(path.parent, "train", NAMES):
        media = [file for file in (clip.video, clip.audio, clip.captions) if file]
        assert media and all(file.is_file() and file.is_relative_to(path.parent.resolve()) for file in media)
        assert clip.end is None or 1e7 >= clip.end > (clip.start or 0.0) >= 0.0
        assert NAMES.encode(clip.labels)[:2].sum() == 1


def sources(folder: Path) -> Target:
    """Labels of other tools, each under the name of any kind."""
    exports = [export(timeline(), name) for name in SOURCES.values()]
    master = json.dumps({**timeline().master(), "windows": []})
    names = [f"{kind}{KINDS[kind].suffix}" for kind in (*SOURCES, "annotation")]
    return Target(names, [text.encode() for text in (*exports, master)], _read_sources)


def _read_sources(path: Path) -> None:
    for found in read(path.stem, path):
        for segment in found.segments:
            assert all(time is None or abs(time) <= 1e7 for time in (segment.start, segment.end))
            assert len(segment.label.splitlines()) <= 1
            segment.label.encode()


def captions(folder: Path) -> Target:
    """SubRip, WebVTT and SubStation, each under any of the names."""
    return Target(["a.srt", "a.vtt", "a.ass"], [text.encode() for text in (SRT, VTT, ASS, CAPTION)], _read_captions)


def scc(folder: Path) -> Target:
    """SCC."""
    return Target(["a.scc"], [text.encode() for text in (POP_ON, ROLLED, PAINTED)], _read_captions)


def ttml(folder: Path) -> Target:
    """TTML."""
    return Target(["a.ttml"], [STYLED.encode()], _read_captions)


def stl(folder: Path) -> Target:
    """EBU-STL."""
    return Target(["a.stl"], [header() + PROGRAMME], _read_captions)


def tracks(folder: Path) -> Target:
    """Videos with captions in tracks and pictures, each under the name of any."""
    text = write_tracks(folder / "seed.mkv", ENGLISH, GERMAN, FRENCH)
    timed = write_tracks(folder / "seed.mp4", Track("mov_text", [(0.5, 1.0, "one"), (1.0, 2.5, "two")]))
    closed = write_closed(folder / "closed.mp4", in_frames((10, SENT)), frames=60)
    return Target(["a.mkv", "a.mp4"], [path.read_bytes() for path in (text, timed, closed)], _read_tracks)


def _read_tracks(path: Path) -> None:
    for language in (None, "de"):
        search = find_captions(path, language=language)
        if search.found:
            _check_cues(list(search.found.cues))


def _read_captions(path: Path) -> None:
    found = cues(path)
    _check_cues(found)
    assert {word for cue in cues(path, 0.5, 1.5) for word in cue.text.split()} <= {
        word for cue in found for word in cue.text.split()
    }


def _check_cues(found: list[Cue]) -> None:
    assert all(cue.text and len(cue.text.split("\n")) == 1 and abs(cue.start) < 1e8 for cue in found)
    assert [cue.start for cue in found] == sorted(cue.start for cue in found)


def media(folder: Path) -> Target:
    """Small files of many kinds, some joined, and the real ones where they are, each under the name of any kind."""
    made = [
        write_media(folder / f"seed{suffix}", 50 if codecs[0] else 0, fps=25, seconds=2.0, rate=48000, codecs=codecs)
        for suffix, codecs in MEDIA.items()
    ]
    real = [path for path in VIDEOS.glob("*") if path.suffix in MEDIA and path.stat().st_size < 500_000]
    joined = [path.read_bytes() * 3 for path in made if path.suffix in JOINED]
    seeds = [path.read_bytes() for path in [*made, *real]] + joined
    return Target([f"a{suffix}" for suffix in MEDIA], seeds, _read_media)


def _read_media(path: Path) -> None:
    for start, end in ((None, None), (0.1, 0.3), (5.0, 5.5)):
        _read_frames(path, start, end)
        _read_sound(path, start, end)
    assert all(number >= 0 for number in sounding_tracks(path, 0.0, 1.0))
    _read_joints(path)


def _read_joints(path: Path) -> None:
    with path.open("rb") as file:
        for found in (joints(file), chains(file)):
            assert found == sorted(set(found)) and all(0 < place < path.stat().st_size for place in found)


def _read_frames(path: Path, start: float | None, end: float | None) -> None:
    frames = frames_at(path, 3, start, end, size=(16, 12))
    assert frames.shape == (3, 16, 12, 3) and frames.dtype == np.uint8


def _read_sound(path: Path, start: float | None, end: float | None) -> None:
    samples = mono_audio(path, 8000, start, end)
    if samples is not None:
        assert samples.ndim == 1 and samples.dtype == np.float32 and np.isfinite(samples).all()
        assert len(samples) <= (700 * 8000 if end is None else round((end - (start or 0.0)) * 8000))


def manifest(folder: Path) -> Target:
    """A store's manifest, beside whole shards."""
    return Target(["manifest.json"], [_write_store(folder)], _read_store)


def shard(folder: Path) -> Target:
    """A store's shard, with a manifest that has its hash."""
    _write_store(folder)
    return Target(["train-000000.safetensors"], [(folder / "train-000000.safetensors").read_bytes()], _read_shard)


def _write_store(folder: Path) -> bytes:
    shards = []
    for first in (0, 2):
        path = folder / f"train-{first:06d}.safetensors"
        mask = torch.ones(2, 4, dtype=torch.uint8)
        save_file({"audio": torch.ones(2, 4, 3), "audio_mask": mask, "readable": torch.tensor([True, False])}, path)
        shards.append(Shard(path.name, "train", first, 2, path.stat().st_size, sha256(path)))
    made = StoredModality({"type": "p", "params": {"size": 3}}, {"type": "e", "params": {"weights": None}}, "def", 4, 3)
    Manifest("abc", {"train": 4}, "float32", {"audio": made}, shards).write(folder)
    return (folder / "manifest.json").read_bytes()


def _read_store(path: Path) -> None:
    store = FeatureStore(path.parent)
    for split, clips in list(store.manifest.clips.items())[:3]:
        for index in range(min(clips, 4)):
            modalities, readable = store.read(split, index, list(store.manifest.modalities))
            for key, made in store.manifest.modalities.items():
                assert modalities[key]["values"].shape == (made.tokens, made.width)
                assert modalities[key]["values"].isfinite().all() and modalities[key]["mask"].shape == (made.tokens,)


def _read_shard(path: Path) -> None:
    content, place = json.loads((path.parent / "manifest.json").read_text()), path.read_bytes()
    content["shards"][0] |= {"bytes": len(place), "sha256": hashlib.sha256(place).hexdigest()}
    (path.parent / "manifest.json").write_text(json.dumps(content))
    _read_store(path)


TARGETS: dict[str, Callable[[Path], Target]] = {
    function.__name__: function
    for function in (labels, lines, sources, captions, scc, ttml, stl, tracks, media, manifest, shard)
}
