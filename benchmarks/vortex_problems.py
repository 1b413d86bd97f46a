"""Films on which onnes and pyTDGL are run side by side. Each run is a process of its own and prints one JSON line.

    python vortex_problems.py onnes film        python vortex_problems.py pytdgl film
    python vortex_problems.py minimiser quench  python vortex_problems.py scaling ""

Lengths in nm with xi = 100 nm, lambda = 200 nm, d = 20 nm, u = 5.79, gamma = 10; times in tau_0 = mu0 sigma lambda^2.
The free energy of both is the sum over cells and links that each code itself discretises, per area and over
B_c^2/mu0; a vortex is a gauge-invariant winding of a mesh loop. How many vortices enter a square film whose field
is switched on is decided by rounding and by the mesh, because the film is so symmetric. Films are therefore
compared from the same seeded start, a product of vortices at given places in the symmetric gauge, far from any
equilibrium but with the number of vortices given; ``film`` instead breaks the symmetry by a weak random pattern of
the local strength under a ramp.
"""

import json
import resource
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

XI, DEPTH, THICKNESS, GAMMA = 100.0, 200.0, 20.0, 10.0
MIB = 2.0**20


@dataclass(frozen=True)
class Problem:
    """``field`` in Bc2 reached along a straight ramp in ``ramp`` tau_0; ``current`` in J_0 times the width."""

    width: float
    height: float
    field: float
    until: float
    ramp: float = 0.0
    current: float = 0.0
    antidots: int = 0
    gamma: float = GAMMA
    refine: float = 1.0
    rough: bool = False
    seeds: str = ""
    """Vortices at the start: a key of `SEEDS`."""


PROBLEMS = {
    "quench": Problem(40, 40, 0.2, 500.0),
    "film": Problem(40, 40, 0.2, 500.0, ramp=100.0, rough=True),
    "film-fine": Problem(40, 40, 0.2, 500.0, ramp=100.0, rough=True, refine=1.4),
    "seeded": Problem(40, 40, 0.2, 500.0, seeds="rows"),
    "antidots": Problem(40, 40, 0.2, 500.0, antidots=4, seeds="antidots"),
    "antidots-begin": Problem(40, 40, 0.2, 60.0, antidots=4, seeds="antidots"),
    "antidots-fine": Problem(40, 40, 0.2, 60.0, antidots=4, seeds="antidots", refine=1.4),
    "antidots-ramp": Problem(40, 40, 0.2, 500.0, ramp=100.0, antidots=4, rough=True),
    "flow": Problem(40, 20, 0.1, 150.0, current=0.3, gamma=1.0),
    "strip": Problem(40, 20, 0.1, 1000.0, current=0.2),
    "strip-fine": Problem(40, 20, 0.1, 1000.0, current=0.2, refine=1.5),
    "short": Problem(10, 8, 0.1, 5.0, current=0.2),
}
RADIUS = 1.5
"""Of an antidot, in xi."""
ROUGHNESS, GRAIN, SEED = 0.03, 200.0, 11
"""Deviation of the local strength from 0.88, its correlation length in nm, and its seed."""
TAP = 0.3
"""Voltage taps lie on the middle line of a strip, at this share of its length from its centre."""
CENTRES = (-15.0, -5.0, 5.0, 15.0)
QUADRANT = [(6.5, 0.0), (12.0, 0.0), (8.0, 8.0), (9.0, 13.0), (13.0, 9.0)]
SEEDS = {
    "rows": [(6.0 * i - 15 + (1.5 if j % 2 else -1.5), 6.0 * j - 15) for j in range(6) for i in range(6)],
    "antidots": [(x, y) for x in CENTRES for y in CENTRES]
    + [(0.0, 0.0)]
    + [place for x, y in QUADRANT for place in ((x, y), (-y, x), (-x, -y), (y, -x))],
}
"""Places of the vortices at the start, in xi: six staggered rows of six; or one in each antidot and twenty-one between
them, each of the twenty-one within 1 xi of where it comes to rest. Both numbers stay as they are between 0.18 and 0.21
Bc2, and on finer meshes."""
MEAN_EDGE = 0.36
"""Mean distance of neighbouring sites, in xi, on both meshes at ``refine`` 1."""


