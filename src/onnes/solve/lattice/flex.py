"""Self-consistent fluctuation exchange (FLEX) of the one-band Hubbard model on the imaginary axis.

chi0(q) = -(kT/N) sum_k G(k+q) G(k),  V(q) = U^2 [(3/2) chi0/(1 - U chi0) + (1/2) chi0/(1 + U chi0) - chi0],
Sigma(k) = (kT/N) sum_q V(q) G(k-q),  G = 1/(i w_n + mu - E_k - Sigma),  mu from the density,

k and q with their frequencies. The Hartree energy U n/2 is left out: it moves mu only. Sums are products in
real space and imaginary time; times and frequencies are the few of `onnes.numerics.lehmann`. Pairs:

lambda phi(k) = -(kT/N) sum_k' V_s(k-k') |G(k')|^2 phi(k'),  V_s = (3/2) U^2 chi_s - (1/2) U^2 chi_c + U.

N. E. Bickers, D. J. Scalapino, S. R. White, Phys. Rev. Lett. 62, 961 (1989).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import fft
from scipy.optimize import brentq
from scipy.sparse.linalg import LinearOperator, eigs

from onnes.errors import InvalidInput, InvalidModel, NotConverged
from onnes.model.lattice.interaction import HubbardKanamori
from onnes.model.lattice.quadrupole import CorrelatedBands
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.numerics.fixedpoint import Anderson, FixedPoint, Map, anderson
from onnes.numerics.lehmann import Lehmann, conversion, lehmann
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

GIB = 2.0**30
CLAMP = 0.9995
"""Largest U chi0 during the first iterations: the bare bubble may lie beyond the instability that FLEX heals."""
PLAIN = 60
"""Largest number of plain steps before."""
REACH = 2.0
"""Spectra are sought within this many (band width + U): the bubble of two widths, and room."""
MIXING = Anderson(history=5, damping=0.3, max_iterations=300, tolerance=1e-8)


def flex(
    bands: TightBinding,
    U: float,
    temperature: float,
    *,
    mesh: Sequence[int] = (32, 32),
    electrons: float | None = None,
    mixing: Anderson = MIXING,
    start: State | None = None,
    epsilon: float = 1e-12,
    memory: float = 4.0,
    throw: bool = True,
) -> State:
    """Return the self-consistent FLEX self-energy of one band.

    Parameters
    ----------
    bands : one orbital, even in k.
    U : meV, not negative.
    temperature : K, positive.
    mesh : k points, one to three numbers.
    electrons : density, both spins; that of the bands at this temperature where absent.
    mixing : how the self-energy is iterated.
    start : a FLEX state on the same mesh, such as of the next higher temperature.
    epsilon : accuracy of the compact representation.
    memory : GiB that may be used.
    throw : raise where it has not converged.

    Returns
    -------
    State : method ``"flex"``; ``bubble`` belongs to the propagator that made ``self_energy``.

    Raises
    ------
    InvalidModel : more than one orbital, bands not even in k, a negative U, or a magnetic instability.
    InvalidInput : temperature, density or start that do not fit, or a mesh beyond ``memory``.
    NotConverged : unless ``throw`` is false.
    """
    begin = time.perf_counter()
    engine = _Engine.build(bands, U, temperature, mesh, epsilon, memory)
    density = engine.free_density() if electrons is None else float(electrons)
    if not 0 < density < 2:
        raise InvalidInput(f"electrons = {density:g}", "give a density between 0 and 2")
    first = np.zeros(engine.shape, complex) if start is None else _warm(start, engine)
    last: dict[str, np.ndarray] = {}

    def step(flat: np.ndarray) -> np.ndarray:
        mu, green = engine.propagator(flat.view(complex).reshape(engine.shape), density)
        bubble = engine.bubble(green)
        sigma, strength = engine.self_energy(green, bubble)
        last.update(mu=mu, bubble=bubble, strength=strength, sigma=sigma, target=np.array(engine.U))
        return sigma.ravel().view(float)

    found = _iterate(step, first.ravel().view(float), mixing, 1e-6 * U, last)
    return _state(engine, density, found, last, (begin, start is not None, throw, mixing.tolerance))


def _iterate(
    step: Map, start: np.ndarray, mixing: Anderson, floor: float, last: dict[str, np.ndarray]
) -> FixedPoint:
    """Mix plainly while the bubble is beyond the instability, where the map has a kink; then by Anderson."""
    step(start)
    before: tuple[float, ...] = ()
    plain = Anderson(history=0, damping=0.4, max_iterations=1, tolerance=mixing.tolerance)
    while last["bubble"].max() * last["target"] >= CLAMP and len(before) < min(PLAIN, mixing.max_iterations):
        healed = anderson(step, start, plain, floor=floor)
        start, before = healed.x, before + healed.residuals
    found = anderson(step, start, mixing, floor=floor)
    return replace(found, residuals=before + found.residuals)


def eliashberg_eigenvalue(
    state: State, symmetry: str = "B1g", *, tolerance: float = 1e-6
) -> tuple[float, np.ndarray]:
    """Return the largest eigenvalue of the linearised gap equation of a FLEX state, and its gap function.

    Parameters
    ----------
    state : of `flex`, on a square mesh.
    symmetry : ``"A1g"``, ``"B1g"`` (d x2-y2) or ``"B2g"`` (d xy); singlet, even in frequency.

    Returns
    -------
    eigenvalue, and phi complex (frequency, n1, n2) at the sampled frequencies of the state. Tc is where the
    eigenvalue is 1.
    """
    if state.method != "flex":
        raise InvalidInput(f"a state of method {state.method!r}", "give a state of onnes.solve.flex")
    engine = _of_state(state)
    n1, n2, n3 = engine.grid
    if symmetry not in ("A1g", "B1g", "B2g") or n1 != n2 or n3 != 1:
        raise InvalidInput(
            f"symmetry {symmetry!r} on a mesh {engine.grid}", "use A1g, B1g or B2g on a square mesh"
        )
    sigma = state["self_energy"].reshape(engine.shape)
    green = 1 / (engine.iw + state["level_shift"] - engine.energy - sigma)
    pair = np.abs(green) ** 2
    kernel = engine.pair_kernel(state["bubble"].reshape(engine.boson_shape))
    signs = {"A1g": (1, 1), "B1g": (-1, 1), "B2g": (-1, -1)}[symmetry]

    def apply(flat: np.ndarray) -> np.ndarray:
        phi = _projected(flat.reshape(-1, n1, n2), signs)
        full = engine.pair(kernel, pair * phi.reshape(engine.shape), symmetry == "A1g")
        return _projected(full.reshape(-1, n1, n2), signs).real.ravel()

    axis = 2 * np.pi * np.arange(n1) / n1
    x, y = np.meshgrid(axis, axis, indexing="ij")
    form = {
        "A1g": 1 + 0.3 * (np.cos(x) + np.cos(y)),
        "B1g": np.cos(x) - np.cos(y),
        "B2g": np.sin(x) * np.sin(y),
    }[symmetry]
    first = np.broadcast_to(form, (len(engine.iw), n1, n2)) / (1 + np.abs(engine.iw[:, :1, None]))
    size = first.size
    operator = LinearOperator((size, size), matvec=apply, dtype=float)
    values, vectors = eigs(operator, k=1, which="LR", v0=first.ravel(), tol=tolerance)
    phi = vectors[:, 0].real.reshape(-1, n1, n2)
    return float(values[0].real), phi / phi.flat[np.argmax(np.abs(phi))]


def _projected(phi: np.ndarray, signs: tuple[int, int]) -> np.ndarray:
    """Project on the even representation of 4mm with characters of C4 and of x -> -x."""
    phi = (phi + _mirror(phi, 1) * signs[1]) / 2
    phi = (phi + _mirror(phi, 2) * signs[1]) / 2
    swapped = phi.transpose(0, 2, 1) * signs[0] * signs[1]
    return (phi + swapped) / 2


def _mirror(phi: np.ndarray, axis: int) -> np.ndarray:
    return np.roll(np.flip(phi, axis), 1, axis)


# --- engine ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Engine:
    """Matrices between frequencies and times, and the mesh. Arrays are (frequency or time, cell)."""

    bands: TightBinding
    U: float
    kt: float
    grid: tuple[int, int, int]
    energy: np.ndarray
    basis: Lehmann
    to_tau: np.ndarray  # fermionic frequencies -> tau
    to_reverse: np.ndarray  # fermionic frequencies -> beta - tau
    to_fermions: np.ndarray  # tau -> fermionic frequencies
    to_bosons: np.ndarray  # tau -> bosonic frequencies
    bosons_to_tau: np.ndarray
    at_beta: np.ndarray  # fermionic frequencies -> tau = beta
    at_zero: np.ndarray  # fermionic frequencies -> tau = 0+

    @classmethod
    def build(
        cls,
        bands: TightBinding,
        U: float,
        temperature: float,
        mesh: Sequence[int],
        epsilon: float,
        memory: float,
    ) -> "_Engine":
        if bands.n_orbitals != 1:
            raise InvalidModel("bands", f"{bands.n_orbitals} orbitals", "of one orbital for FLEX")
        if not (np.isfinite(U) and U >= 0):
            raise InvalidModel("U", U, "finite and not negative", "meV")
        if not (np.isfinite(temperature) and temperature > 0):
            raise InvalidInput(f"temperature = {temperature}", "give a positive temperature in K")
        k = brillouin.mesh(mesh)
        grid = tuple(int(s) for s in mesh) + (1,) * (3 - len(mesh))
        energy = bands.bloch(k)[:, 0, 0].real
        if np.max(np.abs(energy - bands.bloch(-k)[:, 0, 0].real)) > 1e-9 * np.max(np.abs(bands.hoppings)):
            raise InvalidModel("bands", "E(k) differs from E(-k)", "even in k")
        kt = K_B * temperature
        basis = lehmann(1 / kt, REACH * (float(np.ptp(energy)) + U), epsilon)
        # Self-energy, propagator, bubble, and the memory of the mixing.
        need = 16.0 * len(k) * len(basis.poles) * (12 + 2 * MIXING.history) / GIB
        if need > memory:
            raise InvalidInput(
                f"FLEX on a mesh {tuple(mesh)} with {len(basis.poles)} frequencies needs {need:.1f} GiB"
                f" (limit {memory:g})",
                "take fewer k points, or raise memory",
            )
        fermions, bosons = basis.fermions(basis.fermionic), basis.bosons(basis.bosonic)
        times = basis.times(basis.tau)
        return cls(
            bands, float(U), kt, grid, energy, basis,
            conversion(fermions, times),
            conversion(fermions, basis.times(-basis.tau)),
            conversion(times, fermions),
            conversion(times, bosons),
            conversion(bosons, times),
            conversion(fermions, basis.times(np.array([-1e-300])))[0],
            conversion(fermions, basis.times(np.array([0.0])))[0],
        )  # fmt: skip

    @property
    def iw(self) -> np.ndarray:
        return 1j * self.basis.frequencies[:, None]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.basis.fermionic), len(self.energy)

    @property
    def boson_shape(self) -> tuple[int, int]:
        return len(self.basis.bosonic), len(self.energy)

    def real(self, values: np.ndarray) -> np.ndarray:
        """Return sum_k/N exp(ik.R) of functions on the mesh (first axis kept)."""
        return fft.ifftn(values.reshape(-1, *self.grid), axes=(1, 2, 3)).reshape(values.shape)

    def reciprocal(self, values: np.ndarray) -> np.ndarray:
        return fft.fftn(values.reshape(-1, *self.grid), axes=(1, 2, 3)).reshape(values.shape)

    def free_density(self) -> float:
        return float(2 * np.mean(brillouin.fermi(self.energy, self.kt)))

    def density(self, green: np.ndarray) -> float:
        """Return n = -2 G(tau -> beta), averaged over k."""
        return float(-2 * np.mean(self.at_beta @ green).real)

    def propagator(self, sigma: np.ndarray, density: float) -> tuple[np.ndarray, np.ndarray]:
        """Return mu (meV) and G for the density."""

        def excess(mu: float) -> float:
            return self.density(1 / (self.iw + mu - self.energy - sigma)) - density

        reach = float(np.ptp(self.energy)) + self.U + 40 * self.kt
        middle = float(np.mean(self.energy))
        mu = brentq(excess, middle - reach, middle + reach, xtol=1e-13 * reach, rtol=1e-14)
        return np.array(mu), 1 / (self.iw + mu - self.energy - sigma)

    def bubble(self, green: np.ndarray) -> np.ndarray:
        """Return chi0(q, i nu), float: chi0(R, tau) = G(R, tau) G(R, beta - tau)."""
        there, back = self.real(self.to_tau @ green), self.real(self.to_reverse @ green)
        return self.reciprocal(self.to_bosons @ (there * back)).real

    def self_energy(self, green: np.ndarray, bubble: np.ndarray) -> tuple[np.ndarray, float]:
        """Return Sigma and the U that was used (less than U while the bubble is beyond the instability)."""
        strength = min(self.U, CLAMP / float(np.max(bubble)))
        x = strength * bubble
        vertex = strength * (1.5 * x / (1 - x) + 0.5 * x / (1 + x) - x)
        product = self.real(self.bosons_to_tau @ vertex) * self.real(self.to_tau @ green)
        return self.reciprocal(self.to_fermions @ product), strength

    def pair_kernel(self, bubble: np.ndarray) -> np.ndarray:
        """Return V_s - U in real space and imaginary time."""
        x = self.U * bubble
        return self.real(self.bosons_to_tau @ (self.U * (1.5 * x / (1 - x) - 0.5 * x / (1 + x))))

    def pair(self, kernel: np.ndarray, f: np.ndarray, local: bool) -> np.ndarray:
        """Return -(kT/N) sum V_s F; the constant U meets the local, equal-time part of F only."""
        product = kernel * self.real(self.to_tau @ f)
        found = -self.reciprocal(self.to_fermions @ product)
        return found - self.U * np.mean(self.at_zero @ f) if local else found


def _state(
    engine: _Engine,
    density: float,
    found: FixedPoint,
    last: dict[str, np.ndarray],
    how: tuple[float, bool, bool, float],
) -> State:
    begin, warm, throw, tolerance = how
    stoner = float(engine.U * np.max(last["bubble"]))
    if found.converged and last["strength"] < engine.U:
        raise InvalidModel(
            "U",
            f"U chi0 = {stoner:.4f}, within 0.0005 of the magnetic instability or beyond",
            "smaller, or T higher, or the iteration started (start=) from a state of higher T",
        )
    sigma = last["sigma"]
    _, green = engine.propagator(sigma, density)
    checks = (
        Check("density of the propagator, from the one asked for", engine.density(green) - density, 1e-8),
        Check("Im Sigma has the sign of -w (largest offence, meV)", _offence(engine, sigma), 1e-6),
    )
    report = Report(
        Outcome.of(found),
        engine=f"FLEX, {'x'.join(map(str, engine.grid))} k points, {len(engine.basis.poles)} frequencies",
        residuals=found.residuals,
        target=tolerance,
        iterations=found.iterations,
        start="warm" if warm else "cold",
        seconds=time.perf_counter() - begin,
        checks=checks,
    )
    if throw and not found.converged:
        raise NotConverged(report)
    fields = {
        "temperature": np.array([engine.kt / K_B]),
        "electrons": np.array(density),
        "level_shift": np.array(float(last["mu"])),
        "matsubara_node": engine.basis.frequencies,
        "boson_node": engine.basis.boson_frequencies,
        "wavevector": brillouin.mesh(engine.grid),
        "self_energy": sigma,
        "bubble": last["bubble"],
        "stoner_spin": np.array(stoner),
    }
    return State(CorrelatedBands(engine.bands, HubbardKanamori(engine.U, 0.0)), "flex", fields, report)


def _offence(engine: _Engine, sigma: np.ndarray) -> float:
    return float(max(0.0, np.max(sigma.imag * np.sign(engine.iw.imag))))


def _of_state(state: State) -> _Engine:
    """Rebuild the engine of a state; the sampled frequencies tell its accuracy."""
    grid = tuple(len(np.unique(np.round(state["wavevector"][:, i], 9))) for i in range(3))
    model, t = state.model, float(state["temperature"][0])
    for epsilon in 10.0 ** -np.arange(6, 15):
        engine = _Engine.build(model.bands, model.interaction.U, t, grid, epsilon, np.inf)
        nodes = engine.basis.frequencies
        if nodes.shape == state["matsubara_node"].shape and np.allclose(nodes, state["matsubara_node"]):
            return engine
    raise InvalidInput("a state of another version of the compact representation", "solve it again")


def _warm(start: State, engine: _Engine) -> np.ndarray:
    """Return the self-energy of another temperature at the sampled frequencies of this one."""
    if start.method != "flex" or start["self_energy"].shape[1] != len(engine.energy):
        raise InvalidInput("a start from another method or mesh", "give a FLEX state on the same mesh")
    old = _of_state(start)
    source = old.basis.fermions(old.basis.fermionic)
    return conversion(source, 1 / (old.basis.poles - engine.iw)) @ start["self_energy"]
