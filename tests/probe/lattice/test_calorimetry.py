"""Lattice calorimetry: self-consistent states, weak coupling, a rotated field, impurities."""

import numpy as np
import pytest

from onnes import model, probe, response, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.model import DirtyDWave, PointScatterers, Superconductor
from onnes.response.lattice.thermodynamics import MOLAR
from onnes.state import Outcome, Report, State
from onnes.units import K_B

BANDS = model.square({(0, 0): 30.0, (1, 0): -40.0, (1, 1): 10.0})
MESH = (16, 16)
ATTRACTION = model.attraction({(1, 0): 90.0})


def metal(t: float, bands: model.TightBinding = BANDS) -> State:
    return State(bands, "bands", {"temperature": np.array([t])}, Report(Outcome.CONVERGED))


@pytest.mark.parametrize("electrons", [None, 0.8])
def test_self_consistent_heat_is_the_slope_of_the_entropy(electrons: float | None) -> None:
    """C of one state with its own drift against T dS/dT of states solved anew at T(1 +- 0.004): (0.004)^2 of order one.

    With a fixed filling the chemical potential drifts too, and enters both.
    """
    t, step = 90.0, 0.36
    options = {"mesh": MESH, "electrons": electrons}
    cold, here, warm = (solve.bdg(BANDS, ATTRACTION, x, **options) for x in (t - step, t, t + step))
    entropy = [response.lattice_entropy(s, mesh=MESH) for s in (cold, warm)]
    drift = response.gap_drift(here, ATTRACTION, mesh=MESH, fixed_filling=electrons is not None)
    heat = response.lattice_specific_heat(here, drift, mesh=MESH)
    assert heat == pytest.approx(t * (entropy[1] - entropy[0]) / (2 * step), rel=2e-4)
    pairs = (warm.model.pairing.amplitude - cold.model.pairing.amplitude) / (2 * step)
    largest = np.max(np.abs(drift.gap.amplitude * drift.gap.form))
    assert largest == pytest.approx(abs(pairs), rel=2e-3) and pairs < 0
    if electrons is not None:
        levels = (float(warm["chemical_potential"]) - float(cold["chemical_potential"])) / (2 * step)
        assert drift.level == pytest.approx(levels, rel=0.01, abs=1e-7)
    frozen = response.lattice_specific_heat(here, mesh=MESH)
    assert heat > frozen * 1.05
    found = probe.lattice_calorimetry(
        [here], mesh=MESH, interaction=ATTRACTION, fixed_filling=electrons is not None
    )
    assert found["cell_heat"].item() == pytest.approx(heat, rel=1e-9)
    assert found.attrs["gap_drift"] == "self-consistent"


def test_entropy_balance_of_a_self_consistent_lattice() -> None:
    """S_s(T) + int_T^Tc C_s/T dT = S_n(Tc): no latent heat, no constant lost. Gauss-Legendre in T."""
    tc = solve.lattice_critical_temperature(BANDS, ATTRACTION, mesh=MESH)
    low = 0.5 * tc
    x, w = np.polynomial.legendre.leggauss(6)
    ladder = low + (tc - low) * (x + 1) / 2
    states = [solve.bdg(BANDS, ATTRACTION, t, mesh=MESH) for t in [low, *ladder]]
    found = probe.lattice_calorimetry(states, mesh=MESH, interaction=ATTRACTION)
    gained = np.sum((tc - low) / 2 * w * found["cell_heat"].values[1:] / ladder)
    start = found["cell_entropy"].values[0]
    normal = response.lattice_entropy(
        solve.given_gap(Superconductor(BANDS, model.d_wave(0.0)), tc), mesh=MESH
    )
    # six nodes on a smooth curve; the last lies 0.03 (Tc - T) below Tc
    assert start + gained == pytest.approx(normal, rel=1e-4)


