"""Turn a tabulation into a `Spectrum`: what is refused, what is warned about, and with which numbers."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from onnes import units
from onnes.errors import InvalidInput, InvalidModel, OnnesWarning, UnreadableFile
from onnes.model.phonons.formats.columns import unnamed
from onnes.model.phonons.formats.tabulation import INTEGRATED_TOLERANCE, Tabulation
from onnes.model.phonons.spectrum import Spectrum

LAMBDAS = (1e-3, 100.0)
"""No metal comes near either: published couplings lie between a few hundredths and about 10."""
FREQUENCIES = (0.5, 2000.0)
"""meV; the stiffest solids end near 500 (molecular hydrogen), the softest (caesium) near 4."""
NEGATIVE_FRACTION = 1e-6
"""Of the maximum: below this a negative value is rounding of the last printed digit."""
IMAGINARY_FRACTION = 1e-3
"""Of the maximum: weight at negative frequencies above this belongs to imaginary modes, below it to smearing."""
BRANCH_TOLERANCE = 0.01
"""Of the maximum: by how much the branches of a file may miss its total; codes print at least four digits."""
STEP_TOLERANCE = 0.01
"""Of the step: six decimals on a band of 0.002 Ry, the coarsest printing there is, give the mean step to 1e-3."""
OPEN_END = 0.01
"""Of the maximum: a whole phonon spectrum that ends above this was cut."""


def spectrum(path: Path, found: Tabulation, column: int, unit: str | None) -> Spectrum:
    """Return the `Spectrum` of one column; raises and warns as `read` says."""
    _check_column(path, found, column)
    name, factor = _unit(path, found, unit)
    remarks: list[str] = []
    if unit is not None and found.unit is not None and unit != found.unit:
        remarks.append(f"the header says {found.unit}, unit={unit!r} was given and is used")
    elif found.native is not None and found.unit is not None and found.unit != found.native:
        remarks.append(f"the header says {found.unit}, files of this layout are written in {found.native}")
    other = unnamed(found.labels, column)
    if other is not None:
        remarks.append(
            f"column {column} is called {found.labels[column - 1]!r}, and {other!r} is another one"
        )
    remarks += _branch_remarks(found)
    with np.errstate(all="ignore"):
        ordered, sorting = _sorted(path, found, column)
        positive, imaginary = _positive(path, ordered, column)
        result = _built(path, positive, column, name, factor)
        remarks += sorting + imaginary
        remarks += _range_remarks(result) + _shape_remarks(result) + _step_remarks(ordered)
        remarks += _lambda_remarks(result, found, column)
        if not _confirmed(result, found, column):
            remarks += _gap_remarks(result) if found.weights is None else []
            remarks += _end_remarks(result) if found.whole_band else []
    if remarks:
        warnings.warn(OnnesWarning(f"{path.name}, column {column}: " + "; ".join(remarks)), stacklevel=4)
    return result


def _check_column(path: Path, found: Tabulation, column: int) -> None:
    count = found.columns.shape[1]
    if isinstance(column, bool) or not isinstance(column, int | np.integer) or not 1 <= column <= count:
        raise InvalidInput(
            f"column = {column!r} is not in {path.name}",
            f"give one from 1 to {count}, counted after the frequencies",
        )


def _unit(path: Path, found: Tabulation, unit: str | None) -> tuple[str, float]:
    name = found.unit if unit is None else unit
    if name is None:
        raise UnreadableFile(
            path, "its header does not say in which unit the frequencies are", "give unit='meV' or the like"
        )
    if not isinstance(name, str):
        raise InvalidInput(f"unit = {name!r} is not a unit", "give unit='meV' or the like")
    return name, units.factor(name, "energy")


def _sorted(path: Path, found: Tabulation, column: int) -> tuple[Tabulation, list[str]]:
    """Return the rows in increasing order of frequency, without repetitions, and what had to be done for it."""
    grid, remarks = found.grid, []
    backward = int(np.sum(np.diff(grid) < 0))
    if backward:
        place = int(np.argmax(np.diff(grid) < 0))
        remarks.append(
            f"the frequencies go back {backward} times, first from {grid[place]:.6g} to {grid[place + 1]:.6g}: "
            "rows were sorted"
        )
        found = _rows(found, np.argsort(grid, kind="stable"))
    same = np.diff(found.grid) == 0
    if np.any(same):
        conflict = same & (np.diff(found.columns[:, column - 1]) != 0)
        if np.any(conflict):
            where = found.grid[1:][conflict][0]
            raise UnreadableFile(
                path, f"it gives two values at frequency {where:.6g}", "keep one of the two rows"
            )
        remarks.append(
            f"{int(np.sum(same))} repeated rows were dropped (first at {found.grid[1:][same][0]:.6g})"
        )
        found = _rows(found, np.concatenate([[True], ~same]))
    return found, remarks


def _positive(path: Path, found: Tabulation, column: int) -> tuple[Tabulation, list[str]]:
    """Drop the rows at and below zero frequency."""
    keep = found.grid > 0
    if not np.any(keep):
        raise UnreadableFile(path, "it has no positive frequency", "the frequencies come first in each row")
    heights, below = found.columns[:, column - 1], found.grid < 0
    remarks = []
    if np.any(below) and np.max(np.abs(heights[below])) > IMAGINARY_FRACTION * np.max(np.abs(heights)):
        share = _lambda_of(-found.grid[below][::-1], np.abs(heights[below][::-1]))
        remarks.append(
            f"{int(below.sum())} rows at imaginary (negative) frequencies down to {found.grid[0]:.6g} are left out: "
            f"they hold 2*integral |alpha2F/Omega| = {share:.4g}"
        )
    return _rows(found, keep), remarks


def _lambda_of(grid: np.ndarray, heights: np.ndarray) -> float:
    return float(2 * np.trapezoid(heights / grid, grid))


def _rows(found: Tabulation, which: np.ndarray) -> Tabulation:
    weights = None if found.weights is None else found.weights[which]
    return replace(found, grid=found.grid[which], columns=found.columns[which], weights=weights)


def _built(path: Path, found: Tabulation, column: int, unit: str, factor: float) -> Spectrum:
    heights = found.columns[:, column - 1]
    if not np.any(heights):
        raise UnreadableFile(
            path, f"column {column} is zero everywhere", f"choose another column of {found.columns.shape[1]}"
        )
    if len(heights) < 2 and found.weights is None:
        raise UnreadableFile(
            path, "it has a single positive frequency", "the file looks truncated: copy it again"
        )
    origin = f", from: {found.origin}" if found.origin else ""
    label = f" ({found.labels[column - 1]})" if found.labels else ""
    stated = [
        f", lambda {entry.value:.7g} in {entry.label}" for entry in found.declared if entry.column == column
    ]
    try:
        result = Spectrum(
            found.grid * factor,
            heights,
            None if found.weights is None else found.weights * factor,
            source=f"{path.name}, column {column}{label}, {unit}{''.join(stated)}{origin}",
            parametrised=found.parametrised,
        )
    except InvalidModel as error:
        raise UnreadableFile(path, error.cause, error.remedy) from None
    moments = result.lambda_, result.omega_log, result.omega_2, result.moment(2)
    if not np.all(np.isfinite(moments)) or min(moments) <= 0:
        raise UnreadableFile(
            path,
            f"column {column} integrates to lambda = {moments[0]:.4g}, omega_log = {moments[1]:.4g} meV",
            "this is no alpha2F: check the column, and the run that wrote it",
        )
    return result


def _range_remarks(result: Spectrum) -> list[str]:
    remarks = []
    if not LAMBDAS[0] <= result.lambda_ <= LAMBDAS[1]:
        remarks.append(
            f"lambda = {result.lambda_:.4g} is outside {LAMBDAS[0]:g} to {LAMBDAS[1]:g}: no metal has it"
        )
    if not FREQUENCIES[0] <= result.omega_max <= FREQUENCIES[1]:
        remarks.append(
            f"the highest frequency, {result.omega_max:.4g} meV, is outside "
            f"{FREQUENCIES[0]:g} to {FREQUENCIES[1]:g} meV: check the unit"
        )
    return remarks


def _shape_remarks(result: Spectrum) -> list[str]:
    lowest = int(np.argmin(result.alpha2F))
    if result.alpha2F[lowest] >= -NEGATIVE_FRACTION * result.alpha2F.max():
        return []
    negative = result.alpha2F < 0
    share = 2 * np.sum((result.measure / result.frequency)[negative])
    return [
        f"{int(negative.sum())} values are negative, the lowest {result.alpha2F[lowest]:.4g} at "
        f"{result.frequency[lowest]:.4g} meV; they add {share:.4g} to lambda = {result.lambda_:.4g}"
    ]


def _confirmed(result: Spectrum, found: Tabulation, column: int) -> bool:
    """True where the file's own lambda is reached: then no row that matters is missing."""
    stated = [entry.value for entry in found.declared if entry.column == column]
    return any(abs(result.lambda_ - value) <= INTEGRATED_TOLERANCE * abs(value) for value in stated)


