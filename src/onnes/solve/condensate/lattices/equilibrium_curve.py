"""The magnetisation curve of a type-II superconductor in equilibrium, from Hc1 to Hc2."""

import time
from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.solve.condensate.lattices.lattice_cell import vortex_lattice
from onnes.solve.condensate.profiles.straight_vortex import vortex_line
from onnes.state import Check, Outcome, Report, State
from onnes.units import MU_0, PHI_0

LARGEST = 8.0
"""Largest distance of vortices in a default curve, in units of lambda + xi: their attraction to the field is gone."""


def magnetisation_curve(
    material: GinzburgLandau,
    shape: str | float = "triangular",
    *,
    inductions: Sequence[float] | None = None,
    points: int = 24,
    tolerance: float = 1e-8,
) -> State:
    """Return the equilibrium magnetisation of a long cylinder along the field, from Hc1 to Hc2.

    The lattice is solved at each mean induction, and the field follows from it; the ends are those of a single vortex,
    mu0 Hc1 = mu0 eps_1/Phi_0 at B = 0, and of the normal metal, B = mu0 Hc2.

    Parameters
    ----------
    shape : ``"triangular"``, ``"square"`` or an angle in degrees between vectors of one length.
    inductions : T, increasing, between 0 and mu0 Hc2 exclusive; where not given, ``points`` of them, denser near Hc1.
    tolerance : of each lattice.

    Returns
    -------
    State ``"magnetisation_curve"`` of the material: ``induction`` (T, with both ends), ``curve_field`` (T),
    ``curve_magnetisation`` (T), ``lower_critical_field`` (T).

    Raises
    ------
    InvalidInput : a material of type I; inductions that do not increase or are out of range.
    NotConverged : a lattice or the single vortex.
    """
    begin, upper = time.perf_counter(), material.upper_critical_field
    if material.kappa < (1 - 1e-9) / np.sqrt(2):
        raise InvalidInput(
            f"a superconductor of type I (kappa = {material.kappa:.4g}) has no vortex lattice in equilibrium",
            "give one with kappa above 0.7071",
        )
    chosen = _inductions(material, points) if inductions is None else np.array(inductions, float)
    if chosen.ndim != 1 or not (np.diff([0.0, *chosen, upper]) > 0).all():
        raise InvalidInput(
            f"inductions {inductions} for a curve", f"give them increasing, above 0 and below {upper:.4g} T"
        )
    line = vortex_line(material)
    lower = MU_0 * float(line["line_energy"]) / PHI_0
    lattices = [vortex_lattice(material, b, shape, tolerance=tolerance) for b in chosen]
    fields = np.array([lower, *(float(s["equilibrium_field"]) for s in lattices), upper])
    magnetisation = np.array([-lower, *(float(s["lattice_magnetisation"]) for s in lattices), 0.0])
    residual = max((s.report.residuals[-1] for s in lattices), default=0.0)
    report = Report(
        Outcome.CONVERGED,
        engine=f"{len(lattices)} lattices and a single vortex",
        residuals=(residual,),
        target=tolerance,
        iterations=sum(s.report.iterations for s in lattices),
        seconds=time.perf_counter() - begin,
        checks=tuple(_worst(lattices, k) for k in range(2)) if lattices else (),
    )
    found = {
        "induction": np.array([0.0, *chosen, upper]),
        "curve_field": fields,
        "curve_magnetisation": magnetisation,
        "lower_critical_field": np.array(lower),
    }
    return State(material, "magnetisation_curve", found, report)


def _inductions(material: GinzburgLandau, points: int) -> np.ndarray:
    """Half of them from the most dilute lattice to 0.3 Bc2 in equal ratios, half from there on in equal steps."""
    if points < 2:
        raise InvalidInput(f"a curve of {points} points", "give at least two")
    distance = LARGEST * (material.kappa + 1)
    least, half = min(4 * np.pi / (np.sqrt(3) * distance**2), 0.1), points // 2
    low = np.geomspace(least, 0.3, half, endpoint=False)
    return material.upper_critical_field * np.concatenate(
        [low, np.linspace(0.3, 1, points - half, endpoint=False)]
    )


def _worst(lattices: list[State], k: int) -> Check:
    checks = [s.report.checks[k] for s in lattices]
    return max(checks, key=lambda c: abs(c.value) / c.bound)
