"""The hydrogen bond in the self-consistent harmonic approximation: the best Gaussian, not the levels.

The Gaussian of centre m and stiffness K minimises the free energy::

    F = F_osc(K) - K v/2 + kappa (m^2 + v)/2 + g (m^4 + 6 m^2 v + 3 v^2)/4 - J m^2/2,
    K = kappa + 3 g (m^2 + v),      0 = m (kappa - J + g m^2 + 3 g v),      v = variance of the oscillator K.

It is what the stochastic self-consistent harmonic approximation solves for many atoms, and serves to
measure the bias of the Gaussian against `solve.proton`. I. Errea, M. Calandra and F. Mauri,
Phys. Rev. B 89, 064302 (2014).
"""

import time

import numpy as np
from scipy.optimize import brentq

from onnes.errors import InvalidInput
from onnes.model.phonons.proton import Proton
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B


def scha(model: Proton, temperature: float = 0.0) -> State:
    """Solve one hydrogen bond in its mean field with the best Gaussian.

    The centred and the off-centre solutions are compared, and the one of lower free energy is kept:
    the Gaussian makes the transition first order, which the levels do not.

    Parameters
    ----------
    model : the bond, with a finite mass.
    temperature : K, not negative.

    Returns
    -------
    State of method ``"scha"`` with ``off_centring`` angstrom, ``variance`` angstrom^2, ``bond_stiffness``
    (K) meV/angstrom^2, ``bond_free_energy`` meV, ``temperature`` (1,) K.

    Raises
    ------
    InvalidInput : a classical particle (use `solve.proton`), or a negative temperature.
    """
    if model.is_classical or not (temperature >= 0 and np.isfinite(temperature)):
        raise InvalidInput(
            f"mass {model.mass} u at {temperature} K", "give a finite mass and a temperature of zero or more"
        )
    begin = time.perf_counter()
    found = [
        (m, k)
        for m, k in ((0.0, _centred(model, temperature)), _off_centre(model, temperature))
        if k is not None
    ]
    order, stiffness = min(found, key=lambda pair: gaussian_free_energy(model, *pair, temperature))
    variance = gaussian_variance(model, stiffness, temperature)
    fields = {
        "off_centring": np.asarray(order),
        "variance": np.asarray(variance),
        "bond_stiffness": np.asarray(stiffness),
        "bond_free_energy": np.asarray(gaussian_free_energy(model, order, stiffness, temperature)),
        "temperature": np.array([temperature]),
    }
    residual = model.stiffness + 3 * model.quartic * (order**2 + variance) - stiffness
    report = Report(
        Outcome.CONVERGED,
        engine="self-consistent harmonic",
        seconds=time.perf_counter() - begin,
        checks=(Check("stiffness is self-consistent, relative", float(residual / stiffness), 1e-8),),
    )
    return State(model, "scha", fields, report)


def gaussian_variance(model: Proton, stiffness: float, temperature: float) -> float:
    """Return <x^2> = hbar/(2 m Omega) coth(hbar Omega/2kT) of an oscillator (angstrom^2); kT/K when classical."""
    if model.is_classical:
        return K_B * temperature / stiffness
    omega = model.energy_of(stiffness)
    return model.kinetic / (2 * omega) / _tanh_half(omega, temperature)


def gaussian_free_energy(model: Proton, centre: float, stiffness: float, temperature: float) -> float:
    """Return the variational free energy (meV) of a Gaussian of centre m (angstrom) and stiffness K."""
    v, omega = gaussian_variance(model, stiffness, temperature), model.energy_of(stiffness)
    thermal = K_B * temperature * np.log1p(-np.exp(-omega / (K_B * temperature))) if temperature > 0 else 0.0
    well = (
        model.stiffness * (centre**2 + v) / 2 + model.quartic * (centre**4 + 6 * centre**2 * v + 3 * v**2) / 4
    )
    return float(omega / 2 + thermal - stiffness * v / 2 + well - model.coupling * centre**2 / 2)


def _centred(model: Proton, temperature: float) -> float:
    """Stiffness of the centred Gaussian: the one root of K = kappa + 3 g v(K)."""
    excess = lambda log_k: model.stiffness + 3 * model.quartic * _v(model, log_k, temperature) - np.exp(log_k)  # noqa: E731
    scale = np.log((model.quartic**2 * model.kinetic) ** (1 / 3) + abs(model.stiffness))
    return float(np.exp(brentq(excess, scale - 30, scale + 30, xtol=1e-13)))


def _off_centre(model: Proton, temperature: float) -> tuple[float, float | None]:
    """Centre and stiffness of the stable off-centre Gaussian.

    K = 3 J - 2 kappa - 6 g v(K), m^2 = (J - kappa)/g - 3 v.
    """
    top = 3 * model.coupling - 2 * model.stiffness
    if top <= 0:
        return 0.0, None
    excess = lambda log_k: top - 6 * model.quartic * _v(model, log_k, temperature) - np.exp(log_k)  # noqa: E731
    trial = np.log(top) + np.linspace(-12, 0, 400)
    values = np.array([excess(t) for t in trial])
    crossing = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    if not len(crossing):
        return 0.0, None
    stiffness = float(np.exp(brentq(excess, trial[crossing[-1]], trial[crossing[-1] + 1], xtol=1e-13)))
    square = (model.coupling - model.stiffness) / model.quartic - 3 * gaussian_variance(
        model, stiffness, temperature
    )
    return (float(np.sqrt(square)), stiffness) if square > 0 else (0.0, None)


def _v(model: Proton, log_stiffness: float, temperature: float) -> float:
    return gaussian_variance(model, float(np.exp(log_stiffness)), temperature)


def _tanh_half(omega: float, temperature: float) -> float:
    return float(np.tanh(omega / (2 * K_B * temperature))) if temperature > 0 else 1.0
