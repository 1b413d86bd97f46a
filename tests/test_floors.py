"""The one-way rule: every import of onnes goes to a floor below, and nothing goes round in a circle."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[1] / "src" / "onnes"

FLOORS: dict[str, int] = {
    "_lazy": 0,
    "errors": 1,
    "files": 1,
    "units": 1,
    "schema": 2,
    "numerics": 2,
    "model": 3,
    "state": 4,
    "response": 5,
    "solve": 6,
    "probe": 6,
    "compare": 6,
    "study": 7,
    "view": 8,
    "cases": 9,
    "cli": 10,
}
# errors lies under units and files although all are on the ground floor.
ALLOWED_ON_ONE_FLOOR = {("units", "errors"), ("files", "errors")}
# A package's __init__ hands its own names on, lazily; only the top of the house may know all rooms.
HANDS_ON = {"__init__.py"}


def modules() -> list[Path]:
    return sorted(SRC.rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(SRC.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Return the onnes modules that a file imports, inside functions too."""
    found: set[str] = set()
    known = {dotted(p) for p in modules()}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "onnes"}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the floor they come from"
            if node.module and node.module.split(".")[0] == "onnes":
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    found.add(full if full in known else node.module)
    return found - {dotted(path)}


def room(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SRC)))
def test_imports_go_down(path: Path) -> None:
    here = room(dotted(path))
    for target in imports(path):
        there = room(target)
        if not there or not here or there == here or (here, there) in ALLOWED_ON_ONE_FLOOR:
            continue
        assert FLOORS[there] < FLOORS[here], (
            f"{dotted(path)} (floor {FLOORS[here]}) imports {target} (floor {FLOORS[there]})"
        )


def test_every_room_has_a_floor() -> None:
    assert {room(dotted(p)) for p in modules()} - {""} <= set(FLOORS)


def test_no_circles() -> None:
    graph = {dotted(p): imports(p) for p in modules() if p.name not in HANDS_ON}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, "circle: " + " -> ".join([*trail[trail.index(name) :], name])
        if name in done:
            return
        for target in graph.get(name, ()):
            visit(target, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def test_files_stay_small() -> None:
    """A file that outgrows a room is split by subject."""
    large = {
        str(p.relative_to(SRC)): n
        for p in modules()
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert not large


def test_every_folder_says_what_lives_there() -> None:
    folders = {p.parent for p in modules()} - {SRC}
    assert not [str(f.relative_to(SRC)) for f in folders if not (f / "README.md").is_file()]
