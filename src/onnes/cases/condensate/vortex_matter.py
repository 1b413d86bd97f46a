"""Vortex matter: a magnetisation in three steps, the lattices that vortices form, and how they hop, creep and flow.

One theory, Ginzburg and Landau's with its relaxation in time, from the energy of one vortex to the voltage of many in
motion. Closed forms at both ends of the range (one vortex, and the lattice at Hc2) are met first; niobium at low
temperature, where the theory does not hold, shows by how much it fails there.
"""

from dataclasses import replace
from math import sqrt

import numpy as np

from onnes import model, response, solve
from onnes.cases.condensate import vortex_figures as figures
from onnes.cases.condensate import vortex_runs as runs
from onnes.compare.claim import Claim, Kind, Published
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.state import Check, State
from onnes.study.case import Case, CaseResult, Quality
from onnes.units import PHI_0

PUBLISHED = figures.PUBLISHED
KAPPAS = (1.0, 2.0, 5.0, 10.0, 50.0)
ONE_VORTEX = "one vortex quantum in a uniform metal (Bardeen and Stephen)"


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    niobium = niobium_like()
    curve = solve.magnetisation_curve(niobium, points=12 if quality is Quality.QUICK else 40)
    joseph, creep = runs.josephson(quality), runs.creep(quality)
    free, pinned = (runs.current_voltage(p, quality) for p in (False, True))
    hop, maps = runs.hop_track(), tri_state(niobium, quality)
    flow = flow_curve()
    return CaseResult(
        claims=(
            *line_claims(),
            *lattice_claims(),
            niobium_claim(niobium, curve),
            *flow_claims(flow, joseph),
            creep_claim(creep),
        ),
        checks=checks(curve, free, pinned, hop, maps),
        figures=(
            figures.curve_figure(niobium, curve),
            *figures.map_figures(niobium, maps),
            figures.core_figure(),
            figures.shape_figure(),
            figures.flow_figure(flow),
            figures.pinning_figure(free, pinned),
            figures.hop_figure(hop),
            figures.creep_figure(creep),
            figures.jump_figure(creep),
        ),
        tables=(figures.motion_table(joseph, free, pinned, creep),),
        parameters={
            "niobium": f"Bc2 = {niobium.upper_critical_field:.3f} T, κ = {niobium.kappa:.3f} from Bc2/√2 Bc, at T → 0",
            "moving film": "ξ = 10 nm, λ = 200 nm, 10 nm thick, 20 μΩ cm, u = 5.79, γ = 0, mesh ξ/2, no screening",
            "creeping film": f"λ = 1 μm, 4 nm thick, 140 nm x 80 nm, two normal spots {2 * runs.WELLS:.0f} nm apart",
            "noise": f"steps of 0.3 τ0, {creep.until:.0f} τ0 at each temperature",
        },
        text=TEXT,
    )


# --- one vortex, and lattices ------------------------------------------------------------------------


def niobium_like() -> GinzburgLandau:
    """Return Ginzburg and Landau's metal with the Bc2 and Bc of niobium at T -> 0."""
    upper = PUBLISHED["niobium_upper"].value
    xi = sqrt(PHI_0 / (2 * np.pi * upper)) * 1e9
    kappa = upper / (sqrt(2) * PUBLISHED["niobium_thermodynamic"].value)
    return GinzburgLandau(xi, kappa * xi)


def line_claims() -> tuple[Claim, ...]:
    """Compare the energy of one vortex with its exact value, its limit and an interpolation."""
    far, farther = figures.core_constant(300.0), figures.core_constant(1000.0)
    fit = PUBLISHED["brandt_0"]
    exact = Claim(
        "Hc1/Hc2 at kappa = 1/sqrt 2",
        figures.line_ratio(1 / sqrt(2)),
        1e-6,
        PUBLISHED["bogomolny"],
        Kind.PREDICTED,
        note="error: of the collocation",
    )
    limit = Claim(
        "core constant of Hc1 at large kappa",
        farther,
        abs(far - farther),
        PUBLISHED["core_limit"],
        Kind.PREDICTED,
        note="at kappa = 1000; error: the change since kappa = 300",
    )
    others = tuple(
        Claim(
            f"core constant of Hc1 at kappa = {kappa:g}",
            figures.core_constant(kappa),
            1e-6,
            replace(fit, value=figures.brandt(kappa)),
            Kind.PREDICTED,
        )
        for kappa in KAPPAS
    )
    return exact, limit, *others


