"""Spin susceptibility: against exact many-body sums, textbook formulas, sum rules and invariances."""

from itertools import product

import numpy as np
import pytest

from onnes import model, response, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.model import Pairing, Superconductor, TightBinding
from onnes.numerics import brillouin
from onnes.state import Outcome, Report, State
from onnes.units import K_B

KT = 0.25
T = KT / K_B
OMEGA = np.array([-0.7, 0.3, 1.1])


def chain(n_orbitals: int, seed: int) -> Superconductor:
    """A chain with complex hoppings and singlet pairs, both random: no symmetry but those of any singlet."""
    rng = np.random.default_rng(seed)

    def random():
        return rng.normal(size=(n_orbitals, n_orbitals)) + 1j * rng.normal(size=(n_orbitals, n_orbitals))

    home, hop = random(), random()
    cells = np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0]])
    names = tuple("ab"[:n_orbitals])
    bands = TightBinding(np.eye(3), cells, np.array([home + home.conj().T, hop, hop.conj().T]), names)
    on, bond = random(), random()
    return Superconductor(bands, Pairing(1.0, cells, np.array([on + on.T, bond, bond.T])))


def superconductor(bands: TightBinding, pairing: Pairing, kt: float = KT) -> State:
    return solve.given_gap(Superconductor(bands, pairing), kt / K_B)


def metal(bands: TightBinding, kt: float = KT) -> State:
    return State(bands, "bands", {"temperature": np.array([kt / K_B])}, Report(Outcome.CONVERGED))


def two_orbital(t: float = 1.0) -> TightBinding:
    """The two-orbital bands of iron pnictides, PRB 77, 220503, in units of t."""
    table = {(0, 0): -1.45 * np.eye(2)}
    for s in (1, -1):
        table[(s, 0)], table[(0, s)] = np.diag([1.0, -1.3]), np.diag([-1.3, 1.0])
        for r in (1, -1):
            table[(s, r)] = np.array([[0.85, -0.85 * s * r], [-0.85 * s * r, 0.85]])
    cells = np.array([(*cell, 0) for cell in table])
    return TightBinding(np.eye(3), cells, t * np.array(list(table.values())), ("xz", "yz"))


# --- exact many-body sums ------------------------------------------------------------------------


class Fock:
    """All states of a few fermions (k, orbital, spin), with H of the superconductor as a dense matrix."""

    def __init__(self, made: Superconductor, sites: int) -> None:
        self.n, self.sites = made.bands.n_orbitals, sites
        modes = sites * self.n * 2
        lower, sign = np.array([[0.0, 1.0], [0.0, 0.0]]), np.diag([1.0, -1.0])
        self.c = []
        for j in range(modes):
            operator = np.eye(1)
            for i in range(modes):
                operator = np.kron(operator, sign if i < j else (lower if i == j else np.eye(2)))
            self.c.append(operator)
        k = brillouin.mesh((sites, 1, 1))
        bloch, gap = made.bands.bloch(k), made.pairing.at(k)
        h = np.zeros_like(self.c[0], dtype=complex)
        for i, a, b in product(range(sites), range(self.n), range(self.n)):
            for spin in (0, 1):
                h += bloch[i, a, b] * self.at(i, a, spin).T @ self.at(i, b, spin)
            pair = gap[i, a, b] * self.at(i, a, 0).T @ self.at(-i, b, 1).T
            h += pair + pair.conj().T
        self.energy, self.states = np.linalg.eigh(h)

    def at(self, k: int, orbital: int, spin: int) -> np.ndarray:
        return self.c[((k % self.sites) * self.n + orbital) * 2 + spin]

    def spin(self, a: int, b: int, q: int, component: str) -> np.ndarray:
        """Return S_ab(q): sum_k c†_k,a (sigma/2) c_k+q,b for z, sum c†_k,a,up c_k+q,b,dn for +."""
        total = 0
        for k in range(self.sites):
            if component == "z":
                for spin, sign in ((0, 0.5), (1, -0.5)):
                    total = total + sign * self.at(k, a, spin).T @ self.at(k + q, b, spin)
            else:
                total = total + self.at(k, a, 0).T @ self.at(k + q, b, 1)
        return self.states.conj().T @ total @ self.states

    def susceptibility(self, q: int, z: np.ndarray, component: str) -> np.ndarray:
        """Return <<S_ab; S_cd†>> from Lehmann's sum over all pairs of many-body states."""
        weight = np.exp(-(self.energy - self.energy[0]) / KT)
        weight /= weight.sum()
        difference = weight[:, None] - weight
        gap = self.energy - self.energy[:, None]
        pairs = list(product(range(self.n), repeat=2))
        operators = [self.spin(a, b, q, component) for a, b in pairs]
        found = np.zeros((len(z), len(pairs), len(pairs)), complex)
        for w, point in enumerate(z):
            kernel = difference / (gap - point)
            for i, left in enumerate(operators):
                for j, right in enumerate(operators):
                    found[w, i, j] = np.sum(kernel * left * right.conj())
        return found / self.sites


