"""The least energy over the shapes and orientations of a plane lattice, from several starts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from onnes.response.condensate.lattice_geometry import cell_vectors

TRIANGULAR = np.exp(1j * np.pi / 3)
STEP = 1e-4
"""Of differences in (Re tau, ln Im tau, angle): an error of 1e-8 in a slope of the order of the anisotropy."""


@dataclass(frozen=True, slots=True)
class ShapeMinimum:
    """A minimum: shape (Re tau, ln Im tau, orientation in radians), other variables, energy, slope left, steps."""

    shape: np.ndarray
    others: np.ndarray
    energy: float
    residual: float
    steps: int

    def vectors(self, area: float) -> np.ndarray:
        """Return the vectors of the cell."""
        return shaped_vectors(area, self.shape)


def shaped_vectors(area: float, shape: np.ndarray) -> np.ndarray:
    """Return the vectors of a cell of shape (Re tau, ln Im tau, orientation)."""
    return cell_vectors(area, complex(shape[0], np.exp(shape[1])), shape[2])


def rhombic_shape(apex: float, base: float) -> np.ndarray:
    """Return the shape of two equal sides ``apex`` apart whose difference lies at ``base``, radians."""
    return np.array([np.cos(apex), np.log(np.sin(apex)), base + np.pi / 2 - apex / 2])


def starts(turns: tuple[float, ...]) -> list[np.ndarray]:
    """Return triangular lattices at some orientations (degrees) and squares at two, slightly off their symmetry."""
    found = [np.array([0.5 + 0.013, np.log(TRIANGULAR.imag) - 0.017, np.radians(t) + 0.01]) for t in turns]
    return found + [np.array([0.013, -0.017, np.radians(t) + 0.01]) for t in (0.0, 45.0)]


def search(
    value: Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]],
    begins: list[np.ndarray],
    others: np.ndarray,
    scale: float,
    tolerance: float,
) -> list[ShapeMinimum]:
    """Descend from every start by BFGS, in the shape and in other variables at once; the least energy first.

    ``value(shape, others)`` returns the energy and its slope by ``others``; energies are divided by ``scale``.
    """
    found = []
    for begin in begins:

        def target(z: np.ndarray) -> tuple[float, np.ndarray]:
            energy, inner = value(z[:3], z[3:])
            outer = np.empty(3)
            for i in range(3):
                away = np.zeros(3)
                away[i] = STEP
                outer[i] = (value(z[:3] + away, z[3:])[0] - value(z[:3] - away, z[3:])[0]) / (2 * STEP)
            return energy / scale, np.concatenate([outer, inner]) / scale

        start = np.concatenate([begin, others])
        best = minimize(target, start, jac=True, method="BFGS", options={"gtol": tolerance, "maxiter": 500})
        residual = float(np.abs(best.jac).max())
        found.append(ShapeMinimum(best.x[:3], best.x[3:], best.fun * scale, residual, int(best.nit)))
    return sorted(found, key=lambda minimum: minimum.energy)


def best_rhombus(energy: Callable[[np.ndarray], float], base: float) -> tuple[float, float]:
    """Return the least ``energy(shape)`` of rhombic lattices with a diagonal at ``base``, and the apex; radians."""
    apexes = np.radians(np.arange(40.0, 141.0, 5.0))
    values = [energy(rhombic_shape(a, base)) for a in apexes]
    i = int(np.clip(np.argmin(values), 1, len(apexes) - 2))
    best = minimize_scalar(
        lambda a: energy(rhombic_shape(a, base)),
        bounds=(apexes[i - 1], apexes[i + 1]),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return float(best.fun), float(best.x)


def softest(energy: Callable[[np.ndarray], float], shape: np.ndarray, step: float = 3e-3) -> float:
    """Return the least eigenvalue of the second derivatives of the energy by the shape."""
    unit = step * np.eye(3)
    middle = energy(shape)
    hessian = np.empty((3, 3))
    for i in range(3):
        hessian[i, i] = energy(shape + unit[i]) + energy(shape - unit[i]) - 2 * middle
        for j in range(i):
            corners = [energy(shape + s * unit[i] + t * unit[j]) * s * t for s in (1, -1) for t in (1, -1)]
            hessian[i, j] = hessian[j, i] = sum(corners) / 4
    return float(np.linalg.eigvalsh(hessian / step**2)[0])
