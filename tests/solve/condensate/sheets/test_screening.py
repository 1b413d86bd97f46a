"""Link phases that agree with their currents, against the London solver and the energy."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import NotConverged
from onnes.response.condensate.flow import free_energy, supercurrent
from onnes.response.condensate.induction import Induction, field_energy
from onnes.response.condensate.mesh import film_mesh, link_phases

PEARL = 8.0  # in coherence lengths


def prepared(field, spacing=10.0):
    """A film with a hole in a field: its mesh, its induction, the applied links and its London state."""
    shape = on.model.rectangle(400.0, 300.0).minus(on.model.disk(60.0, (30.0, 20.0)))
    film = on.model.Film(shape, 20.0, on.model.GinzburgLandau(10.0, np.sqrt(PEARL * 10.0 * 10.0)))
    mesh = film_mesh(film, spacing)
    applied = tuple(field * link for link in link_phases(mesh, on.model.Uniform()))
    london = on.solve.london(film, field=field, fluxoids=(1 if field > 1e-3 else 0,), spacing=spacing)
    return film, mesh, Induction(mesh, PEARL), applied, london


def test_weak_field_equals_the_london_solver():
    film, _, induction, applied, london = prepared(1e-4)
    found = on.solve.screened_links(induction, london["order_parameter"], applied)
    assert found.report.converged and found.report.residuals[-1] <= 1e-10
    # they differ by sin(x) - x of the phase steps, x ~ 1e-3; the residual of 1e-10 is 1e-6 of the phases
    for one, other in ((found.link_x, "link_x"), (found.link_y, "link_y")):
        assert np.allclose(one, london[other], atol=1e-5 * np.abs(london["link_x"]).max())
    unit = film.sheet_current * 1e3
    size = np.abs(london["sheet_current_x"]).max()
    assert np.allclose(found.sheet_x * unit, london["sheet_current_x"], atol=1e-5 * size)
    field = induction.field(found.sheet_x, found.sheet_y) * film.material.upper_critical_field + 1e-4
    assert np.allclose(field, london["normal_field"], atol=1e-5 * 1e-4)
    # screening matters here: without it the currents would be larger
    bare = supercurrent(london["order_parameter"], applied[0], -1)
    assert np.abs(found.sheet_x).max() < 0.9 * np.abs(bare).max()


def test_total_energy_is_stationary():
    """F(psi, theta) plus the energy of the field is least at the links found, for any currents I and theta = M I."""
    _, mesh, induction, applied, london = prepared(0.05)
    psi = 0.9 * london["order_parameter"]
    found = on.solve.screened_links(induction, psi, applied)
    rng = np.random.default_rng(4)
    change = [rng.normal(0.0, 0.02, mesh.shape) for _ in range(2)]
    change[0][:, -1] = 0.0
    change[1][-1] = 0.0

    def total(step):
        sheet = tuple(s + step * c for s, c in zip((found.sheet_x, found.sheet_y), change, strict=True))
        induced = induction.links(*sheet)
        links = tuple(a + i for a, i in zip(applied, induced, strict=True))
        weights = (mesh.cell, mesh.face_x, mesh.face_y)
        film = free_energy(psi, links, weights, mesh.strength, mesh.loss, (mesh.hx, mesh.hy))
        return film + field_energy(mesh, sheet, induced)

    up, down, middle = total(1.0), total(-1.0), total(0.0)
    curvature = up + down - 2 * middle
    assert curvature > 0
    assert abs(up - down) < 1e-3 * curvature  # cubic terms only
    assert abs(total(1e-2) - total(-1e-2)) < 1e-5 * curvature + 1e-13 * abs(middle)


def test_warm_start_and_strong_screening():
    """Lambda = 0.05 xi in a film of 40 xi: far from any simple iteration's reach (its gain is some L/Lambda = 800)."""
    _, mesh, _, applied, london = prepared(0.02)
    strong = Induction(mesh, 0.05)
    found = on.solve.screened_links(strong, london["order_parameter"], applied)
    again = on.solve.screened_links(
        strong, london["order_parameter"], applied, start=(found.induced_x, found.induced_y)
    )
    assert found.report.converged and again.report.iterations == 1
    sheet_x, sheet_y = found.sheet_x, found.sheet_y
    assert np.allclose(found.induced_x, strong.links(sheet_x, sheet_y)[0], atol=1e-10)


def test_too_few_iterations_are_reported():
    _, _, induction, applied, london = prepared(0.02)
    with pytest.raises(NotConverged):
        on.solve.screened_links(induction, london["order_parameter"], applied, max_iterations=1)
    loose = on.solve.screened_links(
        induction, london["order_parameter"], applied, max_iterations=1, throw=False
    )
    assert not loose.report.converged
