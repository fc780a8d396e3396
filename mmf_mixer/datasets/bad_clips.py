"""Keeps account of clips that could not be read, and of what is odd about others: a line for each at once, a sentence
at the end of the run."""

import atexit
import json
import os
import sys
from functools import cache
from pathlib import Path

from mmf_mixer.errors import InputError

NAMED = 10  # more than these are counted, not named


class BadClips:
    """Appends to the file at `path`. Works from many processes at once: each line is one write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_to = path.stat().st_size if path.exists() else 0  # what former runs wrote is passed over
        self._known: dict[str, None] = {}

    def add(self, split: str, clip: str, modality: str, error: InputError) -> None:
        """Record a clip, unless this run has recorded it: it comes up once in every epoch."""
        line = json.dumps({"split": split, "id": clip, "modality": modality, "error": str(error)})
        if line not in self.lines():
            self._append(line)

    def hint(self, split: str, clip: str, modality: str, hint: str) -> None:
        """Record what is odd about a clip that took part, unless it has been said, of this clip or of another."""
        if all(json.loads(line).get("hint") != hint for line in self.lines()):
            self._append(json.dumps({"split": split, "id": clip, "modality": modality, "hint": hint}))

    def _append(self, line: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, f"{line}\n".encode())
        finally:
            os.close(file)

    def lines(self) -> list[str]:
        """The lines that this run has written."""
        if self.path.exists():
            with self.path.open("rb") as file:  # other processes may have added to it
                file.seek(self._read_to)
                added = file.read()
            self._read_to += len(added)
            self._known |= dict.fromkeys(added.decode().splitlines())
        return list(self._known)

    def summary(self) -> str | None:
        """A sentence that counts and names those that could not be read, and one for hints; None without either."""
        entries = [json.loads(line) for line in self.lines()]
        found = sorted({(entry["split"], entry["id"], entry["modality"]) for entry in entries if "error" in entry})
        sentences = [self._unread(found)] if found else []
        if hints := [entry["hint"] for entry in entries if "hint" in entry]:
            sentences.append(f"Hint: {hints[0]}" + (f" {self.path} has {len(hints) - 1} more." if hints[1:] else ""))
        return " ".join(sentences) or None

    def _unread(self, found: list[tuple[str, str, str]]) -> str:
        named = ", ".join(f"{split} {clip} ({modality})" for split, clip, modality in found[:NAMED])
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        clips = "1 clip" if len(found) == 1 else f"{len(found)} clips"
        return f"{clips} could not be read and took no part: {named}{more}; the reasons are in {self.path}."


@cache
def bad_clips(path: Path, tell: bool) -> BadClips:
    """The one account that this process keeps at `path`; with `tell`, it prints the summary when the process ends."""
    account = BadClips(path)
    if tell:
        atexit.register(_tell, account)
    return account


def _tell(account: BadClips) -> None:
    if sentence := account.summary():
        print(sentence, file=sys.stderr)
