"""How the current of a lattice superconductor answers a static vector potential, and its optical weight.

The bands move with the vector potential as H(k) -> H(k + A) for both spins (A in units of hbar/e, 1/angstrom);
the second derivative of the grand potential of a cell is the superfluid tensor

    D_ij = sum_n <n|d_i d_j H|n> f(E_n) + sum_mn <m|d_i H|n><n|d_j H|m> (f_m - f_n)/(E_m - E_n),

diamagnetic (minus the kinetic energy on a square lattice, -<T_x> a^2) plus paramagnetic, averaged over k,
meV angstrom^2; n are Bogoliubov states, f_m - f_n over E_m - E_n is f' where energies coincide. For free
electrons of mass m and number n in a cell D = hbar^2 n/m.

A pair of phase theta moves with grad theta/2: the stiffness of a layer of area S a cell, energy
(J/2) (grad theta)^2 an area, is J = D/4S, and 1/lambda^2 = mu_0 (e/hbar)^2 D/volume.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from onnes.errors import CannotProbe
from onnes.model.lattice.attraction import PairingInteraction
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.energetics import blocks, diagonalised
from onnes.response.lattice.quasiparticles import hamiltonian
from onnes.state import State
from onnes.units import E_CHARGE, HBAR_SI, K_B, MU_0

SAME = 1e-6
"""Energies closer than SAME kT count as equal: (f_m - f_n)/(E_m - E_n) is then f', right to SAME^2/12."""


@dataclass(frozen=True, slots=True)
class SuperfluidWeight:
    """The response to a uniform vector potential, meV angstrom^2 for each cell, float (3, 3) each.

    ``diamagnetic``; ``thermal``, the part of equal energies (<= 0: quasiparticles carried along);
    ``interband``, between different Bogoliubov energies (<= 0). ``total`` is their sum D, and
    -``interband`` the weight of the optical conductivity at finite energies.
    """

    diamagnetic: np.ndarray
    thermal: np.ndarray
    interband: np.ndarray

    @property
    def total(self) -> np.ndarray:
        return self.diamagnetic + self.thermal + self.interband


def superfluid_weight(state: State, *, mesh: Sequence[int]) -> SuperfluidWeight:
    """Return the uniform static (transverse, q -> 0) current response of a state.

    The gap follows a uniform superflow to second order only where inversion keeps it (one site in a cell
    always); with several sites the tensor depends on their positions.

    Parameters
    ----------
    state : of solve.bdg or solve.given_gap, or of a normal metal (`TightBinding`), whose total vanishes.
    mesh : points along each reciprocal vector; of any size in `onnes.response.zone_memory` (4 n_orbitals, cells).

    Raises
    ------
    CannotProbe : a state without lattice bands, or a normal metal at T = 0 (f' is not on the mesh).
    """
    bands, normal = _bands(state), isinstance(state.model, TightBinding)
    kt = K_B * float(state["temperature"][0])
    if normal and kt == 0:
        raise CannotProbe("superfluid", "a temperature above zero", "give the normal metal a temperature")
    spin = 2.0 if normal else 1.0
    parts = np.zeros((3, 3, 3))
    for k in blocks(mesh, (2 - normal) * bands.n_orbitals * 2, cells=len(bands.cells)):
        parts += spin * _weights(state, bands, k, kt)
    return SuperfluidWeight(*(parts / int(np.prod(mesh))))


def curvature(bands: TightBinding, k: np.ndarray) -> np.ndarray:
    """Return d^2 H/dk_i dk_j, complex (..., 3, 3, orbital, orbital), meV angstrom^2, as `TightBinding.velocity`."""
    phase = np.exp(2j * np.pi * (np.asarray(k, float) @ bands.cells.T))
    reach = _reach(bands)
    weighted = -np.einsum("rabi,rabj,rab->rijab", reach, reach, bands.hoppings)
    return np.tensordot(phase, weighted, axes=1)


def stiffness(weight: np.ndarray, bands: TightBinding, spacing: float | None = None) -> float:
    """Return the phase stiffness J of one layer in meV: D/4 over the area of a cell, mean of x and y.

    Parameters
    ----------
    weight : D (3, 3), meV angstrom^2 for each cell.
    spacing : angstrom between layers; by default a cell holds one layer.
    """
    layers = 1.0 if spacing is None else abs(np.linalg.det(bands.vectors)) / _area(bands) / spacing
    return float((weight[0, 0] + weight[1, 1]) / 2 / (4 * _area(bands)) / layers)


