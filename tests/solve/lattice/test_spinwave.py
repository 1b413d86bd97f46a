"""Linear spin-wave theory against closed forms, classical spin dynamics and exact diagonalisation."""

from itertools import product

import numpy as np
import pytest

import onnes as on
from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.spins import Bond, SpinLattice, heisenberg, square_to_magnetic
from onnes.numerics.brillouin import mesh
from onnes.response.lattice.spin_correlations import colpa
from onnes.state import Outcome, Report, State, load, save
from onnes.units import MU_B

Z = np.array([[0.0, 0.0, 1.0]])
# Rounding of the square root that splits a zero mode: sqrt(eps) = 1.5e-8 of the band.
ROOT = 1e-6


def chain(*bonds: Bond, spins: tuple[float, ...] = (0.5,), **more: object) -> SpinLattice:
    n = len(spins)
    positions = np.array([[i / n, 0, 0] for i in range(n)])
    return SpinLattice(np.eye(3), positions, np.array(spins), bonds, **more)


def along(*k: float) -> np.ndarray:
    return np.array([[x, 0.0, 0.0] for x in k])


def branches(state: State, q: np.ndarray) -> np.ndarray:
    return on.response.magnons(state, q)[0][..., : state.model.n_sites]


# --- closed forms ------------------------------------------------------------------------------


def test_ferromagnet() -> None:
    """w = 2 |J| S (1 - cos k) + g mu_B B."""
    S, B = 1.5, 3.0
    model = chain(Bond(0, 0, (1, 0, 0), heisenberg(-2.0)), spins=(S,), field=[0, 0, -B])
    state = on.solve.spinwave(model, Z, grid=(16, 1, 1))
    k = np.linspace(-0.5, 0.5, 11)
    expected = 2 * 2.0 * S * (1 - np.cos(2 * np.pi * k)) + 2 * MU_B * B
    assert np.allclose(branches(state, along(*k))[:, 0], expected, atol=1e-9)
    assert np.allclose(state["spin_reduction"], 0, atol=1e-12)
    assert np.isclose(state["spin_energy"], model.energy(Z))  # the ferromagnet is exact


def test_square_antiferromagnet() -> None:
    """w = 4 J S sqrt(1 - gamma^2), gamma = (cos kx + cos ky)/2: each bond once; 2 J at S = 1/2."""
    J, S = 143.0, 0.5
    state = on.solve.spinwave(on.model.square_antiferromagnet(J), on.model.neel())
    q = np.random.default_rng(0).uniform(-1, 1, (40, 3)) * [1, 1, 0]
    gamma = np.cos(2 * np.pi * q[:, :2]).mean(axis=1)
    expected = 4 * J * S * np.sqrt(1 - gamma**2)
    assert np.allclose(branches(state, square_to_magnetic(q)), expected[:, None], rtol=1e-8)


def test_goldstone_modes_at_zero_and_at_the_order() -> None:
    state = on.solve.spinwave(on.model.la2cuo4(), on.model.neel([1, 2, 3]))
    q = square_to_magnetic(np.array([[0, 0, 0], [0.5, 0.5, 0.0], [1, 0, 0.3]]))
    assert np.all(branches(state, q) < ROOT * 350)


def test_coldea_closed_form() -> None:
    """w = sqrt(A^2 - B^2) with J', J'' within and J between the sublattices, J -> J - Jc/2, J' -> J' - Jc/4."""
    J, Jp, Jpp, Jc = 146.3, 2.0, 2.0, 61.0
    state = on.solve.spinwave(on.model.square_antiferromagnet(J, Jp, Jpp, Jc), on.model.neel())
    q = np.random.default_rng(1).uniform(-1, 1, (40, 3)) * [1, 1, 0]
    h, k = 2 * np.pi * q[:, 0], 2 * np.pi * q[:, 1]
    S, j, jp = 0.5, J - Jc / 2, Jp - Jc / 4
    A = 4 * S * (j - jp * (1 - np.cos(h) * np.cos(k)) - Jpp * (1 - (np.cos(2 * h) + np.cos(2 * k)) / 2))
    B = 4 * S * j * (np.cos(h) + np.cos(k)) / 2
    assert np.allclose(branches(state, square_to_magnetic(q)), np.sqrt(A**2 - B**2)[:, None], rtol=1e-8)


