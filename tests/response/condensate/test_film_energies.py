"""The energy identity of a film, by brute force; loops of a mesh; currents that are closed."""

import numpy as np
import pytest

from onnes import model, response
from onnes.response.condensate.currents import face_currents, moment, net_outflow, to_cells
from onnes.response.condensate.energies import energy_density, force, joule_heat, relaxation_heat
from onnes.response.condensate.film_fields import FilmFields, film_fields
from onnes.response.condensate.flow import free_energy, supercurrent
from onnes.response.condensate.inertia import lumped_mass
from onnes.response.condensate.loops import in_one_gauge, loops, zero
from onnes.state import Outcome, Report, State

MATERIAL = model.GinzburgLandau(10.0, 200.0, resistivity=20.0)


def random_film(seed=0):
    """A small film with a hole and curved edges in which everything varies, and a random state on it."""
    rng = np.random.default_rng(seed)
    shape = model.ellipse(45, 32).minus(model.disk(9, centre=(5, 3)))
    bumps = model.Spots(((10.0, 10.0), (-20.0, 0.0)), radius=8.0, value=0.4, edge=4.0)
    film = model.Film(
        shape, 20.0, MATERIAL, strength=bumps, thickness_ratio=bumps, relaxation=bumps, inelastic=3.0
    )
    mesh = response.film_mesh(film)
    psi = np.where(mesh.inside, rng.normal(size=mesh.shape) + 1j * rng.normal(size=mesh.shape), 0)
    links = tuple(rng.normal(0, 0.7, mesh.shape) for _ in range(2))
    step = float(mesh.x[1] - mesh.x[0]), float(mesh.y[1] - mesh.y[0])
    seen = FilmFields(
        model.Setup(film), mesh.x, mesh.y, psi, links, mesh.cell, (mesh.face_x, mesh.face_y), step
    )
    return seen, mesh


def whole_energy(seen, mesh, psi):
    weights = (mesh.cell, mesh.face_x, mesh.face_y)
    return free_energy(psi, seen.links, weights, mesh.strength, mesh.loss, seen.reduced_step)


def with_psi(seen, psi):
    return FilmFields(seen.setup, seen.x, seen.y, psi, seen.links, seen.cell, seen.faces, seen.step)


def test_energy_adds_up():
    seen, mesh = random_film()
    total = energy_density(seen, mesh.strength, mesh.loss).sum() * mesh.hx * mesh.hy
    assert total == pytest.approx(whole_energy(seen, mesh, seen.psi), rel=1e-12)


def test_force_is_the_slope_of_the_energy():
    """F(psi + e p) - F(psi - e p) over 2 e = -2 Re sum G* p hx hy; the energy is quartic, so the error is e^2."""
    seen, mesh = random_film(1)
    rng = np.random.default_rng(2)
    p, e = np.where(mesh.inside, rng.normal(size=mesh.shape) + 1j * rng.normal(size=mesh.shape), 0), 1e-4
    slope = (whole_energy(seen, mesh, seen.psi + e * p) - whole_energy(seen, mesh, seen.psi - e * p)) / (
        2 * e
    )
    g = force(seen, mesh.strength, mesh.loss)
    assert slope == pytest.approx(-2 * np.real(np.vdot(g, p)) * mesh.hx * mesh.hy, rel=1e-6)


def potential(seen, mesh):
    """Solve sum over faces of a (mu' - mu)/h^2 = div J_s by a dense matrix."""
    n = mesh.cell.size
    names = np.arange(n).reshape(mesh.shape)
    laplacian, charge = np.zeros((n, n)), np.zeros(n)
    for axis, face, link, h in zip((1, 0), seen.faces, seen.links, seen.reduced_step, strict=True):
        here, there = names.ravel(), np.roll(names, -1, axis).ravel()
        weight = face.ravel() / h**2
        current = weight * supercurrent(seen.psi, link, axis - 2).ravel()
        for a, b, w, j in zip(here, there, weight, current, strict=True):
            laplacian[a, a] -= w
            laplacian[b, b] -= w
            laplacian[a, b] += w
            laplacian[b, a] += w
            charge[a] += j
            charge[b] -= j
    return np.linalg.lstsq(laplacian, charge, rcond=None)[0].reshape(mesh.shape)


