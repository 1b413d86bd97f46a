"""Fluctuating stripes: does the spin correlation of doped Hubbard electrons change sign at a distance?

In a stripe the antiferromagnet turns over at each line of holes. Far above any order this is seen in equal-time
correlations alone: staggered, they are positive nearby and negative beyond a domain wall. Determinant Monte Carlo is
exact but for the step of time, and pays with a sign whose mean falls to a few per cent; the long runs are stored with
their bins, go on from their files, and are met by a short chain each time.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from onnes.cases.correlated import stripes_figures as figures
from onnes.cases.correlated import stripes_oxide as oxide
from onnes.cases.correlated.stripes_analysis import FAR, RESOLVED, Analysis, pulls
from onnes.cases.correlated.stripes_runs import (
    COLD,
    FOLDER,
    LENGTH,
    LONG,
    RUNS,
    WARM_FILLINGS,
    WARM_HOLES,
    WIDTH,
    Run,
    Sums,
    found,
    short_chain,
)
from onnes.compare.claim import Claim, Kind, references
from onnes.state import Check, State
from onnes.study.case import Case, CaseResult, Quality

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
SHORT = {"hole": 30, "hole_3": 25}
"""Runs that a short chain is compared with, and its blocks of 40 sweeps."""
KINDS = {"holes": "antiphase", "half filling": "in_phase", "electrons": "commensurate"}
"""What is known of each filling, by the names of the published numbers."""
APART = 4.0
"""Combined standard errors by which two runs of one model may differ."""


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    sums = {name: found(each, quality) for name, each in RUNS.items()}
    analyses = {name: Analysis(s) for name, s in sums.items() if s is not None and s.resolved}
    states = oxide.plane_states(quality)
    cold, warm, holes, everything = (
        (_those(runs, analyses), _missing(runs, analyses))
        for runs in (COLD, [RUNS["hole_3"], *WARM_FILLINGS], WARM_HOLES, RUNS.values())
    )
    return CaseResult(
        claims=(*filling_claims(analyses), *oxide_claims(states)),
        checks=(*checks(sums, analyses), *oxide_checks(states)),
        figures=(
            figures.line_figure(*cold, COLD[0].beta),
            figures.peak_figure(*cold, COLD[0].beta),
            *figures.map_figures(cold[0]),
            figures.line_figure(*warm, RUNS["hole_3"].beta),
            figures.temperature_figure(*holes),
            figures.oxide_figure(states),
        ),
        tables=(figures.run_table(*everything), figures.oxide_table(states)),
        parameters={
            "one band": f"{LENGTH} x {WIDTH} sites, closed, U = 6t, t' = -0.25t; t = 1 meV here, all scales with t",
            "interaction": "U (n_up - 1/2)(n_dn - 1/2): μ = 0 is half filling where t' = 0",
            "temperature": f"t/4.5, which is {figures.kelvin(4.5):.0f} K for t = 350 meV; t/2 to t/4 besides",
            "slices": "0.1/t (U t dt² = 0.06), 0.125/eV for three bands (0.15): not extrapolated",
            "long chains": f"blocks of {LONG.sweeps} sweeps; full quality goes on with those in {FOLDER}",
            "three bands": f"tpd 1.13, tpp 0.49, Ud 8.5, Up 4.1, Δ 3.24 eV, T = {oxide.TEMPERATURE:.0f} K",
        },
        text=TEXT,
    )


def _those(runs: Iterable[Run], analyses: dict[str, Analysis]) -> list[Analysis]:
    return [analyses[each.name] for each in runs if each.name in analyses]


def _missing(runs: Iterable[Run], analyses: dict[str, Analysis]) -> list[Run]:
    return [each for each in runs if each.name not in analyses]


# --- claims and checks -------------------------------------------------------------------------


def filling_claims(analyses: dict[str, Analysis]) -> tuple[Claim, ...]:
    """Compare the sign of far correlations, the place of the peak, and its splitting where there is one.

    At the lowest temperature the sign is claimed whatever came out; elsewhere where it is resolved.
    """
    claims = []
    for each in (*COLD, *WARM_HOLES, *WARM_FILLINGS):
        if each.name not in analyses:
            continue
        a = analyses[each.name]
        where = f"{each.label}, T = t/{each.beta:g}"
        value, error = a.pair("far")
        kind = KINDS[each.label]
        if each in COLD or a.far_sign:
            claims.append(
                Claim(
                    f"sign of the staggered correlation {FAR} to {LENGTH // 2} sites away, {where}",
                    float(a.far_sign),
                    0.0,
                    PUBLISHED[f"{kind}_sign"],
                    Kind.PREDICTED,
                    note=f"{value:.1e} ± {error:.0e}; 0: within {RESOLVED:.0f} standard errors of zero, not resolved",
                )
            )
        if kind != "antiphase":
            claims.append(
                Claim(
                    f"distance of the peak of S(q, pi) from (pi, pi), {where}",
                    a.shift,
                    1 / (2 * LENGTH),
                    PUBLISHED[f"{kind}_peak"],
                    Kind.PREDICTED,
                    note="error: half the spacing of wavevectors",
                )
            )
        elif a.far_sign < 0:
            shift, spread = a.incommensurability()
            claims.append(
                Claim(
                    f"incommensurability of the correlation, {where}",
                    shift,
                    spread,
                    PUBLISHED["half_filled_stripes"],
                    Kind.PREDICTED,
                    note=f"fit of a damped cosine; {1 - a.pair('density')[0]:.3f} holes per site",
                )
            )
    return tuple(claims)


def oxide_claims(states: dict[oxide.Plane, State]) -> tuple[Claim, ...]:
    """Compare the spins of neighbouring coppers at one hole a cell with those of an antiferromagnet."""
    plane, state = next(iter(states.items()))
    if "spin_by_class" not in state:
        return ()
    _, value, error = oxide.on_copper(state)
    seen = np.sign(value[1]) if abs(value[1]) > RESOLVED * error[1] else 0.0
    return (
        Claim(
            f"sign of <S.S> of neighbouring coppers, {plane.label}",
            float(seen),
            0.0,
            PUBLISHED["superexchange"],
            Kind.PREDICTED,
            note=f"{value[1]:.3f} ± {error[1]:.3f}, {plane.side} x {plane.side} cells",
        ),
    )


def checks(sums: dict[str, Sums | None], analyses: dict[str, Analysis]) -> tuple[Check, ...]:
    """Check short chains against the long runs, the sum rule of the moment, and the mean signs."""
    made = []
    for name, blocks in SHORT.items():
        long = sums[name]
        if long is None:
            continue
        apart = pulls(short_chain(long.run, blocks, 40), long)
        where = f"{long.run.label}, T = t/{long.run.beta:g}"
        made += [
            Check(f"mean of {what}, short chain less long run in standard errors, {where}", pull, APART)
            for what, pull in apart.items()
        ]
    rule = max((abs(a.pair("moment_rule")[0]) for a in analyses.values()), default=0.0)
    unclear = sum(s is not None and not s.resolved for s in sums.values())
    made.append(Check("<S.S>/3 on a site less (n - 2 n_up n_dn)/4, largest of all runs", rule, 1e-9))
    made.append(Check("runs whose mean sign is not resolved", float(unclear), 0.0))
    return tuple(made)


def oxide_checks(states: dict[oxide.Plane, State]) -> tuple[Check, ...]:
    """Check the number of holes of the undoped plane and that spins on copper carry most of the moment."""
    state = next(iter(states.values()))
    if "density_up" not in state:
        return (Check("undoped planes without a density", 1.0, 0.0),)
    holes, error = 3 * float(state["electrons_per_site"]), 3 * float(state["electrons_per_site_error"])
    return (
        Check(
            "|holes a cell of the undoped plane - 1| less three standard errors",
            abs(holes - 1) - 3 * error,
            0.03,
        ),
        Check(
            "moment of oxygen over that of copper",
            float(state["local_moment"][1] / state["local_moment"][0]),
            0.5,
        ),
        *state.report.checks[1:],
    )


TEXT = """
Hubbard electrons on 16 x 4 sites, closed along both sides, U = 6t and t' = -0.25t, near one hole in eight, near half
filling and with about as many electrons added. Correlations are means over translations, mirror images and the three
components of the spin; every error is a jackknife over bins of sign times value over sign.

