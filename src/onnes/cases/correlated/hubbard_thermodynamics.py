"""Thermodynamics of the Hubbard model on 4x4 and 8x8 sites, against exact and published values, for time steps dt -> 0.

Determinant Monte Carlo has one systematic error, that of the time step, and a statistical one. Clusters of two to six
sites, whose levels are all known, show that a straight line in dt^2 removes the first and that the second is told
rightly; then come energy, double occupancy, entropy and spin correlations of larger lattices. Units: t = 1, energies
per site with U (n_up - 1/2)(n_dn - 1/2), -mu N left out.
"""

from math import hypot, log, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from onnes.cases.correlated import hubbard_analysis as analysis
from onnes.cases.correlated import hubbard_figures as figures
from onnes.cases.correlated import hubbard_runs as runs
from onnes.cases.correlated.hubbard_analysis import Limit
from onnes.cases.correlated.hubbard_runs import Scan
from onnes.compare.claim import Claim, Kind, Published, references
from onnes.state import Check
from onnes.study.case import Case, CaseResult, Quality

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
FOLDER = Path("hubbard-thermodynamics")
"""Folder of the chains of the full quality, in the working directory; a run that is started again goes on there."""
LEFT_ENERGY = 1.2e-4
"""Energy per site over U that a line in dt^2 leaves, largest of dimer and four-ring: exact traces, see the tests."""
LEFT_DOUBLE = 5e-5
LEFT_SPIN = 2.1e-3
"""The same of the double occupancy and of S(pi)."""
COLD, FROZEN = 0.13, 0.06
"""kT/t below which ground states are read off, and the entropy of 4x4 is called that of T -> 0."""
HOLES = -1.5
"""Chemical potential of the doped lattice, t."""

Anchors = dict[tuple[str, float], dict[str, Limit]]
Exact = dict[tuple[str, float], dict[str, float]]


def run(quality: Quality, folder: Path | str | None = None) -> CaseResult:
    """Run the case; the chains of the full quality are kept in ``folder`` and resumed from it."""
    if folder is None and quality is Quality.QUICK:
        with TemporaryDirectory() as place:
            return compute(runs.PLANS[quality], Path(place))
    return compute(runs.PLANS[quality], FOLDER if folder is None else Path(folder))


def compute(plan: runs.Plan, folder: Path) -> CaseResult:
    """Return the case at the length of a plan."""
    found, exact = anchor_limits(plan, folder), exact_values()
    beside = runs.measured(runs.chain(runs.square(4, 4.0), "4x4 beside", 4.0, 40, plan.beside, folder))
    scans = lattice_scans(plan, folder)
    eight, lanczos = ladders(plan, folder)
    return CaseResult(
        claims=(
            *anchor_claims(found, exact),
            *beside_claims(beside),
            *ground_claims(scans),
            *entropy_claims(scans),
        ),
        checks=checks(found, scans, eight, lanczos),
        figures=(
            figures.step_figure(found, exact),
            figures.eight_figure(eight, lanczos),
            figures.energy_figure(scans, ground_energies()),
            figures.double_figure(scans),
            figures.entropy_figure(scans),
            figures.spin_figure(scans),
            figures.heat_figure(scans),
        ),
        tables=tuple(figures.table(scan) for scan in scans),
        parameters={
            "model": "Hubbard, t = 1, square lattices closed both ways; U(n↑-½)(n↓-½), μ = 0 is half filling",
            "holes": f"μ = {HOLES:g} t at U = 4 t, fixed: the density falls on cooling",
            "steps": f"slices {':'.join(map(str, plan.parts))}, the longest step {runs.COARSEST:g}/√(Ut)",
            "sweeps at each step": f"{plan.anchor} on exact clusters, {plan.weak_sweeps} and {plan.strong_sweeps} on "
            f"4x4 at U = 4 and 8, {plan.doped_sweeps} doped, {plan.large_sweeps} on 8x8",
            "Lanczos": f"4 x 2 ladder, {plan.samples} random vectors a sector, 60 steps",
        },
        text=TEXT,
    )


# --- what is computed --------------------------------------------------------------------------------


