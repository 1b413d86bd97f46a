"""The exact continuation: closed forms, the imaginary axis rebuilt, Pade, weak coupling, invariances."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import digamma, expit

from onnes import model, response, solve
from onnes.errors import InvalidInput, NotConverged, OnnesWarning
from onnes.numerics.continuation import pade
from onnes.numerics.fixedpoint import Anderson
from onnes.response.phonons.real_axis import gap_edge
from onnes.state import State
from onnes.units import K_B

LEAD = model.PhononGlue(
    model.from_peaks([4.4, 8.4], [1.15, 0.40], [0.7, 0.5]), model.MuStar(0.12, cutoff=100.0)
)


@pytest.fixture(scope="module")
def lead() -> State:
    return response.real_axis(solve.eliashberg(LEAD, 1.0))


def check(state: State, name: str) -> float:
    return next(c.value for c in state.report.checks if c.name == name)


@pytest.mark.parametrize("temperature", [1.0, 5.0, 7.4])
def test_imaginary_axis_is_rebuilt_from_the_spectral_functions(temperature: float) -> None:
    # Kramers-Kronig integrals that the iteration never uses; the tail beyond the grid limits them to ~1e-4.
    found = response.real_axis(solve.eliashberg(LEAD, temperature))
    assert check(found, "Delta(i w_n) rebuilt") < 5e-4
    assert check(found, "states moved") < 1e-3
    assert check(found, "Coulomb constant") < 1e-7


def test_gap_edge_agrees_with_pade(lead: State) -> None:
    # At 1 K the gap spans 2.8 pi kT: 40 Matsubara points reach into it, and Pade is good to 1e-4 there.
    z = 1j * lead["matsubara"][:40]
    energy = np.linspace(1.0, 2.0, 400)
    approximant = pade(z, lead["gap_matsubara"][:, :40], energy + 1e-6j)
    assert lead["gap_edge"][0] == pytest.approx(gap_edge(energy, approximant[0]), rel=5e-4)
    # The lowest Matsubara value is not the gap.
    assert lead["gap_matsubara"][0, 0] < lead["gap_edge"][0]


def test_niobium_gap_ratio(shared_data) -> None:
    spectrum = model.Spectrum.read(shared_data / "a2f/Nb.a2F", column=15)
    glue = model.PhononGlue(spectrum, model.MuStar(0.12, cutoff=33.0853))
    found = response.real_axis(solve.eliashberg(glue, 1.0))
    tc = solve.critical_temperature(glue)
    # 2 Delta_0/kTc = 3.86; independent Pade continuations scatter by 0.01.
    assert 2 * found["gap_edge"][0] / (K_B * tc) == pytest.approx(3.86, abs=0.01)
    edge = gap_edge(
        found["energy"][:200],
        pade(1j * found["matsubara"][:60], found["gap_matsubara"][0, :60], found["energy"][:200] + 1e-6j),
    )
    assert found["gap_edge"][0] == pytest.approx(edge, rel=0.01)


def test_normal_state_of_one_mode_is_the_closed_form() -> None:
    mode, coupling, temperature = 20.0, 1.0, 40.0
    glue = model.PhononGlue(model.einstein(mode, coupling), model.MuStar(0.1))
    found = response.real_axis(solve.eliashberg(glue, temperature))
    assert found["gap_edge"][0] == 0.0
    w, kt = found["energy"], K_B * temperature
    strength = coupling * mode / 2
    real = strength * (
        digamma(0.5 + 0.5j * (mode + w) / (np.pi * kt)).real
        - digamma(0.5 + 0.5j * (mode - w) / (np.pi * kt)).real
    )
    imaginary = (
        np.pi * strength * (2 / np.expm1(mode / kt) + expit((w - mode) / kt) + expit(-(w + mode) / kt))
    )
    # The mode lies on a grid point, and in the normal state nothing is interpolated: rounding is left.
    assert np.allclose(found["Z_real"][0] * w, w + real + 1j * imaginary, rtol=1e-8)
    assert np.allclose(found["dos"], 1.0, atol=1e-6)


def test_self_energies_are_the_plain_sums() -> None:
    """One mode at low temperature: phi(w) from the converged gap, term by term, without grid or FFT."""
    mode, temperature = 10.0, 3.0
    glue = model.PhononGlue(model.einstein(mode, 1.2), model.MuStar(0.1))
    imaginary = solve.eliashberg(glue, temperature)
    found = response.real_axis(imaginary, step=mode / 4000)
    kt, w, gap = K_B * temperature, found["energy"], found["gap_real"][0]
    wm = imaginary["matsubara"]
    root = np.hypot(wm, imaginary["gap_matsubara"][0])
    f = imaginary["gap_matsubara"][0] / root
    strength = 1.2 * mode / 2
    constant = (imaginary["Z_matsubara"][0] * imaginary["gap_matsubara"][0])[0]
    constant -= (
        np.pi
        * kt
        * np.sum(
            f * 2 * strength * mode * (1 / (mode**2 + (wm - wm[0]) ** 2) + 1 / (mode**2 + (wm + wm[0]) ** 2))
        )
    )

    def p(x: float) -> complex:
        delta, z = np.interp(abs(x), w, gap), np.interp(abs(x), w, found["Z_real"][0])
        s = np.sqrt((abs(x) + 1e-9j) ** 2 - delta**2)
        value = delta / (s if (z * s).imag >= 0 else -s)  # the retarded branch is that of Z s
        return value if x > 0 else -np.conj(value)

    bose = 1 / np.expm1(mode / kt)
    for x in (0.7, 4.0, 9.0, 14.5, 25.3):  # away from the edges, where a cell's mean is its value
        kernel = 2 * mode * strength / (mode**2 - (x - 1j * wm) ** 2)
        matsubara = np.pi * kt * np.sum(2 * kernel.real * f)
        real = (
            1j
            * np.pi
            * strength
            * ((bose + expit((x - mode) / kt)) * p(x - mode) + (bose + expit(-(x + mode) / kt)) * p(x + mode))
        )
        phi = np.interp(x, w, gap * found["Z_real"][0])
        # Linear interpolation and cell means on a step of 2.5 ueV: second order in step/gap, 1e-5.
        assert phi == pytest.approx(constant + matsubara + real, rel=1e-4)


def test_weak_coupling_is_bcs() -> None:
    # 2 Delta/kTc = 3.53 [1 + 12.5 x^2 ln(1/2x)], x = Tc/w_log (Mitrovic, Zarate and Carbotte): 0.1 % here.
    glue = model.PhononGlue(model.einstein(30.0, 0.4), model.MuStar(0.1))
    tc = solve.critical_temperature(glue)
    found = response.real_axis(solve.eliashberg(glue, 0.2 * tc, engine="dlr"))
    assert 2 * found["gap_edge"][0] / (K_B * tc) == pytest.approx(3.528, rel=3e-3)
    edge, energy = found["gap_edge"][0], found["energy"]
    inside = (energy > 1.2 * edge) & (energy < 5 * edge)
    bcs = energy[inside] / np.sqrt(energy[inside] ** 2 - edge**2)
    assert np.allclose(found["dos"][0][inside], bcs, rtol=2e-3)
    # eta = 1e-6 meV leaves eta Delta^2/(Delta^2 - w^2)^(3/2) in the gap: 4e-5 at 0.9 of a 0.3 meV edge.
    assert np.max(found["dos"][0][energy < 0.9 * edge]) < 1e-4


def test_the_step_does_not_matter(lead: State) -> None:
    coarse = response.real_axis(solve.eliashberg(LEAD, 1.0), step=0.03)
    # Second order: (0.03/0.008)^2 = 14 times the error of the default; the difference bounds both.
    assert coarse["gap_edge"][0] == pytest.approx(lead["gap_edge"][0], abs=3e-4)


def test_cutoff_of_the_matsubara_sum_does_not_matter() -> None:
    # mu* is rescaled; what is left is the phonon tail beyond the cutoff, (w_max/cutoff)^2 = 0.3 %.
    edges = [response.real_axis(solve.eliashberg(LEAD, 2.0, cutoff=c))["gap_edge"][0] for c in (180.0, 400.0)]
    assert edges[0] == pytest.approx(edges[1], rel=3e-3)


def test_both_engines_agree() -> None:
    edges = [response.real_axis(solve.eliashberg(LEAD, 2.0, engine=e))["gap_edge"][0] for e in ("fft", "dlr")]
    # The compact basis carries Delta(i w_n) to about 1e-6.
    assert edges[0] == pytest.approx(edges[1], rel=1e-5)


def test_two_equal_bands_are_one_band() -> None:
    half = LEAD.spectrum.scaled(coupling=0.5)
    pair = model.MultibandGlue(
        ((half, half), (half, half)), model.MuStar(((0.06, 0.06), (0.06, 0.06)), cutoff=100.0), (0.5, 0.5)
    )
    one = response.real_axis(solve.eliashberg(LEAD, 3.0), step=0.02)
    two = response.real_axis(solve.eliashberg(pair, 3.0), step=0.02)
    assert np.allclose(two["gap_edge"], one["gap_edge"], rtol=1e-6)
    assert np.allclose(two["gap_real"][0], one["gap_real"][0], atol=1e-5)
    assert np.array_equal(two["gap_real"].shape, (2, len(two["energy"])))


def test_decoupled_bands_keep_their_own_gaps() -> None:
    weak = LEAD.spectrum.scaled(coupling=0.8)
    none = LEAD.spectrum.scaled(coupling=1e-9)
    pair = model.MultibandGlue(
        ((LEAD.spectrum, none), (none, weak)),
        model.MuStar(((0.12, 0.0), (0.0, 0.12)), cutoff=100.0),
        (0.5, 0.5),
    )
    both = response.real_axis(solve.eliashberg(pair, 2.0))["gap_edge"]
    alone = [
        response.real_axis(solve.eliashberg(model.PhononGlue(s, model.MuStar(0.12, cutoff=100.0)), 2.0))[
            "gap_edge"
        ][0]
        for s in (LEAD.spectrum, weak)
    ]
    assert np.allclose(both, alone, rtol=1e-5)


def test_causality_and_positivity(lead: State) -> None:
    energy = lead["energy"]
    assert np.all((lead["Z_real"][0] * energy).imag >= -1e-8)
    assert np.all(lead["dos"] >= -1e-8)
    # Below Delta_0 + (lowest phonon) no phonon can be emitted at 1 K: Delta is real.
    lowest = LEAD.spectrum.frequency[0]
    quiet = energy < 0.9 * (lead["gap_edge"][0] + lowest)
    assert np.max(np.abs(lead["gap_real"][0][quiet].imag)) < 1e-3


def test_energies_are_handed_out_where_wanted(lead: State) -> None:
    wanted = np.linspace(-12, 12, 241)
    found = response.real_axis(solve.eliashberg(LEAD, 1.0), energy=wanted)
    assert np.array_equal(found["energy"], wanted)
    assert np.allclose(found["gap_real"][0], found["gap_real"][0][::-1].conj(), atol=1e-10)
    assert np.allclose(found["dos"][0], found["dos"][0][::-1], atol=1e-9)
    # Cell means lose no state: the count up to 12.05 meV is the same on both grids.
    step = lead["energy"][1] - lead["energy"][0]
    edges = np.concatenate([[0.0], lead["energy"] + step / 2])
    fine = np.interp(12.05, edges, np.concatenate([[0.0], np.cumsum(lead["dos"][0]) * step]))
    assert found["dos"][0].sum() * 0.1 / 2 == pytest.approx(fine, rel=1e-4)


def test_report_is_of_the_continuation(lead: State) -> None:
    assert lead.report.converged and "continuation" in lead.report.engine
    assert lead["gap_matsubara"].shape[0] == 1  # the Matsubara fields stay
    lead.to_dataset()


def test_gap_edge_of_a_curve() -> None:
    energy = np.linspace(0, 3, 301)
    assert gap_edge(energy, np.full(301, 1.234) + 0j) == pytest.approx(1.234, abs=1e-12)
    assert gap_edge(energy, np.zeros(301)) == 0
    assert np.isnan(gap_edge(energy, 0.5 * energy - 0.1))


def test_too_coarse_a_grid_warns() -> None:
    imaginary = solve.eliashberg(LEAD, 1.0)
    with pytest.warns(OnnesWarning, match="too coarse"):
        response.real_axis(imaginary, step=0.3)


def test_errors_are_named() -> None:
    imaginary = solve.eliashberg(LEAD, 1.0)
    with pytest.raises(InvalidInput, match="step"):
        response.real_axis(imaginary, step=1e-7)
    with pytest.raises(InvalidInput, match="out of order"):
        response.real_axis(imaginary, energy=np.array([2.0, 1.0]))
    with pytest.raises(InvalidInput, match="no real axis"):
        response.real_axis(replace(imaginary, fields={"temperature": np.array([1.0])}))
    with pytest.raises(NotConverged):
        response.real_axis(imaginary, method=Anderson(max_iterations=2, tolerance=1e-12))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OnnesWarning)
        early = response.real_axis(imaginary, method=Anderson(max_iterations=2, tolerance=1e-12), throw=False)
    assert not early.report.converged


def test_a_variable_density_of_states_is_refused() -> None:
    dos = model.DensityOfStates(np.array([-1e3, 1e3]), np.array([1.0, 1.0]))
    imaginary = solve.eliashberg(LEAD, 3.0)
    with pytest.raises(InvalidInput, match="constant density"):
        response.real_axis(replace(imaginary, model=model.PhononGlue(LEAD.spectrum, LEAD.mu_star, dos)))