With holes the mean sign is 0.66 at T = t/3, 0.34 at t/3.5 and below 0.03 at t/4.5. Errors of a correlation grow as one
over the sign and fall as the root of sweeps: a correlation of 0.001 at half the length of the cluster takes some
millions of them at t/4.5. What the stored run resolves is in the table, with its number of sweeps; a sign is claimed
only beyond three standard errors, and written as zero otherwise. At T = t/3 errors are small, and correlations have
decayed before a domain wall could show: there the runs say how short the order is, and nothing about stripes.

Configurations with a nearly vanishing determinant are rare and carry large Green functions, so that correlations have
heavy tails: one bin can hold a deviation of tens of standard deviations of the others, as at seven sites and T = t/3.5.
No sample is cut off; such points show by their error bars.

The splitting of the equal-time S(q) is a weaker sign of stripes than that of the static susceptibility, which weighs
slow fluctuations. Whether the peak is split, or only wide and flat, is given as the difference of two neighbouring
wavevectors with its error.

Three bands are run on clusters that hold no stripe: densities on copper and oxygen, the moment, the exchange. The
signs of hole hopping and the levels raised by half of U are those of the model, not fitted; μ was set for the number
of holes. On 2 x 2 cells bonds around the boundary join the same pair of sites, and neighbours are more correlated.
""".strip()

CASE = Case(
    name="fluctuating-stripes",
    row=9,
    title="Fluctuating stripes in the Hubbard model: spin correlations that change sign at a distance",
    engines=("solve.dqmc_chain", "solve.dqmc_result"),
    quick_seconds=17.0,
    run=run,
)
