"""The quantum proton: levels in its own mean field, and the pressure at which its bond becomes symmetric."""

import time
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from onnes.errors import InvalidInput
from onnes.model.phonons.proton import HydrogenBond, Proton, StiffnessCurve, mass_of, stretch
from onnes.numerics import dvr
from onnes.response.phonons.proton import kubo
from onnes.solve.phonons.scha import gaussian_variance
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

NODES = 121
"""Points of the grid: chi is then converged to 1e-9 (tested against 241)."""
FULL = 1e-12
"""Largest Boltzmann weight, relative to the ground state, that the highest level kept may have."""
SHOWN = 8
"""Wavefunctions stored in a state."""
QUADRATURE = 2001
"""Points of the classical Boltzmann integral (trapezoid on a smooth function that decays at both ends)."""
SUM_RULE = 1e-6
"""Bound on the relative defect of the f-sum rule."""

Method = Literal["exact", "gaussian"]


def proton(model: Proton, temperature: float = 0.0, *, nodes: int = NODES) -> State:
    """Solve one hydrogen bond in the mean field of its neighbours.

    The field J m with m = <x>: m = 0 where J chi <= 1, otherwise the positive root of <x>_(J m) = m.
    Quantum levels by sinc DVR; an infinite mass is solved by the Boltzmann integral.

    Parameters
    ----------
    model : the bond.
    temperature : K, not negative.
    nodes : points of the grid.

    Returns
    -------
    State of method ``"proton"`` with ``level_energy`` (level,) meV, ``position_element`` (level, level_to)
    angstrom, ``position`` (position,) angstrom, ``potential`` (position,) meV including the mean field,
    ``wavefunction`` (state, position) angstrom^-1/2, ``off_centring`` angstrom, ``temperature`` (1,) K; or of
    method ``"classical_proton"`` with ``off_centring``, ``variance`` angstrom^2, ``bond_stiffness``.

    Raises
    ------
    InvalidInput : a negative temperature.
    """
    _check_temperature(temperature)
    begin = time.perf_counter()
    if model.is_classical:
        return _classical(model, temperature, begin)
    order = _order_parameter(
        model, lambda field: _mean(*levels(model, field, temperature, nodes)[:2], temperature), temperature
    )
    energies, elements, x, vectors = levels(model, model.coupling * order, temperature, nodes)
    defect = 2 * np.sum((energies[1:] - energies[0]) * elements[0, 1:] ** 2) / model.kinetic - 1
    fields = {
        "level_energy": energies,
        "position_element": elements,
        "position": x,
        "potential": _potential(model, x, model.coupling * order),
        "wavefunction": (vectors[:, :SHOWN] / np.sqrt(x[1] - x[0])).T,
        "off_centring": np.asarray(order),
        "temperature": np.array([temperature]),
    }
    report = Report(
        Outcome.CONVERGED,
        engine=f"sinc DVR, {nodes} points",
        seconds=time.perf_counter() - begin,
        checks=(Check("f-sum rule, relative defect", float(defect), SUM_RULE),),
    )
    return State(model, "proton", fields, report)