def lattice_claims() -> tuple[Claim, ...]:
    """Compare lattices just below Hc2 with Abrikosov's theory."""
    material, found = GinzburgLandau(10.0, 20.0), []
    upper = material.upper_critical_field
    for shape in ("triangular", "square"):
        r = [
            float(solve.vortex_lattice(material, b * upper, shape)["abrikosov_ratio"])
            for b in (0.96, 0.98, 0.99)
        ]
        # the next Landau levels and the ripple of B enter as 1 - b and (1 - b)^2
        linear = (2 * r[1] - r[0], 2 * r[2] - r[1])
        value, error = (4 * linear[1] - linear[0]) / 3, abs(linear[1] - linear[0]) / 3
        found.append(
            Claim(f"beta of the {shape} lattice at Hc2", value, error, PUBLISHED[shape], Kind.PREDICTED)
        )
    slopes = [upper_slope(material, b) for b in (0.96, 0.98)]
    found.append(
        Claim(
            "slope of the magnetisation at Hc2 over Abrikosov's",
            2 * slopes[1] - slopes[0],
            abs(slopes[1] - slopes[0]),
            PUBLISHED["upper_slope"],
            Kind.PREDICTED,
            note="kappa = 2; extrapolated from 0.96 and 0.98 Bc2, error: the change between them",
        )
    )
    return tuple(found)


def upper_slope(material: GinzburgLandau, b: float) -> float:
    """Return M of a lattice over Abrikosov's at the same induction b Bc2."""
    induction = b * material.upper_critical_field
    state = solve.vortex_lattice(material, induction)
    return float(state["lattice_magnetisation"]) / response.upper_magnetisation(
        model.VortexLattice(material, induction)
    )


def niobium_claim(niobium: GinzburgLandau, curve: State) -> Claim:
    """Compare Hc1 of niobium with that of a Ginzburg-Landau metal of its Hc and Hc2: at low T it fails."""
    value = float(curve["lower_critical_field"])
    spread = PUBLISHED["niobium_thermodynamic"].error / PUBLISHED["niobium_thermodynamic"].value
    spread = float(np.hypot(spread, PUBLISHED["niobium_upper"].error / PUBLISHED["niobium_upper"].value))
    note = "error: of Bc and Bc2; the theory holds near Tc only, and this temperature is far from it"
    return Claim(
        "Bc1 of niobium at T = 0",
        value,
        spread * value,
        PUBLISHED["niobium_lower"],
        Kind.PREDICTED,
        note=note,
    )


def tri_state(niobium: GinzburgLandau, quality: Quality) -> dict[str, State]:
    """Return a square bar below Hc1, between Hc1 and Hc2, and above every critical field."""
    side, spacing = (20.0, 0.5) if quality is Quality.QUICK else (30.0, 0.35)
    xi, upper = niobium.coherence_length, niobium.upper_critical_field
    bar = model.Bulk(model.rectangle(side * xi, side * xi), niobium)
    fields = {"Meissner": (0.2, "superconducting"), "mixed": (0.55, "seeded"), "normal": (2.2, "seeded")}
    return {
        name: solve.bulk_equilibrium(bar, field=h * upper, spacing=spacing * xi, start=start, tolerance=1e-3)
        for name, (h, start) in fields.items()
    }


# --- motion --------------------------------------------------------------------------------------------


def flow_curve() -> np.ndarray:
    """Return rho_f/rho_n of a lattice at each of `vortex_figures.INDUCTIONS`."""
    upper = runs.MOVING.upper_critical_field
    return np.array([solve.flux_flow_resistivity(runs.MOVING, b * upper) for b in figures.INDUCTIONS])


