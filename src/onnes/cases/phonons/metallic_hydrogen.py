"""Metallic hydrogen near 500 GPa: the transition temperature as a distribution over the published inputs."""

from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np

import onnes as on
from onnes.compare.claim import Claim, Kind, references
from onnes.state import Check
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure
from onnes.units import K_B

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
WINDOW = (400.0, 600.0)
"""Pressures (GPa) that count as 'near 500'."""
LAMBDA_RANGE = (1.20, 2.43)
"""From molecular hydrogen at 428 GPa to atomic hydrogen at 1 TPa: both from published mass enhancements at Tc."""
SHAPES = (1.1, 1.25, 1.4)
"""omega_2/omega_log: narrow to broad spectra."""
MU_STARS = (0.08, 0.10, 0.13, 0.15)
"""The range used in the publications."""
CUTOFFS = (1.0, 10.0)
"""mu* belongs to one or to ten times the highest phonon energy; publications rarely say which."""
FORMULAS = {
    "McMillan": (on.solve.mcmillan,),
    "Allen-Dynes": (on.solve.allen_dynes,),
    "unknown": (on.solve.mcmillan, on.solve.allen_dynes),
}

TEXT = """
No solid metallic hydrogen has been measured; all there is are calculations, and they disagree. Each published
calculation is turned into Migdal-Eliashberg temperatures. Where the abstract gives Tc and the mass enhancement at Tc
(Eliashberg papers), lambda = m*/m - 1 is exact and the published Tc fixes omega_log. Where it gives only Tc,
lambda is left open between 1.20 and 2.43, the values of the two Eliashberg papers on either side, and omega_log is what
McMillan's or Allen and Dynes's formula needs at mu* = 0.10 for that Tc. omega_2/omega_log is left open between
1.1 and 1.4. Then Tc is computed for mu* from 0.08 to 0.15 at either convention of its cutoff. Every publication has
equal weight.

The result is a distribution, not a number: its width says what is not known. Atomic and molecular inputs are
shown apart because the best quantum phase diagram puts the atomic metal above 577 GPa, so that at 500 GPa the
molecular inputs describe the stable crystal. Not in the distribution: a jellium theory (arXiv:2406.05554) that
avoids mu* and finds Tc far below all of these; its abstract gives no number. Room temperature near 500 GPa lies at
the lower edge of the 16-84 % range of the atomic inputs and above that of the molecular ones.
"""


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    lambdas = tuple(np.linspace(*LAMBDA_RANGE, 5 if quality is Quality.QUICK else 13))
    rows = on.model.published_hydrides("H")
    near = [row for row in rows if WINDOW[0] <= row.pressure <= WINDOW[1]]
    samples = {row: _samples(row, lambdas) for row in rows}
    groups = {
        "all": near,
        "atomic": [row for row in near if "atomic" in row.phase],
        "molecular": [row for row in near if "molecular" in row.phase],
    }
    spread = {name: _quantiles([samples[row] for row in members]) for name, members in groups.items()}
    return CaseResult(
        claims=_claims(samples, spread),
        checks=_checks(),
        figures=(_histogram(samples, groups, spread), _pressure_figure(samples), _formula_figure(lambdas)),
        tables=(_input_table(samples), _spread_table(spread)),
        parameters={
            "λ where unpublished": f"{LAMBDA_RANGE[0]} to {LAMBDA_RANGE[1]}, {len(lambdas)} values",
            "ω_2/ω_log": ", ".join(map(str, SHAPES)),
            "μ*": ", ".join(map(str, MU_STARS)),
            "cutoff of μ*": "1 and 10 times the highest phonon energy",
        },
        text=TEXT,
    )


# ------------------------------------------------------------------ from a publication to temperatures
@lru_cache(maxsize=1024)
def _reduced(coupling: float, shape: float, mu_star: float, cutoff: float) -> float:
    """Return Tc in K for omega_log = 1 meV; Tc scales with omega_log exactly."""
    return on.solve.critical_temperature(_glue(coupling, shape, mu_star, cutoff))


def _glue(coupling: float, shape: float, mu_star: float, cutoff: float) -> "on.model.PhononGlue":
    spectrum = on.model.from_moments(coupling, 1.0, shape)
    return on.model.PhononGlue(spectrum, on.model.MuStar(mu_star, cutoff * spectrum.omega_max))


