"""Plots of pairing by phonons: the spectrum, the gap, the tunnelling conductance, the convergence."""

from typing import TYPE_CHECKING

import numpy as np

from onnes.errors import InvalidInput
from onnes.model import Spectrum
from onnes.state import Report, State
from onnes.study.figure import Curve, Figure
from onnes.view.labelled import dataset, label_of
from onnes.view.paper import draw

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def spectrum(given: Spectrum, ax: "Axes | None" = None) -> "Axes":
    """Draw alpha2F(Omega) and, dashed, the coupling lambda gathered up to Omega.

    lambda(Omega) = 2 * integral_0^Omega dO alpha2F(O)/O; its last value is lambda. A spectrum of few
    modes is drawn as points of the weight alpha2F dOmega (meV), for heights mean nothing there.
    """
    gathered = np.cumsum(2 * given.measure / given.frequency)
    modes = bool(np.any(given.weights == 1.0)) and len(given.frequency) < 20
    heights = given.measure if modes else given.alpha2F
    curves = (
        Curve(
            given.frequency, heights, "α²F dΩ (meV)" if modes else "α²F", style="points" if modes else "line"
        ),
        Curve(given.frequency, gathered, "λ(Ω)", style="dashed", role="reference"),
    )
    title = f"λ = {given.lambda_:.3g}, ω_log = {given.omega_log:.3g} meV"
    return draw(Figure(title, label_of("frequency"), "α²F, λ(Ω)", curves), ax)


def gap(given: "State | xr.Dataset", ax: "Axes | None" = None) -> "Axes":
    """Draw the gap function: on the real axis where the data hold it, else on the imaginary axis.

    Raises
    ------
    InvalidInput : the data hold no gap function.
    """
    ds = given.to_dataset() if isinstance(given, State) else given
    name = next((n for n in ("gap_real", "gap_matsubara", "gap_temperature") if n in ds), None)
    if name is None:
        raise InvalidInput("this dataset holds no gap function", "solve it with solve.eliashberg")
    return dataset(ds, name, ax)


def conductance(ds: "xr.Dataset", ax: "Axes | None" = None) -> "Axes":
    """Draw the differential conductance over its normal-state value against bias energy (meV)."""
    return dataset(ds, "conductance", ax)


def residuals(report: Report, ax: "Axes | None" = None) -> "Axes":
    """Draw the residual of every iteration and the target, on a logarithmic axis.

    Raises
    ------
    InvalidInput : the report keeps no history.
    """
    if not report.residuals:
        raise InvalidInput("this report keeps no residuals", "plot the report of an iterative solver")
    steps = np.arange(1, len(report.residuals) + 1)
    curves = [Curve(steps, np.asarray(report.residuals), "residual")]
    if report.target > 0:
        ends = np.array([steps[0], steps[-1]])
        curves.append(Curve(ends, np.full(2, report.target), "target", style="dotted", role="reference"))
    return draw(Figure(report.summary(), "iteration", "residual", curves, log_y=True), ax)