def test_both_sums_agree_in_weak_coupling() -> None:
    """The whole zone on 320 x 320 points against the Fermi surface, 80 meV from either edge of the bands.

    N(E) = N(0)(1 + c E^2/80^2): with <E^2> of some 10 (kT)^2 the sums differ by a per cent.
    """
    free = model.square({(0, 0): 80.0, (1, 0): -40.0})
    states = solve.weak_coupling(Superconductor(free, model.d_wave(1.0)), 40.0, [16.0, 36.0, 44.0])
    sheets = probe.lattice_calorimetry(states)
    zone = probe.lattice_calorimetry(states, mesh=(320, 320))
    for name in ("cell_entropy", "cell_heat"):
        assert np.allclose(zone[name], sheets[name], rtol=0.015)
    assert states[-1]["gap_amplitude"][0] == 0.0
    ratio = states[0]["gap_amplitude"][0] / (K_B * 40.0)
    assert 1.9 < ratio < 2.5
    # above Tc it is gamma T, in both units
    gamma = 2 / 3 * np.pi**2 * K_B**2 * response.fermi_sheets(metal(1.0, free)).dos
    assert sheets["cell_heat"].values[-1] == pytest.approx(gamma * 44.0, rel=1e-8)
    assert sheets.attrs["sommerfeld"] == pytest.approx(96485.332 * gamma, rel=1e-7)
    assert sheets["heat_over_temperature"].values[-1] == pytest.approx(sheets.attrs["sommerfeld"], rel=1e-8)


def test_units() -> None:
    """gamma = (pi^2/3) k^2 N, N for both spins: 2.357 mJ/mol/K^2 for one state per eV; k for each cell is R."""
    assert MOLAR * np.pi**2 / 3 * K_B**2 * 1e-3 == pytest.approx(2.357, abs=1e-3)
    assert pytest.approx(8314.46, rel=1e-5) == MOLAR * K_B
    one, two = (
        probe.lattice_calorimetry([metal(5.0)], formula_units=z)["molar_heat"].item() for z in (1.0, 2.0)
    )
    assert one == pytest.approx(2 * two)


def test_a_given_gap_needs_its_slope() -> None:
    """The reference curve of a given gap; held fixed the term is left out, and the rest is as from the gap equation."""
    state = solve.weak_coupling(Superconductor(BANDS, model.s_wave(1.0)), 40.0, [30.0])[0]
    given = solve.given_gap(state.model, 30.0)
    with pytest.raises(InvalidInput, match="slopes="):
        probe.lattice_calorimetry([given])
    slope = response.weak_coupling_slope(response.fermi_sheets(state), 30.0) / 2
    known = probe.lattice_calorimetry([given], slopes=[slope])
    assert known["cell_heat"].item() == pytest.approx(probe.lattice_calorimetry([state])["cell_heat"].item())
    assert known.attrs["gap_drift"] == "given"
    assert probe.lattice_calorimetry([given], slopes=[0.0])["cell_heat"] < known["cell_heat"]


def test_field_rotation() -> None:
    """Fourfold, least along the nodes at low T; N(0) of both; without a field it is plain calorimetry."""
    states = solve.weak_coupling(Superconductor(BANDS, model.d_wave(1.0)), 40.0, [2.0])
    bands = model.TightBinding(np.diag([4.0, 4.0, 8.0]), BANDS.cells, BANDS.hoppings)
    states = [State(Superconductor(bands, s.model.pairing), s.method, s.fields, s.report) for s in states]
    angle = [0.0, 22.5, 45.0, 67.5, 90.0, 135.0]
    found = probe.field_angle_calorimetry(states, [0.0, 4.0], angle, anisotropy=2.0, points=128)
    heat = found["field_heat"].values[0]
    plain = probe.lattice_calorimetry(states, points=128)["heat_over_temperature"].item()
    assert np.allclose(heat[0], plain, rtol=1e-9)
    # the triangles of the mesh lean one way: the square's symmetry holds to (2 pi/128)^2
    assert np.allclose(heat[1, [1, 2, 4]], heat[1, [3, 5, 0]], rtol=3e-3)
    assert heat[1, 2] < heat[1, 1] < heat[1, 0]
    assert np.all(found["vortex_dos"].values[0] == 0)
    assert found["vortex_dos"].values[1, 2] < found["vortex_dos"].values[1, 0]