def test_ferrimagnet() -> None:
    """w = J [+-(S1 - S2) + sqrt((S1 - S2)^2 + 4 S1 S2 sin^2(k/2))]."""
    J, S1, S2 = 1.3, 1.0, 0.5
    model = chain(Bond(0, 1, (0, 0, 0), heisenberg(J)), Bond(1, 0, (1, 0, 0), heisenberg(J)), spins=(S1, S2))
    state = on.solve.spinwave(model, [[0, 0, 1], [0, 0, -1]], grid=(16, 1, 1))
    k = np.linspace(0.03, 0.97, 9)
    root = np.sqrt((S1 - S2) ** 2 + 4 * S1 * S2 * np.sin(np.pi * k) ** 2)
    expected = J * np.stack([root - (S1 - S2), root + (S1 - S2)], axis=-1)
    assert np.allclose(branches(state, along(*k)), expected, rtol=1e-8)


def easy_axis(field: float) -> SpinLattice:
    J, D = 1.0, 0.2
    return chain(
        Bond(0, 1, (0, 0, 0), heisenberg(J)),
        Bond(1, 0, (1, 0, 0), heisenberg(J)),
        spins=(1.0, 1.0),
        anisotropy=np.tile(np.diag([0.0, 0.0, -D]), (2, 1, 1)),
        field=[0, 0, field],
    )


GAP = 2 * np.sqrt(0.2 * (2 * 1.0 + 0.2))
"""2 S sqrt(D (z J + D)) of an easy-axis chain, z = 2."""


def test_easy_axis_gap_splits_in_a_field_and_flops() -> None:
    order = [[0, 0, 1], [0, 0, -1]]
    B = 0.5 * GAP / (2 * MU_B)
    state = on.solve.spinwave(easy_axis(B), order, grid=(16, 1, 1))
    assert np.allclose(branches(state, along(0.0)), [[GAP / 2, 3 * GAP / 2]], rtol=1e-8)
    # Unstable beyond the field that closes the gap; the message names wavevector and eigenvalue.
    with pytest.raises(InvalidInput, match=r"eigenvalue -\S+ meV at k = \(0, 0, 0\)"):
        on.solve.spinwave(easy_axis(1.01 * GAP / (2 * MU_B)), order, grid=(16, 1, 1))


def test_renormalisation_multiplies_energies_alone() -> None:
    model, order = on.model.la2cuo4(), on.model.neel()
    plain, dressed = (on.solve.spinwave(model, order, renormalisation=z) for z in (1.0, 1.18))
    q = square_to_magnetic(np.array([[0.31, 0.12, 0.0]]))
    assert np.allclose(branches(dressed, q), 1.18 * branches(plain, q))
    assert np.allclose(dressed["spin_reduction"], plain["spin_reduction"])


# --- zero-point motion -------------------------------------------------------------------------


def test_staggered_moment_of_the_square_lattice() -> None:
    """<b†b> = (1/2)(<1/sqrt(1 - gamma^2)> - 1) = 0.19660 at S = 1/2, and E = -0.65795 J a site."""
    model = on.model.square_antiferromagnet(1.0)
    coarse, fine = (on.solve.spinwave(model, on.model.neel(), grid=(n, n, 1)) for n in (32, 64))
    k = mesh((64, 64, 1), 0.5)
    # The mesh of the magnetic cell is that of the square lattice turned by 45 degrees.
    gamma = np.cos(np.pi * (k[:, 0] + k[:, 1])) / 2 + np.cos(np.pi * (k[:, 0] - k[:, 1])) / 2
    same_mesh = 0.5 * (np.mean(1 / np.sqrt(1 - gamma**2)) - 1)
    assert np.allclose(fine["spin_reduction"], same_mesh, rtol=1e-9)
    # The integrand 1/k in two dimensions errs as 1/n on a shifted mesh: one extrapolation leaves 1/n^3.
    limit = 2 * fine["spin_reduction"] - coarse["spin_reduction"]
    assert np.allclose(limit, 0.19660, atol=2e-5)
    assert np.isclose(fine["spin_energy"], -0.65795, atol=1e-5)


# --- independent methods -----------------------------------------------------------------------


