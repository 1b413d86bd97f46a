"""Sheet currents of a film on the faces of its cells and in them, and their magnetic moment, in SI-like units.

A face current is the mean over the whole face between two cells, so that times the length of the face it is the
current through it; its divergence vanishes cell by cell but at contacts.
"""

from dataclasses import dataclass

import numpy as np

from onnes.response.condensate.film_fields import FilmFields, require
from onnes.response.condensate.flow import ahead, supercurrent
from onnes.state import State

Pair = tuple[np.ndarray, np.ndarray]
A_PER_M = 1e3
"""One uA/nm in A/m."""


@dataclass(frozen=True, slots=True)
class FaceCurrents:
    """Sheet currents through the faces towards larger x and y, A/m, (y, x): of pairs, of normal electrons."""

    pairs: Pair
    normal: Pair

    @property
    def total(self) -> Pair:
        """Their sum."""
        return self.pairs[0] + self.normal[0], self.pairs[1] + self.normal[1]


def face_currents(seen: FilmFields, state: State, probe: str) -> FaceCurrents:
    """Return the sheet currents of a film state.

    K_s = J_0 d a Im psi*(grad - 2 pi i A/Phi_0) psi, and K_n = sigma d a E with E = -grad mu - dA/dt. A state of
    equilibrium (``"ginzburg_landau"``) has no normal current, and a London state states its sheet current.
    """
    if "sheet_current_x" in state:
        return FaceCurrents((state["sheet_current_x"], state["sheet_current_y"]), _nothing(seen))
    unit, step = A_PER_M * seen.film.sheet_current, seen.reduced_step
    pairs = tuple(
        unit * face * supercurrent(seen.psi, link, axis) / h
        for face, link, axis, h in zip(seen.faces, seen.links, (-1, -2), step, strict=True)
    )
    if state.method == "ginzburg_landau":
        return FaceCurrents(pairs, _nothing(seen))
    drops = potential_drops(seen, state, probe)
    normal = tuple(-unit * face * drop / h for face, drop, h in zip(seen.faces, drops, step, strict=True))
    return FaceCurrents(pairs, normal)


def _nothing(seen: FilmFields) -> Pair:
    return np.zeros(seen.psi.shape), np.zeros(seen.psi.shape)


def potential_drops(seen: FilmFields, state: State, probe: str) -> Pair:
    """Return minus the electric field along the links times their length, in units of V_0: mu_next - mu + dtheta/dt."""
    require(state, probe, "electric_potential", "link_rate_x", "link_rate_y")
    material = seen.film.material
    mu = state["electric_potential"] / material.voltage
    rates = (state["link_rate_x"] * material.time, state["link_rate_y"] * material.time)
    return tuple(
        np.where(face > 0, ahead(mu, axis) - mu + rate, 0.0)
        for face, rate, axis in zip(seen.faces, rates, (-1, -2), strict=True)
    )


def to_cells(faces: Pair) -> Pair:
    """Return face currents averaged to the centres of the cells; closed faces carry none."""
    return (faces[0] + np.roll(faces[0], 1, -1)) / 2, (faces[1] + np.roll(faces[1], 1, -2)) / 2


def moment(seen: FilmFields, faces: Pair) -> float:
    """Return the magnetic moment along z, half the integral of r x K, in A m^2.

    Where the current is closed it does not depend on the origin.
    """
    (hx, hy), (x, y) = seen.step, seen.positions
    along = (x * faces[1]).sum() - (y * faces[0]).sum()  # the faces of x-currents lie at the y of their cells
    return float(0.5 * along * hx * hy * 1e-27)


def net_outflow(seen: FilmFields, faces: Pair) -> np.ndarray:
    """Return the current that leaves each cell through its faces, uA (y, x); zero but at contacts."""
    (hx, hy), (kx, ky) = seen.step, faces
    return 1e-3 * ((kx - np.roll(kx, 1, -1)) * hy + (ky - np.roll(ky, 1, -2)) * hx)
