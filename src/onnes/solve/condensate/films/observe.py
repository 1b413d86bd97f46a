"""What a running film shows: voltages, currents, free energy, heat, and the fields of its final state."""

import numpy as np

from onnes.response.condensate.flow import free_energy, supercurrent
from onnes.solve.condensate.films.banks import Banks
from onnes.solve.condensate.films.instant import Moment
from onnes.solve.condensate.films.stepper import TDGL

SERIES = (
    "sample_time",
    "terminal_voltage",
    "terminal_current",
    "film_free_energy",
    "film_dissipation",
    "step_size",
    "applied_field",
)


def sample(engine: TDGL, moment: Moment) -> dict[str, np.ndarray]:
    """Return one entry of every series of a run but those of its voltmeter, in the units of the schema."""
    drive, mesh, film = engine.drive, engine.mesh, engine.setup.film
    sums = None if moment.outside is None else moment.outside[1]
    potential, currents, rates = drive.answer(moment.potential, engine.side(moment), sums)
    area = film.shape.area / film.material.coherence_length**2
    factors = drive.amplitudes(moment.time)
    energy = free_energy(
        moment.order_parameter,
        engine.links(moment),
        (mesh.cell, mesh.face_x, mesh.face_y),
        engine.strength(moment),
        mesh.loss,
        (mesh.hx, mesh.hy),
    )
    banks = drive.outer if isinstance(drive.outer, Banks) else None
    if banks is not None:
        energy += banks.energy(moment.order_parameter, moment.outside[0], moment.time)
    # power of one unit: (B_c^2/mu0) xi^2 d/tau_0, in nW
    volume = film.material.coherence_length**2 * film.thickness * 1e-27
    power = film.material.condensation_density * volume / (drive.unit_time * 1e-12) * 1e9
    x0, y0, x1, y1 = film.shape.bounds
    middle = np.array([(x0 + x1) / 2]), np.array([(y0 + y1) / 2])
    field = sum(
        c * float(f.profile.flux_density(*middle)[0])
        for c, f in zip(factors, engine.setup.fields, strict=False)  # without those of the leads
    )
    found = (
        moment.time * drive.unit_time,
        drive.wall_potentials(potential, currents, rates) * drive.unit_voltage,
        currents * drive.unit_current,
        energy / area,
        dissipation(engine, moment) * power,
        moment.last * drive.unit_time,
        field,
    )
    entry = dict(zip(SERIES, map(np.asarray, found), strict=True))
    if moment.sheet is not None:
        entry["film_field_energy"] = np.asarray(engine.self_field.energy(moment.sheet[0]) / area)
    if moment.temperature is not None:
        entry["peak_temperature"] = moment.temperature[0][mesh.inside].max()
    return entry | (_around(engine, moment) if film.repeats else {})


def _around(engine: TDGL, moment: Moment) -> dict[str, np.ndarray]:
    """Return currents along the periodic axes, the electromotive force of a period, and the flux that threads the ring.

    The current through a cross-section, the mean over all; minus the mean rate of the links, and their mean, along a
    period.
    """
    mesh, drive = engine.mesh, engine.drive
    time, links = engine.side(moment), engine.links(moment)
    drops, rates = engine.drops(moment, time), engine.link_rates(moment)
    psi, steps, found = moment.order_parameter, (mesh.hx, mesh.hy), []
    for axis in np.nonzero(mesh.periodic)[0]:
        face, count = (mesh.face_x, mesh.face_y)[axis], mesh.shape[1 - axis]
        flow = face / steps[axis] * (supercurrent(psi, links[axis], -1 - axis) - drops[axis])
        current = flow.sum() * steps[1 - axis] / count * drive.unit_current
        force = -count * rates[axis].mean() * drive.unit_voltage
        found.append((current, force, count * links[axis].mean() / (2 * np.pi)))
    names = "circulating_current", "circulating_voltage", "threading_flux"
    return dict(zip(names, np.array(found).T, strict=True))


def dissipation(engine: TDGL, moment: Moment) -> float:
    """Return the power turned to heat, over (B_c^2/mu0) xi^2 d/tau_0.

    Of the condensate 2 (u m/s)(|V|^2 + gamma^2 Re(psi* V)^2) in each cell, of the normal current 2 a E^2 on each face,
    and 2 I^2 R between the contacts and the centres of their cells.
    """
    mesh, drive = engine.mesh, engine.drive
    psi, velocity = moment.order_parameter, (moment.velocity[0] + 1j * moment.velocity[1])[1:-1, 1:-1]
    gamma2 = mesh.inelastic**2
    s = np.sqrt(1 + gamma2 * np.abs(psi) ** 2)
    beat = (np.conj(psi) * velocity).real
    condensate = mesh.relaxation * engine.mass / s * (np.abs(velocity) ** 2 + gamma2 * beat**2)
    time = engine.side(moment)
    _, currents = drive.potential(moment.potential, time, moment.outside)
    joule = 0.0
    steps = (mesh.face_x, mesh.hx), (mesh.face_y, mesh.hy)
    for drop, (face, h) in zip(engine.drops(moment, time), steps, strict=True):
        joule += (face * (drop / h) ** 2).sum()
    total = (condensate.sum() + joule) * mesh.hx * mesh.hy + (drive.contacts.half * currents**2).sum()
    if isinstance(drive.outer, Banks):
        total += drive.outer.wall_heat(moment.potential, time, moment.outside[1])
    return 2 * float(total)


def fields(engine: TDGL, moment: Moment, series: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the fields of a state."""
    mesh, drive = engine.mesh, engine.drive
    potential, _ = drive.potential(moment.potential, engine.side(moment), moment.outside)
    link_x, link_y = engine.links(moment)
    rate_x, rate_y = engine.link_rates(moment)
    own = {
        "film_x": mesh.x,
        "film_y": mesh.y,
        "time": np.array([moment.time * drive.unit_time]),
        "order_parameter": moment.order_parameter,
        "electric_potential": potential * drive.unit_voltage,
        "link_x": link_x,
        "link_y": link_y,
        "link_rate_x": rate_x / drive.unit_time,
        "link_rate_y": rate_y / drive.unit_time,
        "cell_weight": mesh.cell,
        "face_weight_x": mesh.face_x,
        "face_weight_y": mesh.face_y,
        "pair_strength": engine.strength(moment),
        "edge_loss": mesh.loss,
    }
    if drive.contacts.count:
        own["terminal"] = np.arange(drive.contacts.count)
    if isinstance(drive.outer, Banks):
        banks, phases = drive.outer, np.full(drive.contacts.count, np.nan)
        phases[banks.which] = moment.outside[0]
        feed = np.zeros(mesh.shape, complex)
        np.add.at(feed, (banks.rows, banks.columns), banks.source(moment.outside[0], moment.time))
        own |= {"contact_phase": phases, "edge_feed": feed}
    if any(mesh.periodic):
        own["period_axis"] = np.nonzero(mesh.periodic)[0]
    if moment.temperature is not None:
        own["film_temperature"] = moment.temperature[0]
    return own | series


def stacked(samples: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the series of all samples."""
    return {name: np.stack([s[name] for s in samples]) for name in samples[0]} if samples else {}
