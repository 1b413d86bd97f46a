"""Spectra of clusters: free electrons, sum rules, moments, an independent sum over levels."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput

WIDE = np.linspace(-400, 400, 160001)


def total(values, grid):
    return values.sum(axis=-1) * (grid[1] - grid[0])


def test_free_electrons_are_single_lines() -> None:
    cluster = on.model.ring_cluster(6, 1.0, flux=0.5)
    state = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, 0.0, chemical_potential=0.2), (3, 3))
    grid, width = np.linspace(-4, 4, 401), 0.05
    found = on.solve.electron_spectrum(state, grid, broadening=width)
    level = -2 * np.cos(2 * np.pi * cluster.wavevectors[:, 0] - 0.5 / 6) - 0.2
    line = width / np.pi / ((grid - level[:, None]) ** 2 + width**2)
    assert np.allclose(found["electron_spectrum"], line, atol=1e-8)
    occupied = np.isin(np.arange(6), np.argsort(level)[:3])
    assert np.allclose(found["removal_spectrum"], occupied[:, None] * line, atol=1e-8)


def test_sum_rules_of_the_electron_spectrum() -> None:
    """int A = 1 for each k; the removal part holds N_up; the first moment is eps_k + U (<n_dn> - 1/2) - mu."""
    U, mu = 4.0, -0.6
    cluster = on.model.ring_cluster(6, 1.0)
    state = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, U, chemical_potential=mu), (1, 1))
    found = on.solve.electron_spectrum(state, WIDE, broadening=0.05)
    spectrum, lost = found["electron_spectrum"], 2 * 0.05 / np.pi / 400  # weight of Lorentzian wings outside
    assert np.allclose(total(spectrum, WIDE), 1 - lost, atol=2e-6)
    assert np.isclose(total(found["removal_spectrum"], WIDE).sum(), 1 - lost, atol=1e-5)
    # wings are even about each pole: on a symmetric grid a pole at w keeps w(1 - 2 lost) to first order
    level = -2 * np.cos(2 * np.pi * cluster.wavevectors[:, 0]) + U * (1 / 6 - 1 / 2) - mu
    assert np.allclose(total(spectrum * WIDE, WIDE), level, atol=1e-3 * np.abs(level).max())
    assert np.all(spectrum > 0)


def test_electron_and_hole_are_mirror_images() -> None:
    """Half filling, bipartite: A(k, w) = A(k + pi, -w)."""
    cluster = on.model.ring_cluster(6, 1.0)
    state = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, 3.0), (3, 3))
    grid = np.linspace(-6, 6, 241)
    spectrum = on.solve.electron_spectrum(state, grid, broadening=0.1)["electron_spectrum"]
    assert np.allclose(spectrum, np.roll(spectrum, 3, axis=0)[:, ::-1], atol=1e-9)


def test_spin_spectrum() -> None:
    """int S^zz = equal-time structure factor; zero at q = 0; the dimer's single line is its triplet gap."""
    cluster = on.model.ring_cluster(6, 1.0)
    state = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, 4.0), (3, 3), dense_limit=10)
    found = on.solve.spin_spectrum(state, WIDE, broadening=0.05)["spin_spectrum_zz"]
    phases = np.exp(2j * np.pi * np.outer(cluster.wavevectors[:, 0], np.arange(6)))
    static = np.einsum("qi,ij,qj->q", phases, state["spin_correlation_zz"], phases.conj()).real / 6
    lost = 2 * 0.05 / np.pi / 400
    assert np.allclose(total(found, WIDE), static * (1 - lost), atol=1e-5)
    assert np.allclose(found[0], 0, atol=1e-12)

    U, grid = 4.0, np.linspace(0, 4, 4001)
    dimer = on.solve.exact_diagonalisation(on.model.Hubbard(on.model.chain_cluster(2, 1.0), U), (1, 1))
    local = on.solve.spin_spectrum(dimer, grid, broadening=0.01)["spin_spectrum_zz"]

    pair = on.model.Cluster(
        -np.array([[0.0, 1.0], [1.0, 0.0]]), translations=[[0, 1], [1, 0]], wavevectors=[[0.0], [0.5]]
    )
    dimer = on.solve.exact_diagonalisation(on.model.Hubbard(pair, U), (1, 1))
    both = on.solve.spin_spectrum(dimer, grid, broadening=0.01)["spin_spectrum_zz"]
    line = both[1]
    # without translations every site is an orbital of its own; sums over sites and over wavevectors agree
    assert local.shape == (1, len(grid)) and np.allclose(local[0], both.sum(axis=0), atol=1e-9)
    assert np.isclose(grid[np.argmax(line)], (np.sqrt(U**2 + 16) - U) / 2, atol=1e-3)  # a step of the grid


def test_first_moment_of_the_spin_spectrum() -> None:
    """int w S = -(1 - cos q)/4 <T>/N of the ring: half the double commutator [S_-q, [H, S_q]]."""
    cluster, U = on.model.ring_cluster(6, 1.0), 4.0
    model = on.model.Hubbard(cluster, U)
    state = on.solve.exact_diagonalisation(model, (3, 3))
    kinetic = float(state["many_body_energy"]) + 6 * U / 4 - U * state["double_occupancy"].sum()
    found = on.solve.spin_spectrum(state, WIDE, broadening=0.02)["spin_spectrum_zz"]
    q = 2 * np.pi * cluster.wavevectors[:, 0]
    expected = -(1 - np.cos(q)) / 4 * kinetic / 6
    assert np.allclose(total(found * WIDE, WIDE), expected, atol=1e-3)


def test_what_spectra_refuse() -> None:
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0)
    bare = on.solve.exact_diagonalisation(model, (2, 2), keep_wavefunction=False)
    with pytest.raises(InvalidInput, match="wavefunction"):
        on.solve.electron_spectrum(bare, [0.0], broadening=0.1)
    state = on.solve.exact_diagonalisation(model, (2, 2))
    with pytest.raises(InvalidInput, match="broadening"):
        on.solve.spin_spectrum(state, [0.0], broadening=0.0)
    with pytest.raises(InvalidInput, match="GB"):
        on.solve.spin_spectrum(state, [0.0], broadening=0.1, memory_limit=1e3)
    with pytest.raises(InvalidInput, match="finite"):
        on.solve.electron_spectrum(state, [np.inf], broadening=0.1)
