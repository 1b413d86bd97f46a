"""Moments in closed form, spectra from peaks and moments, mu* and glues."""

import numpy as np
import pytest

from onnes.errors import InvalidModel
from onnes.model.phonons.glue import DensityOfStates, MultibandGlue, MuStar, PhononGlue
from onnes.model.phonons.peaks import debye, einstein, from_moments, from_peaks, lorentz, total
from onnes.model.phonons.spectrum import Spectrum

EXACT = 1e-12
"""A few sums of doubles."""


# --- moments ---------------------------------------------------------------------------------------------------


def test_einstein_moments_all_coincide() -> None:
    mode = einstein(12.5, 1.7)
    assert mode.lambda_ == pytest.approx(1.7, rel=EXACT)
    assert [mode.omega_log, mode.omega_2, mode.omega_max] == pytest.approx([12.5] * 3, rel=EXACT)
    for power in (-2, -1, 0.5, 3):
        assert mode.moment(power) == pytest.approx(1.7 * 12.5**power, rel=EXACT)


def test_debye_moments() -> None:
    """alpha2F = lambda (w/W)^2: omega_log = W e^(-1/2), omega_2 = W/sqrt(2).

    The stretch below the first node h = W/n is left out: h^2 ln(n) of omega_log; twice that bounds the trapezoids too.
    """
    spectrum = debye(30.0, 0.8)
    assert spectrum.lambda_ == pytest.approx(0.8, rel=EXACT)
    bound = 2 * np.log(400) / 400**2
    assert spectrum.omega_log == pytest.approx(30 * np.exp(-0.5), rel=bound)
    assert spectrum.omega_2 == pytest.approx(30 / np.sqrt(2), rel=bound)
    assert spectrum.omega_max == 30


def test_debye_quadrature_is_second_order() -> None:
    coarse, fine = (abs(debye(1.0, 1.0, nodes=n).omega_2 - np.sqrt(0.5)) for n in (50, 100))
    assert coarse / fine == pytest.approx(4, rel=0.02)


def test_lorentz_area_is_that_of_the_cut_peak() -> None:
    """The cut Lorentzian is symmetric, so that its first moment is its centre times its area."""
    spectrum = lorentz(20.0, 1.0, 1.5)
    centre = np.sum(spectrum.measure * spectrum.frequency) / np.sum(spectrum.measure)
    assert centre == pytest.approx(20.0, rel=EXACT)
    assert spectrum.lambda_ == pytest.approx(1.0, rel=EXACT)
    assert spectrum.frequency[[0, -1]] == pytest.approx([15.5, 24.5])
    # Area of 1/(x^2+w^2) - 1/(10 w^2) on |x| < 3w is (2 atan 3 - 6/10)/w; trapezoids are exact to (h/w)^2/12 here.
    inside = np.abs(spectrum.frequency - 20) < 1.5
    step = spectrum.frequency[1] - spectrum.frequency[0]
    share = np.sum(spectrum.measure[inside]) / np.sum(spectrum.measure)
    exact = (2 * np.arctan(1.0) - 0.2) / (2 * np.arctan(3.0) - 0.6)
    assert share == pytest.approx(exact, abs=2 * step / 1.5)


def test_narrow_lorentz_tends_to_einstein() -> None:
    for width in (1.0, 0.1, 0.01):
        narrow = lorentz(20.0, 1.0, width)
        # The variance of the cut peak is below (3w)^2/3, and the moments differ at second order in w/Omega.
        assert abs(narrow.omega_log / 20 - 1) < 3 * (width / 20) ** 2
        assert abs(narrow.omega_2 / 20 - 1) < 3 * (width / 20) ** 2


def test_moments_are_ordered() -> None:
    """Jensen: omega_log <= <omega> <= omega_2, equality for one mode only."""
    rng = np.random.default_rng(7)
    for _ in range(20):
        spectrum = from_peaks(rng.uniform(2, 40, 6), rng.uniform(0.01, 1, 6))
        mean = spectrum.moment(1) / spectrum.lambda_
        assert spectrum.omega_log < mean < spectrum.omega_2


