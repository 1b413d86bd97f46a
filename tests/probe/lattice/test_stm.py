"""Maps of the local density of states: the two engines agree, the tip, the set point, and the octet geometry."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import CannotProbe, InvalidInput, InvalidModel

BANDS = on.model.square({(0, 0): 100.0, (1, 0): -100.0, (1, 1): 30.0})
HOST = on.model.Superconductor(BANDS, on.model.d_wave(40.0))
BI2212 = on.model.square(
    {(0, 0): 130.5, (1, 0): -148.775, (1, 1): 40.9, (2, 0): -12.975, (2, 1): -13.9625, (2, 2): 12.75}
)
ENERGY, ETA = np.linspace(-150, 150, 31), 6.0


@pytest.fixture(scope="module")
def both():
    defects = (on.model.Impurity(400.0, (2, 3)), on.model.Impurity(20.0, (6, 1), "gap"))
    sample = on.model.Sample(HOST, (10, 8), defects)
    t = on.solve.impurity(HOST, defects, mesh=(10, 8), energy=ENERGY, broadening=ETA)
    return t, on.solve.realspace(sample)


@pytest.mark.parametrize(
    "tip",
    [
        None,
        on.probe.Tip(),
        on.probe.Tip.d_wave_filter(),
        on.probe.Tip(((0, 0), (1, 0), (2, 1)), (1.0, 0.5j, -0.3)),
    ],
)
def test_two_engines_one_map(both, tip) -> None:
    t, sample = both
    one = on.probe.ldos(t, tip=tip)["ldos"].values
    other = on.probe.ldos(sample, ENERGY, broadening=ETA, tip=tip)["ldos"].values
    assert np.max(np.abs(one - other)) < 1e-10 * other.max()


def test_a_plain_tip_sees_the_cell(both) -> None:
    t, _ = both
    assert np.allclose(on.probe.ldos(t, tip=on.probe.Tip())["ldos"], on.probe.ldos(t)["ldos"], rtol=1e-12)


def test_states_of_a_cell_are_one(both) -> None:
    """The Lorentzians of a sample hold one state for each cell; a wide grid misses 2 eta/(pi W)."""
    _, sample = both
    wide = np.linspace(-4e4, 4e4, 80001)
    rho = on.probe.ldos(sample, wide, broadening=ETA)["ldos"].values
    total = np.trapezoid(rho, wide, axis=0) + 2 * ETA / np.pi / 4e4
    # What is left of the tails is of order (band width/W)^2 times them.
    assert np.max(np.abs(total - 1)) < 1e-7


def test_map_is_labelled(both) -> None:
    t, _ = both
    maps = on.probe.ldos(t)
    assert maps["ldos"].dims == ("energy", "x", "y") and maps["ldos"].attrs["units"] == "1/meV"
    assert maps.attrs["broadening_meV"] == ETA


def test_set_point_effect(both) -> None:
    """The feedback keeps the integrated conductance equal everywhere, and leaves a uniform sample alone."""
    t, _ = both
    maps = on.probe.ldos(t)
    for bias in (100.0, -100.0):
        seen = on.probe.setpoint(maps, bias)["tunnelling_map"].values
        inside = (min(0, bias) - 1e-6 <= ENERGY) & (max(0, bias) + 1e-6 >= ENERGY)
        current = np.trapezoid(seen[inside], ENERGY[inside], axis=0)
        assert np.ptp(current) < 1e-12 * current.mean() and np.ptp(seen[3]) > 1e-3 * seen[3].mean()
    clean = on.probe.ldos(on.solve.impurity(HOST, [], mesh=(6, 6), energy=ENERGY, broadening=ETA))
    assert np.allclose(on.probe.setpoint(clean, 100.0)["tunnelling_map"], clean["ldos"], rtol=1e-10)


def test_qpi_is_a_fourier_transform(both) -> None:
    t, _ = both
    maps = on.probe.ldos(t)
    pattern = on.probe.qpi(maps)
    values = maps["ldos"].values[4]
    x, y = np.indices(values.shape)
    for qx, qy in ((0.1, 0.25), (-0.3, 0.375)):
        direct = abs(np.sum(np.exp(-2j * np.pi * (qx * x + qy * y)) * values))
        found = pattern["qpi"].isel(energy=4).sel(qx=qx, qy=qy, method="nearest").item()
        assert np.isclose(found, direct, rtol=1e-10)
    assert pattern["qpi"].isel(energy=4).sel(qx=0.0, qy=0.0).item() < 1e-12
    assert on.probe.qpi(on.probe.setpoint(maps, 100.0))["qpi"].shape == pattern["qpi"].shape


def test_friedel_oscillations() -> None:
    """In a metal the interference of one energy lies on the contour 2k: a nearly free band, along an axis."""
    bands = on.model.square({(0, 0): 0.0, (1, 0): -100.0})
    energy, cells = -250.0, 256
    state = on.solve.impurity(
        bands, [on.model.Impurity(50.0)], mesh=(cells, cells), energy=[energy], broadening=2.0
    )
    pattern = on.probe.qpi(on.probe.ldos(state))["qpi"].values[0]
    row = pattern[cells // 2 + 10 :, cells // 2]
    q = (10 + np.argmax(row)) / cells
    k = np.arccos(-(energy + 200.0) / 200.0) / (2 * np.pi)  # -2t cos k - 2t = energy
    # The line has a width of eta/v = 2/(200 sin k) = 0.012/2pi in k, twice that in q, and a mesh of 1/256.
    assert abs(q - 2 * k) < 2 / cells


def test_octet_geometry() -> None:
    """Seven vectors between eight tips on one contour: their lengths obey the symmetry of the square."""
    state = on.solve.given_gap(on.model.Superconductor(BI2212, on.model.d_wave(42.0)), 0.0)
    found = on.probe.octet(state, 15.0)
    q, (u, v) = found["octet_vector"].values, found["octet_tip"].values
    ends = np.column_stack([q + np.array([u, v]), np.zeros(7)])
    energies, _ = on.response.quasiparticles(state, ends)
    assert np.allclose(np.abs(energies), 15.0, atol=1e-8)
    lengths = np.linalg.norm(q, axis=1)
    assert np.isclose(lengths[1], lengths[5]) and np.argmin(lengths) in (0, 6)
    assert np.allclose(q[2] / q[3], (u + v) / (2 * np.array([u, v])))
    # A larger energy moves the tips from the node towards the antinode: q1 shrinks and q7 grows.
    higher = np.linalg.norm(on.probe.octet(state, 25.0)["octet_vector"].values, axis=1)
    assert higher[0] < lengths[0] and higher[6] > lengths[6]
    assert np.allclose(on.probe.octet(state, -15.0)["octet_vector"], q)


def test_interference_peaks_at_octet_vectors() -> None:
    """A potential shows q2, q3, q6, q7 and a change of the gap q1, q4, q5, within 0.01 of the geometry.

    The lines have a width of eta/v_Delta, about 1/30 of 2 pi across and 1/200 along the normal of the Fermi line.
    """
    state = on.solve.given_gap(on.model.Superconductor(BI2212, on.model.d_wave(42.0)), 0.0)
    energy = 20.0
    q = on.probe.octet(state, energy)["octet_vector"].values
    for defect, numbers in (
        (on.model.Impurity(20.0), (2, 3, 6, 7)),
        (on.model.Impurity(2.0, kind="gap"), (1, 4, 5)),
    ):
        t = on.solve.impurity(state, [defect], mesh=(480, 480), energy=[energy], broadening=1.0)
        pattern = on.probe.qpi(on.probe.ldos(t))
        for number in numbers:
            found = on.probe.interference_peak(pattern, q[number - 1])[0]
            assert np.linalg.norm(found - q[number - 1]) < 0.01, number


def test_a_slope_has_no_peak(both) -> None:
    axis = np.arange(-10, 10) / 20
    slope = np.add.outer(np.arange(20.0), np.zeros(20))[None]
    from onnes import schema

    pattern = schema.dataset("slope", {"energy": [0.0], "qx": axis, "qy": axis, "qpi": slope})
    assert np.all(np.isnan(on.probe.interference_peak(pattern, np.array([0.0, 0.0]), window=0.1)))


def test_what_is_refused(both) -> None:
    t, sample = both
    with pytest.raises(InvalidInput, match="impurity instead"):
        on.probe.ldos(t, ENERGY)
    with pytest.raises(InvalidInput, match="broadening="):
        on.probe.ldos(sample, ENERGY)
    with pytest.raises(InvalidInput, match="layer"):
        on.probe.ldos(t, layer=1)
    with pytest.raises(CannotProbe, match="T-matrix"):
        on.probe.ldos(on.solve.given_gap(HOST, 0.0))
    with pytest.raises(InvalidModel, match="weights"):
        on.probe.Tip(((0, 0),), (0.0,))
    with pytest.raises(InvalidInput, match="set point"):
        on.probe.setpoint(on.probe.ldos(t), 400.0)
    with pytest.raises(InvalidInput, match="without maps"):
        on.probe.qpi(
            on.probe.octet(
                on.solve.given_gap(on.model.Superconductor(BI2212, on.model.d_wave(42.0)), 0.0), 9.0
            )
        )
    twisted = on.solve.realspace(on.model.Sample(HOST, (4, 4), twist=(0.1, 0.0)))
    with pytest.raises(CannotProbe, match="extended tip"):
        on.probe.ldos(twisted, ENERGY, broadening=1.0, tip=on.probe.Tip.d_wave_filter())
    moments = on.solve.local_moments(on.model.Sample(HOST, (4, 4)), [0], broadening=20.0)
    with pytest.raises(CannotProbe, match="single entries"):
        on.probe.ldos(moments, ENERGY, broadening=20.0, tip=on.probe.Tip())
    with pytest.raises(InvalidInput, match="moments leave out"):
        on.probe.ldos(moments, ENERGY, broadening=0.1)
