"""Tc of a metal with phonon and exciton glue: logarithms, exact square wells, Eliashberg; and where it holds.

Square wells. With Phi(xi) = sum_i Phi_i theta(w_i - |xi|) the linearised gap equation is finite::

    Phi_i = v_i sum_j L(min(w_i, w_j)) Phi_j,    v = (lambda_ph, lambda_ex, -mu)
    L(w)  = integral_0^w dxi tanh(xi/2kT)/(xi Z(xi))            wells in energy, or
    L(w)  = [psi(w/2 pi kT + 1/2) - psi(1/2)]/Z                  wells in Matsubara frequency

both of which are ln(1.134 w/kT) for w >> kT. Z is the mass renormalisation of each shell: 1 + lambda_ph +
lambda_ex below w_ph, 1 + lambda_ex between w_ph and w_ex, 1 beyond. Elimination from the outermost well
inwards gives, with the logarithms (and without Z)::

    mu*_ex = mu/(1 + mu ln(E_F/w_ex)),      g2 = lambda_ex - mu*_ex
    g      = lambda_ph + g2/(1 - g2 ln(w_ex/w_ph)),      kTc = 1.134 w_ph exp(-1/g)

and kTc = 1.134 w_ex exp(-1/g2) once g2 ln(w_ex/w_ph) >= 1, where excitons alone pair above w_ph.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, pi
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma

from onnes.errors import InvalidInput, NoSuperconductivity, OnnesWarning
from onnes.model.phonons.exciton import ExcitonMetal
from onnes.solve.phonons.transition import critical_temperature
from onnes.units import EULER_GAMMA, HBAR, K_B

EDGE = 2 * exp(EULER_GAMMA) / pi
"""1.1339: L(w) = ln(EDGE w/kT) for w >> kT."""
BCS_RATIO = pi * exp(-EULER_GAMMA)
"""Delta(0)/kTc = 1.764."""
LOWEST = 1e-3
"""Lowest temperature searched, K."""
MIGDAL_BOUND = 0.1
"""Vertex corrections are of relative order lambda Omega/E_F; ten per cent is where they stop being a correction."""
LEAST_REACH, FULL_REACH = 6.0, 20.0
"""Matsubara cutoff in units of the highest boson energy: at least, and where the band is wide enough.

