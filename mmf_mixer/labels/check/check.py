"""The check of a dataset folder: lines, labels, captions, leaks and, if they are to be decoded, media."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from mmf_mixer.data.folder import root_of
from mmf_mixer.errors import InputError
from mmf_mixer.labels.check import captions, counts, leaks
from mmf_mixer.labels.check.cache import Cache
from mmf_mixer.labels.check.decoding import look_at
from mmf_mixer.labels.check.files import contents, of_media, windows_of, with_media
from mmf_mixer.labels.check.finding import Finding, Report
from mmf_mixer.labels.check.refusals import read_all
from mmf_mixer.paths import cache_root


def check(root: Path | str, decode: bool = True, jobs: int = 1, cache: Path | None = None) -> Report:
    """Everything that is wrong with a dataset folder.

    Args:
        root: the folder.
        decode: also open every media file and decode the window of every clip.
        jobs: processes that decode.
        cache: the file in which results of media are kept (default: one for this folder in the user's cache).

    Raises:
        InputError: there is no such folder.
    """
    root = root_of(root).resolve()
    if not root.is_dir():
        raise InputError(f"{root}: there is no such folder; correct the path.")
    kept = Cache(cache or cache_root() / "check" / f"{hashlib.sha256(bytes(root)).hexdigest()[:16]}.json")
    labels, clips, findings = read_all(root)
    texts, unread = captions.read_texts(clips)
    clip_counts = counts.clip_counts(clips)
    label_counts = counts.label_counts(labels, clips)
    together = counts.pairs(clips)
    windows = {window: Path(window.path) for placed in clips for window in windows_of(placed)}
    findings += [*unread, *counts.of_labels(labels, clip_counts, label_counts, together)]
    seen = None
    if decode:
        seen = look_at(windows, jobs, kept)
        lengths = {windows[window]: each.length for window, each in seen.items() if each.length}
        findings += [*of_media(clips, seen), *captions.outside(clips, lengths)]
    modality_counts = counts.modality_counts({"text": set(texts), **with_media(clips, seen)}, clips)
    findings += counts.of_modalities(clip_counts, modality_counts)
    findings += leaks.in_media(clips, contents(windows.values(), kept))
    findings += captions.constant(texts)
    telling = captions.without_constant(texts)
    findings += [*leaks.in_captions(clips, telling), *leaks.near_captions(clips, telling)]
    kept.save()
    inside = [_inside(root, finding) for finding in findings]
    return Report(str(root), decode, clip_counts, modality_counts, label_counts, together, inside)


def _inside(root: Path, finding: Finding) -> Finding:
    """The same with paths from the folder on, as its lines have them."""
    before = f"{root}{os.sep}"
    return replace(finding, sentence=finding.sentence.replace(before, ""), remedy=finding.remedy.replace(before, ""))
