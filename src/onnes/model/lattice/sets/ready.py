"""Load a published set by name; each is checked when it is loaded."""

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from onnes import units
from onnes.errors import InvalidInput
from onnes.model.lattice.pointgroup import Symmetry
from onnes.model.lattice.sets import carbon, cuprates, heavy, pnictides, selenides
from onnes.model.lattice.sets.checks import TEMPERATURE, BandCheck, Checkpoint, check_bands, require
from onnes.model.lattice.tightbinding import TightBinding

TABLE = Path(__file__).with_name("bands.toml")
FORMS = {
    "norman": cuprates.norman,
    "body-centred": cuprates.body_centred,
    "bilayer": cuprates.bilayer,
    "two-orbital": pnictides.two_orbital,
    "graser": pnictides.graser,
    "kuroki": pnictides.kuroki,
    "two-iron": selenides.two_iron,
    "light-heavy": heavy.light_heavy,
    "heavy band": heavy.heavy_band,
    "honeycomb": carbon.honeycomb,
}
"""Published form -> function that turns its numbers into hoppings."""


@dataclass(frozen=True, slots=True, eq=False)
class BandSet:
    """A published set: its bands, the symmetries they have, the checks they passed, and where they come from.

    ``status`` of the numbers: ``"verified"`` read in a source that quotes them, ``"derived"`` from such
    numbers, ``"recalled"`` otherwise, ``"illustrative"`` chosen here to meet constraints that the note states:
    the last two are usable as a model, never as a proof.
    """

    name: str
    title: str
    bands: TightBinding
    symmetries: tuple[Symmetry, ...]
    checkpoints: tuple[Checkpoint, ...]
    checks: tuple[BandCheck, ...]
    source: str
    status: str
    note: str


def band_names() -> tuple[str, ...]:
    """Return the names of the ready sets."""
    return tuple(_table())


def bands(name: str, *, doping: float | None = None) -> TightBinding:
    """Return the tight-binding bands of a published set, meV from the chemical potential.

    Parameters
    ----------
    name : one of `band_names`, such as ``"Bi2212"`` or ``"Graser"``.
    doping : holes per copper, for the sets that were published by doping (Tl2201: 0.12 or, where it is
        not given, 0.25; LSCO: 0.12 to 0.32, linear between the dopings of the table).

    Raises
    ------
    InvalidInput : no such set; a doping that is missing, out of range or not wanted.
    InvalidModel : the set fails a check (Hermiticity, time reversal, point group, filling, known
        energies); the message says which one and by how much.
    """
    return band_set(name, doping=doping).bands


def band_set(name: str, *, doping: float | None = None) -> BandSet:
    """Return a published set with its provenance, symmetries and checks; arguments and errors as `bands`."""
    if not isinstance(name, str) or name not in _table():
        near = get_close_matches(str(name), _table(), n=1, cutoff=0.4)
        guess = f"did you mean {near[0]}? " if near else ""
        raise InvalidInput(f"no bands of {name!r}", f"{guess}use one of {', '.join(_table())}")
    entry = _table()[name]
    if "by_doping" in entry:
        doping = _allowed_doping(name, entry, doping)
    elif doping is not None:
        raise InvalidInput(
            f"{name} was published at one doping only", "leave doping out, or shift the chemical potential"
        )
    return _loaded(name, None if doping is None else round(float(doping), 12))


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def _loaded(name: str, doping: float | None) -> BandSet:
    entry = _table()[name]
    numbers, electrons, checkpoints = _at_doping(entry, doping)
    form = FORMS[entry["form"]](numbers)
    where = "" if doping is None else f", p = {doping:g}"
    made = TightBinding(
        form.vectors,
        form.cells,
        units.factor(entry["unit"], "energy") * form.hoppings,
        form.orbitals,
        form.positions,
        electrons,
        f"{name}{where}: {entry['source']} ({entry['status']})",
    )
    checks = check_bands(
        made,
        symmetries=form.symmetries,
        checkpoints=checkpoints,
        temperature=entry.get("counted_at", TEMPERATURE),
    )
    require(name, checks)
    return BandSet(
        name,
        entry["title"],
        made,
        form.symmetries,
        checkpoints,
        checks,
        entry["source"],
        entry["status"],
        entry["note"],
    )


def _allowed_doping(name: str, entry: dict[str, Any], doping: float | None) -> float:
    known = [row["doping"] for row in entry["by_doping"]]
    doping = entry.get("default_doping") if doping is None else doping
    listed = ", ".join(f"{p:g}" for p in known)
    if doping is None:
        raise InvalidInput(f"{name} was published by doping", f"give doping=, from {known[0]} to {known[-1]}")
    number = isinstance(doping, int | float | np.number) and not isinstance(doping, bool)
    if not number or not known[0] <= doping <= known[-1]:
        raise InvalidInput(f"doping = {doping!r} of {name} is not covered", f"it was published at {listed}")
    if not entry.get("interpolate", False) and doping not in known:
        raise InvalidInput(f"doping = {doping!r} of {name} was not published", f"use one of {listed}")
    return float(doping)


def _at_doping(
    entry: dict[str, Any], doping: float | None
) -> tuple[dict[str, Any], float, tuple[Checkpoint, ...]]:
    """Return numbers, electrons and checkpoints; all are linear between the dopings of the table."""
    if doping is None:
        rows, weights = [entry], [1.0]
    else:
        table = entry["by_doping"]
        place = int(np.searchsorted([row["doping"] for row in table], doping))
        upper = table[place]
        lower = table[max(place - 1, 0)]
        span = upper["doping"] - lower["doping"]
        share = 1.0 if span == 0 else (doping - lower["doping"]) / span
        rows, weights = ([upper], [1.0]) if share == 1.0 else ([lower, upper], [1 - share, share])
    numbers = dict(entry["numbers"])
    if doping is not None:
        numbers |= {
            key: sum(w * row["numbers"][key] for w, row in zip(weights, rows, strict=True))
            for key in rows[0]["numbers"]
        }
    electrons = sum(w * row["electrons"] for w, row in zip(weights, rows, strict=True))
    points = []
    for same in zip(*(row.get("checkpoints", []) for row in rows), strict=True):
        energy = sum(w * point["energy"] for w, point in zip(weights, same, strict=True))
        first = same[0]
        points.append(Checkpoint(first["name"], tuple(first["k"]), first["band"], energy, first["bound"]))
    return numbers, electrons, tuple(points)