def inverse_square_depth(stiffness_of_layer: float, spacing: float) -> float:
    """Return 1/lambda^2 in 1/nm^2 from the stiffness J (meV) of layers ``spacing`` angstrom apart.

    The current density is (2e/hbar) (J/spacing) (grad theta - 2eA/hbar): 1/lambda^2 = mu_0 (2e/hbar)^2 J/spacing.
    """
    joule = stiffness_of_layer * 1e-3 * E_CHARGE
    return MU_0 * (2 * E_CHARGE / HBAR_SI) ** 2 * joule / (spacing * 1e-10) * 1e-18


def optical_conductivity(
    state: State, energy: np.ndarray, *, width: float, mesh: Sequence[int], axis: int = 0
) -> np.ndarray:
    """Return the weight of the conductivity at finite energies for each energy, angstrom^2 (meV angstrom^2/meV).

    s(E) = sum over transitions of |<m|dH/dk|n>|^2 (f_m - f_n)/(E_n - E_m) delta(E - E_n + E_m), so that
    the integral over E > 0, plus D, plus the quasiparticles' Drude weight -``thermal`` is the diamagnetic
    weight (f sum). In SI, Re sigma = pi e^2/(hbar volume) times this, at finite energies.

    Parameters
    ----------
    energy : float (n,), meV, > 0.
    width : meV, standard deviation of the Gaussian that stands for the delta function.
    """
    bands, kt = _bands(state), K_B * float(state["temperature"][0])
    spin = 2.0 if isinstance(state.model, TightBinding) else 1.0
    grid = np.asarray(energy, float)
    lines = np.zeros(len(grid))
    norm = 1 / (np.sqrt(2 * np.pi) * width)
    for k in blocks(mesh, 4 * bands.n_orbitals):
        e, f, v, _ = _operators(state, bands, k, kt)
        strength, gap = _transitions(e, f, np.abs(v[:, axis]) ** 2, kt)
        order = np.argsort(gap)
        for part, places in _chunks(strength[order], gap[order]):
            lines += norm * np.exp(-(((grid[:, None] - places) / width) ** 2) / 2) @ part
    return spin * lines / int(np.prod(mesh))


def static_current(
    state: State,
    interaction: PairingInteraction | None,
    *,
    q: Sequence[int],
    direction: Sequence[float],
    mesh: Sequence[int],
) -> float:
    """Return the answer of the current to a static vector potential of wavevector q, meV angstrom^2 for each cell.

    K(q) = K_dia + chi_jj - chi_jd (chi_dd + 1/V)^-1 chi_dj with the fluctuations d of the gap on every bond.
    Along q the vector potential is a gauge: K = 0 exactly for a self-consistent gap (on the mesh on
    which it was solved), and for a normal metal. Across q it tends to the superfluid weight.

    Parameters
    ----------
    interaction : the attraction of solve.bdg; None for a normal metal, or to leave the gap rigid.
    q : whole numbers; the wavevector is q/mesh in reciprocal lattice units.
    direction : Cartesian direction of the vector potential.
    """
    bands, kt = _bands(state), K_B * float(state["temperature"][0])
    e_axis = np.asarray(direction, float) / np.linalg.norm(direction)
    wave = np.pad(np.asarray(q, float) / np.asarray(mesh, float), (0, 3 - len(mesh)))
    normal = isinstance(state.model, TightBinding)
    index, strength = (np.zeros((0, 3), int), np.zeros(0)) if interaction is None else interaction.bonds()
    size = 1 + 2 * len(index)
    chi, dia = np.zeros((size, size), complex), 0.0
    for k in blocks(mesh, 2 * bands.n_orbitals * max(1, len(index))):
        e1, u1 = diagonalised(hamiltonian(state, k))
        e2, u2 = diagonalised(hamiltonian(state, k + wave))
        f1, f2 = brillouin.fermi(e1, kt), brillouin.fermi(e2, kt)
        vertices = _vertices(bands, interaction, k, wave, e_axis, normal)
        element = np.swapaxes(u1, 1, 2).conj()[:, None] @ vertices @ u2[:, None]
        ratio = _ratio(e1[:, :, None], e2[:, None, :], f1[:, :, None], f2[:, None, :], kt)
        flat = np.moveaxis(element, 1, -1).reshape(-1, size)
        chi += (flat.conj() * ratio.reshape(-1, 1)).T @ flat
        mass = _signed(*_blurred_mass(bands, k, wave, e_axis), normal)
        dia += float(np.einsum("kan,kab,kbn,kn->", u1.conj(), mass, u1, f1).real)
    count = int(np.prod(mesh))
    chi, dia = chi / count, dia / count
    answer = dia + chi[0, 0].real
    if len(index):
        inner = chi[1:, 1:] + np.diag(np.tile(1 / strength, 2))
        # the phase of a gap at q = 0 costs nothing: solve in the least-squares sense
        answer -= float((chi[0, 1:] @ np.linalg.lstsq(inner, chi[1:, 0], rcond=1e-12)[0]).real)
    return (2.0 if normal else 1.0) * answer


