"""Entries of correlated electrons: what a table says is what is built and solved, and pictures hold what was found."""

import warnings
from dataclasses import fields
from math import pi

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel, OnnesError, OnnesWarning
from onnes.study import config, correlated_figures, entries
from onnes.study.correlated import CLUSTERS, CORRELATED_MODELS
from onnes.study.correlated_figures import Zone
from onnes.study.correlated_instruments import CORRELATED_INSTRUMENTS
from onnes.study.correlated_solvers import CORRELATED_SOLVERS, SamplingEntry, square_boundary
from onnes.units import K_B

RING = {"kind": "ring", "sites": 4, "t": "1 meV"}
SQUARE = {"kind": "square", "shape": [4, 4], "t": 1}
HUBBARD = {"kind": "hubbard", "cluster": RING, "U": 4}
GROUND = {"kind": "exact-diagonalisation", "particles": [2, 2]}
HOT = 1 / (K_B * 2.0)  # beta = 2/t
SHORT = {"warm": 20, "blocks": 40, "sweeps": 20}


def run_of(model, solve, probe=None):
    return config.validate({"model": model, "solve": solve} | ({"probe": probe} if probe else {})).resolve()


def built(**cluster):
    return run_of(HUBBARD | {"cluster": cluster}, GROUND).model.cluster


# --- models ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "cluster"),
    [
        (
            {"kind": "square", "shape": [4, 3], "t": "0.35 eV", "t_prime": -100, "twist": [0.1, 0.2]},
            on.model.square_cluster(4, 3, 350.0, -100.0, twist=(0.1, 0.2)),
        ),
        ({"kind": "square", "shape": [4, 4], "t": 1, "flux": 2}, on.model.square_cluster(4, 4, 1.0, flux=2)),
        (
            {"kind": "square", "shape": [4, 4], "t": 1, "antiperiodic": [False, True]},
            on.model.antiperiodic_cluster(on.model.square_cluster(4, 4, 1.0), (False, True)),
        ),
        ({"kind": "ring", "sites": 5, "t": 2, "flux": pi}, on.model.ring_cluster(5, 2.0, flux=pi)),
        ({"kind": "chain", "sites": 3, "t": 2}, on.model.chain_cluster(3, 2.0)),
        ({"kind": "ladder", "rungs": 3, "t": 2, "t_rung": 1}, on.model.ladder_cluster(3, 2.0, 1.0)),
        ({"kind": "honeycomb", "shape": [2, 2], "t": 2}, on.model.honeycomb_cluster(2, 2, 2.0)),
        ({"kind": "three-band", "shape": [2, 1]}, on.model.three_band_cluster(2, 1)),
    ],
    ids=lambda given: given["kind"] if isinstance(given, dict) else "",
)
def test_clusters(entry, cluster):
    found = built(**entry)
    np.testing.assert_array_equal(found.hopping, cluster.hopping)
    np.testing.assert_array_equal(found.translations, cluster.translations)


def test_every_cluster_has_its_entry():
    assert {c.model_fields["kind"].annotation.__args__[0] for c in CLUSTERS} == {
        "square", "ring", "chain", "ladder", "honeycomb", "three-band",
    }  # fmt: skip


def test_local_energies():
    wide = {"kind": "three-band", "shape": [2, 1]}
    uniform = run_of(HUBBARD | {"U": "0.5 eV"}, GROUND).model
    np.testing.assert_array_equal(uniform.U, 500.0)
    each = run_of(HUBBARD | {"cluster": wide, "U": ["8.5 eV", 4100, 4100]}, GROUND).model
    np.testing.assert_array_equal(each.U, on.model.three_band_interaction(each.cluster))
    sites = run_of(HUBBARD | {"U": [1, 2, 3, 4]}, GROUND).model
    np.testing.assert_array_equal(sites.U, [1, 2, 3, 4])
    with pytest.raises(InvalidInput, match=r"model.U has 2 numbers; give one for all, or 4, one for each"):
        run_of(HUBBARD | {"U": [1, 2]}, GROUND)
    with pytest.raises(InvalidInput, match="or 3, one for each orbital of a cell, or 6"):
        run_of(HUBBARD | {"cluster": wide, "U": [1, 2]}, GROUND)


