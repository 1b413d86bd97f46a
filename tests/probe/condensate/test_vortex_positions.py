"""Vortices are found where they are, whatever the gauge, and never where there are none."""

import numpy as np
import pytest

from onnes import model, probe
from onnes.errors import CannotProbe
from onnes.state import Outcome, Report, State

PLACES = np.array([[-61.3, -20.2], [3.7, 33.1], [52.8, -31.9], [-20.4, 12.6]])
TURNS = np.array([1, 1, -1, 1])


@pytest.fixture(scope="module")
def film(bench):
    return bench.film(model.rectangle(200, 120))


def sorted_by_y(places, turns):
    order = np.argsort(places[:, 1])
    return places[order], turns[order]


def found_places(found):
    return np.stack([found["vortex_x"].values, found["vortex_y"].values], -1)


def test_positions_and_windings(bench, film):
    """psi is bilinear to h^2 psi''/8, psi'' < 2 c/d: at d > 3 xi from one another they err by h^2/(12 xi) at most."""
    found = probe.vortices(bench.state(film, bench.wave(PLACES, TURNS)))
    places, turns = sorted_by_y(PLACES, TURNS)
    assert (found["vortex_winding"].values == turns).all() and found["total_winding"] == 2
    error = np.linalg.norm(found_places(found) - places, axis=1).max()
    assert error < 3.5**2 / (12 * bench.xi)
    finer = probe.vortices(bench.state(film, bench.wave(PLACES, TURNS), spacing=1.75))
    assert np.linalg.norm(found_places(finer) - places, axis=1).max() < 0.5 * error  # a fourth, give or take


def test_a_vortex_on_a_cell(bench, film):
    """psi = 0 in a cell has no phase; the vortex is there all the same, once."""
    mesh = bench.state(film, bench.wave([[0.0, 0.0]]))
    place = mesh["film_x"][20], mesh["film_y"][11]
    found = probe.vortices(bench.state(film, bench.wave([place])))
    assert found["vortex_winding"].values.tolist() == [1]
    assert np.allclose(found_places(found), [place], atol=1e-9)


def test_distance_from_the_edge(bench, film):
    found = probe.vortices(bench.state(film, bench.wave([[80.0, 5.0]])))
    assert found["vortex_edge_distance"].values == pytest.approx([20.0], abs=0.1)


def test_gauge_does_not_matter(bench, film):
    """psi -> psi exp(i chi), theta -> theta + chi_next - chi, with a chi that knows no smoothness."""
    state = bench.state(film, bench.wave(PLACES, TURNS), field=0.1)
    chi = np.random.default_rng(2).uniform(-9, 9, state["link_x"].shape)
    other = bench.state(
        film,
        lambda x, y: bench.wave(PLACES, TURNS)(x, y) * np.exp(1j * chi),
        links=(state["link_x"] + np.roll(chi, -1, 1) - chi, state["link_y"] + np.roll(chi, -1, 0) - chi),
    )
    for name in ("vortex_x", "vortex_y", "vortex_winding"):
        assert np.allclose(probe.vortices(state)[name], probe.vortices(other)[name], rtol=0, atol=1e-9)


def test_cut_cells_hold_no_ghosts(bench):
    """A current-carrying disk without vortices: no winding, in cut cells and outside either."""
    disk = bench.film(model.disk(63.0, centre=(3.1, -1.7)))
    found = probe.vortices(bench.state(disk, lambda x, y: np.exp(0.05j * (x - 0.4 * y)), field=0.02))
    assert found.sizes["vortex"] == 0 and found["total_winding"] == 0


@pytest.mark.parametrize("quanta", [-3, 0, 2])
def test_holes_hold_integers(bench, quanta):
    ring = bench.film(model.ring(75.0, 30.0))
    state = bench.state(ring, lambda x, y: np.exp(1j * quanta * np.angle(x + 1j * y)), field=0.05)
    found = probe.vortices(state)
    assert found["hole_winding"].values.tolist() == [quanta]
    assert found["total_winding"] == quanta and found.sizes["vortex"] == 0


def test_total_is_vortices_and_holes(bench):
    shape = model.rectangle(200, 120).minus(
        model.disk(22, centre=(-50, 0)), model.rectangle(30, 30, centre=(40, 20))
    )
    places = np.array([[-50.0, 0.0], [-50.0, 0.0], [40.0, 20.0], [0.0, -30.0]])
    state = bench.state(bench.film(shape), bench.wave(places, [1, 1, -1, 1]))
    found = probe.vortices(state)
    by_centre = {
        round(np.mean(h, 0)[0] / 10): n
        for h, n in zip(shape.holes, found["hole_winding"].values, strict=True)
    }
    assert by_centre == {-5: 2, 4: -1}
    assert found["vortex_winding"].values.tolist() == [1] and found["total_winding"] == 2
    outer = probe.film_fluxoid(state, path=[(-96, -56), (96, -56), (96, 56), (-96, 56)])
    assert float(outer["fluxoid"]) == pytest.approx(2, abs=1e-10)


def test_the_normal_state_is_silent(bench, film):
    rng = np.random.default_rng(1)
    noise = bench.state(film, lambda x, y: 1e-4 * (rng.normal(size=x.shape) + 1j * rng.normal(size=x.shape)))
    assert probe.vortices(noise).sizes["vortex"] == 0
    assert probe.vortices(noise, faint=0.0).sizes["vortex"] > 100


def test_a_giant_vortex_counts_all_its_turns(bench, film):
    def giant(x, y):
        z = (x - 11.3) + 1j * (y + 4.1)
        return np.tanh(0.3 * np.abs(z) / bench.xi) ** 2 * np.exp(2j * np.angle(z))

    found = probe.vortices(bench.state(film, giant))
    assert found["vortex_winding"].values.sum() == 2
    assert np.allclose(found_places(found), [11.3, -4.1], atol=3.5)  # within the loop of cells around it


def test_what_is_missing_is_named(bench, film):
    with pytest.raises(CannotProbe, match="link_y"):
        probe.vortices(bench.state(film, bench.wave(PLACES), without=("link_y",)))
    other = State(model.GinzburgLandau(1.0, 1.0), "tdgl", {}, Report(Outcome.CONVERGED))
    with pytest.raises(CannotProbe, match="a film"):
        probe.vortices(other)
