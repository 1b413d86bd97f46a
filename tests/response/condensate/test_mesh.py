"""Meshes of films: weights, contacts, links; and the energy on links."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.response.condensate import flow
from onnes.response.condensate.mesh import FLUX, FilmMesh, film_mesh, link_phases

MATERIAL = on.model.GinzburgLandau(10.0, 100.0)


def mesh_of(shape, spacing: float = 4.0, **more) -> FilmMesh:
    return film_mesh(on.model.Film(shape, 5.0, MATERIAL, **more), spacing)


def test_plain_film() -> None:
    mesh = mesh_of(on.model.rectangle(400.0, 200.0))
    assert mesh.shape == (50, 100) and mesh.sites == 5000
    assert (mesh.hx, mesh.hy) == (0.4, 0.4)
    assert (mesh.cell == 1).all() and (mesh.loss == 0).all() and (mesh.relaxation == 5.79).all()
    assert film_mesh(on.model.Film(on.model.rectangle(400.0, 200.0), 5.0, MATERIAL)).hx <= 0.35


def test_maps_enter_the_weights() -> None:
    """Thickness weighs everything, diffusion the faces only; in series they add like resistances."""
    step = on.model.Sampled(np.array([-2.0, 2.0]), np.array([-1.0, 1.0]), np.array([[1.0, 3.0]] * 2))
    shape = on.model.rectangle(400.0, 200.0)
    thick, fast = mesh_of(shape, thickness_ratio=step), mesh_of(shape, diffusion=step)
    assert thick.cell[0, [0, -1]] == pytest.approx([1.0, 3.0])
    assert (fast.cell == 1).all()
    for mesh in (thick, fast):
        assert mesh.face_x[0, [0, 49, -2]] == pytest.approx([1.0, 1.5, 3.0])
    with pytest.raises(InvalidInput, match=r"Film\.diffusion"):
        mesh_of(shape, diffusion=-1.0)
    varied = mesh_of(shape, relaxation=step, inelastic=2.0, strength=0.5)
    assert (
        varied.relaxation[0, 0] == 1.0 and (varied.inelastic == 2.0).all() and (varied.strength == 0.5).all()
    )


def test_contacts() -> None:
    shape = on.model.rectangle(400.0, 200.0)
    ends = (on.model.side(shape, "left"), on.model.Terminal("out", (200.0, -40.0), (200.0, 60.0)))
    mesh = mesh_of(shape, terminals=ends)
    assert mesh.contacts.sum((1, 2)) == pytest.approx([20.0, 10.0])
    # a wall at half a cell's distance: (h)/(h/2)/(h^2) = 2/h^2
    assert mesh.loss[:, 0] == pytest.approx(2 / 0.4**2)
    assert mesh.loss[:, 1:-1].max() == 0
    # b = infinity loses nothing; b = 10 nm = xi takes h/(1 + h/2)/h^2 along a straight edge
    lossy = mesh_of(shape, extrapolation=10.0)
    assert lossy.loss[25, 0] == pytest.approx(1 / 1.2 / 0.4)


@pytest.mark.parametrize(
    "profile",
    [
        on.model.Uniform(),
        on.model.Magnet((0.0, 0.0, 1e-15), (10.0, -20.0, 150.0)),
        on.model.FluxPattern(on.model.FunctionPattern(lambda x, y: 1 + 0.002 * x - 0.001 * y)),
    ],
)
def test_links_hold_the_flux(profile) -> None:
    mesh = mesh_of(on.model.rectangle(200.0, 160.0), 4.0)
    x, y = np.meshgrid(mesh.x, mesh.y)
    flux = flow.loop_flux(*link_phases(mesh, profile))[:-1, :-1]
    expected = 2 * np.pi / FLUX * 16.0 * profile.flux_density(x + 2.0, y + 2.0)[:-1, :-1]
    # midpoint of a loop: (h^2/24) B''/B with B'' ~ 12 B/z^2 is 4e-4 for the magnet at 150 nm
    assert np.allclose(flux, expected, rtol=5e-4, atol=1e-12)


def test_gauge() -> None:
    """psi -> psi exp(i chi), theta -> theta + difference of chi: nothing seen changes."""
    rng = np.random.default_rng(5)
    psi = rng.normal(size=(7, 9)) + 1j * rng.normal(size=(7, 9))
    links, chi = rng.normal(size=(2, 7, 9)), rng.normal(size=(7, 9)) * 3
    turned = psi * np.exp(1j * chi)
    new = (links[0] + flow.ahead(chi, -1) - chi, links[1] + flow.ahead(chi, -2) - chi)
    weights = (rng.random((7, 9)), rng.random((7, 9)), rng.random((7, 9)))
    fixed = (weights, np.ones((7, 9)), np.zeros((7, 9)), (0.3, 0.4))
    assert flow.free_energy(psi, links, *fixed) == pytest.approx(
        flow.free_energy(turned, new, *fixed), rel=1e-13
    )
    for axis, old_link, new_link in ((-1, links[0], new[0]), (-2, links[1], new[1])):
        assert np.allclose(
            flow.supercurrent(psi, old_link, axis), flow.supercurrent(turned, new_link, axis), atol=1e-12
        )
    assert np.array_equal(flow.winding(psi, *links), flow.winding(turned, *new))


def test_current_is_the_derivative_of_the_energy() -> None:
    """dF/dtheta = -2 (face/h^2) h Im(psi* U psi') hx hy on every link."""
    rng = np.random.default_rng(6)
    shape, (hx, hy) = (5, 6), (0.3, 0.5)
    psi = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    link_x, link_y = rng.normal(size=(2, *shape))
    weights = tuple(rng.random((3, *shape)))
    rest = (weights, np.ones(shape), np.zeros(shape), (hx, hy))
    step = 1e-6
    for j, i in ((0, 0), (2, 3), (4, 5)):
        bump = np.zeros(shape)
        bump[j, i] = step
        slope_x, slope_y = (
            (flow.free_energy(psi, up, *rest) - flow.free_energy(psi, down, *rest)) / (2 * step)
            for up, down in (
                ((link_x + bump, link_y), (link_x - bump, link_y)),
                ((link_x, link_y + bump), (link_x, link_y - bump)),
            )
        )
        along = flow.supercurrent(psi, link_x, -1)[j, i] * weights[1][j, i] * hy / hx
        up = flow.supercurrent(psi, link_y, -2)[j, i] * weights[2][j, i] * hx / hy
        assert (slope_x, slope_y) == pytest.approx((-2 * along, -2 * up), rel=1e-6)


def test_winding_of_placed_vortices() -> None:
    """A vortex of winding +1 and one of -1, without field and with one."""
    x, y = np.meshgrid(np.arange(20) * 1.0, np.arange(16) * 1.0)
    phase = np.arctan2(y - 5.3, x - 4.6) - np.arctan2(y - 9.5, x - 14.2)
    none = np.zeros(x.shape)
    found = flow.winding(np.exp(1j * phase), none, none)[:-1, :-1]
    assert found[5, 4] == 1 and found[9, 14] == -1 and abs(found).sum() == 2
    # a field that turns no link by more than pi moves nothing
    along = -0.05 * (y - 7.5)
    assert np.array_equal(flow.winding(np.exp(1j * phase), along, none)[:-1, :-1], found)
