"""Free energy, entropy and specific heat of Eliashberg states against independent derivations."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.model import MultibandGlue, MuStar, PhononGlue, einstein, from_peaks
from onnes.numerics.fixedpoint import Anderson
from onnes.response.phonons import spin_chain as chains
from onnes.response.phonons.thermodynamics import spin_chain
from onnes.units import K_B

TIGHT = Anderson(history=5, tolerance=1e-12)
STRONG = PhononGlue(from_peaks([10.0, 30.0], [0.5, 0.7]), MuStar(0.12))
WEAK = PhononGlue(einstein(20.0, 0.3), MuStar(0.0))
TWO_BANDS = MultibandGlue(
    ((einstein(60.0, 1.0), einstein(60.0, 0.2)), (einstein(60.0, 0.15), einstein(60.0, 0.4))),
    MuStar(((0.12, 0.04), (0.03, 0.08))),
    (0.75, 1.0),
)


def solve(glue, temperature, **numerics):
    return on.solve.eliashberg(glue, temperature, method=TIGHT, **numerics)


def test_weak_coupling_condensation_energy():
    """F(0) = -Delta^2/2 (BCS) with Delta the gap: N(0) is per spin, Z multiplies the mass."""
    tc = on.solve.critical_temperature(WEAK)
    state = solve(WEAK, 0.1 * tc)
    zero = on.response.free_energy(state) + 0.1 * tc * on.response.entropy(state) / 2
    # The energy counts the renormalised mass, 1 + lambda, and Delta is flat to (Delta/Omega)^2 ln ~ 1e-3.
    expected = -(1 + 0.3) * state["gap_matsubara"][0, 0] ** 2 / 2
    assert zero == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("glue", [STRONG, WEAK, TWO_BANDS])
def test_bardeen_stephen_is_the_value_of_the_stationary_functional(glue):
    """Two forms of one free energy, equal only where the gap equation holds."""
    tc = on.solve.critical_temperature(glue)
    state = solve(glue, 0.6 * tc)
    chain = spin_chain(state)
    # Bardeen-Stephen is not variational: its error is of the order of the state's residual, 1e-12/(1-t).
    assert chain.kt**2 * chain.energy(chain.plain) == pytest.approx(on.response.free_energy(state), rel=1e-9)
    assert np.max(np.abs(chain.gradient())) < 1e-12


def test_coupling_constant_integration():
    """Integrating <interaction>/s over the coupling strength s rebuilds the free energy."""
    temperature, cutoff = 6.0, 600.0
    mu = STRONG.mu_star.at(2 * np.pi * K_B * temperature * round(cutoff / (2 * np.pi * K_B * temperature)))
    place = 2 * np.pi * K_B * temperature * round(cutoff / (2 * np.pi * K_B * temperature))

    def scaled(s):
        return PhononGlue(STRONG.spectrum.scaled(coupling=s), MuStar(s * mu, cutoff=place))

    def slope(s):
        """dF/ds at fixed theta: the functional is stationary, and linear in lambda and mu*."""
        state = solve(scaled(s), temperature, cutoff=cutoff)
        omega, gap = state["matsubara"], state["gap_matsubara"][0]
        root = np.hypot(omega, gap)
        g, f, pi_t = omega / root, gap / root, np.pi * K_B * temperature
        renormalised = omega * (state["Z_matsubara"][0] + state["Z_normal_matsubara"][0] - 2)
        paired = state["Z_matsubara"][0] * gap
        return -2 * pi_t * np.sum((g - 1) * renormalised + f * paired) / s

    # Between the coupling at which Tc = T and 1. The slope starts linearly there: Gauss-Legendre converges.
    onset = _onset(scaled, temperature)
    nodes, weights = np.polynomial.legendre.leggauss(10)
    s = onset + (1 - onset) * (nodes + 1) / 2
    integral = (1 - onset) / 2 * sum(w * slope(x) for w, x in zip(weights, s, strict=True))
    direct = on.response.free_energy(solve(scaled(1.0), temperature, cutoff=cutoff))
    # dF/ds is smooth on [onset, 1]; the onset is good to 1e-8 and the slope vanishes there.
    assert integral == pytest.approx(direct, rel=1e-6)


def _onset(scaled, temperature):
    from scipy.optimize import brentq

    from onnes.solve.phonons.transition import pairing_eigenvalue

    def excess(s):
        kernel = on.solve.imaginary_axis_kernel(scaled(s), temperature, cutoff=600.0)
        return pairing_eigenvalue(kernel)[0] - 1

    return brentq(excess, 0.2, 1.0, xtol=1e-10)


@pytest.mark.parametrize("glue", [STRONG, TWO_BANDS])
@pytest.mark.parametrize("t", [0.3, 0.8])
def test_entropy_and_specific_heat_are_derivatives_of_the_free_energy(glue, t):
    """At T_N = W/(2 pi k N) the cutoff W is exactly the same for every N: differences are clean."""
    tc, cutoff = on.solve.critical_temperature(glue), 20 * glue.omega_max
    count = round(cutoff / (2 * np.pi * K_B * t * tc))
    temperatures = cutoff / (2 * np.pi * K_B * (count + np.arange(-2, 3)))
    states = [solve(glue, float(x), cutoff=cutoff) for x in temperatures]
    energy = np.polynomial.Polynomial.fit(temperatures, [on.response.free_energy(s) for s in states], 4)
    here = temperatures[2]
    # Five points, spacing h = T/N: interpolation error ~ F h^4 ~ 1e-6 of S and 1e-4 of C; the edge of
    # the Matsubara sum is treated to O(1/N^2) ~ 1e-4 of gamma T.
    scale = on.response.sommerfeld(glue) * here
    assert on.response.entropy(states[2]) == pytest.approx(-energy.deriv()(here), abs=5e-4 * scale)
    assert on.response.specific_heat(states[2]) == pytest.approx(
        -here * energy.deriv(2)(here), abs=2e-3 * scale
    )


def test_cold_superconductor_has_lost_the_entropy_of_the_metal():
    """Delta S -> -gamma T and Delta C -> -gamma T, gamma with 1 + lambda (third law for the superconductor)."""
    glue = PhononGlue(einstein(20.0, 0.6), MuStar(0.1))
    tc = on.solve.critical_temperature(glue)
    state = solve(glue, 0.08 * tc)
    linear = on.response.sommerfeld(glue) * 0.08 * tc
    # exp(-1.8/0.08) is nil; lambda(T) of the metal changes by (pi T/Omega)^2 ~ 1e-4; edge 1/N^2.
    assert on.response.entropy(state) == pytest.approx(-linear, rel=1e-3)
    assert on.response.specific_heat(state) == pytest.approx(-linear, rel=1e-3)


def test_two_equal_uncoupled_bands_are_one_band():
    single = PhononGlue(einstein(20.0, 1.0), MuStar(0.1))
    nothing = einstein(20.0, 1e-12)
    pair = MultibandGlue(((single.spectrum, nothing), (nothing, single.spectrum)), MuStar(0.1), (0.4, 1.6))
    one, two = solve(single, 6.0), solve(pair, 6.0)
    for quantity in (on.response.free_energy, on.response.entropy, on.response.specific_heat):
        assert quantity(two) == pytest.approx(quantity(one), rel=1e-7)
    assert on.response.sommerfeld(pair) == pytest.approx(on.response.sommerfeld(single), rel=1e-9)


def test_compact_engine_gives_the_same_thermodynamics():
    full, compact = solve(STRONG, 4.0), solve(STRONG, 4.0, engine="dlr")
    # DLR represents the kernel to about 1e-8 of the gap.
    assert on.response.free_energy(compact) == pytest.approx(on.response.free_energy(full), rel=1e-5)
    assert on.response.specific_heat(compact) == pytest.approx(on.response.specific_heat(full), rel=1e-5)


def test_edge_of_the_chain_is_the_derivative_in_the_number_of_spins():
    """dU/dlnN at fixed mu* against solving the chain with one spin more and one less."""
    state = solve(STRONG, 5.0)
    chain = spin_chain(state)
    n = chain.count

    def energy(count):
        theta = np.zeros((1, count))
        common = min(count, n)
        theta[:, :common] = chain.theta[:, :common]
        other = chains.build(STRONG, chain.kt, theta, chain.cutoff).relaxed()
        return other.energy(other.plain)

    added, taken = energy(n + 1) - energy(n), energy(n) - energy(n - 1)
    by_difference = ((n + 0.5) * added + (n - 0.5) * taken) / 2
    # The neighbours relax when a spin leaves: second order in its angle, relative 1/N.
    assert chain.edge() == pytest.approx(by_difference, rel=2 / n)


def test_normal_state_has_no_difference():
    state = solve(STRONG, 40.0)
    assert np.all(state["gap_matsubara"] == 0)
    assert on.response.free_energy(state) == 0
    assert on.response.entropy(state) == 0
    assert on.response.specific_heat(state) == 0


def test_wrong_states_are_refused():
    state = solve(STRONG, 5.0)
    stretched = state.with_fields(gap_matsubara=1.01 * state["gap_matsubara"])
    with pytest.raises(InvalidInput, match="does not solve"):
        on.response.entropy(stretched)
    other = on.State(STRONG, "bcs", dict(state.fields), state.report)
    with pytest.raises(InvalidInput, match=r"solve\.eliashberg"):
        on.response.free_energy(other)
    flat = on.model.DensityOfStates(np.array([-1.0, 1.0]), np.ones(2))
    with_dos = on.State(
        PhononGlue(STRONG.spectrum, STRONG.mu_star, flat), "eliashberg", dict(state.fields), state.report
    )
    with pytest.raises(InvalidInput, match="density of states"):
        on.response.free_energy(with_dos)


@pytest.mark.parametrize("x", [-0.1, 0.3])
def test_strong_coupling_fits_refuse_what_they_were_not_made_for(x):
    with pytest.raises(InvalidInput, match="omega_log"):
        on.response.gap_ratio(x)


def test_strong_coupling_fits_start_from_bcs():
    """Their prefactors are the rounded BCS ratios."""
    gap = 2 * np.pi * np.exp(-0.5772156649)
    assert on.response.gap_ratio(0.0) == pytest.approx(gap, rel=2e-3)
    assert on.response.specific_heat_ratio(0.0) == pytest.approx(12 / (7 * 1.2020569), rel=5e-3)
    # (2/3) pi^2/(8 pi (gap/2)^2/2)
    assert on.response.condensation_ratio(0.0) == pytest.approx(4 * np.pi / 3 * 0.5 / gap**2, rel=5e-3)
    slope = np.sqrt(8 * np.pi**2 / 3 * np.pi * 12 / (7 * 1.2020569)) / np.sqrt(np.pi * gap**2)
    assert on.response.field_ratio(0.0) == pytest.approx(1 / slope, rel=5e-3)
