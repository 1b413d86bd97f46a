"""Plots of films carry what they say; no picture is compared with a picture."""

import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest

from onnes import model, response, view
from onnes.errors import InvalidInput
from onnes.state import Outcome, Report, State

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close():
    yield
    matplotlib.pyplot.close("all")


@pytest.fixture(scope="module")
def state():
    shape = model.rectangle(160, 90).minus(model.disk(14, centre=(40, 5)))
    film = model.Film(shape, 20.0, model.GinzburgLandau(10.0, 200.0, resistivity=20.0))
    mesh = response.film_mesh(film)
    x, y = np.meshgrid(mesh.x, mesh.y)
    psi = np.ones(mesh.shape, complex)
    for cx, n in ((-50.0, 1), (-5.0, -1)):
        z = x - cx + 1j * y
        psi *= np.tanh(np.abs(z) / 17) * np.exp(1j * n * np.angle(z))
    zero = np.zeros(mesh.shape)
    fields = {
        "film_x": mesh.x,
        "film_y": mesh.y,
        "time": np.array([3.25]),
        "order_parameter": np.where(mesh.inside, psi, 0),
        "electric_potential": zero,
        "link_x": zero,
        "link_y": zero,
        "link_rate_x": zero,
        "link_rate_y": zero,
        "cell_weight": mesh.cell,
        "face_weight_x": mesh.face_x,
        "face_weight_y": mesh.face_y,
    }
    return State(model.Setup(film), "tdgl", fields, Report(Outcome.CONVERGED))


def test_order_parameter(state):
    ax = view.order_parameter(state)
    values = ax.collections[0].get_array()
    assert np.ma.count_masked(values) == np.count_nonzero(state["cell_weight"] == 0)
    assert float(values.max()) == pytest.approx(np.abs(state["order_parameter"]).max() ** 2)
    assert "3.25 ps" in ax.get_title(loc="left") and ax.get_xlabel() == "x (nm)" and ax.get_aspect() == 1
    assert len(ax.lines) == 2  # the outline and the hole
    phase = view.order_parameter(state, part="phase").collections[0]
    assert phase.get_clim() == (-1, 1) and np.nanmax(np.abs(phase.get_array())) <= 1


def test_order_parameter_of_a_dataset(state):
    ax = view.order_parameter(state.to_dataset())
    assert not ax.lines and ax.collections[0].get_array().shape == state["cell_weight"].shape


def test_vortex_map(state):
    ax = view.vortex_map(state)
    marks = {len(c.get_offsets()): c.get_offsets() for c in ax.collections[1:]}
    assert marks.keys() == {1} and len(ax.collections) == 3
    where = sorted(float(c.get_offsets()[0, 0]) for c in ax.collections[1:])
    assert where == pytest.approx([-50, -5], abs=0.5)
    assert [t.get_text() for t in ax.texts] == ["+0"]
    assert "2 vortices, +0 in sum, at 3.25 ps" in ax.get_title(loc="left")


@pytest.mark.parametrize("kind", ["film", "pair", "normal"])
def test_current_map(state, kind):
    ax = view.current_map(state, kind=kind)
    assert np.nanmax(ax.collections[0].get_array()) == 0 or kind != "normal"


def test_errors(state):
    with pytest.raises(InvalidInput, match="part"):
        view.order_parameter(state, part="size")
    with pytest.raises(InvalidInput, match="film, pair or normal"):
        view.current_map(state, kind="super")
    with pytest.raises(InvalidInput, match="no order_parameter"):
        view.order_parameter(state.to_dataset().drop_vars("order_parameter"))
    frames = state.to_dataset().expand_dims(frame=2)
    with pytest.raises(InvalidInput, match="one frame"):
        view.order_parameter(frames)
