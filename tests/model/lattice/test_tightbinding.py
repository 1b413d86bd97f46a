"""Bands, pairing functions, interactions and quasiparticles against what they must be by hand."""

from itertools import product as every

import numpy as np
import pytest

import onnes as on
from onnes.errors import CannotProbe, InvalidInput, InvalidModel
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.quasiparticles import closed_form
from onnes.state import Outcome, Report, State

OBLIQUE = np.array([[3.0, 0.1, 0.0], [0.4, 4.0, -0.2], [0.0, 0.3, 5.0]])


def random_bands(seed: int = 0, positions: bool = True) -> TightBinding:
    rng = np.random.default_rng(seed)
    table = {
        (cell, a, b): complex(*rng.normal(scale=100, size=2))
        for cell in ((1, 0, 0), (0, 1, 1), (2, -1, 0))
        for a, b in every(range(3), repeat=2)
    }
    table |= {((0, 0, 0), a, a): rng.normal(scale=100) for a in range(3)}
    table[(0, 0, 0), 0, 2] = complex(*rng.normal(scale=100, size=2))
    tau = rng.uniform(-0.5, 0.5, (3, 3)) if positions else None
    return on.model.hoppings(table, vectors=OBLIQUE, orbitals=("a", "b", "c"), positions=tau)


def wavevectors(count: int, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3))


# --- tight binding ----------------------------------------------------------------------------------------------


def test_square_lattice_dispersion():
    bands = on.model.square({(0, 0): 30.0, (1, 0): -100.0, (1, 1): 25.0, (2, 1): 7.0}, a=3.8)
    k = wavevectors(20)
    x, y = 2 * np.pi * k[:, 0], 2 * np.pi * k[:, 1]
    expected = (
        30
        - 200 * (np.cos(x) + np.cos(y))
        + 100 * np.cos(x) * np.cos(y)
        + 28 * (np.cos(2 * x) * np.cos(y) + np.cos(x) * np.cos(2 * y))
    )
    assert np.allclose(bands.bloch(k)[:, 0, 0], expected, atol=1e-10)


def test_sign_of_the_fourier_transform():
    """H = sum c†_r t(R) c_{r+R} acts on exp(+ik.r) as on a ring of sites."""
    bands = on.model.hoppings({((1, 0, 0), 0, 0): -np.exp(0.3j)})
    sites = 12
    ring = np.zeros((sites, sites), complex)
    for r in range(sites):
        for cell, t in zip(bands.cells[:, 0], bands.hoppings[:, 0, 0], strict=True):
            ring[r, (r + cell) % sites] += t
    k = 5 / sites
    wave = np.exp(2j * np.pi * k * np.arange(sites))
    assert np.allclose(ring @ wave, bands.bloch((k, 0, 0))[0, 0] * wave, atol=1e-12)


def test_bloch_is_hermitian_and_periodic():
    bands, k = random_bands(), wavevectors(10)
    h = bands.bloch(k)
    assert np.allclose(h, np.swapaxes(h, -1, -2).conj(), atol=1e-10)
    assert np.allclose(bands.bloch(k + np.array([1, -2, 3])), h, atol=1e-9)
    assert bands.bloch(k.reshape(2, 5, 3)).shape == (2, 5, 3, 3)
    assert np.allclose(bands.vectors @ bands.reciprocal().T, 2 * np.pi * np.eye(3), atol=1e-12)


def test_velocity_is_the_derivative():
    """In the gauge exp(ik.(R + tau_b - tau_a)) the operator is dH/dk; compared by central differences."""
    bands = random_bands(2)
    reciprocal, tau, k = bands.reciprocal(), bands.positions, np.array([0.13, -0.21, 0.34])

    def gauged(k: np.ndarray) -> np.ndarray:
        phase = np.exp(2j * np.pi * tau @ k)
        return phase.conj()[:, None] * bands.bloch(k) * phase[None, :]

    phase = np.exp(2j * np.pi * tau @ k)
    step = 1e-5  # truncation step^2 E''' ~ 1e-10 x 1e4 meV A^3; rounding 1e3 x 2e-16/step ~ 2e-8
    for direction, unit in enumerate(np.eye(3)):
        dk = step * unit @ np.linalg.inv(reciprocal)
        slope = (gauged(k + dk) - gauged(k - dk)) / (2 * step)
        back = phase[:, None] * slope * phase.conj()[None, :]
        assert np.allclose(bands.velocity(k)[direction], back, atol=1e-4)


