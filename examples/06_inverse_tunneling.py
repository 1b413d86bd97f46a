r"""
From a tunnelling curve back to the glue
========================================

**Physics background.** McMillan and Rowell turned the argument round: the conductance of a tunnel junction above
the gap, with its small phonon structure, determines :math:`\alpha^2F` and :math:`\mu^*`. This is the strongest evidence
that phonons pair the electrons in lead.

**What it shows.** A closed loop on a known answer. A junction on lead is computed on a fine grid, noise of one part
in a thousand is added, and the glue is found again from these data alone, with errors. From the glue that was found
follows a Tc that was never measured in the loop.
"""

import numpy as np

import onnes as on
from onnes.study.figure import Curve, Figure

# %%
# The data
# --------
# Differential conductance over its normal value, above the gap, at 1 K; and the gap edge with its error.
lead = on.model.material("Pb").glue()
state = on.response.real_axis(on.solve.eliashberg(lead, temperature=1.0))
edge, noise = float(state["gap_edge"][0]), 1e-3
bias = np.linspace(1.8, 15, 160)
random = np.random.default_rng(6)
clean = on.probe.tunneling(state, bias)["conductance"].values
data = clean + noise * random.standard_normal(len(bias))

# %%
# The inversion
# -------------
found = on.solve.spectrum_from_tunneling(
    bias,
    data,
    noise,
    frequency=(0.2, 10.4, 52),
    gap_edge=edge,
    gap_edge_error=0.003,
    temperature=1.0,
    mu_star_cutoff=lead.mu_star.cutoff,
)
print(found.report.summary())
nodes, heights, spread = found["frequency"], found["alpha2F"], found["alpha2F_error"]
on.view.draw(
    Figure(
        "The phonons of lead, from its tunnelling curve alone",
        "phonon energy (meV)",
        "α²F",
        (
            Curve(
                lead.spectrum.frequency,
                lead.spectrum.alpha2F,
                "what the data were made from",
                role="reference",
            ),
            Curve(nodes, heights, "found, one standard error", "points", error=spread),
        ),
    )
)

# %%
# How far off, in its own errors?
# -------------------------------
truth = np.interp(nodes, lead.spectrum.frequency, lead.spectrum.alpha2F, left=0, right=0)
within = np.mean(abs(heights - truth) < 2 * spread)
print(f"{100 * within:.0f} % of the heights lie within two standard errors")
# 95 % are expected; some twenty of the heights are independent, so that the fraction scatters by 5 %.
assert within > 0.80, "the errors must mean something"

# %%
# This work / published
# ---------------------
# Here "published" is the glue that the data were made from: parametrised to published moments of lead
# (P. B. Allen and R. C. Dynes, Phys. Rev. B 12, 905 (1975)), lambda = 1.55 and mu* = 0.105.
tc = on.solve.critical_temperature(found.model)
print(f"{'':8}{'this work':>18}{'published':>12}")
coupling, mu = float(found["lambda_total"]), float(found["mu_star"])
print(f"{'lambda':8}{coupling:10.3f} ± {found['lambda_total_error']:.3f}{1.55:12.2f}")
print(f"{'mu*':8}{mu:10.4f} ± {found['mu_star_error']:.4f}{0.105:11.3f}")
print(f"{'Tc (K)':8}{tc:10.3f}{'':8}{on.solve.critical_temperature(lead):12.3f}")
assert abs(coupling - lead.spectrum.lambda_) < 4 * found["lambda_total_error"]
assert abs(mu - 0.105) < 4 * found["mu_star_error"]
assert abs(tc / on.solve.critical_temperature(lead) - 1) < 0.01
