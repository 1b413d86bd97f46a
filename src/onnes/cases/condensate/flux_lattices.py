"""Vortex lattices: triangular by themselves, square, triangular or distorted as their crystal wants.

Without a crystal the triangular lattice has the least energy, at any orientation. Currents that average the field over
the size of a Cooper pair feel the shape of the Fermi surface: London theory with the first nonlocal correction, and
Ginzburg-Landau theory with fourth-order gradients, say which lattice belongs to which direction of the field.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from onnes import model, response, solve
from onnes.compare.claim import Claim, Kind, references
from onnes.errors import InvalidInput
from onnes.state import Check, State
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
DIRECTIONS = {"[001]": (0, 0, 1), "[110]": (1, 1, 0), "[111]": (1, 1, 1)}
DEPTH, CORE = 100.0, 4.0
"""nm: lambda and xi of V3Si, rounded (recalled); neither decides the order of the phases."""
ISOTROPIC = (0.0, 2.0, 4.0)
"""nm^2: n_xxyy, not known for V3Si; the middle one is used and the others give the error."""
SQUARE_AT = PUBLISHED["square_field"].value
ISOTROPIC_THEORY = "isotropic London theory"
BOROCARBIDE = {"depth": 100.0, "core": 6.0, "tc": 15.6, "isotropic": 30.0, "anisotropy": 100.0}
"""nm, nm, K, nm^2, nm^2: illustrative; only the signs of two trends are taken."""
COOL, WARM = 0.2, 0.7
"""Reduced temperatures between which a trend is read."""


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    count = 6 if quality is Quality.QUICK else 14
    fields = np.geomspace(0.25, 5.0, count)
    shapes = {name: [shape(london(), b, d) for b in fields] for name, d in DIRECTIONS.items()}
    square = {name: shape(london(), SQUARE_AT * 1.05, d) for name, d in DIRECTIONS.items()}
    gradients = {name: with_gradients(d) for name, d in DIRECTIONS.items()}
    nearly = near_transition()
    return CaseResult(
        claims=(*isotropic_claims(nearly), *v3si_claims(square), *borocarbide_claims()),
        checks=checks(square, gradients, nearly),
        figures=(apex_figure(fields, shapes), spot_figure(square)),
        tables=(direction_table(square, gradients),),
        parameters={
            "V3Si": f"λ = {DEPTH:g} nm, ξ = {CORE:g} nm, n_xxyy = {ISOTROPIC[1]:g} nm² (illustrative)",
            "fitted": f"n_xxxx - 3 n_xxyy = {anisotropy(ISOTROPIC[1]):.3f} nm², to the square at 4 T along [001]",
            "cut-off": "exp(-ξ²G²/2) in the energy",
            "gradients": f"γ = {GRADIENTS.isotropic:g}, ε = {GRADIENTS.cubic:g}, b = {GRADIENT_B:g}, κ → ∞",
        },
        text=TEXT,
    )


# --- models ------------------------------------------------------------------------------------

GRADIENTS = model.GradientTerms(isotropic=0.15, cubic=-0.15)
GRADIENT_B = 0.6


def crystal(isotropic: float, extra: float) -> model.NonlocalLondon:
    """Return V3Si with n_xxyy and n_xxxx - 3 n_xxyy, nm^2."""
    tensor = model.cubic_nonlocality(3 * isotropic + extra, isotropic)
    return model.NonlocalLondon(DEPTH, CORE, nonlocality=tensor)


@lru_cache(maxsize=8)
def anisotropy(isotropic: float) -> float:
    """Return the n_xxxx - 3 n_xxyy (nm^2) whose lattice along [001] becomes square at the published field."""

    def excess(extra: float) -> float:
        try:
            return solve.square_field(crystal(isotropic, extra), between=(2.5, 6.0)) - SQUARE_AT
        except InvalidInput:  # too weak for a square at any of these fields
            return 6.0 - SQUARE_AT

    trials = np.arange(5.0, 12.0, 0.5)
    high = next(x for x in trials if excess(x) < 0)
    return float(brentq(excess, high - 0.5, high, xtol=1e-5))


def london(isotropic: float = ISOTROPIC[1]) -> model.NonlocalLondon:
    """Return V3Si as fitted."""
    return crystal(isotropic, anisotropy(isotropic))


def shape(material: model.NonlocalLondon, induction: float, direction: tuple[int, int, int]) -> State:
    """Return the lattice of least energy."""
    return solve.preferred_lattice(model.DirectedLattice(material, float(induction), direction))


def with_gradients(direction: tuple[int, int, int]) -> State:
    """Return the lattice of Ginzburg-Landau theory with fourth-order gradients."""
    material = model.GinzburgLandau(CORE, DEPTH)
    lattice = model.DirectedLattice(
        model.CubicGinzburgLandau(material, GRADIENTS), GRADIENT_B * material.upper_critical_field, direction
    )
    return solve.preferred_lattice(lattice, levels=11)


def near_transition() -> State:
    """Return the lattice of plain Ginzburg-Landau theory just below Hc2."""
    material = model.CubicGinzburgLandau(model.GinzburgLandau(CORE, DEPTH), model.GradientTerms())
    lattice = model.DirectedLattice(material, 0.99 * material.upper_critical_field)
    return solve.preferred_lattice(lattice, levels=7)


def borocarbide(reduced: float) -> model.NonlocalLondon:
    """Return a clean borocarbide at T/Tc: n by its Matsubara sum, lambda of clean BCS, xi^2 as 1/(1 - t^2)."""
    bcs = model.BCS(BOROCARBIDE["tc"])
    temperature = reduced * BOROCARBIDE["tc"]
    reach = [
        response.nonlocal_range(float(solve.bcs_gap(bcs, t)), t)
        for t in (temperature, 0.02 * BOROCARBIDE["tc"])
    ]
    weaker = reach[0] / reach[1]
    density = response.bcs_superfluid_density(solve.bcs(bcs, temperature))
    base = BOROCARBIDE["isotropic"] * weaker
    tensor = model.cubic_nonlocality(3 * base + BOROCARBIDE["anisotropy"] * weaker, base)
    return model.NonlocalLondon(
        BOROCARBIDE["depth"] / np.sqrt(density),
        BOROCARBIDE["core"] / np.sqrt(1 - reduced**2),
        nonlocality=tensor,
    )


# --- claims and checks -------------------------------------------------------------------------


def isotropic_claims(nearly: State) -> tuple[Claim, ...]:
    """Return what holds without a crystal."""
    material = model.GinzburgLandau(CORE, DEPTH)
    ratio = {a: response.abrikosov_ratio(model.VortexLattice(material, 1.0, a)) for a in (60.0, 90.0)}
    exact = {"note": "a sum of Gaussians; the error is rounding"}
    return (
        Claim("β_A, triangular", ratio[60.0], 1e-12, PUBLISHED["triangular_ratio"], Kind.PREDICTED, **exact),
        Claim("β_A, square", ratio[90.0], 1e-12, PUBLISHED["square_ratio"], Kind.PREDICTED, **exact),
        Claim(
            "apex of the best lattice at 0.99 Hc2",
            float(nearly["lattice_apex"]),
            0.002,
            PUBLISHED["isotropic_apex"],
            Kind.PREDICTED,
            note="error: slope left in a soft shape",
        ),
    )


def v3si_claims(square: dict[str, State]) -> tuple[Claim, ...]:
    """Return the claims for V3Si; the error of the reorientation is half the range over n_xxyy."""
    locking = [solve.reorientation_field(london(n), between=(0.25, 2.0)) for n in ISOTROPIC]
    plain = shape(model.NonlocalLondon(DEPTH, CORE), SQUARE_AT, (0, 0, 1))
    fitted = "n_xxxx - 3 n_xxyy"
    # the diagonals of a square lie 45 degrees from its sides; the smallest angle to [100] or [010]
    turn = (float(square["[001]"]["lattice_orientation"]) + 45 + 45) % 90 - 45
    return (
        Claim(
            "field where the lattice along [001] becomes square",
            solve.square_field(london(), between=(2.5, 6.0)),
            0.1,
            PUBLISHED["square_field"],
            Kind.FITTED,
            fitted=fitted,
        ),
        Claim(
            "field where its orientation changes",
            locking[1],
            abs(locking[2] - locking[0]) / 2,
            PUBLISHED["locking_field"],
            Kind.PREDICTED,
            note="error: half of the range for n_xxyy from 0 to 4 nm²; nothing else is free once the square is at 4 T",
        ),
        Claim(
            "diagonal of the lattice from [100]",
            turn,
            0.1,
            PUBLISHED["mirror_plane"],
            Kind.FITTED,
            fitted=f"sign of {fitted}",
        ),
        Claim(
            "apex along [111]",
            float(square["[111]"]["lattice_apex"]),
            0.01,
            PUBLISHED["threefold_apex"],
            Kind.PREDICTED,
            note="by symmetry, whatever the anisotropy of fourth rank",
        ),
        Claim(
            "apex at 4 T along [001]",
            float(plain["lattice_apex"]),
            0.01,
            PUBLISHED["square_apex"],
            Kind.PREDICTED,
            rival=ISOTROPIC_THEORY,
        ),
    )


def borocarbide_claims() -> tuple[Claim, ...]:
    """Return the signs of the changes of both fields with temperature."""
    cool, warm = borocarbide(COOL), borocarbide(WARM)
    square = [solve.square_field(m, between=(0.1, 1.0)) for m in (cool, warm)]
    turned = [solve.reorientation_field(m, between=(0.03, 0.3)) for m in (cool, warm)]
    note = "{:.3f} T at " + f"{COOL:g} Tc, " + "{:.3f} T at " + f"{WARM:g} Tc"
    return (
        Claim(
            "sign of dH2/dT (square lattice)",
            float(np.sign(square[1] - square[0])),
            0.0,
            PUBLISHED["square_field_trend"],
            Kind.PREDICTED,
            note=note.format(*square),
        ),
        Claim(
            "sign of dH1/dT (reorientation)",
            float(np.sign(turned[1] - turned[0])),
            0.0,
            PUBLISHED["reorientation_trend"],
            Kind.PREDICTED,
            note=note.format(*turned),
        ),
    )


def checks(square: dict[str, State], gradients: dict[str, State], nearly: State) -> tuple[Check, ...]:
    """Check the expansion in the nonlocality, the number of Landau levels, and that [110] is neither shape."""
    states = (*square.values(), *gradients.values(), nearly)
    share = max(s.report.checks[0].value for s in square.values())
    levels = max(s.report.checks[0].value for s in (*gradients.values(), nearly))
    twofold = float(square["[110]"]["lattice_apex"])
    return (
        Check("lattices that did not converge", float(sum(not s.report.converged for s in states)), 0.0),
        Check("nonlocal part of the screening at the first spot above 4 T", share, 0.5),
        Check("share of the two highest Landau levels", levels, 1e-4),
        Check(
            "apex along [110], distance from 75 degrees: neither triangular nor square", twofold - 75, 10.0
        ),
        Check("inequality of the sides along [110]", float(square["[110]"]["lattice_inequality"]), 1e-3),
    )


# --- figures and tables ------------------------------------------------------------------------


def apex_figure(fields: np.ndarray, shapes: dict[str, list[State]]) -> Figure:
    """Return the apex against the induction."""
    curves = [
        Curve(fields, [float(s["lattice_apex"]) for s in states], f"B along {name}")
        for name, states in shapes.items()
    ]
    seen = PUBLISHED["square_apex"]
    measured = Curve(
        np.array([SQUARE_AT]),
        np.array([seen.value]),
        "V3Si, [001]",
        "points",
        "measured",
        np.array([seen.error]),
    )
    rival = Curve(fields, np.full(len(fields), 60.0), ISOTROPIC_THEORY, "dashed", "rival")
    return Figure(
        "The field's direction decides between square, distorted and triangular",
        "induction (T)",
        "apex angle (degrees)",
        (*curves, measured, rival),
        caption="Below the reorientation the apex is smaller than 60 degrees and the diagonals lie along <110>.",
        log_x=True,
    )


def spot_figure(square: dict[str, State]) -> Figure:
    """Return the Bragg spots in the plane across the field."""
    curves = [
        Curve(*np.asarray(state["spot_vectors"]).T, f"B along {name}", "points")
        for name, state in square.items()
    ]
    return Figure(
        "Bragg spots at the field where the lattice along [001] has become square",
        "G along e1 (1/nm)",
        "G along e2 (1/nm)",
        tuple(curves),
        caption="e1 is [100] for [001], [001] for [110], and [-1-12] for [111]. One of the equivalent domains.",
    )


def direction_table(
    square: dict[str, State], gradients: dict[str, State]
) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the shapes of both theories."""
    rows = []
    for theory, states in (("nonlocal London, 4.2 T", square), ("fourth-order gradients", gradients)):
        for name, state in states.items():
            rows.append(
                (
                    theory,
                    name,
                    f"{float(state['lattice_apex']):.2f}",
                    f"{float(state['lattice_inequality']):.1e}",
                    f"{float(state['lattice_orientation']):.1f}",
                )
            )
    header = ("theory", "field along", "apex (deg)", "unequal sides", "nearest neighbours from e1 (deg)")
    return ("Shapes by direction", header, tuple(rows))