def test_bonds_join_nearest_neighbours_only():
    """Diagonal hopping carries no V and no J, and a twist that makes an amplitude vanish takes none away."""
    square = {"kind": "square", "shape": [4, 4], "t": 1, "t_prime": -0.3}
    found = run_of(HUBBARD | {"cluster": square, "V": 0.5, "J": 0.1}, GROUND).model
    assert (np.count_nonzero(found.V, axis=1) == 4).all() and found.V.max() == 0.5
    np.testing.assert_allclose(found.J, found.V / 5)
    # on two cells both bonds join the same sites: t (e^(i pi/2) + e^(-i pi/2)) = 0
    twisted = {"kind": "square", "shape": [2, 4], "t": 1, "twist": [pi, 0]}
    bonds = run_of({"kind": "tj", "cluster": twisted, "J": 0.4}, GROUND).model.J
    assert (np.count_nonzero(bonds, axis=1) == 3).all()


def test_exchange_of_a_dimer():
    """Two spins: E = J (-3/4 - density)."""
    dimer = {"kind": "chain", "sites": 2, "t": 1}
    for density, energy in ((0.25, -1.0), (0.0, -0.75)):
        model = {"kind": "tj", "cluster": dimer, "J": "120 meV", "density": density}
        state = run_of(model, {"kind": "exact-diagonalisation", "particles": [1, 1]}).solve()
        assert float(state["many_body_energy"]) == pytest.approx(120 * energy)


# --- solvers -------------------------------------------------------------------------------------------------


def test_ground_state_and_its_momenta():
    run = run_of(HUBBARD, GROUND)
    direct = on.solve.exact_diagonalisation(on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0), (2, 2))
    energy = float(direct["many_body_energy"])
    state = run.solve()
    assert float(state["many_body_energy"]) == energy and "many_body_amplitudes" not in state
    momenta = run_of(HUBBARD, {"kind": "exact-momenta", "particles": [2, 2]}).solve()
    assert np.nanmin(momenta["momentum_energy"]) == pytest.approx(energy)
    lowest = int(np.nanargmin(momenta["momentum_energy"]))
    wave = run.model.cluster.wavevectors[lowest].tolist()
    for momentum in (lowest, wave, [wave[0] - 1]):
        one = run_of(HUBBARD, GROUND | {"momentum": momentum}).solve()
        assert float(one["many_body_energy"]) == pytest.approx(energy)
    with pytest.raises(
        InvalidInput, match=r"\[0.1\] is no wavevector of the cluster; there are \[0\], \[0.25\]"
    ):
        run_of(HUBBARD, GROUND | {"momentum": [0.1]}).solve()
    with pytest.raises(InvalidInput, match=r"wavevector 4 .* from 0 to 3"):
        run_of(HUBBARD, GROUND | {"momentum": 4}).solve()


def test_thermodynamics_of_one_and_of_many_temperatures():
    several = {"kind": "exact-thermodynamics", "temperatures": {"values": [2 * HOT, HOT]}}
    one = {"kind": "exact-thermodynamics", "temperature": HOT}
    found = run_of(HUBBARD, several).solve()
    assert found["temperature"].tolist() == [HOT, 2 * HOT]
    assert run_of(HUBBARD, one).solve()["cluster_energy"][0] == found["cluster_energy"][0]
    # half filling at mu = 0, whatever the temperature
    np.testing.assert_allclose(found["cluster_electrons"], 4.0)
    with pytest.raises(InvalidInput, match="needs either temperature or temperatures"):
        run_of(HUBBARD, one | several)


def test_monte_carlo_is_that_of_the_function(tmp_path):
    """Slices or step, serial or continued from a checkpoint: the same bits as the function."""
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0, chemical_potential=0.5)
    direct = on.solve.dqmc(model, HOT, slices=20, sampling=on.solve.Sampling(**SHORT), chains=2, seed=7)
    entry = {"kind": "dqmc", "temperature": HOT, "sampling": SHORT, "chains": 2, "seed": 7}
    given = HUBBARD | {"chemical_potential": 0.5}
    kept = {"slices": 20, "checkpoint": tmp_path / "chains"}
    for more in ({"slices": 20}, {"step": 0.1}, kept, kept):
        state = run_of(given, entry | more).solve()
        for name in ("electrons_per_site", "spin_structure_factor", "energy_per_site_error"):
            np.testing.assert_array_equal(state[name], direct[name])
    folders = list((tmp_path / "chains").iterdir())
    assert len(folders) == 1 and len(list(folders[0].glob("chain-*.npz"))) == 2
    run_of(given | {"chemical_potential": 0.4}, entry | kept).solve()
    assert len(list((tmp_path / "chains").iterdir())) == 2


def test_chains_on_workers_are_the_same(tmp_path):
    entry = {"kind": "dqmc", "temperature": HOT, "slices": 10, "sampling": SHORT, "chains": 2}
    alone, shared = (run_of(HUBBARD | {"U": 1}, entry | {"workers": n}).solve() for n in (1, 2))
    np.testing.assert_array_equal(alone["spin_structure_factor"], shared["spin_structure_factor"])


