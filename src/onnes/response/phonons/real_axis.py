"""The gap function on the real axis, by exact continuation of the Matsubara solution.

F. Marsiglio, M. Schossmann and J. P. Carbotte, Phys. Rev. B 37, 4965 (1988). With w~ = w Z(w),
phi = Z Delta, S = sqrt(w~^2 - phi^2) in the upper half plane, n = w~/S and p = phi/S::

    w~(w)  = w + int dOmega a2F { H(w-Omega) - H(w+Omega)
                 + i pi [N + f(Omega-w)] n(w-Omega) + i pi [N + f(Omega+w)] n(w+Omega) }
    phi(w) = C + int dOmega a2F { -B(w-Omega) + B(w+Omega)
                 + i pi [N + f(Omega-w)] p(w-Omega) + i pi [N + f(Omega+w)] p(w+Omega) }

    B(x) = 2 pi T sum_{m>=0} x F_m/(x^2 + w_m^2),             F_m = Delta_m/R_m
    H(x) = 2 pi T sum_{m>=0} w_m (w_m/R_m - 1)/(x^2 + w_m^2) - Re psi(1/2 + i x/(2 pi T))

N and f are Bose and Fermi functions. The digamma term is the normal state summed to infinity. mu*
enters only through the constant C = -pi T sum_m mu* F_m, which is read off the Matsubara solution
itself, C = Z_n Delta_n - pi T sum_m lambda(n-m) F_m, so that both axes share one cutoff. Functions at
negative energy follow from n(-x) = n(x)*, p(-x) = -p(x)*.
"""

import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import digamma, expit

from onnes.errors import InvalidInput, NotConverged, OnnesWarning
from onnes.model.phonons.glue import Glue
from onnes.numerics import logarithmic
from onnes.numerics.continuation import ShiftedSums, deposit, mean_inverse_root
from onnes.numerics.fixedpoint import Anderson, FixedPoint, anderson
from onnes.numerics.matsubara import EvenKernelConvolution
from onnes.response.phonons.interaction import interaction
from onnes.state import Check, Outcome, State
from onnes.units import K_B

STEPS_PER_SPECTRUM, STEPS_PER_GAP = 1200, 40
"""Default energy steps between zero and omega_max, and between zero and the gap: the finer one is taken."""
REACH = 6.0
"""Default highest energy in units of omega_max sqrt(1 + lambda): the asymptote of Delta(omega) is reached
like lambda (omega_max/omega)^2."""
LARGEST_GRID = 1 << 18
BLOCK = 4096
JOIN = 0.05
"""Spectrum nodes nearer than this fraction of omega_max sample one curve; others are single modes."""
MIXING = Anderson(history=6, max_iterations=400, tolerance=1e-8)
BACK_BOUND = 3e-3
"""Largest error of Delta(i w_n) rebuilt from the real axis, over the largest Delta(i w_n)."""


@dataclass(frozen=True, slots=True, eq=False)
class RealAxis:
    """The staggered energy grid with the phonon kernels of one glue at one temperature.

    ``coupling`` and ``thermal`` are transforms of a2F_ij and of a2F_ij N(Omega), (..., band, band, k);
    ``below`` and ``above`` are f(-x) and f(x) on ``sums.x``.
    """

    sums: ShiftedSums
    temperature: float
    """k T in meV."""
    coupling: np.ndarray
    thermal: np.ndarray
    below: np.ndarray
    above: np.ndarray

    @property
    def energy(self) -> np.ndarray:
        """Energies (j + 1/2) h of the solution, meV."""
        return self.sums.x[self.sums.reach : self.sums.reach + self.sums.count]


