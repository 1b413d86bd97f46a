"""The Abrikosov lattice: near Hc2, at the Bogomolny point, near Hc1, and the field in equilibrium with it."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel, NotConverged
from onnes.solve.condensate.lattices.lattice_cell import Problem, _first, minimise
from onnes.solve.condensate.lattices.magnetic_cell import MagneticCell
from onnes.units import MU_0, PHI_0


def material(kappa: float) -> on.model.GinzburgLandau:
    return on.model.GinzburgLandau(10.0, 10.0 * kappa)


def solved(kappa: float, b: float, shape: str | float = "triangular", **more):
    return on.solve.vortex_lattice(material(kappa), b * material(kappa).upper_critical_field, shape, **more)


def reduced(state, name: str) -> float:
    return float(state[name]) / state.model.material.upper_critical_field


def energy(state) -> float:
    return float(state["lattice_energy"]) / state.model.material.condensation_density


@pytest.mark.parametrize(("shape", "angle"), [("triangular", 60.0), ("square", 90.0), (75.0, 75.0)])
def test_energy_near_the_upper_critical_field(shape, angle: float) -> None:
    """Row 4: F/V = -(1 - b)^2/2 beta_A in a uniform field; what is left is linear in 1 - b and extrapolated away."""
    kappa, measured = 10.0, []
    for b in (0.99, 0.995):
        condensate = energy(solved(kappa, b, shape, screening=False, tolerance=1e-10)) - kappa**2 * b**2
        measured.append(-((1 - b) ** 2) / 2 / condensate)
    beta = on.response.abrikosov_ratio(on.model.VortexLattice(material(kappa), 1.0, angle))
    # 1e-4 was asked for; second order is (1e-2)^2 times a factor of order one tenth
    assert 2 * measured[1] - measured[0] == pytest.approx(beta, abs=2e-5)


@pytest.mark.parametrize("kappa", [1.0, 3.0, 50.0])
def test_magnetisation_near_the_upper_critical_field(kappa: float) -> None:
    """Row 5: to first order in 1 - b; the remainder falls with 1 - b and is below a thousandth at 0.99."""
    errors = []
    for b in (0.98, 0.99):
        state = solved(kappa, b, tolerance=1e-10)
        errors.append(
            float(state["lattice_magnetisation"]) / on.response.upper_magnetisation(state.model) - 1
        )
    assert abs(errors[1]) < 1e-3 and errors[0] / errors[1] == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("b", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("shape", ["triangular", "square"])
def test_bogomolny_point(b: float, shape: str) -> None:
    """Row 7: at kappa = 1/sqrt 2, H = Hc2 at any B, F is linear in B, B + |psi|^2 = 1 everywhere, for any lattice."""
    state = solved(2**-0.5, b, shape, spacing=2.0, tolerance=1e-9)
    assert reduced(state, "equilibrium_field") == pytest.approx(1.0, abs=1e-9)
    assert energy(state) == pytest.approx(b - 0.5, abs=1e-10)
    induction = state["cell_induction"] / state.model.material.upper_critical_field
    assert induction == pytest.approx(1 - np.abs(state["cell_order_parameter"]) ** 2, abs=1e-8)


@pytest.mark.parametrize(
    ("kappa", "b", "shape"), [(1.0, 0.1, "triangular"), (2.0, 0.4, 70.0), (8.0, 0.05, "square")]
)
def test_field_is_the_derivative_of_the_energy(kappa: float, b: float, shape) -> None:
    """mu0 H = mu0 d(F/V)/dB by differences of fourth order, against the virial theorem, to 1e-6."""
    step = 0.02 * b
    f = {k: energy(solved(kappa, b + k * step, shape)) for k in (-2, -1, 1, 2)}
    slope = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * step)
    assert reduced(solved(kappa, b, shape), "equilibrium_field") == pytest.approx(
        slope / (2 * kappa**2), rel=1e-6
    )


def test_dilute_lattice_is_a_lattice_of_single_vortices() -> None:
    """Neighbours at 27 xi = 13 lambda: F/V + 1/2 is the line energy of each, H is Hc1, the core field is its own."""
    state, line = solved(2.0, 0.01), on.solve.vortex_line(material(2.0))
    line_energy = float(line["line_energy"]) / (material(2.0).condensation_density * 1e-16)
    assert (energy(state) + 0.5) * 2 * np.pi / 0.01 == pytest.approx(line_energy, rel=1e-4)
    assert float(state["equilibrium_field"]) == pytest.approx(
        MU_0 * float(line["line_energy"]) / PHI_0, rel=1e-4
    )
    # the nearest point lies half a spacing, 0.15 xi, from the axis
    assert state["cell_induction"].max() == pytest.approx(line["vortex_field"].max(), rel=5e-3)


def test_large_kappa_is_the_uniform_field() -> None:
    """(b) tends to (a): differences fall as 1/kappa^2, the ripple of B being of that order."""
    far = []
    for kappa in (20.0, 40.0):
        with_ripple, without = solved(kappa, 0.3), solved(kappa, 0.3, screening=False)
        far.append(energy(without) - energy(with_ripple))
    assert 0 < far[1] < 1e-3 and far[0] / far[1] == pytest.approx(4, rel=0.01)
    assert without["cell_induction"] == pytest.approx(without.model.induction, rel=1e-14)


def test_shapes_in_order_and_the_lattice_found_by_itself() -> None:
    """Two vortices in a rectangle of sides 1 : sqrt 3, and twelve in a rhombus, find the triangular lattice."""
    triangular, square = energy(solved(2.0, 0.3)), energy(solved(2.0, 0.3, "square"))
    assert triangular < square
    two = solved(2.0, 0.3, 90.0, ratio=3**0.5, quanta=2, seed=4)
    assert energy(two) == pytest.approx(triangular, abs=1e-12)
    assert two.report.seed == 4
    many = solved(2.0, 0.3, quanta=12, seed=1)
    assert energy(many) == pytest.approx(triangular, abs=1e-12)


def test_convergence_is_spectral() -> None:
    """At half the spacing the energy is right to rounding, at 0.7 xi to 1e-8."""
    fine, coarse = (energy(solved(1.0, 0.02, spacing=h, tolerance=1e-10)) for h in (2.0, 7.0))
    assert energy(solved(1.0, 0.02, spacing=3.5, tolerance=1e-10)) == pytest.approx(fine, abs=1e-11)
    assert coarse == pytest.approx(fine, abs=1e-7)


def test_slopes_are_derivatives_and_the_energy_falls() -> None:
    """Central differences of the energy in psi and B together, and monotone descent."""
    from onnes.solve.condensate.lattices.lattice_cell import _energy, _slopes

    cell, rng = MagneticCell(0.2 + 0.9j, 0.3, 1, 21), np.random.default_rng(5)
    problem = Problem(cell, 0.3, 1.3, True)
    psi, ripple, p, q = _first(cell, 0.3, 0), *rng.normal(size=(3, 21, 21))
    ripple, p, q = ripple - ripple.mean(), p * (1 + 0.3j), q - q.mean()

    def at(t: float) -> float:
        a, moved = cell.vector_potential(ripple + t * q), psi + t * p
        return _energy(problem, moved, ripple + t * q, cell.gradient(moved) - 1j * a * moved)

    a = cell.vector_potential(ripple)
    of_psi, of_b = _slopes(problem, psi, ripple, a, cell.gradient(psi) - 1j * a * psi)
    slope = 2 * (np.vdot(p, of_psi).real + np.vdot(q, of_b)) / psi.size
    assert slope == pytest.approx((at(1e-4) - at(-1e-4)) / 2e-4, rel=1e-7)
    found = minimise(problem, psi, 1e-8, 1000)
    assert found.converged and max(np.diff(found.energies)) <= 0
    assert found.energies[-1] == pytest.approx(
        _energy(problem, found.psi, found.ripple, found.covariant), rel=1e-12
    )
    again = cell.gradient(found.psi) - 1j * cell.vector_potential(found.ripple) * found.psi
    assert np.abs(again - found.covariant).max() < 1e-10


def test_state_and_refusals() -> None:
    state = solved(2.0, 0.5)
    assert state.method == "vortex_lattice" and all(c.passed for c in state.report.checks)
    assert state["cell_induction"].mean() == pytest.approx(state.model.induction, rel=1e-12)
    assert 1.0 < state["abrikosov_ratio"] < 1.1596
    with pytest.raises(InvalidInput, match="upper critical field"):
        solved(2.0, 1.0)
    with pytest.raises(InvalidInput, match="'hexagonal'"):
        solved(2.0, 0.5, "hexagonal")
    with pytest.raises(InvalidInput, match="spacing"):
        solved(2.0, 0.5, spacing=0.0)
    with pytest.raises(InvalidInput, match="tolerance"):
        solved(2.0, 0.5, tolerance=2.0)
    with pytest.raises(InvalidModel, match=r"VortexLattice\.angle"):
        solved(2.0, 0.5, 200.0)
    with pytest.raises(NotConverged) as caught:
        solved(2.0, 0.5, most=3)
    assert caught.value.state.report.iterations == 3
    assert not solved(2.0, 0.5, most=3, throw=False).report.converged