def test_sampling_has_the_defaults_of_the_engine():
    assert SamplingEntry().build() == on.solve.Sampling()
    assert set(SamplingEntry.model_fields) == {one.name for one in fields(on.solve.Sampling)}


TJ = {"kind": "tj", "cluster": {"kind": "square", "shape": [4, 4], "t": 1}, "J": 0.3}
TRIAL = {
    "kind": "variational",
    "particles": [7, 7],
    "trial": {"d_wave": 0.5, "chemical_potential": -0.4},
    "sweeps": 100,
    "warmup": 20,
    "block": 10,
    "chains": 2,
}


def test_trial_states_have_the_boundary_of_the_model():
    plain = on.model.square_cluster(4, 4, 1.0)
    odd = (False, True)
    model = TJ | {"cluster": TJ["cluster"] | {"antiperiodic": list(odd)}}
    state = run_of(model, TRIAL).solve()
    bonds = on.model.nearest_bonds(plain, 0.3)
    trial = on.model.projected_bcs(plain, d_wave=0.5, chemical_potential=-0.4, antiperiodic=odd)
    hamiltonian = on.model.TJ(on.model.antiperiodic_cluster(plain, odd), bonds)
    direct = on.solve.variational(
        hamiltonian, trial, (7, 7), sweeps=100, warmup=20, block=10, chains=2, seed=0
    )
    assert float(state["variational_energy"]) == float(direct["variational_energy"])
    for axes in ((False, False), (True, False), (True, True)):
        cluster = on.model.antiperiodic_cluster(on.model.square_cluster(4, 4, 1.0, -0.3), axes)
        assert square_boundary(cluster)[1] == axes


@pytest.mark.parametrize(
    "cluster",
    [
        on.model.ring_cluster(6, 1.0),
        on.model.honeycomb_cluster(2, 2, 1.0),
        on.model.square_cluster(4, 4, 1.0, twist=(0.3, 0.0)),
        on.model.square_cluster(4, 4, 1.0, flux=1),
    ],
    ids=lambda cluster: cluster.name,
)
def test_other_clusters_have_no_trial_state(cluster):
    with pytest.raises(InvalidInput, match="a trial state on the cluster"):
        square_boundary(cluster)


def test_mean_field_and_its_transition():
    model = {"kind": "square-tj", "t": "350 meV", "J": "120 meV"}
    nature = on.model.SquareTJ(350.0, 120.0)
    entry = {"kind": "renormalised-mean-field", "doping": 0.15, "temperature": "20 K", "mesh": 60}
    state, direct = (
        run_of(model, entry).solve(),
        on.solve.renormalised_mean_field(nature, 0.15, 20.0, mesh=60),
    )
    assert float(state["singlet_gap"]) == float(direct["singlet_gap"])
    entry = {"kind": "phase-ordering-temperature", "doping": 0.15, "mesh": 60}
    found = entries.observe(run_of(model, entry))["critical_temperature"]
    assert float(found) == on.solve.phase_ordering_temperature(nature, 0.15, mesh=60)


# --- instruments ------------------------------------------------------------------------------------------------


def test_spectrum_of_electrons_has_its_weight():
    """Of one spin and one wavevector the weight is 1; the window leaves out the tails, 2/pi times 0.1/10."""
    probe = {
        "kind": "electron-spectrum",
        "energy": {"from": -15, "to": 15, "points": 3001},
        "broadening": "0.1 meV",
    }
    measured = entries.observe(run_of(HUBBARD, GROUND | {"keep_wavefunction": True}, probe))
    weight = np.trapezoid(measured["electron_spectrum"], measured["energy"], axis=1)
    np.testing.assert_allclose(weight, 1.0, atol=0.01)


def test_continued_momenta_may_be_named_by_their_components():
    solver = {
        "kind": "dqmc",
        "temperature": HOT,
        "slices": 10,
        "sampling": SHORT | {"unequal": 5},
    }
    probe = {
        "kind": "spin-structure-factor",
        "energy_transfer": {"from": 0, "to": 20, "points": 81},
        "momenta": [[0.5]],
        "windows": [[0, 20]],
    }
    run = run_of(HUBBARD | {"U": 1}, solver, probe)
    state = run.solve()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", OnnesWarning
        )  # few sweeps: the spectrum is badly known, its weight is not
        measured = run.probe(state)
    assert measured["wavevector"].values.tolist() == [[0.5]]
    # the weight of both signs of the energy is the equal-time structure factor that was continued
    zero = float(state["spin_correlation_tau"][2, 0])
    assert float(measured["window_weight"][0, 0]) == pytest.approx(zero, abs=0.05)
    panels = correlated_figures.of_spectrum(measured)
    assert panels[0].figure.curves[0].label == "q = (0.5)" and panels[0].figure.curves[0].error is not None


