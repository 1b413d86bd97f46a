"""Trial states: terms, boundaries, parameters, errors."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidModel
from onnes.model import codec


def test_mean_field_levels_are_those_of_a_d_wave_superconductor() -> None:
    """+-sqrt(xi^2 + D^2), xi = -2(cos + cos) - 4t' cos cos - mu, D = 2d (cos kx - cos ky), allowed k."""
    cluster = on.model.square_cluster(6, 4, 1.0)
    trial = on.model.projected_bcs(
        cluster, d_wave=0.3, t_prime=-0.2, chemical_potential=-0.5, antiperiodic=(True, False)
    )
    kx, ky = np.meshgrid(2 * np.pi * (np.arange(6) + 0.5) / 6, 2 * np.pi * np.arange(4) / 4)
    xi = -2 * (np.cos(kx) + np.cos(ky)) - 4 * -0.2 * np.cos(kx) * np.cos(ky) + 0.5
    gap = 2 * 0.3 * (np.cos(kx) - np.cos(ky))
    expected = np.sort(np.concatenate([s * np.sqrt(xi**2 + gap**2).ravel() for s in (1, -1)]))
    assert np.allclose(np.linalg.eigvalsh(trial.mean_field()), expected, atol=1e-12)


def test_a_spread_twist_of_pi_is_the_antiperiodic_boundary() -> None:
    cluster = on.model.square_cluster(6, 3, 1.0)
    signed = on.model.antiperiodic_cluster(cluster, (True, False))
    spread = on.model.square_cluster(6, 3, 1.0, twist=(np.pi, 0.0))
    assert np.isrealobj(signed.hopping)
    assert np.allclose(np.linalg.eigvalsh(signed.hopping), np.linalg.eigvalsh(spread.hopping))
    phases = on.model.boundary_phases(cluster, twist=(0.4, 0.9))
    assert np.allclose(cluster.hopping * phases, on.model.square_cluster(6, 3, 1.0, twist=(0.4, 0.9)).hopping)


def test_a_given_pair_function_is_the_one_of_its_state() -> None:
    from onnes.solve.correlated.vmc.orbitals import pair_function

    pairs = np.random.default_rng(0).normal(size=(5, 5))
    trial = on.model.paired_state(on.model.chain_cluster(5, 1.0), pairs)
    assert np.allclose(pair_function(trial), pairs, atol=1e-12)


def test_site_patterns() -> None:
    cluster = on.model.square_cluster(8, 4, 1.0)
    assert np.allclose(on.model.links(cluster, (1, 0), (0, 1)).sum(axis=1), 4)
    (charge, spin, pair), values = on.model.stripe_terms(cluster, 4.0, charge=0.1, spin=0.2, pairing=0.3)
    assert values == (0.1, 0.2, 0.3)
    x = cluster.positions[:, 0]
    assert np.allclose(np.diag(charge.up), np.cos(np.pi * x / 2)) and np.allclose(charge.up, charge.down)
    assert np.allclose(spin.up, -spin.down) and np.allclose(np.diag(spin.up)[x % 4 == 0], 0, atol=1e-12)
    along = on.model.links(cluster, (0, 1)) > 0
    assert np.allclose(pair.pairing[along & (x[:, None] == 0)], -1) and np.allclose(
        pair.pairing, pair.pairing.T
    )
    assert np.allclose(pair.pairing[along & (x[:, None] == 4)], +1)  # antiphase


def test_parameters_have_names_and_survive_a_file() -> None:
    cluster = on.model.square_cluster(4, 4, 1.0)
    near = on.model.Correlator("near", "spin", on.model.links(cluster, (1, 0)))
    trial = on.model.projected_bcs(
        cluster, d_wave=0.3, correlators=[(near, 0.2)], log_gutzwiller=-1.0, twist=(0.1, 0.2)
    )
    assert trial.parameters == {
        "hopping": 1.0, "chemical_potential": 0.0, "d_wave": 0.3, "near": 0.2, "log_gutzwiller": -1.0,
    }  # fmt: skip
    moved = trial.with_parameters({"d_wave": 0.4, "near": 0.0})
    assert moved.parameters["d_wave"] == 0.4 and trial.parameters["d_wave"] == 0.3
    problem = on.model.VariationalProblem(on.model.Hubbard(cluster, 4.0), moved, (8, 8))
    again = codec.decode(codec.encode(problem))
    assert codec.encode(again) == codec.encode(problem)
    assert np.array_equal(again.trial.mean_field(), moved.mean_field())
    assert again.particles == (8, 8) and again.trial.parameters == moved.parameters


def test_mistakes_are_named() -> None:
    cluster = on.model.square_cluster(4, 4, 1.0)
    with pytest.raises(InvalidModel, match="at least one matrix"):
        on.model.MeanFieldTerm("empty")
    with pytest.raises(InvalidModel, match="Hermitian"):
        on.model.MeanFieldTerm("skew", up=np.array([[0, 1], [0, 0]]))
    with pytest.raises(InvalidModel, match="pairing"):
        on.model.MeanFieldTerm("odd", pairing=np.ones((2, 3)))
    with pytest.raises(InvalidModel, match="one of density"):
        on.model.Correlator("c", "charge", np.zeros((2, 2)))
    with pytest.raises(InvalidModel, match="symmetric"):
        on.model.Correlator("c", "spin", np.eye(2))
    with pytest.raises(InvalidModel, match="of different names"):
        on.model.projected_bcs(cluster, further=[(on.model.potential_term(cluster, name="hopping"), 1.0)])
    with pytest.raises(InvalidModel, match="all of 16 sites"):
        on.model.projected_bcs(cluster, further=[(on.model.MeanFieldTerm("small", up=np.eye(2)), 1.0)])
    with pytest.raises(InvalidModel, match="finite numbers"):
        on.model.projected_bcs(cluster, d_wave=np.nan)
    with pytest.raises(InvalidModel, match="log_gutzwiller"):
        on.model.projected_bcs(cluster, log_gutzwiller=-np.inf)
    with pytest.raises(InvalidModel, match="among hopping"):
        on.model.projected_bcs(cluster).with_parameters({"gap": 1.0})
    with pytest.raises(InvalidModel, match="each of 2 axes"):
        on.model.projected_bcs(cluster, antiperiodic=(True,))
    with pytest.raises(InvalidModel, match="at least three cells"):
        on.model.antiperiodic_cluster(on.model.square_cluster(2, 4, 1.0), (True, False))
    with pytest.raises(InvalidModel, match="2 finite phases"):
        on.model.projected_bcs(cluster, twist=(np.inf, 0.0))
    with pytest.raises(InvalidModel, match="of 4 sites, as the model"):
        on.model.VariationalProblem(
            on.model.Hubbard(on.model.chain_cluster(4, 1.0), 1.0), on.model.projected_bcs(cluster), (1, 1)
        )
