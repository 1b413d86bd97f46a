"""Read and write tables of hoppings: Wannier90 ``_hr.dat``, the csv interchange, and tables of Python.

The interchange is a header ``# {...}`` of JSON and rows ``rx,ry,rz,a,b,re,im``: the hopping t_ab(R) of
H_ab(k) = sum_R t_ab(R) exp(+2 pi i k.R), R in primitive translations, orbitals counted from 1.
"""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from onnes import units
from onnes.errors import InvalidInput, InvalidModel, UnreadableFile
from onnes.model.lattice.tightbinding import TightBinding

LARGEST = 512 * 2**20
"""Bytes of a file."""
FARTHEST = 10**4
"""Largest component of a lattice vector: beyond, a number was not a cell."""
WIDEST = 30_000.0
"""meV: no hopping between atoms is larger; a file that says so is in another unit than it was read in."""
ROUNDING = 1.5
"""t(R) and t(-R)† of a file may differ by this many units of its last digit, and are then averaged."""
COARSEST = 1e-4
"""Nor by more than this share of the largest hopping, however few digits there are."""
COLUMNS = "rx,ry,rz,a,b,re,im"
HEADER = ("units", "vectors", "orbitals", "positions", "electrons", "reference", "rows")


def hoppings(
    table: Mapping[tuple[Sequence[int], int, int], complex],
    *,
    vectors: ArrayLike = ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)),
    orbitals: Sequence[str] = ("s",),
    positions: ArrayLike | None = None,
    electrons: float | None = None,
    source: str = "",
) -> TightBinding:
    """Return bands from {((x, y, z), a, b): t_ab(R)}, meV; the conjugate of each hopping is added.

    Parameters
    ----------
    table : R in primitive translations, orbitals counted from 0. Where both t_ab(R) and t_ba(-R) are
        given they must be conjugate. On-site energies are {((0, 0, 0), a, a): e}.
    vectors : float (3, 3), angstrom. orbitals : names. positions : float (orbital, 3).
    electrons : in a cell, both spins. source : provenance.

    Raises
    ------
    InvalidModel : not Hermitian, an orbital that is not there, NaN, or cells that are not whole numbers.
    """
    full: dict[tuple[tuple[int, ...], int, int], complex] = {}
    for (cell, a, b), value in table.items():
        full[_whole(cell), int(a), int(b)] = complex(value)
    for (cell, a, b), value in list(full.items()):
        full.setdefault((tuple(-x for x in cell), b, a), value.conjugate())
    n = len(orbitals)
    outside = [i for _, a, b in full for i in (a, b) if not 0 <= i < n]
    if outside or not full:
        raise InvalidModel("orbital", outside[0] if outside else "none", f"from 0 to {n - 1}, one at least")
    cells = sorted({cell for cell, _, _ in full})
    place = {cell: i for i, cell in enumerate(cells)}
    array = np.zeros((len(cells), n, n), complex)
    for (cell, a, b), value in full.items():
        array[place[cell], a, b] = value
    return _bands(vectors, np.array(cells), array, orbitals, positions, electrons, source)


def read_wannier90(
    path: str | os.PathLike[str],
    *,
    vectors: ArrayLike,
    orbitals: Sequence[str] | None = None,
    positions: ArrayLike | None = None,
    fermi: float = 0.0,
    electrons: float | None = None,
    unit: str = "eV",
) -> TightBinding:
    """Read ``seedname_hr.dat``: t_ab(R) = H_ab(R)/ndegen(R), in eV as Wannier90 writes it, handed out in meV.

    Parameters
    ----------
    path : the file.
    vectors : float (3, 3), angstrom: the cell of the ``.win`` file, which ``_hr.dat`` does not repeat.
    orbitals : names; ``w1``, ``w2``, ... where absent. positions : Wannier centres, fractional.
    fermi : chemical potential in the unit of the file; energies are then counted from it.
    electrons : in a cell, both spins, where known.
    unit : of the energies, where the file was converted.

    Raises
    ------
    UnreadableFile : absent, binary, truncated, damaged, NaN, not Hermitian, or in another unit.
    InvalidInput : names or positions of another number of orbitals.
    UnitMismatch : no such unit.
    """
    lines = _lines(path)
    n, degeneracy, first = _wannier_head(path, lines)
    factor = units.factor(unit, "energy")
    body = [line.split() for line in lines[first:] if line.strip()]
    expected = len(degeneracy) * n * n
    if len(body) != expected:
        raise UnreadableFile(
            path, f"{len(body)} rows of hoppings, its head says {expected}", "it is truncated: copy it again"
        )
    numbers = _rows(path, body, 7, first + 1)
    cells = numbers[:: n * n, :3].astype(int)
    if np.any(numbers[:, :3] != np.repeat(cells, n * n, axis=0)):
        raise UnreadableFile(
            path, "a block whose rows belong to several cells", "it is damaged: copy it again"
        )
    index = np.array([(b, a) for a in range(1, n + 1) for b in range(1, n + 1)])
    if np.any(numbers[:, 3:5] != np.tile(index, (len(degeneracy), 1))):
        raise UnreadableFile(
            path, "orbitals out of order", "write the first index fastest, as Wannier90 does"
        )
    values = (numbers[:, 5] + 1j * numbers[:, 6]).reshape(-1, n, n).swapaxes(1, 2)
    values = _averaged(path, cells, values, _last_digit(body)) / degeneracy[:, None, None]
    names = tuple(orbitals) if orbitals is not None else tuple(f"w{i + 1}" for i in range(n))
    return _finished(path, vectors, cells, factor * values, names, positions, electrons, factor * fermi)