@pytest.mark.parametrize(
    ("solve", "probe", "words"),
    [
        (GROUND, "electron-spectrum", "needs the wave function; add keep_wavefunction = true"),
        (
            GROUND,
            "electron-spectral-function",
            "measures no state of 'exact-diagonalisation'; solve.kind = dqmc",
        ),
        (
            {"kind": "dqmc", "temperature": HOT, "slices": 10},
            "spin-structure-factor",
            "none are sampled; add sampling = {unequal = 5}",
        ),
        (
            {"kind": "dqmc", "temperature": HOT, "slices": 10, "sampling": {"unequal": 5}},
            "conductivity-spectrum",
            "needs the currents on bonds",
        ),
    ],
)
def test_an_instrument_without_its_state_is_told_before_it_is_solved(solve, probe, words):
    axis = "energy" if probe.startswith("electron") else "energy_transfer"
    table = {"kind": probe, axis: {"from": 0, "to": 1, "points": 9}}
    table |= {"broadening": 1} if probe == "electron-spectrum" else {}
    with pytest.raises(InvalidInput) as error:
        run_of(HUBBARD, solve, table)
    assert words in str(error.value)


# --- pictures -----------------------------------------------------------------------------------------------------


def test_wavevectors_along_the_path():
    cluster = on.model.square_cluster(4, 4, 1.0)
    number, place, label, ticks = correlated_figures.path_of(Zone(cluster.wavevectors, True))
    shown = cluster.wavevectors[number].tolist()
    expected = [[0, 0], [0.25, 0], [0.5, 0], [0.5, 0.25], [0.5, 0.5], [0.25, 0.25], [0, 0]]
    assert shown == expected and label == "q" and [name for _, name in ticks] == ["Γ", "X", "M", "Γ"]
    np.testing.assert_allclose(place[:5], [0, 0.25, 0.5, 0.75, 1])
    assert place[5:] == pytest.approx([1 + 0.5**1.5, 1 + 0.5**0.5])
    number, place, _, ticks = correlated_figures.path_of(Zone(on.model.ring_cluster(5, 1.0).wavevectors))
    np.testing.assert_allclose(place, np.arange(5) / 5)
    number, place, _, _ = correlated_figures.path_of(Zone(on.model.honeycomb_cluster(3, 3, 1.0).wavevectors))
    assert len(number) == 9 and (np.diff(place) >= 0).all()


def test_exact_and_sampled_spins_are_drawn_on_one_scale():
    """S(q) of a ground state has the sum of what Monte Carlo calls S(q): per cell, and of one component of the spin."""
    ring = run_of(HUBBARD | {"U": 8}, GROUND).solve()
    title, panels = correlated_figures.of_state(ring)
    spins = panels[0].figure.curves[0]
    # sum over q of S(q), per cell and component, is N S(S+1)/3 of the singly occupied sites
    single = 1 - 2 * ring["double_occupancy"].mean()
    assert spins.y.sum() == pytest.approx(4 * 0.75 * single / 3, rel=1e-9)
    assert spins.y[0] == pytest.approx(0, abs=1e-9)  # a singlet
    assert title.startswith("exact of Hubbard: E_0 = ")


def test_a_swept_quantity_keeps_its_error():
    from onnes.study import sweeps

    solver = {"kind": "dqmc", "temperature": HOT, "slices": 10, "sampling": SHORT}
    asked = config.validate({"model": HUBBARD | {"U": 1}, "solve": solver})
    found = sweeps.sweep(asked, {"model.chemical_potential": [-0.5, 0.0]})
    assert found["model.chemical_potential"].attrs["units"] == "meV"
    panels = correlated_figures.of_sweep(found, "model.chemical_potential")
    first = panels[0].figure.curves[0]
    assert panels[0].figure.title == "Electrons per site" and first.error[0] > 0
    # at mu = 0 the down electrons are the holes of the up ones: half filling in every configuration, to rounding
    assert abs(first.y[1] - 1) < 1e-9 and first.error[1] < 1e-9 and first.y[0] < 1


