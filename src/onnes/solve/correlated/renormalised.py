"""Renormalised mean-field theory of the t-J model: resonating valence bonds at a doping and a temperature."""

import time
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from onnes.errors import InvalidInput, NoSuperconductivity, NotConverged
from onnes.model.correlated.valence_bonds import SquareTJ
from onnes.numerics.fixedpoint import Anderson, FixedPoint, anderson
from onnes.solve.correlated import renormalised_equations as equations
from onnes.solve.correlated.renormalised_equations import Amplitudes, Zone
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

METHOD = Anderson(history=4, damping=1.0, max_iterations=500, tolerance=1e-11)
PHASES = {
    "d-wave": ("xi", "d"),
    "extended s": ("xi", "s"),
    "s+id": ("xi", "s", "d"),
    "flux": ("xi", "eta"),
    "uniform": ("xi",),
}
"""Bond amplitudes that do not vanish in each phase."""
PAIRED = ("d-wave", "extended s", "s+id")
VANISHING = 1e-5
"""Amplitude below which pairs or a flux count as none."""
SEED = 0.25
"""Amplitude that an iteration starts from; no amplitude exceeds 1/2 + O(x)."""


def renormalised_mean_field(
    model: SquareTJ,
    doping: float,
    temperature: float,
    *,
    phase: str = "d-wave",
    mesh: int = 400,
    start: State | None = None,
    method: Anderson = METHOD,
    throw: bool = True,
) -> State:
    """Return the valence bonds of the t-J model in renormalised mean-field theory.

    With g_t = 2x/(1 + x), g_J = 4/(1 + x)^2, xi = sum_s <c+_is c_js> and Delta = <c_j,dn c_i,up - c_j,up c_i,dn> on
    the bonds of the unprojected state, the mean-field Hamiltonian is

        H = sum_k e_k n_k - sum_k (Delta_k c+_k,up c+_-k,dn + h.c.),   Delta_k = (3/4) g_J J sum_axes Delta_a cos k_a,
        e_k = -2 g_t t (cos kx + cos ky) - 4 g_t t' cos kx cos ky - (3/4) g_J J sum_axes xi_a cos k_a - mu,

    with mu such that 1 - x electrons are on a site; the bonds are those of this Hamiltonian (Zhang et al. 1988; xi
    and Delta are sums over spins as there, so that xi = Delta = 0.339 at x = 0). Derivatives of g_t and g_J with
    respect to the density shift mu alone and leave the state as it is: `chemical_potential` contains them.

    The superconducting order parameter of the projected state is g_t Delta (``projected_pairing``), the gap in the
    spectrum that of the unprojected one (``singlet_gap``, at (pi, 0)). The stiffness contains the response of the
    phases of xi, without which the metal would be stiff. At x = 0 states that differ by a local SU(2) rotation, such
    as d-wave, s+id at xi = 0 and half a flux quantum in each plaquette, are the same state.

    Fields: ``doping``, ``electrons`` (); ``temperature`` (1,) K; ``chemical_potential`` () dF/dn and
    ``spinon_level`` () mu, meV; ``hopping_factor``, ``exchange_factor`` (); ``valence_bond`` and
    ``singlet_amplitude`` complex (axis,), xi and Delta; ``site_free_energy`` () meV; ``site_entropy`` (), units of k;
    in a phase with pairs ``singlet_gap`` () meV, ``projected_pairing`` (), ``layer_stiffness`` (1,) meV.

    Parameters
    ----------
    model : t, t', J in meV.
    doping : x, holes for each site, 0 <= x < 1.
    temperature : K, >= 0. A mesh resolves gaps and kT of the band width over ``mesh``; 0 is not possible for
        ``"flux"`` and ``"uniform"`` at x > 0, which have a Fermi line.
    phase : symmetry of the bonds, kept exactly: ``"d-wave"``, ``"extended s"``, ``"s+id"``, ``"flux"`` (staggered,
        no pairs) or ``"uniform"`` (no pairs). Pairs and flux that the temperature does not allow come out as zero.
    mesh : points along each axis of the zone, even, half a step off its lines of symmetry.
    start : a state nearby, of the same phase.
    method : Anderson mixing.
    throw : False returns the state of a failed iteration.

    Raises
    ------
    InvalidInput : a doping, temperature, phase or mesh that is not possible, a start of another phase.
    NotConverged : the bonds did not reach the tolerance.
    """
    begun = time.perf_counter()
    zone = _zone(model, doping, temperature, mesh)
    names = _names(phase)
    if temperature == 0 and doping > 0 and phase in ("flux", "uniform"):
        raise InvalidInput(
            f"a {phase} state at 0 K", "give a temperature: a mesh cannot resolve a Fermi line at 0 K"
        )
    found = _solved(zone, names, _start(zone, names, start), method)
    state = _state(zone, phase, found, method, "warm" if start else "cold", time.perf_counter() - begun)
    if throw and not state.report.converged:
        raise NotConverged(state.report)
    return state


