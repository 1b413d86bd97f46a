"""Superconductors with spin: spectra, density of states, grand potential and spin susceptibility."""

import numpy as np
import pytest

from onnes import model, probe, response, solve
from onnes.errors import CannotProbe, InvalidInput, OnnesError
from onnes.model.lattice.angular import D_SHELL
from onnes.numerics import brillouin
from onnes.response.lattice.spinful import SHIFT
from onnes.state import Outcome, Report, State, load, save
from onnes.units import K_B, MU_B

SQUARE = model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0})
CHAIN = model.TightBinding(
    np.eye(3), [[0, 0, 0], [1, 0, 0], [-1, 0, 0]], np.array([0.0, -1000.0, -1000.0])[:, None, None]
)
K = brillouin.mesh((7, 5, 3), 0.3)
# eigenvalues of matrices of 1e3 meV: a hundred times the rounding
TIGHT = 1e-10


def paired(pairing, bands=SQUARE, temperature=10.0, **spin):
    return solve.given_gap(model.SpinfulSuperconductor(model.with_spin(bands, **spin), pairing), temperature)


def metal(bands, temperature):
    return State(bands, "bands", {"temperature": np.array([temperature])}, Report(Outcome.CONVERGED))


def mixture(field=(0.0, 0.0, 0.0)):
    """Rashba coupling and the pairs that it mixes, in a field."""
    bands = model.with_rashba(model.with_spin(SQUARE, field=field), 15.0)
    return model.SpinfulSuperconductor(
        bands, model.mixed(model.s_wave(20.0), model.helical(30.0, -np.pi / 2))
    )


# --- spectra ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("pairing", [model.s_wave(20.0), model.d_wave(20.0)], ids=lambda p: p.irrep)
def test_two_equal_spins_are_the_superconductor_without_spin(pairing):
    plain = model.Superconductor(SQUARE, pairing)
    once = response.quasiparticles(solve.given_gap(plain, 10.0), K)[0]
    twice = response.quasiparticles(solve.given_gap(model.spinful(plain), 10.0), K)[0]
    # 1e-12 of the largest energy
    assert np.max(np.abs(np.repeat(once, 2, axis=1) - twice)) < 1e-12 * np.max(np.abs(once))


def test_several_orbitals_without_spin_terms():
    bands = model.bands("Graser")
    plain = model.Superconductor(bands, model.s_plus_minus(20.0, 5))
    once = response.quasiparticles(solve.given_gap(plain, 10.0), K)[0]
    twice = response.quasiparticles(solve.given_gap(model.spinful(plain), 10.0), K)[0]
    assert np.max(np.abs(np.repeat(once, 2, axis=1) - twice)) < 1e-12 * np.max(np.abs(once))


def test_a_field_shifts_the_quasiparticles_of_a_singlet_rigidly():
    """S commutes with the pairs: E = sqrt(xi^2 + Delta^2) +- mu_B B, so that the gap edge is Delta - mu_B B."""
    field = np.array([3.0, -6.0, 6.0])
    clean = response.quasiparticles(paired(model.s_wave(2.0)), K)[0][:, ::2]
    shifted = response.quasiparticles(paired(model.s_wave(2.0), field=field), K)[0]
    expected = np.sort(np.concatenate([clean + MU_B * 9.0, clean - MU_B * 9.0], axis=1), axis=1)
    assert np.max(np.abs(shifted - expected)) < TIGHT
    # a Fermi surface at E = 0: the chain at half filling, pi/2
    on_surface = response.quasiparticles(paired(model.s_wave(2.0), CHAIN, field=field), [0.25, 0, 0])[0]
    edges = np.array([-2 - MU_B * 9, -2 + MU_B * 9, 2 - MU_B * 9, 2 + MU_B * 9])
    assert np.max(np.abs(on_surface - edges)) < 1e-12 * 2000.0