def flow_claims(flow: np.ndarray, joseph: runs.Josephson) -> tuple[Claim, ...]:
    """Compare flow with its limits, with a vortex followed in time, and voltages with vortices."""
    slope, (speed, error) = solve.flux_flow_slope(runs.MOVING), runs.drift()
    upper = runs.MOVING.upper_critical_field
    near = [(1 - solve.flux_flow_resistivity(runs.MOVING, (1 - d) * upper)) / d for d in (0.02, 0.01)]
    linear = Published(slope, 1e-4, "1", "linear response of one vortex in motion", "derived")
    taps = joseph.potential
    return (
        Claim(
            "flow of dilute vortices, d(rho_f/rho_n)/d(B/Bc2)",
            slope,
            1e-4,
            PUBLISHED["bardeen_stephen"],
            Kind.PREDICTED,
            note="u = 5.79 without inelastic delay",
        ),
        Claim(
            "speed of a vortex in a strip over j, followed in time",
            speed,
            error,
            linear,
            Kind.PREDICTED,
            note="error: the range of places, and h^2/12 xi^2",
        ),
        Claim(
            "rho_f/rho_n at 0.95 Bc2, the same estimate",
            flow[-1],
            1e-6,
            Published(0.95, 1e-3, "1", PUBLISHED["bardeen_stephen"].source, "recalled", "taken at its word"),
            Kind.PREDICTED,
            rival=ONE_VORTEX,
        ),
        Claim(
            "flow at Hc2, d(rho_f/rho_n)/d(B/Bc2)",
            2 * near[1] - near[0],
            abs(near[1] - near[0]) / 2,
            PUBLISHED["flow_upper"],
            Kind.PREDICTED,
            note="extrapolated from 0.98 and 0.99 Bc2",
        ),
        Claim(
            "turning phase over n v Phi_0",
            float(joseph.phase.mean()),
            joseph.place_error,
            PUBLISHED["josephson"],
            Kind.PREDICTED,
            note=f"{joseph.crossings} entries and exits; error: places of vortices on the mesh",
        ),
        Claim(
            "voltage over n v Phi_0",
            float(taps.mean()),
            float(np.hypot(taps.std(ddof=1) / np.sqrt(len(taps)), joseph.place_error)),
            PUBLISHED["josephson"],
            Kind.PREDICTED,
            note="mean of pairs of taps; one pair is off by some per cent where vortices pass beside it",
        ),
    )


def creep_claim(creep: runs.Creep) -> Claim:
    """Compare the slope of the rate against 1/T with the height of the saddle."""
    slope, error = creep.slope
    source = "difference of free energies, saddle and minimum, of the same film"
    return Claim(
        "Arrhenius slope of the jumps between two wells",
        slope,
        error,
        Published(creep.barrier, creep.barrier_error, "K", source, "derived", "error: the mesh"),
        Kind.PREDICTED,
        note=f"{', '.join(str(n) for n in creep.hops)} jumps; error: counting, half a jump added to each",
    )


def checks(curve: State, free: tuple, pinned: tuple, hop: tuple, maps: dict[str, State]) -> tuple[Check, ...]:
    """Check the order of the three states, that pinning holds, and that a vortex rests before it is torn off."""
    densities = [np.abs(s["order_parameter"]).max() for s in maps.values()]
    steps = np.diff(hop[2][np.isfinite(hop[2])])
    raised = runs.critical_density(*free) / runs.critical_density(*pinned)
    ratio = np.diff(curve["curve_magnetisation"]).min() / curve["lower_critical_field"]
    return (
        *curve.report.checks,
        Check("largest |psi| of the normal state", float(densities[2]), 0.02),
        Check("1 - largest |psi| of the Meissner state", 1 - float(densities[0]), 0.01),
        Check("fall of -M along the mixed state, none upwards", float(min(0.0, ratio)), 1e-9),
        Check("Jc without pins over Jc with them", float(raised), 0.95),
        Check(
            "median over largest step of a vortex torn from pin to pin",
            float(np.median(steps) / steps.min()),
            0.3,
        ),
    )


TEXT = """
A single straight vortex gives Hc1, lattices in a cell with quasi-periodic edges give M(H) up to Hc2, and a bar of
finite κ, minimised over order parameter and induction, gives the maps of the three states. Square,
triangular and distorted hexagonal lattices of one-quantum vortices differ by two per cent of their energy near Hc2: an
isotropic metal takes the triangle, and a weak anisotropy can decide otherwise.

Flow is computed twice: by linear response of a lattice in motion, which meets the single vortex at low fields and the
lowest Landau level at Hc2, and by following one vortex through a strip. The voltage between taps is that of the
vortices, one quantum for each that crosses; a single pair of taps differs by some per cent where vortices pass closer
than a few coherence lengths, because normal current turns into supercurrent there.

A vortex between two wells jumps under thermal noise. The rates follow Arrhenius' law with the height of the saddle of
the free energy; at the barriers that can be waited for, one to three kT, prefactors that vary with temperature are
part of the error. At the quick quality a handful of jumps are counted, and the test is weak.

Niobium at T → 0 is beyond the theory: with its Bc and Bc2, Bc1 comes out a quarter too low. The two fields have
different κ there, and the theory knows one.
""".strip()

CASE = Case(
    name="vortex-matter",
    row=24,
    title="Vortex matter: three states of magnetisation, and vortices that are pinned, hop, creep and flow",
    engines=(
        "solve.vortex_line",
        "solve.vortex_lattice",
        "solve.magnetisation_curve",
        "solve.bulk_equilibrium",
        "solve.flux_flow_resistivity",
        "solve.flux_flow_slope",
        "solve.energy",
        "solve.tdgl",
        "probe.vortices",
        "probe.tracks",
        "probe.josephson_voltage",
    ),
    quick_seconds=17.0,
    run=run,
)
