r"""
The quantum proton of H₃S
=========================

**Physics background.** Between two sulphur atoms the proton sits in a double well that pressure turns into
a single one. A classical proton moves to the middle of its bond where the wells merge. A quantum proton
does so at a far lower pressure, because its wave spreads over the barrier; a deuteron, twice as heavy, needs more.
The symmetric structure is the one that superconducts at 203 K.

**What it shows.** One bond, :math:`H=p^2/2m+\kappa(P)x^2/2+gx^4/4-J\langle x\rangle x`, calibrated on three
published pressures, and what follows for tritium. The crystal is symmetric while :math:`J\chi<1`.
"""

import numpy as np

import onnes as on
from onnes.study.figure import Curve, Figure

# %%
# Calibrate on the published pressures
# ------------------------------------
# J and g come from a published lattice calculation; the curve kappa(P) has two free numbers, fixed by H and D.
lattice = on.model.h3s_lattice()
classical, anchors = 175.0, {"H": 103.0, "D": 115.0}
bond = on.solve.calibrated_bond(lattice.quartic, lattice.coupling, classical, anchors)
print(f"J = {bond.coupling:.0f} meV/Å², g = {bond.quartic:.0f} meV/Å⁴")

# %%
# The wave in its well
# --------------------
curves = []
for pressure, style in ((90.0, "dashed"), (155.0, "line")):
    state = on.solve.proton(bond.proton(pressure))
    near = np.abs(state["position"]) < 0.45
    x, lowest = state["position"][near], state["level_energy"][0]
    curves.append(Curve(x, state["potential"][near], f"V, {pressure:g} GPa", style, "reference"))
    curves.append(Curve(x, lowest + 40 * state["wavefunction"][0][near], f"ψ₀, {pressure:g} GPa", style))
on.view.draw(
    Figure(
        "Under pressure the proton moves to the middle of its bond",
        "distance from the middle (Å)",
        "energy (meV)",
        curves,
        y_range=(-150, 600),
    )
)

# %%
# What the mass does
# ------------------
pressure_of = {name: on.solve.symmetrisation_pressure(bond, name) for name in ("H", "D", "T", "classical")}
at_onset = on.response.proton_susceptibility(on.solve.proton(bond.proton(pressure_of["H"] + 1e-6)))
print(f"J chi at the symmetrisation pressure of H: {bond.coupling * at_onset:.6f}")
assert abs(bond.coupling * at_onset - 1) < 1e-5, "the condition that defines the pressure"
assert pressure_of["H"] < pressure_of["D"] < pressure_of["T"] < pressure_of["classical"]

# %%
# Would a straight line kappa(P) do? Fix it by the classical and the hydrogen pressure, and ask for deuterium.
line = on.solve.calibrated_bond(lattice.quartic, lattice.coupling, classical, {"H": 103.0})
straight = on.solve.symmetrisation_pressure(line, "D")
print(f"a straight kappa(P) puts deuterium at {straight:.1f} GPa instead of 115: it does not do")
assert straight > 118

# %%
# This work / published
# ---------------------
# H, D and classical calibrate the curve (*fitted*); tritium is *predicted*, with nothing published to compare.
# I. Errea et al., Nature 532, 81 (2016): 103, 115 and 175 GPa.
print(f"{'':12}{'this work':>12}{'published':>12}   kind")
for name, known in (("H", 103.0), ("D", 115.0), ("classical", 175.0)):
    print(f"{name:12}{pressure_of[name]:8.1f} GPa{known:8.0f} GPa   fitted")
    assert abs(pressure_of[name] - known) < 0.01
print(f"{'T':12}{pressure_of['T']:8.1f} GPa{'-':>12}   predicted")
