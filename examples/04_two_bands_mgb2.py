r"""
Two bands: MgB₂
===============

**Physics background.** In magnesium diboride the holes of the boron :math:`\sigma` bonds couple strongly to
one bond-stretching phonon, the :math:`\pi` electrons weakly to everything. Two gaps open at one and the same
temperature, because pairs scatter between the bands: :math:`\lambda_{ij}` is a matrix with
:math:`N_i\lambda_{ij}=N_j\lambda_{ji}`.

**What it shows.** Both gap edges on the real axis, the tunnelling spectrum of a junction that sees both
bands, and a rule that any two-band superconductor obeys.
"""

import numpy as np

import onnes as on
from onnes.study.figure import Curve, Figure
from onnes.units import K_B

# %%
# A matrix of spectra
# -------------------
mgb2 = on.model.material("MgB2")
glue = mgb2.glue()
print("lambda_ij =", np.round(glue.lambda_matrix, 3).tolist())
print("mu*_ij    =", glue.mu_star.value, f"at {glue.mu_star.cutoff:.0f} meV")
tc = on.solve.critical_temperature(glue)

# %%
# One Tc, two gaps
# ----------------
cold = on.response.real_axis(on.solve.eliashberg(glue, temperature=4.0))
sigma, pi = (float(edge) for edge in cold["gap_edge"])
ladder = [on.solve.eliashberg(glue, t * tc) for t in (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)]
kelvin = np.array([float(state["temperature"][0]) for state in ladder])
gaps = np.array([state["gap_matsubara"][:, 0] for state in ladder])
on.view.draw(
    Figure(
        "Both gaps of MgB2 close at one temperature",
        "temperature (K)",
        "lowest Matsubara gap (meV)",
        (Curve(kelvin, gaps[:, 0], "σ"), Curve(kelvin, gaps[:, 1], "π", "dashed")),
    )
)
# Near Tc both gaps follow the one eigenvector of the linearised equation: their ratio stops moving.
ratio = gaps[:, 0] / gaps[:, 1]
print(f"gap ratio {ratio[0]:.3f} at 0.3 Tc, {ratio[-2]:.3f} at 0.99 Tc, {ratio[-1]:.3f} at 0.999 Tc")
assert abs(ratio[-1] / ratio[-2] - 1) < 0.02

# %%
# A junction sees a mixture
# -------------------------
# The share of each band in the current depends on the direction of tunnelling. A junction along the c axis
# sees mostly the π band; here one tenth σ is assumed.
bias = np.linspace(-12, 12, 481)
seen = on.probe.tunneling(cold, bias, band_weights=np.array([0.1, 0.9]), broadening=0.1)
on.view.conductance(seen)

# %%
# This work / published
# ---------------------
# mu* is fitted to Tc, up to one common factor; both gaps are predicted. In any two-band superconductor of
# weak coupling one ratio 2Δ/kTc lies above 3.53 and one below.
print(f"{'':20}{'this work':>12}{'published':>16}")
for label, edge, name in (("σ gap (meV)", sigma, "gap"), ("π gap (meV)", pi, "gap_small")):
    published = mgb2.numbers[name]
    print(f"{label:20}{edge:12.2f}{published.value:11.1f} ± {published.error:.1f}")
    assert abs(edge - published.value) < 2 * np.hypot(published.error, 0.05 * edge)
print(f"{'Tc (K), fitted':20}{tc:12.1f}{mgb2.numbers['Tc'].value:11.1f} ± {mgb2.numbers['Tc'].error:.1f}")
assert 2 * pi / (K_B * tc) < 3.528 < 2 * sigma / (K_B * tc)