def classical_frequencies(energy, start: np.ndarray, S: float) -> np.ndarray:
    """Frequencies of dS_i/dt = (dE/dS_i) x S_i linearised about a stationary state of many spins (n, 3)."""

    def slope(spins: np.ndarray) -> np.ndarray:
        out = np.zeros_like(spins)
        for i, a in product(range(len(spins)), range(3)):
            step = np.zeros_like(spins)
            step[i, a] = 0.1
            # The energy is linear in each component: the difference is exact at any step.
            out[i, a] = (energy(spins + step) - energy(spins - step)) / 0.2
        return out

    spins = S * start
    rows = []
    for i, a in product(range(len(spins)), range(3)):
        step = np.zeros_like(spins)
        step[i, a] = 1e-4
        rows.append(
            (np.cross(slope(spins + step), spins + step) - np.cross(slope(spins - step), spins - step)) / 2e-4
        )
    jacobian = np.array([r.ravel() for r in rows]).T
    found = np.sort(np.linalg.eigvals(jacobian).imag)
    return found[len(found) - len(spins) :]  # one positive frequency a spin; the n lengths have zero


def test_ring_exchange_against_classical_spins() -> None:
    """Spin dynamics of the four-spin Hamiltonian itself on 4 x 4 sites, no decoupling."""
    L, J, Jc = 4, 1.0, 0.4
    site = np.arange(L * L).reshape(L, L)
    right, down = np.roll(site, -1, 1), np.roll(site, -1, 0)
    corner = np.roll(right, -1, 0)

    def energy(s: np.ndarray) -> float:
        def dot(i: np.ndarray, j: np.ndarray) -> np.ndarray:
            return np.sum(s[i.ravel()] * s[j.ravel()], axis=1)

        bonds = J * (dot(site, right).sum() + dot(site, down).sum())
        i, j, k, l = site, right, corner, down
        ring = dot(i, j) * dot(k, l) + dot(i, l) * dot(k, j) - dot(i, k) * dot(j, l)
        return bonds + Jc * ring.sum()

    sign = (-1.0) ** np.add.outer(np.arange(L), np.arange(L)).ravel()
    found = classical_frequencies(energy, sign[:, None] * Z, 0.5)
    state = on.solve.spinwave(on.model.square_antiferromagnet(J, Jc=Jc), on.model.neel())
    q = mesh((L, L, 1))
    theory = np.sort(branches(state, square_to_magnetic(q))[:, 0])  # degenerate pairs: one for each q
    # The step 1e-4 leaves 1e-8; zero modes are split by its square root.
    assert np.allclose(found, theory, atol=3e-4 * theory.max())


def test_canted_anisotropic_order_against_classical_spins() -> None:
    """Three sites with random exchange in a field: frequencies at k = 0 of the minimum that is found."""
    rng = np.random.default_rng(5)
    model = SpinLattice(
        np.eye(3),
        rng.uniform(size=(3, 3)),
        np.full(3, 1.0),
        tuple(Bond(i, j, (0, 0, 0), rng.normal(size=(3, 3))) for i, j in ((0, 1), (1, 2), (0, 2))),
        field=[3.0, 0.0, 4.0],
    )
    state = on.solve.spinwave(model, grid=(1, 1, 1))
    order = state["spin_direction"]
    found = classical_frequencies(lambda s: model.energy(s), order, 1.0)
    assert np.allclose(found, branches(state, along(0.0))[0], rtol=1e-5)
    assert abs(np.linalg.det(order)) > 1e-3  # not even coplanar


def exact_chain(L: int, J: float, D: float) -> tuple[np.ndarray, np.ndarray]:
    """Return H of a ring of S = 1/2 with J S.S + D z.(S_i x S_i+1), and S^-_r for each site."""
    half = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]) / 2
    eye = np.eye(2)

    def put(op: np.ndarray, r: int) -> np.ndarray:
        out = np.eye(1)
        for i in range(L):
            out = np.kron(out, op if i == r else eye)
        return out

    s = np.array([[put(half[a], r) for r in range(L)] for a in range(3)])
    h = np.zeros((2**L, 2**L), complex)
    for r in range(L):
        n = (r + 1) % L
        h += J * sum(s[a, r] @ s[a, n] for a in range(3)) + D * (s[0, r] @ s[1, n] - s[1, r] @ s[0, n])
    return h, s


