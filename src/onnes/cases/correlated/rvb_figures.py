"""Figures and tables of resonating valence bonds."""

import numpy as np

from onnes.cases.correlated.rvb_exact import Compared
from onnes.cases.correlated.rvb_mean_field import Line
from onnes.cases.correlated.rvb_projected import Doped, farthest
from onnes.compare.claim import Published
from onnes.study.figure import Curve, Figure

Table = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]
SHOWN = 4
"""Dopings whose pair correlations are drawn over distance."""


def phase_diagram(line: Line, published: dict[str, Published]) -> Figure:
    """Return the two temperatures over doping, and the measured parabola."""
    optimum, height = published["optimal_doping"].value, published["highest_single_layer"].value
    x = optimum + np.linspace(-1, 1, 81) / np.sqrt(82.6)
    parabola = height * (1 - 82.6 * (x - optimum) ** 2)
    return Figure(
        "Singlets form far above the temperature at which their phases order",
        "holes per copper site",
        "temperature (K)",
        (
            Curve(line.doping, line.singlet_temperature, "singlets form"),
            Curve(line.doping, line.phase_temperature, "phases order", "dashed"),
            Curve(x, parabola, "cuprates: parabola, HgBa2CuO4+δ", "dotted", "measured"),
        ),
        caption="Renormalised mean field of the t-J model, t = 300 meV, J = 120 meV, none adjusted. Phases of an"
        " isolated layer order where kT is π/2 of the stiffness. The measured Tc is half as high.",
        x_range=(0.0, 0.32),
    )


def amplitudes(line: Line) -> Figure:
    """Return bond amplitudes and the order parameter over doping."""
    return Figure(
        "The singlet amplitude falls with doping, the order parameter is a dome",
        "holes per site",
        "amplitude",
        (
            Curve(line.doping, line.bond, "hopping bond ξ"),
            Curve(line.doping, line.singlet, "singlet Δ", "dashed"),
            Curve(line.doping, line.order, "order parameter g_t Δ", "dotted"),
        ),
        caption="At half filling ξ = Δ: a d wave, half a flux quantum in each plaquette and s + id are one state, and"
        " no phase of pairs can be seen.",
        y_range=(0.0, 0.45),
    )


def far_pairs(line: Line, doped: list[Doped]) -> Figure:
    """Return the pair correlation at the largest distance over doping, of the projected state and of the mean field."""
    x, far = [d.doping for d in doped], np.array([d.far() for d in doped])
    metal = np.array([farthest(d.metal) for d in doped])
    return Figure(
        "Doping makes singlets mobile: pair correlation at the largest distance",
        "holes per site",
        "⟨Δ†Δ⟩ at the largest distance",
        (
            Curve(x, far[:, 0], "projected d wave", "points", error=far[:, 1]),
            Curve(x, metal[:, 0], "projected metal", "points", "rival", error=metal[:, 1]),
            Curve(line.doping, line.order**2 / 2, "renormalised mean field, (g_t Δ)²/2", "dashed"),
        ),
        caption=f"Variational Monte Carlo on {doped[0].sites} sites, J/t = 0.4, optimised at each doping. Singlets"
        " (c↑c↓ + c↑c↓)/√2 on bonds, with the signs of a d wave. Zero at half filling without any error: no site is"
        " free for a singlet to move to. The metal, without pairing, shows what the finite cluster adds.",
    )


def pairs_over_distance(doped: list[Doped]) -> Figure:
    """Return pair correlations over distance at a few dopings."""
    chosen = [d for d in doped if d.holes][:SHOWN]
    curves = []
    for d in chosen:
        state = d.projected
        distance = np.round(np.linalg.norm(state["pair_displacement"], axis=1), 6)
        kept = (state["pair_bonds"] > 0) & (distance >= 1.5)
        rings = np.unique(distance[kept])
        value = [state["bond_singlet_by_class"][kept & (distance == r)].mean() for r in rings]
        error = [state["bond_singlet_by_class_error"][kept & (distance == r)].mean() for r in rings]
        curves.append(Curve(rings, np.array(value), f"x = {d.doping:.3f}", "points", error=np.array(error)))
    return Figure(
        "Pair correlations do not decay: off-diagonal order",
        "distance of the bonds (sites)",
        "⟨Δ†Δ⟩",
        tuple(curves),
        caption="Projected d waves of the optimised gap; mean over the directions of the bonds and of the distance.",
        y_range=(0.0, 1.2 * max(float(np.max(c.y)) for c in curves)),
    )


