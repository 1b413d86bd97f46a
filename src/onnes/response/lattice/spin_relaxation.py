"""lim Im chi(q, omega)/omega on a whole mesh of q, with RPA: what relaxes a nucleus that couples with a form factor.

With rho(k, E) the spectral matrix in (c_up, c†_dn), of half width eta, the transitions of
`onnes.response.lattice.lindhard` give, for omega -> 0,

    D_ab,cd(q) = (pi/2) int dE (-df/dE) (1/N) sum_k [rho_ca rho'_bd + rho_da rho'_bc + rho_cb rho'_ad + rho_db rho'_ac],

' meaning k + q, and indices in the second to fourth terms those of holes where u is replaced by v; the sum over q of
its diagonal is `onnes.response.relaxation`. The static bubble chi0 has the same form with propagators in imaginary
time. Both sums over k are products in real space. RPA dresses a small absorption as

    lim Im chi/omega = L D L†,   L = (1 - chi0 V)^-1,

so that a metal near Uc relaxes by Moriya's factor faster (T. Moriya, J. Phys. Soc. Jpn. 18, 516 (1963)). chi0 is the
isothermal one, which differs from the limit omega -> 0 at q = 0 alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.hyperfine import Hyperfine
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.estimate import susceptibility_estimate
from onnes.response.lattice.quasiparticles import quasiparticles
from onnes.response.lattice.relaxation import STEPS, THERMAL
from onnes.response.lattice.rpa import Interaction, MagneticInstability, stoner, vertex
from onnes.response.lattice.static import guard, imaginary_time
from onnes.response.lattice.susceptibility import Chi
from onnes.state import Outcome, Report, State
from onnes.units import HBAR, K_B

Factors = Iterator[tuple[np.ndarray, np.ndarray, float]]
"""Functions of the energies at k and at k + q, (k, level) each, and the weight of their product."""


@dataclass(frozen=True, slots=True, eq=False)
class SpinAbsorption:
    """Spin absorption over energy at vanishing energy, on a mesh of q.

    Parameters
    ----------
    bands : the model.
    q : (q, 3), reciprocal lattice units.
    slope : complex (q, n^2, n^2), lim Im chi_ab,cd/omega, 1/meV^2; twice that of S^z.
    stoner : largest eigenvalue of chi0 V; 0 without interaction.
    """

    bands: TightBinding
    q: np.ndarray
    slope: np.ndarray
    stoner: float

    def local(self) -> float:
        """Return the limit of Im chi_zz,loc/omega, mean of the atoms, 1/meV^2 (as `onnes.response.relaxation`)."""
        tau = self.bands.positions
        same = np.max(np.abs(tau[:, None] - tau[None]), axis=-1) < 1e-6
        return float(np.sum(self._density().mean(axis=0).real * same) / len(np.unique(same, axis=0)) / 2)

    def seen(self, hyperfine: Hyperfine) -> np.ndarray:
        """Return (1/N) sum_q A* A lim Im chi_zz/omega along a, b, c, float (3,), (T/mu_B)^2/meV^2."""
        form = hyperfine.form(self.q, self.bands.n_orbitals)
        total = np.einsum("qai,qac,qci->i", form, self._density(), form.conj(), optimize=True)
        return total.real / len(self.q) / 2

    def rate(self, hyperfine: Hyperfine, axis: int) -> float:
        """Return 1/(T1 T) of the nucleus in 1/(s K), the field along axis 0, 1 or 2 (a, b, c).

        1/(T1 T) = k hbar gamma_n^2 g^2 sum_i (1/N) sum_q |A_i(q)|^2 Im chi_zz/omega, i the two axes normal to the
        field: for a contact coupling in a free electron gas that of Korringa.
        """
        across = np.delete(self.seen(hyperfine), axis)
        gamma = 2e-6 * np.pi * hyperfine.gyromagnetic
        return float(1e12 * K_B * HBAR * (gamma * hyperfine.g_factor) ** 2 * across.sum())

    def _density(self) -> np.ndarray:
        n = self.bands.n_orbitals
        return self.slope[:, :: n + 1, :: n + 1]


def spin_absorption(
    state: State,
    interaction: Interaction | Sequence[Interaction] | None = None,
    *,
    broadening: float,
    mesh: Sequence[int],
    memory: float = 2.0,
) -> SpinAbsorption:
    """Return lim Im chi(q, omega)/omega on the mesh, of independent quasiparticles or in RPA.

    Parameters
    ----------
    state : a superconductor or bands, with a temperature above zero.
    interaction : of `onnes.response.rpa`; None for independent quasiparticles.
    broadening : half width of the quasiparticles, meV.
    mesh : points along each reciprocal vector, of k and of q.
    memory : limit in GiB.

    Raises
    ------
    CannotProbe : a state without lattice bands or temperature.
    InvalidInput : zero temperature, no broadening, or more memory than the limit.
    MagneticInstability : U/Uc >= 1 on the mesh.
    """
    if "temperature" not in state or not isinstance(state.model, Superconductor | TightBinding):
        raise CannotProbe(
            "nmr", "bands of two equal spins and a temperature", "give a state of onnes.solve.given_gap"
        )
    kt = K_B * float(state["temperature"][0])
    if not (kt > 0 and np.isfinite(broadening) and broadening > 0):
        raise InvalidInput(
            f"a relaxation at {kt / K_B:g} K with a broadening of {broadening} meV", "give positive numbers"
        )
    paired = isinstance(state.model, Superconductor)
    bands = state.model.bands if paired else state.model
    n, shape = bands.n_orbitals, tuple(int(m) for m in mesh) + (1,) * (3 - len(mesh))
    guard(shape, n, memory)
    q = brillouin.mesh(shape)
    energies, vectors = quasiparticles(state, q)
    sums = _PairSums(vectors, shape, n, paired)
    slope = np.pi * sums.of(_thermal_shell(energies, kt, broadening))
    if interaction is None:
        return SpinAbsorption(bands, q, slope, 0.0)
    static = sums.of(_imaginary_time(energies, kt))
    bubble = _bubble(bands, q, static, broadening, state, shape)
    vertices = vertex(bubble, interaction)
    strength = stoner(static, vertices)
    worst = int(np.argmax(strength))
    if strength[worst] >= 1:
        raise MagneticInstability(float(strength[worst]), q[worst])
    left = np.linalg.inv(np.eye(n * n) - static @ vertices)
    return SpinAbsorption(bands, q, left @ slope @ np.swapaxes(left, 1, 2).conj(), float(strength[worst]))


def _thermal_shell(energies: np.ndarray, kt: float, broadening: float) -> Factors:
    """Lorentzians of the levels at energies weighted by -df/dE."""
    count = int(np.ceil(2 * THERMAL * kt * STEPS / min(kt, broadening))) + 1
    grid, step = np.linspace(-THERMAL * kt, THERMAL * kt, count, retstep=True)
    for energy in grid:
        spectral = broadening / np.pi / ((energy - energies) ** 2 + broadening**2)
        yield spectral, spectral, step * 0.25 / (kt * np.cosh(energy / (2 * kt)) ** 2)


def _imaginary_time(energies: np.ndarray, kt: float) -> Factors:
    """f e^{E tau} at k and (1 - f) e^{-E tau} at k + q: their integral is (f - f')/(E' - E)."""
    beta = 1 / kt
    nodes, weights = imaginary_time(beta, float(np.max(np.abs(energies))))
    for near, weight in zip(nodes, weights, strict=True):
        for tau in (near, beta - near):
            # f e^{E tau} = e^{-E (beta - tau)}/(1 + e^{-beta E}): exponents that never overflow
            floor = np.logaddexp(0, -beta * energies)
            yield np.exp(-energies * (beta - tau) - floor), np.exp(-energies * tau - floor), weight


class _PairSums:
    """Sums over k of two factors times the matrix elements of the spin, on the whole mesh of q."""

    def __init__(self, vectors: np.ndarray, shape: tuple[int, ...], n: int, paired: bool) -> None:
        self.vectors, self.shape, self.n, self.paired = vectors, shape, n, paired

    def of(self, factors: Factors) -> np.ndarray:
        """Return (1/N) sum_k sum_levels x(k) y(k + q) M_ab M*_cd, complex (q, n^2, n^2).

        Nambu spinors count every transition twice: half of it.
        """
        n, count = self.n, len(self.vectors)
        total = np.zeros((count, n, n, n, n), complex)
        u, v = slice(0, n), slice(n, 2 * n)
        for x, y, weight in factors:
            a = self._transformed(x, fft.ifftn)
            b = self._transformed(y, fft.fftn) * weight
            total += np.einsum("rca,rbd->rabcd", a[:, u, u], b[:, u, u])
            if self.paired:
                total += np.einsum("rda,rbc->rabcd", a[:, v, u], b[:, u, v])
                total += np.einsum("rcb,rad->rabcd", a[:, u, v], b[:, v, u])
                total += np.einsum("rdb,rac->rabcd", a[:, v, v], b[:, v, v])
        grid = fft.ifftn(total.reshape(*self.shape, -1), axes=(0, 1, 2))
        return grid.reshape(count, n * n, n * n) / (2 if self.paired else 1)

    def _transformed(self, factor: np.ndarray, transform) -> np.ndarray:
        matrix = (self.vectors * factor[:, None, :]) @ np.swapaxes(self.vectors, 1, 2).conj()
        size = matrix.shape[-1]
        return transform(matrix.reshape(*self.shape, -1), axes=(0, 1, 2)).reshape(-1, size, size)


def _bubble(
    bands: TightBinding,
    q: np.ndarray,
    static: np.ndarray,
    broadening: float,
    state: State,
    shape: tuple[int, ...],
) -> Chi:
    plan = susceptibility_estimate(
        bands.n_orbitals,
        isinstance(state.model, Superconductor),
        shape,
        len(q),
        1,
        method="mask",
        on_mesh=True,
        refine=1,
        memory=np.inf,
    )
    kelvin = float(state["temperature"][0])
    report = Report(Outcome.CONVERGED, engine="static, imaginary time")
    return Chi(bands, q, np.zeros(1), static[:, None], static, broadening, kelvin, "bubble", plan, report)