def anchor_limits(plan: runs.Plan, folder: Path) -> Anchors:
    """Return the limits dt -> 0 of the clusters whose levels are known; three steps of the 4-ring whatever the plan."""
    return {
        (name, U): runs.limits(
            runs.Hubbard(cluster, U),
            name,
            runs.ANCHOR_BETA,
            plan.anchor,
            (2, 3, 4) if name == "4-ring" else plan.parts,
            folder,
        )
        for name, cluster in runs.anchors().items()
        for U in runs.ANCHOR_U
    }


def exact_values() -> Exact:
    """Return energy and double occupancy of the same clusters from all their levels."""
    found = {}
    for name, cluster in runs.anchors().items():
        for U in runs.ANCHOR_U:
            scan = runs.exact_scan(name, runs.Hubbard(cluster, U), np.array([runs.ANCHOR_BETA]), 2)
            found[name, U] = {key: float(scan.values[key][0]) for key in ("energy", "double")}
    return found


def lattice_scans(plan: runs.Plan, folder: Path) -> tuple[Scan, ...]:
    """Return all lattices over temperature; those without temperatures in the plan are left out."""
    jobs = (
        ("4x4, U = 4", runs.square(4, 4.0), plan.weak, plan.weak_sweeps),
        ("4x4, U = 8", runs.square(4, 8.0), plan.strong, plan.strong_sweeps),
        ("4x4, U = 4, holes", runs.square(4, 4.0, HOLES), plan.doped, plan.doped_sweeps),
        ("8x8, U = 4", runs.square(8, 4.0), plan.large, plan.large_sweeps),
        ("8x8, U = 8", runs.square(8, 8.0), plan.large_strong, plan.large_strong_sweeps),
    )
    return tuple(
        runs.scan(label, job, betas, sweeps, plan.parts, folder)
        for label, job, betas, sweeps in jobs
        if betas
    )


def ladders(plan: runs.Plan, folder: Path) -> tuple[tuple[Scan, ...], tuple[Scan, ...]]:
    """Return the ladder of eight sites by Monte Carlo, and by finite-temperature Lanczos at more temperatures."""
    beta = np.unique(np.concatenate([plan.eight, np.geomspace(0.2, max(plan.eight), 12)]))
    chains = tuple(
        runs.scan(f"4x2, U = {U:g}", runs.ladder(U), plan.eight, plan.eight_sweeps, plan.parts, folder)
        for U in (4.0, 8.0)
    )
    exact = tuple(
        runs.exact_scan(f"4x2, U = {U:g}, Lanczos", runs.ladder(U), beta, plan.samples) for U in (4.0, 8.0)
    )
    return chains, exact


def ground_energies() -> tuple[tuple[str, float], ...]:
    """Return published ground states per site in the convention of the case."""
    return tuple(
        (f"ground state, 4x4, U = {U}", PUBLISHED[f"ground_4x4_{U}"].value / 16 - U / 4) for U in (4, 8)
    )


# --- claims ------------------------------------------------------------------------------------------


def derived(value: float, unit: str) -> Published:
    """Return an exact value of a small cluster, with the error of arithmetic."""
    return Published(value, 1e-9, unit, "exact diagonalisation of the same cluster, all levels", "derived")


def anchor_claims(found: Anchors, exact: Exact) -> tuple[Claim, ...]:
    """Compare limits with exact values, one by one and all together."""
    claims, gaps = [], {"double": [], "energy": []}
    for (name, U), limits in found.items():
        for key, unit, left in (("double", "1", LEFT_DOUBLE), ("energy", "t", LEFT_ENERGY * U)):
            one = limits[key]
            error = hypot(one.error, left)
            gaps[key].append((one.value - exact[name, U][key]) / error)
            claims.append(
                Claim(
                    f"{'E/N, U(n-1/2)(n-1/2)' if key == 'energy' else 'double occupancy'}, {name}, U = {U:g}",
                    one.value,
                    error,
                    derived(exact[name, U][key], unit),
                    Kind.PREDICTED,
                    note=f"kT = t/4, line in dt^2: chi^2 {one.chi2:.2g} on {one.freedom}; error: standard, and "
                    f"{left:.1e} that the line leaves",
                )
            )
        if name == "4-ring":
            one = limits["staggered"]
            claims.append(
                Claim(
                    f"S(pi), {name}, U = {U:g}",
                    one.value,
                    hypot(one.error, LEFT_SPIN),
                    PUBLISHED[f"ring4_spin_{U:g}"],
                    Kind.PREDICTED,
                    note=f"line in dt^2: chi^2 {one.chi2:.2g} on {one.freedom}",
                )
            )
    many = len(found)
    right = Published(
        many, sqrt(2 * many), "1", "mean and standard deviation of chi^2, right errors", "derived"
    )
    for key, name in (("double", "double occupancies"), ("energy", "energies")):
        total = float(np.sum(np.square(gaps[key])))
        claims.append(Claim(f"chi^2 of all {many} {name} above", total, 0.0, right, Kind.PREDICTED))
    return tuple(claims)


