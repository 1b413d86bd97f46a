"""The static bubble against sums over states, closed forms and its symmetries."""

import numpy as np
import pytest
from scipy.special import ellipk, ellipkm1

from onnes import model, response
from onnes.errors import InvalidInput, InvalidModel
from onnes.numerics import brillouin
from onnes.response.lattice.rpa import MagneticInstability
from onnes.response.lattice.static import dressed, require_stable
from onnes.units import K_B


def random_bands(n: int, real: bool, seed: int = 0) -> model.TightBinding:
    rng = np.random.default_rng(seed)
    table = {}
    for cell in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)]:
        t = 50 * (rng.normal(size=(n, n)) + (0 if real else 1j * rng.normal(size=(n, n))))
        if cell == (0, 0, 0):
            table[cell] = t + t.conj().T
        else:
            table[cell], table[tuple(-c for c in cell)] = t, t.conj().T
    cells, matrices = np.array(list(table)), np.array(list(table.values()))
    return model.TightBinding(np.eye(3), cells, matrices, tuple("abcde"[:n]))


def sum_over_states(bands: model.TightBinding, temperature: float, mesh: tuple[int, int]) -> np.ndarray:
    k, kt, n = brillouin.mesh(mesh), K_B * temperature, bands.n_orbitals
    low, u = np.linalg.eigh(bands.bloch(k))
    f, found = brillouin.fermi(low, kt), []
    for q in k:
        high, v = np.linalg.eigh(bands.bloch(k + q))
        gap = high[:, :, None] - low[:, None, :]
        close = np.abs(gap) < 1e-7
        change = brillouin.fermi(high, kt)[:, :, None] - f[:, None, :]
        weight = np.where(close, (f * (1 - f) / kt)[:, None, :], -change / np.where(close, 1, gap))
        term = np.einsum("kmn,kam,kcm,kdn,kbn->abcd", weight, v, v.conj(), u, u.conj(), optimize=True)
        found.append(term.reshape(n * n, n * n) / len(k))
    return np.array(found)


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("temperature", [1000.0, 50.0, 2.0])
def test_equals_the_sum_over_states(real: bool, temperature: float) -> None:
    """Ten Gauss points on each panel leave rounding; even and odd meshes."""
    bands, mesh = random_bands(2, real), (6, 5)
    bubble = response.static_susceptibility(bands, temperature, mesh=mesh)
    exact = sum_over_states(bands, temperature, mesh)
    scale = np.max(np.abs(exact))
    assert np.max(np.abs(bubble.on_mesh().reshape(exact.shape) - exact)) < 1e-12 * scale
    # Eight kernel points at twofold oversampling: about 1e-7.
    assert np.max(np.abs(bubble.at(brillouin.mesh(mesh)) - exact)) < 5e-7 * scale


