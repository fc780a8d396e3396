"""A football match of a minute, drawn here, and what a model might say of it: inputs for the page's tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw

from mmf_mixer.protocols import Json

FPS = 25
ACTIVITY = ("build-up play", "attack", "corner kick", "celebration", "replay", "interview")
EVENT = ("shot", "goal", "whistle", "crowd roar", "applause")
SHOTS = (14.0, 26.0, 33.0, 44.0, 52.0)
SPANS = (  # label, start, end, score, shares of text, audio and video, status
    ("activity/build-up play", 0.0, 9.6, 0.91, (0.22, 0.13, 0.65), "accepted"),
    ("activity/corner kick", 9.6, 14.0, 0.58, (0.55, 0.08, 0.37), "predicted"),
    ("activity/attack", 14.0, 26.0, 0.88, (0.36, 0.12, 0.52), "accepted"),
    ("activity/celebration", 26.0, 33.0, 0.93, (0.20, 0.47, 0.33), "predicted"),
    ("activity/replay", 33.0, 44.0, 0.74, (0.41, 0.05, 0.54), "edited"),
    ("activity/interview", 44.0, 60.0, 0.97, (0.30, 0.41, 0.29), "predicted"),
    ("event/shot", 21.4, 24.2, 0.83, (0.44, 0.18, 0.38), "predicted"),
    ("event/shot", 36.0, 38.6, 0.55, (0.28, 0.06, 0.66), "predicted"),
    ("event/goal", 23.4, 27.6, 0.96, (0.52, 0.33, 0.15), "predicted"),
    ("event/goal", 39.0, 41.4, 0.47, (0.61, 0.04, 0.35), "rejected"),
    ("event/whistle", 8.6, 10.0, 0.79, (0.03, 0.92, 0.05), "accepted"),
    ("event/whistle", 27.2, 28.4, 0.52, (0.05, 0.90, 0.05), "predicted"),
    ("event/crowd roar", 4.0, 6.4, 0.49, (0.04, 0.90, 0.06), "predicted"),
    ("event/crowd roar", 22.6, 32.4, 0.95, (0.06, 0.88, 0.06), "predicted"),
    ("event/applause", 30.0, 35.0, 0.66, (0.08, 0.81, 0.11), "predicted"),
    ("event/applause", 56.0, 60.0, 0.61, (0.10, 0.79, 0.11), "predicted"),
)
WORDS = (
    "They keep the ball at the back and wait.",
    "Long pass to the left, well taken down.",
    "The whole ground is singing now.",
    "And the referee gives the corner.",
    "Everyone is forward for this one.",
    "Headed out, but it comes straight back to Ines.",
    "She turns her marker and runs at them.",
    "One touch, two touches, she must shoot!",
    "And it's a goal! What a strike from the edge of the box!",
    "Listen to that noise.",
    "They all run to the corner flag.",
    "The keeper had no chance at all.",
    "Here it is again from behind the goal.",
    "Watch how she opens her body.",
    "The first defender stands off.",
    "And then it's in the top corner.",
    "Ines, how does it feel to score on a night like this?",
    "I have dreamt of it since I was six.",
    "My sister was in the crowd,\nso this one is hers.",
    "Thank you, and enjoy the evening.",
)


def _window(feed: str, start: float, label: str | None = None, **opinions: float) -> Json:
    """Three seconds to label next."""
    told = {"label": label, "probability": 0.49, "opinions": opinions} if label else {}
    nothing = {"label": None, "probability": None, "opinions": None}
    return {"start": start, "end": start + 3, "index": int(start), "feed": feed} | nothing | told


WINDOWS = (
    _window("borderline", 4.0, "event/crowd roar", text=0.1, audio=0.9),
    _window("surest", 1.0, "event/goal"),
    _window("borderline", 8.0, "event/shot"),
    _window("random", 6.0),
)


def match() -> dict[str, Any]:
    """A master file of 60 s: windows of 3 s each second, 16 segments of two groups, captions, a drop-frame timecode."""
    lot = np.random.default_rng(3)
    cues = [{"start": 3.0 * n + 0.2, "end": 3.0 * n + 2.9, "text": text} for n, text in enumerate(WORDS)]
    labels = [f"activity/{name}" for name in ACTIVITY] + [f"event/{name}" for name in EVENT]
    windows = [
        {"start": float(t), "end": t + 3.0, "labels": [_entry(label, t, lot) for label in labels]} for t in range(58)
    ]
    return {
        "format": "mmf-mixer-annotation",
        "version": 1,
        "video": "match.mp4",
        "duration": 60.0,
        "frame_rate": "25/1",
        "variable_frame_rate": False,
        "width": 640,
        "height": 360,
        "timecode": {"start": "10:00:00:00", "drop_frame": False},
        "captions": {"source": "beside", "name": "match.en.srt", "language": "en", "cues": cues},
        "run": {"folder": "runs/match", "model": "mmf_mixer", "fingerprint": "f0" * 32, "weights": {}, "versions": {}},
        "labels": {
            "activity": {"exclusive": True, "labels": list(ACTIVITY)},
            "event": {"exclusive": False, "labels": list(EVENT)},
        },
        "thresholds": {label: 0.45 for label in labels},
        "shots": list(SHOTS),
        "windows": windows,
        "segments": sorted((_segment(*span, cues, lot) for span in SPANS), key=lambda each: each["start"]),
        "settings": {"window": 3.0, "stride": 1.0, "unit": "window"},
        "notes": [],
    }


def _entry(label: str, start: int, lot: np.random.Generator) -> dict[str, Any]:
    own = [(span[3], span[4], min(start + 3, span[2]) - max(start, span[1])) for span in SPANS if span[0] == label]
    nothing = (0.0, (0.3, 0.3, 0.4), 0.0)
    score, shares, _ = max((one for one in own if one[2] > 0), key=lambda one: one[2], default=nothing)
    covered = max(0.0, min(1.0, max((one[2] for one in own), default=0.0) / 2))
    return {
        "label": label,
        "score": round(float(np.clip(0.06 + score * covered * 0.96 + lot.normal(0, 0.03), 0.001, 0.999)), 4),
        "modalities": dict(zip(("text", "audio", "video"), shares, strict=True)),
    }


def _segment(
    label: str, start: float, end: float, score: float, shares: tuple[float, ...], status: str, cues: Any, lot: Any
) -> dict[str, Any]:
    seconds = np.arange(start, end, 0.5)
    return {
        "start": start,
        "end": end,
        "label": label,
        "score": score,
        "shot": sum(cut <= start for cut in SHOTS),
        "modalities": dict(zip(("text", "audio", "video"), shares, strict=True)),
        "evidence": {
            "words": [word for cue in cues for word in _words(cue, label, lot) if start <= word["start"] < end],
            "sound": [_weight(lot, start=t, end=min(end, t + 0.5)) for t in seconds.tolist()],
            "frames": [_weight(lot, time=t) for t in seconds.tolist()],
        },
        "status": status,
    }


def _weight(lot: np.random.Generator, **place: float) -> dict[str, float]:
    return {**place, "weight": round(float(lot.beta(1.2, 5)), 4)}


def _words(cue: dict[str, Any], label: str, lot: np.random.Generator) -> list[dict[str, Any]]:
    """The cue's words, spread over its time; those that name the label weigh most."""
    words = cue["text"].lower().split()
    step = (cue["end"] - cue["start"]) / len(words)
    telling = (*label.split("/")[1].split(), "goal!", "strike", "shoot!", "score", "corner.", "again", "feel")
    return [
        {
            "text": word.strip(".,!?"),
            "start": round(cue["start"] + n * step, 3),
            "end": round(cue["start"] + (n + 1) * step, 3),
            "weight": round(float(lot.uniform(0.5, 0.9) if word in telling else lot.beta(1, 9)), 4),
        }
        for n, word in enumerate(words)
    ]


