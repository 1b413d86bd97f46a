"""What a microscopic state hands to a film: the limits of Gor'kov, two routes to xi, and what is refused."""

import numpy as np
import pytest
from scipy.special import zeta

from onnes import model, response, solve
from onnes.errors import CannotProbe, InvalidInput, InvalidModel, NoSuperconductivity
from onnes.response.condensate.scales import EPSILON_0, JOULE, field_of
from onnes.units import E_CHARGE, HBAR, HBAR_SI, K_B, MU_0, PHI_0

TC = 9.25
PLASMA, VELOCITY = 9000.0, 6e5
PAIR = model.BCS(TC)
GAP = np.pi * np.exp(-np.euler_gamma) * K_B * TC
XI_0 = HBAR * VELOCITY * 1e-3 / (np.pi * GAP)
LONDON = response.bare_london_depth(PLASMA)
CLOSE = 1e-3
"""1 - t. Corrections to the Ginzburg-Landau limits are of the order of 1 - t, with coefficients below one."""


def metal(path=None):
    return response.Carriers(PLASMA, VELOCITY, path)


def near(path=None, t=1 - CLOSE):
    return response.condensate_scales(solve.bcs(PAIR, t * TC), metal(path))


# --- weak coupling -----------------------------------------------------------------------------


def test_clean_limit_of_gorkov():
    found = near()
    expected = np.sqrt(7 * zeta(3) / 48) / np.pi * HBAR * VELOCITY * 1e-3 / (K_B * TC)
    assert expected == pytest.approx(0.7385 * XI_0, rel=1e-4)  # the 0.74 of the books
    assert found.coherence_length * np.sqrt(CLOSE) == pytest.approx(expected, rel=CLOSE)
    assert found.penetration_depth * np.sqrt(2 * CLOSE) == pytest.approx(LONDON, rel=CLOSE)


def test_dirty_limit_of_gorkov():
    # corrections of the order l/xi_0 with coefficients near 7: chi(l) = l/xi_0-series
    share = 1e-5
    found, path = near(share * XI_0), share * XI_0
    diffusion = VELOCITY * 1e-3 * path / 3  # nm^2/ps
    expected = np.sqrt(np.pi * HBAR * diffusion / (8 * K_B * TC))
    assert expected == pytest.approx(0.852 * np.sqrt(XI_0 * path), rel=2e-3)
    assert found.coherence_length * np.sqrt(CLOSE) == pytest.approx(expected, rel=CLOSE + 10 * share)
    kappa = found.penetration_depth / found.coherence_length
    assert kappa == pytest.approx(np.sqrt(42 * zeta(3) / np.pi**4) * LONDON / path, rel=CLOSE + 10 * share)


@pytest.mark.parametrize("share", [0.03, 0.3, 3.0])
def test_any_mean_free_path_follows_gorkovs_function(share):
    # chi = (8/7 zeta(3)) sum 1/[(2n+1)^2 (2n+1+x)], x = hbar/(2 pi kTc tau); the sum is cut at 1e5 terms, error 1e-10
    found, pure = near(share * XI_0), near()
    odd = 2 * np.arange(100_000) + 1.0
    x = metal(share * XI_0).scattering / (2 * np.pi * K_B * TC)
    chi = 8 / (7 * zeta(3)) * np.sum(1 / (odd**2 * (odd + x)))
    ratio = (pure.penetration_depth / found.penetration_depth) ** 2
    assert ratio == pytest.approx(chi, rel=2 * CLOSE)
    # Anderson: the condensation energy does not know of the impurities, so that xi falls as lambda grows
    assert found.thermodynamic_field == pytest.approx(pure.thermodynamic_field, rel=1e-12)
    product = found.coherence_length * found.penetration_depth
    assert product == pytest.approx(pure.coherence_length * pure.penetration_depth, rel=1e-12)


def test_dirty_depth_is_that_of_the_resistivity():
    # lambda^2 = hbar rho/(pi mu_0 Delta) at T = 0; corrections of the order (Delta tau/hbar) ln(hbar/Delta tau),
    # 3e-4 at l = 1e-4 xi_0
    dirty = metal(1e-4 * XI_0)
    found = response.condensate_scales(solve.bcs(PAIR, 0.0), dirty)
    expected = np.sqrt(HBAR_SI * dirty.resistivity * 1e-8 / (np.pi * MU_0 * GAP * JOULE)) * 1e9
    assert found.penetration_depth == pytest.approx(expected, rel=4e-4)


def test_zero_temperature_clean():
    # Bc^2/2mu_0 = N_0 Delta^2/2 and 1/lambda^2 = 2 mu_0 e^2 N_0 v^2/3 leave xi = hbar v/(sqrt12 Delta)
    found = response.condensate_scales(solve.bcs(PAIR, 0.0), metal())
    assert found.coherence_length == pytest.approx(np.pi / np.sqrt(12) * XI_0, rel=1e-7)
    energy = metal().density_of_states * GAP**2 / 2 * JOULE * 1e27
    assert found.thermodynamic_field == pytest.approx(np.sqrt(2 * MU_0 * energy), rel=1e-7)
    assert found.consistency == pytest.approx(1.0, rel=1e-12)


