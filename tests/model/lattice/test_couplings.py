"""Couplings over a distance: Fourier tables, brute-force energies, closed forms of RPA, mean field on a ring."""

import numpy as np
import pytest

from onnes import model, response
from onnes.errors import InvalidInput, InvalidModel
from onnes.numerics.brillouin import mesh
from onnes.response.lattice.static import dressed
from onnes.state import Outcome, Report, State
from onnes.units import K_B

KT = 0.35
RING = 16


def random_table(n: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """A table within three cells, J(-R) = J(R)^T, nothing on site."""
    rng = np.random.default_rng(7)
    table: dict[tuple[int, int, int], np.ndarray] = {(0, 0, 0): np.zeros((n, n))}
    for cell in ((1, 0, 0), (1, -1, 0), (2, 1, 0)):
        table[cell] = rng.normal(size=(n, n))
        table[tuple(-x for x in cell)] = table[cell].T
    home = rng.normal(size=(n, n))
    table[0, 0, 0] = home + home.T - np.diag(np.diag(home + home.T))
    return np.array(list(table)), np.array(list(table.values()))


def metal(bands: model.TightBinding) -> State:
    return State(bands, "bands", {"temperature": np.array([KT / K_B])}, Report(Outcome.CONVERGED))


def chain() -> model.TightBinding:
    return model.hoppings({((0, 0, 0), 0, 0): 0.4, ((1, 0, 0), 0, 0): -1.0})


def along_chain(shells: dict[int, float]) -> tuple[np.ndarray, np.ndarray]:
    cells = np.array([[sign * r, 0, 0] for r in shells for sign in (1, -1)])
    return cells, np.array([v for v in shells.values() for _ in (1, -1)]).reshape(-1, 1, 1)


# --- momentum space -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [model.Exchange, model.Repulsion])
def test_vertices_transform_back(kind) -> None:
    """(1/N) sum_q J(q) exp(-2 pi i q.R) is J(R) at the vectors of the table and zero elsewhere; J(q) is Hermitian."""
    cells, strength = random_table()
    coupling = kind(cells, strength)
    q = mesh((7, 7))
    vertex = coupling.at(q)
    assert np.allclose(vertex, np.swapaxes(vertex, 1, 2).conj(), atol=1e-13)
    table = {tuple(c): s for c, s in zip(cells.tolist(), strength, strict=True)}
    for x in range(-3, 4):
        for y in range(-3, 4):
            phase = np.exp(-2j * np.pi * (q @ [x, y, 0]))
            back = np.tensordot(phase, vertex, axes=1) / len(q)
            assert np.allclose(back, table.get((x, y, 0), np.zeros((2, 2))), atol=1e-13)
    assert np.allclose(coupling.at(q[3]), vertex[3])


def test_energy_of_any_arrangement_counts_each_bond_once() -> None:
    """sum over bonds of V n n on a 6 x 5 sample equals (1/2N) sum_q n_q† V(q) n_q."""
    rng, shape = np.random.default_rng(1), (6, 5)
    density = rng.normal(size=shape)
    bonds = 0.0
    for x in range(6):
        for y in range(5):
            here = density[x, y]
            bonds += 0.7 * here * (density[(x + 1) % 6, y] + density[x, (y + 1) % 5])
            bonds += 0.2 * here * (density[(x + 1) % 6, (y + 1) % 5] + density[(x + 1) % 6, y - 1])
    vertex = model.repulsion({(1, 0): 0.7, (1, 1): 0.2}).at(mesh(shape))[:, 0, 0]
    modes = np.fft.fft2(density).ravel()
    assert np.sum(vertex * np.abs(modes) ** 2).real / (2 * 30) == pytest.approx(bonds, rel=1e-12)


def test_square_lattice_functions() -> None:
    q = np.random.default_rng(2).uniform(-1, 1, (9, 3))
    cx, cy, _ = np.cos(2 * np.pi * q).T
    found = model.exchange({(1, 0): 0.3, (1, 1): 0.1, (2, 0): -0.05})(q)[:, 0, 0]
    expected = 0.6 * (cx + cy) + 0.4 * cx * cy - 0.1 * ((2 * cx**2 - 1) + (2 * cy**2 - 1))
    assert np.allclose(found, expected, atol=1e-13)
    breathing = model.breathing_phonons(8.0).at(q)[:, 0, 0]
    assert np.allclose(breathing, 8.0 * ((1 - cx) / 2 + (1 - cy) / 2), atol=1e-13)
    assert model.breathing_phonons(8.0).at([0.5, 0.5, 0])[0, 0] == pytest.approx(16.0)


# --- random-phase approximation -----------------------------------------------------------------


def test_exchange_in_rpa_has_the_closed_form() -> None:
    """chi = chi0/(1 - [U - J(q)/2] chi0); of S^z itself chi_zz = chi0_zz/(1 + J(q) chi0_zz)."""
    bands = model.square({(0, 0): 1.0, (1, 0): -1.0, (1, 1): 0.3})
    q = [[0.5, 0.5, 0], [0.25, 0.5, 0]]
    chi = response.susceptibility(metal(bands), q, [0.1, 0.6], broadening=0.05, mesh=(16, 16))
    coupling = model.exchange({(1, 0): 0.25})
    bare, U = chi.values[:, :, 0, 0], 1.1
    total = U - coupling.at(chi.q)[:, :, 0] / 2
    together = response.rpa(chi, (U, coupling)).values[:, :, 0, 0]
    assert np.allclose(together, bare / (1 - total * bare), rtol=1e-12)
    assert np.allclose(total, U + coupling.spin_vertex(chi.q)[:, :, 0], rtol=1e-12)
    alone = response.rpa(chi, coupling).zz
    assert np.allclose(alone, chi.zz / (1 + coupling.at(chi.q)[:, :, 0] * chi.zz), rtol=1e-12)


def test_exchange_does_not_know_the_unit_cell() -> None:
    """A chain with one atom a cell, and with two: chi_zz of a cell doubles, q doubles."""
    one = chain()
    two = model.TightBinding(
        np.diag([2.0, 1.0, 1.0]),
        np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0]]),
        np.array([[[0.4, -1.0], [-1.0, 0.4]], [[0, 0], [-1.0, 0]], [[0, -1.0], [0, 0]]], complex),
        ("a", "b"),
        np.array([[0.0, 0, 0], [0.5, 0, 0]]),
    )
    single = model.Exchange(*along_chain({1: 0.3, 2: -0.1}))
    cells = np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0]])
    near = np.array([[[0, 0.3], [0.3, 0]], [[0, 0], [0.3, 0]], [[0, 0.3], [0, 0]]])
    near[1:] -= 0.1 * np.eye(2)
    double = model.Exchange(cells, near)
    q = np.array([[3 / 16, 0, 0], [0.5, 0, 0]])
    options = {"broadening": 0.1, "method": "mask"}
    first = response.susceptibility(metal(one), q, [0.2, 0.7], mesh=(RING, 1), **options)
    second = response.susceptibility(metal(two), 2 * q, [0.2, 0.7], mesh=(RING // 2, 1), **options)
    assert np.allclose(second.zz, 2 * first.zz, rtol=1e-10)  # the bubbles themselves
    assert np.allclose(
        response.rpa(second, (1.0, double)).zz, 2 * response.rpa(first, (1.0, single)).zz, rtol=1e-10
    )


def ring_response(potential: np.ndarray, weights: np.ndarray, coupling: np.ndarray, U: float) -> np.ndarray:
    """Return sum over spins of weight x density of a ring in self-consistent mean field, brute force in real space.

    weights (+1, +1) is the charge, (+1/2, -1/2) the spin; ``coupling`` (site, site) acts between these.
    """
    hopping = np.zeros((RING, RING))
    for r in range(RING):
        hopping[r, (r + 1) % RING] = hopping[(r + 1) % RING, r] = -1.0
    density = np.zeros((2, RING))
    for _ in range(400):
        field = potential + coupling @ (weights @ density)
        new = []
        for spin in (0, 1):
            # the uniform parts of U and V only shift mu: they are counted from the unperturbed density below
            level = 0.4 + weights[spin] * field + U * (density[1 - spin])
            energy, state = np.linalg.eigh(hopping + np.diag(level))
            new.append(state**2 @ (1 / (np.exp(energy / KT) + 1)) - REFERENCE)
        density = 0.6 * density + 0.4 * np.array(new)
    return weights @ density


def _reference() -> float:
    energy = 0.4 - 2 * np.cos(2 * np.pi * np.arange(RING) / RING)
    return float(np.mean(1 / (np.exp(energy / KT) + 1)))


REFERENCE = _reference()


def between_sites(table: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    matrix = np.zeros((RING, RING))
    for (x, _, _), value in zip(table[0], table[1][:, 0, 0], strict=True):
        for r in range(RING):
            matrix[r, (r + x) % RING] += value
    return matrix


@pytest.mark.parametrize("channel", ["charge", "spin"])
def test_vertices_are_those_of_mean_field(channel: str) -> None:
    """A weak potential of one wave on a ring of 16 atoms: RPA with V(q) or J(q) is linear mean field."""
    table, U, step = along_chain({1: 0.35, 2: -0.15}), 0.6, 1e-5
    q = np.array([[3 / RING, 0, 0]])
    bubble = response.static_susceptibility(chain(), KT / K_B, mesh=(RING, 1))
    chi0 = bubble.on_mesh()[3, 0, 0]
    local = model.HubbardKanamori(U, 0.0)
    if channel == "charge":
        vertex = -(local.charge_vertex(1) + model.Repulsion(*table).charge_vertex(q)[0])
        weights, factor = np.array([1.0, 1.0]), 2.0
    else:
        vertex = local.spin_vertex(1) + model.Exchange(*table).spin_vertex(q)[0]
        weights, factor = np.array([0.5, -0.5]), 0.5
    expected = factor * dressed(chi0, vertex)[0, 0].real
    wave = np.cos(2 * np.pi * 3 * np.arange(RING) / RING)
    found = [ring_response(s * wave, weights, between_sites(table), U) for s in (-step, step)]
    slope = -2 * np.sum(wave * (found[1] - found[0])) / (2 * step) / RING
    # central difference: (step/kT)^2 = 1e-9; iteration and rounding over the step: 1e-15/1e-5; bubble to 1e-10
    assert slope == pytest.approx(expected, rel=1e-7)


def test_local_phonons_are_those_of_quadrupoles() -> None:
    """One orbital, O = n: -(g/2) n^2 adds -2g to U_c, in either class; nothing is added to U_s."""
    coulomb = model.HubbardKanamori(10.0, 0.0)
    quadrupole = model.QuadrupolePhonons(coulomb, 3.0, np.ones((1, 1, 1)))
    phonons = model.DensityPhonons(np.zeros((1, 3), int), np.full((1, 1, 1), 3.0))
    added = phonons.charge_vertex(np.zeros((2, 3)))
    assert np.allclose(coulomb.charge_vertex(1) + added, quadrupole.charge_vertex(1))
    assert not hasattr(phonons, "spin_vertex")


def test_couplings_act_between_densities_only() -> None:
    cells, strength = random_table(3)
    q = np.array([0.1, 0.3, 0.0])
    vertex = model.Repulsion(cells, strength).charge_vertex(q).reshape(3, 3, 3, 3)
    direct = np.einsum("aacc->ac", vertex)
    assert np.allclose(direct, 2 * model.Repulsion(cells, strength).at(q))
    assert np.count_nonzero(vertex) == np.count_nonzero(direct)


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: model.exchange({(0, 0): 1.0}), "a part of the repulsion U"),
        (lambda: model.repulsion({(0, 0): 1.0}), "it belongs into U"),
        (lambda: model.repulsion({(1, 0): np.nan}), "finite square matrices"),
        (lambda: model.Exchange([[1, 0, 0]], [[[1.0]]]), "seen from both ends"),
        (lambda: model.Exchange([[1, 0, 0], [-1, 0, 0]], [[[1.0]], [[2.0]]]), "seen from both ends"),
        (lambda: model.Exchange([[1, 0, 0], [1, 0, 0]], [[[1.0]], [[1.0]]]), "each lattice vector once"),
        (lambda: model.Repulsion([[1, 0, 0]], [1.0]), "one square matrix"),
        (lambda: model.DensityPhonons([[1, 0, 0], [-1, 0, 0]], [[[1.0]], [[1.0]]]), "not negative"),
    ],
)
def test_impossible_couplings(make, message: str) -> None:
    with pytest.raises(InvalidModel, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_impossible_breathing() -> None:
    with pytest.raises(InvalidInput, match="not negative"):
        model.breathing_phonons(-1.0)


def test_an_unstable_exchange_is_an_error_that_names_the_ratio() -> None:
    bands = model.square({(0, 0): 0.2, (1, 0): -1.0})
    chi = response.susceptibility(metal(bands), [0.5, 0.5, 0], [0.1], broadening=0.05, mesh=(16, 16))
    strength = response.critical_interaction(chi, model.exchange({(1, 0): 1.0}))
    # Stoner with V = -J(q)/2 = 2J at (pi, pi)
    assert strength == pytest.approx(1 / (2 * chi.static[0, 0, 0].real), rel=1e-10)
    with pytest.raises(response.MagneticInstability, match=r"U/Uc = 1.1 at q = \(0.5, 0.5, 0\)"):
        response.rpa(chi, model.exchange({(1, 0): 1.1 * strength}))