def test_parallel_spins_ignore_a_field_along_their_axis():
    """d in z, B in x: pairs of spins parallel along x keep their energy, each at its own chemical potential."""
    on_surface = response.quasiparticles(paired(model.p_wave(2.0), CHAIN, field=(9.0, 0, 0)), [0.25, 0, 0])[0]
    size = np.hypot(2.0, MU_B * 9)  # xi -> +- mu_B B
    assert np.allclose(on_surface, [-size, -size, size, size])
    along = response.quasiparticles(paired(model.p_wave(2.0), CHAIN, field=(0, 0, 9.0)), [0.25, 0, 0])[0]
    assert np.allclose(along, [-2 - MU_B * 9, -2 + MU_B * 9, 2 - MU_B * 9, 2 + MU_B * 9])


def test_particles_and_holes():
    """E(k) and -E(-k), whatever is broken: 10 T, Rashba coupling, mixed parity, chiral pairs."""
    bands = model.with_rashba(model.with_spin(SQUARE, field=(50.0, 20.0, -90.0)), 15.0)
    pairing = model.mixed(model.d_wave(20.0), model.chiral_p_wave(30.0, d=(0.2, 0.5j, 1.0)))
    state = paired(pairing, bands)
    here, there = (response.quasiparticles(state, k)[0] for k in (K, -K))
    assert np.max(np.abs(here + there[:, ::-1])) < TIGHT


def test_kramers():
    """Without a field a mixed-parity state keeps time reversal: pairs of levels at k = -k, and E(k) = E(-k)."""
    ends = np.array([[0, 0, 0], [0.5, 0, 0], [0.5, 0.5, 0]])
    state, broken = solve.given_gap(mixture(), 10.0), solve.given_gap(mixture((0, 0, 50.0)), 10.0)
    levels = response.quasiparticles(state, ends)[0]
    assert np.max(np.abs(levels[:, ::2] - levels[:, 1::2])) < TIGHT
    assert (
        np.max(np.abs(response.quasiparticles(state, K)[0] - response.quasiparticles(state, -K)[0])) < TIGHT
    )
    split = response.quasiparticles(broken, ends)[0]
    assert np.min(np.abs(split[:, ::2] - split[:, 1::2])) > 1.0
    # away from these points the coupling splits what inversion no longer joins
    general = response.quasiparticles(state, K)[0]
    assert np.max(np.abs(general[:, ::2] - general[:, 1::2])) > 1.0


def test_the_gap_of_helical_pairs_follows_the_rashba_field():
    """d along the field of the coupling: two helicities of gap psi +- |d|, each with E = sqrt(xi^2 + gap^2)."""
    model_ = mixture()
    h = SQUARE.bloch(K)[:, 0, 0].real
    g = np.hypot(np.sin(2 * np.pi * K[:, 0]), np.sin(2 * np.pi * K[:, 1]))
    expected = np.sort(
        [s * np.hypot(h + t * 15.0 * g, 20.0 + t * 30.0 * g) for s in (1, -1) for t in (1, -1)], axis=0
    )
    assert np.allclose(response.quasiparticles(solve.given_gap(model_, 1.0), K)[0], expected.T, atol=TIGHT)


# --- thermodynamics --------------------------------------------------------------------------------


def test_entropy_counts_every_excitation_once():
    plain = model.Superconductor(SQUARE, model.d_wave(20.0))
    once, twice = (solve.given_gap(m, 60.0) for m in (plain, model.spinful(plain)))
    for normal in (True, False):
        a, b = (response.lattice_entropy(s, mesh=(16, 16), normal=normal) for s in (once, twice))
        assert b == pytest.approx(a, rel=1e-12)


def test_grand_potential_counts_every_excitation_once():
    plain = model.Superconductor(SQUARE, model.d_wave(20.0))
    k, kt = brillouin.mesh((16, 16), SHIFT), K_B * 60.0
    e = np.linalg.eigvalsh(plain.bogoliubov(k))
    xi = SQUARE.bloch(k)[:, 0, 0].real
    expected = np.mean(np.sum(-kt * np.log1p(np.exp(-e / kt)), axis=1) + xi)
    for m in (plain, model.spinful(plain)):
        found = response.quasiparticle_potential(solve.given_gap(m, 60.0), mesh=(16, 16))
        assert found == pytest.approx(expected, rel=1e-12)
    # zero gap: the bands' own, of both spins
    bare = response.quasiparticle_potential(paired(model.s_wave(0.0), temperature=60.0), mesh=(16, 16))
    assert bare == pytest.approx(np.mean(-2 * kt * np.logaddexp(0, -xi / kt)), rel=1e-12)
    assert response.quasiparticle_potential(metal(SQUARE, 60.0), mesh=(16, 16)) == pytest.approx(
        bare, rel=1e-12
    )


