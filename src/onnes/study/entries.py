"""Single entries of a configuration: changed by their dotted path, and what a changed run gives.

Fits and sweeps ask the same two things: the run with some entries replaced, and its result as a Dataset.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from pydantic import WithJsonSchema

from onnes import schema
from onnes.errors import InvalidInput
from onnes.state import State
from onnes.study.config import Run, RunConfig, validate
from onnes.units import UNIT_OF

if TYPE_CHECKING:
    import xarray as xr

NUMBER_NAME = "critical_temperature"
"""Quantity of the number that a solver gives in place of a state."""


def plain(config: RunConfig) -> dict[str, Any]:
    """Return a configuration as nested tables of JSON types, with every default filled in.

    Quantities are numbers in the unit of their kind and files are full paths: validated again, it is the
    same run, wherever that happens.
    """
    return config.model_dump(mode="json", by_alias=True)


def at(given: Any, path: str) -> Any:
    """Return the entry that a dotted path leads to; raise `InvalidInput` that names the near keys."""
    here = given
    for key in path.split("."):
        if isinstance(here, dict) and key in here:
            here = here[key]
        elif isinstance(here, list) and key.isdecimal() and int(key) < len(here):
            here = here[int(key)]
        else:
            raise _no_entry(here, key, path)
    return here


def changed(given: Mapping[str, Any], entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy with some entries replaced, each by its dotted path; lists are numbered from 0.

    Raises
    ------
    InvalidInput : a path that leads nowhere.
    """
    copied = copy.deepcopy(dict(given))
    for path, value in entries.items():
        at(copied, path)
        head, _, key = path.rpartition(".")
        table = at(copied, head) if head else copied
        table[int(key) if isinstance(table, list) else key] = value
    return copied


def run_of(given: Mapping[str, Any]) -> Run:
    """Validate nested tables and read the files they name."""
    return validate(given).resolve()


def observe(run: Run, solve: Callable[[Run], Any] = Run.solve) -> "xr.Dataset":
    """Return what a run gives: its measurement, the fields of its state, or its number.

    Parameters
    ----------
    solve : how the solver is called; one that remembers, for instance.
    """
    solved = solve(run)
    if not isinstance(solved, State | tuple):
        return schema.dataset(f"{run.config.solve.kind}", {NUMBER_NAME: ((), float(solved))})
    return (
        solved.to_dataset() if isinstance(solved, State) and run.config.probe is None else run.probe(solved)
    )


def unit(config: RunConfig, path: str) -> str:
    """Return the unit an entry is kept in, ``"1"`` where it has none."""
    here: Any = config
    *tables, last = path.split(".")
    for key in tables:
        if isinstance(here, tuple):
            here = here[int(key)]
        else:
            here = here.get(key) if isinstance(here, dict) else getattr(here, _attribute(here, key), None)
    field = getattr(type(here), "model_fields", {}).get(_attribute(here, last))
    if field is None:
        return "1"
    for note in [*field.metadata, *_annotations(field.annotation)]:
        if isinstance(note, WithJsonSchema):
            # A quantity describes itself as "kind: a string with a unit, or a number in ...".
            return UNIT_OF.get(str((note.json_schema or {}).get("description", "")).split(":")[0], "1")
    return "1"


def _attribute(entry: Any, key: str) -> str:
    fields = getattr(type(entry), "model_fields", {})
    return next((name for name, field in fields.items() if field.alias == key), key)


def _annotations(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        yield from _annotations(inner)


def _no_entry(here: Any, key: str, path: str) -> InvalidInput:
    if isinstance(here, dict):
        near = get_close_matches(key, here, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        return InvalidInput(f"{path}: {key!r} is not an entry", f"{hint}there are {', '.join(here)}")
    if isinstance(here, list):
        return InvalidInput(f"{path}: {key!r} is not an entry of the list", f"use 0 to {len(here) - 1}")
    missing = here is None
    cause = (
        f"{path}: this configuration has no table there"
        if missing
        else f"{path} goes into the value {here!r}"
    )
    return InvalidInput(cause, "add it to the file" if missing else "name a key of a table")
