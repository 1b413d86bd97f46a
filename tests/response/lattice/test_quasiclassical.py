"""Thermodynamics on a Fermi surface: laws of BCS theory, the entropy balance, brute-force sums, the vortex state."""

import numpy as np
import pytest
from scipy.optimize import brentq

from onnes import model, response, solve
from onnes.errors import CannotProbe, InvalidInput, InvalidModel
from onnes.model import Superconductor
from onnes.response.lattice.quasiclassical import (
    gap_equation,
    sheet_entropy,
    sheet_specific_heat,
    sommerfeld_coefficient,
    thermal,
    weak_coupling_slope,
)
from onnes.response.lattice.sheets import FermiSheets, cylinder, fermi_sheets
from onnes.response.lattice.vortex import (
    VortexField,
    rotated,
    shift_density,
    vortex_density_of_states,
    vortex_specific_heat,
)
from onnes.state import State
from onnes.units import K_B

TC = 10.0


def at(symmetry: str, t: float, points: int = 256) -> FermiSheets:
    unit = cylinder(0.01, 1.0, 500.0, symmetry=symmetry, points=points)
    log = brentq(lambda u: gap_equation(unit, np.exp(u), t * TC, TC), np.log(1e-6), np.log(4.0), xtol=1e-13)
    return FermiSheets(unit.weight, np.exp(log) * unit.gap, unit.velocity)


def heat(symmetry: str, t: float, points: int = 256) -> float:
    """C/gamma Tc."""
    sheets = at(symmetry, t, points)
    slope = weak_coupling_slope(sheets, t * TC)
    return sheet_specific_heat(sheets, t * TC, slope) / (sommerfeld_coefficient(sheets) * TC)


@pytest.mark.parametrize(("symmetry", "form"), [("s", 1.0), ("d", (1 / 2) ** 2 / (3 / 8))])
def test_jump_is_that_of_weak_coupling(symmetry: str, form: float) -> None:
    """12/(7 zeta(3)) <f^2>^2/<f^4>: 1.426 and 0.951; linear in 1 - t, extrapolated from 1e-4 to an error of 1e-7."""
    near, far = (heat(symmetry, 1 - x) - (1 - x) for x in (1e-4, 2e-4))
    zeta3 = 1.2020569031595942
    assert 2 * near - far == pytest.approx(12 / (7 * zeta3) * form, rel=1e-5)


def test_gap_ratios() -> None:
    """Delta(0)/kTc: pi e^-gamma = 1.7639, and for cos 2phi 2.1397 (gap at t = 0.02 has lost (kT/Delta)^3 = 1e-6)."""
    assert at("s", 0.02).largest / (K_B * TC) == pytest.approx(np.pi * np.exp(-np.euler_gamma), rel=1e-9)
    # 256 points sample |cos 2phi| half a step off its maximum: (2 pi/512)^2 2 = 3e-4
    assert at("d", 0.02).largest / (K_B * TC) == pytest.approx(2.13969, rel=5e-4)


@pytest.mark.parametrize("symmetry", ["s", "d"])
def test_entropy_balance(symmetry: str) -> None:
    """int_0^Tc C_s/T dT = gamma Tc, by Gauss-Legendre; a d wave on 256 points is discrete below 0.02 Tc."""
    x, w = np.polynomial.legendre.leggauss(20)
    total = sum(wi / 2 * heat(symmetry, (xi + 1) / 2) / ((xi + 1) / 2) for xi, wi in zip(x, w, strict=True))
    assert total == pytest.approx(1.0, abs=1e-4)  # C/gamma T there is t, times 0.02


def test_entropy_is_the_integral_of_the_heat_and_normal_above() -> None:
    s, step = at("d", 0.5), 1e-3
    up, down = (sheet_entropy(at("d", 0.5 + x), (0.5 + x) * TC) for x in (step, -step))
    slope = weak_coupling_slope(s, 0.5 * TC)
    # central difference: (step/t)^2 = 4e-6
    assert 0.5 * (up - down) / (2 * step) == pytest.approx(sheet_specific_heat(s, 0.5 * TC, slope), rel=2e-5)
    bare = FermiSheets(s.weight, 0 * s.gap, s.velocity)
    for found in (sheet_entropy(bare, 7.0), sheet_specific_heat(bare, 7.0, weak_coupling_slope(bare, 7.0))):
        assert found == pytest.approx(sommerfeld_coefficient(bare) * 7.0, rel=1e-8)


