"""Determinant Monte Carlo against exact diagonalisation, limits, symmetries; errors, checkpoints, refusals."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel, OnnesWarning, TooShort, UnreadableFile
from onnes.units import K_B

SHORT = on.solve.Sampling(warm=20, blocks=12, sweeps=80)


def kelvin(beta: float) -> float:
    return 1 / (K_B * beta)


def exact(model: on.model.Hubbard, beta: float) -> dict[str, float]:
    state, n = on.solve.exact_thermodynamics(model, [kelvin(beta)]), model.cluster.sites
    return {
        "double": float(state["mean_double_occupancy"][0]),
        "density": float(state["cluster_electrons"][0]) / n,
        "energy": float(state["cluster_energy"][0]) / n,
    }


def found(state: on.State) -> dict[str, tuple[float, float]]:
    names = {
        "double": "double_occupancy_per_site",
        "density": "electrons_per_site",
        "energy": "energy_per_site",
    }
    return {key: (float(state[name]), float(state[name + "_error"])) for key, name in names.items()}


@pytest.mark.parametrize("mu", [0.0, 0.6])
@pytest.mark.parametrize("U", [4.0, -4.0])
def test_ring_against_diagonalisation(U: float, mu: float) -> None:
    """Extrapolated in the step from two runs, error dt^2: (4 O(dt/2) - O(dt))/3; four standard errors, and the dt^4
    that is left, below 1e-3 here (U^2 t^2 dt^4/10)."""
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), U, chemical_potential=mu)
    sampling = on.solve.Sampling(blocks=40, sweeps=50)
    coarse, fine = (
        found(on.solve.dqmc(model, kelvin(2.0), slices=slices, sampling=sampling, seed=slices))
        for slices in (20, 40)
    )
    target = exact(model, 2.0)
    target["energy"] += mu * target["density"]  # -mu N is no part of the energy per site here
    for name, value in target.items():
        both = (4 * fine[name][0] - coarse[name][0]) / 3
        error = np.hypot(4 * fine[name][1], coarse[name][1]) / 3
        assert abs(both - value) < 4 * error + 1e-3, name
        assert error < 0.05


def test_the_error_of_the_step_is_of_second_order() -> None:
    """U = 6, beta = 2 on a dimer: the double occupancy of dt = .25 and .125 differs from the exact one as 4 to 1."""
    model = on.model.Hubbard(on.model.chain_cluster(2, 1.0), 6.0)
    sampling = on.solve.Sampling(blocks=40, sweeps=400, columns=2)
    target = exact(model, 2.0)["double"]
    off, error = [], []
    for slices in (8, 16):
        with pytest.warns(OnnesWarning, match="U t dt"):
            state = on.solve.dqmc(model, kelvin(2.0), slices=slices, sampling=sampling)
        value, sigma = found(state)["double"]
        off.append(value - target)
        error.append(sigma)
    assert off[0] > 6 * error[0]
    assert (
        abs(off[0] - 4 * off[1]) < 4 * np.hypot(error[0], 4 * error[1]) + 0.1 * off[0]
    )  # dt^4 is a tenth of dt^2


def test_free_electrons_are_exact() -> None:
    """U = 0: every configuration gives the same, and that is Fermi's distribution."""
    cluster = on.model.square_cluster(4, 3, 1.0, -0.3, twist=(0.2, 0.1))
    model = on.model.Hubbard(cluster, 0.0, chemical_potential=-0.7)
    state = on.solve.dqmc(model, kelvin(3.0), slices=30, sampling=SHORT)
    levels = np.linalg.eigvalsh(cluster.hopping)
    filled = 1 / (np.exp(3.0 * (levels + 0.7)) + 1)
    assert np.isclose(state["electrons_per_site"], 2 * filled.mean(), atol=1e-9)
    assert np.isclose(state["kinetic_energy"], 2 * (levels * filled).mean(), atol=1e-9)
    assert np.isclose(state["average_sign"], 1, atol=1e-9) and state["electrons_per_site_error"] < 1e-9