@pytest.mark.parametrize(
    ("n_orbitals", "sites", "q"), [(1, 3, 0), (1, 3, 1), (1, 3, 2), (2, 2, 0), (2, 2, 1)]
)
def test_full_tensor_is_the_exact_many_body_sum(n_orbitals: int, sites: int, q: int) -> None:
    """Bilinears of free quasiparticles: Lehmann's sum over 2^6 or 2^8 many-body states, to rounding (1e-10)."""
    made = chain(n_orbitals, 3)
    fock = Fock(made, sites)
    chi = response.susceptibility(
        superconductor(made.bands, made.pairing),
        [q / sites, 0, 0],
        OMEGA,
        broadening=0.2,
        mesh=(sites, 1, 1),
        method="mask",
    )
    longitudinal = fock.susceptibility(q, OMEGA + 0.2j, "z")
    transverse = fock.susceptibility(q, OMEGA + 0.2j, "+")
    assert np.allclose(chi.values[0], 2 * longitudinal, atol=1e-10)
    assert np.allclose(chi.values[0], transverse, atol=1e-10)  # SU(2)


def test_a_metal_is_a_superconductor_without_gap() -> None:
    bands = chain(2, 5).bands
    zero = Pairing(0.0, np.array([[0, 0, 0]]), np.eye(2)[None])
    # On the mesh only: down spins are summed over -k - q, which is the same set of points there.
    options = {"broadening": 0.1, "mesh": (12, 1, 1)}
    for q in ([0.25, 0, 0], [0.0, 0, 0]):
        with_zero = response.susceptibility(superconductor(bands, zero), q, OMEGA, **options)
        without = response.susceptibility(metal(bands), q, OMEGA, **options)
        assert np.allclose(with_zero.values, without.values, atol=1e-12)
        assert np.allclose(with_zero.static, without.static, atol=1e-12)


def test_degenerate_levels_count_in_full() -> None:
    """Two equal bands without mixing: each component is that of one band (H(k) is a multiple of the unit matrix)."""
    one = model.square({(0, 0): 1.0, (1, 0): -1.0, (1, 1): 0.3})
    two = TightBinding(np.eye(3), one.cells, one.hoppings * np.eye(2), ("a", "b"))
    single, double = (
        response.susceptibility(metal(b), [0.5, 0.25, 0], OMEGA, broadening=0.1, mesh=(12, 12))
        for b in (one, two)
    )
    assert np.allclose(double.values, single.values * np.eye(4), atol=1e-12)