# --- strong coupling, with the upper critical field as an independent route ------------------------


@pytest.fixture(scope="module")
def glue():
    return model.PhononGlue(model.einstein(12.0, 1.1), model.MuStar(0.1))


@pytest.mark.parametrize("path", [None, 5.0])
def test_screening_and_energy_know_the_upper_critical_field(glue, path):
    tc = solve.critical_temperature(glue)
    found = []
    for t in (0.98, 0.99):
        state = solve.eliashberg(glue, t * tc)
        field = solve.upper_critical_field(glue, t * tc, fermi_velocity=VELOCITY, mean_free_path=path)
        found.append(response.condensate_scales(state, metal(path), upper_critical_field=field))
    measure = np.array([scales.consistency for scales in found])
    # near Tc they are one theory: what is left is linear in 1 - t, and 1e-3 covers its square (0.02^2) and
    # the tolerance of the gap (1e-8/(1-t))
    assert np.all(np.abs(measure - 1) < 0.5 * np.array([0.02, 0.01]))
    assert 2 * measure[1] - measure[0] == pytest.approx(1.0, abs=1e-3)
    # and lambda is that of the sum of Nam on the bare band
    assert found[0].penetration_depth == pytest.approx(
        response.bare_london_depth(PLASMA)
        / np.sqrt(
            response.superfluid_density(solve.eliashberg(glue, 0.98 * tc), scattering=metal(path).scattering)
        ),
        rel=1e-9,
    )


def test_far_below_tc_the_two_routes_part_as_kappa_1_does(glue):
    # above one clean and below one dirty (nonlocal and local limits of Hc2); within the range of kappa_1/kappa in
    # weak coupling, 1.2 to 1.26 at T = 0 (Maki; Helfand and Werthamer)
    tc = solve.critical_temperature(glue)
    state = solve.eliashberg(glue, 0.2 * tc)
    for path in (None, 30.0, 3.0):
        field = solve.upper_critical_field(glue, 0.2 * tc, fermi_velocity=VELOCITY, mean_free_path=path)
        found = response.condensate_scales(state, metal(path), upper_critical_field=field)
        assert found.coherence_length == pytest.approx(np.sqrt(PHI_0 / (2 * np.pi * field)) * 1e9)
        assert abs(found.consistency - 1) < 0.25


def test_quasiparticle_coherence_length(glue):
    state = solve.eliashberg(glue, 2.0)
    found = response.pippard_length(state, metal(), 1.5)
    assert found == pytest.approx(HBAR * VELOCITY * 1e-3 / (np.pi * 1.5 * 2.1), rel=1e-6)


# --- carriers ------------------------------------------------------------------------------------


def test_carriers_are_one_metal():
    metal_ = metal(7.0)
    density = 2 * metal_.density_of_states / JOULE * 1e27  # both spins, 1/(J m^3)
    diffusion = VELOCITY * 7e-9 / 3
    assert 1e8 / metal_.resistivity == pytest.approx(E_CHARGE**2 * density * diffusion, rel=1e-9)  # Einstein
    assert metal_.scattering == pytest.approx(HBAR_SI * VELOCITY / 7e-9 / JOULE, rel=1e-9)
    assert metal_.with_resistivity(metal_.resistivity).mean_free_path == pytest.approx(7.0)
    plasma = np.sqrt(E_CHARGE**2 * density * VELOCITY**2 / (3 * EPSILON_0)) * HBAR_SI / JOULE
    assert plasma == pytest.approx(PLASMA, rel=1e-9)
    assert metal().resistivity is None and metal().scattering == 0


def test_carriers_of_a_heat_capacity():
    found = response.Carriers.from_heat(7.79, 10.8, 2.04, PLASMA)
    # gamma = (2/3) pi^2 k^2 N_0 (1 + lambda), mJ/mol/K^2
    back = 2 / 3 * np.pi**2 * K_B**2 * found.density_of_states * 2.04  # meV/(K^2 nm^3)
    assert back * JOULE * 1e27 * 10.8e-6 * 1e3 == pytest.approx(7.79, rel=1e-9)


# --- what is handed over --------------------------------------------------------------------------


def test_material_and_film_of_a_state():
    state, carriers = solve.bcs(PAIR, 4.2), metal(5.0)
    scales = response.condensate_scales(state, carriers)
    material = response.ginzburg_landau(state, carriers, inelastic_time=20.0)
    assert material.thermodynamic_field == pytest.approx(scales.thermodynamic_field, rel=1e-9)
    assert (material.temperature, material.critical_temperature) == (4.2, TC)
    assert material.resistivity == carriers.resistivity
    assert material.relaxation == pytest.approx(np.pi**4 / (14 * zeta(3)), rel=1e-3)
    assert material.inelastic == pytest.approx(2 * 20.0 * scales.gap / HBAR)
    shape = model.rectangle(300.0, 100.0)
    film = response.film_from_state(state, shape, 20.0, carriers, terminals=(model.side(shape, "left"),))
    assert film.material == response.ginzburg_landau(state, carriers)
    assert film.thickness == 20.0 and film.terminals[0].name == "left"
    given = response.ginzburg_landau(state, carriers, upper_critical_field=2.0)
    assert given.upper_critical_field == pytest.approx(2.0)
    assert field_of(given.penetration_depth, given.coherence_length) == pytest.approx(
        given.thermodynamic_field
    )


