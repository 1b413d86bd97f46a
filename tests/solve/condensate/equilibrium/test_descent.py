"""Conjugate gradients on a film: gradient, preconditioner, exact lines, gauge."""

import numpy as np
import pytest

import onnes as on
from onnes.response.condensate.flow import ahead, free_energy
from onnes.response.condensate.mesh import film_mesh, link_phases
from onnes.solve.condensate.equilibrium.descent import (
    SHIFT,
    _apply,
    _precondition,
    descend,
    lowest_on_line,
    operator,
)

MATERIAL = on.model.GinzburgLandau(10.0, 100.0)
FIELD = 0.3 * MATERIAL.upper_critical_field
RNG = np.random.default_rng(7)


def holed(spacing: float = 5.0):
    """A film with curved edges, a hole, thickness that varies, a lossy edge: every weight differs from one."""
    step = on.model.Sampled(np.array([-90.0, 90.0]), np.array([-1.0, 1.0]), np.array([[1.0, 2.0]] * 2))
    shape = on.model.ellipse(90.0, 60.0).minus(on.model.disk(15.0, (20.0, 5.0)))
    film = on.model.Film(shape, 5.0, MATERIAL, thickness_ratio=step, strength=0.9, extrapolation=30.0)
    mesh = film_mesh(film, spacing)
    links = tuple(FIELD * part for part in link_phases(mesh, on.model.Uniform()))
    return mesh, links


def random_psi(mesh) -> np.ndarray:
    return np.where(mesh.inside, RNG.normal(size=mesh.shape) + 1j * RNG.normal(size=mesh.shape), 0)


def energy_of(mesh, links, psi) -> float:
    weights = (mesh.cell, mesh.face_x, mesh.face_y)
    return free_energy(psi, links, weights, mesh.strength, mesh.loss, (mesh.hx, mesh.hy)) / (
        mesh.hx * mesh.hy
    )


def padded(psi) -> np.ndarray:
    return np.pad(np.array([psi.real, psi.imag]), ((0, 0), (1, 1), (1, 1)))


def test_gradient_is_that_of_the_energy_on_links() -> None:
    """Central differences of a quartic: exact but for rounding, 1e-16 F/step ~ 1e-10, and step^2 times cubic terms."""
    mesh, links = holed()
    psi, direction = random_psi(mesh), random_psi(mesh)
    system, hpsi = operator(mesh, *links), np.zeros((2, mesh.shape[0] + 2, mesh.shape[1] + 2))
    _apply(system.links, system.diagonal, padded(psi), hpsi)
    gradient = (hpsi[0] + 1j * hpsi[1])[1:-1, 1:-1] + mesh.cell * np.abs(psi) ** 2 * psi
    step = 1e-4
    ahead_, behind = (energy_of(mesh, links, psi + s * step * direction) for s in (1, -1))
    assert 2 * np.vdot(direction, gradient).real == pytest.approx((ahead_ - behind) / (2 * step), rel=1e-7)


def test_preconditioner_is_the_product_it_claims_to_be() -> None:
    """M z = g with the dense matrices of the rows and columns; symmetric and positive."""
    mesh, links = holed(10.0)
    system, size = operator(mesh, *links), mesh.cell.size

    def dense(face, link, h, axis):
        matrix, cells = np.zeros((size, size), complex), np.arange(size).reshape(mesh.shape)
        for i, j, a, t in zip(
            cells.ravel(), ahead(cells, axis).ravel(), face.ravel() / h**2, link.ravel(), strict=True
        ):
            matrix[[i, j], [i, j]] += a
            matrix[i, j] -= a * np.exp(-1j * t)
            matrix[j, i] -= a * np.exp(1j * t)
        return matrix

    kx, ky = dense(mesh.face_x, links[0], mesh.hx, -1), dense(mesh.face_y, links[1], mesh.hy, -2)
    faces = (np.diag(kx).real * mesh.hx**2 + np.diag(ky).real * mesh.hy**2) / 4
    inside = mesh.inside.ravel()
    mass = np.where(inside, np.maximum(mesh.cell.ravel(), faces) + mesh.loss.ravel() / SHIFT, 1.0)
    root = np.linalg.cholesky(kx + SHIFT * np.diag(mass)) / np.sqrt(mass)
    # rows of L are scaled on the right: L_x D_x^1/2 m^-1/2
    whole = root @ (ky + SHIFT * np.diag(mass)) @ root.conj().T
    g = random_psi(mesh)
    z, products = np.zeros_like(padded(g)), np.zeros(3)
    _precondition(system.lower_x, system.lower_y, system.scale, system.pivot, padded(g), z, products)
    found = (z[0] + 1j * z[1])[1:-1, 1:-1].ravel()
    assert np.abs(whole @ found - g.ravel()).max() < 1e-10 * np.abs(g).max()
    assert products[0] == pytest.approx(np.vdot(g, found).real, rel=1e-12) and products[0] > 0


def test_line_minimum() -> None:
    """The first minimum from zero of quartics with one and with two minima, against the roots of the derivative."""
    for _ in range(300):
        c = RNG.normal(size=4) * 10 ** RNG.uniform(-3, 3, 4)
        c[0], c[3] = -abs(c[0]), abs(c[3])
        roots = np.roots([4 * c[3], 3 * c[2], 2 * c[1], c[0]])
        real = roots[(np.abs(roots.imag) < 1e-8 * np.abs(roots)) & (roots.real > 0)].real
        assert lowest_on_line(*c) == pytest.approx(real.min(), rel=1e-6)


def test_energy_falls_monotonically_to_a_stationary_state() -> None:
    mesh, links = holed()
    found = descend(operator(mesh, *links), 0.1 * random_psi(mesh), 1e-10, 2000)
    assert found.converged and max(np.diff(found.energies)) <= 0
    assert found.energy == pytest.approx(energy_of(mesh, links, found.psi), rel=1e-12)
    # the increments add up to the energy: a sum of some hundred roundings
    assert found.energies[-1] == pytest.approx(found.energy, rel=1e-12)
    # <psi, gradient> = 0
    assert found.energy == pytest.approx(-0.5 * (mesh.cell * np.abs(found.psi) ** 4).sum(), rel=1e-9)


def test_gauge_invariance() -> None:
    """Row 20: psi exp(i chi) and A + grad chi have the same energy to 1e-12, and descend along the same way."""
    mesh, links = holed()
    chi = RNG.uniform(-3, 3, mesh.shape)
    other = tuple(link + ahead(chi, axis) - chi for link, axis in zip(links, (-1, -2), strict=True))
    psi = random_psi(mesh)
    turned = psi * np.exp(1j * chi)
    assert energy_of(mesh, other, turned) == pytest.approx(energy_of(mesh, links, psi), rel=1e-12)
    here, there = (descend(operator(mesh, *a), p, 1e-3, 25) for a, p in ((links, psi), (other, turned)))
    assert there.energies == pytest.approx(here.energies, rel=1e-12)
    assert np.abs(there.psi - here.psi * np.exp(1j * chi)).max() < 1e-9


def test_stops_where_it_is_told() -> None:
    mesh, links = holed()
    found = descend(operator(mesh, *links), random_psi(mesh), 1e-10, 5)
    assert not found.converged and found.iterations == 5
    # psi = 0 is stationary, though no minimum
    assert descend(operator(mesh, *links), np.zeros(mesh.shape, complex), 1e-6, 5).iterations == 0