def beside_claims(found: dict[str, tuple[float, float]]) -> tuple[Claim, ...]:
    """Compare one run at dt = 0.1 with those of another code at the same step."""
    what = (
        ("double", "beside_double", "double occupancy"),
        ("double", "beside_double_short", "double occupancy, the other code's shorter run"),
        ("kinetic", "beside_kinetic", "K/N"),
        ("staggered", "beside_spin", "S(pi, pi)"),
    )
    return tuple(
        Claim(
            f"{name}, 4x4, U = 4, kT = t/4, dt = 0.1",
            *found[key],
            PUBLISHED[reference],
            Kind.PREDICTED,
            note="not extrapolated, as the other code",
        )
        for key, reference, name in what
    )


def ground_claims(scans: tuple[Scan, ...]) -> tuple[Claim, ...]:
    """Compare ground states with what the coldest temperature says of them: E - TS <= E_0 <= E, both measured."""
    claims = []
    for scan in scans:
        U, sites = float(scan.model.U[0]), scan.model.cluster.sites
        side, cold = round(sqrt(sites)), float(scan.temperature[-1])
        if scan.model.chemical_potential or "entropy" not in scan.values or cold > COLD:
            continue
        held = cold * max(0.0, float(scan.values["entropy"][-1]))
        value = float(scan.values["energy"][-1]) - held / 2 + U / 4
        parts = (
            held / 2,
            float(scan.errors["energy"][-1]),
            cold * float(scan.errors["entropy"][-1]) / 2,
            2 * LEFT_ENERGY * U,
        )
        error = float(np.sqrt(np.sum(np.square(parts))))
        note = (
            f"between E - TS and E at kT = {cold:.3g} t, with U n_up n_dn; error per site: half of TS {parts[0]:.1g}, "
            f"standard {parts[1]:.1g} and {parts[2]:.1g}, line in dt^2 {parts[3]:.1g} (twice a chain's, an estimate)"
        )
        wanted = [(f"ground state (U n n), {scan.label}", sites, f"ground_{side}x{side}_{U:g}")]
        if side == 8 and U == 4:
            wanted.append(("ground state per site (U n n), U = 4, 8x8 for infinite", 1, "ground_infinite_4"))
        claims += [
            Claim(name, value * count, error * count, PUBLISHED[key], Kind.PREDICTED, note=note)
            for name, count, key in wanted
        ]
    return tuple(claims)


def entropy_claims(scans: tuple[Scan, ...]) -> tuple[Claim, ...]:
    """Compare the entropy at the lowest temperature with zero, and that at the minimum of D with ln 2."""
    weak, strong = scans[0], scans[1]
    claims = []
    if weak.temperature[-1] < FROZEN:
        claims.append(
            Claim(
                "entropy per site, 4x4, U = 4, T -> 0",
                float(weak.values["entropy"][-1]),
                hypot(float(weak.errors["entropy"][-1]), missed := integral_error(weak)),
                PUBLISHED["third_law"],
                Kind.PREDICTED,
                note=f"at kT = t/{weak.beta[-1]:g}, integrated from infinite temperature; error: standard, and "
                f"{missed:.1g} that the same integral misses on the 6-ring",
            )
        )
    place, error = analysis.lowest(strong.temperature, strong.values["double"], strong.errors["double"])
    if np.isfinite(place):
        value, spread = at_temperature(strong, place, error)
        claims.append(
            Claim(
                "entropy per site where the double occupancy is lowest, 4x4, U = 8",
                value,
                spread,
                PUBLISHED["turning_entropy"],
                Kind.PREDICTED,
                note=f"at kT = {place:.2f} ± {error:.2f} t",
            )
        )
    return tuple(claims)