def shift_weights(
    frequency: np.ndarray, measure: np.ndarray, join: float, step: float, count: int, kt: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return a2F and a2F N(Omega), N the Bose function, as weights (meV) on the grid l*step.

    Nodes nearer than ``join`` (meV) sample one curve; others are single modes.
    """
    bose = 1 / np.expm1(np.minimum(frequency / kt, 700.0))
    return (
        deposit(frequency, measure, step, count, join=join),
        deposit(frequency, measure * bose, step, count, join=join),
    )


def real_axis_grid(sums: ShiftedSums, kt: float, coupling: np.ndarray, thermal: np.ndarray) -> RealAxis:
    """Build the grid from shift weights (..., band, band, reach + 1); kt in meV."""
    x = sums.x
    return RealAxis(sums, kt, sums.kernel(coupling), sums.kernel(thermal), expit(x / kt), expit(-x / kt))


def matsubara_sources(
    x: np.ndarray, omega_m: np.ndarray, f: np.ndarray, g: np.ndarray, kt: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return B(x) and H(x), (..., x), from F and G = w/R - 1 on the positive frequencies, (..., m)."""
    distance, place = np.unique(np.abs(x), return_inverse=True)
    weights = 2 * np.pi * kt * np.array([f, g * omega_m])
    b, h = logarithmic.interpolate(lambda points: _pole_sums(points, omega_m, weights), distance)
    h -= digamma(0.5 + 0.5j * distance / (np.pi * kt)).real
    return b[..., place] * x, h[..., place]


def _pole_sums(x: np.ndarray, omega_m: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return sum_m weights_m/(x^2 + w_m^2), (..., x), in blocks that fit the cache."""
    total = np.zeros((*weights.shape[:-1], len(x)))
    for start in range(0, len(omega_m), BLOCK):
        part = slice(start, start + BLOCK)
        total += weights[..., part] @ (1 / (x**2 + omega_m[part, None] ** 2))
    return total


def quasiparticle_functions(
    axis: RealAxis, tilde: np.ndarray, phi: np.ndarray, eta: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return n = w~/S and p = phi/S averaged over each grid cell, on the whole grid ``axis.sums.x``.

    Beyond the highest energy the self-energies keep their last value.
    """
    reach, above = axis.sums.reach, axis.sums.x[axis.sums.reach + axis.sums.count :]
    last = tilde[..., -1:] - axis.energy[-1]
    tilde = np.concatenate([tilde, above + last], axis=-1) + 1j * eta
    phi = np.concatenate([phi, np.broadcast_to(phi[..., -1:], (*phi.shape[:-1], reach))], axis=-1)
    # At zero energy, the first edge, w~ is imaginary and phi real by symmetry.
    tilde, phi = _edges(tilde, 1j * tilde[..., :1].imag), _edges(phi, phi[..., :1].real)
    mean = mean_inverse_root(tilde**2 - phi**2)
    # Numerator and root from the same edges: n is exactly 1 in the normal state.
    n, p = (mean * (part[..., 1:] + part[..., :-1]) / 2 for part in (tilde, phi))
    return (
        np.concatenate([n[..., reach - 1 :: -1].conj(), n], axis=-1),
        np.concatenate([-p[..., reach - 1 :: -1].conj(), p], axis=-1),
    )


def _edges(middle: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return the values at the cell edges, given those at mid-cell and at the first edge."""
    last = 1.5 * middle[..., -1:] - 0.5 * middle[..., -2:-1]
    return np.concatenate([first, (middle[..., 1:] + middle[..., :-1]) / 2, last], axis=-1)


def self_energies(
    axis: RealAxis, n: np.ndarray, p: np.ndarray, b: np.ndarray, h: np.ndarray, constant: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return w~ and phi, (..., band, energy), from n, p, B and H (..., band, x) and C (..., band)."""
    tilde = _boson_sums(axis, h, -h, n) + axis.energy
    return tilde, _boson_sums(axis, -b, b, p) + constant[..., None]


def _boson_sums(axis: RealAxis, down: np.ndarray, up: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Sum a2F_ij over j with the functions of w - Omega (``down``), of w + Omega (``up``) and i pi N g of both."""
    lower = axis.sums.transform(down + 1j * np.pi * axis.below * g)[..., None, :, :]
    upper = axis.sums.transform(up + 1j * np.pi * axis.above * g)[..., None, :, :]
    both = 1j * np.pi * axis.sums.transform(g)[..., None, :, :]
    summed = axis.coupling * lower + axis.coupling.conj() * upper + 2 * axis.thermal.real * both
    return axis.sums.result(summed.sum(axis=-2))


def real_axis(
    state: State,
    *,
    energy: tuple[float, float, int] | np.ndarray | None = None,
    eta: float = 1e-6,
    step: float | None = None,
    method: Anderson = MIXING,
    throw: bool = True,
) -> State:
    """Return the state with Delta(omega + i0), Z(omega + i0), the density of states and the gap edge.

    The exact continuation of the module's equations: no fit, no noise, any temperature.
    N_s/N_0 = Re[omega/sqrt(omega^2 - Delta^2)]; the gap edge solves Re Delta(Delta_0) = Delta_0.

    Main arguments
    --------------
    state : an ``"eliashberg"`` state with gap_matsubara and Z_matsubara (constant density of states).
    energy : energies, meV, at which the fields are handed out: an increasing array or (low, high, n);
        the solver's own grid (mid-cells, from zero to five times omega_max) where not given.

    Other arguments
    ---------------
    eta : meV, imaginary part of energy in the square roots. It picks the branch; the singularity at
        the edge is integrated over each cell and needs no smearing.
    step : meV, spacing of the solver's grid.
    method : Anderson mixing with its tolerance.
    throw : raise `NotConverged` instead of returning an unconverged state.

    Returns
    -------
    State with fields energy (n,), gap_real and Z_real (band, n) complex, dos (band, n; the mean over
    the cell around each energy, so that no state is lost), gap_edge (band,): 0 in the normal state
    and NaN, with a warning, where the spectrum is gapless. The report gains the checks "Delta(i w_n)
    rebuilt", "states moved" and "Coulomb constant".

    Raises
    ------
    InvalidInput : not such a state, energies out of order, or a grid beyond the largest.
    NotConverged : the iteration stopped early.
    """
    _require(state)
    wanted = None if energy is None else _energies(energy)
    axis, phi_0, tilde_0 = _prepare(state, wanted, step)
    omega_m, gap_m = state["matsubara"], state["gap_matsubara"]
    root = np.hypot(omega_m, gap_m)
    f, g = gap_m / root, omega_m / root - 1
    constant, spread = coulomb_constant(state.model, state, f)
    b, h = matsubara_sources(axis.sums.x, omega_m, f, g, axis.temperature)
    tilde, phi, found = _iterate(axis, b, h, constant, (tilde_0, phi_0), eta, method)
    gap, z = phi / (tilde / axis.energy), tilde / axis.energy
    n, p = (
        part[..., axis.sums.reach : axis.sums.reach + axis.sums.count]
        for part in quasiparticle_functions(axis, tilde, phi, eta)
    )
    edge = np.array([gap_edge(axis.energy, row) for row in gap])
    checks = (
        Check("Delta(i w_n) rebuilt", _rebuilt_error(axis, n, p, constant, omega_m, gap_m), BACK_BOUND),
        Check("states moved", _states_moved(axis, n, gap, edge), BACK_BOUND),
        Check("Coulomb constant", spread, 1e-4),
    )
    report = replace(
        state.report,
        outcome=Outcome.of(found),
        residuals=found.residuals,
        target=method.tolerance,
        iterations=found.iterations,
        engine=f"{state.report.engine} + exact continuation",
        checks=state.report.checks + checks,
    )
    if throw and not report.converged:
        raise NotConverged(report)
    _warn(checks, edge, axis.sums.step)
    fields = _hand_out(axis, wanted, gap, z, n.real) | {"gap_edge": edge}
    return replace(state, fields={**state.fields, **fields}, report=report)


def gap_edge(energy: np.ndarray, gap: np.ndarray) -> float:
    """Return Delta_0 with Re Delta(Delta_0) = Delta_0, meV: where Re Delta - omega falls through zero.

    The first crossing from above counts. 0 where Delta vanishes; NaN where Re Delta < omega everywhere.
    """
    if not np.any(np.abs(gap) > 0):
        return 0.0
    excess = gap.real - energy
    falls = np.flatnonzero((excess[:-1] > 0) & (excess[1:] <= 0))
    if len(falls) == 0:
        return float("nan")
    k = falls[0]
    return float(energy[k] + (energy[k + 1] - energy[k]) * excess[k] / (excess[k] - excess[k + 1]))


def coulomb_constant(glue: Glue, state: State, f: np.ndarray) -> tuple[np.ndarray, float]:
    """Return C_i = Z_n Delta_n - pi T sum_jm lambda_ij(n-m) F_jm (band,), and its largest relative spread over n.

    The state's equation makes it the same at every frequency, whichever cutoff its mu* belongs to.
    """
    kt = K_B * float(state["temperature"][0])
    count = f.shape[-1]
    nu = 2 * np.pi * kt * np.arange(2 * count)
    rows = []
    for i, row in enumerate(glue.spectra):
        pairing = sum(EvenKernelConvolution(interaction(s, nu)).even(f[j]) for j, s in enumerate(row))
        rows.append(state["Z_matsubara"][i] * state["gap_matsubara"][i] - np.pi * kt * pairing)
    values = np.array(rows)
    mean = values.mean(axis=1)
    scale = max(float(np.max(np.abs(state["Z_matsubara"] * state["gap_matsubara"]))), np.finfo(float).tiny)
    return mean, float(np.max(np.abs(values - mean[:, None]))) / scale


def _require(state: State) -> None:
    missing = [k for k in ("temperature", "matsubara", "gap_matsubara", "Z_matsubara") if k not in state]
    if missing or not hasattr(state.model, "spectra"):
        raise InvalidInput(
            f"a {state.method} state without {', '.join(missing) or 'a phonon glue'} has no real axis to continue to",
            "give a state of onnes.solve.eliashberg",
        )
    if state.model.dos is not None:
        raise InvalidInput(
            "the exact continuation is written for a constant density of states",
            "solve the glue with dos=None, or use numerics.continuation.pade",
        )


def _energies(energy: tuple[float, float, int] | np.ndarray) -> np.ndarray:
    points = np.linspace(*energy) if isinstance(energy, tuple) else np.asarray(energy, float)
    if points.ndim != 1 or len(points) < 2 or not np.all(np.diff(points) > 0):
        raise InvalidInput(
            "energies of the real axis out of order", "give (low, high, n) or an increasing vector, meV"
        )
    return points


def _prepare(
    state: State, wanted: np.ndarray | None, step: float | None
) -> tuple[RealAxis, np.ndarray, np.ndarray]:
    """Return the grid and a first guess of phi and w~: Delta and Z of the lowest Matsubara frequency."""
    glue, kt = state.model, K_B * float(state["temperature"][0])
    gap, z = state["gap_matsubara"][:, :1], state["Z_matsubara"][:, :1]
    top = max(s.frequency[-1] for row in glue.spectra for s in row)
    highest = _reach(glue) + 4 * float(np.max(np.abs(gap)))
    if wanted is not None:
        highest = max(highest, 1.01 * float(np.max(np.abs(wanted))))
    step = _default_step(glue, gap, wanted) if step is None else step
    count, reach = int(np.ceil(highest / step)), int(np.ceil(top / step)) + 1
    if not 0 < step < glue.omega_max / 10 or count + 2 * reach > LARGEST_GRID:
        raise InvalidInput(
            f"a real-axis step of {step:.3g} meV up to {highest:.4g} meV",
            f"use a step between {(highest + 2 * top) / LARGEST_GRID:.2g} and {glue.omega_max / 10:.3g} meV",
        )
    sums = ShiftedSums(step, count, reach)
    weights = np.array(
        [
            [shift_weights(s.frequency, s.measure, JOIN * glue.omega_max, step, reach + 1, kt) for s in row]
            for row in glue.spectra
        ]
    )
    axis = real_axis_grid(sums, kt, weights[:, :, 0], weights[:, :, 1])
    fade = 1 / (1 + (axis.energy / glue.omega_max) ** 2)
    return axis, (z * gap * fade).astype(complex), axis.energy * (1 + (z - 1) * fade) + 0j


def _reach(glue: Glue) -> float:
    coupling = max(sum(s.lambda_ for s in row) for row in glue.spectra)
    return REACH * glue.omega_max * np.sqrt(1 + coupling)


def _default_step(glue: Glue, gap: np.ndarray, wanted: np.ndarray | None) -> float:
    """Resolve the spectrum, the smallest gap and the wanted energies; put a lone mode on the grid exactly."""
    smallest = float(np.min(np.abs(gap)))
    step = glue.omega_max / STEPS_PER_SPECTRUM
    if smallest > 0:
        step = max(
            min(step, smallest / STEPS_PER_GAP), 1.1 * (_reach(glue) + 2 * glue.omega_max) / LARGEST_GRID
        )
    if wanted is not None:
        step = max(min(step, float(np.min(np.diff(wanted))) / 2), step / 8)
    mode = glue.spectra[0][0].frequency[0]
    return mode / np.ceil(mode / step) if mode > 4 * step else step


def _iterate(
    axis: RealAxis,
    b: np.ndarray,
    h: np.ndarray,
    constant: np.ndarray,
    start: tuple[np.ndarray, np.ndarray],
    eta: float,
    method: Anderson,
) -> tuple[np.ndarray, np.ndarray, FixedPoint]:
    """Solve for w~ and phi (band, energy). The unknowns are w~ - w and phi, real and imaginary parts."""

    def pack(tilde: np.ndarray, phi: np.ndarray) -> np.ndarray:
        return np.array([(tilde - axis.energy).real, tilde.imag, phi.real, phi.imag])

    def unpack(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return axis.energy + y[0] + 1j * y[1], y[2] + 1j * y[3]

    def step(y: np.ndarray) -> np.ndarray:
        n, p = quasiparticle_functions(axis, *unpack(y), eta)
        return pack(*self_energies(axis, n, p, b, h, constant))

    found = anderson(step, pack(*start), method)
    return *unpack(found.x), found


def _rebuilt_error(
    axis: RealAxis, n: np.ndarray, p: np.ndarray, constant: np.ndarray, omega_m: np.ndarray, gap_m: np.ndarray
) -> float:
    """Return the largest error of Delta(i w_n) = w_n F_n/G_n rebuilt from the spectral functions Re n and Re p.

    G_n = 1 + (2 w_n/pi) int_0^inf (Re n - 1)/(w_n^2 + w^2),  F_n = (2/pi) int_0^inf w Re p/(w_n^2 + w^2).
    An integral over the real axis that the iteration never uses, at frequencies well below the Matsubara
    cutoff (a sum cut there is not analytic beyond it). Each cell is integrated exactly with
    its mean; beyond the grid Re p = C/w + K/w^3 (phi falls to C like 1/w^2) and Re n - 1 = K'/w^2.
    """
    largest = float(np.max(np.abs(gap_m)))
    if largest == 0:
        return 0.0
    w = omega_m[omega_m < min(axis.energy[-1] / 3, omega_m[-1] / 4)][:200]
    w = omega_m[:1] if len(w) == 0 else w
    edges = axis.sums.step * np.arange(axis.sums.count + 1)
    angle, log = np.arctan(edges / w[:, None]), np.log(edges**2 + w[:, None] ** 2)
    first = (np.pi / 2 - angle[:, -1]) / w  # int_W dw'/(w'^2 + w^2)
    third = (1 / edges[-1] - first) / w**2  # int_W dw'/(w'^2 (w'^2 + w^2))
    c = constant[:, None]
    normal = 1 + (2 / np.pi) * w * (
        (n.real - 1) @ (np.diff(angle).T / w) + _tail(axis, n.real - 1, 2) * third
    )
    k = _tail(axis, p.real - c / axis.energy, 3)
    anomalous = (1 / np.pi) * (p.real @ np.diff(log).T) + (2 / np.pi) * (c * first + k * third)
    return float(np.max(np.abs(w * anomalous / normal - gap_m[:, : len(w)]))) / largest


def _tail(axis: RealAxis, values: np.ndarray, power: int) -> np.ndarray:
    """Return K of values = K/w^power, (band, 1), averaged over the last phonon energy of the grid."""
    last = axis.energy[-axis.sums.reach :]
    return np.mean(values[:, -axis.sums.reach :] * last**power, axis=-1, keepdims=True)


def _states_moved(axis: RealAxis, n: np.ndarray, gap: np.ndarray, edge: np.ndarray) -> float:
    """Return int_0^inf (N_s/N_0 - 1) dw over Delta_0, largest over the bands: no state is created or lost."""
    excess = (n.real - 1).sum(axis=-1) * axis.sums.step
    excess += _tail(axis, n.real - 1, 2)[:, 0] / (axis.energy[-1] + axis.sums.step / 2)
    scale = np.where(np.nan_to_num(edge) > 0, edge, np.max(np.abs(gap), axis=-1))
    return float(np.max(np.abs(excess) / np.where(scale > 0, scale, 1.0)))


def _warn(checks: tuple[Check, ...], edge: np.ndarray, step: float) -> None:
    if np.any(np.isnan(edge)):
        warnings.warn(
            OnnesWarning(
                "Re Delta(omega) < omega at every energy: gapless at this temperature; gap_edge is NaN"
            ),
            stacklevel=3,
        )
    positive = edge[edge > 0]
    failed = [f"{c.name} {c.value:.2g} (bound {c.bound:.2g})" for c in checks if not c.passed]
    if len(positive) and positive.min() < 10 * step:
        failed.append(f"gap edge {positive.min():.3g} meV on a step of {step:.3g} meV")
    if failed:
        warnings.warn(
            OnnesWarning(f"the real-axis grid is too coarse: {', '.join(failed)}; give a smaller step="),
            stacklevel=3,
        )


def _hand_out(
    axis: RealAxis, wanted: np.ndarray | None, gap: np.ndarray, z: np.ndarray, dos: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the fields on the wanted energies: Delta(-w) = Delta(w)*, Z(-w) = Z(w)*, and cell means of the states."""
    if wanted is None:
        return {"energy": axis.energy, "gap_real": gap, "Z_real": z, "dos": dos}
    size = np.abs(wanted)

    def read(rows: np.ndarray) -> np.ndarray:
        values = np.array([np.interp(size, axis.energy, row) for row in rows])
        return np.where(wanted < 0, values.conj(), values)

    middle = (wanted[1:] + wanted[:-1]) / 2
    edges = np.concatenate(
        [[1.5 * wanted[0] - 0.5 * wanted[1]], middle, [1.5 * wanted[-1] - 0.5 * wanted[-2]]]
    )
    grid = axis.sums.step * np.arange(axis.sums.count + 1)
    counted = [np.concatenate([[0.0], np.cumsum(row) * axis.sums.step]) for row in dos]
    states = np.array([np.sign(edges) * np.interp(np.abs(edges), grid, row) for row in counted])
    return {
        "energy": wanted,
        "gap_real": read(gap),
        "Z_real": read(z),
        "dos": np.diff(states) / np.diff(edges),
    }
