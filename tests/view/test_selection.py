"""Maps, families of curves, and what is held where there are too many dimensions."""

import matplotlib
import numpy as np
import pytest

import onnes as on
from onnes import view
from onnes.errors import InvalidInput, OnnesWarning
from onnes.view import selection
from onnes.view.labelled import drawing_of, figure_of
from onnes.view.picture import drawable

matplotlib.use("Agg")
BIAS = np.linspace(-2, 2, 7)


@pytest.fixture(autouse=True)
def _closed():
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def swept(count: int, values=None):
    """Conductance against a swept temperature; row i is i everywhere."""
    rows = np.arange(count, dtype=float)[:, None] * np.ones(7)
    ds = on.schema.dataset("c", {"bias": BIAS, "conductance": (("solve.temperature", "bias"), rows)})
    given = np.arange(1.0, count + 1) if values is None else values
    return ds.assign_coords({"solve.temperature": ("solve.temperature", given, {"units": "K"})}).assign_attrs(
        sweep_axes='["solve.temperature"]'
    )


def test_a_small_family_has_a_legend_and_a_large_one_a_colour_bar() -> None:
    ax = view.dataset(swept(3))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        f"solve.temperature = {i} K" for i in (1, 2, 3)
    ]
    ax = view.dataset(swept(20))
    bar = ax.figure.axes[1]
    assert ax.get_legend() is None and bar.get_ylabel() == "solve.temperature (K)"
    assert bar.get_ylim() == (1.0, 20.0)
    drawn = [line for line in ax.lines if len(line.get_xdata()) == 7]
    assert len(drawn) == 20 and len({line.get_color() for line in drawn}) == 20
    np.testing.assert_array_equal(drawn[11].get_ydata(), np.full(7, 11.0))
    ax = view.dataset(swept(60))
    assert ax.get_ylabel() == "solve.temperature (K)" and len(ax.collections) == 1


def test_a_sweep_of_words_names_them() -> None:
    ds = swept(2, np.array(["s", "d"]))
    assert [c.label for c in figure_of(ds).curves] == ["solve.temperature = s K", "solve.temperature = d K"]
    ax = view.dataset(ds, at={"bias": 2.0})
    assert [t.get_text() for t in ax.get_xticklabels()] == ["s", "d"]
    with pytest.raises(InvalidInput, match="no such value; use one of s, d"):
        selection.select(ds, {"solve.temperature": "p"})


def test_wavevectors_run_from_left_to_right() -> None:
    values = np.arange(90.0).reshape(10, 9)
    ds = on.schema.dataset("m", {"qx": np.arange(10) / 10, "qy": np.arange(9) / 9, "neutron_map": values})
    (drawn,) = figure_of(ds).maps
    np.testing.assert_array_equal(drawn.values, values.T)
    ax = view.dataset(ds)
    assert ax.figure.axes[1].get_ylabel().endswith("(mbarn/meV/sr)")


def test_named_points_stand_on_the_axis_of_a_path() -> None:
    ds = on.schema.dataset(
        "n",
        {"energy_transfer": BIAS, "path_length": np.linspace(0, 1, 11), "structure_factor": np.ones((11, 7))},
        path_labels='["G", "X", "M"]',
        path_marks="[0.0, 0.5, 1.0]",
    )
    assert drawable(ds) == ["structure_factor"]
    assert drawing_of(ds, "structure_factor").ticks == ((0.0, "Γ"), (0.5, "X"), (1.0, "M"))
    ax = view.dataset(ds, "structure_factor")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["Γ", "X", "M"] and ax.get_xlabel() == "k"


def test_vectors_are_points_of_a_plane() -> None:
    vectors = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    ds = on.schema.dataset("o", {"octet": [1, 2, 3], "octet_vector": vectors, "octet_tip": vectors[0]})
    (curve,) = figure_of(ds, "octet_vector").curves
    np.testing.assert_array_equal(np.stack([curve.x, curve.y], -1), vectors)
    assert curve.style == "points" and drawable(ds) == ["octet_vector"]


def test_abscissae_that_change_along_a_sweep_are_their_own() -> None:
    given = {
        "model": {
            "kind": "phonon-glue",
            "spectrum": {"peaks": [{"frequency": 10, "coupling": 1}]},
            "mu_star": {"value": 0.1},
        },
        "solve": {"kind": "eliashberg", "temperature": 2},
    }
    found = on.study.sweep(on.study.config.validate(given), {"solve.temperature": [2.0, 4.0]})
    curves = figure_of(found, "gap_matsubara").curves
    for curve, t in zip(curves, (2.0, 4.0), strict=True):
        lowest = np.pi * on.units.K_B * t
        assert curve.x[0] == pytest.approx(lowest, rel=1e-12)
    assert figure_of(found, "gap_matsubara").x_label.startswith("ω_n")


def cube():
    return on.schema.dataset(
        "maps",
        {
            "energy": [-1.0, 0.0, 1.0],
            "x": np.arange(9),
            "y": np.arange(10),
            "ldos": np.arange(270.0).reshape(3, 9, 10),
        },
    )


def test_too_many_dimensions_are_listed_and_held(tmp_path) -> None:
    ds = cube()
    told = (
        r"ldos has 3 dimensions: energy \(3 values from -1 to 1 meV\), x \(9 values from 0 to 8\), "
        r"y \(10 values from 0 to 9\); select all but two, as in --at energy=-1"
    )
    with pytest.raises(InvalidInput, match=told):
        view.save_dataset(ds, tmp_path / "m.png")
    picture = view.save_dataset(ds, tmp_path / "m.png", at={"energy": 0.2})
    assert picture.stat().st_size > 5000
    held = selection.select(ds, {"energy": 0.2})
    assert held.attrs["title"] == "maps, energy = 0 meV"
    np.testing.assert_array_equal(figure_of(held).maps[0].values, ds["ldos"][1].values.T)
    ds["total"] = ds["ldos"].sum(("x", "y"))
    ds = ds.rename(total="ldos_entry")
    with pytest.warns(OnnesWarning, match="left out: ldos has 3 dimensions"):
        view.save_dataset(ds, tmp_path / "m.png")
    with pytest.raises(InvalidInput, match="no quantity 'qpi' in this file; name one of ldos"):
        view.save_dataset(ds, tmp_path / "m.png", names=["qpi"])
    with pytest.raises(InvalidInput, match="has 3 dimensions"):
        view.save_dataset(ds, tmp_path / "m.png", names=["ldos"])


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ({"energy": 2.0}, "--at energy=2.0 lies outside; it goes from -1 to 1"),
        ({"energy": "low"}, "not a number; it goes from -1 to 1"),
        ({"bias": 0}, "no such coordinate; there are energy"),
    ],
)
def test_values_that_are_not_there(at, told) -> None:
    with pytest.raises(InvalidInput, match=told):
        selection.select(cube(), at)


@pytest.mark.parametrize("texts", [["energy"], ["=1"], ["energy="], ["energy=1", "energy=2"]])
def test_selections_that_are_none(texts) -> None:
    with pytest.raises(InvalidInput, match="--at"):
        selection.parse(texts)