def test_textbook_coherence_factors() -> None:
    """One band, d wave (Schrieffer, Theory of Superconductivity, chapter 3): pairs scattered, created, destroyed."""
    bands = model.square({(0, 0): 1.0, (1, 0): -1.0, (1, 1): 0.3})
    gap = model.d_wave(0.7)
    q, eta = np.array([0.3, 0.4, 0.0]), 0.15
    k = brillouin.mesh((10, 10))
    e, e2 = bands.bloch(k)[:, 0, 0].real, bands.bloch(k + q)[:, 0, 0].real
    d, d2 = gap.at(k)[:, 0, 0].real, gap.at(k + q)[:, 0, 0].real
    E, E2 = np.hypot(e, d), np.hypot(e2, d2)
    f, f2 = brillouin.fermi(E, KT), brillouin.fermi(E2, KT)
    overlap = (e * e2 + d * d2) / (E * E2)
    expected = []
    for w in OMEGA + 1j * eta:
        scattered = 0.5 * (1 + overlap) * (f2 - f) / (w - (E2 - E))
        created = 0.25 * (1 - overlap) * (1 - f2 - f) / (w + (E2 + E))
        destroyed = 0.25 * (1 - overlap) * (f2 + f - 1) / (w - (E2 + E))
        expected.append(np.mean(scattered + created + destroyed))
    chi = response.susceptibility(superconductor(bands, gap), q, OMEGA, broadening=eta, mesh=(10, 10))
    assert np.allclose(chi.values[0, :, 0, 0], expected, atol=1e-12)


# --- methods -------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", [[0.5, 0, 0], [0.25, 0.125, 0], [0.13, 0.21, 0]])
@pytest.mark.parametrize("tolerance", [1e-3, 1e-5])
def test_histogram_keeps_its_tolerance(q: list[float], tolerance: float) -> None:
    """The error is at most tolerance/eta times the summed strength of the transitions."""
    state = superconductor(two_orbital(), model.s_plus_minus(0.3, 2), 0.05)
    omega, eta = np.linspace(-0.5, 1.5, 41), 0.05
    options = {"broadening": eta, "mesh": (20, 20)}
    exact = response.susceptibility(state, q, omega, method="mask", **options)
    binned = response.susceptibility(state, q, omega, method="histogram", tolerance=tolerance, **options)
    # sum_p |occupation||M|^2 <= 2 levels^2/N-normalised: two spins' worth of each pair of four levels.
    strength = 4 * 4
    error = np.max(np.abs(exact.values - binned.values))
    assert 0 < error < tolerance / eta * strength
    assert np.array_equal(exact.static, binned.static)
    assert "histogram" in binned.report.engine and "mask" in exact.report.engine


def test_auto_chooses_and_reports() -> None:
    state = superconductor(two_orbital(), model.s_plus_minus(0.3, 2))
    few = response.susceptibility(state, [0.5, 0, 0], [0.1], broadening=0.1, mesh=(8, 8))
    many = response.susceptibility(state, [0.5, 0, 0], np.linspace(0, 1, 60), broadening=0.1, mesh=(8, 8))
    assert few.estimate.method == "mask" and many.estimate.method == "histogram"
    assert few.estimate.stored and "kept" in few.report.engine
    between = response.susceptibility(state, [0.511, 0, 0], [0.1], broadening=0.1, mesh=(8, 8))
    assert not between.estimate.stored


def test_half_the_mesh_and_lookup_change_nothing() -> None:
    """q on the mesh takes the short cuts (lookup, pairs k and -k-q); shifted by less than its tolerance it does not."""
    made = chain(2, 11)
    state = superconductor(made.bands, made.pairing)
    quick = response.susceptibility(state, [0.25, 0, 0], OMEGA, broadening=0.1, mesh=(12, 1, 1))
    plain = response.susceptibility(state, [0.25 + 1e-9, 0, 0], OMEGA, broadening=0.1, mesh=(12, 1, 1))
    assert quick.estimate.k_points == 7 and plain.estimate.k_points == 12
    # The two q differ by 1e-9 of a zone, times a slope of order bandwidth/broadening^2 of each term.
    assert np.allclose(quick.values, plain.values, atol=1e-5)


def test_refined_cells_converge_to_the_fine_mesh() -> None:
    """16^2 with near-resonant cells refined fourfold stands for 64^2 where it matters; the target is 256^2."""
    state = superconductor(two_orbital(), model.s_plus_minus(0.4, 2), 0.02)
    omega, q = np.linspace(0.0, 1.2, 31), [0.5, 0, 0]

    def zz(mesh: int, refine: int) -> np.ndarray:
        options = {"broadening": 0.08, "mesh": (mesh, mesh), "refine": refine}
        return response.susceptibility(state, q, omega, **options).zz

    reference = zz(256, 1)
    coarse, refined, fine = (np.max(np.abs(zz(*n) - reference)) for n in ((32, 1), (32, 4), (128, 1)))
    assert refined < 0.3 * coarse and refined < 3 * fine


