"""Drude weight and optical conductivity: free electrons, Kohn's second derivative, the f-sum, an insulator."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, OnnesWarning

GRID = np.linspace(0.0, 60.0, 60001)
HALF = 0.01


def solved(model, particles):
    state = on.solve.exact_diagonalisation(model, particles)
    return on.solve.optical_conductivity(state, GRID, broadening=HALF)


def test_free_electrons_have_only_a_drude_peak() -> None:
    """D = -E_kin/L of a filled shell on a ring, no regular part."""
    model = on.model.Hubbard(on.model.ring_cluster(6, 1.0), 0.0)
    state = solved(model, (3, 3))
    kinetic = 2 * (2 + 2 * 2 * np.cos(np.pi / 3)) / 6
    assert np.isclose(float(state["charge_stiffness"]), kinetic, rtol=1e-10)
    assert np.isclose(float(state["diamagnetic_weight"]), kinetic, rtol=1e-10)
    assert np.abs(state["optical_conductivity_regular"]).max() < 1e-10
    assert np.isclose(on.solve.charge_stiffness(model, (3, 3), dense_limit=10), kinetic, rtol=1e-6)


def rings():
    ring = on.model.ring_cluster(6, 1.0)
    square = on.model.square_cluster(3, 3, 1.0, -0.3, twist=(0.5, 0.2))
    return [
        (on.model.Hubbard(ring, 4.0), (3, 3), 0),
        (on.model.Hubbard(on.model.ring_cluster(5, 1.0, flux=0.6), 4.0), (2, 1), 0),
        (on.model.Hubbard(square, 6.0), (2, 2), 1),
        (on.model.TJ(on.model.ring_cluster(6, 1.0, flux=0.5), on.model.nearest_bonds(ring, 0.4)), (2, 1), 0),
        (on.model.TJ(square, on.model.nearest_bonds(square, 0.4)), (2, 1), 0),
    ]


@pytest.mark.parametrize(("model", "particles", "axis"), rings())
def test_stiffness_is_the_second_derivative_of_the_energy(model, particles, axis) -> None:
    state = on.solve.exact_diagonalisation(model, particles)
    found = on.solve.optical_conductivity(state, GRID[:2], broadening=HALF, axis=axis)
    q = int(np.argmin(on.solve.momentum_energies(model, particles, dense_limit=10)["momentum_energy"]))
    second = on.solve.charge_stiffness(model, particles, axis=axis, momentum=q, dense_limit=10)
    # truncation step^4 E''''''/90 ~ 1e-8 with derivatives of order one to ten, rounding 1e-13/step^2 ~ 1e-10 and more
    assert np.isclose(float(found["charge_stiffness"]), second, atol=3e-6)


@pytest.mark.parametrize(("model", "particles", "axis"), rings()[:1] + rings()[3:4])
def test_f_sum(model, particles, axis) -> None:
    """int_0^inf sigma_1 dw with half of the Drude peak is (pi/2) <K>/L."""
    state = solved(model, particles)
    regular = state["optical_conductivity_regular"]
    step = GRID[1] - GRID[0]
    area = (regular.sum() - (regular[0] + regular[-1]) / 2) * step
    total = area + np.pi / 2 * float(state["charge_stiffness"])
    # wings of a Lorentzian of half width HALF at a gap of about one lie below zero: HALF/pi of the weight
    assert np.isclose(total, np.pi / 2 * float(state["diamagnetic_weight"]), atol=0.01 * area)
    assert area > 1e-4 and np.all(regular >= 0)


def test_levels_that_cross_are_told() -> None:
    """An electron on a ring at half a flux quantum less 0.05: it moves on to the next wavevector."""
    model = on.model.Hubbard(on.model.ring_cluster(6, 1.0, flux=np.pi - 0.05), 0.0)
    with pytest.warns(OnnesWarning, match="levels cross"):
        on.solve.charge_stiffness(model, (1, 0))
    q = int(np.argmin(on.solve.momentum_energies(model, (1, 0))["momentum_energy"]))
    assert on.solve.charge_stiffness(model, (1, 0), momentum=q) > 0


def test_regular_part_is_the_sum_over_all_levels() -> None:
    """An independent sum: current matrix elements between all levels of the sector."""
    from onnes.solve.correlated import basis
    from onnes.solve.correlated.exact import dense
    from onnes.solve.correlated.hamiltonian import sector

    cluster, half = on.model.ring_cluster(4, 1.0, flux=0.3), 0.1
    model = on.model.Hubbard(cluster, 3.0)
    state = on.solve.exact_diagonalisation(model, (2, 1))
    grid = np.linspace(0, 10, 301)
    found = on.solve.optical_conductivity(state, grid, broadening=half)
    system = sector(model, (2, 1))
    energy, vectors = np.linalg.eigh(dense(system))
    hop = np.zeros((4, 4), dtype=complex)
    for j in range(4):
        i = (j + 1) % 4
        hop[i, j] = 1j * cluster.hopping[i, j]
    hop += hop.conj().T
    current = np.kron(basis.one_particle(system.up, hop).toarray(), np.eye(4)) + np.kron(
        np.eye(6), basis.one_particle(system.down, hop).toarray()
    )
    elements = np.abs(vectors.conj().T @ current @ vectors[:, 0]) ** 2
    gaps = energy[1:] - energy[0]
    lines = half / ((grid[:, None] - gaps) ** 2 + half**2)
    assert np.allclose(found["optical_conductivity_regular"], lines @ (elements[1:] / gaps) / 4, atol=1e-9)
    mean = float(np.vdot(vectors[:, 0], current @ vectors[:, 0]).real)
    assert abs(mean) > 0.01  # a persistent current, which must not enter


def test_repulsion_takes_the_stiffness_of_half_filling() -> None:
    """A ring of 4n + 2 electrons at half filling: D falls with U towards an insulator's; K falls only as 1/U."""
    found = [solved(on.model.Hubbard(on.model.ring_cluster(6, 1.0), U), (3, 3)) for U in (0.0, 4.0, 16.0)]
    ratio = [float(s["charge_stiffness"]) / float(s["diamagnetic_weight"]) for s in found]
    assert np.isclose(ratio[0], 1) and ratio[0] > ratio[1] > ratio[2] > 0 and ratio[2] < 0.05


def test_what_conductivity_refuses() -> None:
    short = on.model.Hubbard(on.model.square_cluster(2, 3, 1.0), 4.0)
    state = on.solve.exact_diagonalisation(short, (1, 1))
    with pytest.raises(InvalidInput, match="half as long"):
        on.solve.optical_conductivity(state, [1.0], broadening=0.1)
    with pytest.raises(InvalidInput, match="axes"):
        on.solve.optical_conductivity(state, [1.0], broadening=0.1, axis=2)
    with pytest.raises(InvalidInput, match="step"):
        on.solve.charge_stiffness(short, (1, 1), axis=1, step=0.0)
    ring = on.solve.exact_diagonalisation(on.model.Hubbard(on.model.ring_cluster(4, 1.0), 0.0), (2, 2))
    with pytest.raises(InvalidInput, match="degenerate"):
        on.solve.optical_conductivity(ring, [1.0], broadening=0.1)