def test_single_sites_are_exact() -> None:
    """t = 0: no error of the step; double occupancy e^(2 beta mu)/(1 + 2 e^(beta (U/2 + mu)) + e^(2 beta mu))."""
    cluster = on.model.Cluster(np.zeros((2, 2)))
    model = on.model.Hubbard(cluster, 3.0, chemical_potential=0.5)
    state = on.solve.dqmc(model, kelvin(1.0), slices=10, sampling=on.solve.Sampling(blocks=30, sweeps=400))
    weights = np.exp([0.0, 1.5 + 0.5, 1.5 + 0.5, 2 * 0.5])
    value, error = found(state)["double"]
    assert abs(value - weights[3] / weights.sum()) < 4 * error < 0.02


def test_attraction_is_repulsion_of_holes_of_one_spin() -> None:
    """Half filling on a bipartite cluster: U -> -U maps double occupancy to 1/2 - d and keeps the kinetic energy."""
    cluster = on.model.ring_cluster(6, 1.0)
    sampling = on.solve.Sampling(blocks=40, sweeps=50)
    plus, minus = (
        on.solve.dqmc(
            on.model.Hubbard(cluster, U), kelvin(2.0), slices=20, sampling=sampling, seed=int(U) + 9
        )
        for U in (3.0, -3.0)
    )
    a, b = found(plus)["double"], found(minus)["double"]
    assert abs(a[0] + b[0] - 0.5) < 4 * np.hypot(a[1], b[1])
    sigma = np.hypot(plus["kinetic_energy_error"], minus["kinetic_energy_error"])
    assert abs(plus["kinetic_energy"] - minus["kinetic_energy"]) < 4 * sigma


def test_rotations_of_the_spin() -> None:
    """<S^x S^x> = <S^z S^z> within errors, though the field couples to S^z; and 4 <S^z S^z>_ii = n - 2 d exactly."""
    model = on.model.Hubbard(on.model.square_cluster(4, 2, 1.0), 4.0)
    state = on.solve.dqmc(model, kelvin(2.0), slices=30, sampling=on.solve.Sampling(blocks=40, sweeps=50))
    gap = state["spin_xx_by_class"] - state["spin_zz_by_class"]
    sigma = np.hypot(state["spin_xx_by_class_error"], state["spin_zz_by_class_error"])
    assert (np.abs(gap) < 5 * sigma + 1e-12).all()
    local = state["electrons_per_site"] - 2 * state["double_occupancy_per_site"]
    assert np.isclose(4 * state["spin_zz_by_class"][0], local, atol=1e-9)


def test_mirrored_spins_sample_the_same_physics() -> None:
    """Half filling with one spin computed, against the same with a chemical potential too small to matter (both
    are).
    """
    cluster = on.model.square_cluster(4, 2, 1.0)
    sampling = on.solve.Sampling(blocks=40, sweeps=50)
    one = on.solve.dqmc(on.model.Hubbard(cluster, 4.0), kelvin(2.0), slices=30, sampling=sampling)
    two = on.solve.dqmc(
        on.model.Hubbard(cluster, 4.0, chemical_potential=1e-9),
        kelvin(2.0),
        slices=30,
        sampling=sampling,
        seed=4,
    )
    for name in ("double_occupancy_per_site", "kinetic_energy", "energy_per_site"):
        sigma = np.hypot(one[name + "_error"], two[name + "_error"])
        assert abs(one[name] - two[name]) < 4 * sigma, name


