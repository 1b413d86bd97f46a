"""Superconductivity on a lattice in momentum space: gap functions given, or solved for from an attraction."""

import time
from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np
from scipy.optimize import brentq

from onnes.errors import InvalidInput, InvalidModel, NoSuperconductivity, NotConverged
from onnes.model.lattice.attraction import PairingInteraction
from onnes.model.lattice.pairing import Pairing, Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.model.lattice.triplet import SpinfulSuperconductor
from onnes.numerics.fixedpoint import Anderson, FixedPoint, anderson
from onnes.response.lattice.energetics import Occupied, occupied
from onnes.response.lattice.estimate import zone_memory
from onnes.solve.lattice.gap_kernel import channels, leading_channels, name_of
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

METHOD = Anderson(history=5, damping=1.0, max_iterations=200, tolerance=1e-10)


def given_gap(model: Superconductor | SpinfulSuperconductor, temperature: float) -> State:
    """Return the state of a superconductor whose gap function is given, not solved for.

    Parameters
    ----------
    model : bands and gap function, with or without spin, the amplitude being the one at ``temperature``.
    temperature : K.
    """
    fields = {"temperature": np.array([float(temperature)])}
    return State(model, "bdg", fields, Report(Outcome.CONVERGED, engine="given gap function"))


def bdg(
    bands: TightBinding,
    interaction: PairingInteraction,
    temperature: float,
    *,
    mesh: Sequence[int] = (64, 64),
    electrons: float | None = None,
    starts: Sequence[Pairing] = (),
    method: Anderson = METHOD,
    throw: bool = True,
) -> State:
    """Return the self-consistent superconducting state of lowest free energy.

        Delta_ab(R) = -V_ab(R) <c_{r+R,b,dn} c_{r,a,up}>

    is iterated on every bond from several starts; every branch that converges is compared by its free
    energy (the grand potential at fixed chemical potential, F = Omega + mu n at fixed filling), and the
    report's engine names the branch that won, and says how much memory a mesh of any size needs at most
    (`bdg_memory`). Starts are the singlet eigenvectors of the linearised gap
    equation whose eigenvalue exceeds one, pairs of them with a phase of 90 degrees between, those in
    ``starts``, and the normal metal. Above Tc the state is the normal metal with zero amplitude.

    Fields: ``temperature`` (1,) K; ``chemical_potential`` (), meV, the shift of the bands that fixes the
    filling; ``electrons`` () in a cell; ``condensation`` (), F_s - F_n, meV for each cell.

    Parameters
    ----------
    bands, interaction : the model.
    temperature : K, >= 0.
    mesh : points along each reciprocal vector; half a step off Gamma.
    electrons : number in a cell, both spins, kept by adjusting the chemical potential; None keeps
        the chemical potential at the zero of the bands' energies.
    starts : further gap functions to begin from (seeds, or the solution nearby: a warm start).
    method : Anderson mixing; ``damping`` is the part of the new gap that is taken, 1 without mixing.
    throw : False returns the state of a failed iteration.

    Raises
    ------
    InvalidInput : a negative temperature, or a filling that the orbitals cannot hold.
    InvalidModel : an interaction of another number of orbitals.
    NotConverged : no branch reached the tolerance.
    """
    begun = time.perf_counter()
    _validate(bands, interaction, temperature, electrons)
    problem = _Problem(bands, interaction, float(temperature), tuple(mesh), electrons)
    normal = _Branch(problem, np.zeros(len(interaction.bonds()[1]), complex))
    seeds = _seeds(problem, normal.bands, starts)
    branches = [b for b in (_solved(problem, seed, method) for seed in seeds) if b is not None]
    good = [b for b in branches if b.found.converged]
    if branches and not good:
        good = [min(branches, key=lambda b: b.found.residuals[-1])]
    best = min([*good, normal], key=lambda b: b.energy)
    state = _state(best, normal, branches, interaction, method, time.perf_counter() - begun)
    if throw and not state.report.converged:
        raise NotConverged(state.report)
    return state


def bdg_memory(bands: TightBinding, interaction: PairingInteraction) -> float:
    """Return the bytes that `bdg` and `lattice_critical_temperature` need at most, on a mesh of any size.

    k points are gone through in blocks (`onnes.response.zone_memory`); the gap on the bonds and its history, a few
    numbers for each bond, are all that is kept.
    """
    n, bonds = bands.n_orbitals, len(interaction.bonds()[1])
    return zone_memory(max(2 * n, ceil(n * bonds**0.5)), len(bands.cells) + len(interaction.cells))


