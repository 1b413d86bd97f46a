"""FLEX of several orbitals: against sums over many-body states, one band, static RPA, and rotations of orbitals."""

import tracemalloc
from functools import reduce
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from onnes import model, response, solve
from onnes.errors import InvalidInput, InvalidModel, NotConverged
from onnes.model import HubbardKanamori, TightBinding
from onnes.numerics import brillouin
from onnes.numerics.fixedpoint import Anderson
from onnes.response.lattice.static import dressed
from onnes.solve.lattice.flex import engine_of
from onnes.solve.lattice.flex_mesh import convert
from onnes.state import Outcome, Report, State, load, save
from onnes.units import K_B

T = 100.0
SQUARE = model.square({(1, 0): -T, (1, 1): 0.2 * T})
ONCE = Anderson(history=0, damping=1.0, max_iterations=1, tolerance=1e-30)


def two_orbitals(mixing: float = 40.0, split: float = 30.0, odd: float = 0.0) -> TightBinding:
    """xz- and yz-like orbitals, mixed along the diagonals; ``odd`` is a current that breaks time reversal."""
    cells, hoppings = [], []
    for x, y in product((-1, 0, 1), repeat=2):
        m = np.zeros((2, 2), complex)
        if abs(x) + abs(y) == 1:
            m = np.diag([-T, -0.4 * T] if x else [-0.4 * T, -T]).astype(complex)
            m += odd * 1j * (x + 0.5 * y) * np.array([[1, 0.3], [0.3, -0.5]])
        elif x and y:
            m = np.array([[-20.0, mixing * x * y], [mixing * x * y, -20.0]], complex)
        else:
            m = np.diag([split, -split]).astype(complex)
        cells.append((x, y, 0))
        hoppings.append(m)
    return TightBinding(np.eye(3), np.array(cells), np.array(hoppings), ("xz", "yz"))


def copies(bands: TightBinding) -> TightBinding:
    """Two orbitals that know nothing of each other."""
    return TightBinding(bands.vectors, bands.cells, bands.hoppings * np.eye(2), ("a", "b"))


def once(
    bands: TightBinding, interaction: HubbardKanamori | float, kt: float, mesh: tuple[int, int], n: float
) -> State:
    """One iteration from the bare propagator."""
    return solve.flex(
        bands, interaction, kt / K_B, mesh=mesh, electrons=n, mixing=ONCE, throw=False, epsilon=1e-13
    )


# --- first iteration ---------------------------------------------------------------------------


def lindhard(bands: TightBinding, mu: float, kt: float, mesh: tuple[int, int], nu: np.ndarray) -> np.ndarray:
    """The bubble as a sum over pairs of states, complex (frequency, cell, n^2, n^2)."""
    energy, u = np.linalg.eigh(bands.bloch(brillouin.mesh(mesh)))
    energy = energy - mu
    f = brillouin.fermi(energy, kt)
    n, index = bands.n_orbitals, np.arange(len(energy)).reshape(mesh)
    found = np.zeros((len(nu), len(energy), n, n, n, n), complex)
    for q, (i, j) in enumerate(np.ndindex(*mesh)):
        to = np.roll(index, (-i, -j), (0, 1)).ravel()
        gap = energy[to][:, :, None] - energy[:, None, :]
        change = f[to][:, :, None] - f[:, None, :]
        for a, v in enumerate(nu):
            z = gap - 1j * v
            close = np.abs(z) < 1e-9
            static = (f * (1 - f))[:, None, :] / kt if v == 0 else 0.0
            weight = np.where(close, static, -change / np.where(close, 1, z)) / len(energy)
            found[a, q] = np.einsum(
                "kmn,kam,kcm,kdn,kbn->abcd", weight, u[to], u[to].conj(), u, u.conj(), optimize=True
            )
    return found.reshape(len(nu), len(energy), n * n, n * n)


