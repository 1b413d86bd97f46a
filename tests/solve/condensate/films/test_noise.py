"""Thermal noise: the equilibrium is the Boltzmann distribution, and its numbers are those of the generator."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ive

from onnes import model
from onnes.errors import InvalidInput, NotConverged
from onnes.numerics import philox
from onnes.response.condensate.mesh import film_mesh
from onnes.solve.condensate.films.noise import normals
from onnes.solve.condensate.films.stepper import TDGL, Stepping
from onnes.solve.condensate.films.time_dependent import tdgl
from onnes.units import K_B_SI

THETA = 0.5


def pairs(gamma, dt, side=24):
    """A film of pairs of cells, each pair connected within and with nothing else, at kT = THETA energy units."""
    material = model.GinzburgLandau(10.0, 20.0, resistivity=10.0, relaxation=1.0, inelastic=gamma)
    film = model.Film(model.rectangle(10.0 * side, 10.0 * side), 2.0, material)
    unit = material.condensation_density * 10.0**2 * 2.0 * 1e-27
    mesh = film_mesh(film, 10.0)
    face = np.zeros(mesh.shape)
    face[:, ::2] = 1.0
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


@pytest.mark.parametrize("gamma", [0.0, 3.0])
def test_equilibrium_is_the_boltzmann_distribution(gamma):
    problem = pairs(gamma, 0.04)
    assert np.isclose(problem.noise.theta, THETA)
    moment = problem.init(np.ones(problem.mesh.shape))
    density, product, count = 0.0, 0.0, 0
    for step in range(2500):
        moment = problem.step(moment)
        if step >= 250:
            psi = moment.order_parameter
            density += (np.abs(psi) ** 2).mean()
            product += (psi[:, ::2].conj() * psi[:, 1::2]).real.mean()
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