def test_scaling_laws() -> None:
    spectrum = debye(25.0, 1.1)
    changed = spectrum.scaled(coupling=1.5, frequency=0.7)
    assert changed.lambda_ == pytest.approx(1.5 * 1.1, rel=EXACT)
    assert changed.omega_log == pytest.approx(0.7 * spectrum.omega_log, rel=EXACT)
    assert changed.omega_2 == pytest.approx(0.7 * spectrum.omega_2, rel=EXACT)
    assert changed.source == spectrum.source
    assert changed.parametrised
    assert spectrum.with_lambda(0.3).lambda_ == pytest.approx(0.3, rel=EXACT)


def test_grid_of_a_smooth_spectrum_is_integrated_to_second_order() -> None:
    """alpha2F = x^2 exp(-x): lambda = 2 int x e^-x = 2; the end at 40 leaves 1e-16.

    Two terms of order h^2: the triangle below the first node, h^2 e^-h, and Euler-Maclaurin, h^2/6.
    """
    errors = []
    for n in (400, 800):
        grid = np.linspace(0, 40, n + 1)[1:]
        errors.append(abs(Spectrum(grid, grid**2 * np.exp(-grid)).lambda_ - 2))
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)  # e^-h changes by 5 %
    assert errors[1] < (1 + 1 / 6) * 0.05**2


def test_highest_frequency_ignores_the_padding() -> None:
    assert Spectrum([1, 2, 3, 4, 5], [0.1, 1, 0.5, 1e-4, 1e-9]).omega_max == 3


def test_arrays_cannot_be_changed() -> None:
    source = np.array([1.0, 2.0])
    spectrum = Spectrum(source, [1.0, 1.0])
    source[0] = 9
    assert spectrum.frequency[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        spectrum.alpha2F[0] = 2


# --- peaks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coupling", "omega_log", "omega_2"), [(1.0, 10.0, 10.0), (1.8, 9.0, 11.0), (0.4, 50.0, 90.0)]
)
def test_from_moments_returns_its_moments(coupling: float, omega_log: float, omega_2: float) -> None:
    spectrum = from_moments(coupling, omega_log, omega_2)
    found = spectrum.lambda_, spectrum.omega_log, spectrum.omega_2
    assert found == pytest.approx((coupling, omega_log, omega_2), rel=1e-10)
    assert spectrum.parametrised


def test_sum_adds_every_moment() -> None:
    parts = [einstein(5.0, 0.3), lorentz(20.0, 0.5, 2.0), debye(15.0, 0.2), einstein(5.0, 0.1)]
    summed = total(parts)
    for power in (-1, 0, 1, 2):
        assert summed.moment(power) == pytest.approx(sum(part.moment(power) for part in parts), rel=1e-10)
    weighted = sum(part.lambda_ * np.log(part.omega_log) for part in parts) / sum(
        part.lambda_ for part in parts
    )
    assert np.log(summed.omega_log) == pytest.approx(weighted, rel=1e-10)