def read_hoppings(
    path: str | os.PathLike[str],
    *,
    vectors: ArrayLike | None = None,
    unit: str | None = None,
    orbitals: Sequence[str] | None = None,
    first_orbital: int = 1,
) -> TightBinding:
    """Read the csv interchange ``rx,ry,rz,a,b,re,im``; what its JSON header lacks is given by keyword.

    Parameters
    ----------
    path : the file.
    vectors : float (3, 3), angstrom; ``unit`` : of the energies; ``orbitals`` : names. Given, they win.
    first_orbital : number of the first orbital, 1 or 0.

    Raises
    ------
    UnreadableFile : absent, binary, truncated, damaged, NaN, not Hermitian, without a unit or vectors.
    InvalidInput : names of another number of orbitals. UnitMismatch : no such unit.
    """
    lines = _lines(path)
    head = _json_head(path, lines)
    body = [
        (i, line.split(","))
        for i, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#") and line.replace(" ", "").lower() != COLUMNS
    ]
    numbers = _rows(path, [words for _, words in body], 7, body[0][0] if body else 1)
    if "rows" in head and head["rows"] != len(numbers):
        raise UnreadableFile(
            path, f"{len(numbers)} rows, its header says {head['rows']}", "it is truncated: copy it again"
        )
    names, pairs = _names(path, numbers, orbitals or head.get("orbitals"), first_orbital)
    keys = np.column_stack([numbers[:, :3].astype(int), pairs])
    if len(np.unique(keys, axis=0)) < len(keys):
        raise UnreadableFile(path, "a hopping given twice", "give each t_ab(R) once")
    cells, where = np.unique(keys[:, :3], axis=0, return_inverse=True)
    if len(cells) * len(names) ** 2 > 10**8:
        raise UnreadableFile(path, f"{len(cells)} cells of {len(names)} orbitals", "fewer: it looks damaged")
    values = np.zeros((len(cells), len(names), len(names)), complex)
    values[where.ravel(), pairs[:, 0], pairs[:, 1]] = numbers[:, 5] + 1j * numbers[:, 6]
    stated = unit or head.get("units")
    lattice = vectors if vectors is not None else head.get("vectors")
    if not isinstance(stated, str) or lattice is None:
        lacking = "unit" if not isinstance(stated, str) else "lattice vectors"
        raise UnreadableFile(path, f"no {lacking} in its header", "give unit= and vectors= by keyword")
    factor = units.factor(stated, "energy")
    values = factor * _averaged(path, cells, values, _last_digit([words for _, words in body]))
    reference = str(head.get("reference", ""))
    return _finished(
        path, lattice, cells, values, names, head.get("positions"), head.get("electrons"), 0.0, reference
    )


def write_hoppings(bands: TightBinding, path: str | os.PathLike[str]) -> None:
    """Write the csv interchange in meV, every digit kept; `read_hoppings` gives the same bands back."""
    rows = [
        f"{cell[0]},{cell[1]},{cell[2]},{a + 1},{b + 1},{float(t[a, b].real)!r},{float(t[a, b].imag)!r}"
        for cell, t in zip(bands.cells.tolist(), bands.hoppings, strict=True)
        for a, b in np.ndindex(t.shape)
    ]
    head = {
        "units": "meV",
        "vectors": bands.vectors.tolist(),
        "orbitals": list(bands.orbitals),
        "positions": bands.positions.tolist(),
        "electrons": bands.electrons,
        "reference": bands.source,
        "rows": len(rows),
    }
    text = "\n".join([f"# {json.dumps(head)}", f"# {COLUMNS}", *rows, ""])
    Path(path).write_text(text, encoding="utf-8")


