"""The case on the thermodynamics of the Hubbard model: its arithmetic against exact clusters, and what it finds."""

from functools import cache

import numpy as np
import pytest
from scipy.linalg import expm

from onnes.cases.correlated import hubbard_analysis as analysis
from onnes.cases.correlated import hubbard_figures as figures
from onnes.cases.correlated import hubbard_runs as runs
from onnes.cases.correlated import hubbard_thermodynamics as case
from onnes.compare.claim import Kind
from onnes.study.case import Quality, run_case

# --- an oracle that shares nothing with the library: matrices in the whole Fock space -------------------


@cache
def fock(sites: int, closed: bool) -> tuple[np.ndarray, ...]:
    """Return hopping, interaction for U = 1, double occupancy per site and S(pi), by Jordan and Wigner."""
    lower, sign = np.array([[0.0, 1.0], [0.0, 0.0]]), np.diag([1.0, -1.0])
    c = []
    for mode in range(2 * sites):
        matrix = np.eye(1)
        for other in range(2 * sites):
            matrix = np.kron(matrix, sign if other < mode else lower if other == mode else np.eye(2))
        c.append(matrix)
    n, one = [x.T @ x for x in c], np.eye(4**sites)
    bonds = [(i, (i + 1) % sites) for i in range(sites if closed else sites - 1)]
    hops = [c[i + s].T @ c[j + s] for i, j in bonds for s in (0, sites)]
    pairs = [(n[i], n[i + sites]) for i in range(sites)]
    staggered = sum((-1) ** i * (u - d) for i, (u, d) in enumerate(pairs))
    return (
        -sum(h + h.T for h in hops),
        sum((u - one / 2) @ (d - one / 2) for u, d in pairs),
        sum(u @ d for u, d in pairs) / sites,
        staggered @ staggered / sites,
    )


def thermal(sites: int, closed: bool, U: float, slices: int | None, beta: float = 4.0) -> np.ndarray:
    """Return E/N, double occupancy and S(pi) of the exact or of the split exponential."""
    hop, local, double, spin = fock(sites, closed)
    if slices is None:
        rho = expm(-beta * (hop + U * local))
    else:
        half = expm(-beta / slices * hop / 2)
        step = half @ np.diag(np.exp(-beta / slices * U * np.diag(local))) @ half
        rho = np.linalg.matrix_power(step, slices)
    means = [np.trace(rho @ a) for a in ((hop + U * local) / sites, double, spin)]
    return np.array(means) / np.trace(rho)


@pytest.mark.parametrize("U", runs.ANCHOR_U)
def test_exact_values_against_the_whole_fock_space(U):
    exact = case.exact_values()
    for name, sites, closed in (("dimer", 2, False), ("4-ring", 4, True)):
        energy, double, spin = thermal(sites, closed, U, None)
        assert exact[name, U]["energy"] == pytest.approx(energy, abs=1e-10)
        assert exact[name, U]["double"] == pytest.approx(double, abs=1e-10)
    assert case.PUBLISHED[f"ring4_spin_{U:g}"].value == pytest.approx(spin, abs=1e-6)  # six digits published


@pytest.mark.parametrize("parts", [(2, 4), (2, 3, 4)])
@pytest.mark.parametrize("U", runs.ANCHOR_U)
def test_what_a_line_in_the_square_of_the_step_leaves(U, parts):
    """Exact traces at the case's own steps: what is left lies below the bounds, far below the raw error."""
    for sites, closed in ((2, False), (4, True)):
        counts = runs.slices_of(U, 4.0, parts)
        values = np.array([thermal(sites, closed, U, count) for count in counts])
        right, step = thermal(sites, closed, U, None), 4.0 / np.array(counts)
        left = [analysis.limit(step, v, np.ones(len(step))).value for v in values.T] - right
        assert abs(left[0]) < case.LEFT_ENERGY * U
        assert abs(left[1]) < case.LEFT_DOUBLE and abs(values[0, 1] - right[1]) > 20 * abs(left[1])
        assert abs(left[2]) < case.LEFT_SPIN


