"""Nine elements from the moments of their spectra: what Migdal-Eliashberg theory says beyond Tc.

The glue is alpha2F, parametrised to the published lambda, omega_log and omega_2, and mu*. One number,
mu*, is tuned to one measurement, Tc. The gap, the specific heat jump, the critical field, its deviation
from the parabola and the isotope exponent are then computed with nothing left to tune.
"""

from pathlib import Path

import numpy as np

from onnes import model, solve
from onnes.cases.phonons.element_solution import (
    COLD,
    Element,
    deviation,
    mitrovic_carbotte,
    solve_element,
)
from onnes.compare.claim import Claim, Kind, Published, references
from onnes.model.materials import Material, Measured
from onnes.model.phonons.glue import MuStar, PhononGlue
from onnes.state import Check
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure
from onnes.units import K_B

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
ELEMENTS = ("Al", "V", "Ta", "Sn", "Tl", "In", "Nb", "Pb", "Hg")
GRID_ERROR = 5e-4
"""What nine temperatures miss of the extremum of D(t): 0.025 (0.05/0.5)^2/2 near its flat top."""
BCS_GAP, BCS_JUMP, BCS_FIELD = 3.528, 1.426, 0.1683
"""2 Delta_0/kTc, Delta C/gamma Tc and gamma Tc^2/Hc^2 (Gaussian units) of weak coupling."""


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    points = 9 if quality is Quality.QUICK else 33
    solved = [solve_element(model.material(name)) for name in ELEMENTS]
    by_name = {e.material.name: e for e in solved}
    t = np.linspace(0.2, 0.98, points)
    deviations = {name: deviation(by_name[name], t) for name in ("Al", "Pb")}
    return CaseResult(
        claims=(
            *(claim for e in solved for claim in element_claims(e)),
            *shared_claims(by_name, deviations),
        ),
        checks=checks(solved),
        figures=figures(solved, t, deviations),
        tables=(glue_table(solved), ratio_table(solved)),
        parameters={
            "equations": "isotropic Migdal-Eliashberg, constant density of states, cutoff 20 omega_max",
            "spectra": "peaks of the table of materials, matched to published lambda, omega_log, omega_2",
            "mu*": "fitted to the measured Tc; the published value is run beside it",
            "T = 0": f"state at {COLD} Tc; Hc(0) corrected for the entropy of the normal state",
        },
        text=TEXT,
    )


# --- claims ------------------------------------------------------------------------------------


def published(measured: Measured, scale: float = 1.0, unit: str | None = None) -> Published:
    """Return a number of the table of materials as a published number."""
    return Published(
        measured.value * scale,
        measured.error * scale,
        unit or measured.unit,
        measured.source,
        measured.status,
        measured.note,
    )


def gap_ratio(material: Material) -> Published:
    """Return the measured 2 Delta_0/kTc."""
    return published(material.numbers["gap"], 2 / (K_B * material.numbers["Tc"].value), "1")


def element_claims(e: Element) -> list[Claim]:
    """Return the claims of one element."""
    name, numbers = e.material.name, e.material.numbers
    claims = [
        Claim(
            f"Tc of {name}",
            e.published_tc,
            e.published_error,
            published(numbers["Tc"]),
            Kind.FITTED,
            fitted="mu* (by its authors)",
            note="error: published errors of lambda, omega_log and mu*",
        ),
        Claim(
            f"2 Delta_0/kTc of {name}",
            e.ratios.gap,
            e.error.gap,
            gap_ratio(e.material),
            Kind.PREDICTED,
            note="gap edge on the real axis",
        ),
        Claim(
            f"mu0 Hc(0) of {name}",
            1e3 * e.critical_field,
            1e3 * e.critical_field_error,
            published(numbers["Hc"], 1e3, "mT"),
            Kind.PREDICTED,
            note="from the measured gamma, molar volume and Tc",
        ),
    ]
    if "jump" in numbers:
        jump = published(numbers["jump"])
        claims.append(Claim(f"Delta C/gamma Tc of {name}", e.ratios.jump, e.error.jump, jump, Kind.PREDICTED))
    if "isotope_exponent" in numbers:
        exponent = published(numbers["isotope_exponent"])
        claims.append(
            Claim(f"isotope exponent of {name}", e.isotope, e.isotope_error, exponent, Kind.PREDICTED)
        )
    return claims


