"""What `Annotator.annotate` gives: a timeline that can be saved, shown and exported."""

import json
from pathlib import Path
from typing import Self

from mmf_mixer.annotate.exports.registry import export
from mmf_mixer.data.timeline import Timeline
from mmf_mixer.errors import InputError
from mmf_mixer.files import write_text
from mmf_mixer.report.annotation.page import annotation_page


class Annotation(Timeline):
    """An annotated video. `read` takes up what `save` has written, or the page's corrected master file."""

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """The annotation of a master file. Raises InputError if it is none."""
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            assert isinstance(content, dict)
        except (OSError, ValueError, AssertionError, RecursionError) as error:
            reason = getattr(error, "strerror", None) or "it is no JSON object in UTF-8"
            raise InputError(f"{path}: cannot be read ({reason}); name the NAME.json of an annotation.") from None
        try:
            return cls.from_master(content)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None

    def export(self, name: str) -> str:
        """The content of a file of that format, see `EXPORTS`. Raises InputError for an unknown one, and for one that
        counts frames where no rate numbers them."""
        return export(self, name)

    def to_csv(self) -> str:
        """The segments as CSV, with seconds, timecodes and frames."""
        return self.export("csv")

    def save(self, folder: Path | str, name: str | None = None) -> Path:
        """Write the page `NAME.html` and then the master file `NAME.json`, whose path is returned, into a folder.

        `name` is the video's, without its ending, if it is not given.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        name = name or Path(self.video).stem
        master = self.master()
        write_text(folder / f"{name}.html", annotation_page(master))
        path = folder / f"{name}.json"
        write_text(path, json.dumps(master, ensure_ascii=False, allow_nan=False))
        return path