# --- sum rules and invariances -------------------------------------------------------------------


def test_total_spin_of_a_singlet_absorbs_nothing() -> None:
    """S^z_tot commutes with H: chi_zz(q = 0, omega) = 0 although components of the tensor are not."""
    made = chain(2, 7)
    chi = response.susceptibility(
        superconductor(made.bands, made.pairing), [0, 0, 0], OMEGA, broadening=0.1, mesh=(9, 1, 1)
    )
    assert np.max(np.abs(chi.zz)) < 1e-13 and np.max(np.abs(chi.values)) > 1e-2


def test_isothermal_pauli_and_yosida() -> None:
    """chi_zz(q = 0) = N(0)<-f'>/2 over the states of one spin: 1/2 sum_k f(E)[1-f(E)]/kT, gap or not."""
    bands = model.square({(0, 0): 1.0, (1, 0): -1.0, (1, 1): 0.3})
    for gap in (0.0, 0.7):
        state = superconductor(bands, model.d_wave(gap))
        chi = response.susceptibility(state, [0, 0, 0], [1.0], broadening=0.1, mesh=(14, 14))
        k = brillouin.mesh((14, 14))
        energies = np.hypot(bands.bloch(k)[:, 0, 0].real, model.d_wave(gap).at(k)[:, 0, 0].real)
        f = brillouin.fermi(energies, KT)
        assert np.isclose(chi.static_zz[0], 0.5 * np.mean(f * (1 - f)) / KT, rtol=1e-12)


def test_local_moment() -> None:
    """(1/N) sum_q int S^zz domega = <(S^z)^2> = [n - n^2 - |F|^2]/2 on a site, n = <n_up>, F = <c_dn c_up>.

    Cold, so that no quasiparticle is left to scatter at zero energy, which chi'' would not see. A Lorentzian at
    x > 2 gap = 2 keeps (2/pi) atan(x/eta) of its weight above zero and (eta/pi)/(W - x) lies beyond W: < 1 %.
    """
    bands = model.square({(0, 0): 0.5, (1, 0): -1.0})
    mesh, eta = (6, 6), 0.02
    state = superconductor(bands, model.s_wave(1.0), 0.02)
    q, omega = brillouin.mesh(mesh), np.arange(0.0, 20.0, 0.01)
    chi = response.susceptibility(state, q, omega, broadening=eta, mesh=mesh, method="mask")
    total = np.trapezoid(np.mean(chi.zz.imag, axis=0) / np.pi, omega)
    energy, vectors = response.quasiparticles(state, q)
    f = brillouin.fermi(energy, 0.02)
    density = np.mean(np.sum(np.abs(vectors[:, 0]) ** 2 * f, axis=1))
    pair = np.mean(np.sum(vectors[:, 0] * vectors[:, 1].conj() * f, axis=1))
    assert abs(pair) > 0.2
    assert np.isclose(total, 0.5 * (density - density**2 - abs(pair) ** 2), rtol=0.01)


def test_kramers_kronig() -> None:
    """Re chi(0) = (2/pi) int chi''/omega: against the static sum, which knows no broadening."""
    state = superconductor(two_orbital(), model.s_plus_minus(0.6, 2), 0.02)
    omega, eta = np.arange(0.005, 40, 0.01), 0.02
    chi = response.susceptibility(state, [0.5, 0, 0], omega, broadening=eta, mesh=(16, 16), method="mask")
    integral = 2 / np.pi * np.trapezoid(chi.zz[0].imag / omega, omega)
    # eta moves 1/x to x/(x^2 + eta^2): (eta/gap)^2, gap 0.5; the bands end at 24; 1 % is left for the trapezoids.
    assert np.isclose(integral, chi.static_zz[0], rtol=0.01)


