"""What our data sets tell losses, metrics and models through MMF's registry: one place for its keys and their types."""

from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.data.clip import Labels


def register_labels(dataset: str, labels: Labels, positives: Tensor, clips: int) -> None:
    """Say which label groups `dataset` has, and how many of its `clips` training clips have each of the L labels."""
    registry.register(f"{dataset}_label_groups", labels)
    registry.register(f"{dataset}_training_positives", positives)
    registry.register(f"{dataset}_training_clips", clips)


def label_groups_of(dataset: str) -> Labels:
    """The label groups of `dataset`."""
    labels: Labels = registry.get(f"{dataset}_label_groups")
    return labels


def has_label_groups(dataset: str) -> bool:
    """Whether `dataset` is one of ours, which registers its label groups."""
    return registry.get(f"{dataset}_label_groups", no_warning=True) is not None


def training_positives_of(dataset: str) -> Tensor:
    """How many training clips of `dataset` have each of the L labels."""
    counts: Tensor = registry.get(f"{dataset}_training_positives")
    return counts


def training_clips_of(dataset: str) -> int:
    """How many training clips `dataset` has."""
    clips: int = registry.get(f"{dataset}_training_clips")
    return clips
