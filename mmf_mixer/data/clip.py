"""The words for what a data set holds: clips, their labels, and the splits that they stand in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

SPLITS = ("train", "val", "test")
SENSES = ("seen", "heard", "read")  # what a label may be made from: pictures, sound, captions
UNREADABLE = -1.0  # fills the targets of a clip that could not be read: losses and metrics pass over such rows


@dataclass(frozen=True)
class LabelGroup:
    """Labels that belong together; `exclusive` means exactly one of them per clip.

    `made_from` says of which `SENSES` whoever made them had use; empty: it is not said. Labels are the same without it.
    """

    name: str
    exclusive: bool
    labels: tuple[str, ...]
    made_from: tuple[str, ...] = field(default=(), compare=False)

    def written(self) -> dict[str, Any]:
        """The group as `labels.yaml` has it."""
        made_from = {"from": list(self.made_from)} if self.made_from else {}
        return {"exclusive": self.exclusive, **made_from, "labels": list(self.labels)}


@dataclass(frozen=True)
class Labels:
    """All label groups in file order. Scores and targets are B x L over `names`."""

    groups: tuple[LabelGroup, ...]

    @cached_property
    def names(self) -> list[str]:
        """The L labels as `group/label`, in file order."""
        return [f"{group.name}/{label}" for group in self.groups for label in group.labels]

    @cached_property
    def position(self) -> dict[str, int]:
        """Column of each label in scores and targets."""
        return {name: column for column, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    def written(self) -> dict[str, dict[str, Any]]:
        """The groups as `labels.yaml` has them."""
        return {group.name: group.written() for group in self.groups}

    def slices(self) -> list[tuple[LabelGroup, slice]]:
        """Each group with its columns."""
        found, start = [], 0
        for group in self.groups:
            found.append((group, slice(start, start + len(group.labels))))
            start += len(group.labels)
        return found

    def made_from(self) -> dict[tuple[str, ...], list[int]]:
        """The places of the groups that were made from the same senses; empty if no group says what from."""
        places: dict[tuple[str, ...], list[int]] = {}
        for place, group in enumerate(self.groups):
            places.setdefault(group.made_from, []).append(place)
        return places if any(places) else {}

    def encode(self, labels: Iterable[str]) -> "Tensor":
        """Multi-hot float targets of length L. Raises KeyError for a name that is not a label."""
        import torch  # here, for reading a folder takes a tenth of the time of importing it

        targets = torch.zeros(len(self))
        for name in labels:
            targets[self.position[name]] = 1.0
        return targets


@dataclass(frozen=True)
class Clip:
    """One line of a split. Paths are absolute; None = the clip lacks that modality.

    `audio` is the video's path when the line names no audio of its own, unless it is `false` there: whether the video
    has an audio track is found on decoding. `start` and `end` are seconds; None = the media's own beginning or end.
    `video_track` and `audio_track` name other tracks than those that players take: a number, from 0 among those of its
    kind, or a language as the file writes it. `captions_track` names a text track of the video, whose path `captions`
    then is.
    """

    id: str
    video: Path | None
    audio: Path | None
    captions: Path | None
    start: float | None
    end: float | None
    labels: tuple[str, ...]
    video_track: int | str | None = None
    audio_track: int | str | None = None
    captions_track: int | str | None = None
