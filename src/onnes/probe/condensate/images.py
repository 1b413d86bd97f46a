"""Pictures of a film: the field that a SQUID or a Hall cross sees above it, its energy, and its heat."""

from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.response.condensate.currents import face_currents, potential_drops
from onnes.response.condensate.energies import energy_density, joule_heat, relaxation_heat
from onnes.response.condensate.film_fields import FilmFields, film_fields, require
from onnes.response.condensate.mesh import film_mesh
from onnes.response.condensate.stray_field import circle, normal_field, square
from onnes.state import State

if TYPE_CHECKING:
    import xarray as xr


def field_image(
    state: State, height: float, *, loop: float | None = None, cross: float | None = None, margin: float = 0.0
) -> "xr.Dataset":
    """Return B_z of a film's own currents at a height above it, by the law of Biot and Savart.

    The applied field is not in it, nor that of leads.

    Parameters
    ----------
    state : any state of a film.
    height : of the sensor above the film, nm.
    loop : radius (nm) of a round pick-up over which the field is averaged, such as that of a SQUID.
    cross : side (nm) of a square over which it is averaged, such as a Hall cross or a pixel.
    margin : how far the picture reaches beyond the film, nm.

    Returns
    -------
    Dataset on image_y, image_x (nm): image_field, T. Attributes: height, loop, cross (nm).

    Raises
    ------
    InvalidInput : a height or a pick-up that is not positive, a negative margin, both pick-ups.
    CannotProbe : the state is not of a film or lacks a field.
    """
    seen = film_fields(state, "field_image")
    sizes = (height, *(size for size in (loop, cross) if size is not None))
    if not all(0 < size < float("inf") for size in sizes) or not 0 <= margin < float("inf"):
        raise InvalidInput(f"an image at height {height}, pick-up {sizes[1:]}", "give positive lengths in nm")
    if len(sizes) > 2:
        raise InvalidInput("a round and a square pick-up", "give one of loop= and cross=")
    contour, area = None, 1.0
    if loop is not None:
        contour, area = circle(loop, height), np.pi * loop**2
    if cross is not None:
        contour, area = square(cross, height), cross**2
    (hx, hy), columns, rows = seen.step, len(seen.x), len(seen.y)
    mx, my = int(np.ceil(margin / hx)), int(np.ceil(margin / hy))
    faces = face_currents(seen, state, "field_image").total
    arrays = {
        "image_x": seen.x[0] + hx * np.arange(-mx, columns + mx),
        "image_y": seen.y[0] + hy * np.arange(-my, rows + my),
        "image_field": normal_field(seen, faces, height, (mx, my), contour, area),
    }
    return schema.dataset("field above a film", arrays, height=height, loop=loop or 0.0, cross=cross or 0.0)


def energy_map(state: State) -> "xr.Dataset":
    """Return the free energy of a film for each area, without that of the field; zero in the normal state.

    Sheet density e = d (B_c^2/mu0) [-eps|psi|^2 + |psi|^4/2 + xi^2 |(grad - 2 pi i A/Phi_0) psi|^2] over the full area
    of each cell, so that the sum of the map times the area of a cell is the free energy.

    Returns
    -------
    Dataset on film_y, film_x: energy_map (J/m^2); and film_energy (J).

    Raises
    ------
    CannotProbe : the state is not of a film or lacks a field.
    """
    seen = film_fields(state, "energy_map")
    require(state, "energy_map", "pair_strength", "edge_loss")
    unit = seen.film.material.condensation_density * seen.film.thickness * 1e-9
    density = unit * energy_density(seen, state["pair_strength"], state["edge_loss"])
    total = density.sum() * seen.step[0] * seen.step[1] * 1e-18
    arrays = {"film_x": seen.x, "film_y": seen.y, "energy_map": density, "film_energy": total}
    return schema.dataset("free energy of a film", arrays)


def dissipation_map(state: State) -> "xr.Dataset":
    r"""Return where the power of a film turns to heat.

    .. math:: p=\sigma dE^2+\frac{2d B_c^2}{\mu_0\tau_0}\frac{u}{\sqrt{1+\gamma^2|\psi|^2}}
              [|\dot\psi+i\mu\psi|^2+\gamma^2(\tfrac12\partial_t|\psi|^2)^2]

    over the full area of each cell; the rate of the order parameter follows from its equation of motion. In contacts,
    the current heats the normal layer between the last cells and the wall.

    Returns
    -------
    Dataset on film_y, film_x, all in W/m^2: joule_map, relaxation_map, contact_map and their sum dissipation_map; and
    dissipated_power (nW).

    Raises
    ------
    CannotProbe : the state is not of a film, lacks a field, or its series does not end at its time (contacts need it).
    """
    probe = "dissipation_map"
    seen = film_fields(state, probe)
    require(state, probe, "pair_strength", "edge_loss", "electric_potential", "link_rate_x", "link_rate_y")
    material = seen.film.material
    unit = material.condensation_density * seen.film.thickness * 1e-9 / (material.time * 1e-12)
    maps = {
        "joule_map": unit * joule_heat(seen, potential_drops(seen, state, probe)),
        "relaxation_map": unit * relaxation_heat(seen, state["pair_strength"], state["edge_loss"]),
        "contact_map": _contact_heat(seen, state),
    }
    whole = sum(maps.values())
    power = whole.sum() * seen.step[0] * seen.step[1] * 1e-9
    arrays = {"film_x": seen.x, "film_y": seen.y, **maps, "dissipation_map": whole, "dissipated_power": power}
    return schema.dataset("heat of a film", arrays)


def _contact_heat(seen: FilmFields, state: State) -> np.ndarray:
    """Return the heat between the last cells and the walls of contacts, W/m^2: I (V_wall - V_cells) on each contact."""
    heat = np.zeros(seen.psi.shape)
    if not seen.film.terminals:
        return heat
    require(state, "dissipation_map", "terminal_current", "terminal_voltage", "sample_time", "time")
    if not np.isclose(state["sample_time"][-1], state["time"][0], rtol=1e-9):
        last = f"terminal_voltage at the time of the state ({state['time'][0]:.6g} ps)"
        raise CannotProbe("dissipation_map", last, "sample the run so that its end is sampled too")
    contacts = film_mesh(seen.film, max(seen.step)).contacts
    currents, walls = state["terminal_current"][-1], state["terminal_voltage"][-1]
    for length, current, wall in zip(contacts, currents, walls, strict=True):
        share = length / length.sum()
        heat += current * (wall - (share * state["electric_potential"]).sum()) * share
    return heat * 1e9 / (seen.step[0] * seen.step[1])  # uA mV/nm^2: 1e-9 W over 1e-18 m^2
