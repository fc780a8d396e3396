"""README.md's tables and figures from the results that are kept, so that nothing is typed by hand: `make tables`.

    python projects/benchmark/tables.py                     # all of them anew
    python projects/benchmark/tables.py keep RESULTS NAME   # and keep a results.json, as results/NAME.json

In README.md the tables of NAME stand between `<!-- NAME -->` and `<!-- /NAME -->`. What has several numbers of training
clips gets a figure, `figures/NAME-curves.png`.
"""

import argparse
import json
import platform
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

from mmf_mixer.files import write_json, write_text
from mmf_mixer.report.comparison.figures import learning_curves
from mmf_mixer.report.comparison.results import Comparison
from mmf_mixer.report.comparison.tables import curves_table, group_table, interaction_table, main_table, titled
from mmf_mixer.report.drawing import save

HERE = Path(__file__).parent
KEPT, FIGURES = HERE / "results", HERE / "figures"
LOCAL = ("command", "scores", "usage", "additive", "log")  # of a row: where things lay
BLOCK = re.compile(r"(<!-- (?P<name>[\w-]+) -->\n).*?(<!-- /(?P=name) -->)", re.DOTALL)


def keep(results: Path, name: str) -> Path:
    """Keep what tables are made of, and on what it was measured. Returns the path.

    Raises:
        SystemExit: the comparison has not come to its end, or rows of it failed.
    """
    found: dict[str, Any] = json.loads((results / "results.json").read_text(encoding="utf-8"))
    comparison = Comparison(found)
    if not comparison.finished:
        raise SystemExit(f"{results}: the comparison is not finished; give its command again first.")
    if failed := len(comparison.failures):
        raise SystemExit(f"{results}: {failed} of {len(found['rows'])} trainings failed; give its command again first.")
    found["rows"] = [{key: value for key, value in row.items() if key not in LOCAL} for row in found["rows"]]
    environment = found["environment"]
    found["environment"] = {key: environment[key] for key in ("mmf_mixer", "python", "libraries", "device")}
    found["environment"] |= {"mmf": environment["mmf"]["version"], "processor": processor()}
    KEPT.mkdir(exist_ok=True)
    write_json(KEPT / f"{name}.json", found)
    return KEPT / f"{name}.json"


def processor() -> str:
    """The name of the processor."""
    try:
        names = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        names = []
    return names[0] if names else platform.processor()


def tables(path: Path) -> Iterator[str]:
    """Those of a kept comparison: by the number of clips, if there are several; then of each number, the largest first.
    Of that one there are label groups and interactions too."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    found = Comparison(kept)
    made = [curves_table(found)]
    *fewer, most = found.fractions
    made += [main_table(found, most), group_table(found, most), interaction_table(found, most)]
    made += [main_table(found, fraction) for fraction in reversed(fewer)]
    yield from (titled(table) for table in made if table)
    where = kept["environment"]["processor"]
    yield f"{found.seeds} seed{'s' if found.seeds > 1 else ''}, {kept['tuning']['trials']} trials a row, {where}.\n"


def renewed(text: str) -> str:
    """The README with all of its tables made anew."""

    def block(found: re.Match[str]) -> str:
        return found[1] + "\n".join(tables(KEPT / f"{found['name']}.json")) + found[3]

    return BLOCK.sub(block, text)


def draw() -> None:
    """The curves of all kept comparisons that have some."""
    for path in sorted(KEPT.glob("*.json")):
        found = Comparison(json.loads(path.read_text(encoding="utf-8")))
        if len(found.fractions) > 1:
            with TemporaryDirectory() as folder:
                save(learning_curves(found), Path(folder) / "curves")
                copyfile(Path(folder) / "curves.png", FIGURES / f"{path.stem}-curves.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keep", nargs="*", metavar="keep RESULTS NAME")
    words = parser.parse_args().keep
    if words:
        _, folder, title = words
        print(keep(Path(folder), title))
    readme = HERE / "README.md"
    write_text(readme, renewed(readme.read_text(encoding="utf-8")))
    draw()
