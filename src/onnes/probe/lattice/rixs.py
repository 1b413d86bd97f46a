"""Resonant inelastic x-ray scattering from single spin flips at the L3 edge of a hole in d(x2-y2)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput, InvalidModel
from onnes.model.lattice.spins import SpinLattice
from onnes.response.lattice.spin_correlations import detailed_balance, spin_dissipation
from onnes.state import State

if TYPE_CHECKING:
    import xarray as xr

CU_L3 = 931e3
"""Photon energy of the copper L3 edge, meV."""
HBAR_C = 1.973269804e6
"""hbar c, meV angstrom."""
POLARISATIONS = ("sigma", "pi")


@dataclass(frozen=True, slots=True)
class RixsGeometry:
    """Scattering plane that holds the surface normal c and the in-plane momentum; the sample turns about its normal.

    The incident beam makes the angle ``incidence`` with the surface, the outgoing one ``scattering`` -
    ``incidence``. With Q = k_i - k_f, the in-plane momentum is k [cos(incidence) - cos(exit)], positive for
    grazing incidence and negative for grazing exit.

    Parameters
    ----------
    scattering : angle between k_i and k_f, degrees, 0 to 180.
    polarisation : of the incident photons, "sigma" (along the normal of the scattering plane) or "pi" (in it).
    outgoing : polarisation of the outgoing photons, or None where it is not analysed (summed).
    photon : meV.
    """

    scattering: float
    polarisation: str = "pi"
    outgoing: str | None = None
    photon: float = CU_L3

    def __post_init__(self) -> None:
        if not 0 < self.scattering < 180:
            raise InvalidModel("scattering", self.scattering, "between 0 and 180", "degrees")
        if self.polarisation not in POLARISATIONS:
            raise InvalidModel("polarisation", self.polarisation, '"sigma" or "pi"')
        if self.outgoing not in (None, *POLARISATIONS):
            raise InvalidModel("outgoing", self.outgoing, '"sigma", "pi" or None')
        if not self.photon > 0:
            raise InvalidModel("photon", self.photon, "positive", "meV")

    def incidence(self, momentum: ArrayLike) -> np.ndarray:
        """Return the angle of incidence (radian) that gives the in-plane momentum (1/angstrom, signed).

        Raises `InvalidInput` where the momentum is out of reach or a beam would pass below the surface.
        """
        half = np.radians(self.scattering) / 2
        p = np.asarray(momentum, float)
        total = 2 * self.photon / HBAR_C * np.sin(half)
        # total sin(half - incidence): the sample turns the momentum transfer away from its normal.
        ratio = p / total
        with np.errstate(invalid="ignore"):
            angle = half - np.arcsin(ratio)
        if not np.all((angle > 0) & (angle < 2 * half)):
            reach = total * np.sin(half)
            raise InvalidInput(
                f"an in-plane momentum of {np.max(np.abs(p)):.4g} 1/angstrom at {self.scattering:g} degrees",
                f"stay below {reach:.4g} 1/angstrom, or widen the scattering angle",
            )
        return angle

    def spin_flip(self, momentum: ArrayLike) -> np.ndarray:
        """Return |(e_out* x e_in).c|^2, the polarisation factor of the c component of the spin.

        The L3 core hole is 2p3/2 and the 3d hole x2-y2: dipoles along x and y with opposite signs, and of the
        spin-orbit term of the projector (2/3)(1 + L.S) only L_z connects p_x and p_y. The scattering operator of
        the hole is (2/3)[e_out*.e_in (in the plane) + i (e_out* x e_in)_c S_c]: no spin flips without crossed
        polarisations, and only the c component of the spin is seen.
        """
        alpha = self.incidence(momentum)
        beta = np.radians(self.scattering) - alpha
        zero = np.zeros_like(alpha)
        one = np.ones_like(alpha)
        incoming = {"sigma": (zero, one), "pi": (np.sin(alpha), zero)}[self.polarisation]
        outgoing = {"sigma": (zero, one), "pi": (-np.sin(beta), zero)}
        kept = POLARISATIONS if self.outgoing is None else (self.outgoing,)
        return sum((outgoing[o][0] * incoming[1] - outgoing[o][1] * incoming[0]) ** 2 for o in kept) + zero


def rixs(
    state: State,
    q: ArrayLike,
    energy: ArrayLike,
    geometry: RixsGeometry,
    *,
    temperature: float = 0.0,
    resolution: float | None = None,
    damping: float | None = None,
) -> "xr.Dataset":
    """Return the single-spin-flip intensity of an ordered magnet along in-plane momenta.

    I(q, w) = |(e_out* x e_in).c|^2 [1 + n(w)] chi''_cc(q, w)/pi, with c the z axis. Charge scattering, d-d
    excitations, two-magnon scattering, self-absorption and the resonance's own profile are left out: intensities
    compare within one geometry, not between samples.

    Parameters
    ----------
    state : of `onnes.solve.spinwave`.
    q : float array (momentum, 3), reciprocal lattice units of the magnetic cell. The sign of the in-plane momentum is
        that of the first nonzero Cartesian component; negative is grazing exit.
    energy : float array (energy,), loss in meV.
    geometry : angles and polarisations.
    resolution : standard deviation of the instrument, meV. Without ``damping``, the line is a Lorentzian of a tenth
        of it, which the Gaussian covers.
    damping : meV, of every magnon (see `onnes.response.spin_dissipation`).

    Raises
    ------
    CannotProbe : a state without ordered spins.
    InvalidInput : a momentum out of reach; no line width; a damping that the resolution hides.
    """
    if not isinstance(state.model, SpinLattice):
        raise CannotProbe("rixs", "an ordered spin state", "give a state of onnes.solve.spinwave")
    if resolution is None and damping is None:
        raise InvalidInput("a spectrum without resolution or damping", "give resolution= or damping=, in meV")
    if resolution is not None and not resolution > 0:
        raise InvalidInput(f"a resolution of {resolution} meV", "give a positive standard deviation")
    q, w = np.atleast_2d(np.asarray(q, float)), np.asarray(energy, float)
    momentum = in_plane(state.model, q)
    factor = geometry.spin_flip(momentum)
    axis = w if resolution is None else _fine_axis(w, resolution, damping)
    width = None if damping is not None else resolution / 10
    chi = spin_dissipation(state, q, axis, width=width, damping=damping)[..., 2, 2].real
    scattered = chi * detailed_balance(axis, temperature)
    scattered = scattered if resolution is None else scattered @ _gaussian(axis, w, resolution)
    return schema.dataset(
        "RIXS, single spin flips",
        {
            "in_plane_momentum": momentum,
            "energy": w,
            "rixs_intensity": factor[:, None] * scattered,
            "spin_flip_factor": factor,
        },
        incident=geometry.polarisation,
        outgoing=geometry.outgoing or "not analysed",
        scattering_angle_degrees=geometry.scattering,
        temperature_K=temperature,
    )


def in_plane(model: SpinLattice, q: np.ndarray) -> np.ndarray:
    """Return the signed in-plane momentum, 1/angstrom, of q (..., 3) in reciprocal lattice units."""
    cartesian = q @ (2 * np.pi * np.linalg.inv(model.vectors).T)
    x, y = cartesian[..., 0], cartesian[..., 1]
    tiny = 1e-9
    sign = np.where(np.abs(x) > tiny, np.sign(x), np.where(np.abs(y) > tiny, np.sign(y), 1.0))
    return sign * np.hypot(x, y)


def _fine_axis(energy: np.ndarray, resolution: float, damping: float | None) -> np.ndarray:
    """Return an even axis that reaches five standard deviations beyond the spectrum; never 0.

    The sum over a Lorentzian of half width g in steps d errs by 2 exp(-2 pi g/d): 4e-6 with d = g/2.
    """
    if damping is not None and damping < resolution / 100:
        raise InvalidInput(
            f"a damping of {damping:.3g} meV under a resolution of {resolution:.3g} meV",
            "leave the damping out: the resolution hides it",
        )
    step = resolution / 20 if damping is None else min(resolution / 20, damping / 2)
    low, high = energy.min() - 5 * resolution, energy.max() + 5 * resolution
    return (np.arange(np.floor(low / step), np.ceil(high / step)) + 0.5) * step


def _gaussian(fine: np.ndarray, energy: np.ndarray, resolution: float) -> np.ndarray:
    """Return the matrix (fine, energy) that convolves with a normalised Gaussian."""
    step = fine[1] - fine[0]
    z = (fine[:, None] - energy[None, :]) / resolution
    return np.exp(-(z**2) / 2) * step / (resolution * np.sqrt(2 * np.pi))