def _omega_logs(row: "on.model.HydrideMoments", coupling: float, shape: float, cutoff: float) -> list[float]:
    """Return omega_log (meV) that gives the published Tc by the formula of the publication, or by either formula."""
    if row.formula == "Migdal-Eliashberg":
        return [row.critical_temperature / _reduced(coupling, shape, row.mu_star, cutoff)]
    glue = _glue(coupling, shape, row.mu_star, 1.0)
    return [row.critical_temperature / formula(glue) for formula in FORMULAS[row.formula]]


def _samples(
    row: "on.model.HydrideMoments", lambdas: tuple[float, ...], mu_stars: tuple[float, ...] = MU_STARS
) -> np.ndarray:
    """Return the Eliashberg temperatures (K) of every reading of one publication, equally likely."""
    couplings = (row.coupling,) if row.coupling else lambdas
    return np.array(
        [
            omega_log * _reduced(coupling, shape, mu_star, cutoff)
            for coupling, shape, cutoff in product(couplings, SHAPES, CUTOFFS)
            for omega_log in _omega_logs(row, coupling, shape, cutoff)
            for mu_star in mu_stars
        ]
    )


def _weighted(members: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    values = np.concatenate(members)
    weights = np.concatenate([np.full(len(m), 1 / (len(m) * len(members))) for m in members])
    order = np.argsort(values)
    return values[order], weights[order]


def _quantiles(members: list[np.ndarray]) -> tuple[float, float, float]:
    """Return the 16, 50 and 84 % quantiles, every publication with equal weight."""
    values, weights = _weighted(members)
    return tuple(float(np.interp(q, np.cumsum(weights) - weights / 2, values)) for q in (0.16, 0.5, 0.84))


# ------------------------------------------------------------------ claims, figures, tables
def _claims(samples: dict, spread: dict[str, tuple[float, float, float]]) -> tuple[Claim, ...]:
    claims = []
    for group, (low, middle, high) in spread.items():
        name = f"Tc near 500 GPa, median of {group} inputs"
        note = "error: half of the 16-84 % range"
        claims.append(
            Claim(
                name,
                middle,
                (high - low) / 2,
                PUBLISHED["room_temperature"],
                Kind.PHENOMENOLOGICAL,
                note=note,
            )
        )
    keys = {
        ("molecular C2/c-24", 500.0): "molecular_500",
        ("atomic I4_1/amd, harmonic", 500.0): "atomic_harmonic_500",
        ("atomic I4_1/amd, anharmonic", 500.0): "atomic_anharmonic_500",
        ("atomic", 500.0): "atomic_500",
    }
    second = {347.0: "molecular_347", 428.0: "molecular_428"}
    for row in samples:
        if (key := keys.get((row.phase, row.pressure))) is not None:
            own = _samples(row, tuple(np.linspace(*LAMBDA_RANGE, 5)), (row.mu_star,))
            name = f"Eliashberg Tc of {row.phase} hydrogen, {row.pressure:g} GPa, at mu* = {row.mu_star}"
            fitted = "omega_log, from the published Tc by the published formula"
            claims.append(
                Claim(name, float(own.mean()), float(own.std()), PUBLISHED[key], Kind.FITTED, fitted)
            )
        elif row.second_mu_star and row.pressure in second:
            own = _samples(row, (), (row.second_mu_star,))
            name = (
                f"Eliashberg Tc of {row.phase} hydrogen, {row.pressure:g} GPa, at mu* = {row.second_mu_star}"
            )
            note = f"omega_log from {row.critical_temperature:g} K at mu* = {row.mu_star}; error: shape and cutoff"
            error = float(np.ptp(own) / 2)
            claims.append(
                Claim(
                    name, float(own.mean()), error, PUBLISHED[second[row.pressure]], Kind.PREDICTED, note=note
                )
            )
    return tuple(claims)


def _checks() -> tuple[Check, ...]:
    """Tc scales with omega_log, and falls with mu*: what the reconstruction rests on."""
    spectrum = on.model.from_moments(1.8, 150.0, 187.5)
    direct = on.solve.critical_temperature(on.model.PhononGlue(spectrum, on.model.MuStar(0.1, "max")))
    scaled = 150.0 * _reduced(1.8, 1.25, 0.1, 1.0)
    bound = spectrum.omega_2 * np.sqrt(spectrum.lambda_) * 0.1827 / K_B
    return (
        Check("Tc scales with omega_log, relative", direct / scaled - 1, 1e-6),
        Check("Tc over its asymptotic bound 0.1827 omega_2 lambda^(1/2)", direct / bound, 1.0),
    )


def _histogram(samples: dict, groups: dict, spread: dict[str, tuple[float, float, float]]) -> Figure:
    edges = np.arange(80, 561, 20.0)
    curves = []
    for name, style in (("all", "line"), ("atomic", "dashed"), ("molecular", "dotted")):
        members = groups[name]
        values, weights = _weighted([samples[row] for row in members])
        share = len(members) / len(groups["all"])
        height = np.histogram(values, edges, weights=weights)[0] * share / np.diff(edges)
        curves.append(Curve(np.repeat(edges, 2)[1:-1], np.repeat(height, 2), f"{name} inputs", style))
    top = max(curve.y.max() for curve in curves)
    low, middle, high = spread["all"]
    curves.append(
        Curve([middle], [1.05 * top], f"median and 16-84 %: {middle:.0f} ({low:.0f}-{high:.0f}) K", "points")
    )
    curves.append(Curve([low, high], [1.05 * top] * 2, "16-84 %", "line", "reference"))
    room = PUBLISHED["room_temperature"].value
    curves.append(Curve([room, room], [0, top], "room temperature", "dotted", "reference"))
    return Figure(
        "Metallic hydrogen near 500 GPa: what the published inputs allow",
        "Tc (K)",
        "probability per K",
        curves,
        caption="Every publication between 400 and 600 GPa with equal weight; all readings of its λ, ω_log and μ*.",
    )


def _pressure_figure(samples: dict) -> Figure:
    rows = list(samples)
    pressures = np.array([row.pressure for row in rows])
    ranges = np.array([_quantiles([samples[row]]) for row in rows])
    published = np.array([row.critical_temperature for row in rows])
    seconds = [row for row in rows if row.second_critical_temperature]
    return Figure(
        "Tc(P) of hydrogen: published, and what Eliashberg theory makes of the same inputs",
        "pressure (GPa)",
        "Tc (K)",
        (
            Curve(
                pressures + 6,
                ranges[:, 1],
                "Eliashberg, median and 16-84 %",
                "points",
                error=np.ptp(ranges, axis=1) / 2,
            ),
            Curve(pressures, published, "published", "points", "reference"),
            Curve(
                [row.pressure for row in seconds],
                [row.second_critical_temperature for row in seconds],
                "published, μ* = 0.15",
                "points",
                "reference",
            ),
        ),
        caption="Points are shifted by 6 GPa for clarity. No measurement exists.",
    )


def _formula_figure(lambdas: tuple[float, ...]) -> Figure:
    grid = np.linspace(0.9, 2.6, 9)
    curves = []
    for mu_star, style in ((0.08, "dashed"), (0.15, "line")):
        tc = [_reduced(float(c), 1.25, mu_star, 1.0) * K_B for c in grid]
        curves.append(Curve(grid, tc, f"Eliashberg, μ* = {mu_star}", style))
    for name, formula in (("McMillan", on.solve.mcmillan), ("Allen-Dynes", on.solve.allen_dynes)):
        tc = [formula(_glue(float(c), 1.25, 0.15, 1.0)) * K_B for c in grid]
        curves.append(Curve(grid, tc, f"{name}, μ* = 0.15", "dotted", "rival"))
    return Figure(
        "McMillan's formula falls short at the coupling of hydrogen",
        "λ",
        "k Tc/ω_log",
        curves,
        caption="ω_2 = 1.25 ω_log; the same λ, ω_log and μ*, three theories.",
    )


def _input_table(samples: dict) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    rows = []
    for row, values in samples.items():
        low, middle, high = _quantiles([values])
        coupling = f"{row.coupling:g}" if row.coupling else "open"
        name = f"{row.phase}, {row.pressure:g} GPa"
        ours = f"{middle:.0f} ({low:.0f}-{high:.0f})"
        rows.append(
            (
                name,
                coupling,
                f"{row.mu_star:g}",
                f"{row.critical_temperature:g}",
                ours,
                row.source,
                row.status,
                row.note,
            )
        )
    header = (
        "input",
        "λ",
        "μ*",
        "published Tc (K)",
        "Eliashberg, median (16-84 %) (K)",
        "source",
        "status",
        "note",
    )
    return ("Every published input", header, tuple(rows))


def _spread_table(
    spread: dict[str, tuple[float, float, float]],
) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    rows = tuple((name, *(f"{value:.0f}" for value in values)) for name, values in spread.items())
    return ("Tc near 500 GPa (K)", ("inputs", "16 %", "median", "84 %"), rows)


CASE = Case(
    name="metallic-hydrogen",
    row=4,
    title="Metallic hydrogen near 500 GPa: Tc as a distribution over the published inputs",
    engines=("model.from_moments", "solve.critical_temperature", "solve.allen_dynes", "solve.mcmillan"),
    quick_seconds=1.0,
    run=run,
)
