"""One figure, two painters: matplotlib and plotly show the same numbers, labels and roles."""

import json
import subprocess
import sys

import matplotlib
import numpy as np
import pytest

import onnes as on
from onnes import view
from onnes.errors import InvalidInput
from onnes.state import Outcome, Report
from onnes.study.figure import Curve, Figure, Map
from onnes.view.interactive import figure_json, numbers
from onnes.view.labels import mathtext, symbols
from onnes.view.picture import drawable
from onnes.view.style import DARK, LIGHT

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _closed():
    yield
    from matplotlib import pyplot

    pyplot.close("all")


X = np.linspace(1, 10, 19)
FIGURE = Figure(
    "ω_log says it",
    "ω (meV)",
    "N_s/N_0",
    (
        Curve(X, X**2, "this work"),
        Curve(X[::3], X[::3] ** 2, "film", "points", "measured", error=np.full(7, 0.5)),
        Curve(X, X, "other", "dashed", "rival"),
        Curve(X, X * 0 + 1, "", "dotted", "reference"),
    ),
    log_y=True,
    x_range=(0.0, 12.0),
)


def test_matplotlib_draws_every_curve_as_it_is_given() -> None:
    ax = view.draw(FIGURE)
    lines = [line for line in ax.lines if len(line.get_xdata()) in (19, 7) and line.get_linestyle() != "None"]
    assert [line.get_linestyle() for line in lines] == ["-", "--", ":"]
    assert [line.get_color() for line in lines] == [
        LIGHT.colour(r) for r in ("computed", "rival", "reference")
    ]
    np.testing.assert_array_equal(lines[0].get_ydata(), X**2)
    assert ax.get_yscale() == "log" and ax.get_xscale() == "linear" and ax.get_xlim() == (0.0, 12.0)
    assert ax.get_title(loc="left") == r"ω$_{\mathrm{log}}$ says it"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["this work", "film", "other"]
    ax.figure.canvas.draw()


def test_axes_are_used_where_given() -> None:
    from matplotlib import pyplot

    _, axes = pyplot.subplots(1, 2)
    assert view.draw(FIGURE, axes[1]) is axes[1]
    assert not axes[0].lines and axes[1].lines


def test_dark_theme_paints_the_paper() -> None:
    ax = view.draw(FIGURE, theme=DARK)
    assert matplotlib.colors.to_hex(ax.get_facecolor()) == DARK.paper


def test_error_around_a_line_is_a_band() -> None:
    curve = Curve(X, X, "line", error=np.full(19, 0.25))
    ax = view.draw(Figure("t", "x", "y", (curve,)))
    (band,) = ax.collections[:1]
    corners = band.get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(X[0] - 0.25) and corners[:, 1].max() == pytest.approx(
        X[-1] + 0.25
    )
    traces = figure_json(Figure("t", "x", "y", (curve,)))["data"]
    assert traces[0]["meta"]["band"] and traces[0]["fill"] == "toself"
    assert max(traces[0]["y"]) == pytest.approx(X[-1] + 0.25)


@pytest.mark.parametrize("offset, signed", [(0.0, True), (2.0, False)])
def test_maps_of_both_signs_are_white_at_zero(offset: float, signed: bool) -> None:
    values = np.outer(np.linspace(-1, 0.5, 5), np.ones(4)) + offset
    figure = Figure("t", "x", "y", maps=(Map(np.arange(4.0), np.arange(5.0), values, "z"),))
    mesh = view.draw(figure).collections[0]
    trace = figure_json(figure)["data"][0]
    assert mesh.get_clim() == (trace["zmin"], trace["zmax"])
    assert (trace["zmin"] == -trace["zmax"]) is signed
    np.testing.assert_allclose(trace["z"], values, rtol=1e-5)


def test_plotly_holds_the_same_numbers() -> None:
    """Six digits are kept: half a unit of the sixth digit is 5e-6 of the value at most."""
    told = figure_json(FIGURE)
    assert [t["meta"]["role"] for t in told["data"]] == ["computed", "measured", "rival", "reference"]
    for trace, curve in zip(told["data"], FIGURE.curves, strict=True):
        np.testing.assert_allclose(trace["x"], curve.x, rtol=5e-6)
        np.testing.assert_allclose(trace["y"], curve.y, rtol=5e-6)
    assert told["data"][1]["error_y"]["array"] == [0.5] * 7
    assert told["layout"]["yaxis"]["type"] == "log"
    assert told["layout"]["yaxis"]["title"]["text"] == "N<sub>s</sub>/N<sub>0</sub>"
    json.dumps(told, allow_nan=False)


def test_gaps_stay_gaps() -> None:
    assert numbers(np.array([1.0, np.nan, np.inf, -1e-300])) == [1.0, None, None, -1e-300]


def test_logarithmic_ranges_are_powers() -> None:
    figure = Figure("t", "x", "y", (Curve(X, X, ""),), log_x=True, x_range=(0.1, 100.0))
    axis = figure_json(figure)["layout"]["xaxis"]
    assert axis["range"] == [-1.0, 2.0] and axis["dtick"] == 1
    with pytest.raises(InvalidInput, match="two positive numbers"):
        figure_json(Figure("t", "x", "y", log_x=True, x_range=(0.0, 1.0)))


def test_unknown_role_and_style_are_refused_by_both_painters() -> None:
    for curve in (Curve(X, X, "", role="theory"), Curve(X, X, "", style="wavy")):
        for painter in (view.draw, figure_json):
            with pytest.raises(InvalidInput, match="is not known"):
                painter(Figure("t", "x", "y", (curve,)))


