"""What the case on vortex matter shows: its curves and maps, and the table of motion."""

from math import log, sqrt
from pathlib import Path

import numpy as np

from onnes import model, response, solve
from onnes.cases.condensate import vortex_runs as runs
from onnes.compare.claim import references
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.state import State
from onnes.study.figure import Curve, Figure, Map
from onnes.units import MU_0, PHI_0

PUBLISHED = references(Path(__file__).with_name("vortex_matter.toml"))
INDUCTIONS = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
"""Over Bc2, of the flow curve."""


def line_ratio(kappa: float) -> float:
    """Return Hc1/Hc2."""
    material = GinzburgLandau(10.0, 10.0 * kappa)
    return MU_0 * float(solve.vortex_line(material)["line_energy"]) / PHI_0 / material.upper_critical_field


def core_constant(kappa: float) -> float:
    """Return alpha of Hc1/Hc2 = (ln kappa + alpha)/2 kappa^2."""
    return 2 * kappa**2 * line_ratio(kappa) - log(kappa)


def brandt(kappa: float) -> float:
    """Return alpha by Brandt's interpolation."""
    c = [PUBLISHED[f"brandt_{n}"].value for n in range(3)]
    return PUBLISHED["core_limit"].value + float(np.exp(-c[0] - c[1] * log(kappa) - c[2] * log(kappa) ** 2))


def curve_figure(niobium: GinzburgLandau, curve: State) -> Figure:
    """Return -M against the applied field."""
    lower, upper = float(curve["lower_critical_field"]), niobium.upper_critical_field
    mixed = (curve["curve_field"], -curve["curve_magnetisation"])
    measured = PUBLISHED["niobium_lower"].value
    return Figure(
        "Meissner, mixed and normal",
        "applied field (T)",
        "-μ₀M (T)",
        (
            Curve(np.array([0, lower]), np.array([0, lower]), "Meissner state"),
            Curve(*mixed, "mixed state: triangular lattice"),
            Curve(np.array([upper, 1.3 * upper]), np.zeros(2), "normal"),
            Curve(np.full(2, measured), np.array([0, lower]), "Bc1 of niobium, T = 0", "dotted", "measured"),
        ),
        caption=f"In equilibrium, κ = {niobium.kappa:.2f}. The slope is vertical at Hc1 = {lower:.3f} T.",
    )


def map_figures(niobium: GinzburgLandau, maps: dict[str, State]) -> tuple[Figure, ...]:
    """Return |psi| over a bar in its three states."""
    return tuple(
        Figure(
            f"{name}: H = {float(s['applied_field'][0]) / niobium.upper_critical_field:.2f} Hc2",
            "x (nm)",
            "y (nm)",
            maps=(Map(s["film_x"], s["film_y"], np.abs(s["order_parameter"]), "|ψ|"),),
            caption=f"Mean induction {float(s['mean_induction'][0]):.3f} T.",
        )
        for name, s in maps.items()
    )


def core_figure() -> Figure:
    """Return alpha against kappa beside Brandt's interpolation."""
    kappas = np.geomspace(1 / sqrt(2), 200, 13)
    return Figure(
        "The energy of one vortex at any κ",
        "κ",
        "2κ² Hc1/Hc2 - ln κ",
        (
            Curve(kappas, np.array([core_constant(k) for k in kappas]), "computed", "points"),
            Curve(
                kappas, np.array([brandt(k) for k in kappas]), "interpolation of Brandt", "line", "reference"
            ),
        ),
        log_x=True,
    )


def shape_figure() -> Figure:
    """Return beta of rhombic lattices against their angle: square, triangular and all between."""
    angles = np.linspace(50, 130, 81)
    material = GinzburgLandau(10.0, 20.0)
    beta = [
        response.abrikosov_ratio(model.VortexLattice(material, 0.9 * material.upper_critical_field, a))
        for a in angles
    ]
    return Figure(
        "From triangle to square and back: two per cent of the energy",
        "angle of the rhombus (degrees)",
        "⟨|ψ|⁴⟩/⟨|ψ|²⟩²",
        (Curve(angles, np.array(beta), "lowest Landau level"),),
        caption="Triangular at 60° and 120°, square at 90° (a saddle), distorted hexagons between. Isotropic metals "
        "choose the triangle.",
    )