def test_absorption_is_positive_and_odd() -> None:
    """chi'' >= 0 as a matrix for omega > 0 (with inversion), and chi''_zz(-q, -omega) = -chi''_zz(q, omega)."""
    omega = np.linspace(-2, 2, 41)
    options = {"broadening": 0.05, "method": "mask"}
    state = superconductor(two_orbital(), model.s_plus_minus(0.3, 2), 0.1)
    chi = response.susceptibility(state, [0.5, 0.25, 0], omega, mesh=(16, 16), **options)
    absorbed = (chi.values - np.swapaxes(chi.values, -1, -2).conj()) / 2j
    assert np.linalg.eigvalsh(absorbed[0, 21:]).min() > -1e-12
    made = chain(2, 19)
    state = superconductor(made.bands, made.pairing)
    there, back = (
        response.susceptibility(state, [q, 0, 0], omega, mesh=(24, 1, 1), **options).zz.imag
        for q in (1 / 3, -1 / 3)
    )
    assert np.allclose(there, -back[:, ::-1], atol=1e-12) and np.max(there) > 1e-3


def test_gauge_of_the_gap() -> None:
    made = chain(2, 13)
    turned = Pairing(1.0, made.pairing.cells, np.exp(0.7j) * made.pairing.form)
    both = [
        response.susceptibility(
            superconductor(made.bands, p), [1 / 3, 0, 0], OMEGA, broadening=0.1, mesh=(6, 1, 1), method="mask"
        ).values
        for p in (made.pairing, turned)
    ]
    assert np.allclose(*both, atol=1e-12)


