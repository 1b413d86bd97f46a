r"""
Tc from a spectrum
==================

**Physics background.** In a conventional superconductor the electrons attract each other through the
lattice. All that the theory of Migdal and Eliashberg needs to know of the lattice is one function,
:math:`\alpha^2F(\Omega)`: how strongly electrons couple to vibrations of energy :math:`\Omega`. The
Coulomb repulsion enters through one number, :math:`\mu^*`, which means nothing without the cutoff it
belongs to. The transition is where the largest eigenvalue of the linearised gap equation equals one.

**What it shows.** Tc of five elements from spectra with published moments; why a :math:`\mu^*` that is
not rescaled with its cutoff is worth an error of ten per cent; and the eigenvalue condition of the
solver written out once more as a small dense matrix.
"""

import numpy as np

import onnes as on
from onnes.units import K_B

# %%
# The glue
# --------
# The table of materials has spectra whose peaks lie at the known phonon structure and whose moments
# are the published ones. With a file at hand it would be ``on.model.Spectrum.read("Nb.a2F", column=15)``.
lead = on.model.material("Pb").glue()
on.view.spectrum(lead.spectrum)
print(
    f"Pb: lambda = {lead.spectrum.lambda_:.3f}, omega_log = {lead.spectrum.omega_log:.2f} meV, "
    f"mu* = {lead.mu_star.value} at {lead.mu_star.cutoff:.2f} meV"
)

# %%
# One Tc, and the formulas that approximate it
# --------------------------------------------
tc = on.solve.critical_temperature(lead)
print(f"Migdal-Eliashberg {tc:.3f} K")
print(f"McMillan          {on.solve.mcmillan(lead):.3f} K")
print(f"Allen-Dynes       {on.solve.allen_dynes(lead):.3f} K")

# %%
# The cutoff is yours to choose: mu* follows it
# ---------------------------------------------
wide = 40 * lead.omega_max
rescaled = on.solve.critical_temperature(lead, cutoff=wide)
mistaken = on.solve.critical_temperature(
    on.model.PhononGlue(lead.spectrum, on.model.MuStar(lead.mu_star.value, cutoff=wide)), cutoff=wide
)
print(
    f"cutoff 40 omega_max: {rescaled:.3f} K with mu* rescaled, {mistaken:.3f} K with mu* taken over as it is"
)
assert abs(rescaled / tc - 1) < 1e-3, "Tc must not depend on the numerical cutoff"
assert mistaken / tc - 1 > 0.05, "the usual mistake is not small"


# %%
# The same condition as a dense matrix
# ------------------------------------
# With :math:`\lambda_l = 2\int d\Omega\,\Omega\,\alpha^2F/(\Omega^2+\nu_l^2)` and :math:`\nu_l=2\pi lk_BT` the
# transition is where the largest eigenvalue of
# :math:`\lambda_{m-n}+\lambda_{m+n+1}-2\mu^*-\delta_{mn}[2m+1+\lambda_0+2\sum_{l=1}^m\lambda_l]` vanishes
# (P. B. Allen and R. C. Dynes, Phys. Rev. B 12, 905 (1975)).
def largest_eigenvalue(glue: on.model.PhononGlue, kelvin: float, count: int) -> float:
    """Return the largest eigenvalue of the matrix above for ``count`` positive frequencies."""
    kt = K_B * kelvin
    nu = 2 * np.pi * kt * np.arange(2 * count)
    omega, measure = glue.spectrum.frequency, glue.spectrum.measure
    coupling = (1 / (omega**2 + nu[:, None] ** 2)) @ (2 * omega * measure)
    n = np.arange(count)
    matrix = coupling[abs(n[:, None] - n)] + coupling[n[:, None] + n + 1]
    matrix -= 2 * glue.mu_star.at(2 * np.pi * kt * count)
    matrix -= np.diag(2 * n + 1 + coupling[0] + 2 * np.array([coupling[1 : m + 1].sum() for m in n]))
    return float(np.linalg.eigvalsh(matrix)[-1])


count = round(20 * lead.omega_max / (2 * np.pi * K_B * tc))
above, below = (largest_eigenvalue(lead, t, count) for t in (1.001 * tc, 0.999 * tc))
print(f"dense matrix: largest eigenvalue {below:+.5f} just below Tc, {above:+.5f} just above")
assert below > 0 > above, "solver and dense matrix must agree on Tc to one part in a thousand"


# %%
# This work / published
# ---------------------
# mu* was fitted to Tc by the authors of each spectrum, so that agreement says that moments, cutoff and solver
# fit together: a *fitted* claim, not a prediction. The error is what the published errors of lambda, omega_log
# and mu* do to Tc, in quadrature.
def tc_and_error(material: on.model.Material) -> tuple[float, float]:
    """Return Tc (K) of a material of the table and its error from those of the inputs."""
    given, numbers = material.glue(), material.numbers
    mu = on.model.MuStar(given.mu_star.value + numbers["mu_star"].error, given.mu_star.cutoff)
    stronger = given.spectrum.scaled(coupling=1 + numbers["lambda"].error / numbers["lambda"].value)
    middle = on.solve.critical_temperature(given)
    changes = (
        on.solve.critical_temperature(on.model.PhononGlue(given.spectrum, mu)) - middle,
        on.solve.critical_temperature(on.model.PhononGlue(stronger, given.mu_star)) - middle,
        middle * numbers["omega_log"].error / numbers["omega_log"].value,
    )
    return middle, float(np.linalg.norm(changes))


print(f"{'':4}{'this work':>16}{'published':>12}")
for name in ("Sn", "In", "Tl", "Pb", "Hg"):
    material = on.model.material(name)
    (found, error), measured = tc_and_error(material), material.numbers["Tc"].value
    print(f"{name:4}{found:8.2f} ± {error:.2f} K{measured:10.2f} K")
    assert abs(found - measured) < 2 * error
