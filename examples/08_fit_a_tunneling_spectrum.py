r"""
Fit a tunnelling spectrum
=========================

**Physics background.** The conductance of a junction at a few tenths of a millivolt holds the gap, the lifetime of the
quasiparticles and the temperature of the electrons. Which of several explanations the data prefer is a second question:
a broadening may come from the junction (Dynes's :math:`\Gamma`), from magnetic impurities that break pairs, or from
nodes of the gap.

**What it shows.** A closed loop on a known answer: a tin junction is computed, noise of one per cent is added, and the
parameters are recovered with errors and profile intervals. Three explanations are then fitted to the same points and
ranked by AIC and BIC.
"""

import numpy as np

import onnes as on
from onnes.compare import Data, Vary, rivals
from onnes.study import config
from onnes.study.figure import Curve, Figure

# %%
# The data
# --------
# Tin at 0.8 K, with a Dynes broadening of 0.03 meV; a file would be read with ``Data.read("junction.csv")``.
published = on.model.material("Sn").numbers["Tc"]
truth = {"model.critical_temperature": published.value, "probe.broadening": 0.03, "solve.temperature": 0.8}
bias, noise = np.linspace(-1.5, 1.5, 61), 0.01
state = on.solve.bcs(on.model.BCS(published.value), truth["solve.temperature"])
clean = on.probe.tunneling(state, bias, broadening=truth["probe.broadening"])["conductance"].values
measured = clean + noise * np.random.default_rng(8).standard_normal(len(bias))
data = Data(bias, measured, noise, "bias", "conductance", "meV", "1")

# %%
# The fit
# -------
# Any number of a configuration may vary, by its dotted path.
junction = {
    "model": {"kind": "bcs", "critical_temperature": 3.0},
    "solve": {"kind": "bcs", "temperature": 1.0},
    "probe": {"kind": "tunneling", "bias": {"from": -1.5, "to": 1.5, "points": 61}},
}
common = [Vary("model.critical_temperature", 3.0, 2.0, 6.0), Vary("solve.temperature", 1.0, 0.3, 2.0)]
dynes = [*common, Vary("probe.broadening", 0.05, 0.0, 0.3)]
found = on.study.fit(config.validate(junction), data, dynes, profile=True)
print(found.summary())
assert found.report.converged

# %%
# The rivals
# ----------
# Pair breaking in place of the broadening; and a gap with nodes, broadened or not.
d_wave = junction | {"model": junction["model"] | {"symmetry": "d"}}
fits = {
    "s wave, broadened": found,
    "s wave, pairs broken": on.study.fit(
        config.validate(junction), data, [*common, Vary("model.pair_breaking", 0.02, 0.0, 0.15)]
    ),
    "d wave": on.study.fit(config.validate(d_wave), data, common),
    "d wave, broadened": on.study.fit(config.validate(d_wave), data, dynes),
}
ranked = on.compare.ranking(fits)
for row in rivals.table(ranked):
    print("".join(f"{cell:<22}" if i == 0 else f"{cell:>13}" for i, cell in enumerate(row)))
assert ranked[0].name == "s wave, broadened"

# %%
# A rank says which explanation is the best of those that were tried, chi2 whether it is any good.
for name, one in fits.items():
    print(f"{name}: chi2/dof = {one.chi2 / one.dof:.2f}" + "".join(f"\n   {flag}" for flag in one.flags))
on.view.draw(
    Figure(
        "A tin junction, and the best of each explanation",
        "bias energy eV (meV)",
        "conductance over normal",
        (
            Curve(bias, data.y, "data, one standard error", "points", "measured", error=data.error),
            Curve(bias, found.fitted, "s wave, broadened"),
            Curve(bias, fits["s wave, pairs broken"].fitted, "s wave, pairs broken", "dashed", "rival"),
            Curve(bias, fits["d wave, broadened"].fitted, "d wave, broadened", "dotted", "rival"),
        ),
    )
)

# %%
# This work / published
# ---------------------
# Here "published" is what the data were made from: the measured Tc of tin, and the junction chosen above.
print(f"{'':30}{'this work':>18}{'published':>12}")
for name, true in truth.items():
    one = found[name]
    print(f"{name:30}{one.value:10.4f} ± {one.error:.4f}{true:12.4f} {one.unit}")
    assert abs(one.value - true) < 3 * one.error, "the errors must mean something"
