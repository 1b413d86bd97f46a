r"""
One glue, many measurements
===========================

**Physics background.** The grammar of the library in one picture: a superconductor is described once, solved,
and measured with every instrument. For lead the description is its phonon spectrum and :math:`\mu^*`.

**What it shows.** The spectrum; the tunnelling conductance it implies; and, for nine elements, the ratio of
gap to Tc against the retardation :math:`k_BT_c/\omega_{\log}`. One parameter, :math:`\mu^*`, was fitted to one
number, Tc, by the authors of each spectrum; the gap is predicted. This script draws the picture of the README:
``python examples/07_one_glue_many_measurements.py docs/images/one-glue.png``.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np

import onnes as on
from onnes.study.figure import Curve, Figure
from onnes.units import K_B

ELEMENTS = ("Al", "V", "Ta", "Sn", "Tl", "In", "Nb", "Pb", "Hg")


# %%
# Describe and solve
# ------------------
def solved(name: str) -> tuple[float, on.State]:
    """Return Tc (K) of an element of the table, and its state at a fifth of Tc on the real axis."""
    glue = on.model.material(name).glue()
    tc = on.solve.critical_temperature(glue)
    return tc, on.response.real_axis(on.solve.eliashberg(glue, 0.2 * tc))


elements = {name: solved(name) for name in ELEMENTS}
tc, lead = elements["Pb"]
edge = float(lead["gap_edge"][0])

# %%
# Measure
# -------
bias = np.linspace(0, 14, 561)
conductance = on.probe.tunneling(lead, bias, temperature=1.0, lockin=0.03)["conductance"].values
weak = bias / np.sqrt(np.maximum(bias**2 - edge**2, 1e-9))
beyond = bias > 1.02 * edge

retardation, computed, measured, error = np.array(
    [
        (
            K_B * t / state.model.spectrum.omega_log,
            2 * float(state["gap_edge"][0]) / (K_B * t),
            2 * numbers["gap"].value / (K_B * numbers["Tc"].value),
            2 * numbers["gap"].error / (K_B * numbers["Tc"].value),
        )
        for numbers, (t, state) in (
            (on.model.material(name).numbers, found) for name, found in elements.items()
        )
    ]
).T

# %%
# Draw
# ----
spectrum = lead.model.spectrum
gathered = np.cumsum(2 * spectrum.measure / spectrum.frequency)
panels = (
    Figure(
        "The glue: lead's phonons",
        "phonon energy (meV)",
        "α²F and gathered λ",
        (
            Curve(spectrum.frequency, spectrum.alpha2F, "α²F(Ω)"),
            Curve(spectrum.frequency, gathered, f"λ(Ω), up to {spectrum.lambda_:.2f}", "dashed", "reference"),
        ),
    ),
    Figure(
        "What a tunnel junction sees",
        "bias energy (meV)",
        "conductance over normal",
        (
            Curve(bias, conductance, "computed at 1 K"),
            Curve(bias[beyond], weak[beyond], "constant gap", "dashed", "reference"),
        ),
        y_range=(0, 2.6),
    ),
    Figure(
        "Nine elements: the gap follows",
        "kTc/ω_log",
        "2Δ/kTc",
        (
            Curve(np.array([0, 0.155]), np.full(2, 3.528), "weak coupling", "dotted", "reference"),
            Curve(retardation, computed, "computed", "points"),
            Curve(retardation, measured, "measured", "points", "measured", error),
        ),
        x_range=(0, 0.155),
    ),
)
fig, axes = plt.subplots(1, 3, figsize=(12.6, 3.7), layout="constrained")
for ax, panel in zip(axes, panels, strict=True):
    on.view.draw(panel, ax)
if len(sys.argv) > 1:
    fig.savefig(sys.argv[1], dpi=110)

# %%
# This work / published
# ---------------------
print(f"{'2Δ/kTc':8}{'this work':>12}{'published':>16}")
for name, ours, theirs, spread in zip(ELEMENTS, computed, measured, error, strict=True):
    status = on.model.material(name).numbers["gap"].status
    print(f"{name:8}{ours:12.2f}{theirs:11.2f} ± {spread:.2f}   {status}")
rank = np.corrcoef(retardation, computed)[0, 1]
assert rank > 0.95, "the gap ratio grows with retardation"
assert abs(computed[0] / 3.528 - 1) < 0.01, "aluminium lies at the weak-coupling limit"
assert np.all(abs(computed / measured - 1) < 0.12)
