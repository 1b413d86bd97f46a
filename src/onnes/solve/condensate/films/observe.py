"""What a running film shows: voltages, currents, free energy, heat, and the fields of its final state."""

import numpy as np

from onnes.response.condensate.flow import free_energy
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
    potential, currents = drive.potential(moment.potential, engine.side(moment))
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
    # power of one unit: (B_c^2/mu0) xi^2 d/tau_0, in nW
    volume = film.material.coherence_length**2 * film.thickness * 1e-27
    power = film.material.condensation_density * volume / (drive.unit_time * 1e-12) * 1e9
    x0, y0, x1, y1 = film.shape.bounds
    middle = np.array([(x0 + x1) / 2]), np.array([(y0 + y1) / 2])
    field = sum(
        c * float(f.profile.flux_density(*middle)[0])
        for c, f in zip(factors, engine.setup.fields, strict=True)
    )
    found = (
        moment.time * drive.unit_time,
        drive.wall_potentials(potential, currents) * drive.unit_voltage,
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
    return entry


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
    _, currents = drive.potential(moment.potential, time)
    joule = 0.0
    steps = (mesh.face_x, mesh.hx), (mesh.face_y, mesh.hy)
    for drop, (face, h) in zip(engine.drops(moment, time), steps, strict=True):
        joule += (face * (drop / h) ** 2).sum()
    total = (condensate.sum() + joule) * mesh.hx * mesh.hy + (drive.contacts.half * currents**2).sum()
    return 2 * float(total)


def fields(engine: TDGL, moment: Moment, series: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the fields of a state."""
    mesh, drive = engine.mesh, engine.drive
    potential, _ = drive.potential(moment.potential, engine.side(moment))
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
    if moment.temperature is not None:
        own["film_temperature"] = moment.temperature[0]
    return own | series


def stacked(samples: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the series of all samples."""
    return {name: np.stack([s[name] for s in samples]) for name in samples[0]} if samples else {}