# --- arithmetic -----------------------------------------------------------------------------------------


def test_two_steps_give_four_thirds_less_one_third():
    found = analysis.limit(np.array([0.2, 0.1]), np.array([1.4, 1.1]), np.array([0.03, 0.01]))
    assert found.value == pytest.approx((4 * 1.1 - 1.4) / 3) and found.slope == pytest.approx(0.3 / 0.03)
    assert found.error == pytest.approx(np.hypot(4 * 0.01, 0.03) / 3) and found.freedom == 0


def test_chi_squared_of_a_line():
    """Three equal errors e and a middle point off by h: least squares leave h^2 (1 - leverage)/e^2."""
    step = np.array([0.1, 0.2, 0.3])
    design = np.column_stack([np.ones(3), step**2])
    leverage = (design @ np.linalg.inv(design.T @ design) @ design.T)[1, 1]
    found = analysis.limit(step, 2 - step**2 + np.array([0, 0.05, 0]), np.full(3, 0.02))
    assert found.chi2 == pytest.approx((0.05 / 0.02) ** 2 * (1 - leverage)) and found.freedom == 1


@pytest.mark.parametrize(("U", "mu"), [(4.0, 0.0), (8.0, 0.0), (4.0, -1.5)])
def test_entropy_from_exact_energies(U, mu):
    """The 6-ring at the temperatures of the full quality: 0.002 is the spline's error below the last temperature."""
    job = runs.Hubbard(runs.anchors()["6-ring"], U, chemical_potential=mu)
    beta = np.array(runs.PLANS[Quality.FULL].doped)
    exact = runs.exact_scan("6-ring", job, beta, 2)
    found, zero = analysis.entropy(beta, exact.values["grand"], 0 * beta, analysis.first_moments(job))
    assert np.allclose(found, exact.values["entropy"], atol=2.5e-3) and np.all(zero == 0)
    assert np.allclose(found[:-1], exact.values["entropy"][:-1], atol=6e-4)


def test_errors_of_the_entropy_are_those_of_the_energies():
    """Shifting one energy by its error shifts every entropy by the error told for it alone."""
    beta, energy = np.array([0.3, 0.7, 1.2, 2.0, 3.0]), np.array([-0.5, -0.9, -1.1, -1.2, -1.25])
    single = np.array([0, 0, 0.01, 0, 0])
    base, told = analysis.entropy(beta, energy, single, (0.0, -2.0))
    moved, _ = analysis.entropy(beta, energy + single, single, (0.0, -2.0))
    assert np.allclose(np.abs(moved - base), told, atol=1e-12) and told.max() > 1e-3


@pytest.mark.parametrize("mu", [0.0, -1.5])
def test_moments_at_infinite_temperature(mu):
    job = runs.Hubbard(runs.anchors()["4-ring"], 5.0, chemical_potential=mu)
    energies = runs.exact_scan("4-ring", job, np.array([1e-3, 2e-3]), 2).values["grand"]
    first, slope = analysis.first_moments(job)
    assert 2 * energies[0] - energies[1] == pytest.approx(first, abs=1e-4)
    assert np.diff(energies)[0] / 1e-3 == pytest.approx(slope, rel=0.02)  # third moments, of order 3 beta U


def test_heat_and_minimum():
    t = np.array([1.0, 2.0, 4.0])
    centre, heat, error = analysis.heat(t, 3 * t, np.full(3, 0.1))
    assert np.allclose(heat, 3) and np.allclose(error, np.hypot(0.1, 0.1) / np.array([1, 2]))
    assert np.allclose(centre, [np.sqrt(2), np.sqrt(8)])
    x = np.geomspace(0.3, 5, 9)
    place, error = analysis.lowest(x, np.log(x / 0.9) ** 2 + 1, np.full(9, 0.01))
    assert place == pytest.approx(0.9) and 0 < error < 0.05
    assert np.isnan(analysis.lowest(x, np.log(x), np.full(9, 0.01))[0])


