"""Square wells against a dense gap equation, logarithms against wells, Eliashberg limits, flags of validity."""

from dataclasses import replace

import numpy as np
import pytest

from onnes import solve
from onnes.errors import InvalidInput, InvalidModel, NoSuperconductivity, OnnesWarning
from onnes.model import ExcitonMetal, Filament
from onnes.solve.phonons.exciton import (
    EDGE,
    exciton_eliashberg_temperature,
    exciton_pairing,
    exciton_validity,
    largest_well_eigenvalue,
    logarithmic_temperature,
    phase_length,
    two_well_temperature,
)
from onnes.units import HBAR_SI, K_B, K_B_SI, M_E

METAL = ExcitonMetal(lambda_ph=0.3, omega_ph=20.0, lambda_ex=0.3, omega_ex=500.0, mu=0.2, fermi_energy=5000.0)


def _dense_eigenvalue(metal, kelvin, renormalised):
    """Largest eigenvalue of V(xi, xi') tanh(xi'/2kT)/(xi' Z(xi')) on Gauss points in ln xi between the well edges."""
    t = K_B * kelvin
    edges = [1e-6 * t, metal.omega_ph, metal.exciton_edge, metal.fermi_energy]
    nodes, weights = np.polynomial.legendre.leggauss(40)
    xi, w = [], []
    for low, high in zip(np.log(edges[:-1]), np.log(edges[1:]), strict=True):
        if high > low:
            xi.append(np.exp(0.5 * (high - low) * nodes + 0.5 * (high + low)))
            w.append(0.5 * (high - low) * weights)
    xi, w = np.concatenate(xi), np.concatenate(w)
    inner, outer = xi < metal.omega_ph, xi < metal.exciton_edge
    v = metal.lambda_ph * np.outer(inner, inner) + metal.lambda_ex * np.outer(outer, outer) - metal.mu
    z = 1 + outer * metal.lambda_ex + inner * metal.lambda_ph if renormalised else 1.0
    kernel = v * (w * np.tanh(xi / (2 * t)) / z)  # dxi/xi = d ln xi
    return float(np.max(np.linalg.eigvals(kernel).real))


@pytest.mark.parametrize("renormalised", (True, False))
@pytest.mark.parametrize(
    "metal",
    [METAL, replace(METAL, lambda_ex=0.9, mu=0.5), replace(METAL, omega_ex=9000.0), replace(METAL, mu=0.0)],
    ids=["weak", "strong", "wider than the band", "no repulsion"],
)
def test_wells_against_a_dense_gap_equation(metal, renormalised):
    for kelvin in (20.0, 300.0):
        found = largest_well_eigenvalue(metal, kelvin, renormalised=renormalised)
        # the dense sum starts at xi = 1e-6 kT, where the integrand is xi/2kT: it leaves out 5e-7
        assert found == pytest.approx(_dense_eigenvalue(metal, kelvin, renormalised), abs=2e-6)


def test_frequency_wells_are_matsubara_sums():
    # edges at 2 pi kT N: the digamma difference is then the sum of 1/(n + 1/2), n < N
    t, n_ph, n_ex, n_f = 1.0, 7, 30, 400
    edges = 2 * np.pi * t * np.array([n_ph, n_ex, n_f])
    metal = replace(METAL, omega_ph=edges[0], omega_ex=edges[1], fermi_energy=edges[2])
    n = np.arange(n_f)
    inner, outer = n < n_ph, n < n_ex
    v = 0.3 * np.outer(inner, inner) + 0.3 * np.outer(outer, outer) - 0.2
    dense = np.max(np.linalg.eigvals(v / ((n + 0.5) * (1 + 0.3 * outer + 0.3 * inner))).real)
    assert largest_well_eigenvalue(metal, t / K_B, wells_in="frequency") == pytest.approx(dense, rel=1e-10)


