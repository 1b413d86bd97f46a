"""Measured points beside computed curves, cuts and maps of lattice instruments: the numbers that are drawn."""

import matplotlib
import numpy as np
import pytest

import onnes as on
from onnes import schema, view
from onnes.compare import Data, DataMap
from onnes.errors import InvalidInput, UnitMismatch

matplotlib.use("Agg")

BANDS = on.model.square({(0, 0): 190.0, (1, 0): -100.0})
STATE = on.solve.given_gap(on.model.Superconductor(BANDS, on.model.d_wave(20.0)), 10.0)
CUT = np.stack([np.linspace(0.1, 0.2, 6), np.full(6, 0.15)], axis=1)
SPECTRA = on.probe.photoemission(STATE, CUT, np.linspace(-100, 20, 61), broadening=5.0)
EDC = on.probe.energy_distribution(SPECTRA, 2)


@pytest.fixture(autouse=True)
def _closed():
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def lines(ax) -> tuple[list, list]:
    """Curves, and points, as they are drawn."""
    long = [line for line in ax.lines if len(line.get_xdata()) and line.get_marker() in ("o", "None", "")]
    points = [line for line in long if line.get_marker() == "o"]
    return [line for line in long if line.get_linestyle() == "-"], points


def edc_data(factor: float = 1.0, name: str = "energy_distribution") -> Data:
    x = EDC["energy"].values[::10]
    y = EDC["energy_distribution"].values[::10]
    return Data(x, y / factor, 0.05 * y.max() / abs(factor), "energy", name, source="film")


def test_points_beside_a_curve() -> None:
    ax = view.beside(EDC, edc_data())
    (curve,), (points,) = lines(ax)
    assert np.array_equal(curve.get_ydata(), EDC["energy_distribution"])
    assert np.array_equal(points.get_xdata(), EDC["energy"].values[::10])
    assert np.array_equal(points.get_ydata(), EDC["energy_distribution"].values[::10])
    assert "meV" in ax.get_xlabel() and [t.get_text() for t in ax.get_legend().get_texts()] == [
        "computed",
        "film",
    ]
    bars = ax.containers[-1]
    low, high = bars.lines[2][0].get_segments()[0][:, 1]
    assert np.isclose(high - low, 2 * edc_data().error[0])


def test_arbitrary_units_are_scaled_once_and_said() -> None:
    """Data in units of a fifth of the computed one are multiplied by five, with their errors."""
    ax = view.beside(EDC, edc_data(5.0, "counts"), scaled=True)
    _, (points,) = lines(ax)
    assert np.allclose(points.get_ydata(), EDC["energy_distribution"].values[::10], rtol=1e-12)
    assert ax.get_legend().get_texts()[1].get_text() == "film x 5"
    with pytest.raises(UnitMismatch, match=r"counts .* is measured"):
        view.beside(EDC, edc_data(5.0, "counts"))
    with pytest.raises(InvalidInput, match="no positive factor"):
        view.beside(EDC, edc_data(-5.0, "counts"), scaled=True)


def test_cuts_of_two_dimensions() -> None:
    """Energy cuts at a wavevector, and momentum cuts at an energy between two that were computed."""
    values = SPECTRA["photoemission_intensity"].values
    at = {
        i: Data(SPECTRA["energy"].values[:5], values[i, :5], 1e-4, "energy", "photoemission_intensity")
        for i in (1, 4)
    }
    curves, points = lines(view.beside(SPECTRA, at, "photoemission_intensity"))
    for curve, dots, row in zip(curves, points, (1, 4), strict=True):
        assert np.allclose(curve.get_ydata(), values[row]) and np.allclose(dots.get_ydata(), values[row, :5])
    path = SPECTRA["path_length"].values
    between = {-41.0: Data(path, np.ones(6), 0.1, "path_length", "photoemission_intensity", source="crystal")}
    (curve,), (dots,) = lines(view.beside(SPECTRA, between, "photoemission_intensity"))
    mdc = on.probe.momentum_distribution(SPECTRA, -41.0)
    assert np.allclose(curve.get_ydata(), mdc["momentum_distribution"], rtol=1e-12)
    assert np.array_equal(curve.get_xdata(), path) and np.allclose(dots.get_ydata(), 1)
    # Keys may be values of any quantity over the other dimension.
    halfway = {0.03: Data([-50.0], [0.01], 0.001, "energy", "photoemission_intensity")}
    (curve,), _ = lines(view.beside(SPECTRA, halfway, "photoemission_intensity", along="path_length"))
    assert np.allclose(curve.get_ydata(), (values[1] + values[2]) / 2)


