"""FLEX: against sums over states, perturbation theory, conservation, and other programs."""

import numpy as np
import pytest

from onnes import model, solve
from onnes.errors import InvalidInput, InvalidModel, NotConverged
from onnes.numerics import brillouin
from onnes.numerics.fixedpoint import Anderson
from onnes.numerics.lehmann import conversion
from onnes.response.lattice.rpa import MagneticInstability
from onnes.solve.lattice.flex import engine_of
from onnes.state import State
from onnes.units import K_B

T = 100.0
SQUARE = model.square({(1, 0): -T})
ONCE = Anderson(history=0, damping=1.0, max_iterations=1, tolerance=1e-30)


def once(U: float, kt: float, mesh: tuple[int, int], electrons: float) -> State:
    """One iteration from the bare propagator."""
    return solve.flex(
        SQUARE, U, kt / K_B, mesh=mesh, electrons=electrons, mixing=ONCE, throw=False, epsilon=1e-13
    )


def lindhard(energy: np.ndarray, kt: float, nu: np.ndarray) -> np.ndarray:
    """The bubble as a sum over states, complex (frequency, n1, n2)."""
    f = brillouin.fermi(energy, kt)
    found = np.zeros((len(nu), *energy.shape), complex)
    for i, j in np.ndindex(*energy.shape):
        gap = np.roll(energy, (-i, -j), (0, 1)) - energy
        change = np.roll(f, (-i, -j), (0, 1)) - f
        for a, v in enumerate(nu):
            z = gap - 1j * v
            close = np.abs(z) < 1e-9
            static = f * (1 - f) / kt if v == 0 else 0.0
            found[a, i, j] = np.mean(np.where(close, static, -change / np.where(close, 1, z)))
    return found


def test_first_iteration_is_the_random_phase_approximation() -> None:
    """Bubble and susceptibilities of the bare propagator, at every sampled frequency and wavevector."""
    kt, mesh, U = 20.0, (6, 6), 150.0
    state = once(U, kt, mesh, 0.8)
    energy = (SQUARE.bloch(state["wavevector"])[:, 0, 0].real - state["level_shift"]).reshape(mesh)
    exact = lindhard(energy, kt, state["boson_node"]).real.reshape(len(state["boson_node"]), -1)
    scale = np.max(exact)
    # The representation keeps 1e-13 of the largest value.
    assert np.max(np.abs(state["bubble"] - exact)) < 1e-12 * scale
    chi, rpa = (x / (1 - U * x) for x in (state["bubble"], exact))
    # RPA amplifies by the square of the Stoner enhancement.
    assert np.max(np.abs(chi - rpa)) < 1e-12 * np.max(rpa) / (1 - U * scale)


def test_first_self_energy_is_the_sum_over_frequencies() -> None:
    """Sigma = (kT/N) sum_q V(q) G(k-q) summed directly, with the tail of V ~ 1/nu^2 extrapolated."""
    kt, mesh, U = 30.0, (4, 4), 120.0
    state = once(U, kt, mesh, 0.9)
    energy = (SQUARE.bloch(state["wavevector"])[:, 0, 0].real - state["level_shift"]).reshape(mesh)
    n = 3000
    nu = 2 * np.pi * kt * np.arange(-n, n + 1)
    x = U * lindhard(energy, kt, nu).real
    vertex = U * (1.5 * x / (1 - x) + 0.5 * x / (1 + x) - x)
    node = int(np.argmin(np.abs(state["matsubara_node"] - np.pi * kt)))
    w = state["matsubara_node"][node]
    total = np.zeros(mesh, complex)
    for i, j in np.ndindex(*mesh):
        for p, q in np.ndindex(*mesh):
            green = 1 / (1j * (w - nu) - energy[(i - p) % 4, (j - q) % 4])
            total[i, j] += kt / 16 * np.sum(vertex[:, p, q] * green)
    found = state["self_energy"][node].reshape(mesh)
    # V G ~ 1/nu^3: the odd tail cancels, what is left is of relative order (W/nu_max)^3.
    assert np.allclose(found, total, atol=1e-6 * np.max(np.abs(total)))