def test_chiral_ferromagnet_against_exact_diagonalisation() -> None:
    """A Dzyaloshinskii-Moriya chain tells q from -q; one flipped spin is exact, and so is the sign of q."""
    L, J, D = 6, -1.0, 0.35
    h, s = exact_chain(L, J, D)
    up = np.zeros(2**L)
    up[0] = 1.0
    assert np.allclose(h @ up, (up @ h @ up) * up)
    # A strong easy axis keeps the order at D != 0 and shifts every magnon by 2 D_z S = D_z.
    model = chain(
        Bond(0, 0, (1, 0, 0), heisenberg(J, [0, 0, D])), anisotropy=np.array([np.diag([0, 0, -1.0])])
    )
    state = on.solve.spinwave(model, Z, grid=(16, 1, 1))
    for n in range(L):
        q = n / L
        # conventions: S(q, w) = sum |<n|S_q†|0>|^2 delta, S_q = N^-1/2 sum exp(-iq.r) S_r
        raised = sum(np.exp(2j * np.pi * q * r) * (s[0, r] @ up) for r in range(L)) / np.sqrt(L)
        weight = np.vdot(raised, raised).real
        energy = np.vdot(raised, h @ raised).real / weight - (up @ h @ up).real
        found, weights, _, _ = on.response.spin_waves(state, along(q))
        assert np.isclose(found[0, 0] - 1.0, energy, atol=1e-9)
        assert np.isclose(weights[0, 0, 0, 0].real, weight)
    plus, minus = branches(state, along(0.2, -0.2))[:, 0]
    assert np.isclose(plus - minus, 4 * 0.5 * D * np.sin(2 * np.pi * 0.2), rtol=1e-9)


# --- the diagonalisation -----------------------------------------------------------------------


def test_transform_is_para_unitary_and_diagonalises() -> None:
    model = on.model.la2cuo4()
    k = np.random.default_rng(6).uniform(0.05, 0.4, (7, 3))
    matrix = model.quadratic(on.model.neel([1, 1, 1]), k)
    energies, T = colpa(matrix)
    g = np.diag([1, 1, -1, -1])
    adjoint = np.swapaxes(T, -1, -2).conj()
    assert np.allclose(adjoint @ g @ T, g, atol=1e-8)
    assert np.allclose(adjoint @ matrix @ T, energies[..., None] * np.eye(4), atol=1e-6)


def test_order_is_found() -> None:
    found = on.solve.classical_order(on.model.la2cuo4())
    assert np.allclose(found[0], -found[1], atol=1e-6)
    flopped = on.solve.spinwave(easy_axis(1.2 * GAP / (2 * MU_B)), grid=(16, 1, 1))
    # J (2 bonds) against D and the field: cos(angle to the field) = g mu_B B/(2 S (z J - D)).
    cosine = 1.2 * GAP / (2 * (2 * 1.0 - 0.2))
    assert np.allclose(flopped["spin_direction"][:, 2], -cosine, atol=1e-6)
    assert all(check.passed for check in flopped.report.checks)


def test_state_survives_its_file(tmp_path) -> None:
    state = on.solve.spinwave(on.model.la2cuo4(), on.model.neel(), renormalisation=1.18)
    back = load(save(state, tmp_path / "magnet.nc"))
    q = square_to_magnetic(np.array([[0.31, 0.12, 0.0]]))
    assert np.array_equal(branches(back, q), branches(state, q))


def test_bad_input() -> None:
    model = on.model.square_antiferromagnet(1.0)
    with pytest.raises(InvalidInput, match="not a minimum"):
        on.solve.spinwave(model, [[0, 0, 1], [0, 0, 1]])
    with pytest.raises(InvalidInput, match="transverse molecular field"):
        on.solve.spinwave(model, [[0, 0, 1], [1, 0, 0]])
    with pytest.raises(InvalidInput, match="order of shape"):
        on.solve.spinwave(model, [[0, 0, 1]])
    with pytest.raises(InvalidInput, match="renormalisation"):
        on.solve.spinwave(model, on.model.neel(), renormalisation=-1.0)
    with pytest.raises(InvalidInput, match="eigenvalue"):
        colpa(np.diag([1.0, -1.0])[None])
    metal = State(
        on.model.square({(1, 0): -1.0}), "bands", {"temperature": np.array([1.0])}, Report(Outcome.CONVERGED)
    )
    with pytest.raises(CannotProbe, match="ordered spin state"):
        on.response.magnons(metal, along(0.1))
