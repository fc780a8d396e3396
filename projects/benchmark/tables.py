"""The tables of README.md from the results that are kept, so that nothing is typed by hand: `make tables`.

    python projects/benchmark/tables.py                     # all tables anew
    python projects/benchmark/tables.py keep RESULTS NAME   # and keep a results.json, as results/NAME.json

In README.md the tables of NAME stand between `<!-- NAME -->` and `<!-- /NAME -->`.
"""

import argparse
import json
import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmf_mixer.files import write_json, write_text
from mmf_mixer.report.comparison.results import Comparison
from mmf_mixer.report.comparison.tables import group_table, interaction_table, main_table, markdown

HERE = Path(__file__).parent
KEPT = HERE / "results"
LOCAL = ("command", "scores", "usage", "additive", "log")  # of a row: where things lay
BLOCK = re.compile(r"(<!-- (?P<name>[\w-]+) -->\n).*?(<!-- /(?P=name) -->)", re.DOTALL)


def keep(results: Path, name: str) -> Path:
    """Keep what tables are made of, and on what it was measured. Returns the path."""
    found: dict[str, Any] = json.loads((results / "results.json").read_text(encoding="utf-8"))
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
    """Those of a kept comparison, the largest fraction first."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    found = Comparison(kept)
    for fraction in reversed(found.fractions):
        for table in (main_table(found, fraction), group_table(found, fraction), interaction_table(found, fraction)):
            if table:
                yield f"{table.title[0].upper()}{table.title[1:]}:\n\n{markdown(table)}"
    where = kept["environment"]["processor"]
    yield f"{found.seeds} seed{'s' if found.seeds > 1 else ''}, {kept['tuning']['trials']} trials a row, {where}.\n"


def renewed(text: str) -> str:
    """The README with all of its tables made anew."""

    def block(found: re.Match[str]) -> str:
        return found[1] + "\n".join(tables(KEPT / f"{found['name']}.json")) + found[3]

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keep", nargs="*", metavar="keep RESULTS NAME")
    words = parser.parse_args().keep
    if words:
        _, folder, title = words
        print(keep(Path(folder), title))
    readme = HERE / "README.md"
    write_text(readme, renewed(readme.read_text(encoding="utf-8")))