@pytest.mark.slow
def test_errors_cover() -> None:
    """Forty independent chains: their values scatter around the common mean as their own errors say.

    The sum of squares over the errors is chi^2 of 39, within 3.3 standard deviations (sqrt 78) of it: 10 to 68; short
    bins and jackknife of 10 bins widen that by a fifth (t distribution).
    """
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0, chemical_potential=0.5)
    sampling = on.solve.Sampling(warm=100, blocks=40, sweeps=100)
    runs = [on.solve.dqmc(model, kelvin(2.0), slices=20, sampling=sampling, seed=k) for k in range(40)]
    for name in ("double_occupancy_per_site", "kinetic_energy", "electrons_per_site"):
        values, errors = (np.array([float(r[n]) for r in runs]) for n in (name, name + "_error"))
        mean = np.average(values, weights=errors**-2)
        assert 12 < (((values - mean) / errors) ** 2).sum() < 82, name


def test_a_chain_goes_on_to_the_bit(tmp_path) -> None:  # type: ignore[no-untyped-def]
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0, chemical_potential=0.2)
    run = {"temperature": kelvin(2.0), "slices": 20, "sampling": SHORT, "seed": 5}
    whole = on.solve.dqmc(model, **run, chains=2)

    def stop(progress) -> bool:  # type: ignore[no-untyped-def]
        return progress.blocks == 3

    on.solve.dqmc(model, **run, chains=2, checkpoint=tmp_path, monitor=stop, throw=False)
    again = on.solve.dqmc(model, **run, chains=2, checkpoint=tmp_path)
    assert again.fields.keys() == whole.fields.keys()
    for name, value in whole.fields.items():
        assert np.array_equal(value, again[name]), name
    with pytest.raises(InvalidInput, match="another model"):
        other = on.model.Hubbard(model.cluster, 4.1, chemical_potential=0.2)
        on.solve.dqmc(other, **run, chains=2, checkpoint=tmp_path)
    (tmp_path / "chain-0.npz").write_bytes(b"nothing")
    with pytest.raises(UnreadableFile, match="not a chain"):
        on.solve.dqmc(model, **run, chains=2, checkpoint=tmp_path)


def test_chains_merge_in_any_order() -> None:
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0)
    run = {"slices": 20, "sampling": SHORT, "seed": 5}
    records = [on.solve.dqmc_chain(model, kelvin(2.0), **run, number=k) for k in range(2)]
    one, two = (on.solve.dqmc_result(model, kelvin(2.0), r, **run) for r in (records, records[::-1]))
    assert np.array_equal(one["green_up_by_class"], two["green_up_by_class"])
    with pytest.raises(InvalidInput, match="twice"):
        on.solve.dqmc_result(model, kelvin(2.0), [records[0], records[0]], **run)


def test_a_ratio_to_no_sign_is_refused() -> None:
    """Doped, frustrated and cold: the sign of a short run is lost, and nothing but the sign is told."""
    model = on.model.Hubbard(on.model.square_cluster(4, 4, 1.0, -0.25), 8.0, chemical_potential=-2.0)
    run = {"slices": 50, "sampling": on.solve.Sampling(warm=20, blocks=10, sweeps=30)}
    with pytest.warns(OnnesWarning), pytest.raises(TooShort, match=r"sign|autocorrelation|bins"):
        on.solve.dqmc(model, kelvin(5.0), **run)
    with pytest.warns(OnnesWarning):
        state = on.solve.dqmc(model, kelvin(5.0), **run, throw=False)
    assert not state.report.converged and state.report.warnings
    assert "kinetic_energy" not in state.fields


def test_input_is_checked() -> None:
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0)
    with pytest.raises(InvalidInput, match=r"is 6\.66667 steps"):
        on.solve.dqmc(model, kelvin(2.0), step=0.3)
    with pytest.raises(InvalidInput, match="one of them"):
        on.solve.dqmc(model, kelvin(2.0))
    with pytest.raises(InvalidInput, match="positive"):
        on.solve.dqmc(model, -1.0, slices=20)
    with pytest.raises(InvalidInput, match="at least one"):
        on.solve.dqmc(model, kelvin(2.0), slices=20, chains=0)
    for wrong in ({"blocks": 0}, {"every": 0}, {"tolerance": 2.0}, {"columns": -1}):
        with pytest.raises(InvalidModel):
            on.solve.Sampling(**wrong)
    state = on.solve.dqmc(model, kelvin(2.0), step=0.1, sampling=SHORT, throw=False)
    assert state.report.iterations == 960


