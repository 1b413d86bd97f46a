"""From the stream function of a network of currents to a `State` that every instrument of a film can read."""

from collections.abc import Sequence
from math import pi

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order

from onnes.model.condensate.film import Setup
from onnes.response.condensate.induction import Induction
from onnes.response.condensate.mesh import FLUX
from onnes.solve.condensate.sheets.sheet_network import Sheet, currents, lowered
from onnes.solve.condensate.sheets.stack import Stack
from onnes.state import Report, State

Pair = tuple[np.ndarray, np.ndarray]


def network_state(
    films: Stack,
    setups: Sequence[Setup],
    applied: Sequence[Pair],
    g: np.ndarray,
    report: Report,
) -> tuple[State, ...]:
    """Return the state of each film.

    Parameters
    ----------
    applied : line integrals of the applied A along the links of each film, T nm^2.
    g : stream function of all loops, uA.
    """
    corners = [s.spread(part) for s, part in zip(films.sheets, films.split(g), strict=True)]
    foreign = films.foreign(corners)
    return tuple(
        State(setup, "london", _fields(sheet, setup, links, c, flux), report)
        for sheet, setup, links, c, flux in zip(films.sheets, setups, applied, corners, foreign, strict=True)
    )


def _fields(
    sheet: Sheet, setup: Setup, applied: Pair, corners: np.ndarray, foreign: np.ndarray
) -> dict[str, np.ndarray]:
    mesh, (hx, hy) = sheet.mesh, sheet.steps
    through = currents(corners)
    links = [a + o + f for a, o, f in zip(applied, _own(sheet, through), _of_flux(foreign), strict=True)]
    resist = (sheet.resist_x, sheet.resist_y)
    turns = [np.where(np.isfinite(r), r, 0.0) * c for r, c in zip(resist, through, strict=True)]
    flux, kinetic = sheet.loops(*links) / FLUX, sheet.loops(*turns) / FLUX
    holes = list(sheet.holes)
    plane = (sheet.induced(corners) + foreign) / (hx * hy) + _applied_field(sheet, setup)
    return {
        "film_x": mesh.x,
        "film_y": mesh.y,
        "time": np.zeros(1),
        "order_parameter": _order_parameter(sheet, turns, links),
        "link_x": 2 * pi / FLUX * links[0],
        "link_y": 2 * pi / FLUX * links[1],
        "cell_weight": mesh.cell,
        "face_weight_x": mesh.face_x,
        "face_weight_y": mesh.face_y,
        "pair_strength": mesh.strength,
        "edge_loss": mesh.loss,
        "stream_function": corners[1:, 1:],
        "sheet_current_x": through[0] / hy * 1e3,
        "sheet_current_y": through[1] / hx * 1e3,
        "normal_field": plane[1:, 1:],
        "hole_fluxoid": (flux + kinetic)[holes],
        "hole_flux": flux[holes],
        "hole_current": np.array([corners[sheet.labels == h][0] for h in holes]),
    }


def _own(sheet: Sheet, through: Pair) -> Pair:
    """Line integrals (T nm^2) of the vector potential of the film's own currents."""
    unit, (hx, hy) = sheet.film.sheet_current, sheet.steps
    induction = Induction(sheet.mesh, sheet.film.pearl_length / sheet.film.material.coherence_length)
    return tuple(FLUX / (2 * pi) * p for p in induction.links(through[0] / hy / unit, through[1] / hx / unit))


def _of_flux(flux: np.ndarray) -> Pair:
    """Line integrals along links that give the flux through the loop at every inner corner: A_y = 0."""
    along_x = np.zeros((flux.shape[0] - 1, flux.shape[1] - 1))
    along_x[1:, :-1] = -np.cumsum(flux[1:-1, 1:-1], axis=0)
    return along_x, np.zeros_like(along_x)


def _applied_field(sheet: Sheet, setup: Setup) -> np.ndarray:
    (hx, hy), (ny, nx) = sheet.steps, sheet.labels.shape
    x, y = np.meshgrid(
        sheet.mesh.x[0] - hx / 2 + hx * np.arange(nx), sheet.mesh.y[0] - hy / 2 + hy * np.arange(ny)
    )
    total = np.zeros(x.shape)
    for field in setup.fields:
        total += field.schedule.at(0.0) * lowered(field.profile, sheet.height).flux_density(x, y)
    return total


def _order_parameter(sheet: Sheet, turns: Sequence[np.ndarray], links: Sequence[np.ndarray]) -> np.ndarray:
    """sqrt(strength) times the phase summed along a tree of open links; loops that hold whole quanta make it unique."""
    shape = sheet.mesh.shape
    names = np.arange(shape[0] * shape[1]).reshape(shape)
    step_x, step_y = (2 * pi / FLUX * (t + a) for t, a in zip(turns, links, strict=True))
    open_x, open_y = np.isfinite(sheet.resist_x), np.isfinite(sheet.resist_y)
    start = np.concatenate([names[open_x], names[open_y]])
    end = np.concatenate([names[open_x] + 1, names[open_y] + shape[1]])
    graph = coo_matrix((np.ones(start.size), (start, end)), shape=(names.size,) * 2).tocsr()
    phase, parent = np.zeros(names.size), np.arange(names.size)
    root = int(np.flatnonzero(sheet.mesh.inside)[0])
    order, before = breadth_first_order(graph, root, directed=False)
    child = order[1:]
    parent[child] = before[child]
    ahead, above = parent == np.arange(names.size) - 1, parent == np.arange(names.size) - shape[1]
    behind, below = parent == np.arange(names.size) + 1, parent == np.arange(names.size) + shape[1]
    along_x, along_y = step_x.ravel(), step_y.ravel()
    for chosen, values, sign in (
        (ahead, along_x, 1),
        (behind, along_x, -1),
        (above, along_y, 1),
        (below, along_y, -1),
    ):
        at = np.flatnonzero(chosen)
        phase[at] = sign * values[parent[at] if sign > 0 else at]
    while (parent != parent[parent]).any():  # each pass doubles the length of way that is summed
        phase, parent = phase + phase[parent], parent[parent]
    return np.where(sheet.mesh.inside, np.sqrt(np.maximum(sheet.mesh.strength, 0.0)), 0.0) * np.exp(
        1j * phase.reshape(shape)
    )
