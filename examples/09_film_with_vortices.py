r"""
A film with vortices
====================

**Physics background.** A thin superconducting film in a field across it is threaded by vortices, each a flux quantum
with a core of one coherence length. Which of its many states a film is in depends on its history: cooled in the field
it keeps the flux that was there, cooled without field it keeps it out. A current moves vortices and thereby gives a
voltage; in a film too narrow for vortices it breaks the pairs, at :math:`j=2J_0/3\sqrt3` with
:math:`J_0=\Phi_0/2\pi\mu_0\lambda^2\xi`.

**What it shows.** A film with a hole, cooled in a field and without; the voltage of a narrow strip against the current,
up and down; and its critical current beside the depairing current of Ginzburg and Landau.
"""

import numpy as np

import onnes as on

material = on.model.GinzburgLandau(
    coherence_length=10.0, penetration_depth=200.0, resistivity=20.0, inelastic=2.0
)
tau = material.time
print(f"Bc2 = {material.upper_critical_field:.3f} T, tau_0 = {tau:.3f} ps")

# %%
# History
# -------
# The same film in the same field, by two ways.
shape = on.model.rectangle(140, 100).minus(on.model.disk(15, centre=(-30, 0)))
film = on.model.Film(shape, 10.0, material)
field = 0.35 * material.upper_critical_field
course = on.solve.Course(seed=2, spacing=5.0)
warm = on.solve.field_cooled(film, field, hold=150 * tau, course=course)
cold = on.solve.zero_field_cooled(film, field, ramp=50 * tau, hold=100 * tau, course=course)
turns = {}
for name, state in (("cooled in the field", warm), ("cooled without", cold)):
    found = on.probe.vortices(state)
    turns[name] = int(found["total_winding"])
    print(f"{name}: {len(found['vortex'])} vortices, {int(found['hole_winding'][0])} flux quanta in the hole")
assert turns["cooled in the field"] > turns["cooled without"]
on.view.vortex_map(warm)

# %%
# Voltage against current
# -----------------------
# A strip of 1.5 coherence lengths, too narrow for vortices. The current is taken up and back; on the way down the
# strip stays normal to smaller currents.
MESH = on.solve.Course(spacing=5.0, stepping=on.solve.Stepping(largest=4 * tau))
LEADS = on.solve.Leads(taps=((-30.0, 0.0), (30.0, 0.0)))


def strip(length):
    """Return a strip of ``length`` and 15 nm width between two contacts."""
    edge = on.model.rectangle(length, 15.0)
    ends = on.model.side(edge, "left", "source"), on.model.side(edge, "right", "drain")
    return on.model.Film(edge, 10.0, material, terminals=ends)


depairing = material.depairing_current_density * 15e-9 * 10e-9 * 1e6
curve = on.solve.current_voltage(
    strip(300.0),
    np.array([0.4, 0.8, 1.2]) * depairing,
    leads=LEADS,
    settle=80 * tau,
    hold=80 * tau,
    course=MESH,
)
for current, volts in zip(curve["sweep_current"], curve["sweep_voltage"], strict=True):
    print(f"{current / depairing:5.2f} I_dep: {volts:8.4f} mV")
assert curve["sweep_voltage"][3] > 10 * abs(curve["sweep_voltage"][1]), "the way down keeps the voltage"

# %%
# This work / published
# ---------------------
# The largest current without voltage, by bisection. Its error is the last interval, what the distance of the contacts
# does, and that of the mesh: on steps of half a coherence length a current of wavenumber k is less by k^2 h^2/6.
found = []
for length in (300.0, 400.0):
    state = on.solve.critical_current(
        strip(length),
        leads=LEADS,
        resolution=0.01,
        settle=150 * tau,
        hold=100 * tau,
        sample=4 * tau,
        course=MESH,
    )
    found.append(float(state["sweep_critical_density"][0] / material.current_density))
interval = float(state["sweep_critical_current_error"][0] / state["sweep_critical_current"][0])
here = found[-1]
error = here * float(np.hypot(np.hypot(interval, found[1] / found[0] - 1), 0.25 / 3 / 6))
published = on.compare.Published(
    2 / (3 * np.sqrt(3)),
    0.0,
    "J_0",
    "J. Bardeen, Rev. Mod. Phys. 34, 667 (1962), doi:10.1103/RevModPhys.34.667",
    "derived",
    "the largest value of f^2 sqrt(1 - f^2)",
)
claim = on.compare.Claim("critical current", here, error, published, on.compare.Kind.PREDICTED)
print(f"{'':24}{'this work':>16}{'published':>12}")
print(f"{'critical current (J_0)':24}{here:8.3f} ± {error:.3f}{published.value:12.3f}")
assert claim.holds, f"{claim.deviation:.1f} combined standard errors apart"