def test_propagators_of_free_electrons() -> None:
    """U = 0: <c_k(tau) c+_k> = e^(-tau e)/(1 + e^(-beta e)) for every k and tau, and every bin of it."""
    cluster = on.model.ring_cluster(6, 1.0)
    model = on.model.Hubbard(cluster, 0.0, chemical_potential=-0.4)
    sampling = on.solve.Sampling(warm=2, blocks=8, sweeps=10, unequal=5)
    state = on.solve.dqmc(model, kelvin(3.0), slices=12, sampling=sampling)
    level = -2 * np.cos(2 * np.pi * state["wavevector"][:, 0]) + 0.4
    exact_green = np.exp(-state["imaginary_time"] * level[:, None]) / (1 + np.exp(-3.0 * level[:, None]))
    assert np.allclose(state["green_tau"], exact_green, atol=1e-9)
    assert np.allclose(state["green_tau_bins"], exact_green, atol=1e-9)


def test_spin_susceptibility_of_a_ring() -> None:
    """chi_zz(pi) of a ring of four against the sum over all levels, extrapolated from two steps."""
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 2.0)
    sampling = on.solve.Sampling(blocks=60, sweeps=60, unequal=3)
    states = [on.solve.dqmc(model, kelvin(1.5), slices=n, sampling=sampling, seed=n) for n in (12, 24)]
    q = int(np.argmax(states[0]["spin_structure_factor"]))
    assert np.isclose(states[0]["wavevector"][q, 0], 0.5)
    both = (4 * states[1]["spin_susceptibility_zz"][q] - states[0]["spin_susceptibility_zz"][q]) / 3
    error = (
        np.hypot(
            4 * states[1]["spin_susceptibility_zz_error"][q], states[0]["spin_susceptibility_zz_error"][q]
        )
        / 3
    )
    assert abs(both - ring_susceptibility(2.0, 1.5)) < 4 * error + 1e-3 and error < 0.02
    assert np.allclose(
        states[1]["spin_correlation_tau"][:, 0], states[1]["spin_correlation_tau"][:, -1], atol=0.1
    )


def ring_susceptibility(U: float, beta: float) -> float:
    """chi_zz(pi) per site of the 4-ring at half filling from all 256 levels of a Jordan-Wigner matrix."""
    modes, size = 8, 256
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])
    parity, one = np.diag([1.0, -1.0]), np.eye(2)
    operators = []
    for k in range(modes):
        matrix = np.eye(1)
        for m in range(modes):
            matrix = np.kron(matrix, parity if m < k else lower if m == k else one)
        operators.append(matrix)
    number = [c.T @ c for c in operators]
    hamiltonian = np.zeros((size, size))
    for spin in (0, 4):
        for i in range(4):
            hop = operators[spin + i].T @ operators[spin + (i + 1) % 4]
            hamiltonian -= hop + hop.T
    for i in range(4):
        hamiltonian += U * (number[i] - np.eye(size) / 2) @ (number[4 + i] - np.eye(size) / 2)
    levels, vectors = np.linalg.eigh(hamiltonian)
    spin = sum((-1) ** i * (number[i] - number[4 + i]) / 2 for i in range(4)) / 2  # per cell: 1/sqrt(4)
    element = (vectors.T @ spin @ vectors) ** 2
    weight = np.exp(-beta * (levels - levels[0]))
    gap = levels[:, None] - levels[None, :]
    close = np.abs(gap) < 1e-9
    ratio = np.where(
        close, beta * weight[:, None], (weight[None, :] - weight[:, None]) / np.where(close, 1.0, gap)
    )
    return float((element * ratio).sum() / weight.sum())