TEXT = """
London energy: the screening of a straight vortex at wavevector k is 1 + λ²k² with a correction λ²k² n_ttkk, where n
is the average of four Fermi velocities and t the direction of the current. A cubic crystal has two components. Along
[001] the correction is fourfold; along [111] it is isotropic, so that the lattice stays triangular, and its
orientation is left to higher orders; along [110] it is again fourfold, three quarters as strong, so that the lattice
is distorted but not square in the field that makes the one along [001] square. A real twofold part of [110] begins
with the sixth order in the velocity, which is left out here; in Ginzburg-Landau theory it is there at fourth order,
through the second Landau level. One number is fitted, the anisotropy, to the field of the square lattice. The field
of the reorientation then follows but for the isotropic part of the nonlocality, which is not known and is varied.

The trend of the square with temperature follows as the nonlocality weakens. That of the reorientation does not in this
model, where it goes the other way if the nonlocality weakens faster than the penetration depth grows: the claim
shows it. Shape and orientation cost parts in ten thousand of the energy, so that pinning and surfaces may decide.

The niobium lattice along [001] is a square turned out of the mirror planes at low temperature, and scalene above it
(H. M. Adachi et al., arXiv:1108.4240). Fourth-order gradients do turn the square where they are strong (γ = 1, ε = -1),
far outside their expansion; a Fermi surface with its own kernel is needed to claim it.
"""

CASE = Case(
    name="vortex-lattice",
    row=24,
    title="The vortex lattice is triangular by itself, and takes its shape from the crystal along the field",
    engines=(
        "solve.preferred_lattice",
        "solve.square_field",
        "solve.reorientation_field",
        "response.abrikosov_ratio",
    ),
    quick_seconds=10.0,
    run=run,
)