def test_numbers_with_errors_in_brackets():
    assert figures.bracketed(0.127742, 0.00012) == "0.12774(12)"
    assert figures.bracketed(-1.3131, 0.0031) == "-1.313(3)"
    assert figures.bracketed(1.0, 0.0) == "1"


def test_steps_are_fine_enough():
    for U in (4.0, 8.0):
        for beta in (0.15, 1.0, 12.0):
            counts = runs.slices_of(U, beta, (2, 3, 4))
            assert U * (beta / counts[0]) ** 2 <= runs.COARSEST**2 + 1e-12 and counts[2] == 2 * counts[0] >= 4


def test_a_chain_is_resumed_and_its_limit_is_exact(tmp_path):
    """Two sites without interaction: no error of any kind; the second call reads the first one's record."""
    job = runs.Hubbard(runs.anchors()["dimer"], 0.0)
    first = runs.chain(job, "dimer", 1.0, 4, 500, tmp_path)
    (folder,) = tmp_path.iterdir()
    stamp = (folder / "chain-0.npz").stat().st_mtime_ns
    again = runs.chain(job, "dimer", 1.0, 4, 500, tmp_path)
    assert (folder / "chain-0.npz").stat().st_mtime_ns == stamp
    assert float(again["kinetic_energy"]) == float(first["kinetic_energy"])
    assert runs.measured(first)["energy"][0] == pytest.approx(-np.tanh(0.5), abs=1e-9)


# --- what it finds --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outcome():
    return run_case(case.CASE)


def claim(outcome, start):
    (found,) = [c for c in outcome.result.claims if c.name.startswith(start)]
    return found


@pytest.mark.slow
def test_checks_pass_and_figures_are_drawn(outcome):
    assert outcome.checks_passed
    assert len(outcome.result.figures) == 7 and len(outcome.result.tables) == 4
    for figure in outcome.result.figures:
        assert all(np.isfinite(curve.y).all() for curve in figure.curves)
        assert all(curve.error is not None for curve in figure.curves if curve.style == "points")


@pytest.mark.slow
def test_exact_clusters_within_errors(outcome):
    """No exact value is beyond five standard errors; chi^2 of nine within five standard deviations (sqrt 18)."""
    exact = [
        c for c in outcome.result.claims if c.published.source.startswith("exact diagonalisation of the same")
    ]
    assert len(exact) == 18 and all(abs(c.deviation) < 5 for c in exact)
    for name in ("chi^2 of all 9 double", "chi^2 of all 9 energies"):
        assert claim(outcome, name).computed < 9 + 5 * np.sqrt(18)
    assert all(c.kind is Kind.PREDICTED for c in outcome.result.claims)


@pytest.mark.slow
def test_published_numbers(outcome):
    assert claim(outcome, "ground state (U n n), 4x4, U = 4").holds
    assert claim(outcome, "K/N, 4x4").holds
    turning = claim(outcome, "entropy per site where the double occupancy is lowest")
    assert 0.3 < turning.computed < np.log(4) / 2 + 0.1


@pytest.mark.slow
def test_cooling_raises_the_double_occupancy_where_repulsion_is_strong(outcome):
    """U = 8: the coldest point lies above the lowest one by two standard errors; U = 4: the coldest is the lowest."""
    (figure,) = [f for f in outcome.result.figures if "raises the double occupancy" in f.title]
    curves = {curve.label: curve for curve in figure.curves}
    strong, weak = curves["4x4, U = 8"], curves["4x4, U = 4"]
    k = int(np.argmin(strong.y))
    assert strong.y[-1] - strong.y[k] > 2 * np.hypot(strong.error[-1], strong.error[k])
    assert int(np.argmin(weak.y)) == len(weak.y) - 1
