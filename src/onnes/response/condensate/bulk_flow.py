"""Induction, Gibbs energy and fluxes of a bulk body on its mesh, and the modes of the uniform condensate."""

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.response.condensate.bulk_mesh import BulkMesh
from onnes.schema import dataset

if TYPE_CHECKING:
    import xarray as xr


def ahead(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the value of the next cell along x (0), y (1) or z (2) of (..., z, y, x); the last one meets the first."""
    return np.roll(values, -1, -1 - axis)


def circulation(links: np.ndarray, axis: int) -> np.ndarray:
    """Return the sum of link phases around each loop across ``axis``, anticlockwise seen against it."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    return links[first] + ahead(links[second], first) - ahead(links[first], second) - links[second]


def loop_fields(mesh: BulkMesh, links: np.ndarray, applied: np.ndarray) -> np.ndarray:
    """Return the induction through the loops across each axis, in Bc2, float (3, z, y, x).

    Parameters
    ----------
    links : link phases (3, z, y, x). applied : (Bx, By, Bz), Bc2, what every loop outside the body has.
    """
    found = np.empty((3, *mesh.shape))
    for axis in range(3):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        around = circulation(links, axis)
        if mesh.quanta[axis]:
            around[_last_corner(first, second)] += 2 * np.pi * mesh.quanta[axis]
        area = mesh.steps[first] * mesh.steps[second]
        found[axis] = np.where(mesh.loops[axis], around / area, applied[axis])
    for hole in mesh.holes:
        found[2].reshape(-1)[hole] = found[2].reshape(-1)[hole].mean()
    return found


def _last_corner(first: int, second: int) -> tuple:
    return tuple(-1 if axis in (first, second) else slice(None) for axis in (2, 1, 0))


def bulk_currents(mesh: BulkMesh, psi: np.ndarray, links: np.ndarray) -> np.ndarray:
    """Return the supercurrent density on the links, in J_0, float (3, z, y, x); zero on closed faces."""
    found = np.empty((3, *mesh.shape))
    for axis, h in enumerate(mesh.steps):
        step = np.conj(psi) * np.exp(-1j * links[axis]) * ahead(psi, axis)
        found[axis] = np.where(mesh.faces[axis] > 0, np.imag(step) / h, 0.0)
    return found


def gibbs_energy(
    mesh: BulkMesh, psi: np.ndarray, links: np.ndarray, applied: np.ndarray, kappa: float
) -> float:
    """Return the Gibbs energy in units of (Bc^2/mu0) xi^3 (xi^2 for each length of a long body)."""
    density = np.abs(psi) ** 2
    total = np.sum(mesh.cell * (-mesh.strength * density + density**2 / 2) + mesh.loss * density)
    for axis, h in enumerate(mesh.steps):
        jump = np.exp(-1j * links[axis]) * ahead(psi, axis) - psi
        total += np.sum(mesh.faces[axis] * np.abs(jump) ** 2) / h**2
    excess = loop_fields(mesh, links, applied) - np.reshape(applied, (3, 1, 1, 1))
    return float(total + kappa**2 * np.sum(excess**2)) * mesh.volume


def mean_induction(mesh: BulkMesh, links: np.ndarray, applied: np.ndarray) -> np.ndarray:
    """Return the induction (3,) averaged over a body and its holes, in Bc2.

    The surface, half a cell wide, has the applied field on the loops of an open axis.
    """
    fields = loop_fields(mesh, links, applied) - np.reshape(applied, (3, 1, 1, 1))
    return applied + fields.sum((1, 2, 3)) * mesh.volume / mesh.filled


# --- the uniform condensate ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DecayLengths:
    """Lengths (nm) over which a disturbance of the uniform condensate dies out.

    ``field``: lambda, of the field and the current. ``amplitude``: xi/sqrt2, of |psi|. ``charge``: of the electric
    field that a normal current brings in. ``mass_ratio``: amplitude mass over field mass, sqrt2 kappa.
    """

    field: float
    amplitude: float
    charge: float

    @property
    def mass_ratio(self) -> float:
        return self.field / self.amplitude


def decay_lengths(material: GinzburgLandau) -> DecayLengths:
    r"""Return the lengths of the static modes of the uniform condensate.

    .. math:: \lambda^2\nabla^2B=B,\qquad\tfrac12\xi^2\nabla^2\delta f=\delta f,\qquad
              \xi^2\frac{\sqrt{1+\gamma^2}}u\nabla^2E=E

    The masses of the field and of the amplitude are the inverse lengths (P. W. Anderson, Phys. Rev. 130, 439 (1963),
    doi:10.1103/PhysRev.130.439).
    """
    xi = material.coherence_length
    s = sqrt(1 + material.inelastic**2)
    return DecayLengths(material.penetration_depth, xi / sqrt(2), xi * sqrt(s / material.relaxation))


def relaxation_rates(material: GinzburgLandau, wavenumber: np.ndarray) -> "xr.Dataset":
    r"""Compute how fast small disturbances of the uniform condensate die out.

    .. math:: \tau_0\Gamma_B=1+\lambda^2k^2,\qquad\tau_0\Gamma_f=\frac{2+\xi^2k^2}{u\sqrt{1+\gamma^2}},\qquad
              \tau_0\Gamma_E=1+\frac{\sqrt{1+\gamma^2}}u\xi^2k^2

    for the transverse field, the amplitude, and the charge (a longitudinal electric field): the first and the last have
    a gap where a neutral condensate has none.

    Parameters
    ----------
    wavenumber : float array, 1/nm.

    Returns
    -------
    Dataset of ``field_rate``, ``amplitude_rate``, ``charge_rate`` (1/ps) against ``mode_wavenumber``.

    Raises
    ------
    InvalidInput : a material without resistivity.
    """
    k = np.atleast_1d(np.asarray(wavenumber, float))
    s, tau = sqrt(1 + material.inelastic**2), material.time
    near, far = (k * material.coherence_length) ** 2, (k * material.penetration_depth) ** 2
    rates = {
        "mode_wavenumber": k,
        "field_rate": (1 + far) / tau,
        "amplitude_rate": (2 + near) / (material.relaxation * s) / tau,
        "charge_rate": (1 + s / material.relaxation * near) / tau,
    }
    return dataset("relaxation of the uniform condensate", rates)