def test_symbols_get_subscripts_and_names_of_code_do_not() -> None:
    assert mathtext("2ω_log at $3") == r"2ω$_{\mathrm{log}}$ at \$3"
    assert symbols("2 Delta_0/kTc^2, gamma Tc, mu0 Hc, 10^-3, alpha2F, omega_log, mu*") == (
        "2 Δ_0/kTc², γ Tc, μ_0 Hc, 10⁻³, α²F, ω_log, μ*"
    )
    for code in (
        "solve.critical_temperature",
        "model.mu_star",
        "lambda.dat",
        "supper^",
        "pianist",
        "gap_edge",
    ):
        assert mathtext(code) == code


# --- subjects ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def state() -> on.State:
    glue = on.model.PhononGlue(on.model.einstein(20.0, 1.0), on.model.MuStar(0.1))
    return on.solve.eliashberg(glue, 4.0)


def test_spectrum_ends_at_its_coupling() -> None:
    given = on.model.debye(30.0, 0.9)
    ax = view.spectrum(given)
    gathered = next(line for line in ax.lines if line.get_linestyle() == "--")
    assert gathered.get_ydata()[-1] == pytest.approx(0.9, rel=1e-12)
    assert (np.diff(gathered.get_ydata()) >= 0).all()


def test_modes_are_drawn_as_points() -> None:
    ax = view.spectrum(on.model.einstein(20.0, 1.0))
    # alpha2F = (lambda Omega/2) delta: the weight of the point is 10 meV
    assert ax.lines[0].get_linestyle() == "None" and ax.lines[0].get_ydata()[0] == pytest.approx(10.0)


def test_gap_of_a_state_and_of_its_dataset(state: on.State) -> None:
    for given in (state, state.to_dataset()):
        ax = view.gap(given)
        np.testing.assert_allclose(ax.lines[0].get_ydata(), state["gap_matsubara"][0])
        assert ax.get_ylabel() == "Δ(iω_n) (meV)".replace("ω_n", r"ω$_{\mathrm{n}}$")
    with pytest.raises(InvalidInput, match="no gap function"):
        view.gap(on.schema.dataset("t", {"temperature": [1.0], "entropy": [0.0]}))


def test_residuals_fall_to_the_target(state: on.State) -> None:
    ax = view.residuals(state.report)
    assert ax.get_yscale() == "log" and ax.lines[0].get_ydata()[-1] <= state.report.target
    with pytest.raises(InvalidInput, match="no residuals"):
        view.residuals(Report(Outcome.CONVERGED))


def test_conductance(state: on.State) -> None:
    ds = on.schema.dataset("didv", {"bias": X, "conductance": X})
    assert view.conductance(ds).get_xlabel() == "eV (meV)"


def test_complex_quantities_show_both_parts() -> None:
    ds = on.schema.dataset("g", {"energy": X, "gap_real": (X + 1j * X**2)[None]})
    ax = view.gap(ds)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), X)
    np.testing.assert_allclose(ax.lines[1].get_ydata(), X**2)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["Re", "Im"]


def test_two_dimensions_are_curves_or_a_map() -> None:
    few = on.schema.dataset(
        "c",
        {"temperature": [1.0, 2.0], "bias": X, "conductance": (("temperature", "bias"), np.ones((2, 19)))},
    )
    labels = [t.get_text() for t in view.dataset(few).get_legend().get_texts()]
    assert labels == ["temperature 1", "temperature 2"]
    t = np.arange(1.0, 21.0)
    many = on.schema.dataset(
        "c", {"temperature": t, "bias": X, "conductance": (("temperature", "bias"), np.ones((20, 19)))}
    )
    ax = view.dataset(many)
    assert ax.get_ylabel() == "T (K)" and len(ax.collections) == 1


def test_a_dataset_that_cannot_be_drawn_says_why() -> None:
    both = on.schema.dataset("b", {"bias": X, "conductance": X, "temperature": X, "entropy": X})
    with pytest.raises(InvalidInput, match=r"several quantities.*conductance, entropy"):
        view.dataset(both)
    with pytest.raises(InvalidInput, match="no quantity 'gap'"):
        view.dataset(both, "gap")
    with pytest.raises(InvalidInput, match="a single number"):
        view.dataset(on.schema.dataset("b", {"chemical_potential": 1.0}))
    deep = on.schema.dataset("d", {"conductance": (("bias", "temperature", "band"), np.ones((3, 3, 3)))})
    with pytest.raises(InvalidInput, match="select all but two"):
        view.dataset(deep)


@pytest.mark.parametrize("suffix, begins", [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_a_state_becomes_a_picture(state: on.State, tmp_path, suffix: str, begins: bytes) -> None:
    ds = state.to_dataset()
    assert drawable(ds) == ["gap_matsubara", "Z_matsubara", "Z_normal_matsubara"]
    path = view.save_dataset(ds, tmp_path / f"state.{suffix}")
    assert path.read_bytes().startswith(begins)
    assert view.save_dataset(ds, tmp_path / f"again.{suffix}").read_bytes() == path.read_bytes()


def test_pictures_that_cannot_be(state: on.State, tmp_path) -> None:
    with pytest.raises(InvalidInput, match=r"\.png, \.pdf or \.svg"):
        view.save_dataset(state.to_dataset(), tmp_path / "state.txt")
    with pytest.raises(InvalidInput, match="nothing but single numbers"):
        view.save_dataset(on.schema.dataset("b", {"chemical_potential": 1.0}), tmp_path / "b.png")
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot write"):
        view.save_dataset(state.to_dataset(), tmp_path / "file" / "b.png")


def test_the_page_needs_neither_matplotlib_nor_plotly_figures() -> None:
    """Plotly's figure classes take a second to import; the atlas needs its JavaScript only."""
    code = (
        "import sys, onnes.view.report, onnes.view.page, onnes.view.paper;"
        "print(sorted({'matplotlib', 'plotly'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
