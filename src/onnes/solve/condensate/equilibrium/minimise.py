"""Equilibrium of a film in a static field: the lowest of the minima of its free energy."""

import time
from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.fields import Field, as_fields
from onnes.model.condensate.film import Film, Setup
from onnes.model.condensate.schedule import Schedule
from onnes.response.condensate.applied import static_links
from onnes.response.condensate.flow import free_energy, winding
from onnes.response.condensate.mesh import FilmMesh, film_mesh
from onnes.solve.condensate.equilibrium.descent import Descent, descend, operator
from onnes.solve.condensate.equilibrium.starts import Start, starting_points
from onnes.state import Check, Outcome, Report, State

STARTS: tuple[Start, ...] = ("meissner", "triangular", "square", 1, 2, 3)
Links = tuple[np.ndarray, np.ndarray]


def energy(
    film: Film | Setup,
    *,
    field: float | Schedule | Field | tuple[Field, ...] = 0.0,
    spacing: float | None = None,
    starts: Sequence[Start] | None = None,
    start: State | None = None,
    tolerance: float = 1e-6,
    most: int = 20_000,
    throw: bool = True,
) -> State:
    r"""Minimise the free energy of a film over its order parameter in a static field.

    .. math:: \frac{\delta F}{\delta\bar\psi}=-(\nabla-iA)^2\psi-(\epsilon-|\psi|^2)\psi=0

    on the mesh, by preconditioned conjugate gradients from several starts. Every start ends in a minimum, most of them
    metastable; the lowest is returned. The vector potential is the applied one: the film does not screen.

    Main arguments
    --------------
    film : a film with ``field`` (T along z, or profiles), or a setup; fields are taken as they are at t = 0.
    starts : names ``"meissner"``, ``"triangular"``, ``"square"`` (vortices on a lattice), numbers (noise of that
        seed), points (a vortex at each, nm). Where not given: all three lattices and three seeds; with ``start``: none.
    start : a state on the same mesh from which to descend too.

    Other arguments
    ---------------
    spacing : of the mesh, nm; 0.35 coherence lengths where not given.
    tolerance : largest |delta F/delta psi*| of a cell at the end, in units of that of the bulk.
    most : iterations of one descent. throw : raise `NotConverged` where the lowest is not a minimum.

    Returns
    -------
    State ``"ginzburg_landau"`` of a `Setup`, with ``candidate_energy``, ``candidate_vortices`` (sum of the windings)
    and ``candidate_residual`` of every start, the given state first.

    Raises
    ------
    InvalidInput : currents or a voltage; no start, or one that is unknown or on another mesh.
    NotConverged : the lowest candidate has not converged; ``.state`` carries it.
    """
    begin = time.perf_counter()
    setup = _static(film, field)
    if not 0 < tolerance < 1:
        raise InvalidInput(f"a tolerance of {tolerance}", "give one between 0 and 1")
    mesh = film_mesh(setup.film, spacing)
    links = static_links(mesh, setup.fields)
    system = operator(mesh, *links)
    names, firsts = _firsts(setup, mesh, links, starts, start)
    found = [descend(system, first, tolerance, most) for first in firsts]
    best = int(np.argmin([d.energy for d in found]))
    report = _report(names, found, best, tolerance, begin, setup, mesh, links)
    state = State(setup, "ginzburg_landau", _fields(setup, mesh, links, found, best), report)
    if throw and not report.converged:
        error = NotConverged(report)
        error.state = state
        raise error
    return state


def _static(film: Film | Setup, field: float | Schedule | Field | tuple[Field, ...]) -> Setup:
    if isinstance(film, Film):
        return Setup(film, as_fields(field))
    if not (isinstance(field, int | float) and field == 0):
        raise InvalidInput("a setup, and a field beside it", "give the field in the setup only")
    if film.voltage is not None or any(s.at(0.0) != 0 for s in film.currents):
        raise InvalidInput(
            "a film with a current or a voltage has no minimum of the energy",
            "take currents away, or follow it in time with solve.tdgl",
        )
    return film