def write_match(path: Path) -> Path:
    """The match as H.264, one drawn picture a second at 25 frames a second."""
    return write_video(path, (picture for t in range(60) for picture in [_scene(t + 0.4)] * FPS), (640, 360))


def write_grey(path: Path, seconds: float = 12.0) -> Path:
    """A small grey video at 25 frames a second that gets lighter."""
    count = round(seconds * FPS)
    return write_video(path, (Image.new("RGB", (64, 36), (n * 200 // count,) * 3) for n in range(count)), (64, 36))


def write_video(path: Path, pictures: Iterator[Image.Image], size: tuple[int, int]) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "g": "25"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            output.mux(stream.encode(av.VideoFrame.from_image(picture)))
        output.mux(stream.encode())
    return path


def _scene(time: float) -> Image.Image:
    """The picture of a time: the pitch, players and ball, or for the interview a person."""
    image = Image.new("RGB", (1280, 720), (38, 110, 58))
    draw = ImageDraw.Draw(image)
    if time < SHOTS[3]:
        _pitch(draw, time)
    else:
        _person(draw, time)
    return image.resize((640, 360), Image.Resampling.LANCZOS)


def _pitch(draw: ImageDraw.ImageDraw, time: float) -> None:
    shift = 60 * np.sin(time / 3)
    for n in range(-1, 12):
        left, low = n * 130 + shift, n * 150 - 65 + shift
        draw.polygon([(left, 150), (left + 65, 150), (low + 75, 720), (low, 720)], fill=(44, 122, 66))
    draw.rectangle((0, 0, 1280, 150), fill=(24, 28, 44))
    crowd = np.random.default_rng(1)
    places = crowd.uniform((0, 8), (1280, 118), (700, 2))
    for (x, y), tone in zip(places, crowd.integers(0, 4, 700), strict=True):
        colour = ((196, 74, 66), (220, 214, 200), (74, 92, 140), (126, 118, 130))[tone]
        hop = 4 * np.sin(9 * time + x) if 22 < time < 33 else 0
        draw.ellipse((x - 5, y - 6 + hop, x + 5, y + 6 + hop), fill=colour)
    draw.rectangle((0, 122, 1280, 152), fill=(18, 62, 120))
    line = (226, 236, 226)
    draw.line([(0, 196), (1280, 196)], fill=line, width=4)
    draw.line([(760 + shift, 196), (700 + shift, 420), (1280, 420)], fill=line, width=4)
    draw.line([(960 + shift, 196), (936 + shift, 290), (1280, 290)], fill=line, width=4)
    draw.rectangle((1060 + shift, 108, 1240 + shift, 196), outline=(245, 245, 245), width=6)
    lot = np.random.default_rng(7)
    for n in range(13):
        x, y = lot.uniform(160, 1160), lot.uniform(230, 640)
        x += 46 * np.sin(time / 2 + n) + shift / 2
        _player(draw, x, y, (206, 48, 52) if n % 2 else (238, 238, 240), 0.65 + y / 900, time * 6 + n)
    x = 720 + 170 * np.sin(time / 4) + shift / 2
    _player(draw, x, 500, (206, 48, 52), 1.25, time * 7)
    draw.ellipse((x + 42, 556, x + 62, 576), fill=(250, 250, 250), outline=(60, 60, 60), width=2)


def _player(
    draw: ImageDraw.ImageDraw, x: float, y: float, shirt: tuple[int, int, int], size: float, phase: float
) -> None:
    swing = 14 * size * np.sin(phase)
    draw.ellipse((x - 26 * size, y + 50 * size, x + 26 * size, y + 62 * size), fill=(30, 88, 46))
    for side in (-1, 1):
        leg = [(x + 5 * side * size, y + 20 * size), (x + side * swing, y + 56 * size)]
        draw.line(leg, fill=(54, 40, 34), width=round(9 * size))
    draw.rounded_rectangle((x - 15 * size, y - 20 * size, x + 15 * size, y + 24 * size), round(8 * size), fill=shirt)
    draw.rectangle((x - 14 * size, y + 16 * size, x + 14 * size, y + 30 * size), fill=(34, 38, 58))
    draw.ellipse((x - 10 * size, y - 42 * size, x + 10 * size, y - 20 * size), fill=(176, 128, 98))


def _person(draw: ImageDraw.ImageDraw, time: float) -> None:
    draw.rectangle((0, 0, 1280, 720), fill=(30, 40, 66))
    for n in range(4):
        draw.rectangle((n * 340 + 20, 60, n * 340 + 300, 240), fill=(44, 58, 96))
    nod = 6 * np.sin(2 * time)
    draw.rounded_rectangle((380, 500 + nod, 900, 900), 120, fill=(206, 48, 52))
    draw.ellipse((500, 150 + nod, 780, 530 + nod), fill=(176, 128, 98))
    draw.pieslice((490, 120 + nod, 790, 440 + nod), 180, 360, fill=(50, 34, 26))
    for eye in (580, 700):
        draw.ellipse((eye - 14, 316 + nod, eye + 14, 338 + nod), fill=(30, 24, 22))
    draw.ellipse((600, 420 + nod, 680, 440 + nod + 16 * abs(np.sin(5 * time))), fill=(120, 50, 50))
    draw.rounded_rectangle((820, 470, 880, 760), 24, fill=(24, 24, 28))