def test_energy_falls_by_what_turns_to_heat():
    """Row 19, without contacts and with a constant field: dF/dt = -P, cell by cell masses, u and gamma included."""
    seen, mesh = random_film(3)
    mu = potential(seen, mesh)
    g = force(seen, mesh.strength, mesh.loss)
    gamma2, u = mesh.inelastic**2, mesh.relaxation
    s2 = 1 + gamma2 * np.abs(seen.psi) ** 2
    mass = lumped_mass(mesh.cell, seen.faces, mesh.loss, (mesh.hx, mesh.hy))
    mobility = np.divide(np.sqrt(s2) / u, mass, out=np.zeros(mass.shape), where=mass > 0)
    v = mobility * (g - gamma2 / s2 * np.real(np.conj(seen.psi) * g) * seen.psi)
    rate, e = v - 1j * mu * seen.psi, 1e-6
    slope = (
        whole_energy(seen, mesh, seen.psi + e * rate) - whole_energy(seen, mesh, seen.psi - e * rate)
    ) / (2 * e)
    drops = tuple(
        np.where(f > 0, np.roll(mu, -1, a) - mu, 0.0) for f, a in zip(seen.faces, (1, 0), strict=True)
    )
    heat = relaxation_heat(seen, mesh.strength, mesh.loss) + joule_heat(seen, drops)
    assert (heat >= 0).all()
    assert heat.sum() * mesh.hx * mesh.hy == pytest.approx(-slope, rel=1e-6)


def test_relaxation_heat_is_the_dissipation_function():
    """2 (u m/s)[|V|^2 + gamma^2 (Re psi* V)^2]: the other way to write it, from the rate instead of the force."""
    seen, mesh = random_film(4)
    g = force(seen, mesh.strength, mesh.loss)
    gamma2, u = mesh.inelastic**2, mesh.relaxation
    s2 = 1 + gamma2 * np.abs(seen.psi) ** 2
    mass = lumped_mass(mesh.cell, seen.faces, mesh.loss, (mesh.hx, mesh.hy))
    mobility = np.divide(np.sqrt(s2) / u, mass, out=np.zeros(mass.shape), where=mass > 0)
    v = mobility * (g - gamma2 / s2 * np.real(np.conj(seen.psi) * g) * seen.psi)
    other = 2 * u * mass / np.sqrt(s2) * (np.abs(v) ** 2 + gamma2 * np.real(np.conj(seen.psi) * v) ** 2)
    assert np.allclose(relaxation_heat(seen, mesh.strength, mesh.loss), other, rtol=1e-10)


def test_gauge_changes_no_energy_and_no_loop():
    seen, mesh = random_film(5)
    chi = np.random.default_rng(6).uniform(-9, 9, mesh.shape)
    links = tuple(link + np.roll(chi, -1, a) - chi for link, a in zip(seen.links, (1, 0), strict=True))
    other = FilmFields(
        seen.setup, seen.x, seen.y, seen.psi * np.exp(1j * chi), links, seen.cell, seen.faces, seen.step
    )
    args = mesh.strength, mesh.loss
    assert np.allclose(energy_density(seen, *args), energy_density(other, *args), rtol=1e-12)
    assert np.allclose(relaxation_heat(seen, *args), relaxation_heat(other, *args), rtol=1e-9)
    one, two = loops(seen), loops(other)
    inner = np.arange(len(one.winding)) != one.outside
    assert (one.winding == two.winding)[inner].all() and np.allclose(one.turn, two.turn)


def test_loops_partition_the_mesh():
    """Every loop has one face; the windings of all faces cancel, for each link counts twice."""
    seen, mesh = random_film(7)
    found = loops(seen)
    assert found.size.sum() == (mesh.shape[0] + 1) * (mesh.shape[1] + 1)
    assert found.turn.sum() == pytest.approx(0, abs=1e-9)
    assert found.at(seen, -1e6, 0.0) == found.outside == found.at(seen, 0.0, 1e6)
    hole = found.at(seen, 5.0, 3.0)
    assert hole != found.outside and found.size[hole] > 4
    assert found.centre(seen, hole) == pytest.approx((5.0, 3.0), abs=1.8)
    assert 0 < found.least[hole] < np.abs(seen.psi).max()