@pytest.mark.parametrize("wells_in", ("energy", "frequency"))
def test_one_well_is_bcs(wells_in):
    metal = replace(METAL, lambda_ex=0.0, mu=0.0, lambda_ph=0.2)
    bcs = EDGE * 20.0 * np.exp(-1 / 0.2) / K_B
    # the wells' integrals differ from the logarithm by (kT/w)^2/24 in frequency, exponentially in energy
    assert two_well_temperature(metal, wells_in=wells_in, renormalised=False) == pytest.approx(bcs, rel=1e-4)
    assert logarithmic_temperature(metal, renormalised=False) == pytest.approx(bcs, rel=1e-12)


@pytest.mark.parametrize("renormalised", (True, False))
def test_logarithms_equal_wells_far_below_the_phonons(renormalised):
    metal = METAL if renormalised else replace(METAL, lambda_ph=0.15, lambda_ex=0.25)
    exact = two_well_temperature(metal, renormalised=renormalised)
    assert K_B * exact < metal.omega_ph / 12
    # what is left out is exp(-w/kT) < 1e-5 of a logarithm, times d ln T/d(1/g) = 1 and (g-dependent) factors of a few
    assert logarithmic_temperature(metal, renormalised=renormalised) == pytest.approx(exact, rel=5e-5)


def test_repulsion_alone_is_reduced_as_morel_and_anderson_say():
    metal = replace(METAL, lambda_ex=0.0, lambda_ph=0.5)
    reduced = 0.2 / (1 + 0.2 * np.log(5000 / 20))
    expected = EDGE * 20 * np.exp(-1 / (0.5 - reduced)) / K_B
    assert two_well_temperature(metal, renormalised=False) == pytest.approx(expected, rel=2e-4)


def test_excitons_alone_pair_at_their_own_edge():
    metal = replace(METAL, lambda_ph=0.0, lambda_ex=0.3, mu=0.0)
    expected = EDGE * 500 * np.exp(-1 / 0.3) / K_B
    assert logarithmic_temperature(metal, renormalised=False) == pytest.approx(expected, rel=1e-12)
    # kT = w/25: the logarithm is exact to exp(-25)
    assert two_well_temperature(metal, renormalised=False) == pytest.approx(expected, rel=1e-9)


def test_closed_formula_is_continuous_where_excitons_pass_the_phonon_edge():
    at = 1 / np.log(500 / 20)  # lambda_ex that makes g2 ln(w_ex/w_ph) = 1 at mu = 0
    below, above = (
        logarithmic_temperature(replace(METAL, mu=0.0, lambda_ex=at * (1 + s)), renormalised=False)
        for s in (-1e-9, 1e-9)
    )
    assert below == pytest.approx(above, rel=1e-6)
    assert above == pytest.approx(EDGE * 20 / K_B, rel=1e-6)


def test_attraction_raises_and_repulsion_lowers_tc_in_every_theory():
    for theory in (logarithmic_temperature, two_well_temperature, exciton_eliashberg_temperature):
        base = theory(METAL)
        assert theory(replace(METAL, lambda_ex=0.4)) > base
        assert theory(replace(METAL, mu=0.25)) < base


def test_no_attraction_is_no_superconductor():
    hopeless = replace(METAL, lambda_ph=0.05, lambda_ex=0.05, mu=1.0, fermi_energy=600.0)
    for theory in (logarithmic_temperature, two_well_temperature):
        with pytest.raises(NoSuperconductivity):
            theory(hopeless)


def test_refuses_unknown_wells():
    with pytest.raises(InvalidInput):
        two_well_temperature(METAL, wells_in="momentum")


def test_eliashberg_weak_coupling_prefactor():
    # Einstein mode, mu = 0, weak coupling: kTc = (1.134/sqrt e) w exp(-(1 + lambda)/lambda); the well has no 1/sqrt e.
    # The correction is linear in lambda: extrapolate two couplings to zero, leaving O(lambda^2) ~ 1 %
    ratios = []
    for coupling in (0.25, 0.35):
        metal = replace(METAL, lambda_ph=coupling, lambda_ex=0.0, mu=0.0, omega_ph=100.0)
        ratios.append(exciton_eliashberg_temperature(metal) / two_well_temperature(metal))
    limit = ratios[0] + (ratios[0] - ratios[1]) * 0.25 / 0.10
    assert limit == pytest.approx(np.exp(-0.5), rel=0.02)


