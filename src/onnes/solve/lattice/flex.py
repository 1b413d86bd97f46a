"""Self-consistent fluctuation exchange (FLEX) of Hubbard models on the imaginary axis, of one orbital or several.

Sigma(k) = (kT/N) sum_q V(q) G(k-q),  G = 1/(i w_n + mu - H_k - Sigma),  mu from the density,

k and q with their frequencies; V comes from the exchange of the spin and charge fluctuations of G itself:
`onnes.solve.lattice.flex_band` of one orbital, `onnes.solve.lattice.flex_orbitals` of several. Sums are products in
real space and imaginary time; times and frequencies are the few of `onnes.numerics.lehmann`.

The Hartree-Fock part of Sigma is left out. Of one orbital it is U n/2 and moves mu only; of several it moves
levels against each other, and the bands are taken to hold it, as those of density functionals do.

N. E. Bickers, D. J. Scalapino, S. R. White, Phys. Rev. Lett. 62, 961 (1989).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from onnes.errors import InvalidInput, InvalidModel, NotConverged
from onnes.model.lattice.interaction import HubbardKanamori
from onnes.model.lattice.quadrupole import CorrelatedBands
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.numerics.fixedpoint import Anderson, FixedPoint, anderson
from onnes.numerics.lehmann import conversion
from onnes.response.lattice.rpa import MagneticInstability
from onnes.solve.lattice.flex_band import OneBand
from onnes.solve.lattice.flex_mesh import CLAMP, Mesh, Step, convert, require_memory, require_temperature
from onnes.solve.lattice.flex_orbitals import Orbitals
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

PLAIN = 60
"""Largest number of plain steps, taken first."""
SETTLED = 0.3
"""Relative residual below which they end, the bubble being below the instability."""
MIXING = Anderson(history=5, damping=0.3, max_iterations=300, tolerance=1e-8)
METHODS = ("flex", "flex_pairing")
"""Methods of the states that hold a FLEX self-energy."""
Interaction = HubbardKanamori | float


class Engine(Protocol):
    """What one orbital and several have in common."""

    bands: TightBinding
    interaction: HubbardKanamori
    mesh: Mesh

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the self-energy."""

    @property
    def floor(self) -> float:
        """Self-energy (meV) below which residuals are absolute."""

    @property
    def capacity(self) -> int:
        """Electrons that a cell can hold."""

    def memory(self, history: int) -> float:
        """Return GiB at most."""

    def free_density(self) -> float:
        """Return the density of the bands alone."""

    def density(self, green: np.ndarray) -> float:
        """Return the density of a propagator."""

    def green(self, mu: float, sigma: np.ndarray) -> np.ndarray:
        """Return the propagator."""

    def chemical_potential(self, sigma: np.ndarray, density: float) -> float:
        """Return mu (meV) for the density."""

    def step(self, sigma: np.ndarray, density: float) -> Step:
        """Return the next self-energy."""

    def fields(self, last: Step) -> dict[str, np.ndarray]:
        """Return the fields of a state that have orbitals."""

    def self_energy_of(self, fields: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the self-energy among the fields of a state."""

    def offence(self, sigma: np.ndarray) -> float:
        """Return by how much Im Sigma has the wrong sign, meV."""


@dataclass(frozen=True, slots=True)
class _How:
    """How a calculation was asked for."""

    begin: float
    warm: bool
    throw: bool
    mixing: Anderson
    density: float


def flex(
    bands: TightBinding,
    interaction: Interaction,
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
    """Return the self-consistent FLEX self-energy of one band or of several orbitals.

    Parameters
    ----------
    bands : one orbital, even in k; or several, which are taken to hold the Hartree-Fock part already.
    interaction : a `HubbardKanamori`, whose U', J and J' act between orbitals at one position; a number is U
        (meV) within each orbital. Of one orbital U is not negative.
    temperature : K, positive.
    mesh : k points, one to three numbers.
    electrons : density, both spins; that of the bands at this temperature where absent.
    mixing : how the self-energy is iterated.
    start : a FLEX state on the same mesh, such as of the next higher temperature.
    epsilon : accuracy of the compact representation.
    memory : GiB that may be used; `flex_memory` says beforehand how many.
    throw : raise where it has not converged.

    Returns
    -------
    State : method ``"flex"``. One band: ``self_energy`` and ``bubble``; several orbitals: ``self_energy_matrix`` and
        ``static_bubble``. The bubble belongs to the propagator that made the self-energy.

    Raises
    ------
    MagneticInstability : it converges only below the interaction asked for; the message has U/Uc and q.
    InvalidModel : an interaction of another kind, one band not even in k or with a negative U, or a charge or
        orbital instability.
    InvalidInput : temperature, density or start that do not fit, or a mesh beyond ``memory``.
    NotConverged : unless ``throw`` is false.
    """
    begin = time.perf_counter()
    engine = build(bands, interaction, temperature, mesh, epsilon)
    require_memory(engine.memory(mixing.history), memory, tuple(mesh), engine.mesh.count)
    density = engine.free_density() if electrons is None else float(electrons)
    if not 0 < density < engine.capacity:
        raise InvalidInput(f"electrons = {density:g}", f"give a density between 0 and {engine.capacity}")
    first = np.zeros(engine.shape, complex) if start is None else _warm(start, engine)
    how = _How(begin, start is not None, throw, mixing, density)
    found, last = _iterate(engine, first, how)
    return _state(engine, found, last, how)


def flex_memory(
    bands: TightBinding,
    interaction: Interaction,
    temperature: float,
    *,
    mesh: Sequence[int] = (32, 32),
    mixing: Anderson = MIXING,
    epsilon: float = 1e-12,
) -> float:
    """Return the memory (GiB) that `flex` with these arguments takes at most, before anything is solved."""
    return build(bands, interaction, temperature, mesh, epsilon).memory(mixing.history)


def build(
    bands: TightBinding, interaction: Interaction, temperature: float, mesh: Sequence[int], epsilon: float
) -> Engine:
    """Return the engine of one orbital, or of several."""
    require_temperature(temperature)
    if not isinstance(interaction, HubbardKanamori | int | float | np.floating | np.integer):
        raise InvalidModel(
            "interaction", type(interaction).__name__, "a HubbardKanamori or a number of meV", "meV"
        )
    kanamori = (
        interaction if isinstance(interaction, HubbardKanamori) else HubbardKanamori(float(interaction), 0.0)
    )
    engine = OneBand if bands.n_orbitals == 1 else Orbitals
    return engine.build(bands, kanamori, temperature, mesh, epsilon)


def engine_of(state: State) -> Engine:
    """Rebuild the engine of a FLEX state; the sampled frequencies tell its accuracy."""
    grid = tuple(len(np.unique(np.round(state["wavevector"][:, i], 9))) for i in range(3))
    model, t = state.model, float(state["temperature"][0])
    for epsilon in 10.0 ** -np.arange(6, 15):
        engine = build(model.bands, model.interaction, t, grid, epsilon)
        nodes = engine.mesh.basis.frequencies
        if nodes.shape == state["matsubara_node"].shape and np.allclose(nodes, state["matsubara_node"]):
            return engine
    raise InvalidInput("a state of another version of the compact representation", "solve it again")


# --- iteration ---------------------------------------------------------------------------------


def _iterate(engine: Engine, first: np.ndarray, how: _How) -> tuple[FixedPoint, Step]:
    """Mix plainly while the map is far from linear, then by Anderson.

    It has a kink where the bubble reaches the instability, and with several orbitals Anderson's directions of the
    first steps lead it astray.
    """
    last: list[Step] = []

    def step(flat: np.ndarray) -> np.ndarray:
        last[:] = [engine.step(flat.view(complex).reshape(engine.shape), how.density)]
        return last[0].self_energy.ravel().view(float)

    start, mixing, floor = first.ravel().view(float), how.mixing, engine.floor
    plain = Anderson(history=0, damping=0.4, max_iterations=1, tolerance=mixing.tolerance)
    before: tuple[float, ...] = ()
    while True:
        found = anderson(step, start, plain, floor=floor)
        start, before = found.x, before + found.residuals
        settled = before[-1] < SETTLED and max(last[0].spin, last[0].charge) < CLAMP
        if settled or not found.finite or len(before) >= min(PLAIN, mixing.max_iterations):
            break
    left = mixing.max_iterations - len(before)
    if found.finite and not found.converged and left > 0:
        rest = anderson(step, start, replace(mixing, max_iterations=left), floor=floor)
        return replace(rest, residuals=before + rest.residuals), last[0]
    return replace(found, residuals=before), last[0]


def _state(engine: Engine, found: FixedPoint, last: Step, how: _How) -> State:
    if found.converged and last.used < 1:
        _refuse(engine, last)
    m, sigma = engine.mesh, last.self_energy
    mu = engine.chemical_potential(sigma, how.density)
    kept = engine.density(engine.green(mu, sigma)) - how.density
    checks = (
        Check("density of the propagator, from the one asked for", kept, 1e-8),
        Check("Im Sigma has the sign of -w (largest offence, meV)", engine.offence(sigma), 1e-6),
    )
    name = (
        f"FLEX, {'x'.join(map(str, m.grid))} k points, {m.count} frequencies,"
        f" at most {engine.memory(how.mixing.history):.2g} GiB"
    )
    report = Report(
        Outcome.of(found),
        engine=name,
        residuals=found.residuals,
        target=how.mixing.tolerance,
        iterations=found.iterations,
        start="warm" if how.warm else "cold",
        seconds=time.perf_counter() - how.begin,
        checks=checks,
    )
    if how.throw and not found.converged:
        raise NotConverged(report)
    fields = {
        "temperature": np.array([m.kt / K_B]),
        "electrons": np.array(how.density),
        "level_shift": np.array(float(last.mu)),
        "matsubara_node": m.basis.frequencies,
        "boson_node": m.basis.boson_frequencies,
        "wavevector": brillouin.mesh(m.grid),
        "stoner_spin": np.array(last.spin),
        **engine.fields(last),
    }
    return State(CorrelatedBands(engine.bands, engine.interaction), "flex", fields, report)


def _refuse(engine: Engine, last: Step) -> None:
    """Raise: it converged with less than the interaction, which is where the instability lies."""
    q = brillouin.mesh(engine.mesh.grid)
    if last.spin >= last.charge:
        raise MagneticInstability(last.spin / CLAMP, q[last.spin_cell])
    raise InvalidModel(
        f"interaction at q = ({', '.join(f'{x:.3g}' for x in q[last.charge_cell])})",
        f"U/Uc = {last.charge / CLAMP:.4g}",
        "weaker, or the charges or orbitals order",
    )


def _warm(start: State, engine: Engine) -> np.ndarray:
    """Return the self-energy of another temperature at the sampled frequencies of this one."""
    if start.method not in METHODS or len(start["wavevector"]) != engine.mesh.cells:
        raise InvalidInput("a start from another method or mesh", "give a FLEX state on the same mesh")
    old = engine_of(start)
    if old.shape[1:] != engine.shape[1:] or old.mesh.grid != engine.mesh.grid:
        raise InvalidInput(
            "a start of another mesh or number of orbitals", "give a FLEX state on the same mesh"
        )
    basis = old.mesh.basis
    to_new = conversion(basis.fermions(basis.fermionic), 1 / (basis.poles - engine.mesh.iw[:, None]))
    return convert(to_new, engine.self_energy_of(start.fields))