Measured: six leaves 2-4 % of Tc out, twenty 0.1 %. Beyond E_F the rescaled mu grows and may diverge,
so that the cutoff stays as near to E_F as the bosons allow.
"""

WellsIn = Literal["energy", "frequency"]


@dataclass(frozen=True, slots=True)
class Flag:
    """One condition under which an exciton Tc means anything: ``value`` must not exceed ``bound``."""

    name: str
    value: float
    bound: float
    meaning: str

    @property
    def holds(self) -> bool:
        return bool(self.value <= self.bound)


@dataclass(frozen=True, slots=True)
class Validity:
    """The conditions of one result."""

    flags: tuple[Flag, ...]

    @property
    def holds(self) -> bool:
        return all(flag.holds for flag in self.flags)

    @property
    def broken(self) -> tuple[Flag, ...]:
        return tuple(flag for flag in self.flags if not flag.holds)


@dataclass(frozen=True, slots=True)
class ExcitonPairing:
    """Three temperatures of one metal, K (0 where there is no transition), and the conditions of their validity."""

    model: ExcitonMetal
    logarithmic: float
    two_well: float
    eliashberg: float
    phonons_alone: float
    validity: Validity


def exciton_pairing(model: ExcitonMetal) -> ExcitonPairing:
    """Compute Tc of phonons and excitons by logarithms, exact wells and Eliashberg, with its validity.

    Warns `OnnesWarning`, with the numbers, where a condition is broken: the temperatures are then the
    outcome of the equations and no prediction.
    """
    two_well = _or_zero(two_well_temperature, model)
    strong = _or_zero(exciton_eliashberg_temperature, model)
    without = (
        ExcitonMetal(model.lambda_ph, model.omega_ph, 0.0, model.omega_ex, model.mu, model.fermi_energy)
        if model.lambda_ph
        else None
    )
    phonons = _or_zero(exciton_eliashberg_temperature, without) if without else 0.0
    validity = exciton_validity(model, strong)
    if not validity.holds:
        broken = ", ".join(
            f"{flag.name} {flag.value:.3g} (bound {flag.bound:.3g})" for flag in validity.broken
        )
        warnings.warn(
            f"outside the range of the exciton mechanism's theory: {broken}", OnnesWarning, stacklevel=2
        )
    return ExcitonPairing(
        model, _or_zero(logarithmic_temperature, model), two_well, strong, phonons, validity
    )


def logarithmic_temperature(model: ExcitonMetal, *, renormalised: bool = True) -> float:
    """Return Tc in K from the closed logarithmic formula of the two-square-well model (see the module).

    Parameters
    ----------
    renormalised : divide each shell's logarithm by its mass renormalisation Z.

    Raises
    ------
    NoSuperconductivity : the net coupling is not attractive.
    """
    z_ph, z_ex = _renormalisation(model) if renormalised else (1.0, 1.0)
    repulsion = model.mu / (1 + model.mu * log(model.fermi_energy / model.exciton_edge))
    outer = model.lambda_ex - repulsion
    shell = log(model.exciton_edge / model.omega_ph) / z_ex
    if outer * shell >= 1:
        return EDGE * model.exciton_edge * exp(-z_ex / outer) / K_B
    net = model.lambda_ph + outer / (1 - outer * shell)
    if net <= 0:
        raise _none(f"net coupling {net:.4f}")
    return EDGE * model.omega_ph * exp(-z_ph / net) / K_B


def two_well_temperature(
    model: ExcitonMetal, *, wells_in: WellsIn = "energy", renormalised: bool = True
) -> float:
    """Return Tc in K of the square-well model exactly: the largest eigenvalue of v_i L(min(w_i, w_j)) equals 1.

    Parameters
    ----------
    wells_in : ``"energy"`` (tanh integral, BCS) or ``"frequency"`` (digamma, as in the Eliashberg sums).
    renormalised : divide each shell by its mass renormalisation Z.

    Raises
    ------
    NoSuperconductivity : no transition above 1 mK. InvalidInput : an unknown ``wells_in``.
    """
    top = log(10 * max(model.exciton_edge, model.omega_ph) / K_B)
    bottom = log(LOWEST)

    def excess(log_t: float) -> float:
        return largest_well_eigenvalue(model, exp(log_t), wells_in=wells_in, renormalised=renormalised) - 1

    at_bottom = excess(bottom)
    if at_bottom <= 0:
        raise _none(f"largest pairing eigenvalue {1 + at_bottom:.4f} at {LOWEST} K")
    while excess(top) > 0:
        top += 1.0
    return exp(brentq(excess, bottom, top, xtol=1e-12))


def largest_well_eigenvalue(
    model: ExcitonMetal, temperature: float, *, wells_in: WellsIn = "energy", renormalised: bool = True
) -> float:
    """Return the largest real eigenvalue of v_i L(min(w_i, w_j)) at ``temperature`` (K); superconducting above 1."""
    strength, edges = _wells(model)
    z_ph, z_ex = _renormalisation(model) if renormalised else (1.0, 1.0)
    z = {model.omega_ph: z_ph, model.exciton_edge: z_ex}
    bare = [_pair_integral(edge, K_B * temperature, wells_in) for edge in edges]
    shells = np.diff(bare, prepend=0.0) / [z.get(edge, 1.0) for edge in edges]
    dressed = np.cumsum(shells)
    index = np.arange(len(edges))
    matrix = strength[:, None] * dressed[np.minimum.outer(index, index)]
    values = np.linalg.eigvals(matrix)
    return float(np.max(values.real[np.abs(values.imag) < 1e-9 * np.max(np.abs(values))]))


def exciton_eliashberg_temperature(model: ExcitonMetal, *, cutoff: float | None = None) -> float:
    """Return Tc in K of the isotropic Eliashberg equations with both peaks in alpha2F and mu acting up to E_F.

    Parameters
    ----------
    cutoff : Matsubara cutoff, meV; E_F where that lies between six and twenty times the highest boson energy,
        else the nearer of the two.

    Raises
    ------
    NoSuperconductivity : no transition above the lowest temperature that the cutoff allows.
    InvalidInput : the cutoff is below twice the highest boson energy.
    InvalidModel : mu rescaled to the cutoff diverges (repulsion too strong for a boson that fast).
    """
    glue = model.glue()
    fitting = min(max(LEAST_REACH * glue.omega_max, model.fermi_energy), FULL_REACH * glue.omega_max)
    return critical_temperature(glue, cutoff=fitting if cutoff is None else cutoff)


def exciton_validity(model: ExcitonMetal, temperature: float) -> Validity:
    """State under which conditions an exciton Tc (K) means anything, each with its number and bound.

    - Migdal: lambda_ex omega_ex/E_F, the size of what the Eliashberg equations leave out.
    - Retardation: omega_ex/E_F; mu is reduced only by ln(E_F/omega_ex).
    - Static stability: lambda_ex/mu. Excitons are the electrons' own screening, and V_c/epsilon(q, 0)
      with epsilon > 1 stays repulsive: Cohen and Anderson, AIP Conf. Proc. 4, 17 (1972). A claim of the
      literature, disputed: epsilon(q, 0) < 0 is allowed at q != 0 (Dolgov, Kirzhnits and Maksimov, Rev.
      Mod. Phys. 53, 81 (1981)).
    - One dimension (filaments): length over phase correlation length at Tc/2. The phase stiffness of N
      channels, K = N hbar v_F/2 pi, gives <e^i(phi(x)-phi(0))> = exp(-|x|/l), l = N hbar v_F/(pi kT):
      no long-range order at any T > 0 (Rice, Phys. Rev. 140, A1889 (1965); Hohenberg, ibid. 158, 383 (1967)).
    """
    flags = [
        Flag(
            "Migdal parameter lambda_ex*omega_ex/E_F",
            model.lambda_ex * model.omega_ex / model.fermi_energy,
            MIGDAL_BOUND,
            "vertex corrections are left out",
        ),
        Flag(
            "retardation omega_ex/E_F",
            model.omega_ex / model.fermi_energy,
            MIGDAL_BOUND,
            "the repulsion is not reduced below the exciton energy",
        ),
        Flag(
            "static stability lambda_ex/mu",
            model.lambda_ex / model.mu if model.mu else float("inf"),
            1.0,
            "claim of the literature, disputed: electronic screening cannot overturn the repulsion that it screens",
        ),
    ]
    if model.filament is not None and temperature > 0:
        coherent = phase_length(model, temperature / 2)
        flags.append(
            Flag(
                "filament length over phase correlation length at Tc/2",
                model.filament.length / coherent,
                1.0,
                "no long-range phase order in one dimension",
            )
        )
    return Validity(tuple(flags))


def phase_length(model: ExcitonMetal, temperature: float) -> float:
    """Return the phase correlation length N hbar v_F/(pi kT) of the filament at ``temperature`` (K), nm.

    An upper bound: the stiffness is taken at its zero-temperature value.
    """
    if model.filament is None:
        raise InvalidInput(
            "a metal without a filament has no one-dimensional phase length", "give filament=Filament(...)"
        )
    return model.filament.channels * HBAR * model.filament.fermi_velocity / (pi * K_B * temperature)


def _wells(model: ExcitonMetal) -> tuple[np.ndarray, list[float]]:
    """Strengths and edges, innermost first; the exciton well never reaches beyond the band."""
    strength = np.array([model.lambda_ph, model.lambda_ex, -model.mu])
    return strength, [model.omega_ph, model.exciton_edge, model.fermi_energy]


def _renormalisation(model: ExcitonMetal) -> tuple[float, float]:
    return 1 + model.lambda_ph + model.lambda_ex, 1 + model.lambda_ex


def _pair_integral(edge: float, energy: float, wells_in: WellsIn) -> float:
    if wells_in == "energy":
        return _tanh_integral(edge / (2 * energy))
    if wells_in == "frequency":
        return float(digamma(edge / (2 * pi * energy) + 0.5) - digamma(0.5))
    raise InvalidInput(f"wells in {wells_in!r}", "use 'energy' or 'frequency'")


SATURATION = 20.0
"""tanh(20) is 1 to rounding."""


def _tanh_integral(x: float) -> float:
    """integral_0^x dy tanh(y)/y, to rounding."""
    nodes, weights = _gauss_legendre(80)
    inner = min(x, SATURATION)
    y = 0.5 * inner * (nodes + 1)
    return float(0.5 * inner * np.sum(weights * np.tanh(y) / y)) + (log(x / inner) if x > inner else 0.0)


@lru_cache(maxsize=4)
def _gauss_legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(order)


def _or_zero(temperature: Callable[[ExcitonMetal], float], model: ExcitonMetal) -> float:
    try:
        return temperature(model)
    except NoSuperconductivity:
        return 0.0


def _none(found: str) -> NoSuperconductivity:
    return NoSuperconductivity(f"no transition ({found})", "give stronger attraction or a smaller mu")
