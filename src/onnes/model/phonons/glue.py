"""What pairs the electrons: spectra, a Coulomb pseudopotential that knows its cutoff, densities of states."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.phonons.spectrum import Spectrum


@dataclass(frozen=True, slots=True)
class MuStar:
    """Coulomb pseudopotential mu* with the Matsubara cutoff it belongs to.

    Rescaling: 1/mu*(w2) = 1/mu*(w1) - ln(w2/w1) (Morel and Anderson, Phys. Rev. 125, 1263 (1962)).

    Parameters
    ----------
    value : mu*, dimensionless; a nested tuple (band, band) for several bands.
    cutoff : meV, or ``"max"``: the highest phonon frequency of the glue it is used in.
    """

    value: float | tuple[tuple[float, ...], ...]
    cutoff: float | Literal["max"] = "max"

    def __post_init__(self) -> None:
        matrix = np.atleast_2d(np.array(self.value, dtype=float))
        if matrix.shape[0] != matrix.shape[1] or not np.all(np.isfinite(matrix)) or np.any(matrix < 0):
            raise InvalidModel("mu_star", self.value, "a non-negative number or a square matrix of them")
        if self.cutoff != "max" and not (isinstance(self.cutoff, int | float) and 0 < self.cutoff < np.inf):
            raise InvalidModel("mu_star cutoff", self.cutoff, "positive, or 'max'", "meV")

    def resolved(self, omega_max: float) -> "MuStar":
        """Return the same mu* with its cutoff as a number, ``"max"`` meaning ``omega_max`` (meV)."""
        return self if self.cutoff != "max" else MuStar(self.value, float(omega_max))

    def matrix_at(self, cutoff: float) -> np.ndarray:
        """Return mu* rescaled to another cutoff (meV) as a (band, band) array: mu (1 - mu ln)^-1.

        Raises `InvalidModel` where the rescaled repulsion would diverge.
        """
        if self.cutoff == "max":
            raise InvalidModel(
                "mu_star cutoff", "'max'", "resolved against a spectrum first, or a number", "meV"
            )
        matrix = np.atleast_2d(np.array(self.value, dtype=float))
        kernel = np.eye(len(matrix)) - matrix * np.log(cutoff / self.cutoff)
        if np.min(np.linalg.eigvals(kernel).real) <= 1e-6:
            limit = self.cutoff * np.exp(1 / np.max(np.linalg.eigvals(matrix).real))
            raise InvalidModel("cutoff", float(cutoff), f"below {limit:.6g}, where mu* diverges", "meV")
        return np.linalg.solve(kernel, matrix)

    def at(self, cutoff: float) -> float:
        """Return a one-band mu* rescaled to another cutoff (meV)."""
        return float(self.matrix_at(cutoff)[0, 0])


@dataclass(frozen=True, slots=True, eq=False)
class DensityOfStates:
    """Electronic density of states of the normal metal.

    Parameters
    ----------
    energy : float array (n,), meV from the Fermi level, strictly increasing.
    value : float array (n,), any one unit; only the ratio to the value at the Fermi level enters.
    source : provenance.
    """

    energy: np.ndarray
    value: np.ndarray
    source: str = ""

    def __post_init__(self) -> None:
        energy, value = np.array(self.energy, float), np.array(self.value, float)
        if energy.ndim != 1 or energy.shape != value.shape or len(energy) < 2:
            raise InvalidModel(
                "dos", f"shapes {energy.shape} and {value.shape}", "two vectors of one length, at least 2"
            )
        if not (np.all(np.isfinite(energy)) and np.all(np.isfinite(value))):
            raise InvalidModel("dos", "NaN or infinite", "finite everywhere")
        if np.any(np.diff(energy) <= 0) or not energy[0] < 0 < energy[-1]:
            raise InvalidModel(
                "dos energy", f"[{energy[0]:.4g}, {energy[-1]:.4g}]", "strictly increasing through 0", "meV"
            )
        if np.any(value < 0) or np.interp(0.0, energy, value) <= 0:
            raise InvalidModel(
                "dos value", float(value.min()), "non-negative, and positive at the Fermi level"
            )
        for name, array in (("energy", energy), ("value", value)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def at_fermi_level(self) -> float:
        return float(np.interp(0.0, self.energy, self.value))


@dataclass(frozen=True, slots=True, eq=False)
class PhononGlue:
    """One isotropic band paired by alpha2F against mu*.

    Parameters
    ----------
    spectrum : alpha2F.
    mu_star : the Coulomb pseudopotential with its cutoff.
    dos : density of states; constant where absent.
    """

    spectrum: Spectrum
    mu_star: MuStar
    dos: DensityOfStates | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.mu_star, MuStar):
            raise InvalidModel(
                "mu_star", self.mu_star, "a MuStar(value, cutoff): a bare number has no cutoff"
            )
        if np.ndim(self.mu_star.value):
            raise InvalidModel(
                "mu_star", self.mu_star.value, "one number for one band; use MultibandGlue for several"
            )
        object.__setattr__(self, "mu_star", self.mu_star.resolved(self.spectrum.omega_max))

    @property
    def n_bands(self) -> int:
        return 1

    @property
    def spectra(self) -> tuple[tuple[Spectrum, ...], ...]:
        """alpha2F_ij as a 1x1 nested tuple, the form that the solvers read."""
        return ((self.spectrum,),)

    @property
    def omega_max(self) -> float:
        """Highest phonon frequency, meV."""
        return self.spectrum.omega_max


@dataclass(frozen=True, slots=True, eq=False)
class MultibandGlue:
    """Several isotropic bands: alpha2F_ij and mu*_ij, first index the band that is scattered from.

    lambda_ij = N_j V_ij, so that N_i lambda_ij = N_j lambda_ji.

    Parameters
    ----------
    spectra : nested tuple (band, band) of alpha2F_ij.
    mu_star : matrix mu*_ij with one cutoff, or one number taken as mu* on the diagonal only.
    dos_weights : relative densities of states N_i, used for averages and symmetry.

    Raises
    ------
    InvalidModel : shapes that do not fit, or N_i lambda_ij = N_j lambda_ji violated by more than 5 %.
    """

    spectra: tuple[tuple[Spectrum, ...], ...]
    mu_star: MuStar
    dos_weights: tuple[float, ...]

    def __post_init__(self) -> None:
        n = len(self.spectra)
        if any(len(row) != n for row in self.spectra) or len(self.dos_weights) != n:
            raise InvalidModel(
                "spectra", f"{n} rows", "a square matrix with one density-of-states weight for each band"
            )
        if np.ndim(self.mu_star.value) == 0:
            diagonal = tuple(tuple(float(i == j) * self.mu_star.value for j in range(n)) for i in range(n))
            object.__setattr__(self, "mu_star", MuStar(diagonal, self.mu_star.cutoff))
        if np.shape(self.mu_star.value) != (n, n):
            raise InvalidModel("mu_star", np.shape(self.mu_star.value), f"a {n} x {n} matrix")
        object.__setattr__(self, "mu_star", self.mu_star.resolved(self.omega_max))
        weighted = np.array(self.dos_weights)[:, None] * self.lambda_matrix
        if np.max(np.abs(weighted - weighted.T)) > 0.05 * np.max(weighted):
            raise InvalidModel(
                "lambda_ij", self.lambda_matrix.tolist(), "symmetric once weighted with N_i (5 %)"
            )

    @property
    def n_bands(self) -> int:
        return len(self.spectra)

    @property
    def lambda_matrix(self) -> np.ndarray:
        """Coupling constants lambda_ij (band, band)."""
        return np.array([[s.lambda_ for s in row] for row in self.spectra])

    @property
    def omega_max(self) -> float:
        """Highest phonon frequency of any pair of bands, meV."""
        return max(s.omega_max for row in self.spectra for s in row)

    @property
    def dos(self) -> None:
        return None


Glue = PhononGlue | MultibandGlue
"""What the Eliashberg solvers take: both have spectra, mu_star, n_bands, omega_max and dos."""
