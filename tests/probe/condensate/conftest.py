"""States of films made by hand: an order parameter given as a function of position, on the true mesh of a film."""

from collections.abc import Callable

import numpy as np
import pytest

from onnes import model, response
from onnes.state import Outcome, Report, State

XI = 10.0
MATERIAL = model.GinzburgLandau(XI, 200.0, resistivity=20.0)
Wave = Callable[[np.ndarray, np.ndarray], np.ndarray]


def make_film(shape: model.Shape, **given: object) -> model.Film:
    return model.Film(shape, 20.0, MATERIAL, **given)


def vortex_wave(places: np.ndarray, windings: np.ndarray | None = None) -> Wave:
    """Return a product of vortices with cores tanh(0.58 r/xi); it vanishes exactly at ``places`` (nm)."""
    places = np.atleast_2d(places)
    turns = np.ones(len(places), int) if windings is None else np.asarray(windings)

    def psi(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        total = np.ones(np.shape(x), complex)
        for (cx, cy), n in zip(places, turns, strict=True):
            z = (x - cx) + 1j * (y - cy)
            total *= np.tanh(0.58 * np.abs(z) / XI) * np.exp(1j * n * np.angle(z))
        return total

    return psi


def make_state(
    film: model.Film,
    psi: Wave,
    *,
    field: float = 0.0,
    time: float = 0.0,
    spacing: float | None = None,
    links: tuple[np.ndarray, np.ndarray] | None = None,
    without: tuple[str, ...] = (),
    **more: np.ndarray,
) -> State:
    setup = model.Setup(film, model.as_fields(field))
    mesh = response.film_mesh(film, spacing)
    x, y = np.meshgrid(mesh.x, mesh.y)
    zero = np.zeros(mesh.shape)
    found = links
    if found is None:
        unit = response.link_phases(mesh, model.Uniform())
        found = tuple(field * part for part in unit)
    fields = {
        "film_x": mesh.x,
        "film_y": mesh.y,
        "time": np.array([time]),
        "order_parameter": np.where(mesh.inside, psi(x, y), 0.0),
        "electric_potential": zero,
        "link_x": found[0],
        "link_y": found[1],
        "link_rate_x": zero,
        "link_rate_y": zero,
        "cell_weight": mesh.cell,
        "face_weight_x": mesh.face_x,
        "face_weight_y": mesh.face_y,
        "pair_strength": mesh.strength,
        "edge_loss": mesh.loss,
    } | more
    kept = {name: values for name, values in fields.items() if name not in without}
    return State(setup, "tdgl", kept, Report(Outcome.CONVERGED))


class Workshop:
    """What the tests of instruments build films and states with."""

    xi, material = XI, MATERIAL
    film = staticmethod(make_film)
    wave = staticmethod(vortex_wave)
    state = staticmethod(make_state)


@pytest.fixture(scope="session")
def bench() -> Workshop:
    return Workshop()