def valence_bond_temperature(model: SquareTJ, doping: float, *, mesh: int = 400) -> float:
    """Return the temperature (K) at which singlets of d symmetry form in renormalised mean-field theory.

    There the linearised equation of d has the eigenvalue 1 in the uniform state,
    1 = (3/8) g_J J <(cos kx - cos ky)^2 tanh(e/2kT)/e>. At x = 0 it is (3/16) g_J J = (3/4) J. It is no transition
    of the projected system but the scale below which spins bind into singlets.

    Parameters
    ----------
    model, doping, mesh : as for `renormalised_mean_field`.

    Raises
    ------
    InvalidInput : a doping or a mesh that is not possible.
    NoSuperconductivity : no singlets form above the temperature that the mesh resolves.
    """
    zone = _zone(model, doping, 0.0, mesh)
    # tanh(y)/y <= 1, and the mean of (cos kx - cos ky)^2 is 1
    high, low = zone.exchange / 4, zone.width / mesh / 2

    def excess(log_kt: float) -> float:
        here = replace(zone, kt=float(np.exp(log_kt)))
        found = _solved(here, ("xi",), np.array([np.sign(model.t) * SEED]), METHOD)
        bonds = _amplitudes(("xi",), found.x)
        return equations.singlet_eigenvalue(here, bonds, equations.level(here, bonds)) - 1.0

    if excess(np.log(high)) > -1e-9:
        return high / K_B
    if excess(np.log(low)) <= 0:
        raise NoSuperconductivity(
            f"no singlets form down to {low / K_B:.4g} K at a doping of {doping:.4g}",
            "lower the doping, raise J/t, or raise mesh=",
        )
    return float(np.exp(brentq(excess, np.log(low), np.log(high), xtol=1e-10))) / K_B


def phase_ordering_temperature(model: SquareTJ, doping: float, *, mesh: int = 400) -> float:
    """Return the temperature (K) at which pairs of d symmetry lose their common phase: kT = (pi/2) J(T).

    J is the stiffness of `renormalised_mean_field`, which falls with temperature as quasiparticles carry current.
    At small doping it is far below `valence_bond_temperature` and proportional to x; at large doping they meet.

    Parameters
    ----------
    model, doping, mesh : as for `renormalised_mean_field`; zero at x = 0.

    Raises
    ------
    InvalidInput, NoSuperconductivity : as `valence_bond_temperature`.
    """
    if doping == 0:
        _zone(model, doping, 0.0, mesh)
        return 0.0
    highest = valence_bond_temperature(model, doping, mesh=mesh)

    def excess(temperature: float) -> float:
        state = renormalised_mean_field(model, doping, temperature, mesh=mesh)
        return np.pi / 2 * float(state["layer_stiffness"][0]) / K_B - temperature

    # J falls from its value at T = 0 to zero, at the upper end in proportion to the distance from the transition
    lowest = 0.1 * min(highest, excess(0.0))
    return float(brentq(excess, lowest, highest * (1 - 1e-6), xtol=1e-8 * highest))


# --- the iteration -----------------------------------------------------------------------------


def _zone(model: SquareTJ, doping: float, temperature: float, mesh: int) -> Zone:
    if not 0 <= doping < 1:
        raise InvalidInput(f"doping = {doping}", "give holes for each site, from 0 to below 1")
    if not (np.isfinite(temperature) and temperature >= 0):
        raise InvalidInput(f"temperature = {temperature} K", "give a temperature of 0 K or more")
    if mesh < 4 or mesh % 2:
        raise InvalidInput(f"mesh = {mesh}", "give an even number of points, at least 4")
    return Zone(model, float(doping), K_B * float(temperature), int(mesh))


def _names(phase: str) -> tuple[str, ...]:
    if phase not in PHASES:
        raise InvalidInput(f"the phase {phase!r}", f"use one of {', '.join(PHASES)}")
    return PHASES[phase]


def _amplitudes(names: tuple[str, ...], values: np.ndarray) -> Amplitudes:
    return replace(Amplitudes(0.0), **dict(zip(names, map(float, values), strict=True)))