def test_band_velocities_do_not_depend_on_positions():
    """Hellmann and Feynman: the diagonal in the bands is dE/dk whatever the gauge."""
    bands, bare = random_bands(3), random_bands(3)
    bare = TightBinding(bare.vectors, bare.cells, bare.hoppings, bare.orbitals)
    k = np.array([0.11, 0.42, -0.3])
    energies, states = np.linalg.eigh(bands.bloch(k))
    step = 1e-5
    for direction, unit in enumerate(np.eye(3)):
        dk = step * unit @ np.linalg.inv(bands.reciprocal())
        slope = (np.linalg.eigvalsh(bands.bloch(k + dk)) - np.linalg.eigvalsh(bands.bloch(k - dk))) / (
            2 * step
        )
        for model in (bands, bare):
            diagonal = np.diag(states.conj().T @ model.velocity(k)[direction] @ states)
            assert np.allclose(diagonal, slope, atol=1e-4)
    assert np.all(np.diff(energies) > 1)  # no crossing within the step


def test_velocity_does_not_depend_on_the_home_cell_of_an_orbital():
    """An orbital moved by a translation s, with its hoppings: H'_ab = exp(ik.s_a) H_ab exp(-ik.s_b)."""
    bands, n = random_bands(4), 3
    shift = np.array([[0, 0, 0], [1, 0, -1], [0, 2, 0]])
    table = {
        (tuple((cell + shift[a] - shift[b]).tolist()), a, b): t[a, b]
        for cell, t in zip(bands.cells, bands.hoppings, strict=True)
        for a, b in every(range(n), repeat=2)
        if t[a, b] != 0
    }
    moved = on.model.hoppings(
        table, vectors=OBLIQUE, orbitals=bands.orbitals, positions=bands.positions + shift
    )
    k = wavevectors(6)
    assert np.allclose(np.linalg.eigvalsh(moved.bloch(k)), np.linalg.eigvalsh(bands.bloch(k)), atol=1e-9)
    phase = np.exp(2j * np.pi * k @ shift.T)
    expected = phase.conj()[:, None, :, None] * moved.velocity(k) * phase[:, None, None, :]
    assert np.allclose(expected, bands.velocity(k), atol=1e-8)


def test_shift_and_scale():
    bands, k = random_bands(), wavevectors(5)
    assert np.allclose(bands.shifted(12.0).bloch(k), bands.bloch(k) - 12 * np.eye(3), atol=1e-10)
    assert np.allclose(bands.scaled(0.5).bloch(k), bands.bloch(k) / 2)
    chain = on.model.hoppings({((1, 0, 0), 0, 0): -1.0})
    assert not np.any(np.all(chain.cells == 0, axis=1))
    assert np.allclose(chain.shifted(3.0).bloch((0.25, 0, 0)), -3.0)
    with pytest.raises(ValueError, match="read-only"):
        bands.hoppings[0] = 0