def write_wannier90(bands: TightBinding, path: str | os.PathLike[str]) -> None:
    """Write ``_hr.dat`` in eV with all weights one; lattice and positions belong into the ``.win`` file."""
    n, count = bands.n_orbitals, len(bands.cells)
    ones = ["1"] * count
    weights = ["    ".join(ones[i : i + 15]) for i in range(0, count, 15)]
    rows = [
        f"{cell[0]:5d}{cell[1]:5d}{cell[2]:5d}{a + 1:5d}{b + 1:5d} {t[a, b].real:.15e} {t[a, b].imag:.15e}"
        for cell, t in zip(bands.cells.tolist(), bands.hoppings / 1e3, strict=True)
        for b in range(n)
        for a in range(n)
    ]
    title = f"written by onnes: {bands.source}".replace("\n", " ")
    Path(path).write_text("\n".join([title, str(n), str(count), *weights, *rows, ""]), encoding="utf-8")


# --- what both readers share ------------------------------------------------------------------------------------


def _lines(path: str | os.PathLike[str]) -> list[str]:
    if not isinstance(path, str | os.PathLike):
        raise InvalidInput(f"path = {path!r} is not a path", "give the file's name")
    try:
        if Path(path).stat().st_size > LARGEST:
            raise UnreadableFile(path, "it is larger than half a gigabyte", "give a table of hoppings")
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise UnreadableFile(path, cause, "give the path of a readable file") from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UnreadableFile(path, "it is binary", "give the text file with the hoppings")
    if not text.strip():
        raise UnreadableFile(path, "it is empty", "copy it again")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _rows(path: Any, body: list[list[str]], width: int, first: int) -> np.ndarray:
    """Return the rows as numbers: all of one width, finite, with whole numbers in the first five columns."""
    if not body:
        raise UnreadableFile(path, "no row of hoppings", f"give rows {COLUMNS}")
    for i, words in enumerate(body):
        if len(words) != width:
            raise UnreadableFile(
                path, f"row {first + i} has {len(words)} numbers", f"every row has {width}: copy it again"
            )
    try:
        numbers = np.array([[float(word) for word in words] for words in body])
    except ValueError as error:
        raise UnreadableFile(path, f"no number: {error}", "it is damaged: copy it again") from None
    if not np.all(np.isfinite(numbers)):
        raise UnreadableFile(path, "NaN or an infinite number", "check the run that wrote it")
    if np.any(numbers[:, :5] != np.rint(numbers[:, :5])) or np.any(np.abs(numbers[:, :5]) > FARTHEST):
        raise UnreadableFile(
            path, "cells or orbitals that are not whole numbers", "give R in primitive translations"
        )
    return numbers


def _last_digit(body: list[list[str]]) -> float:
    """Return the unit of the last digit that the file prints, the finest of its numbers."""
    finest = 1.0
    for words in body:
        for word in words[5:7]:
            mantissa, _, exponent = word.strip().lower().partition("e")
            if float(word):
                digits = len(mantissa.partition(".")[2])
                finest = min(finest, 10.0 ** (min(int(exponent or 0), 300) - digits))
    return finest


def _averaged(path: Any, cells: np.ndarray, values: np.ndarray, digit: float) -> np.ndarray:
    """Return (t(R) + t(-R)†)/2 where they agree to the digits of the file; refuse the table otherwise."""
    place = {tuple(cell): i for i, cell in enumerate(cells.tolist())}
    if len(place) < len(cells):
        raise UnreadableFile(path, "a lattice vector given twice", "give each R once")
    mirror = np.full_like(values, np.nan)
    for cell, i in place.items():
        opposite = place.get(tuple(-x for x in cell))
        if opposite is not None:
            mirror[i] = values[opposite].conj().T
        elif not np.any(values[i]):
            mirror[i] = 0.0
    error = np.max(np.abs(values - mirror), axis=(1, 2))
    error[np.isnan(error)] = np.inf  # nothing at all stands at -R
    worst = int(np.argmax(error))
    if error[worst] > min(ROUNDING * digit, COARSEST * np.max(np.abs(values))):
        raise UnreadableFile(
            path,
            f"not Hermitian: hoppings at R = {tuple(cells[worst].tolist())} are {error[worst]:.3g} away from "
            "the conjugate of those at -R",
            "give both t_ab(R) and t_ba(-R)",
        )
    return (values + mirror) / 2


