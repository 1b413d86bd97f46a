"""Tunneling: the BCS junction by quadrature, each smearing by its closed form or a plain average, sum rules."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from onnes import model, probe, response, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.state import State
from onnes.units import K_B

LEAD = model.PhononGlue(
    model.from_peaks([4.4, 8.4], [1.15, 0.40], [0.7, 0.5]), model.MuStar(0.12, cutoff=100.0)
)


@pytest.fixture(scope="module")
def bcs() -> State:
    return solve.bcs(model.BCS(critical_temperature=9.25), 2.0)


@pytest.fixture(scope="module")
def lead() -> State:
    return response.real_axis(solve.eliashberg(LEAD, 1.0))


def conductance(state: State, bias, **smearing) -> np.ndarray:
    return probe.tunneling(state, bias, **smearing).conductance.values


def test_thermal_bcs_junction_is_the_quadrature(bcs: State) -> None:
    edge, kt = bcs["gap_edge"][0], K_B * 2.0

    def exact(v: float) -> float:
        # E = Delta cosh t removes the singularity; both signs of E are folded together.
        def integrand(t: float) -> float:
            e = edge * np.cosh(t)
            return e * sum(
                0.25 / kt / np.cosh(np.clip((s * e - v) / (2 * kt), -300, 300)) ** 2 for s in (1, -1)
            )

        return quad(integrand, 0, 4.5, limit=400, points=[np.arccosh(max(v / edge, 1.0))], epsabs=1e-12)[0]

    bias = np.array([0.0, 0.3, 1.0, 1.4, 1.6, 2.0, 3.0, 6.0])
    # The table of the response has 20001 points: linear interpolation leaves 1e-6.
    assert np.allclose(conductance(bcs, bias), [exact(v) for v in bias], atol=3e-6)


def test_dynes_formula(bcs: State) -> None:
    edge, gamma, bias = bcs["gap_edge"][0], 0.08, np.linspace(0, 6, 61)
    z = bias + 1j * gamma
    dynes = np.abs((z / np.sqrt(z**2 - edge**2)).real)
    assert np.allclose(conductance(bcs, bias, broadening=gamma, temperature=0.0), dynes, atol=5e-5)


@pytest.mark.parametrize("rms", [0.02, 0.2, 2.0])
def test_lockin_is_the_first_harmonic(bcs: State, rms: float) -> None:
    # First harmonic of I(V + V_p cos t) over V_p, from the unmodulated curve: (2/pi) int_0^pi G sin^2 t dt.
    bias, peak = np.linspace(-3, 3, 13), np.sqrt(2) * rms
    angle = (np.arange(2000) + 0.5) * np.pi / 2000
    fine = np.linspace(-7, 7, 7001)
    plain = conductance(bcs, fine)
    expected = [
        2 * np.mean(np.interp(v + peak * np.cos(angle), fine, plain) * np.sin(angle) ** 2) for v in bias
    ]
    # Modulation beyond 8 kT is drawn as 256 equal shares of the thermal response: 1/256^2 of the curvature.
    assert np.allclose(conductance(bcs, bias, lockin=rms), expected, atol=1e-4)


def test_lockin_at_zero_temperature_is_the_limit(bcs: State) -> None:
    bias = np.array([0.5, 1.3, 1.5, 2.5])
    cold = conductance(bcs, bias, lockin=0.2, temperature=0.0)
    # Thermal smearing changes a smooth curve by (pi kT)^2 G''/6, G'' ~ 10/0.1 meV^2 at the edge.
    assert np.allclose(cold, conductance(bcs, bias, lockin=0.2, temperature=0.02), atol=2e-3)


def test_a_sharp_cold_junction_shows_the_density_of_states(lead: State) -> None:
    inside = lead["energy"][(lead["energy"] > 2) & (lead["energy"] < 12)]
    shown = conductance(lead, inside, temperature=0.0)
    assert np.allclose(shown, np.interp(inside, lead["energy"], lead["dos"][0]), atol=1e-12)


def test_smearing_conserves_states_and_symmetry(lead: State) -> None:
    bias = np.linspace(-50, 50, 1001)
    sharp = conductance(lead, bias, temperature=1.0)
    for smearing in ({"temperature": 4.0}, {"lockin": 0.5, "temperature": 1.0}):
        smeared = conductance(lead, bias, **smearing)
        assert np.allclose(smeared, smeared[::-1], atol=1e-9)
        # Kernels of unit area that reach < 10 meV: the area is kept; the sum over steps of 0.1 meV
        # is exact to exp(-2 pi^2 kT/step) = 1e-3 of the edge for the sharpest.
        assert np.sum(smeared - 1) * 0.1 == pytest.approx(np.sum(sharp - 1) * 0.1, abs=5e-3)


def test_phonons_show_above_the_gap(lead: State) -> None:
    # Strong coupling pushes N_s below BCS just above Delta_0 + the phonon energies: the dip that
    # McMillan and Rowell inverted. BCS is never below one.
    bias = np.linspace(6, 12, 121)
    assert np.min(conductance(lead, bias)) < 0.99


def test_matsubara_states_are_continued_on_demand(lead: State) -> None:
    bias = (0.0, 5.0, 21)
    assert np.allclose(conductance(solve.eliashberg(LEAD, 1.0), bias), conductance(lead, bias), atol=1e-12)


def test_bias_beyond_the_energies_carried_is_continued_again(lead: State) -> None:
    narrow = response.real_axis(solve.eliashberg(LEAD, 1.0), energy=np.linspace(0, 3, 301))
    assert np.allclose(conductance(narrow, np.array([8.0])), conductance(lead, np.array([8.0])), atol=1e-9)


def test_normal_metal_is_ohmic() -> None:
    warm = solve.eliashberg(LEAD, 12.0)
    assert np.allclose(conductance(warm, (-5, 5, 11)), 1.0, atol=1e-9)
    assert np.allclose(conductance(solve.bcs(model.BCS(critical_temperature=1.0), 2.0), (-5, 5, 11)), 1.0)


def test_bands_add_with_their_weights() -> None:
    strong, weak = LEAD.spectrum, LEAD.spectrum.scaled(coupling=0.8)
    none = LEAD.spectrum.scaled(coupling=1e-9)
    glue = model.MultibandGlue(
        ((strong, none), (none, weak)), model.MuStar(((0.12, 0.0), (0.0, 0.12)), cutoff=100.0), (0.5, 0.5)
    )
    both = response.real_axis(solve.eliashberg(glue, 1.5))
    bias = (0.0, 4.0, 41)
    parts = [conductance(both, bias, band_weights=w) for w in ([1.0, 0.0], [0.0, 3.0])]
    assert np.allclose(conductance(both, bias), (parts[0] + parts[1]) / 2, atol=1e-12)
    with pytest.raises(InvalidInput, match="2 non-negative"):
        probe.tunneling(both, bias, band_weights=[1.0])


def test_dataset_is_labelled(bcs: State) -> None:
    ds = probe.tunneling(bcs, (-3, 3, 7), broadening=0.1)
    assert ds.conductance.attrs["units"] == "1" and ds.bias.attrs["units"] == "meV"
    assert ds.attrs["broadening_meV"] == 0.1 and ds.attrs["temperature_K"] == 2.0


def test_errors_are_named(bcs: State, lead: State) -> None:
    with pytest.raises(InvalidInput, match="broadening"):
        probe.tunneling(bcs, (-3, 3, 7), broadening=-0.1)
    with pytest.raises(InvalidInput, match="bias"):
        probe.tunneling(bcs, np.array([np.nan]))
    with pytest.raises(CannotProbe, match="density of states"):
        probe.tunneling(replace(bcs, fields={"temperature": np.array([2.0])}), (-3, 3, 7))
    with pytest.raises(CannotProbe, match="temperature"):
        probe.tunneling(replace(bcs, fields={"gap_edge": np.array([1.0])}), (-3, 3, 7))
    cut = {"temperature": np.array([1.0]), "energy": lead["energy"][500:], "dos": lead["dos"][:, 500:]}
    with pytest.raises(CannotProbe, match="down to zero energy"):
        probe.tunneling(replace(lead, fields=cut), (-3, 3, 7))
