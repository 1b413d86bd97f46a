"""What a running film is at one time, and how time is cut into steps."""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput

NEAR = 1e-9
"""Times (tau_0) that differ by less are one: no step of the length of a rounding error comes between them."""


@dataclass(frozen=True, slots=True)
class Stepping:
    """How time is cut into steps.

    Parameters
    ----------
    tolerance : largest error of psi in any cell per tau_0, for each step.
    first : first step, ps; tau_0/100 where not given.
    largest : largest step, ps; tau_0 where not given.
    fixed : one step for the whole run, ps, without control of its error; thermal noise needs it.

    Raises
    ------
    InvalidInput : a tolerance or a step that is not positive.
    """

    tolerance: float = 1e-3
    first: float | None = None
    largest: float | None = None
    fixed: float | None = None

    def __post_init__(self) -> None:
        for name in ("tolerance", "first", "largest", "fixed"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise InvalidInput(f"Stepping.{name} = {value}", "give a positive number")


@dataclass(frozen=True, slots=True)
class Moment:
    """All that a run is at one time, in reduced units; nothing else decides how it goes on.

    ``psi``: (2, ny + 2, nx + 2), real and imaginary part with a rim of zeros. ``velocity``: V, alike.
    ``potential``: the part of mu from the supercurrent, and ``previous``: that one step earlier. ``last``: length
    of the step that led here (0 at the start), ``wanted``: of the next one. ``error``: of the last step over its
    tolerance. ``fastest``: bound of the relaxation rate.

    With screening ``sheet`` (3, 2, 2, ny, nx): now, one step earlier, and as a rate; the sheet current (J_0 d)
    through the faces, and the link phases it makes; along x, along y. The potential holds what it induces. With heat
    ``temperature`` (3, ny, nx): temperature (K), that one step earlier, and the heat of each cell. With given currents
    around (superconducting contacts) ``outside`` (3, axis or bank): what the link phases have gained (phases of the
    banks), and sums of the supercurrent now and before.
    """

    time: float
    count: int
    psi: np.ndarray
    velocity: np.ndarray
    potential: np.ndarray
    previous: np.ndarray
    last: float
    wanted: float
    error: float
    fastest: float
    rejected: int = 0
    sheet: np.ndarray | None = None
    temperature: np.ndarray | None = None
    outside: np.ndarray | None = None

    @property
    def order_parameter(self) -> np.ndarray:
        """psi as complex (ny, nx)."""
        return (self.psi[0] + 1j * self.psi[1])[1:-1, 1:-1]

    @property
    def finite(self) -> bool:
        more = self.temperature is None or np.isfinite(self.temperature).all()
        return bool(np.isfinite(self.psi).all() and np.isfinite(self.potential).all() and more)


def frozen(moment: Moment) -> Moment:
    for name in Moment.__slots__:
        if isinstance(value := getattr(moment, name), np.ndarray):
            value.setflags(write=False)
    return moment


def padded(values: np.ndarray) -> np.ndarray:
    """Return values (ny, nx) with a rim of zeros."""
    return np.pad(np.asarray(values, float), 1)