def _start(zone: Zone, names: tuple[str, ...], start: State | None) -> np.ndarray:
    if start is None:
        values = np.full(len(names), SEED)
        values[0] *= np.sign(zone.model.t)
        return values
    if start.method != "rmft":
        raise InvalidInput(f"a start of method {start.method!r}", "give a state of renormalised_mean_field")
    xi, delta = start["valence_bond"], start["singlet_amplitude"]
    known = {
        "xi": xi[0].real,
        "eta": xi[0].imag,
        "s": abs(delta[0] + delta[1]) / 2,
        "d": abs(delta[0] - delta[1]) / 2,
    }
    values = np.array([known[name] for name in names])
    if not np.all(np.abs(values[1:]) > 0):
        raise InvalidInput("a start without the bonds of this phase", "start from a state of the same phase")
    return values


def _solved(zone: Zone, names: tuple[str, ...], start: np.ndarray, method: Anderson) -> FixedPoint:
    """Iterate, and once more from a finite amplitude where one vanished that would grow from nothing."""

    def f(values: np.ndarray) -> np.ndarray:
        bonds = _amplitudes(names, values)
        new = equations.image(zone, bonds, equations.level(zone, bonds))
        return np.array([getattr(new, name) for name in names])

    def growth(values: np.ndarray, place: int, amplitude: float) -> float:
        moved = values.copy()
        moved[place] = amplitude
        return float(f(moved)[place]) / amplitude - 1.0

    def unstable(values: np.ndarray) -> list[int]:
        small = [i for i in range(1, len(names)) if abs(values[i]) < VANISHING]
        return [i for i in small if growth(values, i, VANISHING) > 1e-6]

    found = anderson(f, start, method, floor=1e-2)
    if not found.converged or not (places := unstable(found.x)):
        return found
    again = found.x.copy()
    for i in places:
        # a singlet or a flux shrinks where it is as large as can be
        again[i] = np.exp(
            brentq(lambda a, i=i: growth(found.x, i, float(np.exp(a))), np.log(VANISHING), 0.0, xtol=1e-3)
        )
    found = anderson(f, again, method, floor=1e-2)
    return replace(found, converged=found.converged and not unstable(found.x))


def _state(zone: Zone, phase: str, found: FixedPoint, method: Anderson, start: str, seconds: float) -> State:
    # the signs of flux and pairs are a choice of gauge
    signed = np.append(found.x[:1], np.abs(found.x[1:]))
    bonds = _amplitudes(PHASES[phase], signed)
    mu = equations.level(zone, bonds)
    again = equations.image(zone, bonds, mu)
    error = max(abs(getattr(again, n) - getattr(bonds, n)) for n in ("xi", "eta", "s", "d"))
    electrons = equations.filling(zone, bonds, mu)
    report = Report(
        Outcome.of(found),
        engine=f"quarter of a mesh of {zone.points} x {zone.points}, {phase}",
        residuals=found.residuals,
        target=method.tolerance,
        iterations=found.iterations,
        start=start,
        seconds=seconds,
        checks=(
            Check("bonds that the Hamiltonian gives back, less those it is made of", error, 1e-8),
            Check("electrons missing", electrons - (1 - zone.doping), 1e-8),
        ),
    )
    d = 1j * bonds.d if phase == "s+id" else bonds.d
    pairs = np.array([bonds.s + d, bonds.s - d], complex)
    factor = equations.hopping_factor(zone.doping)
    fields = {
        "doping": zone.doping,
        "electrons": electrons,
        "temperature": np.array([zone.kt / K_B]),
        "chemical_potential": equations.chemical_potential(zone, bonds, mu),
        "spinon_level": mu,
        "hopping_factor": factor,
        "exchange_factor": equations.exchange_factor(zone.doping),
        "valence_bond": np.array([bonds.xi + 1j * bonds.eta, bonds.xi - 1j * bonds.eta]),
        "singlet_amplitude": pairs,
        "site_free_energy": equations.free_energy(zone, bonds, mu),
        "site_entropy": equations.entropy(zone, bonds, mu),
    }
    if phase in PAIRED:
        fields |= {
            "singlet_gap": 2 * zone.exchange * max(abs(bonds.s), abs(bonds.d)),
            "projected_pairing": factor * float(np.max(np.abs(pairs))),
            "layer_stiffness": np.array([equations.stiffness(zone, bonds, mu)]),
        }
    return State(zone.model, "rmft", fields, report)