def _gap_remarks(result: Spectrum) -> list[str]:
    """A uniform grid that jumps has lost rows; grids that were never uniform say nothing."""
    steps = np.diff(result.frequency)
    if len(steps) < 20:
        return []
    usual = float(np.median(steps))
    if np.mean(np.abs(steps - usual) < 0.01 * usual) < 0.9:
        return []
    jumps = np.flatnonzero(steps > 1.5 * usual)
    if not jumps.size:
        return []
    return [
        f"the grid of {usual:.4g} meV jumps {jumps.size} times, first by {steps[jumps[0]]:.4g} meV at "
        f"{result.frequency[jumps[0]]:.4g} meV: rows may be missing"
    ]


def _step_remarks(found: Tabulation) -> list[str]:
    """A grid in another unit, or with rows missing, has not the step that the file states."""
    if found.step is None or len(found.grid) < 2:
        return []
    step = float((found.grid[-1] - found.grid[0]) / (len(found.grid) - 1))
    if abs(step - found.step) <= STEP_TOLERANCE * abs(found.step):
        return []
    return [f"the step of the grid is {step:.5g}, the file states {found.step:.5g}"]


def _lambda_remarks(result: Spectrum, found: Tabulation, column: int) -> list[str]:
    remarks = []
    for entry in found.declared:
        own, stated = result.lambda_, entry.value
        if entry.column != column or abs(own - stated) <= entry.tolerance * abs(stated):
            continue
        hint = (
            f" ({entry.hint})"
            if entry.hint and abs(own - 2 * stated) <= 2 * entry.tolerance * abs(stated)
            else ""
        )
        away = f", {abs(own - stated) / abs(stated):.2%} away" if stated else ""
        remarks.append(
            f"alpha2F integrates to lambda = {own:.6g}, {entry.label} says {stated:.6g}{away}{hint}"
        )
    return remarks


def _branch_remarks(found: Tabulation) -> list[str]:
    if not found.total_first:
        return []
    missing = found.columns[:, 0] - found.columns[:, 1:].sum(axis=1)
    worst = int(np.argmax(np.abs(missing)))
    scale = np.max(np.abs(found.columns[:, 0]))
    if abs(missing[worst]) <= BRANCH_TOLERANCE * scale:
        return []
    return [
        f"the branches miss the total by {missing[worst]:.4g} at {found.grid[worst]:.6g} (maximum {scale:.4g})"
    ]


def _end_remarks(result: Spectrum) -> list[str]:
    """A whole band of phonons that stops high was cut."""
    last, top = result.alpha2F[-1], result.alpha2F.max()
    if last <= OPEN_END * top:
        return []
    return [
        f"alpha2F still is {last / top:.1%} of its maximum at the last frequency, {result.frequency[-1]:.4g} meV: cut?"
    ]