def run_onnes(problem: Problem) -> dict[str, float]:
    """Return what onnes finds."""
    import onnes as on
    from onnes.response.condensate import flow

    material = on.model.GinzburgLandau(XI, DEPTH, resistivity=10.0, inelastic=problem.gamma)
    shape = on.model.rectangle(problem.width * XI, problem.height * XI)
    if problem.antidots:
        shape = on.model.antidots(shape, RADIUS * XI, problem.antidots, problem.antidots)
    ends = (on.model.side(shape, "left"), on.model.side(shape, "right")) if problem.current else ()
    film = on.model.Film(shape, THICKNESS, material, terminals=ends, strength=_pattern(problem))
    tau, total = material.time, problem.current * film.sheet_current * problem.height * XI
    field = problem.field * material.upper_critical_field
    options = {
        "field": on.model.ramp(0.0, field, problem.ramp * tau) if problem.ramp else field,
        "spacing": MEAN_EDGE * XI / problem.refine,
        "current": {"left": total, "right": -total} if ends else None,
    }
    reach = TAP * problem.width * XI
    taps = ((-reach, 0.0), (reach, 0.0)) if ends else ()
    warm = on.solve.tdgl(film, until=0.05 * tau, **options)  # loads the compiled loops
    if problem.seeds:
        x, y = np.meshgrid(warm["film_x"] / XI, warm["film_y"] / XI)
        seeded = _vortices(problem, x, y) * (warm["cell_weight"] > 0)
        options["start"] = replace(warm, fields=dict(warm.fields) | {"order_parameter": seeded})
    before, begin, cpu = _resident("VmRSS"), time.perf_counter(), time.process_time()
    state = on.solve.tdgl(film, until=problem.until * tau, recording=on.solve.Recording(taps=taps), **options)
    seconds, processor = time.perf_counter() - begin, time.process_time() - cpu
    inside = state["cell_weight"] > 0
    whole = inside[:-1, :-1] & inside[1:, :-1] & inside[:-1, 1:] & inside[1:, 1:]
    winding = flow.winding(state["order_parameter"], state["link_x"], state["link_y"])[:-1, :-1] * whole
    late = state["sample_time"] > 0.5 * problem.until * tau
    voltage = -np.diff(state["mean_tap_voltage"], axis=1)[late] if ends else np.zeros((1, 1))
    return {
        "seconds": seconds,
        "processor": processor,
        "memory": _resident("VmHWM") - before,
        "sites": int(inside.sum()),
        "steps": state.report.iterations,
        "energy": float(state["film_free_energy"][-1]),
        "vortices": int(winding.sum()),
        "quanta": _around(state["order_parameter"], state["link_x"], state["link_y"]),
        "density": float((np.abs(state["order_parameter"]) ** 2)[inside].mean()),
        "voltage": float(voltage.mean() / material.voltage),
    }


def _around(psi: np.ndarray, link_x: np.ndarray, link_y: np.ndarray) -> int:
    """Return the winding along the outermost cells: vortices, and quanta trapped in holes."""
    angle_x = np.angle(psi[:, :-1].conj() * psi[:, 1:] * np.exp(-1j * link_x[:, :-1])) + link_x[:, :-1]
    angle_y = np.angle(psi[:-1].conj() * psi[1:] * np.exp(-1j * link_y[:-1])) + link_y[:-1]
    turn = angle_x[0].sum() + angle_y[:, -1].sum() - angle_x[-1].sum() - angle_y[:, 0].sum()
    return round(float(turn) / (2 * np.pi))