def lattice_critical_temperature(
    bands: TightBinding,
    interaction: PairingInteraction,
    *,
    mesh: Sequence[int] = (64, 64),
    electrons: float | None = None,
    lowest: float | None = None,
) -> float:
    """Return Tc in K: where the largest singlet eigenvalue of the linearised gap equation is one.

    Parameters
    ----------
    bands, interaction, mesh, electrons : as for `bdg`.
    lowest : K, where the search ends. A mesh of L points resolves energies of about band width/L; below,
        its levels are those of a small crystal. By default a quarter of that.

    Raises
    ------
    NoSuperconductivity : the normal metal is stable down to ``lowest``.
    """
    _validate(bands, interaction, 0.0, electrons)
    width = _width(bands, mesh)
    floor = width / max(mesh) / 4 / K_B if lowest is None else lowest

    def excess(log_t: float) -> float:
        t = float(np.exp(log_t))
        problem = _Problem(bands, interaction, t, tuple(mesh), electrons)
        shifted = bands.shifted(_chemical_potential(problem, None))
        return float(leading_channels(shifted, interaction, t, mesh)[0][0]) - 1.0

    # every eigenvalue is at most sum V/(4 kT)
    high = float(np.sum(interaction.bonds()[1])) / K_B
    if floor >= high or excess(np.log(floor)) <= 0:
        raise NoSuperconductivity(
            f"the normal metal is stable down to {floor:.4g} K",
            "raise the attraction, or the mesh together with lowest=",
        )
    return float(np.exp(brentq(excess, np.log(floor), np.log(high), xtol=1e-11)))


# --- one branch --------------------------------------------------------------------------------


class _Problem:
    """Bands, attraction, temperature, mesh and filling of one calculation."""

    def __init__(
        self,
        bands: TightBinding,
        interaction: PairingInteraction,
        temperature: float,
        mesh: tuple[int, ...],
        electrons: float | None,
    ) -> None:
        self.bands, self.interaction, self.temperature = bands, interaction, temperature
        self.mesh, self.electrons = mesh, electrons
        self.strength = interaction.bonds()[1]
        self.width = _width(bands, mesh)
        self.mu = 0.0

    def sums(self, gap: np.ndarray, mu: float) -> Occupied:
        return occupied(self.bands.shifted(mu), self.interaction, gap, self.temperature, self.mesh)

    def at(self, gap: np.ndarray) -> Occupied:
        """Return the sums at the chemical potential that keeps the filling, which is remembered."""
        self.mu = _chemical_potential(self, gap)
        return self.sums(gap, self.mu)


class _Branch:
    """One solution: its gap on the bonds, chemical potential, free energy, and how it was found."""

    def __init__(self, problem: _Problem, gap: np.ndarray, found: FixedPoint | None = None) -> None:
        sums = problem.at(gap)
        self.gap, self.found, self.mu = gap, found, problem.mu
        self.electrons = sums.electrons
        fixed = problem.electrons is not None
        self.energy = sums.grand_potential + (self.mu * sums.electrons if fixed else 0.0)
        self.bands = problem.bands.shifted(self.mu)
        self.problem = problem

    @property
    def amplitude(self) -> float:
        return float(np.max(np.abs(self.gap), initial=0.0))


def _solved(problem: _Problem, seed: np.ndarray, method: Anderson) -> _Branch | None:
    """Iterate from a seed whose amplitude reproduces itself along its own direction; None where none does."""
    start = _scaled(problem, seed)
    if start is None:
        return None

    def image(x: np.ndarray) -> np.ndarray:
        gap = x[0] + 1j * x[1]
        new = -problem.strength * problem.at(gap).pairs
        return np.stack([new.real, new.imag])

    found = anderson(image, np.stack([start.real, start.imag]), method, floor=1e-9 * problem.width)
    return _Branch(problem, found.x[0] + 1j * found.x[1], found)


def _scaled(problem: _Problem, seed: np.ndarray) -> np.ndarray | None:
    """Return the seed times the amplitude at which its image has the same length along it; None if there is none."""
    unit = seed / np.max(np.abs(seed))
    weight = 1 / problem.strength
    norm = np.sum(weight * np.abs(unit) ** 2)

    def excess(log_amplitude: float) -> float:
        amplitude = np.exp(log_amplitude)
        image = -problem.strength * problem.at(amplitude * unit).pairs
        return float(np.sum(weight * unit.conj() * image).real / (norm * amplitude)) - 1.0

    # <c c> is at most one half, so that no gap exceeds half the attraction.
    high = float(np.log(np.max(problem.strength)))
    low = float(np.log(1e-9 * problem.width))
    if low >= high or excess(low) <= 0:
        return None
    return np.exp(brentq(excess, low, high, xtol=1e-3)) * unit