def square_with(**changes) -> TightBinding:
    given = {"vectors": np.eye(3), "cells": [[1, 0, 0], [-1, 0, 0]], "hoppings": np.ones((2, 1, 1))}
    return TightBinding(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"vectors": np.zeros((3, 3))}, "vectors"),
        ({"vectors": np.eye(2)}, "vectors"),
        ({"cells": [[1, 0], [-1, 0]]}, "hoppings"),
        ({"hoppings": np.ones((3, 1, 1))}, "hoppings"),
        ({"hoppings": np.ones((2, 2, 2))}, "hoppings"),
        ({"orbitals": ("a", "b")}, "hoppings"),
        ({"positions": np.zeros((2, 3))}, "positions"),
        ({"hoppings": np.full((2, 1, 1), np.nan)}, "hoppings"),
        ({"cells": [[1, 0, 0], [1, 0, 0]]}, "cells"),
        ({"hoppings": [[[1.0]], [[2.0]]]}, "hoppings at R = (1, 0, 0)"),
        ({"cells": [[1, 0, 0]], "hoppings": [[[1.0]]]}, "hoppings at R = (1, 0, 0)"),
        ({"hoppings": [[[1.0j]], [[1.0j]]]}, "hoppings at R = (1, 0, 0)"),
    ],
)
def test_impossible_bands_are_named(changes, field):
    with pytest.raises(InvalidModel) as caught:
        square_with(**changes)
    assert caught.value.field == field
    assert "\n" not in str(caught.value)


def test_non_hermitian_tables_say_by_how_much():
    with pytest.raises(InvalidModel, match="1 meV away from the conjugate"):
        square_with(hoppings=[[[1.0]], [[2.0]]])


# --- pairing ----------------------------------------------------------------------------------------------------


def test_pairing_functions():
    k = wavevectors(20)
    cx, cy = np.cos(2 * np.pi * k[:, 0]), np.cos(2 * np.pi * k[:, 1])
    assert np.allclose(on.model.d_wave(30.0).at(k)[:, 0, 0], 15 * (cx - cy))
    assert np.allclose(on.model.s_plus_minus(12.0).at(k)[:, 0, 0], 12 * cx * cy)
    assert np.allclose(on.model.s_wave(3.0, 2).at(k), 3 * np.eye(2))
    assert on.model.d_wave(30.0).at((0.5, 0, 0))[0, 0] == pytest.approx(-30.0)
    assert np.allclose(on.model.d_wave(30.0).with_amplitude(10.0).at(k), on.model.d_wave(10.0).at(k))


def test_bogoliubov_spectrum_of_one_band():
    bands = on.model.square({(0, 0): 40.0, (1, 0): -100.0, (1, 1): 30.0})
    metal = on.model.Superconductor(bands, on.model.d_wave(20.0))
    k = wavevectors(30)
    xi, gap = bands.bloch(k)[:, 0, 0].real, on.model.d_wave(20.0).at(k)[:, 0, 0].real
    root = np.sqrt(xi**2 + gap**2)
    assert np.allclose(np.linalg.eigvalsh(metal.bogoliubov(k)), np.column_stack([-root, root]), atol=1e-10)
    assert np.allclose(np.linalg.eigvalsh(metal.bogoliubov(k, scale=0.0))[:, 1], abs(xi), atol=1e-10)


def test_quasiparticles_come_in_pairs():
    """Of a singlet with h(k), h(-k)^T: E of (k up, -k down) and -E of (-k up, k down)."""
    bands = random_bands(5)
    rng = np.random.default_rng(6)
    f = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    pairing = on.model.Pairing(30.0, [[1, 0, 0], [-1, 0, 0]], np.array([f, f.T]), "random")
    metal, k = on.model.Superconductor(bands, pairing), wavevectors(10)
    here, there = np.linalg.eigvalsh(metal.bogoliubov(k)), np.linalg.eigvalsh(metal.bogoliubov(-k))
    assert np.allclose(here, -there[:, ::-1], atol=1e-9)
    h = metal.bogoliubov(k)
    assert np.allclose(h, np.swapaxes(h, -1, -2).conj())


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: on.model.Pairing(1.0, [[1, 0, 0]], [[[1.0]]]), "form at R = (1, 0, 0)"),
        (
            lambda: on.model.Pairing(1.0, [[1, 0, 0], [-1, 0, 0]], [[[1.0]], [[-1.0]]]),
            "form at R = (1, 0, 0)",
        ),
        (lambda: on.model.Pairing(1.0, [[1, 0]], [[[1.0]]]), "form"),
        (lambda: on.model.d_wave(float("nan")), "amplitude"),
        (lambda: on.model.Superconductor(random_bands(), on.model.d_wave(1.0)), "pairing"),
    ],
)
def test_impossible_pairings_are_named(make, field):
    with pytest.raises(InvalidModel) as caught:
        make()
    assert caught.value.field == field


