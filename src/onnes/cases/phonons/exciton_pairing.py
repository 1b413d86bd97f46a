"""Little's exciton superconductor: what the scaling, two square wells and the Eliashberg equations give.

Little (1964) replaced the phonon by an electronic excitation of side chains on a conducting polymer:
the same BCS exponent with an energy larger by (M/m)^(1/2). The case follows that number through three
theories of growing honesty, and states where each stops holding.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from onnes import solve
from onnes.compare.claim import Claim, Kind, references
from onnes.errors import NoSuperconductivity, OnnesWarning
from onnes.model import ExcitonMetal, Filament
from onnes.solve.phonons.exciton import ExcitonPairing
from onnes.state import Check
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure, Map
from onnes.units import M_E, M_U

Theory = Callable[[ExcitonMetal], float]
Table = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]

PUBLISHED = references(Path(__file__).with_suffix(".toml"))

REFERENCE_TC, REFERENCE_MASS = 7.2, 50.0
"""The phonon superconductor that is scaled: K, and an ionic mass for which (M/m)^(1/2) is Little's 300. Our choice."""

POLYMER = ExcitonMetal(
    lambda_ph=0.4,
    omega_ph=150.0,
    lambda_ex=0.7,
    omega_ex=2000.0,
    mu=0.4,
    fermi_energy=4000.0,
    filament=Filament(fermi_velocity=1000.0, length=1000.0),
)
"""A polymer as Little imagined it, with round numbers: C-C stretching, dye excitations of 2 eV, a micrometre long."""

RETARDED = replace(POLYMER, omega_ex=400.0, lambda_ex=POLYMER.mu, filament=None)
"""The same metal kept inside every bound: excitons ten times slower than the electrons, no stronger than mu, in 3D."""

THEORIES = (
    (
        "logarithms, no mass renormalisation",
        lambda m: solve.logarithmic_temperature(m, renormalised=False),
        "dotted",
    ),
    ("logarithms", solve.logarithmic_temperature, "dashed"),
    ("exact square wells", solve.two_well_temperature, "line"),
    ("Eliashberg", solve.exciton_eliashberg_temperature, "line"),
)


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    points = 9 if quality is Quality.QUICK else 25
    with warnings.catch_warnings():  # the broken conditions are shown in the table below
        warnings.simplefilter("ignore", OnnesWarning)
        polymer, retarded = solve.exciton_pairing(POLYMER), solve.exciton_pairing(RETARDED)
    wider = solve.exciton_eliashberg_temperature(POLYMER, cutoff=12 * POLYMER.omega_ex)
    return CaseResult(
        claims=_claims(polymer, abs(wider - polymer.eliashberg)),
        checks=_checks(wider / polymer.eliashberg - 1),
        figures=(_coupling_figure(points), _energy_figure(points), _validity_figure(4 * points)),
        tables=(_temperature_table(polymer, retarded), _validity_table(polymer, retarded)),
        parameters=_parameters(),
        text=TEXT,
    )


def _claims(polymer: ExcitonPairing, cutoff_error: float) -> tuple[Claim, ...]:
    scaled = REFERENCE_TC * (REFERENCE_MASS * M_U / M_E) ** 0.5
    return (
        Claim(
            "Tc by Little's scaling (M/m)^(1/2)",
            scaled,
            0.0,
            PUBLISHED["little_scaling"],
            Kind.PHENOMENOLOGICAL,
            note=(
                "the phonon superconductor that is scaled (7.2 K, 50 u) is our choice; scaling keeps "
                "the BCS exponent unchanged"
            ),
        ),
        Claim(
            "Tc of an exciton polymer (Eliashberg) against the highest organic Tc",
            polymer.eliashberg,
            cutoff_error,
            PUBLISHED["organic_record"],
            Kind.PREDICTED,
            note=(
                "round parameters after Little; error: the cutoff alone; every condition of validity "
                "is broken (see the table), so that this is the outcome of equations outside their "
                "range"
            ),
        ),
    )