@pytest.mark.parametrize("odd", [0.0, 15.0])
def test_first_bubble_is_the_sum_over_states(odd: float) -> None:
    """Every element at every sampled frequency, with time reversal and without."""
    kt, mesh, bands = 20.0, (4, 4), two_orbitals(odd=odd)
    state = once(bands, 50.0, kt, mesh, 1.7)
    engine, mu = engine_of(state), float(state["level_shift"])
    found = engine.bubble(engine.green(mu, np.zeros(engine.shape)))
    exact = lindhard(bands, mu, kt, mesh, state["boson_node"])
    # the representation keeps 1e-13 of the largest value
    assert np.max(np.abs(found - exact)) < 1e-11 * np.max(np.abs(exact))
    static = int(np.argmin(np.abs(state["boson_node"])))
    assert np.max(np.abs(state["static_bubble"] - exact[static])) < 1e-11 * np.max(np.abs(exact))


def test_first_iteration_is_the_random_phase_approximation() -> None:
    """Static spin and charge susceptibilities of one iteration against `response`, all pairs of orbitals."""
    kt, mesh, bands = 25.0, (8, 8), two_orbitals()
    kanamori = HubbardKanamori.rotational(100.0, 20.0)
    state = once(bands, kanamori, kt, mesh, 1.8)
    metal = bands.shifted(float(state["level_shift"]))
    bare = response.static_susceptibility(metal, kt / K_B, mesh=mesh).on_mesh().reshape(64, 4, 4)
    scale = np.max(np.abs(bare))
    # two independent quadratures in imaginary time: 1e-13 each, on the scale of the largest value
    assert np.max(np.abs(state["static_bubble"] - bare)) < 1e-12 * scale
    gain = 1 / (1 - max(float(state["stoner_spin"]), float(state["stoner_charge"])))
    for vertex in (kanamori.spin_vertex(2), -kanamori.charge_vertex(2)):
        one, other = (dressed(x, vertex) for x in (state["static_bubble"], bare))
        # amplified by the square of the enhancement
        assert np.max(np.abs(one - other)) < 1e-12 * scale * gain**2
    # the sum over pairs of states of the real-axis room, and its critical interaction
    q = brillouin.mesh(mesh)[[9, 27, 36]]
    thermal = State(metal, "bands", {"temperature": np.array([kt / K_B])}, Report(Outcome.CONVERGED))
    chi = response.susceptibility(thermal, q, [1.0], broadening=1.0, mesh=mesh)
    ours = response.rpa(chi, kanamori).static
    assert np.max(np.abs(ours - dressed(state["static_bubble"], kanamori.spin_vertex(2))[[9, 27, 36]])) < (
        1e-11 * scale * gain**2
    )


