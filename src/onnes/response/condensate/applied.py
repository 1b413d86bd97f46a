"""Applied fields on the mesh of a film, as they are at t = 0."""

import numpy as np

from onnes.model.condensate.fields import Field
from onnes.response.condensate.mesh import FLUX, FilmMesh, link_phases


def static_links(mesh: FilmMesh, fields: tuple[Field, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the link phases along x and y of all fields together, float (y, x)."""
    totals = np.zeros(mesh.shape), np.zeros(mesh.shape)
    for field in fields:
        for total, part in zip(totals, link_phases(mesh, field.profile), strict=True):
            total += field.schedule.at(0.0) * part
    return totals


def vortex_density(mesh: FilmMesh, fields: tuple[Field, ...]) -> float:
    """Return the mean of B_z over a film in flux quanta per nm^2, with its sign."""
    x, y = np.meshgrid(mesh.x, mesh.y)
    density = sum(f.schedule.at(0.0) * f.profile.flux_density(x, y) for f in fields)
    return float((mesh.cell * density).sum() / mesh.cell.sum()) / FLUX