def shared_claims(by_name: dict[str, Element], deviations: dict[str, np.ndarray]) -> list[Claim]:
    """Return the claims on the deviation functions and on another calculation for lead."""
    lead, aluminium = by_name["Pb"], by_name["Al"]
    extremes = {name: float(d[np.argmax(np.abs(d))]) for name, d in deviations.items()}
    # From Al to Pb the extremum of D follows gamma Tc^2/Hc^2; its error carries over with that slope.
    slope = abs((extremes["Pb"] - extremes["Al"]) / (lead.ratios.field - aluminium.ratios.field))
    errors = {name: slope * by_name[name].error.field + GRID_ERROR for name in deviations}
    note = "error: that of gamma Tc^2/Hc^2, and the grid of temperatures"
    return [
        *(
            Claim(
                f"largest deviation of Hc(T) of {name}",
                extremes[name],
                errors[name],
                PUBLISHED[f"deviation_{name}"],
                Kind.PREDICTED,
                note=note,
            )
            for name in ("Al", "Pb")
        ),
        Claim(
            "Delta C/gamma Tc of Pb against another calculation",
            lead.ratios.jump,
            lead.error.jump,
            PUBLISHED["jump_Pb_theory"],
            Kind.PREDICTED,
        ),
        Claim(
            "gamma Tc^2/Hc^2 of Pb against another calculation",
            lead.ratios.field,
            lead.error.field,
            PUBLISHED["field_Pb_theory"],
            Kind.PREDICTED,
        ),
    ]


def checks(solved: list[Element]) -> tuple[Check, ...]:
    """Check the moments of the spectra, the fits of mu* and the weak-coupling end."""
    found = []
    for e in solved:
        spectrum, numbers = e.glue.spectrum, e.material.numbers
        miss = spectrum.omega_log / numbers["omega_log"].value - 1
        found.append(Check(f"omega_log of {e.material.name} over the published one", miss, 2e-3))
        fit = solve.critical_temperature(e.glue) / e.tc - 1
        found.append(Check(f"Tc of {e.material.name} after the fit", fit, 1e-4))
    weakest = solved[0]  # at Tc/omega_log = 0.004 the strong-coupling corrections are below 0.5 %
    found.append(Check("weak coupling: gap ratio of Al over 3.528", weakest.ratios.gap / BCS_GAP - 1, 5e-3))
    found.append(Check("weak coupling: jump of Al over 1.426", weakest.ratios.jump / BCS_JUMP - 1, 1e-2))
    found.append(
        Check("weak coupling: field ratio of Al over 0.168", weakest.ratios.field / BCS_FIELD - 1, 5e-3)
    )
    return tuple(found)


# --- figures and tables ------------------------------------------------------------------------


def figures(solved: list[Element], t: np.ndarray, deviations: dict[str, np.ndarray]) -> tuple[Figure, ...]:
    """Return the four figures."""
    measured_tc = np.array([e.tc for e in solved])
    names = ", ".join(e.material.name for e in sorted(solved, key=lambda e: e.tc))
    diagonal = np.array([0.8 * measured_tc.min(), 1.2 * measured_tc.max()])
    closed = {"McMillan": solve.mcmillan, "Allen-Dynes": solve.allen_dynes}
    tc_figure = Figure(
        "Tc at the published mu*: the moments of the spectra and one number suffice",
        "measured Tc (K)",
        "computed Tc (K)",
        (
            Curve(diagonal, diagonal, "equal", "dotted", "reference"),
            Curve(
                measured_tc,
                np.array([e.published_tc for e in solved]),
                "Eliashberg",
                "points",
                error=np.array([e.published_error for e in solved]),
            ),
            *(
                Curve(
                    measured_tc, np.array([formula(at_highest(e)) for e in solved]), label, "points", "rival"
                )
                for label, formula in closed.items()
            ),
        ),
        caption=f"In order of Tc: {names}. mu* was fitted to Tc by the authors of the spectra.",
        log_x=True,
        log_y=True,
    )
    return (tc_figure, gap_figure(solved), spectrum_figure(solved), deviation_figure(t, deviations))


def gap_figure(solved: list[Element]) -> Figure:
    """Return 2 Delta_0/kTc against Tc/omega_log."""
    x = np.array([e.coupling_ratio for e in solved])
    line = np.linspace(0.002, 1.1 * x.max(), 100)
    measured = [gap_ratio(e.material) for e in solved]
    return Figure(
        "Retardation raises the gap above the weak-coupling 3.53",
        "kTc/ω_log",
        "2Δ₀/kTc",
        (
            Curve(
                line,
                np.array([mitrovic_carbotte(v).gap for v in line]),
                "Mitrović-Carbotte form",
                "dashed",
                "reference",
            ),
            Curve(x, np.array([e.ratios.gap for e in solved]), "Eliashberg, real axis", "points"),
            Curve(
                x,
                np.array([m.value for m in measured]),
                "measured",
                "points",
                "measured",
                np.array([m.error for m in measured]),
            ),
        ),
        caption=", ".join(f"{e.material.name} {e.coupling_ratio:.3f}" for e in solved),
    )