def _checks(cutoff_change: float) -> tuple[Check, ...]:
    weak = replace(
        POLYMER, lambda_ph=0.3, omega_ph=20.0, lambda_ex=0.3, omega_ex=500.0, mu=0.2, fermi_energy=5000.0
    )
    exact, closed = solve.two_well_temperature(weak), solve.logarithmic_temperature(weak)
    no_exciton = replace(weak, lambda_ex=0.0, lambda_ph=0.8)
    morel_anderson = replace(weak, lambda_ph=0.8, lambda_ex=0.0, omega_ex=2 * weak.omega_ex)
    independent = solve.two_well_temperature(no_exciton) / solve.two_well_temperature(morel_anderson) - 1
    return (
        Check("closed formula against exact wells at weak coupling", closed / exact - 1, 1e-6),
        Check("Tc independent of an exciton well of no strength", independent, 1e-10),
        Check("Eliashberg cutoff, 6 to 12 exciton energies", cutoff_change, 0.04),
    )


def _coupling_figure(points: int) -> Figure:
    couplings = np.linspace(0.35, 1.5, points)
    curves = [
        Curve(couplings, _temperatures(tc, [replace(POLYMER, lambda_ex=c) for c in couplings]), label, style)
        for label, tc, style in THEORIES
    ]
    record = PUBLISHED["organic_record"].value
    curves.append(
        Curve(couplings, np.full(points, record), "highest measured organic Tc", "dashed", "measured")
    )
    estimate = PUBLISHED["ginzburg_estimate"].value
    curves.append(
        Curve(couplings, np.full(points, estimate), "Ginzburg's upper estimate, 1977", "dotted", "reference")
    )
    return Figure(
        "Mass renormalisation and the Eliashberg equations each take a factor of three to five off Tc",
        "exciton coupling λ_ex",
        "Tc (K)",
        tuple(curves),
        log_y=True,
        caption=(
            "ω_ex = 2 eV, E_F = 4 eV, μ = 0.4, λ_ph = 0.4 at 150 meV. Mean-field temperatures; "
            "none is a prediction where its conditions are broken."
        ),
    )


def _energy_figure(points: int) -> Figure:
    energies = np.geomspace(200.0, 4000.0, points)
    curves = [
        Curve(
            energies / 1e3, _temperatures(tc, [replace(POLYMER, omega_ex=w) for w in energies]), label, style
        )
        for label, tc, style in THEORIES[2:]
    ]
    edge = 0.1 * POLYMER.fermi_energy / 1e3
    curves.append(
        Curve([edge, edge], [1.0, 1000.0], "retardation bound ω_ex = E_F/10", "dotted", "reference")
    )
    return Figure(
        (
            "A faster exciton does not raise Tc without limit: it loses the retardation that "
            "beats the repulsion"
        ),
        "exciton energy ω_ex (eV)",
        "Tc (K)",
        tuple(curves),
        log_x=True,
        log_y=True,
        caption=(
            "λ_ex = 0.7. As ω_ex nears E_F, μ* grows to μ and Tc falls, opposite to the scaling "
            "with (M/m)^(1/2)."
        ),
    )


def _validity_figure(points: int) -> Figure:
    energies, couplings = np.geomspace(200.0, 4000.0, points), np.linspace(0.1, 1.5, points)
    broken = [
        [
            len(solve.exciton_validity(replace(POLYMER, lambda_ex=c, omega_ex=w, filament=None), 0.0).broken)
            for w in energies
        ]
        for c in couplings
    ]
    return Figure(
        "Where an exciton Tc can be believed: slow and weak excitons only",
        "exciton energy ω_ex (eV)",
        "exciton coupling λ_ex",
        (),
        (Map(energies / 1e3, couplings, np.array(broken, float), "conditions broken, of 3"),),
        log_x=True,
        caption=(
            "Migdal λ_ex ω_ex/E_F < 0.1, retardation ω_ex/E_F < 0.1, static stability λ_ex < μ (a "
            "disputed claim of the literature). A filament breaks the fourth, phase order, "
            "everywhere."
        ),
    )