def test_low_temperature_laws() -> None:
    """Line nodes: C = 18 zeta(3) N(0) k^3 T^2 2/Delta_0; a full gap: ln C falls as Delta/kT."""
    cold, colder = (heat("d", t, 2048) for t in (0.03, 0.015))
    assert np.log2(cold / colder) == pytest.approx(2.0, abs=0.02)
    # N(E) = N(0) E/Delta_0 (one spin), C = 2 N(0)/Delta_0 (1/kT^2) k int dE 2 E^3 g = (N(0) k/Delta_0)(kT)^2 18 zeta(3)
    sheets = at("d", 0.015, 2048)
    exact = 18 * 1.2020569 * sheets.dos * K_B * (0.015 * K_B * TC) ** 2 / sheets.largest
    assert colder * sommerfeld_coefficient(sheets) * TC == pytest.approx(exact, rel=0.01)
    # C ~ T^-3/2 exp(-Delta/kT)
    t = np.array([0.08, 0.1])
    values = np.log([heat("s", x) * x**1.5 for x in t])
    assert (values[1] - values[0]) / (1 / t[0] - 1 / t[1]) == pytest.approx(1.764, rel=0.02)


def test_sums_over_xi_against_dense_ones() -> None:
    """Entropy, C and the opening term of shifted quasiparticles, by 10^5 steps; midpoint rule of step kT: 3e-9."""
    gap, shift, kt = np.array([0.0, 0.7, 1.5]), np.array([0.4, 0.9, -1.1]), 0.2
    xi = np.linspace(-12, 12, 100_002)
    energy = np.hypot(xi, gap[:, None])
    total = np.zeros((3, 3))
    for sign in (1, -1):
        x = (energy + sign * shift[:, None]) / kt
        f = 1 / (np.exp(x) + 1)
        total[0] += K_B * np.trapezoid(np.logaddexp(0, -x) + x * f, xi)
        total[1] += K_B * np.trapezoid(f * (1 - f) * x**2, xi)
        total[2] += np.trapezoid(f * (1 - f) * x / (2 * energy), xi)
    assert np.allclose(thermal(gap, shift, kt), total, rtol=1e-5)


def test_surface_of_bands() -> None:
    """N(0) of three surfaces known otherwise: one wedge of the square, free electrons, and a warped cylinder."""
    bands = model.bands("Bi2212")
    state = solve.given_gap(Superconductor(bands, model.d_wave(30.0)), 5.0)
    sheets = fermi_sheets(state)
    assert sheets.dos == pytest.approx(response.fermi_line(bands).dos, rel=2e-3)
    assert 25 < sheets.largest < 30 and sheets.gap.min() < 0.3
    # bottom of a band: N(0) = m a^2/(2 pi hbar^2) = 1/(4 pi t), and v_F^2 = 4 t E a^2; both up to E/4t
    low = model.square({(0, 0): 39.6, (1, 0): -10.0}, a=3.0)
    free = fermi_sheets(solve.given_gap(Superconductor(low, model.s_wave(1.0)), 1.0))
    assert free.dos == pytest.approx(1 / (40 * np.pi), rel=0.01)
    assert np.allclose(np.sum(free.velocity**2, axis=1), 4 * 10 * 0.4 * 9, rtol=0.02)
    assert np.allclose(free.gap, 1.0)
    # warped along c: the mean of planes with shifted energies, and |v_c| up to 2 t_c c
    cells = np.vstack([low.cells, [[0, 0, 1], [0, 0, -1]]])
    hop = np.concatenate([low.hoppings - 5.0 * np.all(low.cells == 0, axis=1)[:, None, None], [[[-2.0]]] * 2])
    warped = model.TightBinding(np.diag([3.0, 3.0, 6.0]), cells, hop)
    state = solve.given_gap(Superconductor(warped, model.s_wave(0.5)), 1.0)
    found = fermi_sheets(state, points=64, slices=8)
    planes = [
        fermi_sheets(State(warped_plane(warped, (i + 0.5) / 8), "bands", {}, state.report), points=64).dos
        for i in range(8)
    ]
    assert found.dos == pytest.approx(np.mean(planes), rel=1e-12)
    assert np.max(np.abs(found.velocity[:, 2])) == pytest.approx(2 * 2 * 6 * np.sin(np.pi * 3 / 8), rel=1e-9)


