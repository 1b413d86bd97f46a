"""Applied fields on the mesh of a film, as they are at t = 0."""

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.fields import Field
from onnes.response.condensate.mesh import FLUX, FilmMesh, link_phases


def static_links(mesh: FilmMesh, fields: tuple[Field, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the link phases along x and y of all fields together, float (y, x)."""
    totals = np.zeros(mesh.shape), np.zeros(mesh.shape)
    for field in fields:
        for total, part in zip(totals, link_phases(mesh, field.profile), strict=True):
            total += field.schedule.at(0.0) * part
    return totals


def check_quanta(mesh: FilmMesh, fields: tuple[Field, ...]) -> None:
    """Raise `InvalidInput` unless whole flux quanta, always as many, thread a film that repeats along both axes."""
    if mesh.periodic != (True, True):
        return
    step = mesh.x[1] - mesh.x[0], mesh.y[1] - mesh.y[0]
    x, y = np.meshgrid(mesh.x + step[0] / 2, mesh.y + step[1] / 2)
    area = step[0] * step[1]
    quanta = [float(f.profile.flux_density(x, y).sum()) * area / FLUX for f in fields]
    times = sorted({t for f in fields for t in f.schedule.times} | {0.0})
    totals = [sum(q * f.schedule.at(t) for q, f in zip(quanta, fields, strict=True)) for t in times]
    totals += [totals[0] + q * f.schedule.amplitude for q, f in zip(quanta, fields, strict=True)]
    whole = round(totals[0])
    worst = max(totals, key=lambda total: abs(total - whole))
    if abs(worst - whole) > 1e-6:
        near = FLUX / (area * mesh.cell.size)
        raise InvalidInput(
            f"{worst:.6g} flux quanta through a film that repeats along x and y",
            f"give a whole number at all times: a mean field of {whole * near:.9g} T (Film.induction({whole}))",
        )


def vortex_density(mesh: FilmMesh, fields: tuple[Field, ...]) -> float:
    """Return the mean of B_z over a film in flux quanta per nm^2, with its sign."""
    x, y = np.meshgrid(mesh.x, mesh.y)
    density = sum(f.schedule.at(0.0) * f.profile.flux_density(x, y) for f in fields)
    return float((mesh.cell * density).sum() / mesh.cell.sum()) / FLUX