def test_eliashberg_without_excitons_is_the_phonon_metal():
    metal = replace(METAL, lambda_ex=0.0, lambda_ph=1.0)
    cutoff = 20 * metal.omega_ph
    assert exciton_eliashberg_temperature(metal) == pytest.approx(
        solve.critical_temperature(metal.glue(), cutoff=cutoff),
        rel=1e-6,  # both roots to 1e-7
    )


def test_eliashberg_hardly_depends_on_the_cutoff():
    base = exciton_eliashberg_temperature(METAL, cutoff=10 * METAL.omega_ex)
    assert exciton_eliashberg_temperature(METAL, cutoff=20 * METAL.omega_ex) == pytest.approx(base, rel=0.01)


def test_repulsion_too_strong_for_the_exciton_is_refused():
    with pytest.raises(InvalidModel):
        exciton_eliashberg_temperature(replace(METAL, omega_ex=4000.0, mu=0.9))


def test_pairing_collects_three_theories_and_stays_silent_inside_its_range():
    calm = replace(METAL, lambda_ex=0.2, lambda_ph=0.5)
    result = exciton_pairing(calm)  # a warning would be an error here
    assert result.validity.holds
    assert result.eliashberg < result.two_well
    assert result.phonons_alone < result.eliashberg
    assert result.logarithmic == pytest.approx(result.two_well, rel=1e-3)


def test_pairing_warns_with_numbers_outside_its_range():
    wild = replace(METAL, lambda_ex=0.9, omega_ex=2500.0, filament=Filament(1000.0, 1000.0))
    with pytest.warns(OnnesWarning, match=r"Migdal parameter .* 0\.45 \(bound 0\.1\)"):
        result = exciton_pairing(wild)
    assert len(result.validity.broken) == 4
    assert not result.validity.holds


def test_pairing_reports_zero_where_nothing_pairs():
    with pytest.warns(OnnesWarning, match="static stability"):
        result = exciton_pairing(replace(METAL, lambda_ph=0.0, lambda_ex=0.05, mu=0.01, fermi_energy=5000.0))
    assert result.phonons_alone == 0


def test_flags_are_the_ratios_they_name():
    flags = {flag.name.split()[0]: flag for flag in exciton_validity(METAL, 0.0).flags}
    assert flags["Migdal"].value == pytest.approx(0.3 * 500 / 5000)
    assert flags["retardation"].value == pytest.approx(0.1)
    assert flags["static"].value == pytest.approx(1.5)
    assert not flags["static"].holds
    assert exciton_validity(replace(METAL, mu=0.0), 0.0).flags[2].value == np.inf


def test_phase_length_follows_from_the_stiffness_of_free_electrons():
    # K = hbar^2 n_s/4m with n_s = 2 k_F/pi per length and v_F = hbar k_F/m; <cos> decays over 2K/kT
    speed, kelvin = 1e6, 300.0
    density = 2 * (M_E * speed / HBAR_SI) / np.pi
    stiffness = HBAR_SI**2 * density / (4 * M_E)
    metal = replace(METAL, filament=Filament(1000.0, 10.0))
    assert phase_length(metal, kelvin) == pytest.approx(1e9 * 2 * stiffness / (K_B_SI * kelvin), rel=1e-8)
    many = replace(METAL, filament=Filament(1000.0, 10.0, channels=5))
    assert phase_length(many, kelvin) == pytest.approx(5 * phase_length(metal, kelvin))


def test_phase_length_needs_a_filament():
    with pytest.raises(InvalidInput):
        phase_length(METAL, 300.0)
