"""A measured curve: abscissa, values and their errors, in the library's own units.

A CSV file names quantity and unit of each column in its header::

    # A remark; the header is the last line above the numbers
    bias (mV), conductance, error
    -3.00, 1.034, 0.010

Names are those of `onnes.schema` where the quantity is known there; units are converted to the ones of
that table. A bias energy may be given as the voltage it belongs to.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onnes import units
from onnes.errors import InvalidInput, UnitMismatch, UnreadableFile
from onnes.schema import QUANTITIES

_HEADING = re.compile(r"^\s*(.*?)\s*(?:[(\[]\s*([^()\[\]]*?)\s*[)\]])?\s*$")
_SPELLINGS = {"\u00c5": "angstrom", "\u212b": "angstrom", "": "1"}


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """A measured curve.

    Parameters
    ----------
    x : float array (n,), where it was measured.
    y : float array (n,), what was measured.
    error : one standard error of y, float array (n,) or one number, > 0.
    x_name, y_name : names of the quantities, those of `onnes.schema` where they are known there.
    x_unit, y_unit : their units; that of `onnes.schema` where not given, which is the only one allowed
        for a quantity that is known there.
    source : where the data come from.

    Raises
    ------
    InvalidInput : arrays of different lengths, values that are not finite, errors that are not positive.
    UnitMismatch : a known quantity in another unit than its own.
    """

    x: np.ndarray
    y: np.ndarray
    error: np.ndarray
    x_name: str = "x"
    y_name: str = "y"
    x_unit: str = ""
    y_unit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        x, y = (np.atleast_1d(np.array(getattr(self, name), dtype=float)) for name in ("x", "y"))
        given = np.asarray(self.error, dtype=float)
        if x.ndim != 1 or x.shape != y.shape or given.shape not in ((), x.shape) or x.size == 0:
            shapes = f"x {x.shape}, y {y.shape}, error {given.shape}"
            raise InvalidInput(f"data with {shapes}", "give vectors of one length, at least 1")
        error = np.array(np.broadcast_to(given, x.shape))
        if not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))):
            bad = int(np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))[0])
            raise InvalidInput(f"point {bad} of the data is not finite", "leave it out")
        if not np.all((error > 0) & np.isfinite(error)):
            bad = int(np.flatnonzero(~((error > 0) & np.isfinite(error)))[0])
            raise InvalidInput(
                f"point {bad} of the data has the error {error[bad]:g}", "give positive standard errors"
            )
        for name, values in (("x", x), ("y", y), ("error", error)):
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        for axis in ("x", "y"):
            name, unit = getattr(self, f"{axis}_name"), getattr(self, f"{axis}_unit")
            object.__setattr__(self, f"{axis}_unit", _own_unit(name, unit))

    def __len__(self) -> int:
        return len(self.y)

    @property
    def axes(self) -> tuple[tuple[str, str, np.ndarray], ...]:
        """Name, unit and values (n,) of the one coordinate."""
        return ((self.x_name, self.x_unit, self.x),)

    def between(self, low: float, high: float) -> "Data":
        """Return the points with low <= x <= high; raise `InvalidInput` where there is none."""
        keep = (self.x >= low) & (self.x <= high)
        if not keep.any():
            raise InvalidInput(
                f"no point of the data lies between {low:g} and {high:g} {self.x_unit}",
                f"they lie between {self.x.min():g} and {self.x.max():g}",
            )
        labels = (self.x_name, self.y_name, self.x_unit, self.y_unit, self.source)
        return Data(self.x[keep], self.y[keep], self.error[keep], *labels)

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        x: str | None = None,
        y: str | None = None,
        error: float | None = None,
    ) -> "Data":
        """Read one curve from a CSV file.

        Parameters
        ----------
        path : text; columns separated by comma, semicolon or tab; ``#`` begins a remark.
        x, y : names of the columns; the first, and the first that is no error, where not given.
        error : one standard error for all points, in the unit of the table; the column ``error`` or
            ``<y>_error`` where not given. A column ``error`` without a unit has that of y.

        Raises
        ------
        UnreadableFile : absent, not text, no header, ragged, or a cell that is not a number.
        UnitMismatch : a unit of another kind, or a missing one.
        InvalidInput : a column that is not there, or no errors.
        """
        names, written, table = _table(path)
        x_at = _column(path, names, x, 0)
        others = [i for i, name in enumerate(names) if i != x_at and not _is_error(name)]
        if not others and y is None:
            raise UnreadableFile(path, "it has one column", "give a column of abscissae and one of values")
        y_at = _column(path, names, y, others[0] if others else 0)
        x_factor, x_unit = _conversion(path, names[x_at], written[x_at])
        y_factor, y_unit = _conversion(path, names[y_at], written[y_at])
        errors = _errors(path, names, written, table, y_at, error)
        return cls(
            x_factor * table[:, x_at],
            y_factor * table[:, y_at],
            errors,
            names[x_at],
            names[y_at],
            x_unit,
            y_unit,
            Path(path).name,
        )


def _own_unit(name: str, unit: str) -> str:
    if name not in QUANTITIES:
        return unit or "1"
    own = QUANTITIES[name].unit
    if unit not in ("", own):
        raise UnitMismatch(f"{name} is given in {unit!r}", f"convert it to {own}, or read it from a CSV file")
    return own


def _is_error(name: str) -> bool:
    return name == "error" or name.endswith("_error")


def _column(path: object, names: Sequence[str], asked: str | None, otherwise: int) -> int:
    if asked is None:
        return otherwise
    if asked not in names:
        raise InvalidInput(f"{path} has no column {asked!r}", f"it has {', '.join(names)}")
    return list(names).index(asked)


def _errors(
    path: object,
    names: Sequence[str],
    written: Sequence[str | None],
    table: np.ndarray,
    y_at: int,
    given: float | None,
) -> np.ndarray | float:
    if given is not None:
        return given
    y = names[y_at]
    for name in (f"{y}_error", "error"):
        if name in names:
            at = list(names).index(name)
            # The error of y has the unit of y, and is written so in the table too.
            unit = written[y_at] if written[at] is None else written[at]
            return _conversion(path, y, unit, column=name)[0] * table[:, at]
    raise InvalidInput(
        f"{path} says no errors of {y}", f"add a column {y}_error, or give error= (--error) for all points"
    )


def _table(path: str | os.PathLike[str]) -> tuple[list[str], list[str | None], np.ndarray]:
    """Return names, units as written (None where there are none) and numbers (row, column)."""
    lines = _lines(path)
    heading, rows, numbers = "", [], []
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped:
            continue
        if not rows and not _is_numeric(stripped):
            heading = stripped.lstrip("#").strip() or heading
        elif not stripped.startswith("#"):
            rows.append(stripped)
            numbers.append(number)
    if not rows:
        raise UnreadableFile(path, "it holds no numbers", "give a header and rows of numbers")
    if not heading:
        raise UnreadableFile(
            path, "it has no header", "name each column and its unit, as in bias (mV), conductance"
        )
    names, written = zip(*(_heading(cell) for cell in _cells(heading)), strict=True)
    table = [_row(path, row, n, len(names)) for row, n in zip(rows, numbers, strict=True)]
    doubled = [name for name in names if names.count(name) > 1]
    if doubled or not all(names):
        what = f"two columns {doubled[0]!r}" if doubled else "a column without a name"
        raise UnreadableFile(path, f"it has {what}", "give every column a name of its own")
    return list(names), list(written), np.array(table)


def _lines(path: str | os.PathLike[str]) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UnreadableFile(
            path, (error.strerror or str(error)).lower(), "give the path of a CSV file"
        ) from None
    except UnicodeDecodeError:
        raise UnreadableFile(path, "it is not text", "give a CSV file in UTF-8") from None


def _cells(line: str) -> list[str]:
    separator = next((s for s in (";", "\t", ",") if s in line), ",")
    return [cell.strip() for cell in line.split(separator)]


def _is_numeric(line: str) -> bool:
    try:
        float(_cells(line)[0])
    except ValueError:
        return False
    return True


def _heading(cell: str) -> tuple[str, str | None]:
    match = _HEADING.match(cell)
    assert match is not None  # the expression takes any text
    return match.group(1).replace(" ", "_"), match.group(2)


def _row(path: object, row: str, number: int, width: int) -> list[float]:
    cells = _cells(row)
    if len(cells) != width:
        raise UnreadableFile(
            path, f"line {number} has {len(cells)} cells and the header {width}", "give every row all columns"
        )
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        bad = next(cell for cell in cells if not _is_numeric(cell))
        raise UnreadableFile(
            path, f"{bad!r} on line {number} is not a number", "correct or remove it"
        ) from None


def _conversion(path: object, name: str, unit: str | None, column: str = "") -> tuple[float, str]:
    """Return (factor to the table's unit, that unit); quantities outside the table keep theirs."""
    spelled = (unit or "").replace("µ", "u").replace("μ", "u")
    spelled = _SPELLINGS.get(spelled, spelled)
    if name not in QUANTITIES:
        return 1.0, spelled
    target = QUANTITIES[name].unit
    if spelled == target:
        return 1.0, target
    where = f"{path}: column {column or name!r}"
    if unit is None:
        raise UnitMismatch(f"{where} has no unit", f"write {column or name} ({target}) in the header")
    # 1/eV converts where eV does.
    over, base = ("1/", target[2:]) if target.startswith("1/") else ("", target)
    kinds = [kind for kind, own in units.UNIT_OF.items() if own == base]
    if name == "bias":
        kinds.append("voltage")  # e times one millivolt is one meV
    remedy = f"convert it to {target}" if target != "1" else "use 1"
    for kind in kinds if spelled.startswith(over) else ():
        try:
            factor = units.factor(spelled.removeprefix(over), kind)
        except UnitMismatch as error:
            remedy = f"use {target}" if over else error.remedy
        else:
            return (1 / factor if over else factor), target
    expected = "a number without unit" if target == "1" else f"in {target}"
    raise UnitMismatch(f"{where} is in {unit!r}, and {name} is {expected}", remedy)
