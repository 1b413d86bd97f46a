r"""
Gap and tunnelling
==================

**Physics background.** The gap of a strong-coupling superconductor is a complex function of energy,
:math:`\Delta(\omega)`. Its edge solves :math:`\mathrm{Re}\,\Delta(\Delta_0)=\Delta_0`; phonons leave their
mark in the density of states near :math:`\Delta_0+\Omega_{ph}`, at energies far above the gap. A tunnel
junction reads this density of states, through temperature and modulation. This is how the phonon glue
was found in the first place.

**What it shows.** The exact continuation of the Matsubara solution to real energies for lead (no fit,
no Padé noise), the phonon structure in the tunnelling conductance, and the edge against experiment.
"""

import numpy as np

import onnes as on
from onnes.study.figure import Curve, Figure
from onnes.units import K_B

# %%
# Solve, then continue to real energies
# -------------------------------------
lead = on.model.material("Pb").glue()
tc = on.solve.critical_temperature(lead)
state = on.response.real_axis(on.solve.eliashberg(lead, temperature=1.0))
edge = float(state["gap_edge"][0])
print(state.report.summary())
print(
    f"gap edge {edge:.4f} meV; first Matsubara value {state['gap_matsubara'][0, 0]:.4f} meV: not the same thing"
)

# %%
# What a junction measures
# ------------------------
# At 1 K and with 0.02 meV rms of modulation. Dashed: a constant gap with the same edge.
bias = np.linspace(0, 16, 641)
measured = on.probe.tunneling(state, bias, lockin=0.02)
weak = np.where(bias > edge, bias / np.sqrt(np.maximum(bias**2 - edge**2, 1e-12)), 0.0)
on.view.draw(
    Figure(
        "Lead: the phonons show in the tunnelling conductance",
        "bias energy eV (meV)",
        "conductance over normal",
        (
            Curve(bias, measured["conductance"].values, "Eliashberg, 1 K"),
            Curve(bias[bias > 1.02 * edge], weak[bias > 1.02 * edge], "constant gap", "dashed", "reference"),
        ),
        y_range=(0, 4),
    )
)

# %%
# The phonon structure
# --------------------
# Up to a phonon energy above the edge the phonons attract and the conductance exceeds that of a constant gap;
# beyond it they repel, and it falls short.
ratio = measured["conductance"].values / np.where(weak > 0, weak, 1)
window = (bias > edge + 2) & (bias < 12)
highest, lowest = bias[window][np.argmax(ratio[window])], bias[window][np.argmin(ratio[window])]
print(f"largest excess {ratio[window].max() - 1:+.3f} at {highest - edge:.2f} meV above the edge")
print(f"largest deficit {ratio[window].min() - 1:+.3f} at {lowest - edge:.2f} meV above the edge")
omega = lead.spectrum.frequency
assert omega[0] < highest - edge < lowest - edge < 1.2 * omega[-1], "structure lies where the phonons are"

# %%
# No state is created or lost: the excess at the edge fills the gap exactly. The report has checked it.
moved = next(check for check in state.report.checks if check.name == "states moved")
print(f"states moved: {moved.value:.1e} of the gap (bound {moved.bound:.0e})")
assert moved.passed

# %%
# This work / published
# ---------------------
# mu* was fitted to Tc by its authors; the gap is predicted. Its error is what the published errors of lambda
# and omega_log do to it.
numbers = on.model.material("Pb").numbers
published = numbers["gap"]
relative = {name: numbers[name].error / numbers[name].value for name in ("lambda", "omega_log")}
stronger = on.model.PhononGlue(lead.spectrum.scaled(coupling=1 + relative["lambda"]), lead.mu_star)
shifted = float(on.response.real_axis(on.solve.eliashberg(stronger, temperature=1.0))["gap_edge"][0])
error = float(np.hypot(shifted - edge, relative["omega_log"] * edge))
claim = on.compare.Claim(
    "gap of Pb",
    edge,
    error,
    on.compare.Published(published.value, published.error, "meV", published.source, published.status),
    on.compare.Kind.PREDICTED,
)
print(f"{'':14}{'this work':>15}{'published':>18}")
print(f"{'gap (meV)':14}{edge:8.2f} ± {error:.2f}{published.value:11.2f} ± {published.error:.2f}")
print(
    f"{'2 gap/kTc':14}{2 * edge / (K_B * tc):8.2f}{2 * published.value / (K_B * numbers['Tc'].value):18.2f}"
)
assert claim.holds, f"{claim.deviation:.1f} combined standard errors apart"