def test_weak_coupling_is_second_order_perturbation_theory() -> None:
    """Sigma/U^2 -> (1/N^2) sum [...]/(i w - E1 - E2 + E3) as U -> 0, summed over all triples of a tiny lattice."""
    kt, mesh, U = 40.0, (4, 4), 0.1
    state = once(U, kt, mesh, 0.7)
    energy = SQUARE.bloch(state["wavevector"])[:, 0, 0].real - state["level_shift"]
    f = brillouin.fermi(energy, kt)
    index = np.arange(16).reshape(mesh)
    w = state["matsubara_node"][5]
    exact = np.zeros(16, complex)
    for kx, ky, qx, qy, px, py in np.ndindex(4, 4, 4, 4, 4, 4):
        k, a = index[kx, ky], index[(kx - qx) % 4, (ky - qy) % 4]
        b, c = index[(px + qx) % 4, (py + qy) % 4], index[px, py]
        numerator = (1 - f[a]) * (1 - f[b]) * f[c] + f[a] * f[b] * (1 - f[c])
        exact[k] += numerator / (1j * w - energy[a] - energy[b] + energy[c]) / 256
    # next order: U chi0 ~ 1e-4
    assert np.allclose(state["self_energy"][5] / U**2, exact, rtol=1e-3, atol=1e-7 * np.max(np.abs(exact)))


@pytest.fixture(scope="module")
def converged() -> State:
    return solve.flex(SQUARE, 4 * T, 0.08 * T / K_B, mesh=(16, 16), electrons=0.9)


def test_density_is_kept_and_checks_pass(converged: State) -> None:
    assert converged.report.converged
    assert all(check.passed for check in converged.report.checks)
    assert 0.5 < float(converged["stoner_spin"]) < 1


def test_propagator_is_positive_symmetric_and_has_unit_jump(converged: State) -> None:
    """-G(tau) > 0 between 0 and beta, G(0+) + G(beta-) = -1, G(-i w) = G(i w)*."""
    engine = engine_of(converged)
    sigma = converged["self_energy"]
    green = 1 / (engine.iw + converged["level_shift"] - engine.energy - sigma)
    assert np.max((engine.mesh.to_tau @ green).real) < 0
    jump = (engine.mesh.at_zero + engine.mesh.at_beta) @ green
    assert np.allclose(jump, -1, atol=1e-8)
    basis = engine.mesh.basis
    mirrored = conversion(basis.fermions(basis.fermionic), basis.fermions(-1 - basis.fermionic)) @ sigma
    assert np.allclose(mirrored, sigma.conj(), atol=1e-7 * np.max(np.abs(sigma)))


def test_holes_and_electrons_are_mirror_images(converged: State) -> None:
    """n -> 2 - n with k -> k + Q: Sigma -> -Sigma*, the same bubble."""
    other = solve.flex(SQUARE, 4 * T, 0.08 * T / K_B, mesh=(16, 16), electrons=1.1)
    assert float(other["level_shift"]) == pytest.approx(-float(converged["level_shift"]), abs=1e-5)
    assert np.allclose(other["bubble"], converged["bubble"], atol=1e-6 * np.max(converged["bubble"]))
    shifted = np.roll(converged["self_energy"].reshape(-1, 16, 16), (8, 8), (1, 2))
    found = other["self_energy"].reshape(shifted.shape)
    assert np.allclose(found, -shifted.conj(), atol=1e-4 * np.max(np.abs(shifted)))


def test_start_does_not_change_the_answer(converged: State) -> None:
    warm = solve.flex(SQUARE, 4 * T, 0.08 * T / K_B, mesh=(16, 16), electrons=0.9, start=converged)
    assert warm.report.start == "warm" and warm.report.iterations < converged.report.iterations
    assert np.allclose(warm["self_energy"], converged["self_energy"], atol=1e-5 * 4 * T)