def _seeds(problem: _Problem, normal: TightBinding, starts: Sequence[Pairing]) -> list[np.ndarray]:
    """Return the unstable channels of the normal metal, mixtures of every two of them, and the user's."""
    resolved = problem.width / max(problem.mesh) / 4 / K_B
    t = max(problem.temperature, resolved)
    values, vectors = channels(normal, problem.interaction, t, problem.mesh)
    # At low temperature nothing below one may become unstable that is far from one at the resolved temperature.
    unstable = [
        vectors[i] for i in range(len(values)) if values[i] > (1.0 if t == problem.temperature else 0.5)
    ]
    mixed = [a + 1j * b for i, a in enumerate(unstable) for b in unstable[i + 1 :]]
    given = [problem.interaction.on_bonds(p) for p in starts]
    for pairing, gap in zip(starts, given, strict=True):
        if not np.any(np.abs(gap) > 0):
            raise InvalidInput(
                f"the start {pairing.irrep or 'without a name'} vanishes on every bond of the interaction",
                "give a gap function on the bonds that attract",
            )
    return [*unstable, *mixed, *given]


def _chemical_potential(problem: _Problem, gap: np.ndarray | None) -> float:
    """Return the shift of the bands (meV) that holds the wanted electrons at this gap; 0 where none are wanted."""
    if problem.electrons is None:
        return 0.0
    gap = np.zeros(len(problem.strength), complex) if gap is None else gap
    wanted = float(problem.electrons)

    def excess(mu: float) -> float:
        return problem.sums(gap, mu).electrons - wanted

    tolerance = 1e-13 * problem.width
    step = 1e-3 * problem.width
    low, high = problem.mu - step, problem.mu + step
    # n grows with mu at a fixed gap (Omega is concave): widen the bracket until it holds the root
    while excess(low) > 0:
        low, step = low - 2 * step, 2 * step
    step = 1e-3 * problem.width
    while excess(high) < 0:
        high, step = high + 2 * step, 2 * step
    return float(brentq(excess, low, high, xtol=tolerance, rtol=8.9e-16))


# --- the state ---------------------------------------------------------------------------------


def _state(
    best: _Branch,
    normal: _Branch,
    branches: list[_Branch],
    interaction: PairingInteraction,
    method: Anderson,
    seconds: float,
) -> State:
    name = name_of(interaction, best.gap) if best.amplitude > 0 else "normal metal"
    others = sorted(
        f"{name_of(interaction, b.gap)} {b.energy - normal.energy:+.6g} meV"
        for b in branches
        if b is not best
    )
    energy = best.energy - normal.energy
    found = best.found
    report = Report(
        Outcome.of(found) if found is not None else Outcome.CONVERGED,
        engine=f"momentum space in blocks of at most {bdg_memory(best.problem.bands, interaction) / 2**20:.3g} MiB, "
        f"branch {name} of {len(branches) + 1}" + (f" (others: {', '.join(others)})" if others else ""),
        residuals=found.residuals if found is not None else (),
        target=method.tolerance,
        iterations=found.iterations if found is not None else 0,
        seconds=seconds,
        checks=(Check("free energy above the normal metal (meV)", max(0.0, energy), 0.0),),
    )
    fields = {
        "temperature": np.array([best.problem.temperature]),
        "chemical_potential": np.array(best.mu),
        "electrons": np.array(best.electrons),
        "condensation": np.array(energy),
    }
    model = Superconductor(best.bands, replace(interaction.pairing(best.gap), irrep=name))
    return State(model, "bdg", fields, report)


def _width(bands: TightBinding, mesh: Sequence[int]) -> float:
    """Return a bound of the band width: twice the sum of all hoppings, meV."""
    moved = np.any(bands.cells != 0, axis=1)
    return 2 * float(np.sum(np.abs(bands.hoppings[moved])))


def _validate(
    bands: TightBinding, interaction: PairingInteraction, temperature: float, electrons: float | None
) -> None:
    if interaction.n_orbitals != bands.n_orbitals:
        raise InvalidModel(
            "interaction", f"{interaction.n_orbitals} orbitals", f"for the {bands.n_orbitals} of the bands"
        )
    if not (np.isfinite(temperature) and temperature >= 0):
        raise InvalidInput(f"temperature = {temperature} K", "give a temperature of 0 K or more")
    if electrons is not None and not 0 < electrons < 2 * bands.n_orbitals:
        raise InvalidInput(
            f"{electrons} electrons in {bands.n_orbitals} orbital(s)", f"give 0 to {2 * bands.n_orbitals}"
        )
