"""What every reader hands over: a grid, columns of alpha2F on it, and what the file itself says about lambda."""

import re
from dataclasses import dataclass

import numpy as np

INTEGRATED_TOLERANCE = 0.01
"""How far lambda may lie from the value a code integrated from the same column, relative.

Codes print rectangles or Simpson's rule on 200-2000 points with 4-7 digits, this library trapezoids: on a smooth
spectrum these agree to 1e-4, and 1 % leaves room for grids of about 100 points.
"""
SUMMED_TOLERANCE = 0.05
"""How far lambda may lie from a sum over phonon wavevectors that knows no smearing, relative.

The smearing of alpha2F moves weight along 1/Omega: a Gaussian of width s at Omega adds (s/Omega)^2/2, which is
a few percent where s is a quarter of the softest strong mode.
"""


@dataclass(frozen=True, slots=True)
class Declared:
    """A lambda that a file states for one of its columns (counted from 1)."""

    label: str
    column: int
    value: float
    tolerance: float = INTEGRATED_TOLERANCE
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Tabulation:
    """A table of alpha2F in the units of its file.

    Parameters
    ----------
    grid : float array (n,), in ``unit``, as written: neither sorted nor positive.
    columns : float array (n, k), alpha2F.
    unit : of the grid; None where the file does not say.
    native : the unit that the code which writes this layout uses, None for plain text.
    declared : what the file says about lambda.
    labels : names of the columns, empty where the file gives none.
    weights : float array (n,) in ``unit``, quadrature weights where the file carries them.
    total_first : True where the first column is the sum of the others (one for each phonon branch).
    whole_band : True where the code writes the whole phonon spectrum, so that it must end near zero.
    step : of the grid in ``unit`` as the file states it apart from the grid, None where it does not.
    parametrised : as in `Spectrum`.
    origin : the provenance that the file states.
    """

    grid: np.ndarray
    columns: np.ndarray
    unit: str | None
    native: str | None = None
    declared: tuple[Declared, ...] = ()
    labels: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    total_first: bool = False
    whole_band: bool = False
    step: float | None = None
    parametrised: bool = False
    origin: str = ""


_NAMES = {
    "mev": "meV",
    "ev": "eV",
    "uev": "ueV",
    "thz": "THz",
    "ghz": "GHz",
    "cm-1": "cm-1",
    "cm^-1": "cm-1",
    "cm^{-1}": "cm-1",
    "cm**-1": "cm-1",
    "1/cm": "cm-1",
    "ry": "Ry",
    "ryd": "Ry",
    "rydberg": "Ry",
    "mry": "mRy",
    "ha": "Ha",
    "hartree": "Ha",
    "k": "K",
}
# A unit stands alone; "states/meV" and "meV^-1" are units of a density and say nothing about the grid.
_UNIT = re.compile(
    r"(?<![A-Za-z0-9/])(cm-1|cm\^-1|cm\^\{-1\}|cm\*\*-1|1/cm|rydberg|hartree|thz|ghz|uev|mry|ryd|mev|ev|ry|ha)"
    r"(?![A-Za-z0-9]|\s*\^|\s*\*\*|-1)|[(\[]\s*(k)\s*[)\]]",
    re.IGNORECASE,
)


def unit_in(text: str) -> str | None:
    """Return the one energy unit that a text names, None where it names none or several. ``MeV`` is not meV."""
    found = {
        _NAMES[(bare or bracketed).lower()]
        for bare, bracketed in _UNIT.findall(text)
        if bare not in ("MeV", "MEV")
    }
    return found.pop() if len(found) == 1 else None