def _firsts(
    setup: Setup, mesh: FilmMesh, links: Links, starts: Sequence[Start] | None, start: State | None
) -> tuple[list[str], list[np.ndarray]]:
    """Return names and order parameters of all starts."""
    if starts is None:
        starts = STARTS if start is None else ()
    names = [
        s if isinstance(s, str) else f"seed {s}" if isinstance(s, int) else "placed vortices" for s in starts
    ]
    firsts = starting_points(setup, mesh, links, starts)
    if start is not None:
        if not all(np.array_equal(start[n], v) for n, v in (("film_x", mesh.x), ("film_y", mesh.y))):
            raise InvalidInput(
                "a start on another mesh", "give the film and the spacing with which it was made"
            )
        names, firsts = ["given state", *names], [np.array(start["order_parameter"]), *firsts]
    if not firsts:
        raise InvalidInput("no start", "give at least one name, seed or state")
    return names, firsts


def _report(
    names: list[str],
    found: list[Descent],
    best: int,
    tolerance: float,
    begin: float,
    setup: Setup,
    mesh: FilmMesh,
    links: Links,
) -> Report:
    chosen, name = found[best], names[best]
    lost = [
        f"{n}: residual {d.residuals[-1]:.2e}" for n, d in zip(names, found, strict=True) if not d.converged
    ]
    outcome = Outcome.CONVERGED if chosen.converged else Outcome.MAX_ITERATIONS
    # <psi, dF/dpsi*> = 0 makes F = -sum w |psi|^4/2
    quartic = float((mesh.cell * np.abs(chosen.psi) ** 4).sum()) / 2
    scale = max(quartic, 1e-300)
    spread = tolerance * float(np.abs(chosen.psi).sum()) / scale
    direct = _free_energy(setup, mesh, links, chosen.psi) / (mesh.hx * mesh.hy)
    checks = (
        Check("energy of a stationary state", (chosen.energy + quartic) / scale, spread + 1e-12),
        Check("energy on links", (direct - chosen.energy) / scale, 1e-10),
    )
    return Report(
        outcome=outcome,
        engine=f"conjugate gradients; the lowest of {len(found)}: {name}",
        residuals=chosen.residuals,
        target=tolerance,
        iterations=chosen.iterations,
        seed=int(name.split()[1]) if name.startswith("seed") else None,
        start="warm" if name == "given state" else "cold",
        seconds=time.perf_counter() - begin,
        checks=checks if quartic else (),
        warnings=tuple(lost),
    )


def _free_energy(setup: Setup, mesh: FilmMesh, links: Links, psi: np.ndarray) -> float:
    weights = (mesh.cell, mesh.face_x, mesh.face_y)
    return free_energy(psi, links, weights, mesh.strength, mesh.loss, (mesh.hx, mesh.hy))


def vortices_of(mesh: FilmMesh, links: Links, psi: np.ndarray) -> int:
    """Return the sum of the windings of all loops of four cells inside the film."""
    inside = mesh.inside
    whole = inside[:-1, :-1] & inside[:-1, 1:] & inside[1:, :-1] & inside[1:, 1:]
    return int((winding(psi, *links)[:-1, :-1] * whole).sum())


def _fields(
    setup: Setup, mesh: FilmMesh, links: Links, found: list[Descent], best: int
) -> dict[str, np.ndarray]:
    zero, unit = np.zeros(mesh.shape), mesh.hx * mesh.hy * setup.film.material.coherence_length**2
    energies = np.array([d.energy for d in found]) * unit / setup.film.shape.area
    x0, y0, x1, y1 = setup.film.shape.bounds
    middle = np.array([(x0 + x1) / 2]), np.array([(y0 + y1) / 2])
    applied = sum(f.schedule.at(0.0) * float(f.profile.flux_density(*middle)[0]) for f in setup.fields)
    return {
        "film_x": mesh.x,
        "film_y": mesh.y,
        "time": np.zeros(1),
        "order_parameter": found[best].psi,
        "electric_potential": zero,
        "link_x": links[0],
        "link_y": links[1],
        "link_rate_x": zero,
        "link_rate_y": zero,
        "cell_weight": mesh.cell,
        "face_weight_x": mesh.face_x,
        "face_weight_y": mesh.face_y,
        "pair_strength": mesh.strength,
        "edge_loss": mesh.loss,
        "sample_time": np.zeros(1),
        "film_free_energy": energies[best : best + 1],
        "applied_field": np.array([applied]),
        "candidate": np.arange(len(found)),
        "candidate_energy": energies,
        "candidate_vortices": np.array([vortices_of(mesh, links, d.psi) for d in found]),
        "candidate_residual": np.array([d.residuals[-1] for d in found]),
    }
