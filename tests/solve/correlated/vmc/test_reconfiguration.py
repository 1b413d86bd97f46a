"""Stochastic reconfiguration: slopes by finite differences, minima by exact sums."""

import numpy as np
import pytest
from scipy.optimize import minimize

import onnes as on
from onnes.errors import InvalidInput, NotConverged
from onnes.solve.correlated import basis
from onnes.solve.correlated.hamiltonian import sector
from onnes.solve.correlated.vmc import chain, orbitals


def trial_of(complex_):
    cluster = on.model.square_cluster(4, 3, 1.0)
    near = on.model.links(cluster, (1, 0), (0, 1))
    return on.model.projected_bcs(
        cluster,
        chemical_potential=-0.3,
        d_wave=0.5,
        extended_s=0.2,
        t_prime=0.1,
        staggered_field=0.1,
        correlators=[
            (on.model.Correlator("v", "density", near), 0.1),
            (on.model.Correlator("w", "spin", near), -0.1),
            (on.model.Correlator("x", "doublon-holon", near), 0.3),
        ],
        log_gutzwiller=-0.5,
        twist=(0.5, 0.3) if complex_ else (),
    )


def log_amplitude(trial, sites, particles):
    """Return ln |psi| up to a constant, by determinants of freshly filled levels; the phase is not compared."""
    filled = orbitals.fill_levels(trial, particles).filled
    value = np.linalg.slogdet(filled[chain.modes(sites)[0]])[1]
    up, down = sites & 1, sites >> 1
    kinds = {
        "density": (up + down, up + down),
        "spin": (up - down, up - down),
        "doublon-holon": (up * down, (1 - up) * (1 - down)),
    }
    for correlator, strength in zip(trial.correlators, trial.strengths, strict=True):
        left, right = kinds[correlator.kind]
        half = 1.0 if correlator.kind == "doublon-holon" else 0.5
        value += strength * half * left @ correlator.pattern @ right
    return value + trial.log_gutzwiller * np.sum(up * down)


@pytest.mark.parametrize("complex_", [False, True])
def test_slopes_are_logarithmic_derivatives(complex_) -> None:
    trial, particles = trial_of(complex_), (5, 5)
    problem = on.model.VariationalProblem(on.model.Hubbard(trial.cluster, 4.0), trial, particles)
    engine = chain.engine_of(problem, 1)
    names = tuple(t.name for t in trial.terms)
    walker = chain.start_chain(engine, 0, 0)
    after, _, _, slopes = chain.one_block(engine, walker, kernels=chain.kernels_of(engine, names))
    order = [*names, "v", "w", "x", "log_gutzwiller"]
    sites = chain.states_of(after.columns, 12)
    step = 1e-5
    for place, name in enumerate(order):
        value = trial.parameters[name]
        up, down = (
            log_amplitude(trial.with_parameters({name: value + s}), sites, particles) for s in (step, -step)
        )
        # the norm of |BCS> stays 1 to first order, so the real parts agree; central differences: step^2
        assert np.isclose(slopes[0, place].real, (up - down) / (2 * step), atol=1e-6), name


def exact_energy(model, trial, particles):
    """Return <H> by determinants of the filled levels on every configuration, without updates."""
    n = trial.cluster.sites
    up, down = (basis.configurations(n, k) for k in particles)
    rows, columns = (basis.occupations(s, n) for s in (up, down))
    filled = orbitals.fill_levels(trial, particles).filled
    double = rows @ columns.T
    modes = [np.concatenate([np.flatnonzero(u), n + np.flatnonzero(d == 0)]) for u in rows for d in columns]
    # removing holes at rising sites from the full down states leaves a sign
    sign = (-1.0) ** (columns @ np.arange(n))
    psi = np.linalg.det(filled[np.array(modes)]).reshape(double.shape) * sign
    psi = psi * (double == 0) if trial.log_gutzwiller is None else psi * np.exp(trial.log_gutzwiller * double)
    system = sector(model, particles)
    vector = system.flat(psi)
    return float((np.vdot(vector, system.apply(vector)) / np.vdot(vector, vector)).real)


def attraction():
    """Two holes of a t-J ladder at large J: a d-wave gap of some 0.8 and no s wave."""
    cluster = on.model.square_cluster(4, 2, 1.0)
    start = on.model.projected_bcs(cluster, d_wave=0.3, extended_s=0.2, chemical_potential=-0.3)
    return on.model.TJ(cluster, on.model.nearest_bonds(cluster, 3.0)), start, (3, 3), ("d_wave", "extended_s")


def magnet():
    """A half-filled Hubbard ring: a staggered field of some 0.7 and fewer double occupancies."""
    cluster = on.model.ring_cluster(6, 1.0)
    signs = on.model.field_term(cluster, (-1.0) ** np.arange(6), name="staggered")
    terms = (on.model.hopping_term(cluster, (1,)), signs)
    start = on.model.ProjectedBCS(cluster, terms, np.array([1.0, 0.2]), log_gutzwiller=-0.2)
    return on.model.Hubbard(cluster, 6.0), start, (3, 3), ("staggered", "log_gutzwiller")


@pytest.mark.parametrize("case", [attraction, magnet])
def test_it_finds_the_minimum_of_the_exact_energy(case) -> None:
    model, start, particles, names = case()

    def energy(values):
        return exact_energy(model, start.with_parameters(dict(zip(names, values, strict=True))), particles)

    first = [start.parameters[n] for n in names]
    best = minimize(energy, first, method="Nelder-Mead", options={"xatol": 1e-2, "fatol": 1e-4}).fun
    state = on.solve.optimise_variational(
        model,
        start,
        particles,
        parameters=names,
        steps=100,
        average=48,
        sweeps=400,
        final_sweeps=4000,
        seed=1,
    )
    reached = energy([state.model.trial.parameters[n] for n in names])
    ground = float(on.solve.exact_diagonalisation(model, particles)["many_body_energy"])
    assert ground <= best + 1e-9 and energy(first) - best > 0.1
    # the excess is of second order in errors of a few hundredths of the parameters
    assert reached - best < 0.05 * (energy(first) - best)
    assert abs(state["variational_energy"] - reached) < 4 * state["variational_energy_error"]
    assert state.report.converged and np.all(state["trial_values_error"] > 0)
    assert state["trial_energy_history"][0] > state["trial_energy_history"][-24:].mean()


def test_too_few_steps_are_no_minimum() -> None:
    model, start, particles, names = magnet()
    with pytest.raises(NotConverged):
        on.solve.optimise_variational(
            model, start, particles, parameters=names, steps=8, average=8, sweeps=200, final_sweeps=4000
        )


def test_mistakes_are_named() -> None:
    trial = trial_of(False)
    model = on.model.Hubbard(trial.cluster, 4.0)
    with pytest.raises(InvalidInput, match="name some of hopping, chemical_potential"):
        on.solve.optimise_variational(model, trial, (5, 5), parameters=("gap",))
    with pytest.raises(InvalidInput, match="a multiple of 8"):
        on.solve.optimise_variational(model, trial, (5, 5), average=50)