# --- what cannot be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cluster": SQUARE | {"kind": "sqare"}}, "model.cluster.kind = 'sqare' is not known; did you mean square?"),
        ({"cluster": {"shape": [4, 4], "t": 1}}, "model.cluster does not say its kind; add kind = one of square, ring"),
        ({"cluster": {"kind": "square", "shape": [4], "t": 1}}, "model.cluster.shape[1] is missing"),
        ({"cluster": {"kind": "square", "shape": [0, 4], "t": 1}}, "model.cluster.shape[0] = 0 is not possible"),
        ({"cluster": {"kind": "square", "shape": [4, 4]}}, "model.cluster.t is missing"),
        ({"cluster": {"kind": "ring", "sites": 4, "t": "1 K/m"}}, "model.cluster.t: '1 K/m' is not a quantity"),
        ({"cluster": {"kind": "ring", "sites": 4, "t": 1, "t_prime": 1}}, "model.cluster.t_prime is not a key"),
        ({"cluster": SQUARE | {"twist": [0, 1], "antiperiodic": [True, False]}}, "antiperiodic beside a twist"),
        ({"U": "4 T"}, "model.U: 'T' is not a unit of energy"),
        ({"U": [1, "x"]}, "model.U: 'x' is not a quantity"),
        ({"kind": "hubard"}, "model.kind = 'hubard' is not known; did you mean hubbard?"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_is_one_line(change, words):
    with pytest.raises(InvalidInput) as error:
        run_of(HUBBARD | change, GROUND)
    assert words in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("cluster", "words"),
    [
        ({"kind": "ring", "sites": 2, "t": 1}, "at least 3 for a ring"),
        ({"kind": "square", "shape": [2, 4], "t": 1, "antiperiodic": [True, False]}, "antiperiodic"),
        ({"kind": "square", "shape": [4, 4], "t": 1, "twist": [1]}, "twist"),
    ],
)
def test_a_cluster_that_cannot_be_built(cluster, words):
    with pytest.raises(InvalidModel, match=words):
        built(**cluster)


BARE = {"kind": "dqmc", "temperature": HOT}
DQMC = BARE | {"slices": 20}
MEAN_FIELD = {"kind": "renormalised-mean-field", "doping": 0.1, "temperature": 1}


@pytest.mark.parametrize(
    ("model", "solve", "words"),
    [
        (HUBBARD, BARE, "needs either slices or step"),
        (HUBBARD, DQMC | {"step": 0.1}, "needs either slices or step"),
        (HUBBARD, BARE | {"step": 0.15}, "13.3333 steps of 0.15/meV; give a step that divides it"),
        (HUBBARD, DQMC | {"temperature": -1}, "a temperature of -1.0 K"),
        (HUBBARD, DQMC | {"sampling": {"blocks": 0}}, "solve.sampling.blocks = 0 is not possible"),
        (HUBBARD, DQMC | {"sampling": {"block": 2}}, "solve.sampling.block is not a key; did you mean blocks?"),
        (HUBBARD, DQMC | {"sampling": {"blocks": 2, "sweeps": 1, "warm": 1}}, "measure at least"),
        (HUBBARD | {"V": 1}, DQMC, "V or J"),
        (TJ, DQMC, "solve.kind = 'dqmc' does not take model.kind = 'tj'"),
        (HUBBARD, GROUND | {"particles": [5, 1]}, "5"),
        (HUBBARD, GROUND | {"particles": [-1, 1]}, "solve.particles[0] = -1 is not possible"),
        (TJ, GROUND | {"particles": [8, 8], "memory": 1e-6}, "above the limit"),
        (TJ, TRIAL | {"sweeps": 15}, "multiples of the block"),
        (TJ, TRIAL | {"trial": {"log_gutzwiller": 0.1}}, "None in a t-J model"),
        (HUBBARD, TRIAL | {"particles": [1, 1]}, "a trial state on the cluster 'ring'"),
        ({"kind": "square-tj", "t": 1, "J": -1}, MEAN_FIELD, "J = -1 meV"),
        ({"kind": "square-tj", "t": 1, "J": 1}, MEAN_FIELD | {"mesh": 7}, "mesh = 7"),
    ],
)  # fmt: skip
def test_a_solver_that_cannot_run_is_one_line(model, solve, words):
    with pytest.raises(OnnesError) as error:
        run_of(model, solve).solve()
    assert words in str(error.value) and "\n" not in str(error.value)


def test_every_entry_describes_itself():
    for entry in (*CLUSTERS, *CORRELATED_MODELS, *CORRELATED_SOLVERS, *CORRELATED_INSTRUMENTS):
        assert entry.__doc__ and entry.model_json_schema()["properties"]
    assert config.json_schema()["properties"]["model"]
