"""Bulk bodies in time: order parameter and vector potential together, from a body and its field to a `State`."""

import time
from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.bulk import Box, Bulk, BulkSetup
from onnes.model.condensate.fields import Field, as_fields
from onnes.model.condensate.schedule import Schedule
from onnes.numerics import philox
from onnes.response.condensate.bulk_flow import gibbs_energy, loop_fields, mean_induction
from onnes.response.condensate.bulk_mesh import BulkMesh, bulk_mesh, uniform_links
from onnes.solve.condensate.bulk.bulk_stepper import BulkMoment, TDGLBulk
from onnes.state import Check, Outcome, Report, State
from onnes.units import MU_0

SEED_SIZE = 0.01
"""Size of the random order parameter of a seeded start."""
FLOATS = 80
"""Floats a cell that a run needs, two moments, three stages and the measurements included."""


def tdgl_bulk(
    bulk: Bulk | Box | BulkSetup,
    *,
    until: float,
    field: float | Schedule | Field | tuple[Field, ...] = 0.0,
    spacing: float | None = None,
    tolerance: float = 1e-3,
    start: State | str = "superconducting",
    vortices: Sequence[tuple[float, float]] = (),
    seed: int = 0,
    sample: float | None = None,
    most_bytes: float = 4e9,
    throw: bool = True,
) -> State:
    """Follow a bulk superconductor in time from 0 to ``until``, its vector potential being dynamical.

    Parameters
    ----------
    bulk : a long body or a box, or a setup that holds its own fields.
    until : end of the run, ps.
    field : uniform applied field: T along z, a schedule, or fields with a direction.
    spacing : of the mesh, nm; 0.35 of the smaller of xi and lambda where not given.
    tolerance : largest error per tau_0 of the order parameter and of the vector potential (Phi_0/2 pi xi).
    start : ``"superconducting"`` without any induction, ``"normal"`` (psi = 0 in the applied field, for ever),
        ``"seeded"`` (small random psi in the applied field), or a state on the same mesh.
    vortices : places (x, y), nm, of vortices along z that are put into the start, one Phi_0 each, with London's field.
    seed : of a seeded start.
    sample : ps between samples of the history; a hundredth of the run where not given.
    most_bytes : a run that needs more memory is refused before it starts.
    throw : raise `NotConverged` instead of returning a run that went wrong.

    Returns
    -------
    State ``"tdgl_bulk"`` of a `BulkSetup`. A long body has the fields of a film and ``bulk_induction``; a box has
    ``box_order_parameter``, ``box_links``, ``box_induction``. The loop of cells that an induction belongs to has the
    cell as its lowest corner; outside the body it is the applied one.

    Raises
    ------
    InvalidInput : fields given twice, a start on another mesh, more memory than allowed.
    NotConverged : the numbers ceased to be finite; the last good state is in its ``.state``.
    """
    setup = setup_of(bulk, field)
    if not 0 < until < float("inf"):
        raise InvalidInput(f"a run until {until} ps", "give a positive time")
    if sample is not None and not sample > 0:
        raise InvalidInput(f"sample = {sample} ps", "give a positive time")
    mesh = bulk_mesh(setup.body, spacing)
    refuse_large(mesh, most_bytes)
    engine = TDGLBulk(setup, mesh, tolerance)
    begin = time.perf_counter()
    moment = engine.init(*first_of(engine, start, vortices, seed))
    moment, samples, outcome = _march(engine, moment, until, until / 100 if sample is None else sample)
    report = Report(
        outcome=outcome,
        engine="RKL2, order parameter and vector potential",
        residuals=(moment.error * tolerance,),
        target=tolerance,
        iterations=moment.count,
        seed=seed if start == "seeded" else None,
        start=start if isinstance(start, str) else "warm",
        seconds=time.perf_counter() - begin,
        checks=flux_checks(engine, moment),
    )
    series = {name: np.stack([s[name] for s in samples]) for name in samples[0]}
    state = State(setup, "tdgl_bulk", fields(engine, moment) | series, report)
    if throw and not report.converged:
        error = NotConverged(report)
        error.state = state
        raise error
    return state


def bulk_memory(bulk: Bulk | Box, spacing: float | None = None) -> int:
    """Return about how many bytes a run of `tdgl_bulk` needs on a mesh of ``spacing`` (nm)."""
    return _bytes(bulk_mesh(bulk, spacing), FLOATS)