def _vortices(problem: Problem, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a product of vortices tanh(r/1.5 xi) exp(i theta) at points in xi, in the symmetric gauge."""
    psi = np.ones(x.shape, complex)
    for a, b in SEEDS[problem.seeds]:
        z = x - a + 1j * (y - b)
        psi *= np.tanh(np.abs(z) / 1.5) * np.exp(1j * np.angle(z))
    return psi


def _pattern(problem: Problem):
    from onnes.model import RandomPattern

    return RandomPattern(0.88, ROUGHNESS, GRAIN, SEED, waves=100) if problem.rough else 1.0


def _strength(problem: Problem, x: float, y: float) -> float:
    from onnes.model.condensate.patterns import evaluate

    return float(evaluate(_pattern(problem), np.array(x), np.array(y)))


def run_pytdgl(problem: Problem) -> dict[str, float]:
    """Return what pyTDGL finds; the field of its strip is ramped like ours."""
    import tdgl
    from tdgl.geometry import box, circle
    from tdgl.sources import ConstantField, LinearRamp

    device = _device(tdgl, box, circle, problem)
    full = 2067.833848 / (2 * np.pi * XI**2) * problem.field * 1e3  # mT
    field = ConstantField(full, field_units="mT", length_units="um")
    if problem.ramp:
        field = LinearRamp(tmin=0.0, tmax=problem.ramp) * field
    # the unit of current of the package: K_0 = 4 xi Bc2/(mu0 Lambda), four times J_0 d
    unit = 4 * (XI * 1e-9) * 2.067833848e-15 / (2 * np.pi * (XI * 1e-9) ** 2) / (4e-7 * np.pi)
    unit *= THICKNESS * 1e-9 / (DEPTH * 1e-9) ** 2
    total = problem.current * unit / 4 * problem.height * XI * 1e-9 * 1e6
    with tempfile.TemporaryDirectory() as folder:
        options = tdgl.SolverOptions(
            solve_time=problem.until,
            field_units="mT",
            current_units="uA",
            output_file=str(Path(folder) / "run.h5"),
            save_every=1000,
        )
        seed = _peer_seed(tdgl, device, problem, field, folder) if problem.seeds else None
        before, begin, cpu = _resident("VmRSS"), time.perf_counter(), time.process_time()
        solution = tdgl.solve(
            device,
            options,
            seed_solution=seed,
            applied_vector_potential=field,
            terminal_currents={"left": total, "right": -total} if problem.current else None,
            disorder_epsilon=lambda r: _strength(problem, r[0] * 1e3, r[1] * 1e3),
        )
        seconds, processor = time.perf_counter() - begin, time.process_time() - cpu
        memory = _resident("VmHWM") - before
        found = _measure(device, solution, problem)
    return {"seconds": seconds, "processor": processor, "memory": memory, **found}


def _peer_seed(tdgl, device, problem: Problem, field, folder: str):
    """Return a solution of the package whose order parameter is that of the seeded start."""
    options = tdgl.SolverOptions(solve_time=1e-3, field_units="mT", output_file=str(Path(folder) / "seed.h5"))
    solution = tdgl.solve(device, options, applied_vector_potential=field)
    x, y = device.mesh.sites.T
    solution.tdgl_data.psi = _vortices(problem, x, y)
    return solution


def _device(tdgl, box, circle, problem: Problem):
    um = XI * 1e-3
    layer = tdgl.Layer(
        coherence_length=um, london_lambda=DEPTH * 1e-3, thickness=THICKNESS * 1e-3, gamma=problem.gamma
    )
    width, height = problem.width * um, problem.height * um
    film = tdgl.Polygon("film", points=box(width, height)).resample(401).buffer(0)
    count = problem.antidots
    at = (np.arange(count) + 0.5) / max(count, 1) - 0.5
    holes = [
        tdgl.Polygon(f"hole{i}{j}", points=circle(RADIUS * um, center=(width * x, height * y)))
        for j, y in enumerate(at)
        for i, x in enumerate(at)
    ]
    ends, probes = None, None
    if problem.current:
        thin = um / 100
        ends = [
            tdgl.Polygon(name, points=box(thin, height, center=(sign * width / 2, 0)))
            for name, sign in (("left", -1), ("right", 1))
        ]
        probes = [(-TAP * width, 0), (TAP * width, 0)]
    device = tdgl.Device(
        "film", layer=layer, film=film, holes=holes, terminals=ends, probe_points=probes, length_units="um"
    )
    # 0.7 xi gives edges of 0.36 xi on average
    device.make_mesh(max_edge_length=0.7 * um / problem.refine, smooth=100)
    return device


def _measure(device, solution, problem: Problem) -> dict[str, float]:
    mesh, data = device.mesh, solution.tdgl_data
    psi, areas, edges = data.psi, mesh.areas, mesh.edge_mesh.edges
    links = (data.applied_vector_potential * mesh.edge_mesh.directions).sum(1)
    a, b = psi[edges[:, 0]], psi[edges[:, 1]]
    gradient = np.abs(b * np.exp(-1j * links) - a) ** 2
    weight = mesh.edge_mesh.dual_edge_lengths / mesh.edge_mesh.edge_lengths
    density = np.abs(psi) ** 2
    strength = np.array([_strength(problem, *site) for site in mesh.sites * XI])
    energy = (areas * (-strength * density + density**2 / 2)).sum() + (weight * gradient).sum()
    times, volts = solution.dynamics.time, solution.dynamics.voltage() if problem.current else None
    late = times > 0.5 * problem.until
    steps = np.gradient(times)
    return {
        "sites": len(psi),
        "steps": len(times),
        "energy": float(energy / areas.sum()),
        "vortices": _windings(mesh, psi, edges, links),
        "quanta": _outer_winding(mesh, psi, edges, links),
        "density": float((areas * density).sum() / areas.sum()),
        "voltage": float((volts * steps)[late].sum() / steps[late].sum()) if problem.current else 0.0,
    }


def _windings(mesh, psi, edges, links) -> int:
    """Sum the windings of all triangles."""
    table = {}
    for (i, j), angle in zip(edges, links, strict=True):
        table[i, j], table[j, i] = angle, -angle
    total = 0
    for triangle in mesh.elements[(psi[mesh.elements] != 0).all(1)]:  # psi = 0 on a contact has no phase
        corners = [(triangle[k], triangle[(k + 1) % 3]) for k in range(3)]
        x, y = mesh.sites[triangle].T
        turn = 1 if (x[1] - x[0]) * (y[2] - y[0]) > (x[2] - x[0]) * (y[1] - y[0]) else -1
        flux = sum(table[c] for c in corners)
        steps = sum(np.angle(np.conj(psi[i]) * psi[j] * np.exp(-1j * table[i, j])) for i, j in corners)
        total += turn * round(float(steps + flux) / (2 * np.pi))
    return int(total)


def _outer_winding(mesh, psi, edges, links) -> int:
    """Return the winding along the outer edge of the film."""
    limit = np.abs(mesh.sites).max(axis=0) * (1 - 1e-9)
    rim = (np.abs(mesh.sites) >= limit).any(axis=1)
    total = 0.0
    for (i, j), angle in zip(edges, links, strict=True):
        x, y = mesh.sites[[i, j]].T
        side = any(abs(c[0] - c[1]) < 1e-9 and abs(c[0]) >= limit[k] for k, c in enumerate((x, y)))
        if rim[i] and rim[j] and side:
            step = np.angle(np.conj(psi[i]) * psi[j] * np.exp(-1j * angle)) + angle
            total += step * np.sign(x[0] * y[1] - x[1] * y[0])
    return round(float(total) / (2 * np.pi))


def _resident(which: str) -> float:
    status = Path("/proc/self/status")
    if not status.is_file():
        unit = 1 if sys.platform == "darwin" else 1024
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
    line = next(x for x in status.read_text(encoding="ascii").splitlines() if x.startswith(which))
    return 1024.0 * int(line.split()[1])


def run_minimiser(problem: Problem) -> dict[str, float]:
    """Return the lowest of the minimiser's candidates, from the vortices of the problem or from six starts."""
    import onnes as on

    material = on.model.GinzburgLandau(XI, DEPTH, inelastic=problem.gamma)
    film = on.model.Film(on.model.rectangle(problem.width * XI, problem.height * XI), THICKNESS, material)
    options = {"field": problem.field * material.upper_critical_field, "spacing": MEAN_EDGE * XI}
    small = on.model.Film(on.model.rectangle(5 * XI, 4 * XI), THICKNESS, material)
    on.solve.energy(small, **options)  # loads the compiled loops
    before, begin, cpu = _resident("VmRSS"), time.perf_counter(), time.process_time()
    starts = [XI * np.array(SEEDS[problem.seeds])] if problem.seeds else None
    state = on.solve.energy(film, starts=starts, **options)
    seconds, processor = time.perf_counter() - begin, time.process_time() - cpu
    best = int(np.argmin(state["candidate_energy"]))
    return {
        "seconds": seconds,
        "processor": processor,
        "memory": _resident("VmHWM") - before,
        "energy": float(state["candidate_energy"][best]),
        "vortices": int(state["candidate_vortices"][best]),
    }


def run_scaling(_: None) -> dict[str, list[str]]:
    """Return lines: nanoseconds for each cell and stage against those of a plain copy, and steps of large meshes."""
    import onnes as on

    lines = []
    material = on.model.GinzburgLandau(10.0, 20.0, resistivity=10.0)
    for size in (128, 512, 1024):
        film = on.model.Film(on.model.rectangle(4.0 * size, 4.0 * size), 5.0, material)
        setup = on.model.Setup(film, on.model.as_fields(0.2 * material.upper_critical_field))
        engine = on.solve.TDGL(
            setup, on.response.film_mesh(film, 4.0), on.solve.Stepping(fixed=0.1 * material.time)
        )
        moment = engine.step(engine.init())
        steps, begin = max(3, 200_000 // size**2), time.perf_counter()
        for _ in range(steps):
            moment = engine.step(moment)
        spent = (time.perf_counter() - begin) / steps
        lines.append(
            f"film of {size} x {size} cells: {1e3 * spent:.3g} ms a step of 0.1 tau_0, "
            f"{1e9 * spent / size**2:.3g} ns a cell; {_copied(size):.3g} ns a cell to copy one complex array"
        )
    size = 128
    box = on.model.Box((size * 4.0,) * 3, material)
    setup = on.model.BulkSetup(box, on.model.as_fields(0.3 * material.upper_critical_field))
    engine = on.solve.TDGLBulk(setup, on.response.bulk_mesh(box, 4.0))
    shape = engine.mesh.shape
    moment = engine.step(engine.init(np.ones(shape, complex), np.zeros((3, *shape))))
    begin = time.perf_counter()
    moment = engine.step(moment)
    spent = time.perf_counter() - begin
    lines.append(
        f"box of {size}^3 cells at kappa = 2: {spent:.3g} s a step, {1e9 * spent / size**3:.3g} ns a cell, "
        f"{_resident('VmHWM') / MIB:.4g} MiB resident"
    )
    return {"lines": lines}


def _copied(size: int) -> float:
    source, target = np.ones((size, size), complex), np.empty((size, size), complex)
    np.copyto(target, source)
    rounds, begin = max(5, 2_000_000 // size**2), time.perf_counter()
    for _ in range(rounds):
        np.copyto(target, source)
    return 1e9 * (time.perf_counter() - begin) / rounds / size**2


RUNS = {"onnes": run_onnes, "pytdgl": run_pytdgl, "minimiser": run_minimiser, "scaling": run_scaling}

if __name__ == "__main__":
    how, name = sys.argv[1:]
    print(json.dumps(RUNS[how](PROBLEMS.get(name))))