def test_bilinear_zeros_are_zeros():
    rng = np.random.default_rng(8)
    hits = 0
    for corners in rng.normal(size=(200, 2, 2)) + 1j * rng.normal(size=(200, 2, 2)):
        s, t = zero(corners)
        value = np.array([1 - t, t]) @ corners @ np.array([1 - s, s])
        steps = np.angle(np.roll(ring := corners.ravel()[[0, 1, 3, 2]], -1) / ring)
        if abs(steps.sum()) > 1:  # winding +-1: there is one inside
            hits += 1
            assert 0 <= s <= 1 and 0 <= t <= 1 and abs(value) < 1e-9
    assert hits > 30
    assert zero(np.array([[-1 - 1j, 1 - 1j], [-1 + 1j, 1 + 1j]])) == pytest.approx((0.5, 0.5))


def test_corners_in_one_gauge():
    """A pure gauge field is carried away entirely: what is left is one number in four places."""
    seen, mesh = random_film(9)
    chi = np.random.default_rng(1).uniform(-3, 3, mesh.shape)
    links = tuple(np.roll(chi, -1, a) - chi for a in (1, 0))
    flat = FilmFields(seen.setup, seen.x, seen.y, np.exp(1j * chi), links, seen.cell, seen.faces, seen.step)
    corners = in_one_gauge(flat, 4, 6)
    assert np.allclose(corners, corners[0, 0])


def test_closed_currents_have_one_moment():
    """K = curl g: no outflow, a moment that is the sum of g dA, and the same about any origin."""
    seen, mesh = random_film(10)
    (hx, hy), (ny, nx) = seen.step, mesh.shape
    g = np.zeros((ny + 1, nx + 1))  # at the corners of the cells
    g[2:-2, 2:-2] = np.random.default_rng(2).normal(size=(ny - 3, nx - 3))
    faces = np.diff(g, axis=0)[:, 1:] / hy, -np.diff(g, axis=1)[1:] / hx
    assert np.abs(net_outflow(seen, faces)).max() < 1e-12
    whole = g.sum() * hx * hy * 1e-27
    assert moment(seen, faces) == pytest.approx(whole, rel=1e-9)
    away = FilmFields(
        seen.setup, seen.x + 500, seen.y - 90, seen.psi, seen.links, seen.cell, seen.faces, seen.step
    )
    assert moment(away, faces) == pytest.approx(whole, rel=1e-7)
    assert np.sum(to_cells(faces)[0]) == pytest.approx(faces[0].sum())


def test_states_that_state_their_current():
    """A London state: its sheet current is taken as it is, and an equilibrium has no normal current."""
    seen, mesh = random_film(11)
    fields = {
        "film_x": mesh.x,
        "film_y": mesh.y,
        "order_parameter": seen.psi,
        "link_x": seen.links[0],
        "link_y": seen.links[1],
        "cell_weight": mesh.cell,
        "face_weight_x": mesh.face_x,
        "face_weight_y": mesh.face_y,
    }
    still = State(seen.setup, "ginzburg_landau", fields, Report(Outcome.CONVERGED))
    found = face_currents(film_fields(still, "x"), still, "x")
    assert not found.normal[0].any() and np.array_equal(found.total[0], found.pairs[0])
    unit = MATERIAL.current_density * 20e-9
    assert np.allclose(
        found.pairs[1], unit * mesh.face_y * supercurrent(seen.psi, seen.links[1], -2) / mesh.hy
    )
    stated = still.with_fields(sheet_current_x=mesh.cell, sheet_current_y=2 * mesh.cell)
    found = face_currents(film_fields(stated, "x"), stated, "x")
    assert np.array_equal(found.total[1], 2 * mesh.cell)