def test_the_entropy_is_minus_the_slope_of_the_potential():
    """Central difference over 2 K at 60 K: an error of (1/60)^2 of the next derivative's scale."""
    low, high = (
        response.quasiparticle_potential(solve.given_gap(mixture(), t), mesh=(64, 64)) for t in (59.0, 61.0)
    )
    entropy = response.lattice_entropy(solve.given_gap(mixture(), 60.0), mesh=(64, 64))
    assert -(high - low) / 2 == pytest.approx(entropy, rel=2e-3)


# --- density of states -----------------------------------------------------------------------------


def test_density_of_states_of_equal_spins():
    plain = model.Superconductor(SQUARE, model.d_wave(20.0))
    energy = np.linspace(-60, 60, 7)
    k = brillouin.mesh((16, 16), SHIFT)
    e, u = np.linalg.eigh(plain.bogoliubov(k))
    lines = 3.0 / np.pi / ((energy - e[..., None]) ** 2 + 9.0)
    expected = np.einsum("kn,kne->e", np.abs(u[:, 0]) ** 2, lines) / len(k)
    for m in (plain, model.spinful(plain)):
        found = response.spin_density_of_states(solve.given_gap(m, 1.0), energy, 3.0, mesh=(16, 16))
        assert np.allclose(found, expected, rtol=1e-10)


def test_density_of_states_counts_orbitals_and_knows_its_axis():
    """The whole weight is one for each spin and orbital; a Lorentzian leaves 2 eta/pi E_max outside."""
    energy = np.linspace(-2e4, 2e4, 8001)
    state = solve.given_gap(mixture((0, 0, 200.0)), 1.0)
    found = response.spin_density_of_states(state, energy, 20.0, mesh=(6, 6))
    outside = 2 * 20.0 / (np.pi * 2e4)
    assert np.trapezoid(found, energy, axis=1) == pytest.approx(1 - outside, rel=1e-4)
    reverse = response.spin_density_of_states(state, energy[::800], 20.0, mesh=(6, 6), axis=(0, 0, -2.0))
    assert np.allclose(reverse[::-1], found[:, ::800])
    # the field pushes spin up to higher energy: the mean of the particle rows is H_up,up
    plain = response.spin_density_of_states(paired(model.s_wave(2.0), field=(0, 0, 50.0)), [0.0, 1.0], 0.1)
    assert plain.shape == (2, 2)


def test_zeeman_edges_of_the_density_of_states():
    """An s wave in a field: N_up(w) = N(w - mu_B B), as in the tunnelling of Meservey and Tedrow."""
    shift = MU_B * 20.0
    energy = np.linspace(-8, 8, 21)
    state = paired(model.s_wave(5.0), field=(0, 20.0, 0))
    up, down = response.spin_density_of_states(state, energy, 0.5, mesh=(24, 24), axis=(0, 1, 0))
    base = paired(model.s_wave(5.0))
    assert np.allclose(
        up, response.spin_density_of_states(base, energy - shift, 0.5, mesh=(24, 24))[0], rtol=1e-9
    )
    assert np.allclose(
        down, response.spin_density_of_states(base, energy + shift, 0.5, mesh=(24, 24))[1], rtol=1e-9
    )


# --- spin susceptibility ---------------------------------------------------------------------------


def curvature(bands, pairing, temperature, mesh, step=0.2):
    """-d2 Omega/dh_i dh_j of H - h.S by central differences of the potential: h = -g mu_B B, g = 2."""
    n = np.eye(3) * step / (2 * MU_B)

    def omega(field):
        spinful = model.with_spin(bands).in_field(model.with_spin(bands).field + field)
        state = (
            metal(spinful, temperature)
            if pairing is None
            else solve.given_gap(model.SpinfulSuperconductor(spinful, pairing), temperature)
        )
        return response.quasiparticle_potential(state, mesh=mesh)

    return np.array(
        [
            [-(omega(a + b) - omega(a - b) - omega(b - a) + omega(-a - b)) / (2 * step) ** 2 for b in n]
            for a in n
        ]
    )


