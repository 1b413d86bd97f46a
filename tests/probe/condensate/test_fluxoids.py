"""Row 15: the fluxoid of every closed path is an integer to rounding; its two parts are not."""

import numpy as np
import pytest

from onnes import model, probe
from onnes.errors import CannotProbe, InvalidInput
from onnes.units import flux_quantum_T_nm2


@pytest.fixture(scope="module")
def ring(bench):
    return bench.film(model.ring(75.0, 30.0))


def rough(bench, ring, field=0.2, quanta=2):
    """A ring whose order parameter is random but for its winding."""
    rng = np.random.default_rng(5)

    def psi(x, y):
        return rng.uniform(0.2, 1.0, x.shape) * np.exp(1j * quanta * np.angle(x + 1j * y))

    return bench.state(ring, psi, field=field)


def circle(radius, count=60):
    angle = 2 * np.pi * np.arange(count) / count
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)


def test_fluxoid_is_an_integer(bench, ring):
    state = rough(bench, ring)
    for given in ({"hole": 0}, {"path": circle(50.0)}, {"path": circle(66.0)[::-1]}):
        found = probe.film_fluxoid(state, **given)
        assert float(found["fluxoid"]) == pytest.approx(2, abs=1e-10)
        assert abs(float(found["path_current"])) > 0.1


def test_no_field_can_change_it(bench, ring):
    """Links of any size whatever: what flux brings, the current takes away, but for whole quanta."""
    rng = np.random.default_rng(6)
    state = rough(bench, ring)
    wild = tuple(state[n] + rng.normal(0, 30.0, state[n].shape) for n in ("link_x", "link_y"))
    found = probe.film_fluxoid(bench.state(ring, lambda x, y: state["order_parameter"], links=wild), hole=0)
    assert abs(float(found["fluxoid"]) - round(float(found["fluxoid"]))) < 1e-10


def test_flux_is_that_of_the_applied_field(bench, ring):
    """The path of cells nearest to a circle errs in area by a share of h times its length: 10 % at most, here 2 %."""
    found = probe.film_fluxoid(rough(bench, ring, field=0.3), path=circle(66.0))
    assert float(found["path_flux"]) == pytest.approx(0.3 * np.pi * 66**2 / flux_quantum_T_nm2(), rel=0.02)


def test_a_path_without_hole_counts_vortices(bench):
    film = bench.film(model.rectangle(200, 120))
    state = bench.state(film, bench.wave([[-60.0, 0.0], [55.0, 10.0]]))
    whole = [(-90, -50), (90, -50), (90, 50), (-90, 50)]
    assert float(probe.film_fluxoid(state, path=whole)["fluxoid"]) == pytest.approx(2, abs=1e-10)
    right = [(0, -50), (90, -50), (90, 50), (0, 50)]
    found = probe.film_fluxoid(state, path=right)
    assert float(found["fluxoid"]) == pytest.approx(1, abs=1e-10)
    assert 0.9 < float(found["path_amplitude"]) < 1
    between = [(-20, -50), (20, -50), (20, 50), (-20, 50)]
    assert float(probe.film_fluxoid(state, path=between)["fluxoid"]) == pytest.approx(0, abs=1e-10)


def test_errors(bench, ring):
    state = rough(bench, ring)
    for given, said in (
        ({}, "either"),
        ({"hole": 0, "path": circle(50.0)}, "either"),
        ({"hole": 1}, "1 holes"),
        ({"path": circle(10.0)}, "leaves the film at"),
        ({"path": circle(200.0)}, "leaves the mesh"),
        ({"path": [(0, 50), (1, 51)]}, "three or more"),
        ({"path": [(0, 50), (0.1, 50), (0, 50.1)]}, "smaller than a cell"),
    ):
        with pytest.raises(InvalidInput, match=said):
            probe.film_fluxoid(state, **given)
    with pytest.raises(InvalidInput, match="phase is not defined"):
        probe.film_fluxoid(bench.state(ring, lambda x, y: 0j * x), hole=0)
    with pytest.raises(CannotProbe, match="order_parameter"):
        probe.film_fluxoid(bench.state(ring, lambda x, y: 1 + 0j * x, without=("order_parameter",)), hole=0)