def at_temperature(scan: Scan, place: float, error: float) -> tuple[float, float]:
    """Return the entropy at a temperature between those of a scan, with the errors of entropy and place."""
    u, s = np.log(scan.temperature[::-1]), scan.values["entropy"][::-1]
    value = float(np.interp(log(place), u, s))
    slope = float(np.interp(log(place) + 0.1, u, s) - np.interp(log(place) - 0.1, u, s)) / 0.2
    return value, hypot(float(np.interp(log(place), u, scan.errors["entropy"][::-1])), slope * error / place)


# --- checks ------------------------------------------------------------------------------------------


def checks(
    found: Anchors, scans: tuple[Scan, ...], eight: tuple[Scan, ...], lanczos: tuple[Scan, ...]
) -> tuple[Check, ...]:
    """Check lines in dt^2, the quadrature of the entropy, sum rules, the sign, and Lanczos against Monte Carlo."""
    lines = [x[key] for x in found.values() for key in ("double", "energy") if x[key].freedom]
    missed = [integral_error(s) for s in scans if "entropy" in s.values]
    gaps = [
        difference(c, e, key) for c, e in zip(eight, lanczos, strict=True) for key in ("energy", "double")
    ]
    half = [s for s in scans if not s.model.chemical_potential]
    sums = [np.abs(s.values["moment"] - 1 + 2 * s.values["double"]).max() for s in half]
    signs = [abs(s.values["sign"] - 1).max() for s in half]
    return (
        Check(
            "chi^2 of lines in dt^2 over degrees of freedom, less one",
            float(np.mean([x.chi2 for x in lines]) - 1),
            1.5,
        ),
        Check(
            "entropy of the 6-ring at the same temperatures: the integral less the exact one (k)",
            max(missed),
            0.01,
        ),
        Check("Lanczos less Monte Carlo on the ladder, largest, standard errors", float(np.max(gaps)), 4.0),
        Check("<m^2> - (1 - 2 <n n>) at half filling", float(max(sums)), 1e-8),
        Check("sign at half filling, less one", float(max(signs)), 1e-9),
    )


def difference(chains: Scan, exact: Scan, name: str) -> float:
    """Return the largest difference of a quantity between two scans in combined standard errors."""
    place = np.searchsorted(exact.beta, chains.beta)
    gap = chains.values[name] - exact.values[name][place]
    return float(np.abs(gap / np.hypot(chains.errors[name], exact.errors[name][place])).max())


def integral_error(scan: Scan) -> float:
    """Return what the integral of the entropy misses, from exact energies of the 6-ring at the scan's temperatures."""
    job = runs.Hubbard(
        runs.anchors()["6-ring"], float(scan.model.U[0]), chemical_potential=scan.model.chemical_potential
    )
    exact = runs.exact_scan("6-ring", job, scan.beta, 2)
    found, _ = analysis.entropy(
        exact.beta, exact.values["grand"], 0 * exact.beta, analysis.first_moments(job)
    )
    return float(np.abs(found - exact.values["entropy"]).max())


TEXT = """
Every point is extrapolated from two or three time steps by a straight line in dt², with weights from jackknife errors;
chains that are too short for their autocorrelation time go on until they are not. On two, four and six sites the
limits are compared with exact diagonalisation, and what a straight line leaves of order dt⁴ is known from exact traces
of the split exponential: it is part of the errors of the claims. Exact claims are many, and some must lie beyond two
standard errors by chance; the sum of squares tells whether the errors are right.

The entropy follows from the energy alone, by integration in β from ln 4 at infinite temperature; that it arrives at
zero tests all energies on the way. At U = 8 the double occupancy has a minimum where the charges are frozen and the
spins are not, and rises on cooling. At U = 4 on 4x4 sites it falls all the way.

The doped lattice is at a fixed chemical potential; its sign falls on cooling, and its scan ends where ratios
become poor. At U = 8 single flips turn a local moment over rarely, and flips of a site at all times help only
partly: errors of S(π,π) at the lowest temperatures are the least trustworthy of all.
""".strip()

CASE = Case(
    name="hubbard-thermodynamics",
    row=22,
    title="Hubbard model on 4x4 and 8x8 sites: energy, double occupancy, entropy and spins, for time steps dt -> 0",
    engines=("solve.dqmc", "solve.exact_thermodynamics"),
    quick_seconds=20.0,
    run=run,
)