def many_body(interaction: HubbardKanamori, n: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Annihilators of modes 2a + spin (Jordan-Wigner) and H of one atom as its docstring writes it."""
    lower, parity = np.array([[0, 1.0], [0, 0]]), np.diag([1.0, -1])
    c = []
    for i in range(2 * n):
        factors = [parity if j < i else lower if j == i else np.eye(2) for j in range(2 * n)]
        c.append(reduce(np.kron, factors))
    up, down = [(c[2 * a]) for a in range(n)], [c[2 * a + 1] for a in range(n)]
    number = [u.T @ u + d.T @ d for u, d in zip(up, down, strict=True)]
    z = [(u.T @ u - d.T @ d) / 2 for u, d in zip(up, down, strict=True)]
    plus = [u.T @ d for u, d in zip(up, down, strict=True)]
    h = np.zeros_like(c[0])
    for a in range(n):
        h += interaction.U * up[a].T @ up[a] @ down[a].T @ down[a]
        for b in range(n):
            flip = (plus[a] @ plus[b].T + plus[b] @ plus[a].T) / 2
            if a < b:
                h += (interaction.Up - interaction.J / 2) * number[a] @ number[b]
                h -= 2 * interaction.J * (z[a] @ z[b] + flip)
            if a != b:
                h += interaction.Jp * up[a].T @ down[a].T @ down[b] @ up[b]
    return c, h


def second_order(
    bands: TightBinding, interaction: HubbardKanamori, mu: float, kt: float, mesh: tuple[int, int], w: float
) -> np.ndarray:
    """Sigma(k, iw) = (1/2) sum |<i 2|H|3 4>|^2 [...]/(i w + E2 - E3 - E4) over spin orbitals, (cell, 2n, 2n)."""
    c, h = many_body(interaction, bands.n_orbitals)
    vacuum = np.eye(len(h))[0]
    pairs = np.array([[x.T @ y.T @ vacuum for y in c] for x in c])
    vertex = np.einsum("ijx,xy,kly->ijkl", pairs, h, pairs)
    energy, u = np.linalg.eigh(bands.bloch(brillouin.mesh(mesh)))
    energy, u = np.repeat(energy - mu, 2, axis=1), np.kron(u, np.eye(2))
    f = brillouin.fermi(energy, kt)
    cells, n = list(np.ndindex(*mesh)), len(energy)
    place = {cell: i for i, cell in enumerate(cells)}
    found = np.zeros((n, len(c), len(c)), complex)
    for k, hole, p in product(range(n), repeat=3):
        total = (np.array(cells[k]) + cells[hole] - cells[p]) % mesh
        q = place[tuple(total.tolist())]
        element = np.einsum("ijkl,jx,ky,lz->ixyz", vertex, u[hole].conj(), u[p], u[q], optimize=True)
        e2, e3, e4 = energy[hole][:, None, None], energy[p][:, None], energy[q]
        f2, f3, f4 = f[hole][:, None, None], f[p][:, None], f[q]
        weight = (f2 * (1 - f3) * (1 - f4) + (1 - f2) * f3 * f4) / (1j * w + e2 - e3 - e4)
        found[k] += np.einsum("ixyz,xyz,jxyz->ij", element, weight / 2, element.conj(), optimize=True)
    return found / n**2


@pytest.mark.parametrize(
    ("interaction", "odd"),
    [
        (HubbardKanamori(1.0, 0.6, 0.3, 0.2), 15.0),
        (HubbardKanamori(0.0, 0.6, 0.0, 0.0), 0.0),
        (HubbardKanamori(0.0, 0.0, 0.6, 0.0), 0.0),
        (HubbardKanamori(0.0, 0.0, 0.0, 0.6), 15.0),
    ],
)
def test_weak_coupling_is_second_order_perturbation_theory(interaction: HubbardKanamori, odd: float) -> None:
    """Each coupling by itself and all together, against matrix elements of the many-body Hamiltonian."""
    kt, mesh, bands, small = 30.0, (2, 3) if odd else (2, 2), two_orbitals(odd=odd), 1e-3
    weak = HubbardKanamori(
        *(small * x for x in (interaction.U, interaction.Up, interaction.J, interaction.Jp))
    )
    state = once(bands, weak, kt, mesh, 1.7)
    node = int(np.argmin(np.abs(state["matsubara_node"] - np.pi * kt)))
    w, mu = float(state["matsubara_node"][node]), float(state["level_shift"])
    exact = second_order(bands, interaction, mu, kt, mesh, w)
    # next order: coupling times bubble, 1e-3 meV/100 meV
    assert np.allclose(
        state["self_energy_matrix"][node] / small**2, exact[:, ::2, ::2], atol=1e-4 * np.max(np.abs(exact))
    )


def test_first_self_energy_is_the_sum_over_frequencies() -> None:
    """Sigma = (kT/N) sum_q V_ac,bd(q) G_cd(k-q) summed directly, V from the sum over states."""
    kt, mesh, bands, count = 40.0, (2, 2), two_orbitals(), 1500
    kanamori = HubbardKanamori.rotational(80.0, 15.0)
    state = once(bands, kanamori, kt, mesh, 1.7)
    mu = float(state["level_shift"])
    nu = 2 * np.pi * kt * np.arange(-count, count + 1)
    spin, charge = kanamori.spin_vertex(2), kanamori.charge_vertex(2)
    chi0 = lindhard(bands, mu, kt, mesh, nu)
    v = 1.5 * spin @ dressed(chi0, spin) @ spin + 0.5 * charge @ dressed(chi0, -charge) @ charge
    # opposite spins twice, equal spins with their exchange twice
    v -= (spin + charge) @ chi0 @ (spin + charge) / 4 + (charge - spin) @ chi0 @ (charge - spin) / 8
    v = v.reshape(-1, 2, 2, 2, 2, 2, 2)
    node = int(np.argmin(np.abs(state["matsubara_node"] - np.pi * kt)))
    h = bands.bloch(brillouin.mesh(mesh)).reshape(2, 2, 2, 2)
    total = np.zeros((2, 2, 2, 2), complex)
    z = (1j * (state["matsubara_node"][node] - nu) + mu)[:, None, None] * np.eye(2)
    for i, j, p, q in np.ndindex(2, 2, 2, 2):
        green = np.linalg.inv(z - h[(i - p) % 2, (j - q) % 2])
        total[i, j] += kt / 4 * np.einsum("xacbd,xcd->ab", v[:, p, q], green)
    # V ~ 1/nu between different orbitals, G ~ 1/nu: the terms left out fall as (W/nu_max), 300/(2 pi 40 4000)
    found = state["self_energy_matrix"][node].reshape(2, 2, 2, 2)
    assert np.allclose(found, total, atol=3e-4 * np.max(np.abs(total)))


# --- self-consistency --------------------------------------------------------------------------


TIGHT = Anderson(history=5, damping=0.3, max_iterations=300, tolerance=1e-12)


@pytest.fixture(scope="module")
def single() -> State:
    return solve.flex(SQUARE, 350.0, 12.0 / K_B, mesh=(8, 8), electrons=0.9, mixing=TIGHT)


def test_independent_orbitals_are_two_single_bands(single: State) -> None:
    """U within the orbitals only: the same self-energy, mu, Stoner factor and eigenvalue."""
    pair = solve.flex(copies(SQUARE), 350.0, 12.0 / K_B, mesh=(8, 8), electrons=1.8, mixing=TIGHT)
    found, one = pair["self_energy_matrix"], single["self_energy"]
    scale = np.max(np.abs(one))
    # both converged to 1e-12; the enhancement 1/(1 - 0.93) of what is left
    assert np.max(np.abs(found - one[:, :, None, None] * np.eye(2))) < 1e-10 * scale
    # one step of the two engines from the same self-energy: rounding only
    step = engine_of(pair).step(one[:, :, None, None] * np.eye(2), 1.8).self_energy
    other = engine_of(single).step(one, 0.9).self_energy
    assert np.max(np.abs(step - other[:, :, None, None] * np.eye(2))) < 1e-11 * scale
    assert float(pair["level_shift"]) == pytest.approx(float(single["level_shift"]), abs=1e-10 * scale)
    assert float(pair["stoner_spin"]) == pytest.approx(float(single["stoner_spin"]), rel=1e-10)
    bubble = pair["static_bubble"].reshape(64, 2, 2, 2, 2)
    assert np.max(np.abs(bubble[:, 0, 0, 1, 1])) < 1e-12 * np.max(np.abs(bubble))
    of_pair = solve.flex_pairing(pair)
    assert of_pair["pairing_eigenvalue"][0] == pytest.approx(solve.eliashberg_eigenvalue(single)[0], rel=1e-6)
    assert solve.flex_gap_symmetry(of_pair) == ("B1g (d x2-y2)",)


def test_pairs_of_one_band_are_those_of_the_closed_form(single: State) -> None:
    """Matrices of one orbital against `eliashberg_eigenvalue`; triplets are odd and weaker here."""
    found = solve.flex_pairing(single)
    value, phi = solve.eliashberg_eigenvalue(single)
    # the tolerance of the two eigenvalue searches is 1e-6
    assert found["pairing_eigenvalue"][0] == pytest.approx(value, rel=1e-5)
    gap = found["gap_matrix"][0, :, :, 0, 0]
    overlap = abs(np.vdot(gap, phi.ravel().reshape(gap.shape))) / np.linalg.norm(gap) / np.linalg.norm(phi)
    assert overlap == pytest.approx(1, abs=1e-6)
    triplet = solve.flex_pairing(single, "triplet")
    assert triplet["pairing_eigenvalue"][0] < value
    odd = triplet["gap_matrix"][0, :, :, 0, 0]
    assert np.max(np.abs(odd + engine_of(single).mesh.negative(odd))) < 1e-12
    assert solve.flex_gap_symmetry(triplet) == ("E",)
    # an even triplet is odd in frequency
    lowest = [int(np.argmin(np.abs(single["matsubara_node"] - s * np.pi * 12.0))) for s in (1, -1)]
    even = solve.flex_pairing(single, "triplet", parity=1)["gap_matrix"][0, lowest]
    assert np.allclose(even[0], -even[1], atol=1e-4)
    assert np.allclose(gap[lowest[0]], gap[lowest[1]], atol=1e-4)


def test_d_wave_grows_with_the_repulsion(single: State) -> None:
    weaker = solve.flex(copies(SQUARE), 250.0, 12.0 / K_B, mesh=(8, 8), electrons=1.8)
    small = solve.flex_pairing(weaker)
    assert solve.flex_gap_symmetry(small) == ("B1g (d x2-y2)",)
    assert 0 < small["pairing_eigenvalue"][0] < solve.eliashberg_eigenvalue(single)[0]


KANAMORI = HubbardKanamori.rotational(160.0, 20.0)


@pytest.fixture(scope="module")
def hund() -> State:
    return solve.flex(two_orbitals(), KANAMORI, 25.0 / K_B, mesh=(4, 4), electrons=1.7)


def test_state_is_consistent(hund: State) -> None:
    """Density, sign of Im Sigma, unit jump of G, and G(-iw) = G(iw)†."""
    assert hund.report.converged and all(check.passed for check in hund.report.checks)
    engine, sigma = engine_of(hund), hund["self_energy_matrix"]
    green = engine.green(float(hund["level_shift"]), sigma)
    jump = np.tensordot(engine.mesh.at_zero + engine.mesh.at_beta, green, axes=1)
    assert np.allclose(jump, -np.eye(2), atol=1e-8)
    # positive spectra: -G(tau) has positive eigenvalues at every time
    times = convert(engine.mesh.to_tau, green)
    assert np.max(np.linalg.eigvalsh((times + np.swapaxes(times, -1, -2).conj()) / 2)) < 0
    mirrored = convert(engine.mesh.to_mirror, sigma)
    assert np.allclose(mirrored, np.swapaxes(sigma, -1, -2).conj(), atol=1e-7 * np.max(np.abs(sigma)))
    # it obeys the equation it was solved for
    again = engine.step(sigma, 1.7).self_energy
    assert np.max(np.abs(again - sigma)) < 1e-7 * np.max(np.abs(sigma))


def test_rotation_of_the_orbitals_changes_nothing(hund: State) -> None:
    """U' = U - 2J, J' = J: Sigma turns with the orbitals; eigenvalues of pairs stay. Other J' do not allow it."""
    base, r = two_orbitals(), np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    bands = TightBinding(base.vectors, base.cells, r @ base.hoppings @ r.T, base.orbitals)
    other = solve.flex(bands, KANAMORI, 25.0 / K_B, mesh=(4, 4), electrons=1.7)
    sigma = hund["self_energy_matrix"]
    scale = np.max(np.abs(sigma))
    # converged to 1e-8, amplified by the enhancement
    assert np.allclose(other["self_energy_matrix"], r @ sigma @ r.T, atol=1e-6 * scale)
    assert float(other["level_shift"]) == pytest.approx(float(hund["level_shift"]), abs=1e-6 * scale)
    for channel in ("singlet", "triplet"):
        one, two = (solve.flex_pairing(x, channel)["pairing_eigenvalue"][0] for x in (hund, other))
        assert one == pytest.approx(two, rel=1e-4)
    broken = HubbardKanamori(160.0, 120.0, 20.0, 0.0)
    one = once(two_orbitals(), broken, 25.0, (4, 4), 1.7)["self_energy_matrix"]
    two = once(bands, broken, 25.0, (4, 4), 1.7)["self_energy_matrix"]
    assert np.max(np.abs(two - r @ one @ r.T)) > 1e-3 * np.max(np.abs(one))


def test_holes_and_electrons_are_mirror_images() -> None:
    """Bipartite, split levels: n -> 4 - n with orbitals exchanged and k -> k + Q gives Sigma -> -Sigma*."""
    cells = np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    hop = np.array([[-T, -20.0], [-20.0, -T]])
    hoppings = np.array([np.diag([30.0, -30.0]), hop, hop, hop, hop])
    bands = TightBinding(np.eye(3), cells, hoppings, ("a", "b"))
    few, many = (solve.flex(bands, KANAMORI, 30.0 / K_B, mesh=(4, 4), electrons=n) for n in (1.8, 2.2))
    # mu is measured without Hartree-Fock, hence simply mirrored
    assert float(many["level_shift"]) == pytest.approx(-float(few["level_shift"]), abs=1e-5)
    shifted = np.roll(few["self_energy_matrix"].reshape(-1, 4, 4, 2, 2), (2, 2), (1, 2))
    turned = -shifted.conj()[..., ::-1, ::-1].reshape(many["self_energy_matrix"].shape)
    assert np.allclose(many["self_energy_matrix"], turned, atol=1e-5 * np.max(np.abs(turned)))
    half = solve.flex(bands, KANAMORI, 30.0 / K_B, mesh=(4, 4), electrons=2.0)
    assert float(half["level_shift"]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("channel", ["singlet", "triplet"])
def test_weak_attraction_pairs_as_in_the_many_body_hamiltonian(channel: str) -> None:
    """lambda/U -> the largest eigenvalue of -<a up, d dn|H|b up, c dn> times the pair bubble of the bands."""
    bands, kt, mesh, small = two_orbitals(), 20.0, (4, 4), 1e-3
    attraction = HubbardKanamori(-0.2, -1.0, 0.3, 0.1)
    weak = HubbardKanamori(*(small * x for x in (-0.2, -1.0, 0.3, 0.1)))
    state = once(bands, weak, kt, mesh, 1.7)
    c, h = many_body(attraction, 2)
    vacuum = np.eye(len(h))[0]
    pairs = np.array([[c[2 * a].T @ c[2 * d + 1].T @ vacuum for d in range(2)] for a in range(2)]).reshape(
        4, -1
    )
    vertex = pairs @ h @ pairs.T
    energy, u = np.linalg.eigh(bands.bloch(brillouin.mesh(mesh)))
    energy = energy - float(state["level_shift"])
    minus = engine_of(state).mesh.negative(np.arange(16)[None])[0]
    f = brillouin.fermi(energy, kt)
    e, w = energy[minus], u[minus]
    weight = (1 - f[:, :, None] - f[minus][:, None, :]) / (energy[:, :, None] + e[:, None, :]) / 16
    bubble = np.einsum("kmn,kbm,kem,kcn,kfn->bcef", weight, u, u.conj(), w, w.conj(), optimize=True)
    exchange = np.eye(4).reshape(2, 2, 2, 2).transpose(1, 0, 2, 3).reshape(4, 4)
    parity = (np.eye(4) + (1 if channel == "singlet" else -1) * exchange) / 2
    exact = np.max(np.linalg.eigvals(-parity @ vertex @ bubble.reshape(4, 4)).real)
    # local pairs are even in k, those of a triplet odd in the exchange of orbitals
    found = solve.flex_pairing(state, channel, parity=1)["pairing_eigenvalue"][0] / small
    assert exact > 0
    # the next order is the coupling over the band width
    assert found == pytest.approx(exact, rel=1e-3)


def test_atoms_apart_have_no_hunds_coupling() -> None:
    """U', J and J' act on one atom: between two positions they change nothing."""
    base = two_orbitals()
    apart = TightBinding(
        base.vectors, base.cells, base.hoppings, base.orbitals, np.array([[0, 0, 0], [0.5, 0.5, 0]])
    )
    one, two = (once(apart, x, 30.0, (4, 4), 1.7)["self_energy_matrix"] for x in (KANAMORI, KANAMORI.U))
    assert np.allclose(one, two, atol=1e-12 * np.max(np.abs(two)))
    none = solve.flex(base, 0.0, 300.0, mesh=(4, 4), electrons=1.7)
    assert np.max(np.abs(none["self_energy_matrix"])) == 0 and none.report.converged


def test_start_and_file(hund: State, tmp_path: Path) -> None:
    back = load(save(solve.flex_pairing(hund, solutions=2), tmp_path / "pairs.nc"))
    assert back["pairing_eigenvalue"][0] >= back["pairing_eigenvalue"][1]
    assert solve.flex_gap_symmetry(back)[0]
    colder = solve.flex(two_orbitals(), KANAMORI, 22.0 / K_B, mesh=(4, 4), electrons=1.7, start=back)
    cold = solve.flex(two_orbitals(), KANAMORI, 22.0 / K_B, mesh=(4, 4), electrons=1.7)
    assert colder.report.start == "warm" and colder.report.iterations <= cold.report.iterations
    scale = np.max(np.abs(cold["self_energy_matrix"]))
    assert np.allclose(colder["self_energy_matrix"], cold["self_energy_matrix"], atol=1e-6 * scale)


def test_memory_is_stated_and_kept() -> None:
    bands = two_orbitals()
    need = solve.flex_memory(bands, KANAMORI, 300.0, mesh=(8, 8))
    assert 0 < need < solve.flex_memory(bands, KANAMORI, 300.0, mesh=(16, 16))
    with pytest.raises(InvalidInput, match="GiB"):
        solve.flex(bands, KANAMORI, 300.0, mesh=(8, 8), memory=0.5 * need)
    tracemalloc.start()
    state = solve.flex(bands, KANAMORI, 300.0, mesh=(16, 16), mixing=ONCE, throw=False)
    peak = tracemalloc.get_traced_memory()[1] / 2**30
    tracemalloc.stop()
    assert peak < solve.flex_memory(bands, KANAMORI, 300.0, mesh=(16, 16), mixing=ONCE)
    assert "GiB" in state.report.engine


def test_instability_of_the_charges_is_named() -> None:
    """A negative U' puts both electrons of an atom into different orbitals, or none."""
    flat = two_orbitals(mixing=0.0).scaled(0.02)
    with pytest.raises(InvalidModel, match="U/Uc"):
        solve.flex(flat, HubbardKanamori(0.0, -100.0), 2.0, mesh=(2, 2), electrons=2.0)


def test_errors(hund: State, single: State) -> None:
    bands = two_orbitals()
    with pytest.raises(InvalidModel, match="HubbardKanamori"):
        solve.flex(bands, "strong", 300.0)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="between 0 and 4"):
        solve.flex(bands, 1.0, 300.0, mesh=(4, 4), electrons=4.5)
    with pytest.raises(NotConverged):
        solve.flex(bands, KANAMORI, 300.0, mesh=(4, 4), mixing=Anderson(max_iterations=2))
    with pytest.raises(InvalidInput, match="number of orbitals"):
        solve.flex(SQUARE, 1.0, 300.0, mesh=(4, 4), start=hund)
    with pytest.raises(InvalidInput, match="flex_pairing"):
        solve.eliashberg_eigenvalue(hund)
    with pytest.raises(InvalidInput, match="channel"):
        solve.flex_pairing(hund, "quintet")
    with pytest.raises(InvalidInput, match="parity"):
        solve.flex_pairing(hund, parity=2)
    with pytest.raises(InvalidInput, match="GiB"):
        solve.flex_pairing(hund, memory=1e-6)
    with pytest.raises(InvalidInput, match=r"onnes\.solve\.flex_pairing"):
        solve.flex_gap_symmetry(hund)
    with pytest.raises(InvalidModel, match="time reversal"):
        solve.flex_pairing(once(two_orbitals(odd=15.0), 50.0, 20.0, (4, 4), 1.7))
    chain = TightBinding(
        np.eye(3),
        np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0]]),
        np.array([[[20.0, 9], [9, -20.0]], [[-T, 30.0], [-30.0, -T]], [[-T, -30.0], [30.0, -T]]]),
        ("a", "b"),
    )
    polar = once(chain, 50.0, 20.0, (4, 4), 1.7)
    with pytest.raises(InvalidModel, match="inversion"):
        solve.flex_pairing(polar, parity=1)
    assert solve.flex_pairing(polar).method == "flex_pairing"
    lopsided = solve.flex_pairing(once(two_orbitals(split=0.0), 50.0, 20.0, (4, 3), 1.7))
    with pytest.raises(InvalidInput, match="symmetry of the bands"):
        solve.flex_gap_symmetry(lopsided)