def levels(
    model: Proton, field: float = 0.0, temperature: float = 0.0, nodes: int = NODES
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return energies (n,) meV, x_nm (n, n) angstrom, grid (points,) and vectors (points, n) in a field.

    The lower half of the levels of the grid is kept (the upper half belongs to the grid, not to the bond).

    Raises
    ------
    InvalidInput : at this temperature (K) higher levels than those are occupied.
    """
    x = dvr.grid(_extent(model, field, temperature), nodes)
    energies, vectors = dvr.eigenstates(x, _potential(model, x, field), model.kinetic / 2, nodes // 2)
    if temperature > 0 and np.exp(-(energies[-1] - energies[0]) / (K_B * temperature)) > FULL:
        cause = f"{nodes} points hold too few levels of mass {model.mass:g} u at {temperature:g} K"
        raise InvalidInput(cause, "raise nodes, or take the classical limit (infinite mass)")
    return energies, vectors.T @ (x[:, None] * vectors), x, vectors


def static_susceptibility(model: Proton, temperature: float = 0.0, *, nodes: int = NODES) -> float:
    """Return chi(kappa, m, T) of the centred bond without its neighbours, angstrom^2/meV.

    Infinite for a classical particle in a double well at T = 0.
    """
    _check_temperature(temperature)
    if not model.is_classical:
        return kubo(*levels(model, 0.0, temperature, nodes)[:2], temperature)
    if temperature > 0:
        return _boltzmann(model, 0.0, temperature)[1] / (K_B * temperature)
    return 1 / model.stiffness if model.stiffness > 0 else np.inf


def critical_stiffness(
    quartic: float,
    coupling: float,
    isotope: str | float = "H",
    temperature: float = 0.0,
    method: Method = "exact",
) -> float:
    """Return the stiffness kappa (meV/angstrom^2) at which J chi(kappa, m, T) = 1.

    ``"gaussian"`` is the self-consistent harmonic condition kappa + 3 g <x^2> = J, with the variance of
    an oscillator of stiffness J. The classical limit at T = 0 is kappa = J in both.
    """
    mass = mass_of(isotope) if isinstance(isotope, str) else float(isotope)
    model = Proton(0.0, quartic, coupling, mass)
    if model.is_classical and temperature == 0:
        return coupling
    if method == "gaussian":
        return coupling - 3 * quartic * gaussian_variance(model, coupling, temperature)
    if method != "exact":
        raise InvalidInput(f"{method!r} is not a way to treat the proton", "use 'exact' or 'gaussian'")

    def excess(stiffness: float) -> float:
        return coupling * static_susceptibility(Proton(stiffness, quartic, coupling, mass), temperature) - 1

    low = coupling - 3 * quartic * gaussian_variance(model, coupling, temperature)
    step = max(abs(coupling - low), 1e-3 * coupling)
    while excess(low) < 0:
        low, step = low - step, 2 * step
    return float(brentq(excess, low, coupling, xtol=1e-9 * coupling))


def symmetrisation_pressure(
    bond: HydrogenBond, isotope: str | float = "H", temperature: float = 0.0, *, method: Method = "exact"
) -> float:
    """Return the pressure (GPa) above which the symmetric bond is stable: J chi(kappa(P), m, T) = 1.

    Parameters
    ----------
    bond : kappa(P), g, J.
    isotope : ``"H"``, ``"D"``, ``"T"``, ``"classical"`` or a mass in u.
    temperature : K.
    method : ``"exact"`` (all levels; Boltzmann integral for the classical particle) or ``"gaussian"``.
    """
    _check_temperature(temperature)
    return bond.curve.pressure_at(
        critical_stiffness(bond.quartic, bond.coupling, isotope, temperature, method)
    )


def calibrated_bond(
    quartic: float,
    coupling: float,
    classical: float,
    anchors: Mapping[str, float],
    *,
    method: Method = "exact",
) -> HydrogenBond:
    """Return the bond whose symmetrisation pressures at T = 0 are the given ones.

    The classical pressure fixes kappa = J there; one anchor fixes the slope of a line, two anchors the slope
    and the exponent of d kappa/dP = slope (P/P_cl)^(-exponent).

    Parameters
    ----------
    quartic, coupling : g (meV/angstrom^4) and J (meV/angstrom^2).
    classical : symmetrisation pressure of the classical proton, GPa.
    anchors : one or two isotopes and their pressures, GPa.
    method : how the published pressures are to be read, ``"exact"`` or ``"gaussian"``.

    Raises
    ------
    InvalidInput : no or more than two anchors, or anchors that no monotonic curve can meet.
    """
    if len(anchors) not in (1, 2):
        raise InvalidInput(f"{len(anchors)} anchors", "give one isotope (a line) or two (slope and exponent)")
    drops = [
        (p, critical_stiffness(quartic, coupling, name, 0.0, method) - coupling)
        for name, p in anchors.items()
    ]
    exponent = 0.0
    if len(drops) == 2:
        (p1, k1), (p2, k2) = drops
        mismatch = lambda n: k1 / stretch(p1, classical, n) - k2 / stretch(p2, classical, n)  # noqa: E731
        if mismatch(-20.0) * mismatch(20.0) > 0:
            raise InvalidInput(
                "no monotonic kappa(P) meets both anchors", "check their order: heavier isotopes lie higher"
            )
        exponent = float(brentq(mismatch, -20.0, 20.0, xtol=1e-12))
    pressure, drop = drops[0]
    curve = StiffnessCurve(classical, coupling, drop / stretch(pressure, classical, exponent), exponent)
    return HydrogenBond(curve, quartic, coupling)


def _order_parameter(model: Proton, mean: Callable[[float], float], temperature: float) -> float:
    if model.coupling == 0 or model.coupling * static_susceptibility(model, temperature) <= 1:
        return 0.0
    # <x^3> >= m <x^2> >= m^3 for a particle pushed to one side, so that the classical minimum is an upper bound
    bound = np.sqrt(max(model.coupling - model.stiffness, 0.0) / model.quartic)
    excess = lambda m: mean(model.coupling * m) - m  # noqa: E731
    low = 1e-4 * bound
    return float(brentq(excess, low, bound * (1 + 1e-9), xtol=1e-12)) if excess(low) > 0 else 0.0


def _mean(energies: np.ndarray, elements: np.ndarray, temperature: float) -> float:
    if temperature == 0:
        return float(elements[0, 0])
    weight = np.exp(-(energies - energies[0]) / (K_B * temperature))
    return float(np.sum(weight * np.diag(elements)) / weight.sum())


def _potential(model: Proton, x: np.ndarray, field: float) -> np.ndarray:
    return model.stiffness * x**2 / 2 + model.quartic * x**4 / 4 - field * x


def _extent(model: Proton, field: float, temperature: float) -> float:
    """Half width of a grid that holds every level that matters: turning point of a high energy, and a tail."""
    stationary = np.roots([model.quartic, 0.0, model.stiffness, -field])
    lowest = min(_potential(model, stationary.real[np.abs(stationary.imag) < 1e-9], field), default=0.0)
    quantum = (model.quartic * model.kinetic**2) ** (1 / 3) + np.sqrt(abs(model.stiffness) * model.kinetic)
    top = lowest + 10 * quantum + 30 * K_B * temperature
    turning = np.roots([model.quartic / 4, 0.0, model.stiffness / 2, -field, -top])
    reach = np.max(np.abs(turning.real[np.abs(turning.imag) < 1e-9 * np.max(np.abs(turning))]))
    return float(reach + 1.5 * (model.kinetic / model.quartic) ** (1 / 6))


def _boltzmann(model: Proton, field: float, temperature: float) -> tuple[float, float]:
    """Return <x> and the variance of the classical particle in a field."""
    x = np.linspace(-1, 1, QUADRATURE) * _extent(model, field, 2 * temperature)
    energy = _potential(model, x, field)
    weight = np.exp(-(energy - energy.min()) / (K_B * temperature))
    weight /= weight.sum()
    mean = float(weight @ x)
    return mean, float(weight @ x**2 - mean**2)


def _classical(model: Proton, temperature: float, begin: float) -> State:
    if temperature > 0:
        order = _order_parameter(model, lambda field: _boltzmann(model, field, temperature)[0], temperature)
        variance = _boltzmann(model, model.coupling * order, temperature)[1]
        stiffness = K_B * temperature / variance
    else:
        order = float(np.sqrt(max(model.coupling - model.stiffness, 0.0) / model.quartic))
        variance, stiffness = 0.0, model.stiffness + 3 * model.quartic * order**2
    fields = {
        "off_centring": np.asarray(order),
        "variance": np.asarray(variance),
        "bond_stiffness": np.asarray(stiffness),
        "temperature": np.array([temperature]),
    }
    report = Report(Outcome.CONVERGED, engine="Boltzmann integral", seconds=time.perf_counter() - begin)
    return State(model, "classical_proton", fields, report)


def _check_temperature(temperature: float) -> None:
    if not (temperature >= 0 and np.isfinite(temperature)):
        raise InvalidInput(f"a temperature of {temperature} K", "give zero or a positive number")
