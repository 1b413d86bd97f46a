"""Measured maps and joint fits: files, units, and parameters recovered within their errors."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom

import onnes as on
from onnes.compare import Data, DataMap, Vary, measured
from onnes.compare.rivals import ranking
from onnes.errors import InvalidInput, UnitMismatch, UnreadableFile
from onnes.state import write_dataset

Q = np.linspace(-0.2, 0.2, 9)
W = np.linspace(5.0, 60.0, 12)
TRUTH = {"velocity": 200.0, "gap": 12.0, "width": 6.0, "weight": 3.0}
VARY = (
    Vary("velocity", 180.0, 50.0, 400.0),
    Vary("gap", 10.0, 1.0, 30.0),
    Vary("width", 8.0, 1.0, 30.0),
    Vary("weight", 2.0, 0.1, 20.0),
)


def magnons(p, q=Q, w=W) -> np.ndarray:
    """A damped mode with E^2 = gap^2 + (velocity q)^2 at every q and w, flat."""
    q, w = np.meshgrid(q, w, indexing="ij")
    e2 = p["gap"] ** 2 + (p["velocity"] * q) ** 2
    return (100 * p["weight"] * p["width"] * w / ((w**2 - e2) ** 2 + (p["width"] * w) ** 2)).ravel()


def replica(seed: int, noise: float = 0.02) -> DataMap:
    points = np.stack(np.meshgrid(Q, W, indexing="ij"), -1).reshape(-1, 2)
    values = magnons(TRUTH) + noise * np.random.default_rng(seed).standard_normal(len(points))
    return DataMap(points, values, noise, ("path_length", "energy_transfer"), "structure_factor")


def test_a_map_gives_its_parameters_back_in_100_replicas() -> None:
    """95 % intervals hold the truth in 95 of 100 maps; 89 is what chance allows with probability 0.4 %."""
    found = [on.compare.fit(magnons, replica(seed), VARY) for seed in range(100)]
    least = int(binom.ppf(0.005, 100, 0.95))
    inside = {n: sum(f[n].interval[0] <= t <= f[n].interval[1] for f in found) for n, t in TRUTH.items()}
    assert min(inside.values()) >= least, inside
    # 99 % intervals are 2.576/1.960 wider: 95 of 100 within them fail by chance once in 300.
    for name, true in TRUTH.items():
        assert sum(abs(f[name].value - true) <= 2.576 * f[name].error for f in found) >= 95, name
    # The four together: 400 intervals that are nearly independent; 95 % less three standard deviations of 1.1 %.
    assert sum(inside.values()) >= 0.95 * 400 - 3 * np.sqrt(400 * 0.95 * 0.05), inside
    # chi2 has 104 degrees of freedom: its mean over 100 scatters by sqrt(2*104/100) = 1.44.
    assert abs(np.mean([f.chi2 for f in found]) - 104) < 4 * 1.44


def test_two_measurements_narrow_what_one_leaves_open() -> None:
    """The covariance of independent data adds as inverse matrices; scale and background are of one alone."""
    scan = Data(W, 1.5 * magnons(TRUTH, np.zeros(1)) + 0.1, 0.005, "energy_transfer", "structure_factor")
    predict = {"map": magnons, "scan": lambda p: magnons(p, np.zeros(1))}
    nuisance = [Vary("scan.scale", 1.0, 0.1, 10.0), Vary("scan.background", 0.0, -1.0, 1.0)]
    alone = on.compare.fit(magnons, replica(3), VARY)
    both = on.compare.fit(predict, {"scan": scan, "map": replica(3)}, [*VARY, *nuisance])
    assert both.data.parts.keys() == {"scan", "map"}
    for name in ("gap", "width"):
        assert both[name].error < 0.9 * alone[name].error
        low, high = both[name].interval
        assert high - low < alone[name].interval[1] - alone[name].interval[0]
    # the scan has its own scale and says nothing of the velocity at q = 0, nor of the weight
    assert both["scan.scale"].value == pytest.approx(1.5, abs=4 * both["scan.scale"].error)
    assert both["scan.background"].value == pytest.approx(0.1, abs=4 * both["scan.background"].error)
    parts = both.parts
    assert parts["map"][0] == 108 and parts["scan"][0] == 12
    assert sum(chi2 for _, chi2 in parts.values()) == pytest.approx(both.chi2, rel=1e-9)
    assert "scan: chi2" in both.summary()
    assert {p["name"] for p in both.to_json()["parts"]} == {"map", "scan"}


def test_independent_measurements_add_their_curvatures() -> None:
    first, second = replica(1), replica(2)
    one, two = (on.compare.fit(magnons, d, VARY).covariance for d in (first, second))
    both = on.compare.fit({"a": magnons, "b": magnons}, {"a": first, "b": second}, VARY)
    added = np.linalg.inv(np.linalg.inv(one) + np.linalg.inv(two))
    # the Jacobians are taken at minima a standard error apart, where they differ by some per cent
    np.testing.assert_allclose(np.sqrt(np.diag(both.covariance)), np.sqrt(np.diag(added)), rtol=0.05)


def test_joint_fits_are_ranked_like_others() -> None:
    data = {"a": replica(1), "b": replica(2)}
    right = on.compare.fit({"a": magnons, "b": magnons}, data, VARY)

    def gapless(p):
        return magnons({**p, "gap": 0.0})

    wrong = on.compare.fit({"a": gapless, "b": gapless}, data, [v for v in VARY if v.name != "gap"])
    assert ranking({"gapless": wrong, "gap": right})[0].name == "gap"


@pytest.mark.parametrize(
    ("predict", "data", "told"),
    [
        ({"a": magnons}, replica(0), "give both by name"),
        (magnons, {"a": replica(0)}, "give both by name"),
        ({"a": magnons}, {"b": replica(0)}, "'a' has no data"),
        ({}, {}, "without data"),
        ({"a": lambda p: np.ones(3)}, {"a": replica(0)}, "prediction of a has shape"),
        ({"a": magnons}, {"a": [1, 2]}, "a is a list"),
    ],
)
def test_what_does_not_fit_together(predict, data, told) -> None:
    with pytest.raises(InvalidInput, match=told):
        on.compare.fit(predict, data, VARY)


# --- files ------------------------------------------------------------------------------------------------

LONG = """# two energies, two wavevectors
path_length (r.l.u.), energy_transfer (eV), structure_factor (1/eV), error
0.0, 0.005, 100, 10
0.0, 0.010, 200, 10
0.1, 0.005, 300, 10
"""


def test_a_long_table_is_a_map(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text(LONG, encoding="utf-8")
    data = measured(tmp_path / "map.csv")
    assert isinstance(data, DataMap) and data.x_names == ("path_length", "energy_transfer")
    assert data.x_units == ("r.l.u.", "meV") and data.y_unit == "1/meV" and data.y_name == "structure_factor"
    np.testing.assert_allclose(data.x, [[0, 5], [0, 10], [0.1, 5]])
    # 1/eV is a thousandth of 1/meV
    np.testing.assert_allclose(data.y, [0.1, 0.2, 0.3])
    np.testing.assert_allclose(data.error, 0.01)
    np.testing.assert_allclose(data.between("energy_transfer", 7, 20).y, [0.2])
    cut = measured(tmp_path / "map.csv", x=["energy_transfer"], y="structure_factor")
    assert isinstance(cut, Data) and cut.x_name == "energy_transfer"


def test_a_netcdf_map_leaves_out_what_was_not_measured(tmp_path: Path) -> None:
    values = np.arange(6.0).reshape(2, 3)
    values[1, 2] = np.nan
    ds = on.schema.dataset("m", {"qx": [0.1, 0.2], "qy": [0.3, 0.4, 0.5], "neutron_map": values})
    path = write_dataset(ds, tmp_path / "map.nc")
    data = measured(path, error=0.5)
    assert len(data) == 5 and data.x_names == ("qx", "qy") and data.y_unit == "mbarn/meV/sr"
    np.testing.assert_allclose(data.x[-1], [0.2, 0.4])
    turned = measured(path, x=["qy", "qx"], error=0.5)
    np.testing.assert_allclose(turned.x[:, ::-1], data.x)
    ds["error"] = ds["neutron_map"] * 0 + 0.25
    assert measured(write_dataset(ds, tmp_path / "with.nc")).error[0] == 0.25
    with pytest.raises(InvalidInput, match="says no errors of neutron_map"):
        measured(path)
    with pytest.raises(InvalidInput, match="no array 'I'"):
        measured(path, y="I", error=1.0)
    with pytest.raises(InvalidInput, match="no coordinate 'h'"):
        measured(path, x=["h", "qy"], error=1.0)
    with pytest.raises(UnreadableFile, match="no such file"):
        measured(tmp_path / "nowhere.nc")
    (tmp_path / "text.nc").write_text("no", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="not a NetCDF4 file"):
        measured(tmp_path / "text.nc")


def test_wrong_units_name_both(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text(LONG.replace("(eV)", "(T)"), encoding="utf-8")
    with pytest.raises(
        UnitMismatch, match=r"'energy_transfer' is in 'T', and energy_transfer is in meV; use one of meV"
    ):
        measured(tmp_path / "map.csv")
    (tmp_path / "map.csv").write_text(LONG.replace("(1/eV)", "(eV)"), encoding="utf-8")
    with pytest.raises(
        UnitMismatch, match=r"is in 'eV', and structure_factor is in 1/meV; convert it to 1/meV"
    ):
        measured(tmp_path / "map.csv")
    odd = xr.Dataset({"neutron_map": (("qx",), [1.0, 2.0], {"units": "counts"})}, {"qx": [0.0, 1.0]})
    path = write_dataset(odd, tmp_path / "odd.nc")
    with pytest.raises(UnitMismatch, match=r"'qx' has no unit; write qx \(r\.l\.u\.\)"):
        measured(path, error=1.0)


def test_impossible_maps() -> None:
    with pytest.raises(InvalidInput, match="each axis named"):
        DataMap(np.ones((3, 2)), np.ones(3), 0.1, ("qx",))
    with pytest.raises(InvalidInput, match="one unit for each axis"):
        DataMap(np.ones((3, 2)), np.ones(3), 0.1, ("qx", "qy"), x_units=("r.l.u.",))
    with pytest.raises(UnitMismatch, match="qx is given in 'A'"):
        DataMap(np.ones((3, 1)), np.ones(3), 0.1, ("qx",), x_units=("A",))
    with pytest.raises(InvalidInput, match="no axis 'qz'"):
        replica(0).between("qz", 0, 1)
    with pytest.raises(InvalidInput, match="no point of the data"):
        replica(0).between("path_length", 7, 8)