def warped_plane(bands: model.TightBinding, k3: float) -> model.TightBinding:
    """The two-dimensional bands of a plane of constant k3, of hoppings along c alone."""
    along = bands.cells[:, 2] != 0
    level = float(np.sum(bands.hoppings[along, 0, 0].real * np.cos(2 * np.pi * k3 * bands.cells[along, 2])))
    flat = model.TightBinding(bands.vectors, bands.cells[~along], bands.hoppings[~along])
    return flat.shifted(-level)


def test_two_bands_are_counted_once_each() -> None:
    """A doubled cell holds the folded Fermi surface of the single one: N(0) of a cell doubles, gaps are the same."""
    single = model.square({(0, 0): 3.0, (1, 0): -10.0})
    cells = np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    hop = np.zeros((5, 2, 2), complex)
    hop[0] = [[3, -10], [-10, 3]]
    hop[1, 1, 0] = hop[2, 0, 1] = -10
    hop[3] = hop[4] = -10 * np.eye(2)
    double = model.TightBinding(
        np.diag([2.0, 1, 1]), cells, hop, ("a", "b"), positions=[[0, 0, 0], [0.5, 0, 0]]
    )
    one = fermi_sheets(solve.given_gap(Superconductor(single, model.s_wave(0.7)), 1.0))
    two = fermi_sheets(solve.given_gap(Superconductor(double, model.s_wave(0.7, 2)), 1.0))
    assert two.dos == pytest.approx(2 * one.dos, rel=2e-3)
    assert np.allclose(two.gap, 0.7)


# --- in a field --------------------------------------------------------------------------------


def test_distribution_of_the_shifts() -> None:
    """P(x) is a density, has <|x|> = 4/pi, and is what points drawn evenly in the cell give."""
    x = np.linspace(0, 60, 600_001)
    assert 2 * np.trapezoid(shift_density(x), x) + 1 / (2 * 60**2) == pytest.approx(1.0, abs=1e-6)
    assert 2 * np.trapezoid(x * shift_density(x), x) + 1 / 60 == pytest.approx(4 / np.pi, abs=1e-6)
    r, beta = np.meshgrid(np.sqrt((np.arange(800) + 0.5) / 800), 2 * np.pi * (np.arange(800) + 0.5) / 800)
    sample = np.cos(beta) / r
    for edge in (0.2, 0.7, 1.3, 3.0):
        below = np.trapezoid(2 * shift_density(x) * (x < edge), x)
        assert np.mean(np.abs(sample) < edge) == pytest.approx(below, abs=2e-3)


def test_volovik_law_and_its_angle() -> None:
    """Linear nodes: N(0)/N_0 = (4/pi) A/Delta_0 for H along c, A = (v_F/2)(pi H/Phi_0)^1/2, and in the plane
    (1/pi)(A/Delta_0) sum over nodes |sin(phi_n - phi_H)|: the antinode has root two of the node.

    Curvature of the gap adds (A/Delta_0)^2 = 1e-4 times a logarithm.
    """
    sheets = at("d", 0.02, points=4096)
    weak, strong = VortexField(4e-4), VortexField(1.6e-3)
    amplitude = weak.shifts(sheets.velocity)[0] / sheets.largest
    assert amplitude == pytest.approx(250 * np.sqrt(np.pi * 4e-4 / 206783.385) / sheets.largest, rel=1e-6)
    weak_dos, strong_dos = (vortex_density_of_states(sheets, f) for f in (weak, strong))
    assert weak_dos == pytest.approx(4 / np.pi * amplitude, rel=5e-3)
    assert strong_dos / weak_dos == pytest.approx(2.0, rel=5e-3)
    node, antinode = (vortex_density_of_states(sheets, rotated(weak, a)) for a in (45.0, 0.0))
    assert node == pytest.approx(2 / np.pi * amplitude, rel=0.01)
    assert antinode / node == pytest.approx(np.sqrt(2), rel=0.01)
    # stretched cells: the shift falls with the root of the anisotropy
    layered = VortexField(4e-4, 0.0, anisotropy=4.0)
    assert np.allclose(layered.shifts(sheets.velocity), VortexField(1e-4, 0.0).shifts(sheets.velocity))


