"""Pairing from fluctuations: limits, invariances, symmetries, impurities."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import digamma

from onnes import model, solve
from onnes.errors import InvalidInput, InvalidModel, NoSuperconductivity
from onnes.response.lattice.rpa import MagneticInstability
from onnes.response.lattice.static import static_susceptibility
from onnes.solve.lattice.pairing import _Vertices, pairing_interaction
from onnes.state import State, load, save
from onnes.units import K_B

WARM = 10 / K_B
SQUARE = model.square({(0, 0): 70.0, (1, 0): -100.0, (1, 1): 10.0})


def two_orbitals() -> model.TightBinding:
    """xz and yz orbitals on a square lattice: S. Raghu et al., Phys. Rev. B 77, 220503 (2008)."""
    t1, t2, t3, t4 = -100.0, 130.0, -85.0, -85.0
    table = {}
    for s in (1, -1):
        table[s, 0, 0], table[0, s, 0] = np.diag([-t1, -t2]), np.diag([-t2, -t1])
        for r in (1, -1):
            table[s, r, 0] = np.array([[-t3, t4 * s * r], [t4 * s * r, -t3]])
    cells, matrices = np.array(list(table)), np.array(list(table.values()))
    return model.TightBinding(np.eye(3), cells, matrices, ("xz", "yz")).shifted(145.0)


def solve_square(U: float, **options: object) -> State:
    given = {"mesh": (32, 32), "temperature": WARM, "n_fermi_points": 64} | options
    return solve.pairing(SQUARE, model.HubbardKanamori(U, 0.0), **given)


def test_bare_vertex_is_the_interaction_of_a_pair() -> None:
    """Without fluctuations V is the matrix element of H between c†_a,up c†_d,dn pairs, from Fock space."""
    interaction = model.HubbardKanamori(9.0, 5.0, 2.0, 1.0)
    vertices = _Vertices(interaction.spin_vertex(2), interaction.charge_vertex(2))
    v = pairing_interaction(np.zeros((4, 4)), vertices, "singlet").real.reshape(2, 2, 2, 2)

    lower, unit, sign = np.array([[0, 1], [0, 0]]), np.eye(2), np.diag([1, -1])

    def operator(site: int) -> np.ndarray:  # order: a up, a down, b up, b down
        out = np.eye(1)
        for i in range(4):
            out = np.kron(out, lower if i == site else (sign if i < site else unit))
        return out

    c = {(a, s): operator(2 * a + s) for a in (0, 1) for s in (0, 1)}
    d = {key: value.T for key, value in c.items()}
    n = {key: d[key] @ c[key] for key in c}
    total = [n[a, 0] + n[a, 1] for a in (0, 1)]
    sz = [(n[a, 0] - n[a, 1]) / 2 for a in (0, 1)]
    plus = [d[a, 0] @ c[a, 1] for a in (0, 1)]
    dot = sz[0] @ sz[1] + (plus[0] @ plus[1].T + plus[0].T @ plus[1]) / 2
    h = sum(interaction.U * n[a, 0] @ n[a, 1] for a in (0, 1))
    h = h + (interaction.Up - interaction.J / 2) * total[0] @ total[1] - 2 * interaction.J * dot
    for a, b in ((0, 1), (1, 0)):
        h = h + interaction.Jp * d[a, 0] @ d[a, 1] @ c[b, 1] @ c[b, 0]
    vacuum = np.zeros(16)
    vacuum[0] = 1.0
    for a, b, cc, dd in np.ndindex(2, 2, 2, 2):
        # V_ab,cd scatters (b up, c down) into (a up, d down).
        start, end = d[b, 0] @ d[cc, 1] @ vacuum, d[a, 0] @ d[dd, 1] @ vacuum
        assert v[a, b, cc, dd] == pytest.approx(end @ h @ start, abs=1e-12)


def test_triplet_vertex_vanishes_for_a_local_repulsion_and_is_the_second_order() -> None:
    """One orbital: no bare triplet force; to second order V_t = -U^2 chi0 and V_s = U + U^2 chi0."""
    vertex, chi = np.array([[1e-3]]), np.array([[0.7]])
    vertices = _Vertices(vertex, vertex)
    # corrections of order U^3
    assert pairing_interaction(chi, vertices, "triplet")[0, 0] == pytest.approx(-1e-6 * 0.7, rel=1e-3)
    assert pairing_interaction(chi, vertices, "singlet")[0, 0] == pytest.approx(1e-3 + 7e-7, abs=2e-9)


def test_weak_repulsion_is_minus_its_strength_times_the_density_of_states() -> None:
    """<Gamma> = U to first order: the s channel has lambda = -N(0) U."""
    state = solve_square(0.01, n_fermi_points=32)
    weight = state["fermi_weight"]
    average = weight @ state["pairing_vertex"] @ weight / weight.sum()
    assert average == pytest.approx(0.01 * weight.sum(), rel=1e-3)


def test_hubbard_near_half_filling_is_d_wave() -> None:
    state = solve_square(200.0)
    assert solve.gap_symmetry(state)[0] == "B1g (d x2-y2)"
    assert state["pairing_eigenvalue"][0] > 3 * abs(state["pairing_eigenvalue"][1]) > 0
    assert all(check.passed for check in state.report.checks)
    # It follows cos kx - cos ky: the form times a positive function.
    k = 2 * np.pi * state["fermi_wavevector"]
    form = np.cos(k[:, 0]) - np.cos(k[:, 1])
    gap, weight = state["gap_function"][0], state["fermi_weight"]
    overlap = abs(weight @ (gap * form)) / np.sqrt((weight @ gap**2) * (weight @ form**2))
    assert overlap > 0.9


def test_triplets_are_odd_and_degenerate() -> None:
    state = solve_square(200.0, channel="triplet")
    values = state["pairing_eigenvalue"]
    assert values[0] == pytest.approx(values[1], rel=1e-9)
    assert solve.gap_symmetry(state)[0] == "E"
    k, gap = state["fermi_wavevector"], state["gap_function"][0]
    other = [int(np.argmin(np.sum((k + p + 1e-9 - np.round(k + p)) ** 2, axis=1))) for p in k]
    assert np.allclose(gap[other], -gap, atol=1e-8)


def test_rotation_of_the_orbitals_changes_nothing() -> None:
    bands, interaction = two_orbitals(), model.HubbardKanamori.rotational(250.0, 30.0)
    c, s = np.cos(0.7), np.sin(0.7)
    turn = np.array([[c, -s], [s, c]])
    flip = np.diag([1.0, -1.0])
    options = {"mesh": (24, 24), "temperature": WARM, "n_fermi_points": 48}
    plain = solve.pairing(bands, interaction, **options)["pairing_eigenvalue"]
    for unitary in (turn, flip):
        other = replace(bands, hoppings=unitary @ bands.hoppings @ unitary.T)
        found = solve.pairing(other, interaction, **options)["pairing_eigenvalue"]
        # Exact but for the interpolation of chi0, which is the same linear map: rounding.
        assert np.allclose(found, plain, atol=1e-10)


def test_choice_of_the_unit_cell_changes_nothing() -> None:
    """One atom in the cell, or two in one that is twice as large (a+b, a-b), Hubbard repulsion on each."""
    hops = {(0, 0): 70.0, (1, 0): -100.0, (1, 1): 10.0}
    small = model.square(hops)
    table = {(0, 0, 0): np.zeros((2, 2))}
    for cell, t in zip(small.cells, small.hoppings[:, 0, 0].real, strict=True):
        for a in (0, 1):
            # atom 0 at (0,0), atom 1 at (1,0); (x, y) = m (1,1) + n (1,-1) + atom
            x, y = cell[0] + a, cell[1]
            b = (x + y) % 2
            m, n = (x - b + y) // 2, (x - b - y) // 2
            table.setdefault((m, n, 0), np.zeros((2, 2)))[a, b] += t
    vectors = np.array([[1.0, 1, 0], [1, -1, 0], [0, 0, 1]])
    large = model.TightBinding(vectors, np.array(list(table)), np.array(list(table.values())), ("A", "B"))
    interaction = model.HubbardKanamori(200.0, 0.0)
    one = solve.pairing(small, interaction, mesh=(32, 32), temperature=WARM, n_fermi_points=160)
    two = solve.pairing(large, interaction, mesh=(32, 32), temperature=WARM, n_fermi_points=160)
    # The density of states doubles with the cell, the eigenvalue does not.
    assert two["fermi_weight"].sum() == pytest.approx(2 * one["fermi_weight"].sum(), rel=1e-4)
    # Other points on the same line, another mesh of q: lambda moves by 2 % from 96 to 160 points.
    assert two["pairing_eigenvalue"][0] == pytest.approx(one["pairing_eigenvalue"][0], rel=0.03)
    assert solve.gap_symmetry(two)[0].startswith("B")


def test_an_interaction_without_the_symmetry_of_the_bands_is_noticed() -> None:
    """Quadrupole x2-y2 is odd under the rotation, but enters squared; xz alone is not one of a pair."""
    bands = two_orbitals()
    coulomb = model.HubbardKanamori.rotational(150.0, 15.0)
    options = {"mesh": (16, 16), "temperature": 3 * WARM, "n_fermi_points": 32}
    odd = np.array([np.diag([1.0, -1.0])])
    whole = solve.pairing(bands, model.QuadrupolePhonons(coulomb, 20.0, odd), **options)
    assert whole.report.checks[1].passed
    lone = np.array([np.diag([1.0, 0.0])])
    broken = solve.pairing(bands, model.QuadrupolePhonons(coulomb, 20.0, lone), **options)
    assert not broken.report.checks[1].passed
    # All pairs were computed then, and the vertex is still symmetric between k and k'.
    gamma = broken["pairing_vertex"]
    assert np.allclose(gamma, gamma.T)


def test_five_bands_give_s_plus_minus_and_a_close_d_wave() -> None:
    state = solve.pairing(
        model.bands("Graser"),
        model.HubbardKanamori.rotational(1300.0, 130.0),
        mesh=(32, 32),
        temperature=20 / K_B,
        n_fermi_points=64,
    )
    names = solve.gap_symmetry(state)
    assert names[:2] == ("A1g (s+-)", "B1g (d x2-y2)")
    averages = solve.sheet_averages(state)
    weights = np.bincount(state["fermi_sheet"], state["fermi_weight"])
    # Two hole lines of one sign, the electron line of the other.
    assert np.sort(np.sign(averages * np.sign(averages[0]))).tolist() == [-1, 1, 1]
    assert weights.sum() == pytest.approx(state["fermi_weight"].sum())


def test_attraction_of_charges_gives_one_sign() -> None:
    """Phonons of the charge of one orbital: with U = 0, Gamma = -g/(1 - 2g chi0) is attractive everywhere."""
    phonons = model.QuadrupolePhonons(model.HubbardKanamori(0.0, 0.0), 40.0, np.ones((1, 1, 1)))
    state = solve.pairing(SQUARE, phonons, mesh=(32, 32), temperature=WARM, n_fermi_points=48)
    assert solve.gap_symmetry(state)[0] == "A1g (s++)"
    assert np.all(state["pairing_vertex"] < -40.0)
    chi = static_susceptibility(SQUARE, WARM, mesh=(32, 32))
    k = state["fermi_wavevector"]
    chi0 = chi.at(k[3] - k[11])[0, 0].real
    assert state["pairing_vertex"][3, 11] == pytest.approx(-40.0 / (1 - 80.0 * chi0), rel=1e-9)


def test_errors() -> None:
    with pytest.raises(MagneticInstability, match="U/Uc"):
        solve_square(2000.0)
    with pytest.raises(InvalidInput, match="channel"):
        solve_square(10.0, channel="quintet")
    phonons = model.QuadrupolePhonons(model.HubbardKanamori(0.0, 0.0), 1e4, np.ones((1, 1, 1)))
    with pytest.raises(InvalidModel, match="charge vertex"):
        solve.pairing(SQUARE, phonons, mesh=(16, 16), temperature=WARM)
    state = solve_square(50.0, mesh=(16, 16), n_fermi_points=16)
    with pytest.raises(InvalidInput, match="solution"):
        solve.sheet_averages(state, 99)


# --- impurities --------------------------------------------------------------------------------


def toy(gamma: np.ndarray) -> tuple[State, np.ndarray]:
    """A state with given vertex between two pieces of a circle of equal weight, replicated from a real one."""
    state = solve_square(1.0, mesh=(8, 8), n_fermi_points=16)
    k, weight = state["fermi_wavevector"], state["fermi_weight"]
    piece = (np.abs(np.abs(k[:, 0]) - np.abs(k[:, 1])) > 0) & (np.abs(k[:, 0]) > np.abs(k[:, 1]))
    fields = dict(state.fields)
    fields["pairing_vertex"] = gamma[np.ix_(piece.astype(int), piece.astype(int))] / weight.sum()
    return replace(state, fields=fields), piece


def test_sign_change_obeys_abrikosov_and_gorkov() -> None:
    """Two equal halves of opposite sign: ln(Tc0/Tc) = psi(1/2 + rate/2 pi kTc) - psi(1/2), up to rate/cutoff."""
    state, piece = toy(np.array([[0.0, 0.4], [0.4, 0.0]]))
    cutoff = 1e4
    clean = solve.impure_transition(state, 0.0, cutoff=cutoff, orbital=False)
    # lambda = 0.2: kTc0 = (2 e^gamma/pi) w_c exp(-1/lambda)
    assert K_B * clean.temperature == pytest.approx(1.13387 * cutoff * np.exp(-5), rel=1e-3)
    assert np.allclose(clean.gap[piece] * np.sign(clean.gap[piece][0]), 1)
    assert np.allclose(clean.gap[~piece], -clean.gap[piece][0])
    for x in (0.2, 0.6):
        rate = x * K_B * clean.temperature
        kt = K_B * solve.impure_transition(state, rate, cutoff=cutoff, orbital=False).temperature
        law = digamma(0.5 + rate / (2 * np.pi * kt)) - digamma(0.5)
        assert np.log(K_B * clean.temperature / kt) == pytest.approx(law, abs=rate / cutoff)
    with pytest.raises(NoSuperconductivity, match="scattering rate"):
        # without any attraction on average nothing survives beyond 0.882 kTc0
        solve.impure_transition(state, K_B * clean.temperature, cutoff=cutoff, orbital=False)


def test_one_sign_is_not_harmed() -> None:
    state, _ = toy(np.array([[-0.2, -0.2], [-0.2, -0.2]]))
    clean = solve.impure_transition(state, 0.0, cutoff=100.0)
    dirty = solve.impure_transition(state, 50.0, cutoff=100.0)
    assert dirty.temperature == pytest.approx(clean.temperature, rel=1e-9)
    assert dirty.eigenvalue == pytest.approx(1, abs=1e-8)
    assert solve.sign_coherence(state, dirty.gap) == pytest.approx(1)


def test_attraction_on_average_turns_the_signs_into_one() -> None:
    """Repulsion between unequal halves, attraction within one: s+- at first, one sign when dirty."""
    state, _ = toy(np.array([[-0.8, 0.3], [0.3, 0.0]]))
    clean = solve.impure_transition(state, 0.0, cutoff=100.0, orbital=False).gap
    dirty = solve.impure_transition(state, 100.0, cutoff=100.0, orbital=False).gap
    assert clean.min() < -0.1 and dirty.min() > 0.5


def test_scattering_operator_is_positive_and_spares_a_constant() -> None:
    state = solve.pairing(
        two_orbitals(),
        model.HubbardKanamori.rotational(100.0, 10.0),
        mesh=(8, 8),
        temperature=5 * WARM,
        n_fermi_points=32,
    )
    weight = state["fermi_weight"]
    for orbital in (True, False):
        operator = solve.impurity_scattering(state, 2.0, orbital)
        assert np.allclose(operator @ np.sqrt(weight), 0, atol=1e-12)
        assert np.linalg.eigvalsh(operator).min() > -1e-12
    assert np.trace(operator) < 2.0 * len(weight)


def test_resistivity_of_a_free_electron_gas() -> None:
    """Near the bottom of a band rho = m/(n e^2 tau), with n from the filling."""
    t, mu, rate = 100.0, -380.0, 1.0
    bands = model.square({(0, 0): -mu, (1, 0): -t}, a=3.0, c=6.0)
    state = solve.pairing(
        bands, model.HubbardKanamori(1.0, 0.0), mesh=(8, 8), temperature=WARM, n_fermi_points=32
    )
    found = solve.residual_resistivity(state, rate, orbital=False)
    # 1/m = 2 t a^2/hbar^2; n = k_F^2/(2 pi c), k_F^2 = 2 m E_F/hbar^2 = E_F/(t a^2); rho = 2 m rate/(n e^2 hbar)
    fermi = 4 * t + mu
    conductance = (fermi / (t * 2 * np.pi)) * 2 * t / (2 * rate) / 6.0  # e^2/hbar per angstrom
    expected = 1e8 / (1.602176634e-19**2 / 1.054571817e-34 * 1e10 * conductance)
    # E_F/8t = 2.5 % of non-parabolicity
    assert found == pytest.approx(expected, rel=0.05)


def test_impurity_errors() -> None:
    state, _ = toy(np.array([[-0.2, -0.2], [-0.2, -0.2]]))
    with pytest.raises(InvalidInput, match="scattering"):
        solve.impure_transition(state, -1.0, cutoff=10.0)
    with pytest.raises(InvalidInput, match="method"):
        solve.impure_transition(replace(state, method="bdg"), 1.0, cutoff=10.0)
    with pytest.raises(InvalidInput, match="gap of shape"):
        solve.sign_coherence(state, np.ones(3))


def test_state_survives_its_file(tmp_path: Path) -> None:
    phonons = model.QuadrupolePhonons(model.HubbardKanamori(20.0, 0.0), 10.0, np.ones((1, 1, 1)))
    state = solve.pairing(SQUARE, phonons, mesh=(8, 8), temperature=WARM, n_fermi_points=16)
    read = load(save(state, tmp_path / "pairing.nc"))
    assert np.array_equal(read["pairing_vertex"], state["pairing_vertex"])
    assert solve.gap_symmetry(read) == solve.gap_symmetry(state)
    assert read.model.interaction.coupling == 10.0