def test_peaks_with_one_width_for_all() -> None:
    spectrum = from_peaks([10.0, 20.0], [0.4, 0.6], 1.0)
    assert spectrum.lambda_ == pytest.approx(1.0, rel=1e-10)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: einstein(-1.0, 1.0), "frequency"),
        (lambda: einstein(1.0, np.nan), "coupling"),
        (lambda: lorentz(10.0, 1.0, 4.0), "width"),
        (lambda: lorentz(10.0, 1.0, 0.0), "width"),
        (lambda: debye(0.0, 1.0), "cutoff"),
        (lambda: from_peaks([1.0, 2.0], [1.0]), "couplings"),
        (lambda: from_peaks([], []), "couplings"),
        (lambda: from_moments(1.0, 10.0, 9.0), "omega_2"),
        (lambda: from_moments(1.0, -10.0, 9.0), "omega_log"),
        (lambda: Spectrum([1.0, 2.0], [1.0]), "alpha2F"),
        (lambda: Spectrum([0.0, 2.0], [1.0, 1.0]), "frequency"),
        (lambda: Spectrum([2.0, 1.0], [1.0, 1.0]), "frequency"),
        (lambda: Spectrum([1.0, np.inf], [1.0, 1.0]), "frequency"),
        (lambda: Spectrum([1.0, 2.0], [1.0, np.nan]), "alpha2F"),
        (lambda: Spectrum([1.0, 2.0], [0.0, 0.0]), "alpha2F"),
        (lambda: Spectrum([], []), "frequency"),
        (lambda: Spectrum([[1.0]], [[1.0]]), "frequency"),
        (lambda: Spectrum(["a"], [1.0]), "frequency"),
        (lambda: Spectrum([1.0, 2.0], [1.0, 1.0], [1.0]), "weights"),
        (lambda: debye(10.0, 1.0).with_lambda(0.0), "lambda"),
    ],
)
def test_impossible_spectra_are_named(make, field: str) -> None:
    with pytest.raises(InvalidModel) as caught:
        make()
    assert caught.value.field == field
    assert "\n" not in str(caught.value)


# --- mu* -------------------------------------------------------------------------------------------------------


def test_rescaling_follows_morel_and_anderson() -> None:
    """1/mu(w2) = 1/mu(w1) - ln(w2/w1)."""
    mu = MuStar(0.12, 30.0)
    assert 1 / mu.at(300.0) == pytest.approx(1 / 0.12 - np.log(10), rel=EXACT)
    assert mu.at(30.0) == pytest.approx(0.12, rel=EXACT)


@pytest.mark.parametrize("value", [0.1, ((0.2, 0.05), (0.08, 0.15))])
def test_rescaling_is_a_group(value: float | tuple) -> None:
    mu = MuStar(value, 20.0)

    def step(start: MuStar, cutoff: float) -> MuStar:
        matrix = start.matrix_at(cutoff)
        return MuStar(tuple(map(tuple, matrix)), cutoff)

    there = step(step(mu, 55.0), 130.0)
    np.testing.assert_allclose(there.matrix_at(130.0), mu.matrix_at(130.0), rtol=EXACT)
    np.testing.assert_allclose(there.matrix_at(20.0), np.atleast_2d(value), rtol=EXACT)


def test_uncoupled_bands_rescale_each_alone() -> None:
    matrix = MuStar(((0.1, 0.0), (0.0, 0.3)), 10.0).matrix_at(40.0)
    alone = [MuStar(value, 10.0).at(40.0) for value in (0.1, 0.3)]
    np.testing.assert_allclose(matrix, np.diag(alone), rtol=EXACT)


def test_rescaling_past_the_divergence_is_refused() -> None:
    """mu* = 0.5 diverges at w exp(2)."""
    mu = MuStar(0.5, 10.0)
    limit = 10 * np.exp(2)
    assert mu.at(0.999 * limit) > 100
    with pytest.raises(InvalidModel, match="diverges"):
        mu.at(1.001 * limit)


def test_cutoff_max_must_be_resolved_first() -> None:
    with pytest.raises(InvalidModel, match="resolved"):
        MuStar(0.1).at(10.0)
    assert MuStar(0.1).resolved(33.0).cutoff == 33.0
    assert MuStar(0.1, 12.0).resolved(33.0).cutoff == 12.0


@pytest.mark.parametrize("value", [-0.1, np.nan, ((0.1, 0.2),), ((0.1, -0.2), (0.1, 0.1))])
def test_impossible_mu_star(value: object) -> None:
    with pytest.raises(InvalidModel, match="mu_star"):
        MuStar(value)


@pytest.mark.parametrize("cutoff", [0.0, -3.0, "min", np.inf])
def test_impossible_cutoff(cutoff: object) -> None:
    with pytest.raises(InvalidModel, match="mu_star cutoff"):
        MuStar(0.1, cutoff)


