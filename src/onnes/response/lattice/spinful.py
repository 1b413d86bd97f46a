"""What superconductors whose spins are told apart do: density of states, grand potential, spin susceptibility.

In (c_k, c†_-k) with both spins every excitation stands twice, at E(k) and -E(-k). Sums over all levels therefore
carry one half (``DOUBLE``), while the spectral function of the particle rows alone does not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from onnes.errors import CannotProbe, InvalidInput, InvalidModel
from onnes.model.lattice.angular import PAULI
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.spinful import SpinfulBands
from onnes.model.lattice.tightbinding import TightBinding
from onnes.model.lattice.triplet import SpinfulSuperconductor, spinful
from onnes.numerics import brillouin
from onnes.response.lattice.green import retarded
from onnes.state import State
from onnes.units import K_B

DOUBLE = 0.5
"""Weight of a level of H_BdG with both spins."""
SHIFT = 0.25
"""A quarter of a step: a point and its mirror image together make a mesh twice as fine, and the two halves of the
mesh are not mirror images of one another, so that their difference measures its error."""
BLOCK_BYTES = 32e6


@dataclass(frozen=True, slots=True)
class SpinSusceptibility:
    """chi_ij = d<S_i>/dh_j of a uniform static field, H' = -h.S, real (3, 3), 1/meV for each cell.

    ``discretisation`` is the largest difference between the two interleaved halves of the mesh over 2, an upper
    estimate of what the finite mesh leaves, 1/meV.
    """

    tensor: np.ndarray
    discretisation: float

    def along(self, direction: ArrayLike) -> float:
        """Return n.chi.n for a direction (3,), not necessarily of length one."""
        n = axis_vector(direction)
        return float(n @ self.tensor @ n)


def spin_susceptibility(state: State, *, mesh: Sequence[int] = (64, 64)) -> SpinSusceptibility:
    """Return the static uniform spin susceptibility of independent quasiparticles at a fixed gap function.

        chi_ij = (1/2N) sum_k sum_nm <n|S_i|m><m|S_j|n> (f_n - f_m)/(E_m - E_n)

    over all levels of H_BdG; without the half over those of H(k). It is isothermal: equal levels contribute -f'.
    With spin-orbit coupling the elements between bands are the Van Vleck part that survives at T = 0. Orbital
    moments, the diamagnetism of the condensate and a d vector that turns with the field are not in it.

    Parameters
    ----------
    state : of `onnes.solve.given_gap` or `onnes.solve.bdg`, or bands, with spin or without; a Zeeman field of
        the bands is the field at which the derivative is taken.
    mesh : points along each reciprocal vector. Steps in energy must be small against kT or the gap.

    Raises
    ------
    CannotProbe : a state without lattice bands or temperature.
    InvalidInput : a temperature of zero: give one far below the gap.
    """
    model, kt = _described(state, "spin_susceptibility")
    if not kt > 0:
        raise InvalidInput(
            "a spin susceptibility at 0 K", "give a positive temperature; far below the gap it is the limit"
        )
    paired = isinstance(model, SpinfulSuperconductor)
    s, weight = model.spin_operators(), DOUBLE if paired else 1.0
    halves, counts = np.zeros((2, 3, 3)), np.zeros(2)
    for k, parity in _blocks(mesh, len(s[0])):
        energies, u = np.linalg.eigh(_matrix(model, k))
        elements = np.einsum("kan,iab,kbm->iknm", u.conj(), s, u, optimize=True)
        response = _divided_difference(energies, kt)
        found = np.einsum("iknm,jknm,knm->kij", elements, elements.conj(), response, optimize=True).real
        for half in (0, 1):
            halves[half] += weight * found[parity == half].sum(axis=0)
            counts[half] += np.count_nonzero(parity == half)
    difference = halves[0] / counts[0] - halves[1] / counts[1] if counts.all() else halves.sum(axis=0)
    return SpinSusceptibility(halves.sum(axis=0) / counts.sum(), float(np.max(np.abs(difference))) / 2)


def spin_density_of_states(
    state: State,
    energy: ArrayLike,
    broadening: float,
    *,
    mesh: Sequence[int] = (64, 64),
    axis: ArrayLike = (0.0, 0.0, 1.0),
) -> np.ndarray:
    """Return the density of states of the spin along and against an axis, float (2, n), 1/meV for each cell.

        N_s(omega) = (1/N) sum_kn |<s|u_kn>|^2 delta(omega - E_kn),  over all levels and the particle rows u,

    all orbitals together, each level a Lorentzian. The integral over omega is the number of orbitals for each spin.

    Parameters
    ----------
    state : as for `spin_susceptibility`.
    energy : meV (n,).
    broadening : eta, half width, meV.
    axis : (3,), any length.

    Raises
    ------
    CannotProbe : a state without lattice bands.
    InvalidInput : energies, a broadening or an axis that make no sense.
    """
    omega = retarded(energy, broadening).real
    model = _model(state, "density of states")
    size = model.bands.size if isinstance(model, SpinfulSuperconductor) else model.size
    along = np.einsum("i,iab->ab", axis_vector(axis), PAULI)
    projectors = [np.kron((np.eye(2) + sign * along) / 2, np.eye(size // 2)) for sign in (1, -1)]
    total, count = np.zeros((2, len(omega))), int(np.prod(tuple(mesh)))
    for k, _ in _blocks(mesh, len(_matrix(model, np.zeros(3)))):
        energies, vectors = np.linalg.eigh(_matrix(model, k))
        u = vectors[:, :size]
        weights = [np.einsum("kan,ab,kbn->kn", u.conj(), p, u, optimize=True).real for p in projectors]
        flat, table = energies.ravel(), np.stack([w.ravel() for w in weights])
        step = max(1, int(BLOCK_BYTES / (16 * len(flat))))
        for begin in range(0, len(omega), step):
            part = slice(begin, begin + step)
            lines = broadening / np.pi / ((omega[part] - flat[:, None]) ** 2 + broadening**2)
            total[:, part] += table @ lines
    return total / count


def quasiparticle_potential(state: State, *, mesh: Sequence[int] = (64, 64)) -> float:
    """Return the grand potential of the quasiparticles at a given gap function, meV for each cell.

        Omega = (1/2N) sum_k [-kT sum_n ln(1 + e^{-E_n/kT}) + Tr H(k)]

    over all levels of H_BdG; of bands, -kT sum ln(1 + e^{-E/kT}) over those of H(k). The condensate's |Delta|^2/V is
    not in it: a gap function alone does not know the attraction. Derivatives at a fixed gap are exact.

    Raises
    ------
    CannotProbe : a state without lattice bands or temperature.
    """
    model, kt = _described(state, "quasiparticle_potential")
    paired = isinstance(model, SpinfulSuperconductor)
    size = model.bands.size if paired else model.size
    total, count = 0.0, int(np.prod(tuple(mesh)))
    for k, _ in _blocks(mesh, 2 * size):
        matrix = _matrix(model, k)
        energies = np.linalg.eigvalsh(matrix)
        levels = np.minimum(energies, 0) if kt == 0 else -kt * np.logaddexp(0, -energies / kt)
        if paired:
            # the constant is the trace of the particles' block, that of the holes with the other sign
            total += DOUBLE * (levels.sum() - np.einsum("kaa->", matrix[:, size:, size:]).real)
        else:
            total += levels.sum()
    return float(total) / count


def axis_vector(direction: ArrayLike) -> np.ndarray:
    """Return a direction as a unit vector (3,); raise `InvalidInput` where it has none."""
    vector = np.asarray(direction, float)
    length = np.linalg.norm(vector) if vector.shape == (3,) else 0.0
    if not (np.isfinite(length) and length > 0):
        raise InvalidInput(f"direction {direction}", "give three finite numbers, not all zero")
    return vector / length


def _model(state: State, asking: str) -> SpinfulSuperconductor | SpinfulBands:
    if isinstance(state.model, SpinfulSuperconductor | SpinfulBands):
        return state.model
    if isinstance(state.model, Superconductor | TightBinding):
        try:
            return spinful(state.model)
        except InvalidModel as error:
            raise CannotProbe(
                asking, f"bands that keep time reversal ({error.cause})", error.remedy
            ) from None
    raise CannotProbe(asking, "a lattice model", "give a state of onnes.solve.given_gap or of bands")


def _described(state: State, asking: str) -> tuple[SpinfulSuperconductor | SpinfulBands, float]:
    if "temperature" not in state:
        raise CannotProbe(asking, "temperature", "give a state with the field temperature")
    return _model(state, asking), K_B * float(state["temperature"][0])


def _matrix(model: SpinfulSuperconductor | SpinfulBands, k: np.ndarray) -> np.ndarray:
    return model.bogoliubov(k) if isinstance(model, SpinfulSuperconductor) else model.hamiltonian(k)


def _blocks(mesh: Sequence[int], size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield k (n, 3) of a mesh in blocks, and whether the sum of the numbers of each point is even or odd."""
    points = brillouin.mesh(mesh, SHIFT)
    shape = (*(int(n) for n in mesh), 1, 1)[:3]
    parity = np.indices(shape).sum(axis=0).ravel() % 2
    step = max(1, int(BLOCK_BYTES / (64 * size**2)))
    for start in range(0, len(points), step):
        yield points[start : start + step], parity[start : start + step]


def _divided_difference(energies: np.ndarray, kt: float) -> np.ndarray:
    """Return (f_n - f_m)/(E_m - E_n), -f' where they are equal, (k, n, m), 1/meV.

    With a <= b it is f(a) [1 - f(b)] (1 - e^{-y})/(y kT), y = (b - a)/kT: no two nearly equal numbers are subtracted.
    """
    low = np.minimum(energies[:, :, None], energies[:, None, :])
    high = np.maximum(energies[:, :, None], energies[:, None, :])
    y = (high - low) / kt
    ratio = np.where(y > 0, -np.expm1(-y) / np.where(y > 0, y, 1), 1.0)
    return expit(-low / kt) * expit(high / kt) * ratio / kt
