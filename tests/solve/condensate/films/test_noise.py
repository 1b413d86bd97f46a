"""Thermal noise: the equilibrium is the Boltzmann distribution, and its numbers are those of the generator."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ive

from onnes import model
from onnes.errors import InvalidInput, NotConverged
from onnes.numerics import philox
from onnes.response.condensate.flow import free_energy, supercurrent
from onnes.response.condensate.mesh import film_mesh
from onnes.solve.condensate.films.noise import normals
from onnes.solve.condensate.films.stepper import TDGL, Stepping
from onnes.solve.condensate.films.time_dependent import tdgl
from onnes.units import K_B_SI

THETA = 0.5


def pairs(gamma, dt, side=24, across=False):
    """A film of pairs of cells, each pair connected within and with nothing else, at kT = THETA energy units.

    ``across``: the film repeats along x, and the pairs begin one cell later: the last one joins its ends.
    """
    material = model.GinzburgLandau(10.0, 20.0, resistivity=10.0, relaxation=1.0, inelastic=gamma)
    shape = model.rectangle(10.0 * side, 10.0 * side)
    film = model.Film(shape, 2.0, material, periodic=(across, False))
    unit = material.condensation_density * 10.0**2 * 2.0 * 1e-27
    mesh = film_mesh(film, 10.0, repeats=across)
    face = np.zeros(mesh.shape)
    face[:, int(across) :: 2] = 1.0
    mesh = replace(mesh, face_x=face, face_y=np.zeros(mesh.shape))
    setup = model.Setup(film, noise=THETA * unit / K_B_SI)
    return TDGL(setup, mesh, Stepping(fixed=dt * material.time), seed=7)


def boltzmann():
    """<|psi|^2> and <Re psi_1* psi_2> of two cells with F = sum(-r^2 + r^4/2) + |psi_1 - psi_2|^2, by quadrature."""
    r, w = np.polynomial.legendre.leggauss(200)
    r, w = 2.0 * (r + 1), 2.0 * w
    a, b = r[:, None], r
    # the phase integral is I_0(2ab/T); ive takes exp(2ab/T) out
    weight = np.exp((-(a**4) / 2 - b**4 / 2 + 2 * a * b) / THETA) * np.outer(w * r, w * r)
    zero, one = ive(0, 2 * a * b / THETA), ive(1, 2 * a * b / THETA)
    z = (weight * zero).sum()
    return (weight * zero * a**2).sum() / z, (weight * one * a * b).sum() / z


@pytest.mark.parametrize(("gamma", "across"), [(0.0, False), (3.0, False), (3.0, True)])
def test_equilibrium_is_the_boltzmann_distribution(gamma, across):
    problem = pairs(gamma, 0.04, across=across)
    assert np.isclose(problem.noise.theta, THETA)
    moment = problem.init(np.ones(problem.mesh.shape))
    density, product, count = 0.0, 0.0, 0
    for step in range(2500):
        moment = problem.step(moment)
        if step >= 250:
            psi = moment.order_parameter
            density += (np.abs(psi) ** 2).mean()
            first = int(across)
            product += (np.roll(psi, -first, 1)[:, ::2].conj() * np.roll(psi, -first, 1)[:, 1::2]).real.mean()
            count += 1
    # 288 pairs over 90 tau_0, correlated over about two: 1e4 samples of relative width 0.7, thus 0.7 %; and an error of
    # second order in the step, -0.5 % and -2 % at 0.05 where gamma = 3
    exact = boltzmann()
    assert np.isclose(density / count, exact[0], rtol=0.02)
    assert np.isclose(product / count, exact[1], rtol=0.03)


def test_numbers_are_those_of_the_generator():
    counters = np.array([[c, s & 0xFFFFFFFF, 1, s >> 32] for c, s in ((0, 0), (77, 5), (3, 2**33 + 9))])
    found = [normals(int(c), s, 1, 123, 4) for (c, *_), s in zip(counters, (0, 5, 2**33 + 9), strict=True)]
    assert np.allclose([f[0] for f in found], philox.normal(counters, 123 + (4 << 32)), rtol=1e-14)


def test_noise_needs_a_fixed_step():
    film = model.Film(model.rectangle(60, 60), 2.0, model.GinzburgLandau(10.0, 20.0, resistivity=10.0))
    with pytest.raises(InvalidInput, match="variable"):
        tdgl(film, until=1.0, noise=4.0)


def test_seed_decides_and_repeats():
    film = model.Film(model.rectangle(60, 60), 2.0, model.GinzburgLandau(10.0, 20.0, resistivity=10.0))
    options = dict(until=0.2, noise=4.0, stepping=Stepping(fixed=0.02))
    one, two, three = (tdgl(film, seed=s, **options)["order_parameter"] for s in (1, 1, 2))
    assert np.array_equal(one, two) and not np.array_equal(one, three)
    assert np.abs(one).std() > 1e-4


def test_too_hot_for_its_step_is_named():
    """A kick far beyond what a step can relax leaves the range of finite numbers: the last good state is kept."""
    material = model.GinzburgLandau(10.0, 20.0, resistivity=10.0)
    film = model.Film(model.rectangle(60, 60), 2.0, material)
    with pytest.raises(NotConverged, match="finite") as caught:
        tdgl(film, until=200 * material.time, noise=1e9, stepping=Stepping(fixed=material.time))
    state = caught.value.state
    assert state.report.outcome.name == "UNSTABLE" and np.isfinite(state["order_parameter"]).all()


def fluctuating(pearl, strength, dt, shape=(30.0, 40.0), spacing=10.0):
    """A small film in the field of its own currents at kT = 0.2 energy units."""
    thick = 4.0
    material = model.GinzburgLandau(10.0, np.sqrt(pearl * 10.0 * thick / 2), resistivity=10.0, inelastic=1.0)
    film = model.Film(model.rectangle(*shape), thick, material, strength=strength)
    unit = material.condensation_density * 10.0**2 * thick * 1e-27
    setup = model.Setup(film, noise=0.2 * unit / K_B_SI, screening=True)
    return TDGL(setup, film_mesh(film, spacing), Stepping(fixed=dt * material.time), seed=3)


def virials(problem, steps):
    """<W>, <c dH/dc> of the eddies and <psi dH/dpsi>, each over what equipartition says; H = F + W.

    W is a square form of the currents without sources, one to each inner corner of the mesh, and so is the sum of
    2 (K - K_s).A l over the faces the derivative of H by all of them.
    """
    mesh, field = problem.mesh, problem.self_field
    ny, nx = mesh.shape
    eddies, cells, theta = (ny - 1) * (nx - 1), ny * nx, problem.noise.theta
    moment, found = problem.init(), []
    for step in range(steps):
        moment = problem.step(moment)
        if step < steps // 10:
            continue
        psi, links, (sheet, phases) = moment.order_parameter, problem.links(moment), moment.sheet[0]
        pairs = np.stack(
            [face / h * supercurrent(psi, link, axis) for face, h, link, axis in
             zip((mesh.face_x, mesh.face_y), (mesh.hx, mesh.hy), links, (-1, -2), strict=True)]
        )  # fmt: skip
        lengths = np.array([mesh.hy, mesh.hx])[:, None, None]
        of_eddies = 2 * (lengths * (sheet - pairs) * phases).sum()
        weights = mesh.cell, mesh.face_x, mesh.face_y
        steps_of = mesh.hx, mesh.hy
        quartic = (mesh.cell * np.abs(psi) ** 4).sum() * mesh.hx * mesh.hy
        of_psi = 2 * free_energy(psi, links, weights, mesh.strength, mesh.loss, steps_of) + quartic
        found.append((field.energy(moment.sheet[0]), of_eddies, of_psi))
    found = np.array(found) / theta / np.array([eddies / 2, eddies, 2 * cells])
    # blocks longer than anything remembers
    blocks = found[: len(found) // 20 * 20].reshape(20, -1, 3).mean(1)
    return found.mean(0), blocks.std(0) / np.sqrt(19)


@pytest.mark.parametrize(("pearl", "dt"), [(2.0, 0.05), (0.2, 0.5)])
def test_eddies_of_a_normal_film_have_half_kt_each(pearl, dt):
    """Without pairs (strength -100) whatever the step: the fastest eddy decays at some pi Lambda/h = 6 per tau_0."""
    mean, error = virials(fluctuating(pearl, -100.0, dt), 1000)
    assert abs(mean[0] - 1) < 4 * error[0] + 0.01 and error[0] < 0.06
    assert np.isclose(mean[0], mean[1], rtol=0.02)  # hardly any pairs


@pytest.mark.slow
def test_pairs_and_eddies_share_the_boltzmann_distribution():
    """exp(-(F + W)/kT) of psi and A together: <x dH/dx> = kT for each of all coordinates."""
    mean, error = virials(fluctuating(2.0, 1.0, 0.05), 8000)
    assert abs(mean[1] - 1) < 4 * error[1] and error[1] < 0.04
    # the step is wrong in second order for psi: (dt 8/h^2 /u)^2/12 of the stiffest modes and less
    assert abs(mean[2] - 1) < 3 * error[2] + 0.01 and error[2] < 0.1
    assert mean[0] < 1 - 4 * error[0]  # supercurrents stiffen the eddies: their own field has less


def test_noise_with_screening_repeats_and_reduces_to_noise():
    """The numbers decide, and a field that is nowhere felt changes nothing."""
    film = model.Film(model.rectangle(60, 40), 2.0, model.GinzburgLandau(10.0, 2e4, resistivity=10.0))
    tau = film.material.time
    options = {"until": 0.5 * tau, "noise": 1e-4, "spacing": 10.0, "stepping": Stepping(fixed=0.02 * tau)}
    one, again, bare = (tdgl(film, screening=s, **options) for s in (True, True, False))
    assert np.array_equal(one["order_parameter"], again["order_parameter"])
    kicked = np.abs(bare["order_parameter"] - 1).max()
    # both are right to the second order of the step; the middle is sought to 1e-4 dt
    assert np.abs(one["order_parameter"] - bare["order_parameter"]).max() < 0.02 * kicked
    assert all(check.passed for check in one.report.checks)