# --- glues -----------------------------------------------------------------------------------------------------


def test_glue_resolves_the_cutoff_of_its_spectrum() -> None:
    glue = PhononGlue(debye(25.0, 1.0), MuStar(0.1))
    assert glue.mu_star.cutoff == glue.omega_max == 25.0
    assert glue.spectra[0][0] is glue.spectrum
    assert (glue.n_bands, glue.dos) == (1, None)


def test_bare_mu_star_and_matrices_are_refused_for_one_band() -> None:
    with pytest.raises(InvalidModel, match="no cutoff"):
        PhononGlue(debye(25.0, 1.0), 0.1)
    with pytest.raises(InvalidModel, match="MultibandGlue"):
        PhononGlue(debye(25.0, 1.0), MuStar(((0.1, 0), (0, 0.1))))


def two_bands(between: float = 0.2, back: float = 0.1) -> MultibandGlue:
    """lambda_ij = N_j V_ij with N = (1, 2): the first band scatters twice as strongly into the second."""
    spectra = ((debye(30.0, 0.9), debye(30.0, between)), (debye(30.0, back), debye(45.0, 0.4)))
    return MultibandGlue(spectra, MuStar(0.1), (1.0, 2.0))


def test_two_bands() -> None:
    glue = two_bands()
    np.testing.assert_allclose(glue.lambda_matrix, [[0.9, 0.2], [0.1, 0.4]], rtol=EXACT)
    assert glue.mu_star.value == ((0.1, 0.0), (0.0, 0.1))
    assert glue.mu_star.cutoff == glue.omega_max == 45.0
    assert (glue.n_bands, glue.dos) == (2, None)


def test_two_bands_must_balance() -> None:
    """N_1 lambda_12 = N_2 lambda_21, to 5 % of the largest entry (0.9): 0.24 - 2*0.1 = 0.04 passes, 0.30 does not."""
    with pytest.raises(InvalidModel, match="symmetric"):
        two_bands(between=0.1, back=0.1)
    with pytest.raises(InvalidModel, match="square"):
        MultibandGlue(((debye(30.0, 0.9),),), MuStar(0.1), (1.0, 2.0))
    with pytest.raises(InvalidModel, match="2 x 2"):
        MultibandGlue(two_bands().spectra, MuStar(((0.1,),)), (1.0, 2.0))


def test_density_of_states_at_the_fermi_level() -> None:
    dos = DensityOfStates([-10.0, 0.0, 10.0], [1.0, 2.0, 4.0])
    assert dos.at_fermi_level == 2.0
    assert DensityOfStates([-10.0, 30.0], [1.0, 5.0]).at_fermi_level == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("energy", "value"),
    [
        ([-1.0, 1.0], [1.0]),
        ([1.0, 2.0], [1.0, 1.0]),
        ([1.0, -1.0], [1.0, 1.0]),
        ([-1.0, 1.0], [1.0, np.nan]),
        ([-1.0, 0.0, 1.0], [1.0, -0.5, 1.0]),
        ([-1.0, 0.0, 1.0], [1.0, 0.0, 1.0]),
        ([0.0], [1.0]),
    ],
)
def test_impossible_densities_of_states(energy: list[float], value: list[float]) -> None:
    with pytest.raises(InvalidModel, match="dos"):
        DensityOfStates(energy, value)


def test_sum_merges_nodes_that_differ_by_rounding() -> None:
    """Two spellings of one grid add up to that grid, and can still be rescaled."""
    grid = np.arange(1, 40) * 0.1
    one = Spectrum(grid, np.ones_like(grid))
    other = Spectrum(np.cumsum(np.full_like(grid, 0.1)), np.ones_like(grid))
    summed = one + other
    assert len(summed.frequency) == len(grid)
    assert np.isclose(summed.scaled(frequency=0.9).lambda_, one.lambda_ + other.lambda_, rtol=1e-12)