# --- Hubbard and Kanamori, in the Fock space of two orbitals ----------------------------------------------------

MODES = [(a, s) for a in range(2) for s in range(2)]


def ladder() -> dict[tuple[int, int], np.ndarray]:
    """Annihilators (16, 16) of (orbital, spin) by Jordan and Wigner."""
    lower, sign, found = np.array([[0, 1], [0, 0]]), np.diag([1, -1]), {}
    for place, mode in enumerate(MODES):
        matrix = np.eye(1)
        for i in range(4):
            matrix = np.kron(matrix, lower if i == place else sign if i < place else np.eye(2))
        found[mode] = matrix
    return found


C = ladder()


def spin(a: int) -> np.ndarray:
    """S^x, S^y, S^z of orbital a, (3, 16, 16)."""
    pauli = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]) / 2
    return np.array([sum(p[s, r] * C[a, s].T @ C[a, r] for s in (0, 1) for r in (0, 1)) for p in pauli])


def kanamori(model: on.model.HubbardKanamori) -> np.ndarray:
    """The Hamiltonian of the docstring, written out."""
    n = {mode: C[mode].T @ C[mode] for mode in MODES}
    total = [n[a, 0] + n[a, 1] for a in range(2)]
    h = model.U * sum(n[a, 0] @ n[a, 1] for a in range(2)) + (model.Up - model.J / 2) * total[0] @ total[1]
    h = h - 2 * model.J * np.einsum("iab,ibc->ac", spin(0), spin(1))
    for a, b in ((0, 1), (1, 0)):
        h = h + model.Jp * C[a, 0].T @ C[a, 1].T @ C[b, 1] @ C[b, 0]
    return h


def commutes(h: np.ndarray, generator: np.ndarray) -> bool:
    return bool(np.allclose(h @ generator, generator @ h, atol=1e-9))


GENERAL = on.model.HubbardKanamori(U=1000.0, Up=520.0, J=170.0, Jp=90.0)


def test_interaction_conserves_spin_and_charge():
    h = kanamori(GENERAL)
    assert np.allclose(h, h.conj().T)
    assert all(commutes(h, s) for s in spin(0) + spin(1))
    assert commutes(h, sum(C[m].T @ C[m] for m in MODES))


def test_orbital_rotations_are_a_symmetry_only_of_the_rotational_interaction():
    turn = sum(1j * (C[0, s].T @ C[1, s] - C[1, s].T @ C[0, s]) for s in (0, 1))
    rotational = on.model.HubbardKanamori.rotational(1000.0, 170.0)
    assert (rotational.Up, rotational.Jp) == (660.0, 170.0)
    assert commutes(kanamori(rotational), turn)
    assert not commutes(kanamori(GENERAL), turn)
    assert not commutes(kanamori(on.model.HubbardKanamori(1000.0, 700.0, 170.0, 170.0)), turn)


def test_two_electrons_obey_hund():
    """Energies of two electrons: triplets U' - J, singlets U' + J, U - J', U + J'."""
    number = np.diag(sum(C[m].T @ C[m] for m in MODES))
    two = np.isclose(number, 2)
    levels = np.linalg.eigvalsh(kanamori(GENERAL)[np.ix_(two, two)])
    assert np.allclose(levels, sorted([350.0] * 3 + [690.0, 910.0, 1090.0]))


def mean_field(h: np.ndarray, density: np.ndarray) -> np.ndarray:
    """h_13 = sum Gamma_12,34 <c†_2 c_4> with the antisymmetric vertex read from two-electron elements of H."""
    vacuum = np.zeros(16)
    vacuum[np.argmin(np.diag(sum(C[m].T @ C[m] for m in MODES)))] = 1
    pairs = {(i, j): C[MODES[i]].T @ C[MODES[j]].T @ vacuum for i in range(4) for j in range(4)}
    gamma = np.zeros((4, 4, 4, 4), complex)
    for i, j, k, m in every(range(4), repeat=4):
        gamma[i, j, k, m] = pairs[i, j].conj() @ h @ pairs[k, m]  # <0|c_j c_i H c†_k c†_m|0>
    return np.einsum("ijkl,lj->ik", gamma, density)  # density[l, j] = <c†_j c_l>