def doubled(bands: TightBinding, pairing: Pairing) -> tuple[TightBinding, Pairing]:
    """Return the same square lattice with two sites a cell, (a, b) -> translations (1, 1) and (1, -1)."""
    turn = np.array([[1, 1, 0], [1, -1, 0], [0, 0, 1]])
    inverse = np.linalg.inv(turn.T)

    def fold(cells: np.ndarray, matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        table: dict[tuple[int, ...], np.ndarray] = {}
        for cell, matrix in zip(cells, matrices, strict=True):
            for a in (0, 1):
                target = cell + a * np.array([1, 0, 0])
                b = int((target[0] + target[1]) % 2)
                home = np.rint(inverse @ (target - b * np.array([1, 0, 0]))).astype(int)
                table.setdefault(tuple(home), np.zeros((2, 2), complex))[a, b] += matrix[0, 0]
        return np.array(list(table)), np.array(list(table.values()))

    positions = np.array([[0, 0, 0], inverse @ np.array([1, 0, 0])])
    cells, hoppings = fold(bands.cells, bands.hoppings)
    large = TightBinding(turn @ bands.vectors, cells, hoppings, ("A", "B"), positions)
    return large, Pairing(pairing.amplitude, *fold(pairing.cells, pairing.form))


@pytest.mark.parametrize("q", [(0.25, 0.125), (0.5, 0.5), (1.5, 0.25), (0.3, 0.1)])
def test_the_choice_of_the_cell_does_not_matter(q: tuple[float, float]) -> None:
    """Per site chi_zz is the same from one and from two sites a cell, in higher zones too."""
    bands, gap = model.square({(0, 0): 0.7, (1, 0): -1.0, (1, 1): 0.3}), model.d_wave(0.5)
    # Wavevectors of the large cell are turn @ Q; q in units of its mesh of 20 points or off it.
    turned = (q[0] + q[1], q[0] - q[1])
    chi = response.susceptibility(
        superconductor(*doubled(bands, gap)), turned, OMEGA, broadening=0.1, mesh=(20, 20), method="mask"
    )
    inverse = np.linalg.inv(np.array([[1, 1, 0], [1, -1, 0], [0, 0, 1]]))
    k = brillouin.mesh((20, 20)) @ inverse.T
    expected = one_band(bands, gap, np.concatenate([k, k + np.array([0.5, 0.5, 0.0])]), np.array([*q, 0.0]))
    assert np.allclose(chi.zz[0] / 2, expected, atol=1e-12)


def one_band(bands: TightBinding, gap: Pairing, k: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return chi_zz of one band summed over given k."""
    state = superconductor(bands, gap)
    (e, w), (e2, w2) = response.quasiparticles(state, k), response.quasiparticles(state, k + q)
    vertex = np.einsum("kin,kim->knm", w.conj(), w2)
    difference = brillouin.fermi(e, KT)[:, :, None] - brillouin.fermi(e2, KT)[:, None]
    gaps = e2[:, None] - e[:, :, None]
    strength = 0.25 * np.abs(vertex) ** 2 * difference / len(k)
    return np.array([np.sum(strength / (gaps - omega - 0.1j)) for omega in OMEGA])


def test_zero_temperature_is_the_limit() -> None:
    cold = superconductor(two_orbital(), model.s_plus_minus(0.5, 2), 0.005)
    zero = superconductor(two_orbital(), model.s_plus_minus(0.5, 2), 0.0)
    both = [
        response.susceptibility(s, [0.5, 0, 0], OMEGA, broadening=0.1, mesh=(12, 12)) for s in (cold, zero)
    ]
    # exp(-gap/kT) with the smallest gap on this mesh, about 0.2: e^-40.
    assert np.allclose(both[0].values, both[1].values, atol=1e-10)
    assert np.allclose(both[0].static, both[1].static, atol=1e-10)


# --- bad input -----------------------------------------------------------------------------------


def test_bad_input_is_named() -> None:
    state = superconductor(two_orbital(), model.s_plus_minus(0.5, 2))
    good = {"broadening": 0.1, "mesh": (4, 4)}
    with pytest.raises(InvalidInput, match="broadening"):
        response.susceptibility(state, [0, 0, 0], [1.0], broadening=0.0, mesh=(4, 4))
    with pytest.raises(InvalidInput, match="q of shape"):
        response.susceptibility(state, [0.5], [1.0], **good)
    with pytest.raises(InvalidInput, match="energy of shape"):
        response.susceptibility(state, [0, 0, 0], [np.nan], **good)
    with pytest.raises(InvalidInput, match="refine"):
        response.susceptibility(state, [0, 0, 0], [1.0], refine=0, **good)
    with pytest.raises(InvalidInput, match="'auto', 'mask' or 'histogram'"):
        response.susceptibility(state, [0, 0, 0], [1.0], method="fft", **good)
    with pytest.raises(InvalidInput, match="GiB"):
        response.susceptibility(state, np.zeros((500, 3)), np.zeros(4000), memory=0.3, **good)
    with pytest.raises(InvalidInput, match="mesh"):
        response.susceptibility(state, [0, 0, 0], [1.0], broadening=0.1, mesh=(0, 4))
    with pytest.raises(CannotProbe, match="lattice"):
        weak = solve.bcs(model.BCS(1.0), temperature=0.1)
        response.susceptibility(weak, [0, 0, 0], [1.0], **good)


def test_a_large_mesh_stays_within_its_memory() -> None:
    """Quasiparticles that do not fit are found again, block by block; the promise is in the estimate."""
    kept = response.susceptibility_estimate(2, True, (256, 256, 1), 1, 100)
    tight = response.susceptibility_estimate(5, True, (64, 64, 64), 1, 100, memory=0.5)
    assert kept.stored and not tight.stored
    assert kept.memory < 0.3 * 2**30 and tight.memory < 0.5 * 2**30
    state, options = superconductor(two_orbital(), model.s_plus_minus(0.3, 2)), {"broadening": 0.1}
    roomy = response.susceptibility(state, [0.25, 0, 0], OMEGA, mesh=(40, 40), **options)
    limit = (roomy.estimate.memory - 1e5) / 2**30
    small = response.susceptibility(state, [0.25, 0, 0], OMEGA, mesh=(40, 40), memory=limit, **options)
    assert roomy.estimate.stored and not small.estimate.stored
    assert np.allclose(roomy.values, small.values, atol=1e-12)
