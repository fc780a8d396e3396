"""The law of the house: which room may import which, and that no import goes in a circle."""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (*ROOT.glob("mmf_mixer/**/*.py"), *ROOT.glob("mmf_mixer_*.py"))
}
GROUND = {
    "errors",
    "grouped",
    "files",
    "limits",
    "memory",
    "paths",
    "hub",
    "console",
    "settings",
    "options",
    "releases",
    "registered",
    "ours",
    "processes",
    "protocols",
}
MMF = {"mmf", "mmf_cli"}
# What a room, or a file of the top, must not import. Names of ours are rooms.
NEVER = {
    "data": MMF | {"compat", "datasets", "training", "models"},
    "media": MMF | {"torch", "data", "compat", "datasets", "processors"},
    "labels": MMF | {"torch", "models", "modules", "encoders", "training", "datasets", "report"},
    "store": MMF | {"data", "datasets", "compat", "training", "models"},
    "models": {"training", "interpret", "report", "benchmark"},
    "annotate": {"training", "benchmark", "datasets", "extraction"},
    "report": {
        "models",
        "modules",
        "encoders",
        "training",
        "datasets",
        "extraction",
        "annotate",
    },  # so it runs no model
}
REGISTERS = {"mmf_mixer.measures.register"}  # where these rooms meet MMF
LAST = {"cli", "plugin"}  # nothing imports these, nor the hook


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """What a module imports, with the line, inside functions too; not what it imports for type checkers alone."""

    def below(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            yield child
            yield from below(child)

    for node in below(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def module_of(name: str) -> str:
    """The module of ours that an imported name belongs to; "" if it is not ours."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


ARROWS = [(module, module_of(name) or name, line) for module, path in MODULES.items() for name, line in imports(path)]


def crossings(room: str, forbidden: set[str], but: Collection[str] = ()) -> list[str]:
    """Where a room imports what it must not."""
    return [
        f"{MODULES[module].relative_to(ROOT)}:{line} imports {target}"
        for module, target, line in ARROWS
        if room_of(module) == room
        and module not in but
        and (room_of(target) if target in MODULES else target.partition(".")[0]) in forbidden
    ]


@pytest.mark.parametrize("room", NEVER)
def test_a_room_imports_nothing_above_it(room: str) -> None:
    assert crossings(room, NEVER[room]) == []


@pytest.mark.parametrize("room", ["measures", "modules"])
def test_a_room_meets_mmf_only_where_it_registers(room: str) -> None:
    assert crossings(room, MMF, but=REGISTERS) == []


def test_nothing_imports_the_commands_the_plugin_or_the_hook() -> None:
    allowed = {"mmf_mixer", "mmf_mixer_cli", "mmf_mixer.labels.check.decoding"}  # whose processes need no MMF
    upwards = [
        f"{module}:{line} imports {target}"
        for module, target, line in ARROWS
        if (room_of(target) in LAST or target == "mmf_mixer_hook") and target in MODULES
        if module not in allowed and room_of(module) != room_of(target)
    ]
    assert upwards == []


def test_the_ground_stands_on_nothing() -> None:
    rooms = {room_of(module) for module in MODULES} - GROUND - {"data"}
    assert [line for ground in GROUND for line in crossings(ground, rooms)] == []


def test_repairs_stand_on_the_ground_alone() -> None:
    assert crossings("compat", {room_of(module) for module in MODULES} - GROUND - {"compat"}) == []


def test_no_import_goes_in_a_circle_not_even_inside_functions() -> None:
    targets: dict[str, set[str]] = {module: set() for module in MODULES}
    for module, target, _ in ARROWS:
        if target in MODULES and target != module:
            targets[module].add(target)
    while leaves := {module for module, others in targets.items() if not others & targets.keys()}:
        for leaf in leaves:
            del targets[leaf]
    assert targets == {}, "these import each other in a circle"