def test_a_measured_map_is_its_cuts() -> None:
    values, energy = SPECTRA["photoemission_intensity"].values, SPECTRA["energy"].values[:3]
    path = SPECTRA["path_length"].values[[1, 4]]
    points = np.stack(np.meshgrid(path, energy, indexing="ij"), axis=-1).reshape(-1, 2)
    measured = DataMap(points, values[[1, 4], :3].ravel() / 4, 1e-4, ("path_length", "energy"), "counts")
    curves, dots = lines(view.beside(SPECTRA, measured, "photoemission_intensity", scaled=True))
    assert len(curves) == len(dots) == 2
    for curve, own, row in zip(curves, dots, (1, 4), strict=True):
        assert np.allclose(curve.get_ydata(), values[row]) and np.allclose(own.get_ydata(), values[row, :3])
    with pytest.raises(InvalidInput, match="two coordinates"):
        view.beside(SPECTRA, measured, "photoemission_intensity", along="momentum")


def test_dispersion_over_a_map() -> None:
    """Points of a plane lie over the map, whose axes are those of the points."""
    data = Data([0.02, 0.05], [-60.0, -40.0], 3.0, "path_length", "energy", source="crystal")
    ax = view.beside(SPECTRA, data, "photoemission_intensity")
    _, (points,) = lines(ax)
    assert np.array_equal(points.get_xdata(), data.x) and np.array_equal(points.get_ydata(), data.y)
    drawn = np.asarray(ax.collections[0].get_array()).reshape(61, 6)
    assert np.allclose(drawn, SPECTRA["photoemission_intensity"].values.T)
    assert "r.l.u." in ax.get_xlabel() and "meV" in ax.get_ylabel()


@pytest.mark.parametrize("kind", ["neutron", "rixs", "stm"])
def test_other_instruments(kind: str) -> None:
    """Every Dataset of a lattice instrument takes measured points by the names of its own axes."""
    omega = np.linspace(5, 60, 12)
    if kind == "stm":
        clean = on.solve.impurity(
            STATE.model, [], mesh=(6, 6), energy=np.linspace(-40, 40, 9), broadening=5.0
        )
        ds, name, x = on.probe.ldos(clean).isel(x=0, y=0), "ldos", "energy"
        measured = Data([0.0, 20.0], [1e-3, 2e-3], 1e-4, x, name)
    else:
        magnet = on.solve.spinwave(on.model.square_antiferromagnet(20.0, a=3.8, c=13.0), on.model.neel())
        q = [[0.1, 0.1, 0.0], [0.2, 0.2, 0.0]]
        if kind == "neutron":
            ds, name, x = (
                on.probe.neutron(magnet, q, omega, broadening=3.0),
                "neutron_intensity",
                "energy_transfer",
            )
        else:
            ds = on.probe.rixs(magnet, q, omega, on.probe.RixsGeometry(130.0), resolution=4.0)
            name, x = "rixs_intensity", "energy"
        key = float(ds["in_plane_momentum"][1]) if kind == "rixs" else 1
        measured = {key: Data(omega[:3], [1.0, 2.0, 3.0], 0.1, x, name)}
    curves, points = lines(view.beside(ds, measured, name))
    assert len(curves) == len(points) == 1
    expected = ds[name].values if kind == "stm" else ds[name].values[1]
    assert np.allclose(curves[0].get_ydata(), expected)


def test_what_is_refused() -> None:
    name = "photoemission_intensity"
    good = Data([-50.0], [0.01], 0.001, "energy", name)
    with pytest.raises(InvalidInput, match="does not run along"):
        view.beside(SPECTRA, {1: Data([1.0], [1.0], 1.0, "bias", name)}, name)
    with pytest.raises(InvalidInput, match="a cut at momentum = 9"):
        view.beside(SPECTRA, {9: good}, name)
    with pytest.raises(InvalidInput, match="ascending"):
        view.beside(SPECTRA, {9: good}, name, along="energy")
    with pytest.raises(InvalidInput, match="no data"):
        view.beside(SPECTRA, {}, name)
    with pytest.raises(InvalidInput, match="one kind of cut"):
        view.beside(SPECTRA, {1: good, 2: Data([0.0], [1.0], 1.0, "path_length", name)}, name)
    with pytest.raises(InvalidInput, match="several data"):
        view.beside(EDC, {1: edc_data()})
    with pytest.raises(InvalidInput, match="one coordinate of each"):
        view.beside(SPECTRA, Data([0.0], [1.0], 1.0, "path_length", "momentum"), name)
    with pytest.raises(InvalidInput, match="scaled=True for points"):
        view.beside(SPECTRA, Data([0.0], [1.0], 1.0, "path_length", "energy"), name, scaled=True)
    with pytest.raises(InvalidInput, match="beyond the computed"):
        view.beside(EDC, Data([500.0], [1.0], 1.0, "energy", "counts"), scaled=True)
    with pytest.raises(InvalidInput, match="several quantities"):
        view.beside(SPECTRA, {1: good})
    with pytest.raises(InvalidInput, match="no quantity 'nothing'"):
        view.beside(SPECTRA, {1: good}, "nothing")
    complex_ = schema.dataset("t", {"energy": [0.0, 1.0], "band": [0], "gap_real": [[1j, 2j]]})
    with pytest.raises(InvalidInput, match="real quantity"):
        view.beside(complex_, good)
