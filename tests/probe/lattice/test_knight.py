"""Knight shift of singlets, triplets, and singlets with spin-orbit coupling."""

import numpy as np
import pytest

from onnes import model, probe, response, solve
from onnes.errors import CannotProbe, InvalidInput, OnnesWarning
from onnes.state import Outcome, Report, State

SQUARE = model.square({(0, 0): 300.0, (1, 0): -100.0})
MESH = (120, 120)
T = 25.0
"""K: kT = 2.2 meV; levels are 9 meV apart, 4.5 with the mirror images: the error is exp(-2 pi^2 2.2/4.5)."""


def paired(pairing, bands=SQUARE, temperature=T):
    return solve.given_gap(model.SpinfulSuperconductor(model.with_spin(bands), pairing), temperature)


def ratio(state, direction):
    return float(probe.knight_shift([state], direction=direction, mesh=MESH)["knight_ratio"][0])


def test_a_singlet_loses_all_of_it_and_a_triplet_only_along_d():
    gap = 20.0  # 9 kT: the Yosida function is below exp(-9) sqrt(2 pi 9) = 1e-3
    singlet, chiral = paired(model.s_wave(gap)), paired(model.chiral_p_wave(30.0))
    assert ratio(singlet, (1, 0, 0)) < 2e-3 and ratio(singlet, (0, 0, 1)) < 2e-3
    assert ratio(chiral, (0, 0, 1)) < 2e-3
    # across d the two spins are two superfluids, each with its own number: (gap/Fermi energy)^2 ln, 30/100
    assert ratio(chiral, (1, 0, 0)) == pytest.approx(1.0, abs=0.05)
    helical = paired(model.helical(30.0))
    # d turns with k in the plane: half of it along each axis, all of it out of the plane
    assert ratio(helical, (1, 0, 0)) == pytest.approx(0.5, abs=0.03)
    assert ratio(helical, (0, 0, 1)) == pytest.approx(1.0, abs=0.05)


def van_vleck(gap, splitting):
    """int dxi [1 - (ab + gap^2)/(A B)]/2(A + B) at T = 0 over its value without a gap, A = sqrt(a^2 + gap^2), a and b
    the energies xi +- splitting/2 of the two helicities: one for a splitting far above the gap."""
    xi = np.linspace(-4000, 4000, 400001)
    a, b = xi + splitting / 2, xi - splitting / 2
    big, small = np.hypot(a, gap), np.hypot(b, gap)
    return float(np.sum((1 - (a * b + gap**2) / (big * small)) / (big + small)) * (xi[1] - xi[0]) / 2)


def test_spin_orbit_coupling_leaves_a_singlet_a_part():
    """Gor'kov and Rashba: out of the plane the Van Vleck part r between the two helicities, in the plane half of it
    (the other half, within each of them, is the Yosida function)."""
    for gap in (12.0, 20.0):
        state = paired(model.s_wave(gap), model.with_rashba(SQUARE, 60.0))
        r = van_vleck(gap, 2 * 60.0 * 0.901)
        # 0.901 is the mean of |sin k| on the Fermi line, from which it departs by 3 %: squared. The two helicities
        # have other velocities, lambda/2t apart: squared, and the Yosida function of 5.6 kT, half of 0.03.
        assert ratio(state, (0, 0, 1)) == pytest.approx(r, abs=3e-3)
        assert ratio(state, (1, 0, 0)) == pytest.approx(r / 2, abs=0.03)
    # far above the gap r is one
    assert van_vleck(0.1, 108.0) == pytest.approx(1.0, abs=1e-4) and 0.8 < van_vleck(12.0, 108.0) < 0.9
    weak = paired(model.s_wave(12.0), model.with_rashba(SQUARE, 0.1))
    # chi_vanVleck ~ (lambda k/gap)^2 = 1e-4 where the coupling is far below the gap; 12 meV is 5.6 kT: Yosida 0.02
    assert ratio(weak, (1, 0, 0)) < 0.03


def test_dataset_over_temperature():
    states = [paired(model.s_wave(g), temperature=t) for t, g in ((25.0, 20.0), (60.0, 12.0), (80.0, 1e-3))]
    data = probe.knight_shift(states, direction=(0, 0, 2.0), mesh=MESH)
    assert np.all(np.diff(data["knight_ratio"]) > 0) and data["knight_ratio"][-1] == pytest.approx(
        1.0, abs=1e-6
    )
    normal = data["static_spin_susceptibility_normal"]
    assert (
        normal.dims == ("temperature", "spin_component", "field_component")
        and normal.attrs["units"] == "1/meV"
    )
    # SU(2): one number
    assert np.allclose(normal, normal.values[:, :1, :1] * np.eye(3), atol=1e-12)
    # without spin in the model, the same
    plain = solve.given_gap(model.Superconductor(SQUARE, model.s_wave(12.0)), 60.0)
    again = probe.knight_shift([plain], direction=(0, 0, 1), mesh=MESH)
    assert float(again["knight_ratio"][0]) == pytest.approx(float(data["knight_ratio"][1]), rel=1e-10)


def test_a_field_of_the_bands_gives_the_direction():
    state = paired(model.chiral_p_wave(30.0), model.with_spin(SQUARE, field=(0, 0, 1.0)))
    found = float(probe.knight_shift([state], mesh=MESH)["knight_ratio"][0])
    assert found == pytest.approx(ratio(state, (0, 0, 1)))
    assert found < 3e-3  # mu_B 1 T = 0.06 meV: cosh(0.06/2.2) of the value without


def test_what_is_refused():
    state = paired(model.s_wave(12.0))
    with pytest.raises(InvalidInput, match="direction="):
        probe.knight_shift([state], mesh=(4, 4))
    with pytest.raises(InvalidInput, match="list"):
        probe.knight_shift(state, direction=(0, 0, 1))
    with pytest.raises(CannotProbe, match="gap function"):
        probe.knight_shift(
            [State(SQUARE, "bands", {"temperature": np.array([10.0])}, Report(Outcome.CONVERGED))],
            direction=(0, 0, 1),
        )
    with pytest.warns(OnnesWarning, match="finer"):
        probe.knight_shift([state], direction=(0, 0, 1), mesh=(12, 12))
    assert response.spin_susceptibility(state, mesh=(12, 12)).discretisation > 0
