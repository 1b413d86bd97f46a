"""The amplitude of a given gap function against temperature, by the weak-coupling gap equation on its Fermi surface."""

import time
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq

from onnes.errors import InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.response.lattice.quasiclassical import gap_equation
from onnes.response.lattice.sheets import POINTS, SLICES, fermi_sheets
from onnes.solve.lattice.bdg import given_gap
from onnes.state import Check, Outcome, Report, State

LOWEST = 1e-7
"""Smallest amplitude over that at the lowest temperature: reached at Tc - T = 1e-14 Tc."""


def weak_coupling(
    model: Superconductor,
    critical_temperature: float,
    temperatures: Sequence[float],
    *,
    points: int = POINTS,
    slices: int = SLICES,
) -> list[State]:
    """Return states at the given temperatures whose gap keeps its form, its amplitude solving the gap equation.

        <phi^2> ln(Tc/T) = 2 pi T sum_n <phi^2 [1/w_n - 1/(w_n^2 + Delta^2 phi^2)^1/2]>

    of an attraction separable in the gap function phi, <...> the average over the Fermi surface. The amplitude of
    ``model`` does not matter: Tc alone sets the scale, and 2 Delta/kTc is that of weak coupling.

    Fields: ``temperature`` (1,) K; ``gap_amplitude`` (1,) meV, the largest |Delta| on the Fermi surface, 0 at and
    above Tc.

    Parameters
    ----------
    model : bands and the form of the gap, of any amplitude but zero.
    critical_temperature : K, positive.
    temperatures : K, positive.
    points, slices : mesh of the Fermi surface (`onnes.response.fermi_sheets`).

    Raises
    ------
    InvalidInput : temperatures that are not positive, or a gap that vanishes on the Fermi surface.
    """
    tc = float(critical_temperature)
    if not (np.isfinite(tc) and tc > 0 and all(np.isfinite(t) and t > 0 for t in temperatures)):
        raise InvalidInput(f"Tc = {tc} K, T = {list(temperatures)} K", "give positive temperatures in K")
    sheets = fermi_sheets(given_gap(model, tc), points=points, slices=slices)
    if sheets.largest == 0:
        raise InvalidInput(
            "a gap function that vanishes on the Fermi surface", "give a gap function with an amplitude"
        )
    found = []
    for t in temperatures:
        begun = time.perf_counter()
        scale, residual = 0.0, 0.0
        if t < tc:

            def excess(log_scale: float, t: float = float(t)) -> float:
                return gap_equation(sheets, float(np.exp(log_scale)), t, tc)

            # the largest gap lies below 3 kTc times the largest |phi| over its root mean square; widen from there
            high = np.log(tc / sheets.largest)
            while excess(high) < 0:
                high += 1.0
            low = high + np.log(LOWEST)
            if excess(low) < 0:
                scale = float(np.exp(brentq(excess, low, high, xtol=1e-13)))
                residual = abs(excess(np.log(scale)))
        amplitude = model.pairing.amplitude * scale
        state = given_gap(Superconductor(model.bands, model.pairing.with_amplitude(amplitude)), float(t))
        report = Report(
            Outcome.CONVERGED,
            engine="weak coupling on the Fermi surface, bracketed root",
            residuals=(residual,),
            target=1e-10,
            seconds=time.perf_counter() - begun,
            # its slope in ln Delta is about (Delta/kT)^2 near Tc and 1 far below
            checks=(Check("gap equation", residual, 1e-10),),
        )
        fields = {"temperature": state["temperature"], "gap_amplitude": np.array([scale * sheets.largest])}
        found.append(State(state.model, "weak coupling", fields, report))
    return found