@pytest.mark.parametrize("model", [GENERAL, on.model.HubbardKanamori.rotational(1000.0, 170.0)])
@pytest.mark.parametrize("seed", range(3))
def test_vertices_are_those_of_the_hamiltonian(model, seed):
    """Mean fields of H: h_ab = -sum U_s[(ab),(cd)] M_cd of a spin-odd <c†_b c_a> = M_ab, +U_c of a spin-even one.

    These are the kernels of chi_s = (1 - chi0 U_s)^-1 chi0 and chi_c = (1 + chi0 U_c)^-1 chi0.
    """
    rng = np.random.default_rng(seed)
    m = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
    m = m + m.conj().T
    h = kanamori(model)
    for spins, vertex, sign in (
        (np.diag([1, -1]), model.spin_vertex(2), -1),
        (np.eye(2), model.charge_vertex(2), 1),
    ):
        field = mean_field(h, np.kron(m, spins))
        expected = sign * (vertex @ m.reshape(4)).reshape(2, 2)
        assert np.allclose(field, np.kron(expected, spins), atol=1e-9)


def test_transverse_spin_has_the_same_vertex():
    """SU(2): a moment along x feels the kernel of one along z."""
    m = np.array([[0.3, 0.2 - 0.5j], [0.2 + 0.5j, -0.7]])
    along_x = np.array([[0, 1], [1, 0]])
    field = mean_field(kanamori(GENERAL), np.kron(m, along_x))
    expected = -(GENERAL.spin_vertex(2) @ m.reshape(4)).reshape(2, 2)
    assert np.allclose(field, np.kron(expected, along_x), atol=1e-9)


def test_vertices_of_more_orbitals():
    model = on.model.HubbardKanamori.rotational(1000.0, 150.0)
    vertex = model.spin_vertex(5).reshape(5, 5, 5, 5)
    assert np.allclose(vertex[:2, :2, :2, :2].reshape(4, 4), model.spin_vertex(2))
    assert np.allclose(model.spin_vertex(1), 1000.0) and np.allclose(model.charge_vertex(1), 1000.0)
    # the rotational vertex is invariant under any real rotation of the five orbitals
    o = np.linalg.qr(np.random.default_rng(3).normal(size=(5, 5)))[0]
    for full in (model.spin_vertex(5), model.charge_vertex(5)):
        pair = np.kron(o, o)
        assert np.allclose(pair @ full @ pair.T, full, atol=1e-9)
    with pytest.raises(InvalidModel, match="J = nan"):
        on.model.HubbardKanamori(1.0, 1.0, float("nan"))


# --- meshes, paths, occupations ---------------------------------------------------------------------------------


def test_meshes():
    k = brillouin.mesh((4, 3), shift=0.5)
    assert k.shape == (12, 3)
    assert np.allclose(k[1] - k[0], [0, 1 / 3, 0])  # last axis fastest
    assert np.allclose((k + k[::-1]) % 1, 0)  # a shifted mesh is its own inverse, read backwards
    assert np.all(k[:, 2] == 0)
    # plane waves of the lattice are summed to zero
    assert abs(np.exp(2j * np.pi * brillouin.mesh((5, 5)) @ [2, 1, 0]).sum()) < 1e-12
    for wrong in ((0, 3), (2, 2, 2, 2), (-1,)):
        with pytest.raises(InvalidInput):
            brillouin.mesh(wrong)


