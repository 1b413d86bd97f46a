"""Sheet currents of a film, and the moment that a magnetometer reads."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput
from onnes.response.condensate.currents import face_currents, moment, to_cells
from onnes.response.condensate.film_fields import FilmFields, film_fields, require
from onnes.state import State
from onnes.units import MU_0

if TYPE_CHECKING:
    import xarray as xr


def sheet_current(state: State) -> "xr.Dataset":
    """Return the sheet current in every cell of a film: of pairs, of normal electrons, and their sum.

    K_s = J_0 d Im psi*(grad - 2 pi i A/Phi_0) psi and K_n = sigma d E. Face currents are averaged to the cells,
    where what flows in through a contact is missing: the cells along it show half of the current.

    Returns
    -------
    Dataset on film_y, film_x (nm), all in A/m: pair_current_x, _y, normal_current_x, _y, film_current_x, _y.

    Raises
    ------
    CannotProbe : the state is not of a film or lacks a field.
    """
    seen = film_fields(state, "sheet_current")
    found = face_currents(seen, state, "sheet_current")
    arrays = {"film_x": seen.x, "film_y": seen.y}
    for name, faces in (("pair", found.pairs), ("normal", found.normal), ("film", found.total)):
        arrays[f"{name}_current_x"], arrays[f"{name}_current_y"] = to_cells(faces)
    return schema.dataset("sheet current of a film", arrays)


def magnetic_moment(state: State) -> "xr.Dataset":
    """Return the magnetic moment of a film's currents, half the integral of r x K, and its magnetisation.

    Where a current flows through contacts the leads belong to the loop, and the moment depends on the origin.

    Returns
    -------
    Dataset: magnetic_moment (A m^2) along z, and magnetisation (A/m), the moment over area times thickness.

    Raises
    ------
    CannotProbe : the state is not of a film or lacks a field.
    """
    m, magnetisation = _moment(state, "magnetic_moment")
    arrays = {"magnetic_moment": m, "magnetisation": magnetisation}
    return schema.dataset("magnetic moment of a film", arrays)


def magnetisation_history(states: Iterable[State]) -> "xr.Dataset":
    """Return the magnetisation loop M(H) that a film goes through.

    Parameters
    ----------
    states : states of one film, in the order of the experiment: the frames of a run (`probe.frames`), or solutions
        at one field after another.

    Returns
    -------
    Dataset on ``sweep_point``: history_time (ps), history_field (mu0 H, T, the applied field along z at the middle
    of the film), history_moment (A m^2), history_magnetisation (mu0 M, T). Attribute loop_area (T^2): the integral
    of mu0 M over the applied field, closed by a straight line; minus mu0 times the energy lost in a closed cycle, over
    the volume.

    Raises
    ------
    InvalidInput : no state at all.
    CannotProbe : a state is not of a film or lacks a field.
    """
    rows = []
    for state in states:
        m, magnetisation = _moment(state, "magnetisation_history")
        require(state, "magnetisation_history", "time")
        time = float(state["time"][0])
        rows.append(
            (time, applied_field(film_fields(state, "magnetisation_history"), time), m, MU_0 * magnetisation)
        )
    if not rows:
        raise InvalidInput("a history without states", "give at least one")
    time, field, m, magnetisation = np.array(rows).T
    area = (np.roll(field, -1) - field) @ (np.roll(magnetisation, -1) + magnetisation) / 2
    arrays = {
        "sweep_point": np.arange(len(rows)),
        "history_time": time,
        "history_field": field,
        "history_moment": m,
        "history_magnetisation": magnetisation,
    }
    return schema.dataset("magnetisation of a film", arrays, loop_area=float(area))


def applied_field(seen: FilmFields, time: float) -> float:
    """Return the applied field along z (T) at the middle of a film at ``time`` (ps)."""
    x0, y0, x1, y1 = seen.film.shape.bounds
    middle = np.array([(x0 + x1) / 2]), np.array([(y0 + y1) / 2])
    return sum(f.schedule.at(time) * float(f.profile.flux_density(*middle)[0]) for f in seen.setup.fields)


def _moment(state: State, probe: str) -> tuple[float, float]:
    seen = film_fields(state, probe)
    m = moment(seen, face_currents(seen, state, probe).total)
    return m, m / (seen.film.shape.area * seen.film.thickness * 1e-27)