def test_wavevectors_off_the_mesh_are_the_fourier_sum() -> None:
    bubble = response.static_susceptibility(random_bands(2, True), 300.0, mesh=(9, 7))
    q = np.random.default_rng(1).normal(size=(4, 3))
    cells = [((np.arange(n) + n // 2) % n) - n // 2 for n in bubble.shape]
    r = np.stack(np.meshgrid(*cells, indexing="ij"), -1).reshape(-1, 3)
    direct = np.tensordot(np.exp(2j * np.pi * q @ r.T), bubble.real_space.reshape(len(r), 4, 4), 1)
    assert np.max(np.abs(bubble.at(q) - direct)) < 5e-7 * np.max(np.abs(direct))


def test_uniform_limit_is_the_density_of_states() -> None:
    """chi0(q = 0) = -sum f'(E): the density of states, broadened by kT; corrections of order (kT)^2."""
    t, mu, kt = 100.0, -150.0, 3.0
    bands = model.square({(0, 0): -mu, (1, 0): -t})
    chi = response.static_susceptibility(bands, kt / K_B, mesh=(256, 256)).real_space.sum()

    def density(e: float) -> float:
        return ellipk(1 - (e / (4 * t)) ** 2) / (2 * np.pi**2 * t)

    curvature = (density(mu + 5) - 2 * density(mu) + density(mu - 5)) / 25
    expected = density(mu) + np.pi**2 / 6 * kt**2 * curvature
    # Gauss points in k converge exponentially where kT exceeds the spacing of the levels.
    assert chi == pytest.approx(expected, rel=2e-3)


def test_nesting_diverges_as_the_square_of_the_logarithm() -> None:
    """Half filling: E(k+Q) = -E(k), chi0(Q) = int N(E) tanh(E/2kT)/(2E) dE, one integral of the known N(E)."""
    t, kt = 100.0, 4.0
    bubble = response.static_susceptibility(model.square({(1, 0): -t}), kt / K_B, mesh=(128, 128))
    found = bubble.on_mesh()[64, 64, 0, 0, 0].real
    # Substitution E = 4t s^3 tames the logarithm of N at E = 0.
    s, w = np.polynomial.legendre.leggauss(400)
    s, w = (s + 1) / 2, w / 2
    e = 4 * t * s**3
    n = ellipkm1((e / (4 * t)) ** 2) / (2 * np.pi**2 * t)
    expected = np.sum(w * 12 * t * s**2 * n * np.tanh(e / (2 * kt)) / e)
    assert found == pytest.approx(expected, rel=2e-3)


def test_positive_hermitian_and_invariant_under_rotation_of_orbitals() -> None:
    bands = random_bands(3, True)
    bubble = response.static_susceptibility(bands, 200.0, mesh=(8, 8))
    chi = bubble.on_mesh()
    assert np.allclose(chi, np.swapaxes(chi.conj(), -1, -2), atol=1e-15)
    assert np.linalg.eigvalsh(chi).min() > 0
    angle = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    turned = model.TightBinding(bands.vectors, bands.cells, angle @ bands.hoppings @ angle.T, bands.orbitals)
    other = response.static_susceptibility(turned, 200.0, mesh=(8, 8)).on_mesh()
    pair = np.kron(angle, angle)
    assert np.allclose(other, pair @ chi @ pair.T, atol=1e-12 * np.max(np.abs(chi)))


def test_kanamori_response_is_invariant_only_for_rotational_parameters() -> None:
    bands = random_bands(2, True)
    chi = response.static_susceptibility(bands, 200.0, mesh=(8, 8)).on_mesh()
    c, s = np.cos(0.4), np.sin(0.4)
    pair = np.kron(*2 * [np.array([[c, -s], [s, c]])])
    for interaction, invariant in (
        (model.HubbardKanamori.rotational(60.0, 10.0), True),
        (model.HubbardKanamori(60.0, 30.0, 10.0, 10.0), False),
    ):
        for vertex in (interaction.spin_vertex(2), -interaction.charge_vertex(2)):
            turned = dressed(pair @ chi @ pair.T, vertex)
            back = pair.T @ turned @ pair
            assert np.allclose(back, dressed(chi, vertex), rtol=1e-9) == invariant


def test_stoner_factor_is_the_pole_of_the_response() -> None:
    bands = random_bands(2, True)
    bubble = response.static_susceptibility(bands, 200.0, mesh=(8, 8))
    vertex = model.HubbardKanamori.rotational(1.0, 0.2).spin_vertex(2)
    critical = 1 / require_stable(bubble, vertex, "spin")
    chi = bubble.on_mesh()
    determinants = np.linalg.det(np.eye(4) - chi @ (critical * vertex)).real
    assert abs(determinants).min() < 1e-10
    with pytest.raises(MagneticInstability, match=r"U/Uc = 1\.01"):
        require_stable(bubble, 1.01 * critical * vertex, "spin")
    with pytest.raises(InvalidModel, match=r"charge vertex at q"):
        require_stable(bubble, 1.01 * critical * vertex, "charge")


def test_errors() -> None:
    bands = random_bands(2, True)
    with pytest.raises(InvalidInput, match="temperature"):
        response.static_susceptibility(bands, 0.0, mesh=(8, 8))
    with pytest.raises(InvalidInput, match="GiB"):
        response.static_susceptibility(bands, 10.0, mesh=(64, 64), memory=1e-4)
