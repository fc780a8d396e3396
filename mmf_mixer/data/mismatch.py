"""Sets in which half of the clips have captions, or sound, of another clip: how `labels.yaml` says so."""

from mmf_mixer.data.clip import LabelGroup, Labels

OWN, OTHER = "own", "other"
GROUPS = {"caption": "text", "sound": "audio"}  # the group that says whose it is, and the modality that was exchanged


def mismatch_group(name: str) -> LabelGroup:
    """The group `caption` or `sound`."""
    return LabelGroup(name, True, (OWN, OTHER))


def mismatched(labels: Labels) -> LabelGroup | None:
    """That group of a data set, if it has one."""
    return next((group for name in GROUPS if (group := mismatch_group(name)) in labels.groups), None)