@pytest.mark.parametrize("pairing", [None, "mixture", "triplet"])
def test_susceptibility_is_the_curvature_of_the_potential(pairing):
    """Any bands, any pairs, on a coarse mesh: an independent sum of energies only."""
    bands = model.with_rashba(model.with_spin(SQUARE, field=(30.0, 0.0, 60.0)), 15.0)
    chosen = {
        None: None,
        "mixture": model.mixed(model.s_wave(20.0), model.helical(30.0, -np.pi / 2)),
        "triplet": model.chiral_p_wave(30.0, d=(0.3, 0.4j, 1.0)),
    }[pairing]
    t = 100.0
    state = metal(bands, t) if chosen is None else paired(chosen, bands, t)
    found = response.spin_susceptibility(state, mesh=(6, 5)).tensor
    # step^2/12 of the fourth derivative, whose scale is (pi kT)^2: (0.2/27)^2, and rounding of 100 meV/step^2
    expected = curvature(bands, chosen, t, (6, 5))
    assert np.max(np.abs(found - expected)) < 1e-4 * np.max(np.abs(found))
    assert np.allclose(found, found.T, atol=1e-15)


def test_curvature_with_atomic_coupling():
    bands = model.TightBinding(
        np.eye(3),
        [[0, 0, 0], [1, 0, 0], [-1, 0, 0]],
        np.array([np.diag([0, 5, 20, -10, -30.0])] + [-40.0 * np.eye(5)] * 2),
        D_SHELL,
    )
    spinful = model.with_atomic_spin_orbit(bands, 25.0, model.orbital_momentum(D_SHELL))
    pairing = model.singlet(model.s_wave(15.0, 5))
    found = response.spin_susceptibility(paired(pairing, spinful, 100.0), mesh=(6,)).tensor
    expected = curvature(spinful, pairing, 100.0, (6,))
    assert np.max(np.abs(found - expected)) < 1e-4 * np.max(np.abs(found))


def yosida(gap, kt):
    """int dxi [-f'(E)] by the trapezoidal rule, exponentially exact."""
    xi = np.linspace(-20 * gap - 60 * kt, 20 * gap + 60 * kt, 200001)
    e = np.hypot(xi, gap)
    return np.sum(1 / (4 * kt * np.cosh(e / (2 * kt)) ** 2)) * (xi[1] - xi[0])


@pytest.mark.parametrize("temperature", [30.0, 60.0, 120.0])
def test_yosida(temperature):
    """A chain at half filling, whose density of states is constant to (gap/band width)^2 = 1e-4 and where sin k = 1:
    the singlet and the polar triplet with d along the field fall alike, across d nothing happens."""
    kt, gap = K_B * temperature, 10.0
    mesh = (4096,)  # levels 1.5 meV apart: exp(-2 pi sqrt(gap^2 + (pi kT)^2)/1.5)
    normal = response.spin_susceptibility(metal(CHAIN, temperature), mesh=mesh)
    # chi = N(0)/2, N(0) = 1/(pi 2t) for each spin
    assert normal.tensor == pytest.approx(np.eye(3) / (2 * np.pi * 2000.0), rel=1e-3, abs=1e-12)
    s = response.spin_susceptibility(paired(model.s_wave(gap), CHAIN, temperature), mesh=mesh)
    p = response.spin_susceptibility(paired(model.p_wave(gap), CHAIN, temperature), mesh=mesh)
    y = yosida(gap, kt)
    base = normal.tensor[0, 0]
    assert np.allclose(s.tensor / base, y * np.eye(3), atol=1e-4)
    assert np.allclose(p.tensor / base, np.diag([1.0, 1.0, y]), atol=1e-3)
    tilted = paired(model.p_wave(gap, d=(1.0, 1.0, 0.0)), CHAIN, temperature)
    along = response.spin_susceptibility(tilted, mesh=mesh)
    assert along.along((1, 1, 0)) / base == pytest.approx(y, abs=1e-4)
    assert along.along((1, -1, 0)) / base == pytest.approx(1.0, abs=1e-3)