@pytest.mark.parametrize("cotangent", [np.inf, 1.0, 0.0])
def test_impurities(cotangent: float) -> None:
    """Entropy and C are derivatives of the free energy; C/gamma T ends at N(0)/N_0; no jump in the entropy at Tc."""
    dirty = DirtyDWave(50.0, PointScatterers(0.3 * K_B * 50.0, cotangent))
    tc = solve.dirty_critical_temperature(dirty)
    t, step = 0.5 * tc, 5e-4 * tc
    cold, here, warm = (solve.dirty_d_wave(dirty, x) for x in (t - step, t, t + step))
    slope = (response.dirty_free_energy(warm) - response.dirty_free_energy(cold)) / (2 * step)
    # central differences: (step/t)^2 = 1e-6
    assert response.dirty_entropy(here) == pytest.approx(-slope, rel=1e-5)
    heat = t * (response.dirty_entropy(warm) - response.dirty_entropy(cold)) / (2 * step)
    gamma = 2 / 3 * np.pi**2 * K_B**2
    assert response.dirty_specific_heat(here) == pytest.approx(heat, abs=1e-5 * gamma * tc)
    found = probe.dirty_calorimetry([solve.dirty_d_wave(dirty, x * tc) for x in (0.005, 0.9995)], tc)
    low = 1 + found["specific_heat"].values[0] / 0.005
    # excitations in the nodes add (kT/gamma_0)^2, some per cent of Born's few residual states
    residual = response.residual_density_of_states(solve.dirty_d_wave(dirty, 0.0))
    if np.isfinite(cotangent):
        assert low == pytest.approx(residual, abs=0.02)
        density = response.dirty_density_of_states(solve.dirty_d_wave(dirty, 0.0), np.array([0.0]))
        assert residual == pytest.approx(density[0], rel=1e-7)
    else:
        assert low < 0.05 and residual < 0.01
    assert abs(found["entropy"].values[1]) < 1e-3 * gamma * tc
    assert 0.5 < found["specific_heat"].values[1] < 0.952


def test_clean_limit_and_unitary_residue() -> None:
    """No impurities: the d wave of `onnes.solve.bcs`. Unitary and few: N(0)/N_0 = (2/pi) x ln(4/x), x = w~_0/Delta.

    with x^2 ln(4/x) = pi Gamma/2 Delta (P. J. Hirschfeld and N. Goldenfeld, Phys. Rev. B 48, 4219 (1993)); the next
    order is x^2 = 2 %.
    """
    clean = DirtyDWave(50.0, PointScatterers(0.0))
    state = solve.dirty_d_wave(clean, 20.0)
    reference = solve.bcs(model.BCS(50.0, symmetry="d"), temperature=20.0)
    gamma_tc = 2 / 3 * np.pi**2 * K_B**2 * 50.0
    assert response.dirty_specific_heat(state) / gamma_tc == pytest.approx(
        response.bcs_specific_heat(reference), rel=1e-5
    )
    rate = 0.01 * K_B * 50.0
    unitary = solve.dirty_d_wave(DirtyDWave(50.0, PointScatterers(rate, 0.0)), 0.0)
    gap = float(unitary["gap_amplitude"][0])
    x = 0.1
    for _ in range(200):
        x = np.sqrt(np.pi * rate / (2 * gap) / np.log(4 / x))
    residual = response.residual_density_of_states(unitary)
    assert residual == pytest.approx(2 / np.pi * x * np.log(4 / x), rel=0.02)
    assert response.residual_density_of_states(state) == 0.0


def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidInput, match="list of states"):
        probe.lattice_calorimetry(metal(1.0))
    with pytest.raises(InvalidInput, match="above 0 K"):
        probe.lattice_calorimetry([metal(0.0)])
    with pytest.raises(InvalidInput, match="slopes for 1"):
        probe.lattice_calorimetry([metal(1.0)], slopes=[0.0, 0.0])
    with pytest.raises(InvalidInput, match="formula units"):
        probe.lattice_calorimetry([metal(1.0)], formula_units=0.0)
    with pytest.raises(CannotProbe, match="lattice bands"):
        probe.lattice_calorimetry([solve.bcs(model.BCS(1.0), temperature=0.1)])
    with pytest.raises(CannotProbe, match="impurities"):
        probe.dirty_calorimetry([metal(1.0)], 1.0)
    with pytest.raises(CannotProbe, match="impurities"):
        response.residual_density_of_states(metal(1.0))
    with pytest.raises(InvalidInput, match="above 0 K"):
        response.dirty_entropy(solve.dirty_d_wave(DirtyDWave(50.0, PointScatterers(0.1)), 0.0))
    state = solve.bdg(BANDS, ATTRACTION, 90.0, mesh=(16, 16))
    with pytest.raises(InvalidInput, match="misses the gap equation"):
        response.gap_drift(state, model.attraction({(1, 0): 50.0}), mesh=(16, 16))
    with pytest.raises(InvalidInput, match="positive temperatures"):
        solve.weak_coupling(state.model, -1.0, [1.0])
    with pytest.raises(InvalidInput, match="vanishes on the Fermi surface"):
        solve.weak_coupling(Superconductor(BANDS, model.d_wave(0.0)), 1.0, [0.5])