def test_heat_in_a_field() -> None:
    """The dense average over the cell, no field, a normal metal, and minima along nodes at low T that invert above."""
    sheets = at("d", 0.1, points=64)
    slope, gamma = weak_coupling_slope(sheets, 0.1 * TC), sommerfeld_coefficient(sheets)
    field = VortexField(0.6, 10.0, g_factor=2.0)
    found = vortex_specific_heat(sheets, field, 0.1 * TC, slope)
    # rings crowd at the core, r = s^2: midpoints in s, of weight 4 s^3 ds; beyond twenty gaps all is normal
    s, beta = np.meshgrid((np.arange(40) + 0.5) / 40, 2 * np.pi * (np.arange(96) + 0.5) / 96)
    share, scale, total = (s**3 / np.sum(s**3)).ravel(), field.shifts(sheets.velocity), 0.0
    for x, part in zip(np.clip(np.cos(beta) / s**2, -30, 30).ravel(), share, strict=True):
        _, carried, opening = thermal(sheets.gap, scale * x + field.zeeman, 0.1 * K_B * TC)
        total += part * (sheets.weight @ (carried - slope * sheets.gap**2 * opening))
    # midpoints: (1/40)^2 of order one
    assert found == pytest.approx(total, rel=1e-3)
    free = sheet_specific_heat(sheets, 0.1 * TC, slope)
    assert vortex_specific_heat(sheets, VortexField(0.0), 0.1 * TC, slope) == pytest.approx(free, rel=1e-12)
    bare = FermiSheets(sheets.weight, 0 * sheets.gap, sheets.velocity)
    assert vortex_specific_heat(bare, field, 3.0, 0.0) == pytest.approx(gamma * 3.0, rel=1e-7)
    ratio = []
    for t in (0.05, 0.3):
        s = at("d", t)
        node, antinode = (
            vortex_specific_heat(s, VortexField(0.5, a), t * TC, weak_coupling_slope(s, t * TC))
            for a in (45.0, 0.0)
        )
        ratio.append(node / antinode)
    assert ratio[0] < 0.9 and ratio[1] > 1.0


def test_zeeman_shift_alone() -> None:
    """Without orbital motion N(0) = <Re h/(h^2 - D^2)^1/2>: (2/pi)(h/Delta) K(h^2/Delta^2), about h/Delta."""
    sheets = cylinder(0.01, 1.84, points=200_000)
    still = FermiSheets(sheets.weight, sheets.gap, 0 * sheets.velocity)
    field = VortexField(2.0, g_factor=2.0)
    # a root singularity in the midst of 1000 points errs by about 0.6/1000^1/2
    assert vortex_density_of_states(still, field) == pytest.approx(field.zeeman / sheets.largest, rel=0.03)
    assert field.zeeman == pytest.approx(2 * 0.0578838, rel=1e-5)


def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidModel, match="symmetry"):
        cylinder(1.0, 1.0, symmetry="p")
    with pytest.raises(InvalidModel, match="dos"):
        cylinder(-1.0, 1.0)
    with pytest.raises(InvalidInput, match="field"):
        VortexField(-1.0)
    with pytest.raises(CannotProbe, match="lattice bands"):
        fermi_sheets(solve.bcs(model.BCS(1.0), temperature=0.1))
    empty = model.square({(0, 0): 100.0, (1, 0): -1.0})
    with pytest.raises(InvalidModel, match="no band crosses"):
        fermi_sheets(solve.given_gap(Superconductor(empty, model.s_wave(1.0)), 1.0))
