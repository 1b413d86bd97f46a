"""Bulk bodies in time: linear modes, energy, gauge, screening, growth, and what is refused."""

import numpy as np
import pytest
from scipy.special import iv

import onnes as on
from onnes.errors import InvalidInput, NotConverged
from onnes.response.condensate.bulk_flow import gibbs_energy, loop_fields
from onnes.response.condensate.bulk_mesh import bulk_mesh, uniform_links
from onnes.solve.condensate.bulk.bulk_stepper import TDGLBulk
from onnes.state import Outcome


def material(kappa: float, relaxation: float = 1.0, inelastic: float = 0.0) -> on.model.GinzburgLandau:
    return on.model.GinzburgLandau(10.0, 10.0 * kappa, 10.0, relaxation, inelastic)


def field_along(direction: tuple, size: float) -> on.model.Field:
    return on.model.Field(on.model.Uniform(direction=direction), on.model.steady(size))


def engine_of(body, spacing: float, fields: tuple = (), tolerance: float = 1e-3) -> TDGLBulk:
    return TDGLBulk(on.model.BulkSetup(body, fields), bulk_mesh(body, spacing), tolerance)


def random_start(engine: TDGLBulk, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shape = engine.mesh.shape
    links = uniform_links(engine.mesh, np.zeros(3)) + 0.5 * rng.normal(size=(3, *shape))
    links[2] *= engine.mesh.deep
    return rng.normal(size=shape) + 1j * rng.normal(size=shape), links


BC2 = material(2.0).upper_critical_field
BODIES = [
    (on.model.Bulk(on.model.rectangle(60, 40), material(2.0)), (0, 0, 1)),
    (on.model.Bulk(on.model.ring(60, 21), material(2.0, 5.79, 3.0), extrapolation=30.0), (0, 0, 1)),
    (on.model.Box((30, 40, 20), material(2.0, 2.0, 3.0), extrapolation=20.0), (1, 2, 3)),
    (on.model.Box((30, 40, 20), material(2.0), periodic=(True, True, False), quanta=(0, 0, 2)), (2, 1, 0)),
    (on.model.Box((30, 40, 4), material(2.0, 3.0, 1.0), periodic=(True,) * 3, quanta=(1, -3, 2)), None),
]


@pytest.mark.parametrize(("body", "direction"), BODIES)
def test_energy_falls_by_what_is_dissipated(body, direction) -> None:
    """dG/dt = -dissipation at any state: the energy, in numpy, along the rates of the kernels.

    A central difference of step e: e^2 times third derivatives, and rounding 1e-16/e of G.
    """
    fields = () if direction is None else (field_along(direction, 0.3 * BC2),)
    engine = engine_of(body, 4.0, fields)
    now = engine.init(*random_start(engine))
    psi, links = engine.order_parameter(now), engine.link_phases(now)
    velocity = engine.inner(now.slope[0] + 1j * now.slope[1])
    step = 1e-6 / np.abs(velocity).max()

    def energy(s: float) -> float:
        moved = psi + s * velocity, links + s * engine.link_rates(now)
        return gibbs_energy(engine.mesh, *moved, engine.applied(0.0), 2.0)

    slope = (energy(step) - energy(-step)) / (2 * step)
    assert slope == pytest.approx(-engine.dissipation(now), rel=1e-6)


@pytest.mark.parametrize(("body", "direction"), BODIES)
def test_free_energy_never_rises(body, direction) -> None:
    """Every step of a run descends, from a random start in a constant field, and the heat accounts for the fall.

    The trapezium of the power over accepted steps: second order, the early decay by orders of magnitude within 1 %.
    """
    fields = () if direction is None else (field_along(direction, 0.3 * BC2),)
    engine = engine_of(body, 4.0, fields, tolerance=1e-2)
    now = engine.init(*random_start(engine))

    def energy() -> float:
        state = engine.order_parameter(now), engine.link_phases(now)
        return gibbs_energy(engine.mesh, *state, engine.applied(0.0), 2.0)

    first, heat = energy(), 0.0
    before, power = first, engine.dissipation(now)
    while now.time < 3.0:
        now = engine.step(now, 3.0)
        after, now_power = energy(), engine.dissipation(now)
        assert after <= before + 1e-12 * abs(first)
        heat += 0.5 * now.last * (power + now_power)
        before, power = after, now_power
    assert heat == pytest.approx(first - before, rel=0.01)


def test_bound_of_the_rates() -> None:
    """The bound that sets the number of stages holds: the fastest mode of the linearised rates by power iteration."""
    for body in (BODIES[1][0], BODIES[2][0]):
        engine = engine_of(body, 4.0)
        psi, links = random_start(engine)
        now = engine.init(np.clip(np.abs(psi), 0.5, 1.0) * psi / np.abs(psi), links)
        vector = np.random.default_rng(1).normal(size=now.y.shape)
        for _ in range(60):
            vector *= 1e-5 / np.abs(vector).max()
            vector = (engine.rates(now.y + vector, 0.0)[0] - engine.rates(now.y - vector, 0.0)[0]) / 2
            fastest = np.abs(vector).max() / 1e-5
        assert 0.3 * now.fastest < fastest < now.fastest


def test_threads_do_not_change_a_bit(monkeypatch) -> None:
    """Rows shared among two threads: the same numbers to the bit, in a layer and in a box."""
    for body in (BODIES[1][0], BODIES[2][0]):
        ends = []
        for cells in (10**9, 1):
            monkeypatch.setattr("onnes.numerics.rows.MANY_CELLS", cells)
            engine = engine_of(body, 4.0, (field_along((0, 0, 1), 0.3 * BC2),))
            now = engine.init(*random_start(engine))
            for _ in range(20):
                now = engine.step(now)
            ends.append(now)
        assert ends[0].time == ends[1].time and np.array_equal(ends[0].y, ends[1].y)


def test_gauge_invariance() -> None:
    """Row 20: psi exp(i chi), A + grad chi evolves to the same |psi| and B.

    Rounding only: 1e-16 times the rates and steps, and no instability in half a tau_0.
    """
    engine = engine_of(BODIES[2][0], 4.0, (field_along((1, 2, 3), 0.3 * BC2),))
    psi, links = random_start(engine, 5)
    chi = 3 * np.random.default_rng(6).normal(size=psi.shape)
    turned = links + np.stack([np.roll(chi, -1, -1 - axis) - chi for axis in range(3)])
    ends = []
    for start in ((psi, links), (psi * np.exp(1j * chi), turned)):
        now = engine.init(*start)
        while now.time < 0.5:
            now = engine.step(now, 0.5)
        b = loop_fields(engine.mesh, engine.link_phases(now), engine.applied(0.5))
        ends.append((np.abs(engine.order_parameter(now)), b))
    assert np.allclose(ends[0][0], ends[1][0], atol=1e-11)
    assert np.allclose(ends[0][1], ends[1][1], atol=1e-11)


def test_relaxation_rates_of_the_uniform_state() -> None:
    """Row 22: transverse field, amplitude and charge decay at the rates of the closed form.

    On the lattice k is 2 sin(kh/2)/h. Tolerance 1e-6 per tau_0 on amplitudes of 1e-3; squares of these are 1e-3 of them
    and drop out of the projection on the wave.
    """
    m = material(1.5, 5.79, 2.0)
    cells, length = 63, 40.0
    k = 2 * np.pi / length
    box = on.model.Box((length, 5.0, 5.0), m, periodic=(True,) * 3)
    engine = engine_of(box, length / cells, tolerance=1e-6)
    shape, step = engine.mesh.shape, engine.mesh.steps[0]
    x = np.arange(cells) * step * 10
    wave, between = 1e-3 * np.cos(k * x), 1e-3 * np.cos(k * (x + 5 * step))
    seen = 2 * np.sin(k * step * 5) / (step * 10)
    rates = on.response.relaxation_rates(m, seen).isel(mode_wavenumber=0)
    starts = {
        "field_rate": (np.ones(shape, complex), 1, wave),
        "amplitude_rate": ((1 + wave) * np.ones(shape, complex), 0, 0 * wave),
        "charge_rate": (np.ones(shape, complex), 0, between),
    }
    for name, (psi, axis, bent) in starts.items():
        links = np.zeros((3, *shape))
        links[axis] = bent * engine.mesh.steps[axis]
        now = engine.init(psi, links)
        end = 0.5 / (float(rates[name]) * engine.unit_time)
        while now.time < end:
            now = engine.step(now, end)
        psi = engine.order_parameter(now)
        phase = np.angle(np.conj(psi) * np.exp(-1j * engine.link_phases(now)[0]) * np.roll(psi, -1, 2))
        measured = {
            "field_rate": (engine.link_phases(now)[1, 0, 0], wave * engine.mesh.steps[1]),
            "amplitude_rate": (np.abs(psi)[0, 0] - 1, wave),
            "charge_rate": (-phase[0, 0], between * step),
        }[name]
        decay = -np.log(measured[0] @ measured[1] / (measured[1] @ measured[1])) / (end * engine.unit_time)
        assert decay == pytest.approx(float(rates[name]), rel=1e-3), name


def test_decay_lengths_from_the_tails() -> None:
    """Row 22: |psi| beside a normal layer dies out over xi/sqrt2, a weak field over lambda, as in closed form.

    h = 0.05 xi: (qh)^2/24 = 2e-4; tails where squares of the disturbance are below 1e-3 of it.
    """
    m, h = material(2.0), 0.5
    layer = on.model.Sampled([-81.0, -70.0, -69.9, 81.0], [-1.0, 1.0], [[-5.0, -5.0, 1.0, 1.0]] * 2)
    box = on.model.Box((160.0, h, h), m, layer, periodic=(False, True, True))
    weak = 1e-4 * m.upper_critical_field
    state = on.solve.tdgl_bulk(box, until=20 * m.time, field=weak, spacing=h)
    lengths = on.response.decay_lengths(m)
    x = state["box_x"] + 80.0
    dip = 1 - np.abs(state["box_order_parameter"][0, 0])
    tail = (dip > 1e-7) & (dip < 3e-4) & (x < 110)
    slope = np.polyfit(x[tail], np.log(dip[tail]), 1)[0]
    assert -1 / slope == pytest.approx(lengths.amplitude, rel=1e-3)
    # the field comes in from both sides: cosh((x - x0)/lambda) obeys b'' = b/lambda^2 where psi is whole
    plain = on.model.Box((160.0, h, h), m, periodic=(False, True, True))
    state = on.solve.tdgl_bulk(plain, until=20 * m.time, field=weak, spacing=h)
    b = state["box_induction"][2, 0, 0, :-1]
    curved = np.arccosh((b[2:] + b[:-2]) / (2 * b[1:-1]))
    assert h / np.median(curved) == pytest.approx(lengths.field, rel=1e-3)


def test_meissner_slab() -> None:
    """Row 11: cosh(x/lambda)/cosh(d/2 lambda). Second order in h: 2e-4, 5e-5, and extrapolated to below 1e-5."""
    m = material(2.0)
    weak = 1e-3 * m.upper_critical_field
    found = []
    for h in (2.0, 1.0):
        box = on.model.Box((100.0, h, h), m, periodic=(False, True, True))
        state = on.solve.tdgl_bulk(box, until=20 * m.time, field=weak, spacing=h)
        found.append(state["box_induction"][2, 0, 0] / weak)
    exact = np.cosh((state["box_x"][1::2] + 0.5) / 20) / np.cosh(2.5)
    errors = [np.abs(b - exact).max() for b in (found[0], found[1][1::2])]
    assert errors[0] < 3e-4 and 3.6 < errors[0] / errors[1] < 4.4
    assert np.allclose((4 * found[1][1::2] - found[0]) / 3, exact, atol=1e-5)
    # the mean of the profile is tanh(u)/u with u = d/2 lambda; the trapezium h^2/6 lambda d = 8e-5, the profile 5e-5
    mean = state["box_mean_induction"][-1, 2] / weak
    assert mean == pytest.approx(np.tanh(2.5) / 2.5, abs=2e-4)
    assert state["bulk_magnetisation"][-1] == pytest.approx((mean - 1) * weak / on.units.MU_0)


def test_meissner_cylinder() -> None:
    """A curved edge cut through square cells: I0(r/lambda)/I0(R/lambda), errors falling nearly as h^2."""
    m, radius = material(2.0), 60.0
    weak = 1e-3 * m.upper_critical_field
    exact = 40 / radius * iv(1, radius / 20) / iv(0, radius / 20)
    errors = []
    for h in (5.0, 2.5):
        body = on.model.Bulk(on.model.disk(radius), m)
        state = on.solve.tdgl_bulk(body, until=20 * m.time, field=weak, spacing=h)
        errors.append(abs(state["mean_induction"][-1] / weak / exact - 1))
    assert errors[0] < 2e-3 and errors[1] < errors[0] / 2**1.5


def test_growth_of_the_normal_state() -> None:
    """Row 1 in three dimensions: psi = 0 at b < 1 gives way at the rate (1 - b)/u.

    The lowest level of the lattice is b (1 - b h^2/8): extrapolated from two meshes, h^4 is left.
    """
    m = material(3.0, 2.0, 4.0)
    side = 10 * np.sqrt(4 * np.pi / 0.5)
    rates = []
    for h in (4.0, 2.0):
        box = on.model.Box((side, side, 4.0), m, periodic=(True,) * 3, quanta=(0, 0, 2))
        engine = engine_of(box, h, tolerance=1e-7)
        now = engine.init(1e-4 * random_start(engine)[0], uniform_links(engine.mesh, np.zeros(3)))
        sizes = []
        for end in (20.0, 25.0):
            while now.time < end:
                now = engine.step(now, end)
            sizes.append(np.sum(np.abs(engine.order_parameter(now)) ** 2))
        assert sizes[1] < 1e-2 * engine.mesh.cell.size
        rates.append(np.log(sizes[1] / sizes[0]) / 10)
    assert rates[1] < rates[0]
    assert (4 * rates[1] - rates[0]) / 3 == pytest.approx((1 - 0.5) / 2, rel=1e-3)


def test_axes_are_alike() -> None:
    """A field along x, y or z of a box turned with it, and a tilted weak one as the sum of its components.

    The first is exact but for the order of additions; the second for the cube of the field.
    """
    m = material(1.5)
    weak = 1e-3 * m.upper_critical_field
    found = []
    for turn in range(3):
        sides = np.roll([40.0, 30.0, 50.0], turn)
        along = tuple(np.roll([0.0, 0.0, 1.0], turn))
        box = on.model.Box(tuple(sides), m)
        state = on.solve.tdgl_bulk(
            box, until=2 * m.time, field=field_along(along, 0.3 * m.upper_critical_field), spacing=5.0
        )
        found.append((state["gibbs_energy"][-1], np.abs(state["box_order_parameter"]).min()))
        assert state.report.checks[0].passed
    assert np.allclose(found[1:], found[0], rtol=1e-11)
    box = on.model.Box((40.0, 30.0, 50.0), m)
    single = [
        on.solve.tdgl_bulk(box, until=2 * m.time, field=field_along(d, weak), spacing=5.0)["box_induction"]
        for d in ((1, 0, 0), (0, 0, 1))
    ]
    tilted = on.solve.tdgl_bulk(
        box, until=2 * m.time, field=field_along((1, 0, 1), np.sqrt(2) * weak), spacing=5.0
    )
    # different steps are taken: each run is within the tolerance of a step for each tau_0
    assert np.allclose(tilted["box_induction"], sum(single), atol=2e-3 * weak)


def test_ramp_warm_start_and_file(tmp_path) -> None:
    """Two halves of a ramp make the whole, through a file between: same steps up to the tolerance."""
    m = material(1.0)
    body = on.model.Bulk(on.model.rectangle(60.0, 40.0), m)
    unit, top = m.time, 0.3 * m.upper_critical_field
    whole = on.solve.tdgl_bulk(body, until=4 * unit, field=on.model.ramp(0, top, 4 * unit), tolerance=1e-4)
    half = on.solve.tdgl_bulk(body, until=2 * unit, field=on.model.ramp(0, top / 2, 2 * unit), tolerance=1e-4)
    on.state.save(half, tmp_path / "half.nc")
    half = on.state.load(tmp_path / "half.nc")
    rest = on.solve.tdgl_bulk(
        half.model.body,
        until=2 * unit,
        field=on.model.ramp(top / 2, top, 2 * unit),
        start=half,
        tolerance=1e-4,
    )
    assert rest.report.start == "warm" and half.report.start == "superconducting"
    assert np.allclose(rest["order_parameter"], whole["order_parameter"], atol=4e-4)
    assert len(whole["sample_time"]) == 101 and whole["applied_field"][50] == pytest.approx(top / 2)
    box = on.model.Box((30.0, 30.0, 20.0), m)
    first = on.solve.tdgl_bulk(box, until=unit, field=top, spacing=5.0)
    again = on.solve.tdgl_bulk(box, until=unit, field=top, spacing=5.0, start=first)
    assert again["gibbs_energy"][0] == pytest.approx(first["gibbs_energy"][-1], rel=1e-12)


def test_refused_runs() -> None:
    m = material(1.0)
    body = on.model.Bulk(on.model.rectangle(40.0, 40.0), m)
    run = on.solve.tdgl_bulk
    with pytest.raises(InvalidInput, match="positive time"):
        run(body, until=0.0)
    with pytest.raises(InvalidInput, match="sample"):
        run(body, until=1.0, sample=-1.0)
    with pytest.raises(InvalidInput, match="tolerance"):
        run(body, until=1.0, tolerance=0.0)
    with pytest.raises(InvalidInput, match="beside it"):
        run(on.model.BulkSetup(body), until=1.0, field=0.1)
    with pytest.raises(InvalidInput, match="start = 'warm'"):
        run(body, until=1.0, start="warm")
    with pytest.raises(InvalidInput, match="resistivity"):
        run(on.model.Bulk(body.shape, on.model.GinzburgLandau(10.0, 20.0)), until=1.0)
    with pytest.raises(InvalidInput, match="GB"):
        run(body, until=1.0, most_bytes=1e5)
    done = run(body, until=0.1 * m.time)
    with pytest.raises(InvalidInput, match="another mesh"):
        run(body, until=1.0, spacing=5.0, start=done)
    with pytest.raises(InvalidInput, match="another mesh"):
        run(on.model.Box((40.0, 40.0, 40.0), m), until=1.0, start=done)
    ring = on.model.Box((40.0, 40.0, 40.0), m, periodic=(True, False, False))
    with pytest.raises(InvalidInput, match="periodic across"):
        run(ring, until=1.0, vortices=((0.0, 0.0),))
    engine = engine_of(body, 5.0)
    with pytest.raises(InvalidInput, match="shape"):
        engine.init(np.ones((1, 2, 3)), np.zeros((3, 1, 8, 8)))
    with pytest.raises(InvalidInput, match="finite"):
        engine.init(np.full((1, 8, 8), np.nan), np.zeros((3, 1, 8, 8)))


def test_memory_is_known_before() -> None:
    """A box of 128^3 cells fits into 4 GB, as the estimate says without allocating it."""
    box = on.model.Box((128.0, 128.0, 128.0), material(1.0))
    needed = on.solve.bulk_memory(box, 1.0)
    assert 128**3 * 8 * 50 < needed < 4e9


def test_numbers_out_of_range() -> None:
    """A strength that no step can follow stops with the last good state."""
    body = on.model.Bulk(on.model.rectangle(40.0, 40.0), material(1.0), strength=-1e160)
    with pytest.raises(NotConverged) as caught:
        on.solve.tdgl_bulk(body, until=1.0, start="normal")
    assert caught.value.report.outcome is Outcome.UNSTABLE
    assert np.isfinite(caught.value.state["order_parameter"]).all()
    kept = on.solve.tdgl_bulk(body, until=1.0, start="normal", throw=False)
    assert not kept.report.converged
