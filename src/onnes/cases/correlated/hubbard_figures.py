"""What the case on the thermodynamics of the Hubbard model shows. All energies: U (n_up - 1/2)(n_dn - 1/2), t = 1."""

from collections.abc import Mapping, Sequence
from math import log

import numpy as np

from onnes.cases.correlated import hubbard_analysis as analysis
from onnes.cases.correlated.hubbard_analysis import Limit
from onnes.cases.correlated.hubbard_runs import Scan
from onnes.study.figure import Curve, Figure

TEMPERATURE = "temperature kT/t"
ENERGY = "E/N (t), with U(n↑-½)(n↓-½)"
Table = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]


def step_figure(found: Mapping[tuple[str, float], Mapping[str, Limit]], exact: Mapping) -> Figure:
    """Return the double occupancy of the four-ring against dt^2, with lines to the exact values."""
    curves = []
    for (name, U), limits in found.items():
        if name != "4-ring":
            continue
        one, right = limits["double"], exact[name, U]["double"]
        line = np.array([0.0, (one.step**2).max()])
        curves += [
            Curve(
                np.append(0.0, one.step**2),
                np.append(one.value, one.values),
                f"U = {U:g} t: chains, and their limit",
                "points",
                error=np.append(one.error, one.errors),
            ),
            Curve(line, one.value + one.slope * line, "", "dashed", "reference"),
            Curve(np.array([-0.003, 0.0]), np.full(2, right), "exact" if U == 4 else "", "line", "measured"),
        ]
    return Figure(
        "The error of the time step is a straight line in dt²",
        "dt² (1/t²)",
        "double occupancy ⟨n↑n↓⟩",
        tuple(curves),
        caption="Ring of four sites at kT = t/4. Dashed: a line in dt² through each; ticks left of dt = 0: "
        "exact diagonalisation.",
        x_range=(-0.003, 0.042),
    )


def over_temperature(
    name: str,
    scans: Sequence[Scan],
    title: str,
    label: str,
    caption: str,
    extra: Sequence[Curve] = (),
) -> Figure:
    """Return one quantity of all scans against temperature."""
    curves = [
        Curve(s.temperature, s.values[name], s.label, "points", error=s.errors[name])
        for s in scans
        if name in s.values
    ]
    return Figure(
        title,
        TEMPERATURE,
        label,
        (*curves, *extra),
        caption=caption,
        log_x=True,
        x_range=span(scans),
    )


def span(scans: Sequence[Scan]) -> tuple[float, float]:
    """Return an axis of temperatures of two decades at least."""
    return min(0.1, 0.8 * min(float(s.temperature.min()) for s in scans)), 10.0


def energy_figure(scans: Sequence[Scan], ground: Sequence[tuple[str, float]]) -> Figure:
    """Return E(T), with ground states."""
    place = np.array([0.01, 0.4])
    return over_temperature(
        "energy",
        scans,
        "The energy falls to that of the exact ground state",
        ENERGY,
        "Without -μN; at half filling add U/4 for the energy with U n↑n↓. Limits dt → 0.",
        [Curve(place, np.full(2, e), name, "dotted", "reference") for name, e in ground],
    )


def double_figure(scans: Sequence[Scan]) -> Figure:
    """Return the double occupancy."""
    return over_temperature(
        "double",
        scans,
        "At U = 8 t cooling raises the double occupancy again: spins hold the entropy",
        "double occupancy ⟨n↑n↓⟩",
        "Limits dt → 0. Where it rises on cooling, the entropy grows with U (Pomeranchuk).",
    )


def entropy_figure(scans: Sequence[Scan]) -> Figure:
    """Return the entropy, with ln 4 and ln 2."""
    place = np.array([0.01, 10.0])
    return over_temperature(
        "entropy",
        scans,
        "From ln 4 to nothing: the entropy by integration from infinite temperature",
        "S/Nk",
        "S = ln 4 + βE - ∫E dβ', with the errors of all energies on the way.",
        [Curve(place, np.full(2, log(n)), f"ln {n}", "dotted", "reference") for n in (4, 2)],
    )


def spin_figure(scans: Sequence[Scan]) -> Figure:
    """Return S(pi, pi)."""
    return over_temperature(
        "staggered",
        scans,
        "Antiferromagnetic correlations grow on cooling at half filling, not with holes",
        "S(π,π) = Σ ± ⟨m_i m_j⟩/N, m = n↑ - n↓",
        "Mean over the three components of the spin; limits dt → 0.",
    )


def eight_figure(chains: Sequence[Scan], exact: Sequence[Scan]) -> Figure:
    """Return the double occupancy of the ladder by both methods."""
    lines = [
        Curve(s.temperature, s.values["double"], s.label, "line", "reference", error=s.errors["double"])
        for s in exact
    ]
    return over_temperature(
        "double",
        chains,
        "Eight sites: Monte Carlo against finite-temperature Lanczos",
        "double occupancy ⟨n↑n↓⟩",
        "Ladder of 4 x 2 sites, closed along its legs; bands: standard errors of Lanczos.",
        lines,
    )


def heat_figure(scans: Sequence[Scan]) -> Figure:
    """Return dE/dT from neighbouring temperatures."""
    curves = []
    for s in scans:
        if s.model.chemical_potential or len(s.beta) < 4:
            continue
        t, c, error = analysis.heat(s.temperature[::-1], s.values["energy"][::-1], s.errors["energy"][::-1])
        curves.append(Curve(t, c, s.label, "points", error=error))
    return Figure(
        "U = 8 t: heat is given off twice, by charges and by spins",
        TEMPERATURE,
        "C/Nk",
        tuple(curves),
        caption="Half filling; energies at neighbouring temperatures. In quick quality the lower rise only begins.",
        log_x=True,
        x_range=span(scans),
    )


def table(scan: Scan) -> Table:
    """Return a scan as a table with errors in brackets, in units of the last digit."""
    names = ("energy", "double", "moment", "electrons", "entropy", "staggered", "sign")
    shown = [name for name in names if name in scan.values]
    rows = tuple(
        (
            f"{1 / b:.4g}",
            *(bracketed(scan.values[n][k], scan.errors[n][k]) for n in shown),
        )
        for k, b in enumerate(scan.beta)
    )
    heads = {
        "energy": "E/N (t)",
        "double": "⟨n↑n↓⟩",
        "moment": "⟨(n↑-n↓)²⟩",
        "electrons": "n",
        "entropy": "S/Nk",
        "staggered": "S(π,π)",
        "sign": "sign",
    }
    title = f"{scan.label}: dt → 0, energies with U(n↑-½)(n↓-½), -μN left out"
    return title, ("kT/t", *(heads[n] for n in shown)), rows


def bracketed(value: float, error: float) -> str:
    """Return a value with its standard error in units of its last digit, such as 0.1277(12)."""
    if not error > 1e-9:
        return f"{value:.4g}"
    digits = max(
        0, int(np.ceil(-np.log10(error))) + (1 if error * 10 ** np.ceil(-np.log10(error)) < 2 else 0)
    )
    return f"{value:.{digits}f}({round(error * 10**digits)})"