def _bytes(mesh: BulkMesh, floats: int) -> int:
    nz, ny, nx = mesh.shape
    return 8 * floats * (nz + 2 * mesh.deep) * (ny + 2) * (nx + 2)


def refuse_large(mesh: BulkMesh, most_bytes: float, floats: int = FLOATS) -> None:
    """Raise `InvalidInput` where ``floats`` numbers a cell are more than ``most_bytes``."""
    if (needed := _bytes(mesh, floats)) > most_bytes:
        raise InvalidInput(
            f"{mesh.cell.size} cells need {needed / 1e9:.3g} GB, and {most_bytes / 1e9:.3g} GB are allowed",
            "raise spacing= or most_bytes=",
        )


def _march(
    engine: TDGLBulk, moment: BulkMoment, until: float, interval: float
) -> tuple[BulkMoment, list[dict[str, np.ndarray]], Outcome]:
    """Step to the end; return the last good moment, the samples, and how it went."""
    unit = engine.unit_time
    end, interval = until / unit, interval / unit
    last = round(end / interval)
    if abs(last * interval - end) < 1e-9 * end:
        interval = end / last
    samples = [sample_of(engine, moment)]
    while moment.time < end:
        after = engine.step(moment, min(end, len(samples) * interval))
        if not after.finite or after.error > 1:
            return moment, samples, Outcome.UNSTABLE
        moment = after
        if moment.time >= len(samples) * interval:
            samples.append(sample_of(engine, moment))
    return moment, samples, Outcome.CONVERGED


def sample_of(engine: TDGLBulk, moment: BulkMoment) -> dict[str, np.ndarray]:
    """Return one entry of every series of a run, in the units of the schema."""
    mesh, material = engine.mesh, engine.material
    applied, links = engine.applied(moment.time), engine.link_phases(moment)
    mean = mean_induction(mesh, links, applied) * engine.unit_field
    field = applied * engine.unit_field
    energy = gibbs_energy(mesh, engine.order_parameter(moment), links, applied, material.kappa)
    power = material.condensation_density / (engine.unit_time * 1e-12)
    found = {
        "sample_time": moment.time * engine.unit_time,
        "gibbs_energy": energy / mesh.filled,
        "bulk_dissipation": engine.dissipation(moment) / mesh.filled * power,
    }
    if mesh.deep:
        found |= {"box_applied_field": field, "box_mean_induction": mean}
    else:
        found |= {"applied_field": field[2], "mean_induction": mean[2]}
    found["bulk_magnetisation"] = (mean[2] - field[2]) / MU_0
    return {name: np.asarray(value) for name, value in found.items()}


def fields(engine: TDGLBulk, moment: BulkMoment) -> dict[str, np.ndarray]:
    """Return the fields of a state of a bulk body, without its history."""
    mesh, unit = engine.mesh, engine.unit_time
    links, psi = engine.link_phases(moment), engine.order_parameter(moment)
    induction = loop_fields(mesh, links, engine.applied(moment.time)) * engine.unit_field
    now = {"time": np.array([moment.time * unit])}
    if mesh.deep:
        return now | {
            "box_x": mesh.x,
            "box_y": mesh.y,
            "box_z": mesh.z,
            "box_axis": np.arange(3),
            "box_order_parameter": psi,
            "box_links": links,
            "box_induction": induction,
            "box_strength": mesh.strength,
        }
    rates = engine.link_rates(moment) / unit
    return now | {
        "film_x": mesh.x,
        "film_y": mesh.y,
        "order_parameter": psi[0],
        "electric_potential": np.zeros(psi[0].shape),  # the gauge in which there is none
        "link_x": links[0, 0],
        "link_y": links[1, 0],
        "link_rate_x": rates[0, 0],
        "link_rate_y": rates[1, 0],
        "bulk_induction": induction[2, 0],
        "cell_weight": mesh.cell[0],
        "face_weight_x": mesh.faces[0, 0],
        "face_weight_y": mesh.faces[1, 0],
        "pair_strength": mesh.strength[0],
        "edge_loss": mesh.loss[0],
    }