# --- inner -------------------------------------------------------------------------------------


def _bands(state: State) -> TightBinding:
    if isinstance(state.model, Superconductor):
        return state.model.bands
    if isinstance(state.model, TightBinding):
        return state.model
    raise CannotProbe(
        "superfluid", "lattice bands of two equal spins", "give a state of solve.bdg or solve.given_gap"
    )


def _area(bands: TightBinding) -> float:
    """Area spanned by the first two translations, angstrom^2."""
    return float(np.linalg.norm(np.cross(bands.vectors[0], bands.vectors[1])))


def _reach(bands: TightBinding) -> np.ndarray:
    """Cartesian vector of every hop, orbital positions included: (cell, orbital, orbital, 3), angstrom."""
    tau = bands.positions @ bands.vectors
    return (bands.cells @ bands.vectors)[:, None, None, :] + tau[None, None, :, :] - tau[None, :, None, :]


def _operators(
    state: State, bands: TightBinding, k: np.ndarray, kt: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Energies (k, n), occupations (k, n), velocities (k, 3, n, n), both in eigenstates, and eigenvectors."""
    energies, u = diagonalised(hamiltonian(state, k))
    velocity = bands.velocity(k)
    if isinstance(state.model, Superconductor):
        n = bands.n_orbitals
        full = np.zeros((len(k), 3, 2 * n, 2 * n), complex)
        full[..., :n, :n] = velocity
        # both spins move with A: the hole's block is -H(-k + A)^T
        full[..., n:, n:] = -np.swapaxes(bands.velocity(-k), -1, -2)
        velocity = full
    v = np.swapaxes(u, 1, 2).conj()[:, None] @ velocity @ u[:, None]
    return energies, brillouin.fermi(energies, kt), v, u


def _weights(state: State, bands: TightBinding, k: np.ndarray, kt: float) -> np.ndarray:
    """Sums over k of the diamagnetic, thermal and interband parts, (3 parts, 3, 3)."""
    energies, f, v, u = _operators(state, bands, k, kt)
    n = bands.n_orbitals
    mass = curvature(bands, k)
    dia = np.einsum("kan,kijab,kbn,kn->ij", u[:, :n].conj(), mass, u[:, :n], f, optimize=True)
    if isinstance(state.model, Superconductor):
        hole = curvature(bands, -k)
        lower = u[:, n:]
        dia -= np.einsum("kan,kijba,kbn,kn->ij", lower.conj(), hole, lower, f, optimize=True)
        dia += np.einsum("kijaa->ij", hole)
    same = _equal(energies[:, :, None], energies[:, None, :], kt)
    ratio = _ratio(energies[:, :, None], energies[:, None, :], f[:, :, None], f[:, None, :], kt)
    both = [
        np.einsum("kimn,kjnm,kmn->ij", v, v, np.where(chosen, ratio, 0.0), optimize=True)
        for chosen in (same, ~same)
    ]
    return np.array([dia.real, both[0].real, both[1].real])


def _equal(first: np.ndarray, second: np.ndarray, kt: float) -> np.ndarray:
    scale = max(SAME * kt, 1e-12 * float(np.max(np.abs(first), initial=1e-300)))
    return np.abs(first - second) <= scale


def _ratio(e1: np.ndarray, e2: np.ndarray, f1: np.ndarray, f2: np.ndarray, kt: float) -> np.ndarray:
    """(f1 - f2)/(e1 - e2), f' at the mean where the energies coincide (none at T = 0)."""
    same = _equal(e1, e2, kt)
    mean = (e1 + e2) / 2
    slope = -brillouin.fermi(mean, kt) * brillouin.fermi(-mean, kt) / kt if kt > 0 else np.zeros_like(mean)
    return np.where(same, slope, (f1 - f2) / np.where(same, 1.0, e1 - e2))


def _transitions(
    e: np.ndarray, f: np.ndarray, square: np.ndarray, kt: float
) -> tuple[np.ndarray, np.ndarray]:
    """Strengths (f_m - f_n)|v|^2/(E_n - E_m), twice for m < n, and energies, of all pairs that differ in energy."""
    m, n = np.triu_indices(e.shape[-1], 1)
    gap = e[:, n] - e[:, m]
    kept = ~_equal(e[:, n], e[:, m], kt)
    strength = 2 * square[:, m, n] * (f[:, m] - f[:, n]) / np.where(kept, gap, 1.0)
    return strength[kept], gap[kept]


def _chunks(strength: np.ndarray, gap: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for start in range(0, len(gap), 4096):
        yield strength[start : start + 4096], gap[start : start + 4096]


def _line_average(bands: TightBinding, wave: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length of each hop along the vector potential, and its mean over the hop, sin(x)/x with x = q.R/2."""
    reach = _reach(bands)
    # q.R/2 with R = cell + tau_b - tau_a and q in reciprocal lattice units
    fraction = bands.cells[:, None, None, :] + bands.positions[None, None] - bands.positions[None, :, None]
    return reach @ axis, np.sinc(fraction @ wave)


def _blurred_velocity(bands: TightBinding, k: np.ndarray, wave: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Current vertex between k and k + q: each hop sees the mean of exp(-iq.x) over its length, (k, o, o).

    sum_R t(R) i R sinc(q.R/2) exp(i (k + q/2).R) exp(-iq.(tau_a + tau_b)/2); along q it is
    (H(k + q) - H(k))/q, the Ward identity.
    """
    along, mean = _line_average(bands, wave, axis)
    phase = np.exp(2j * np.pi * ((k + wave / 2) @ bands.cells.T))
    middle = np.exp(-1j * np.pi * ((bands.positions[None] + bands.positions[:, None]) @ wave))
    return np.tensordot(phase, 1j * along * mean * bands.hoppings, axes=1) * middle


def _blurred_mass(
    bands: TightBinding, k: np.ndarray, wave: np.ndarray, axis: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Diamagnetic vertices of electron and hole, (k, o, o) each."""
    along, mean = _line_average(bands, wave, axis)
    table = -((along * mean) ** 2) * bands.hoppings
    up = np.tensordot(np.exp(2j * np.pi * (k @ bands.cells.T)), table, axes=1)
    down = np.tensordot(np.exp(-2j * np.pi * (k @ bands.cells.T)), table, axes=1)
    return up, -np.swapaxes(down, 1, 2)


def _signed(up: np.ndarray, down: np.ndarray, normal: bool) -> np.ndarray:
    if normal:
        return up
    n = up.shape[-1]
    full = np.zeros((len(up), 2 * n, 2 * n), complex)
    full[:, :n, :n], full[:, n:, n:] = up, down
    return full


def _vertices(
    bands: TightBinding,
    interaction: PairingInteraction | None,
    k: np.ndarray,
    wave: np.ndarray,
    axis: np.ndarray,
    normal: bool,
) -> np.ndarray:
    """Current, and the gap's fluctuations on every bond and their conjugates, (k, 1 + 2 m, N, N)."""
    up = _blurred_velocity(bands, k, wave, axis)
    down = -np.swapaxes(_blurred_velocity(bands, -k - wave, wave, axis), 1, 2)
    current = _signed(up, down, normal)[:, None]
    if interaction is None:
        return current
    index, _ = interaction.bonds()
    n = bands.n_orbitals
    phase = np.exp(2j * np.pi * ((k + wave / 2) @ interaction.cells.T))[:, index[:, 0]]
    bond = np.zeros((len(k), 2 * len(index), 2 * n, 2 * n), complex)
    for i, (_, a, b) in enumerate(index):
        bond[:, i, a, n + b] = phase[:, i]
        bond[:, len(index) + i, n + b, a] = phase[:, i].conj()
    return np.concatenate([current, bond], axis=1)
