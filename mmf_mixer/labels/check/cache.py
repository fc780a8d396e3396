"""What is known of files from earlier checks, as long as they have not changed."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import av

from mmf_mixer import __version__
from mmf_mixer.errors import InputError
from mmf_mixer.files import write_json

VERSION = [__version__, av.__version__]  # of what made the results


class Cache:
    """Results by file, its bytes and when it was written, and what was asked of it; kept at `path` by `save`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.results: dict[str, Any] = {}
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(path.read_bytes())
            if kept["version"] == VERSION:
                self.results = dict(kept["results"])

    @staticmethod
    def key(path: Path | str, *asked: object) -> str:
        """What the result stands under. Raises OSError if there is no such file."""
        status = Path(path).stat()
        return json.dumps([str(path), status.st_size, status.st_mtime_ns, *asked])

    def save(self) -> None:
        """Write what is known; a disk that is full or read-only costs the next check time, and this one nothing."""
        with suppress(OSError, InputError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, {"version": VERSION, "results": self.results})