def flux_checks(engine: TDGLBulk, moment: BulkMoment) -> tuple[Check, ...]:
    """Return for a box how far the divergence of B is from zero: the flux out of six loops, in Phi_0."""
    mesh = engine.mesh
    if not mesh.deep:
        return ()
    b = loop_fields(mesh, engine.link_phases(moment), engine.applied(moment.time))
    out = np.zeros(mesh.shape)
    whole = np.ones(mesh.shape, bool)
    for axis, h in enumerate(mesh.steps):
        out += (np.roll(b[axis], -1, -1 - axis) - b[axis]) / h
        whole &= mesh.loops[axis] & np.roll(mesh.loops[axis], -1, -1 - axis)
    worst = np.abs(out[whole]).max(initial=0.0) * mesh.volume / (2 * np.pi)
    return (Check("flux through closed surfaces", float(worst), 1e-9),)


# --- starts ----------------------------------------------------------------------------------


def setup_of(bulk: Bulk | Box | BulkSetup, field: float | Schedule | Field | tuple[Field, ...]) -> BulkSetup:
    """Return the setup of a body in a field, or the one that was given."""
    if not isinstance(bulk, BulkSetup):
        return BulkSetup(bulk, () if field == 0.0 else as_fields(field))
    if field != 0.0:
        raise InvalidInput("a setup, and a field beside it", "give the field in the setup only")
    return bulk


def first_of(
    engine: TDGLBulk, start: State | str, vortices: Sequence[tuple[float, float]], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return psi and the link phases to start from."""
    mesh = engine.mesh
    if isinstance(start, State):
        psi, links = _taken(mesh, start)
    elif start == "superconducting":
        psi, links = np.sqrt(np.maximum(mesh.strength, 0.0)).astype(complex), uniform_links(mesh, np.zeros(3))
    elif start == "normal":
        psi, links = np.zeros(mesh.shape, complex), uniform_links(mesh, engine.applied(0.0))
    elif start == "seeded":
        counters = np.zeros((2, *mesh.shape, 4), int)
        counters[..., 0] = np.arange(mesh.cell.size).reshape(mesh.shape)
        counters[..., 2] = 2 + np.arange(2).reshape(2, 1, 1, 1)
        real, imag = philox.normal(counters, seed)
        psi, links = SEED_SIZE * (real + 1j * imag), uniform_links(mesh, engine.applied(0.0))
    else:
        raise InvalidInput(f"start = {start!r}", "give 'superconducting', 'normal', 'seeded' or a state")
    for place in vortices:
        turn, extra = _vortex(engine, place)
        psi, links = psi * turn, links + extra
    return psi, links


def _vortex(engine: TDGLBulk, place: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return tanh(r/xi) exp(i phi) about a place, and links of London's A = grad phi [1 - (r/lambda) K_1(r/lambda)]."""
    from scipy.special import k1

    mesh, xi = engine.mesh, engine.material.coherence_length
    if mesh.periodic[0] or mesh.periodic[1]:
        remedy = "start from 'seeded' with Box.quanta, or open these axes"
        raise InvalidInput("a vortex put into a body that is periodic across it", remedy)
    away = ((mesh.x - place[0]) + 1j * (mesh.y[:, None] - place[1])) / xi
    links = np.zeros((3, *mesh.shape))
    for axis in (0, 1):
        following = np.roll(away, -1, 1 - axis)
        ratio = np.abs(away + following) / 2 / engine.material.kappa
        held = 1 - ratio * k1(np.maximum(ratio, 1e-12))
        links[axis] = np.angle(np.conj(away) * following) * held
    return np.tanh(np.abs(away)) * np.exp(1j * np.angle(away)), links


def _taken(mesh: BulkMesh, state: State) -> tuple[np.ndarray, np.ndarray]:
    names = ("box_x", "box_y", "box_z") if mesh.deep else ("film_x", "film_y")
    axes = (mesh.x, mesh.y, mesh.z)
    same = ("box_links" if mesh.deep else "bulk_induction") in state
    if not (same and all(np.array_equal(state[n], v) for n, v in zip(names, axes, strict=False))):
        raise InvalidInput(
            "a start on another mesh", "give the body and the spacing with which that state was made"
        )
    if mesh.deep:
        return np.array(state["box_order_parameter"]), np.array(state["box_links"])
    flat = np.stack([state["link_x"], state["link_y"], np.zeros(state["link_x"].shape)])
    return np.array(state["order_parameter"])[None], flat[:, None]