def test_a_lattice_has_velocities_of_its_own():
    hop, size = 100.0, (96, 96)
    bands = model.square({(0, 0): 0.0, (1, 0): -hop}, electrons=0.6)
    state = solve.bdg(bands, model.attraction({(0, 0): 3.0 * hop}), 20.0, mesh=size)
    scales = response.condensate_scales(state, mesh=size)
    weight = response.superfluid_weight(state, mesh=size).total
    spacing = abs(np.linalg.det(state.model.bands.vectors)) / np.linalg.norm(
        np.cross(*state.model.bands.vectors[:2])
    )
    layer = response.stiffness(weight, state.model.bands)
    assert scales.penetration_depth**-2 == pytest.approx(response.inverse_square_depth(layer, spacing))
    # weak coupling, T = 0: xi = hbar <v_x^2>^(1/2)/(2 Delta), averages with Delta^2/2E^3, which counts states
    k = (np.indices(size).reshape(2, -1).T + 0.5) / size
    points = np.column_stack([k, np.zeros(len(k))])
    h = state.model.bogoliubov(points)
    energy, gap = h[:, 0, 0].real, abs(h[:, 0, 1])
    near_ = gap**2 / (2 * np.hypot(energy, gap) ** 3)
    vx = 2 * hop * np.sin(2 * np.pi * k[:, 0]) * bands.vectors[0, 0] * 0.1  # meV nm
    expected = np.sqrt(np.sum(near_ * vx**2) / near_.sum()) / (2 * gap.mean())
    # corrections of the order (Delta/band width) of N(E) and v(E) around the Fermi energy
    assert scales.coherence_length == pytest.approx(expected, rel=2 * gap.mean() / (8 * hop))
    material = response.ginzburg_landau(state, mesh=size, resistivity=100.0)
    assert material.resistivity == 100.0 and scales.gap is None
    with pytest.raises(InvalidInput, match="inelastic time of a lattice"):
        response.ginzburg_landau(state, mesh=size, inelastic_time=1.0)


def test_what_is_refused(glue):
    state = solve.bcs(PAIR, 4.2)
    for bad in ({"plasma_energy": 0.0}, {"fermi_velocity": -1.0}, {"mean_free_path": 0.0}):
        with pytest.raises(InvalidModel, match=next(iter(bad))):
            response.Carriers(**({"plasma_energy": PLASMA, "fermi_velocity": VELOCITY} | bad))
    with pytest.raises(InvalidModel, match="renormalisation"):
        response.Carriers.from_heat(7.0, 10.0, 0.5, PLASMA)
    with pytest.raises(InvalidModel, match="gamma"):
        response.Carriers.from_heat(0.0, 10.0, 2.0, PLASMA)
    with pytest.raises(InvalidModel, match="resistivity"):
        metal().with_resistivity(0.0)
    with pytest.raises(InvalidInput, match="does not know its band"):
        response.condensate_scales(state)
    with pytest.raises(InvalidInput, match="upper critical field"):
        response.condensate_scales(state, metal(), upper_critical_field=0.0)
    with pytest.raises(InvalidInput, match="beside the carriers"):
        response.ginzburg_landau(state, metal(5.0), resistivity=3.0)
    with pytest.raises(NoSuperconductivity, match="normal"):
        response.condensate_scales(solve.bcs(PAIR, 1.1 * TC), metal())
    for other in (model.BCS(TC, "d"), PAIR.with_pair_breaking(0.1)):
        with pytest.raises(CannotProbe, match="s wave"):
            response.condensate_scales(solve.bcs(other, 2.0), metal())
    with pytest.raises(CannotProbe, match="glue"):
        response.pippard_length(state, metal(), 1.5)
    with pytest.raises(InvalidInput, match="positive"):
        response.pippard_length(solve.eliashberg(glue, 2.0), metal(), 0.0)


def test_bands_and_lattices_that_do_not_fit():
    two = model.material("MgB2").glue()
    with pytest.raises(CannotProbe, match="one band"):
        response.condensate_scales(solve.eliashberg(two, 10.0), metal())
    with pytest.raises(CannotProbe, match="isotropic or a lattice"):
        response.condensate_scales(solve.scha(model.Proton(500.0, 6e4, 0.0), 0.0), metal())
    bands = model.square({(0, 0): 0.0, (1, 0): -100.0}, electrons=0.6)
    given = solve.given_gap(model.Superconductor(bands, model.s_wave(10.0)), 1.0)
    with pytest.raises(InvalidInput, match="carriers of its own"):
        response.condensate_scales(given)
    with pytest.raises(CannotProbe, match="condensation"):
        response.condensate_scales(given, mesh=(8, 8))