def spectrum_figure(solved: list[Element]) -> Figure:
    """Return the parametrised spectra."""
    curves = tuple(Curve(e.glue.spectrum.frequency, e.glue.spectrum.alpha2F, e.material.name) for e in solved)
    return Figure(
        "Spectra parametrised to the published moments",
        "Ω (meV)",
        "α²F(Ω)",
        curves,
        caption="Peaks lie at the known phonon structure; lambda, omega_log and omega_2 are the published ones.",
    )


def deviation_figure(t: np.ndarray, deviations: dict[str, np.ndarray]) -> Figure:
    """Return the deviation functions of aluminium and lead."""
    return Figure(
        "Lead lies above the parabola, aluminium below",
        "(T/Tc)²",
        "Hc(T)/Hc(0) - (1 - t²)",
        tuple(Curve(t**2, d, name) for name, d in deviations.items()),
        caption="The sign of the deviation tells strong from weak coupling.",
    )


def at_highest(e: Element) -> PhononGlue:
    """Return the published glue with mu* rescaled to the highest phonon frequency, where the formulas take it."""
    given = e.material.glue()
    return PhononGlue(given.spectrum, MuStar(given.mu_star.at(given.omega_max), given.omega_max))


def glue_table(solved: list[Element]) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return what went in: moments, published and fitted mu*, and Tc by each formula."""
    header = (
        "element",
        "λ",
        "ω_log (K)",
        "ω_2 (K)",
        "μ* published",
        "μ* fitted",
        "Tc measured (K)",
        "Eliashberg, published μ*",
        "McMillan",
        "Allen-Dynes",
    )
    rows = []
    for e in solved:
        s, mu, given = e.glue.spectrum, e.glue.mu_star.value, at_highest(e)
        moments = (f"{s.lambda_:.3f}", f"{s.omega_log / K_B:.1f}", f"{s.omega_2 / K_B:.1f}")
        mus = (f"{e.material.numbers['mu_star'].value:.3f}", f"{mu:.4f}")
        temperatures = (e.tc, e.published_tc, solve.mcmillan(given), solve.allen_dynes(given))
        rows.append((e.material.name, *moments, *mus, *(f"{value:.3f}" for value in temperatures)))
    return ("What pairs the electrons", header, tuple(rows))


def ratio_table(solved: list[Element]) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the computed ratios, in order of retardation."""
    header = (
        "element",
        "kTc/ω_log",
        "2Δ₀/kTc",
        "measured",
        "ΔC/γTc",
        "measured",
        "γTc²/Hc²",
        "isotope exponent",
    )
    rows = []
    for e in sorted(solved, key=lambda e: e.coupling_ratio):
        measured_gap = gap_ratio(e.material).value
        rows.append(
            (
                e.material.name,
                f"{e.coupling_ratio:.4f}",
                f"{e.ratios.gap:.3f} ± {e.error.gap:.3f}",
                f"{measured_gap:.2f}",
                f"{e.ratios.jump:.3f} ± {e.error.jump:.3f}",
                f"{e.material.numbers['jump'].value:.2f}" if "jump" in e.material.numbers else "",
                f"{e.ratios.field:.4f}",
                f"{e.isotope:.3f}",
            )
        )
    return ("What follows", header, tuple(rows))


TEXT = """
Each element enters with the moments of its electron-phonon spectrum: λ, ω_log and, where published, ω_2. The
spectrum itself is a sum of two or three peaks at the energies of the known phonon structure, with couplings that
give these moments; it is parametrised, not measured. The isotropic Eliashberg equations are solved on the
imaginary axis, the gap edge is read from the exact continuation to the real axis, and free energy and specific
heat come from the same states.

μ* is the one tuned number. With the value its authors published, Tc comes out as shown, with the error that the
published errors of λ, ω_log and μ* leave. For everything else μ* is refitted so that Tc is the measured one; the
gap ratio, the jump, the critical field, its deviation from the parabola and the isotope exponent have then no
freedom left. Their errors are those of ω_log (through kTc/ω_log) and the change when the peaks are sharpened to
Einstein modes of the same λ and ω_log; the critical field adds those of γ, molar volume and Tc.

The equations are isotropic. The gaps of Al, Sn, In, Tl and V vary over the Fermi surface by several per cent, which
lowers the measured gap edge and the jump below the isotropic numbers. μ* of vanadium stands for spin fluctuations too.
Most of the inputs are recalled from the reviews of Allen and Dynes (1975) and Carbotte (1990), as each claim says.
""".strip()

CASE = Case(
    name="elements",
    row=1,
    title="Nine elements: one number fitted to Tc; gap, specific heat, critical field and isotope effect follow",
    engines=(
        "solve.critical_temperature",
        "solve.eliashberg",
        "response.real_axis",
        "solve.specific_heat_jump",
        "solve.isotope_exponent",
        "probe.critical_field",
    ),
    quick_seconds=5.0,
    run=run,
)