def _temperature_table(polymer: ExcitonPairing, retarded: ExcitonPairing) -> Table:
    rows = [
        (label, f"{r.logarithmic:.0f}", f"{r.two_well:.0f}", f"{r.eliashberg:.1f}", f"{r.phonons_alone:.3f}")
        for label, r in (
            ("polymer, ω_ex = 2 eV, λ_ex = 0.7", polymer),
            ("retarded, ω_ex = 0.4 eV, λ_ex = μ", retarded),
        )
    ]
    return ("Tc (K)", ("metal", "logarithms", "exact wells", "Eliashberg", "phonons alone"), tuple(rows))


def _validity_table(polymer: ExcitonPairing, retarded: ExcitonPairing) -> Table:
    rows = [
        (
            label,
            flag.name,
            f"{flag.value:.3g}",
            f"{flag.bound:.3g}",
            "yes" if flag.holds else "no",
            flag.meaning,
        )
        for label, result in (("polymer", polymer), ("retarded", retarded))
        for flag in result.validity.flags
    ]
    return ("Conditions of validity", ("metal", "condition", "value", "bound", "holds", "else"), tuple(rows))


def _temperatures(tc: Theory, models: Sequence[ExcitonMetal]) -> np.ndarray:
    """Tc of each model, NaN where there is no transition."""
    found = []
    for each in models:
        try:
            found.append(tc(each))
        except NoSuperconductivity:
            found.append(np.nan)
    return np.array(found)


def _parameters() -> dict[str, str]:
    return {
        "phonons": f"λ = {POLYMER.lambda_ph}, {POLYMER.omega_ph:.0f} meV",
        "excitons": f"λ = {POLYMER.lambda_ex}, {POLYMER.omega_ex / 1e3:.0f} eV",
        "repulsion": f"μ = {POLYMER.mu} up to E_F = {POLYMER.fermi_energy / 1e3:.0f} eV",
        "filament": "one spine, v_F = 10^6 m/s, 1 μm long",
    }


TEXT = """
Little (Phys. Rev. 134, A1416 (1964)) argued that side chains with electronic excitations of a few eV pair
the electrons of a conducting spine as phonons do, at a temperature larger by (M/m)^(1/2), about 300. That
scaling keeps the exponent of the BCS formula unchanged, which is what fails: the Coulomb repulsion is no
longer reduced by retardation, and the electrons carry the mass 1 + λ of both bosons.

Two square wells and the repulsion make a 3 x 3 eigenvalue problem that is solved exactly (tanh integrals);
the closed formula with logarithms equals it for kTc << ω_ph. The Eliashberg equations take both bosons as
Einstein peaks, with μ acting up to E_F.

Every temperature carries its conditions: the Migdal parameter λ_ex ω_ex/E_F, the retardation ω_ex/E_F, the
static-stability claim λ_ex < μ of Cohen and Anderson (disputed by Dolgov, Kirzhnits and Maksimov), and in
one dimension the phase correlation length N ħ v_F/(π kT), a few nanometres at half of a Tc of hundreds of
kelvin, so that no filament has zero resistance. The parameters are round numbers, not measurements of a
compound; no exciton-paired polymer has been found. With every condition kept (excitons ten times slower
than the electrons, no stronger than μ, in three dimensions) some tens of kelvin remain, well below
Ginzburg's estimate of Tc <~ 300 K.
""".strip()

CASE = Case(
    name="exciton-pairing",
    row=5,
    title="Little 1964: an electronic glue, and the conditions under which its Tc means anything",
    engines=(
        "solve.logarithmic_temperature",
        "solve.two_well_temperature",
        "solve.exciton_eliashberg_temperature",
        "solve.exciton_validity",
    ),
    quick_seconds=1.0,
    run=run,
)