def test_the_mesh_says_how_coarse_it_is():
    coarse, fine = (response.spin_susceptibility(metal(CHAIN, 60.0), mesh=(n,)) for n in (64, 4096))
    assert coarse.discretisation > 0.1 * coarse.tensor[0, 0]
    assert fine.discretisation < 1e-4 * fine.tensor[0, 0]


def test_what_is_refused():
    state = paired(model.s_wave(5.0))
    with pytest.raises(InvalidInput, match="0 K"):
        response.spin_susceptibility(paired(model.s_wave(5.0), temperature=0.0))
    with pytest.raises(InvalidInput, match="direction"):
        response.spin_susceptibility(state, mesh=(4, 4)).along((0, 0, 0))
    with pytest.raises(InvalidInput, match="half width"):
        response.spin_density_of_states(state, [0.0], 0.0)
    with pytest.raises(CannotProbe, match="lattice model"):
        response.spin_density_of_states(solve.bcs(model.BCS(1.0), temperature=0.1), [0.0], 1.0)
    with pytest.raises(CannotProbe, match="temperature"):
        response.quasiparticle_potential(State(SQUARE, "bands", {}, Report(Outcome.CONVERGED)))
    loop = model.TightBinding(np.eye(3), [[1, 0, 0], [-1, 0, 0]], np.array([1j, -1j])[:, None, None])
    with pytest.raises(CannotProbe, match="time reversal"):
        response.spin_susceptibility(metal(loop, 10.0))


Q, E = [[0.5, 0.5, 0.0]], np.array([1.0])
REFUSED = {
    "susceptibility": lambda s: response.susceptibility(s, Q, E, broadening=1.0, mesh=(4, 4, 1)),
    "neutron": lambda s: probe.neutron(s, Q, E, broadening=1.0),
    "relaxation": lambda s: response.relaxation(s, broadening=1.0, mesh=(4, 4, 1)),
    "nmr": lambda s: probe.nmr([s], broadening=1.0),
    "superfluid weight": lambda s: response.superfluid_weight(s, mesh=(4, 4)),
    "superfluid": lambda s: probe.lattice_superfluid([s], mesh=(4, 4)),
    "conductivity": lambda s: response.optical_conductivity(s, E, width=1.0, mesh=(4, 4)),
    "photoemission": lambda s: probe.photoemission(s, Q, E, broadening=1.0),
    "condensation": lambda s: response.condensation_energy(s, model.attraction({(0, 0): 100.0}), mesh=(4, 4)),
    "impurity": lambda s: solve.impurity(s, [model.Impurity(1.0)], mesh=(4, 4), energy=E, broadening=1.0),
    "sample": lambda s: solve.realspace(model.Sample(s.model, (4, 4))),
    "static": lambda s: response.static_susceptibility(s.model, 10.0, mesh=(4, 4)),
    "fermi wavevectors": lambda s: response.fermi_wavevectors(s.model, 0.3),
    "fermi surface": lambda s: solve.fermi_surface(s.model),
    "fermi line": lambda s: response.fermi_line(s.model),
    "flex": lambda s: solve.flex(s.model, model.HubbardKanamori(1.0, 0, 0, 0), 100.0, mesh=(4, 4)),
    "bdg": lambda s: solve.bdg(s.model, model.attraction({(0, 0): 100.0}), 10.0, mesh=(4, 4)),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("kind", ["bands", "superconductor"])
def test_what_knows_no_spin_says_so(name, kind):
    bands = model.with_rashba(SQUARE, 15.0)
    state = metal(bands, 10.0) if kind == "bands" else paired(model.helical(5.0), bands)
    with pytest.raises(OnnesError):
        REFUSED[name](state)


def test_states_survive_their_file(tmp_path):
    state = solve.given_gap(mixture((1.0, 2.0, 3.0)), 7.0)
    back = load(save(state, tmp_path / "spin.nc"))
    assert np.array_equal(response.quasiparticles(back, K)[0], response.quasiparticles(state, K)[0])