def test_d_wave_leads_and_grows_on_cooling(converged: State) -> None:
    values = {name: solve.eliashberg_eigenvalue(converged, name)[0] for name in ("A1g", "B1g", "B2g")}
    assert values["B1g"] > max(values["A1g"], values["B2g"], 0)
    cold = solve.flex(SQUARE, 4 * T, 0.05 * T / K_B, mesh=(16, 16), electrons=0.9, start=converged)
    value, phi = solve.eliashberg_eigenvalue(cold)
    assert value > values["B1g"]
    assert np.allclose(phi, -phi.transpose(0, 2, 1), atol=1e-12)


def test_eigenvalue_is_that_of_another_program() -> None:
    """U = 4t, n = 0.7, kT = 0.02t, 32 x 32: 0.526 with 2048 uniform frequencies (validation record of H-wave,
    issue 210, of S. Onari et al., Phys. Rev. B 70, 094523 (2004), whose figure reads 0.48(2) with 1024)."""
    start = None
    for kt in (0.1, 0.05, 0.02):
        start = solve.flex(SQUARE, 4 * T, kt * T / K_B, mesh=(32, 32), electrons=0.7, start=start)
    # The record has three digits.
    assert solve.eliashberg_eigenvalue(start)[0] == pytest.approx(0.526, abs=1e-3)


@pytest.mark.slow
def test_transition_of_the_hubbard_model_does_not_depend_on_the_mesh() -> None:
    """U = 4t, n = 0.88: the temperature at which lambda = 1 from 48 and 64 points."""
    found = []
    for size in (48, 64):
        start, ladder = None, []
        for kt in (0.08, 0.05, 0.035, 0.026, 0.024, 0.022):
            start = solve.flex(SQUARE, 4 * T, kt * T / K_B, mesh=(size, size), electrons=0.88, start=start)
            ladder.append((kt, solve.eliashberg_eigenvalue(start)[0]))
        (hot, low), (cold, high) = ladder[-2:]
        found.append(cold + (hot - cold) * (high - 1) / (high - low))
    assert found[0] == pytest.approx(found[1], abs=1e-4)
    assert 0.02 < found[0] < 0.025


def test_errors() -> None:
    kelvin = 20.0 / K_B
    with pytest.raises(InvalidModel, match="U = -1"):
        solve.flex(SQUARE, -1.0, kelvin)
    with pytest.raises(InvalidInput, match="temperature"):
        solve.flex(SQUARE, 1.0, 0.0)
    with pytest.raises(InvalidInput, match="electrons"):
        solve.flex(SQUARE, 1.0, kelvin, mesh=(4, 4), electrons=2.5)
    with pytest.raises(InvalidInput, match="GiB"):
        solve.flex(SQUARE, 1.0, kelvin, mesh=(64, 64), memory=1e-3)
    with pytest.raises(NotConverged):
        solve.flex(SQUARE, 400.0, kelvin, mesh=(8, 8), mixing=Anderson(max_iterations=2))
    lopsided = model.TightBinding(
        np.eye(3), np.array([[1, 0, 0], [-1, 0, 0]]), np.array([1j, -1j])[:, None, None]
    )
    with pytest.raises(InvalidModel, match="even in k"):
        solve.flex(lopsided, 1.0, kelvin, mesh=(8, 8))
    state = once(1.0, 20.0, (4, 6), 1.0)
    with pytest.raises(InvalidInput, match="square mesh"):
        solve.eliashberg_eigenvalue(state)
    with pytest.raises(MagneticInstability, match="U/Uc") as caught:
        solve.flex(model.square({(1, 0): -T}), 300.0, 0.1 / K_B, mesh=(8, 8), electrons=1.0)
    assert caught.value.ratio > 1 and np.allclose(caught.value.q, [0.5, 0.5, 0])
    with pytest.raises(InvalidInput, match="start"):
        solve.flex(SQUARE, 1.0, kelvin, mesh=(8, 8), start=state)