def flow_figure(flow: np.ndarray) -> Figure:
    """Return rho_f/rho_n against b."""
    b, slope = np.concatenate([[0], INDUCTIONS, [1]]), solve.flux_flow_slope(runs.MOVING)
    upper = PUBLISHED["flow_upper"].value
    return Figure(
        "Vortices in motion between two limits",
        "B/Bc2",
        "ρ_f/ρ_n",
        (
            Curve(b, np.concatenate([[0], flow, [1]]), "moving lattice, linear response"),
            Curve(b[:9], slope * b[:9], "single vortices", "dotted", "reference"),
            Curve(b[-5:], 1 - upper * (1 - b[-5:]), "lowest Landau level", "dashed", "reference"),
            Curve(b, b, "Bardeen and Stephen", "dashed", "rival"),
        ),
    )


def pinning_figure(free: tuple, pinned: tuple) -> Figure:
    """Return E against j with and without pins."""
    return Figure(
        "Pins hold the vortices to a higher current",
        "current density (J₀)",
        "electric field (J₀/σ)",
        (Curve(*free, "plain strip"), Curve(*pinned, "normal spots, 12 nm across", "dashed")),
        caption="0.3 Bc2, a strip of 16 ξ, taps 12 ξ apart; E at low j is what is left of the start.",
    )


def hop_figure(hop: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Figure:
    """Return the place of one vortex under a rising current."""
    pins = tuple(Curve(hop[1][[0, -1]], np.full(2, y), "", "dotted", "reference") for y in (-35.0, 0.0))
    return Figure(
        "A vortex is torn from one pin, meets the next, and leaves",
        "current density (J₀)",
        "place across the strip (nm)",
        (Curve(hop[1], hop[2], "vortex"), *pins),
        caption="Dotted: pins. The edge is at -70 nm.",
    )


def creep_figure(creep: runs.Creep) -> Figure:
    """Return ln(rate) against 1/T."""
    inverse = 1 / creep.temperature
    line = np.log(creep.rate[0]) - creep.barrier * (inverse - inverse[0])
    return Figure(
        "Thermal jumps of a vortex between two wells",
        "1/T (1/K)",
        "ln(rate τ₀)",
        (
            Curve(inverse, np.log(creep.rate), "counted", "points", error=1 / np.sqrt(creep.hops + 0.5)),
            Curve(inverse, line, f"slope of the saddle, {creep.barrier:.2f} K", "dashed", "reference"),
        ),
        caption="The line passes through the hottest point; only its slope is computed.",
    )


def jump_figure(creep: runs.Creep) -> Figure:
    """Return the place of the vortex against time at the lowest temperature."""
    return Figure(
        f"At {creep.temperature[-1]:.2f} K",
        "time (τ₀)",
        "place (nm)",
        (Curve(creep.time, creep.place, "vortex"),),
        caption="Wells near -14 and 14 nm.",
    )


def motion_table(
    joseph: runs.Josephson, free: tuple, pinned: tuple, creep: runs.Creep
) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the numbers of hopping, creep, flow and pinning."""
    rows = (
        ("Jc without pins, 0.3 Bc2 (J₀)", f"{runs.critical_density(*free):.3f}"),
        ("Jc with pins (J₀)", f"{runs.critical_density(*pinned):.3f}"),
        (
            "V/(n v Φ₀), least and most of all taps",
            f"{joseph.potential.min():.3f}, {joseph.potential.max():.3f}",
        ),
        *(
            (f"jumps at {t:.2f} K in {creep.until:.0f} τ₀", f"{n}")
            for t, n in zip(creep.temperature, creep.hops, strict=True)
        ),
        ("barrier by the saddle (K)", f"{creep.barrier:.3f}"),
    )
    return "Motion", ("quantity", "value"), rows