def test_paths():
    points = {"G": (0, 0), "X": (0.5, 0), "M": (0.5, 0.5)}
    k, distance = brillouin.path("G-X-M-G", points, 101)
    assert np.allclose(k[[0, -1]], 0) and distance[-1] == pytest.approx(1 + np.sqrt(0.5))
    assert np.allclose(np.linalg.norm(np.diff(k, axis=0), axis=1).max(), distance[1])
    with pytest.raises(InvalidInput, match="'Y' in the path"):
        brillouin.path("G-Y", points, 10)
    for corners, count in (("G", 10), ("G-X", 1)):
        with pytest.raises(InvalidInput):
            brillouin.path(corners, points, count)


def test_fermi_function():
    energy = np.array([-1e5, -3.0, 0.0, 3.0, 1e5])
    f = brillouin.fermi(energy, 1.5)
    assert np.allclose(f + f[::-1], 1) and f[3] == pytest.approx(1 / (np.exp(2) + 1))
    assert np.array_equal(brillouin.fermi(energy, 0.0), [1, 1, 0.5, 0, 0])


# --- quasiparticles ---------------------------------------------------------------------------------------------


def matrices() -> np.ndarray:
    """Hermitian 2 x 2 matrices: general, diagonal either way, degenerate, zero, nearly degenerate, off-diagonal."""
    rng = np.random.default_rng(8)
    general = rng.normal(size=(40, 2, 2)) + 1j * rng.normal(size=(40, 2, 2))
    general = general + np.swapaxes(general, -1, -2).conj()
    special = [
        np.diag([1.0, 2.0]),
        np.diag([2.0, 1.0]),
        np.diag([3.0, 3.0]),
        np.zeros((2, 2)),
        np.array([[1, 1e-12], [1e-12, 1]]),
        np.array([[1 + 1e-9, 1e-14j], [-1e-14j, 1]]),
        np.array([[0, 2j], [-2j, 0]]),
        np.array([[1e8, 1], [1, -1e8]]),
        np.array([[-1e8, 1], [1, 1e8]]),
        np.array([[1e-100, 1e-100], [1e-100, -1e-100]]),
    ]
    return np.concatenate([general, np.array(special, complex)])


def test_closed_form_is_an_eigensystem():
    h = matrices()
    energies, states = closed_form(h)
    scale = np.maximum(np.max(np.abs(h), axis=(-2, -1)), 1e-300)[:, None]
    # a few roundings of the largest element
    assert np.all(abs(energies - np.linalg.eigvalsh(h)) <= 8e-16 * scale)
    assert np.all(energies[:, 0] <= energies[:, 1])
    unity = np.swapaxes(states, -1, -2).conj() @ states
    assert np.allclose(unity, np.eye(2), atol=1e-15 * 4)
    residual = h @ states - states * energies[:, None, :]
    assert np.all(np.max(abs(residual), axis=(-2, -1)) <= 2e-15 * scale[:, 0])


def test_quasiparticles_of_states():
    bands = on.model.square({(0, 0): 40.0, (1, 0): -100.0})
    report = Report(Outcome.CONVERGED)
    temperature = {"temperature": np.array([4.0])}
    k = wavevectors(12)
    metal = State(bands, "bands", temperature, report)
    energies, states = on.response.quasiparticles(metal, k)
    assert np.allclose(energies[:, 0], bands.bloch(k)[:, 0, 0].real) and states.shape == (12, 1, 1)
    paired = State(on.model.Superconductor(bands, on.model.d_wave(20.0)), "bdg", temperature, report)
    energies, states = on.response.quasiparticles(paired, k)
    h = paired.model.bogoliubov(k)
    assert np.allclose(h @ states, states * energies[:, None, :], atol=1e-10)
    # spectral weight: |u|^2 + |v|^2 = 1, and u^2 = (1 + xi/E)/2
    xi = bands.bloch(k)[:, 0, 0].real
    assert np.allclose(abs(states[:, 0, 1]) ** 2, (1 + xi / energies[:, 1]) / 2, atol=1e-12)
    with pytest.raises(CannotProbe, match="lattice model"):
        on.response.quasiparticles(State(on.model.BCS(1.0), "bcs", temperature, report), k)