def _finished(
    path: Any,
    vectors: ArrayLike,
    cells: np.ndarray,
    values: np.ndarray,
    names: Sequence[str],
    positions: ArrayLike | None,
    electrons: float | None,
    fermi: float,
    reference: str = "",
) -> TightBinding:
    """Return the bands counted from the Fermi level, refusing energies of another unit."""
    away = np.any(cells != 0, axis=1)
    largest = float(np.max(np.abs(values[away]), initial=0.0))
    if not np.all(np.isfinite(values)) or largest > WIDEST:
        raise UnreadableFile(
            path,
            f"a hopping of {largest / 1e3:.3g} eV, in the unit in which it was read",
            "give the unit of the file, unit='meV' perhaps",
        )
    if not math.isfinite(fermi):
        raise InvalidInput(f"fermi = {fermi} is not possible", "give the chemical potential")
    source = reference or Path(path).name
    return _bands(vectors, cells, values, names, positions, electrons, source).shifted(fermi)


def _bands(
    vectors: ArrayLike,
    cells: np.ndarray,
    values: np.ndarray,
    names: Sequence[str],
    positions: ArrayLike | None,
    electrons: Any,
    source: str,
) -> TightBinding:
    """Return the bands; what is not an array of numbers is refused by name."""
    arrays: dict[str, np.ndarray | None] = {"vectors": None, "positions": None}
    for field, given in (("vectors", vectors), ("positions", positions)):
        try:
            arrays[field] = None if given is None else np.array(given, float)
        except (TypeError, ValueError):
            raise InvalidModel(field, given, "an array of numbers, three in a row") from None
        if arrays[field] is not None and not np.all(np.isfinite(arrays[field])):
            raise InvalidModel(field, "NaN or infinite", "finite everywhere")
    counted = isinstance(electrons, int | float) and not isinstance(electrons, bool)
    if electrons is not None and not (counted and math.isfinite(electrons)):
        raise InvalidModel("electrons", electrons, "a number")
    return TightBinding(
        arrays["vectors"], cells, values, tuple(names), arrays["positions"], electrons, source
    )


def _whole(cell: Sequence[int]) -> tuple[int, ...]:
    numbers = np.array(cell, float)
    if numbers.shape != (3,) or np.any(numbers != np.rint(numbers)) or np.any(np.abs(numbers) > FARTHEST):
        raise InvalidModel("R", cell, "three whole numbers, in primitive translations")
    return tuple(int(x) for x in numbers)


# --- heads ------------------------------------------------------------------------------------------------------


def _wannier_head(path: Any, lines: list[str]) -> tuple[int, np.ndarray, int]:
    """Return the number of orbitals, ndegen (nrpts,), and the line on which the hoppings begin."""
    remedy = "give a seedname_hr.dat of Wannier90: a comment, num_wann, nrpts, the weights, the hoppings"
    try:
        n, count = int(lines[1]), int(lines[2])
    except (IndexError, ValueError):
        raise UnreadableFile(path, "no numbers of orbitals and cells in lines 2 and 3", remedy) from None
    if not (0 < n <= FARTHEST and 0 < count <= 10**7):
        raise UnreadableFile(path, f"{n} orbitals and {count} cells", remedy)
    last = 3 + -(-count // 15)
    try:
        weights = np.array([int(word) for line in lines[3:last] for word in line.split()], float)
    except ValueError as error:
        raise UnreadableFile(path, f"no weight: {error}", remedy) from None
    if len(weights) != count or np.any(weights < 1):
        raise UnreadableFile(path, f"{len(weights)} weights of {count} cells", remedy)
    return n, weights, last


def _json_head(path: Any, lines: list[str]) -> dict[str, Any]:
    """Return the JSON of the first comment line that holds any."""
    for line in lines:
        text = line.lstrip()
        if text.startswith("#") and text[1:].lstrip().startswith("{"):
            try:
                head = json.loads(text[1:])
            except (json.JSONDecodeError, RecursionError, ValueError) as error:
                raise UnreadableFile(path, f"a header that is no JSON: {error}", "correct it") from None
            unknown = sorted(set(head) - set(HEADER))
            if unknown:
                raise UnreadableFile(
                    path, f"{unknown[0][:40]!r} in its header is not known", f"use {', '.join(HEADER)}"
                )
            return head
    return {}


def _names(
    path: Any, numbers: np.ndarray, given: Any, first_orbital: int
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the orbitals and the pairs (row, 2) counted from 0."""
    pairs = numbers[:, 3:5].astype(int) - first_orbital
    largest = int(pairs.max()) + 1
    if pairs.min() < 0:
        raise UnreadableFile(
            path,
            f"an orbital {int(pairs.min()) + first_orbital}",
            f"orbitals count from {first_orbital}: see first_orbital=",
        )
    if given is None:
        return tuple(f"w{i + 1}" for i in range(largest)), pairs
    listed = isinstance(given, list | tuple) and all(isinstance(name, str) for name in given)
    if not listed or len(given) != largest:
        raise UnreadableFile(
            path,
            f"names {str(given)[:40]} for hoppings of {largest} orbitals",
            "give one name for each orbital",
        )
    return tuple(given), pairs