def factors(doped: list[Doped]) -> Figure:
    """Return what the projection does to exchange and hopping, and what the Gutzwiller approximation says."""
    x = np.array([d.doping for d in doped])
    spin = np.array([d.exchange_ratio() for d in doped])
    hop = np.array([d.hopping_ratio() for d in doped])
    fine = np.linspace(0.0, x.max(), 60)
    return Figure(
        "Gutzwiller's factors hold within some ten per cent of the true projection",
        "holes per site",
        "projected over unprojected",
        (
            Curve(fine, 4 / (1 + fine) ** 2, "g_J = 4/(1 + x)²", "line", "reference"),
            Curve(x, spin[:, 0], "exchange, Monte Carlo", "points", error=spin[:, 1]),
            Curve(fine, 2 * fine / (1 + fine), "g_t = 2x/(1 + x)", "dashed", "reference"),
            Curve(x, hop[:, 0], "hopping, Monte Carlo", "points", error=hop[:, 1]),
        ),
        caption="⟨S·S⟩ on a bond and the kinetic energy of the same d wave with and without projection, number of"
        " electrons fixed.",
    )


def currents(line: Line, doped: list[Doped], rows: list[Compared]) -> Figure:
    """Return the weight of the current response over doping."""
    weight = np.array([d.weight() for d in doped])
    exact = [r for r in rows if np.isfinite(r.drude)]
    return Figure(
        "The weight that carries current grows from zero with doping",
        "holes per site",
        "weight of a site (t)",
        (
            Curve([d.doping for d in doped], weight[:, 0], "projected: all optical weight", "points"),
            Curve(line.doping, 4 * line.stiffness / line.model.t, "mean field: 4 × stiffness", "dashed"),
            Curve([r.doping for r in exact], [r.drude for r in exact], "exact: Drude weight, small clusters", "points",
                  "reference"),
        ),
        caption="The diamagnetic weight bounds the Drude weight and the stiffness from above. Ten sites (full quality:"
        " and 4 x 4) have the shells of small clusters.",
    )  # fmt: skip


def half_filling(bare: Doped, field: tuple[float, float, float], exact: Published, meanfield: float) -> Table:
    """Return the energies per bond without holes."""
    size = f"{bare.sites} sites"
    value, error = (float(bare.projected[f"bond_spin_correlation{e}"]) for e in ("", "_error"))
    rows = (
        ("renormalised mean field, no bound", "infinite", f"{meanfield:.4f}", "", "0"),
        ("projected d wave", size, f"{value:.5f}", f"{error:.5f}", "0"),
        (
            "projected d wave with a staggered field",
            size,
            *(f"{v:.5f}" for v in field[:2]),
            f"{field[2]:.3f}",
        ),
        ("exact (Sandvik), same cluster", size, f"{exact.value:.6f}", f"{exact.error:.6f}", ""),
    )
    return ("Energy per bond at half filling", ("state", "cluster", "⟨S·S⟩ (J)", "error", "moment"), rows)


def small_clusters(rows: list[Compared], bindings: dict[str, float]) -> Table:
    """Return exact and variational results of small clusters."""

    def shown(value: float, digits: int = 4) -> str:
        return f"{value:.{digits}f}" if np.isfinite(value) else "-"

    body = tuple(
        (
            r.name,
            str(r.holes),
            shown(r.exact),
            shown(r.variational, 3),
            shown(r.exact_pairs),
            shown(r.variational_pairs),
            shown(r.largest, 3),
            shown(r.drude, 3),
            shown(bindings[r.name]) if r.holes == 2 else "",
        )
        for r in rows
    )
    header = (
        "cluster",
        "holes",
        "E exact (t)",
        "E projected d wave (t)",
        "pairs off the diagonal, exact",
        "of the d wave",
        "largest pair occupation",
        "Drude weight (t)",
        "binding of two holes (t)",
    )
    return ("The t-J model on small clusters, J/t = 0.4", header, body)


def optima(doped: list[Doped]) -> Table:
    """Return the optimised states and their energies."""
    body = tuple(
        (
            f"{d.doping:.3f}",
            f"{d.gap:.3f} ± {d.gap_error:.3f}",
            f"{float(d.projected['variational_energy']) / d.sites:.4f}",
            f"{float(d.projected['variational_energy_error']) / d.sites:.4f}",
            f"{d.far()[0]:.5f}",
            f"{d.far()[1]:.5f}",
            f"{farthest(d.metal)[0]:.5f}",
        )
        for d in doped
    )
    header = (
        "x",
        "gap Δ/t of the trial state",
        "energy per site (t)",
        "error",
        "pairs far apart",
        "error",
        "of the metal",
    )
    return (f"Projected d waves on {doped[0].sites} sites, J/t = 0.4", header, body)
