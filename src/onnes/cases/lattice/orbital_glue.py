"""Iron pnictides: pairing by spin fluctuations (s+-) or by orbital fluctuations (s++).

The same five bands and the same random-phase approximation hold both: the Coulomb repulsion makes spin
fluctuations that repel pairs between hole and electron lines, and phonons that couple to the quadrupoles
of the d orbitals make orbital fluctuations that attract. Which one leads, what impurities do to it, and
what tells them apart.
"""

from dataclasses import dataclass
from math import exp, pi
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma

from onnes import model, response, solve
from onnes.compare.claim import Claim, Kind, references
from onnes.errors import NoSuperconductivity
from onnes.state import Check, State
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure
from onnes.units import EULER_GAMMA, K_B

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
TEMPERATURE = 20 / K_B
"""K; kT = 20 meV for the fluctuations, as in the five-orbital calculations of 2008 to 2010."""
HUND = 0.1
"""J/U; U' = U - 2J."""
CUTOFF = 50.0
"""meV: energy of the fluctuations in Tc = w_c exp(-1/lambda); ratios to Tc0 depend on it weakly."""
EFFECTIVE = 0.2
"""Leading eigenvalue to which the vertex is scaled before impurities enter: Tc0 << w_c."""
CLEAN_TC = 30.0
"""K, for which the critical resistivity is stated."""
RIVAL = "orbital fluctuations"


@dataclass(frozen=True, slots=True)
class Settings:
    mesh: tuple[int, int]
    points: int
    repulsions: tuple[float, ...]
    ratios: tuple[float, ...]
    rates: int


QUICK = Settings((32, 32), 64, (600.0, 800.0, 1000.0), (0.0, 0.9, 0.96, 0.99), 9)
FULL = Settings(
    (64, 64), 128, (500.0, 600.0, 700.0, 800.0, 900.0, 1000.0), (0.0, 0.5, 0.8, 0.9, 0.96, 0.98, 0.99), 31
)


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    settings = QUICK if quality is Quality.QUICK else FULL
    bands, other = model.bands("Kuroki"), model.bands("Graser")
    critical = {u: critical_coupling(bands, u, settings) for u in settings.repulsions}
    states = {
        (u, r): solve_pairing(bands, u, r * critical[u], settings)
        for u in settings.repulsions
        for r in settings.ratios
    }
    spin, orbital, mixed = states[1000.0, 0.0], states[600.0, 0.99], states[600.0, 0.9]
    second = solve_pairing(other, 1000.0, 0.0, settings)
    second_orbital = solve_pairing(other, 800.0, 0.98 * critical_coupling(other, 800.0, settings), settings)
    rates = np.linspace(0, 3.0, settings.rates)
    dirty = {name: suppression(s, rates) for name, s in zip(KINDS, (spin, mixed, orbital), strict=True)}
    limit = critical_rate(spin)
    return CaseResult(
        claims=(
            *sign_claims(spin, orbital, mixed, second_orbital),
            degeneracy_claim(second),
            *impurity_claims(spin, limit),
        ),
        checks=checks(states, spin),
        figures=(crossover_figure(states, settings), tc_figure(rates, dirty), gap_figure(rates, dirty)),
        tables=(leading_table(states, critical), probe_table(spin, orbital, limit)),
        parameters={
            "bands": f"Kuroki; rival bands Graser. {bands.source}",
            "interaction": "U' = U - 2J, J = U/10; U = " + ", ".join(f"{u:.0f}" for u in settings.repulsions),
            "orbital coupling": "-(g/2)(O_xz^2 + O_yz^2) over all five orbitals, g in units of the critical one",
            "temperature of the fluctuations": f"{TEMPERATURE:.0f} K (20 meV)",
            "mesh": f"{settings.mesh[0]} x {settings.mesh[1]}, {settings.points} points on the Fermi lines",
            "impurities": f"Born, one potential in all orbitals; cutoff {CUTOFF:.0f} meV, eigenvalue {EFFECTIVE}",
        },
        text=TEXT,
    )


KINDS = ("spin fluctuations", "both", "orbital fluctuations")


# --- models ------------------------------------------------------------------------------------


def interaction(bands: model.TightBinding, U: float, g: float) -> model.QuadrupolePhonons:
    """Return the repulsion with Hund's coupling and the attraction of the quadrupoles xz and yz (meV)."""
    operators = np.array([model.d_quadrupole(name, bands.orbitals) for name in ("xz", "yz")])
    return model.QuadrupolePhonons(model.HubbardKanamori.rotational(U, HUND * U), g, operators)


def critical_coupling(bands: model.TightBinding, U: float, settings: Settings) -> float:
    """Return the g (meV) at which orbitals would order."""
    bubble = response.static_susceptibility(bands, TEMPERATURE, mesh=settings.mesh)
    chi0 = bubble.on_mesh()[: settings.mesh[0] // 2 + 1]
    n = bands.n_orbitals

    def excess(g: float) -> float:
        return float(np.max(response.stoner_factor(chi0, -interaction(bands, U, g).charge_vertex(n)))) - 1

    return float(brentq(excess, 1.0, 1000.0, xtol=0.01))


def solve_pairing(bands: model.TightBinding, U: float, g: float, settings: Settings) -> State:
    return solve.pairing(
        bands,
        interaction(bands, U, g),
        mesh=settings.mesh,
        temperature=TEMPERATURE,
        n_fermi_points=settings.points,
    )


# --- what is read off --------------------------------------------------------------------------


def sign(state: State, gap: np.ndarray | None = None) -> float:
    """Return +1 for a full gap of one sign, -1 for an s wave of both signs, 0 for another symmetry."""
    if gap is None:
        if not solve.gap_symmetry(state)[0].startswith("A1g"):
            return 0.0
        gap = state["gap_function"][0]
    return 1.0 if gap.min() * gap.max() > 0 else -1.0


def with_impurities(state: State, rate: float, orbital: bool = True) -> tuple[float, np.ndarray]:
    """Return Tc/Tc0 and the gap for hbar/2 tau = rate kTc0, (0, NaN) where there is no Tc."""
    coupling = EFFECTIVE / float(state["pairing_eigenvalue"][0])
    clean = solve.impure_transition(state, 0.0, cutoff=CUTOFF, coupling=coupling).temperature
    try:
        found = solve.impure_transition(
            state, rate * K_B * clean, cutoff=CUTOFF, orbital=orbital, coupling=coupling
        )
    except NoSuperconductivity:
        return 0.0, np.full(len(state["fermi_weight"]), np.nan)
    return found.temperature / clean, found.gap


def suppression(state: State, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Tc/Tc0 and the smallest gap over the largest, against hbar/2 tau in kTc0."""
    found = [with_impurities(state, rate) for rate in rates]
    return np.array([f[0] for f in found]), np.array([f[1].min() / f[1].max() for f in found])


def critical_rate(state: State, orbital: bool = True) -> float:
    """Return hbar/2 tau over kTc0 where Tc has fallen to a hundredth; there its law is vertical."""
    return float(brentq(lambda x: with_impurities(state, x, orbital)[0] - 0.01, 0.3, 3.0, xtol=1e-4))


# --- claims and checks -------------------------------------------------------------------------


def sign_claims(spin: State, orbital: State, mixed: State, second: State) -> tuple[Claim, ...]:
    """Return what the sign of the gap is in the four corners; the sign itself has no error."""
    pure, dirty = with_impurities(mixed, 0.0)[1], with_impurities(mixed, 5.0)[1]
    return (
        Claim(
            "sign of the gap, spin fluctuations (U = 1 eV)",
            sign(spin), 0.0, PUBLISHED["sign_spin"], Kind.PREDICTED,
        ),
        Claim(
            "sign of the gap, orbital fluctuations (U = 0.6 eV, g = 0.99 of the critical one)",
            sign(orbital), 0.0, PUBLISHED["sign_orbital"], Kind.FITTED, fitted="g", rival=RIVAL,
        ),
        Claim(
            "the same with the bands of Graser (U = 0.8 eV, g = 0.98)",
            sign(second), 0.0, PUBLISHED["sign_orbital"], Kind.FITTED, fitted="g", rival=RIVAL,
            note="0: a d wave leads; attraction at small q helps every symmetry",
        ),
        Claim(
            "sign of the gap with both fluctuations, impurities of hbar/2 tau = 5 kTc0",
            sign(mixed, dirty), 0.0, PUBLISHED["sign_dirty"], Kind.PREDICTED, rival=RIVAL,
            note=f"without impurities: {sign(mixed, pure):+.0f}",
        ),
    )  # fmt: skip


def degeneracy_claim(state: State) -> Claim:
    """Return how close s+- and d are in the bands of Graser; error: finer meshes and more points move it by 0.09."""
    names, values = solve.gap_symmetry(state), state["pairing_eigenvalue"]
    best = {kind: values[[n.startswith(kind) for n in names].index(True)] for kind in ("A1g", "B1g")}
    return Claim(
        "eigenvalue of d x2-y2 over that of s+-, bands of Graser, U = 1 eV",
        float(best["B1g"] / best["A1g"]), 0.09, PUBLISHED["degeneracy"], Kind.PREDICTED,
    )  # fmt: skip


def impurity_claims(spin: State, limit: float) -> tuple[Claim, ...]:
    """Return the critical scattering of the s+- state, and the resistivity it belongs to."""
    resistivity = solve.residual_resistivity(spin, limit * K_B * CLEAN_TC)
    alike = critical_rate(spin, orbital=False)
    note = (
        f"Tc0 = {CLEAN_TC:.0f} K; error: half, for Tc0 and the bands; velocities of the bands: a mass enhancement"
        " multiplies it"
    )
    return (
        Claim(
            "critical hbar/2 tau of s+- over kTc0",
            limit, abs(limit - alike), PUBLISHED["abrikosov_gorkov"], Kind.PREDICTED,
            note=f"error: the difference to impurities that scatter all states alike ({alike:.3f})",
        ),
        Claim(
            "critical residual resistivity of s+-, another calculation",
            resistivity, resistivity / 2, PUBLISHED["critical_resistivity_theory"], Kind.PREDICTED, note=note,
        ),
        Claim(
            "critical residual resistivity of s+-, measured",
            resistivity, resistivity / 2, PUBLISHED["critical_resistivity_measured"], Kind.PREDICTED,
            note=note + "; point scatterers of equal potential in all orbitals: impurities that scatter"
            " within a line only would not count",
        ),
    )  # fmt: skip


def checks(states: dict[tuple[float, float], State], spin: State) -> tuple[Check, ...]:
    """Check the vertices, Anderson's theorem, and the initial slope of Tc."""
    worst = max(check.value / check.bound for state in states.values() for check in state.report.checks)
    constant = np.sqrt(spin["fermi_weight"])
    operator = solve.impurity_scattering(spin, 1.0)
    anderson = float(np.max(np.abs(operator @ constant)) / np.max(np.abs(operator)) / np.max(constant))
    gap = constant * spin["gap_function"][0]
    rate = gap @ operator @ gap / (gap @ gap)
    slope = (1 - with_impurities(spin, 0.01)[0]) / 0.01
    return (
        Check("vertices real and symmetric under the point group (worst over its bound)", worst, 1.0),
        Check("impurities act on a constant gap (Anderson's theorem)", anderson, 1e-12),
        # Second order in 0.01 and terms kT/w_c: some per cent.
        Check("initial slope of Tc over (pi/4) of the rate, from one", slope / (pi / 4 * rate) - 1, 0.1),
    )


# --- figures and tables ------------------------------------------------------------------------


def crossover_figure(states: dict[tuple[float, float], State], settings: Settings) -> Figure:
    """Return the smallest over the largest gap of the leading s wave against the orbital coupling."""
    curves = []
    for u in settings.repulsions:
        ratio = []
        for r in settings.ratios:
            state = states[u, r]
            index = [n.startswith("A1g") for n in solve.gap_symmetry(state)].index(True)
            gap = state["gap_function"][index]
            gap = gap * np.sign(state["fermi_weight"] @ gap)
            ratio.append(gap.min() / np.abs(gap).max())
        curves.append(Curve(np.array(settings.ratios), np.array(ratio), f"U = {u / 1000:.1f} eV"))
    return Figure(
        "Orbital coupling turns s± into s++ where the repulsion is not too strong",
        "g / critical g",
        "smallest gap / largest modulus",
        curves,
        caption="Leading solution of the representation A1g, sign chosen positive on average.",
    )


def abrikosov_gorkov(rates: np.ndarray) -> np.ndarray:
    """Return Tc/Tc0 of ln(Tc0/Tc) = psi(1/2 + x/2 pi t) - psi(1/2)."""
    limit = pi / (2 * exp(EULER_GAMMA))

    def law(x: float) -> float:
        if x >= limit:
            return 0.0
        if x == 0:
            return 1.0
        return brentq(lambda t: np.log(t) + digamma(0.5 + x / (2 * pi * t)) - digamma(0.5), 1e-6, 1.0)

    return np.array([law(float(x)) for x in rates])


def tc_figure(rates: np.ndarray, dirty: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Return Tc against the scattering rate."""
    fine = np.linspace(0, rates[-1], 61)
    return Figure(
        "Impurities destroy s±, and spare what orbital fluctuations pair",
        "ħ/2τ / kTc0",
        "Tc / Tc0",
        (
            *(Curve(rates, tc, name) for name, (tc, _) in dirty.items()),
            Curve(fine, abrikosov_gorkov(fine), "Abrikosov-Gor'kov", "dashed", "reference"),
        ),
        caption="Impurities of one potential in all orbitals. Both: U = 0.6 eV, g = 0.9 of the critical one.",
    )


def gap_figure(rates: np.ndarray, dirty: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Return the smallest gap over the largest against the scattering rate."""
    curves = []
    for name, (_, ratio) in dirty.items():
        there = np.isfinite(ratio)
        curves.append(Curve(rates[there], ratio[there], name))
    return Figure(
        "With both fluctuations, impurities turn s± smoothly into s++",
        "ħ/2τ / kTc0",
        "smallest gap / largest gap, at Tc",
        curves,
        caption="Gaps of the quasiparticles. Curves end where superconductivity does.",
    )


Table = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]


def leading_table(states: dict[tuple[float, float], State], critical: dict[float, float]) -> Table:
    """Return the leading solution for each pair of couplings."""
    rows = []
    for (u, r), state in states.items():
        names, values = solve.gap_symmetry(state), state["pairing_eigenvalue"]
        weight = state["fermi_weight"]
        average = -float(weight @ state["pairing_vertex"] @ weight) / weight.sum()
        rows.append(
            (
                f"{u:.0f}",
                f"{r * critical[u]:.0f} ({r:.2f})",
                f"{float(state['stoner_spin']):.2f}, {float(state['stoner_charge']):.2f}",
                f"{names[0]} {values[0]:.3f}",
                f"{names[1]} {values[1]:.3f}",
                f"{average:+.2f}",
            )
        )
    header = ("U (meV)", "g (meV; of critical)", "α_s, α_c", "leading", "next", "average coupling")
    return ("Leading solutions", header, tuple(rows))


def probe_table(spin: State, orbital: State, limit: float) -> Table:
    """Return what each probe says, with the numbers of the two solutions where they decide."""
    coherence = [solve.sign_coherence(state, state["gap_function"][0]) for state in (spin, orbital)]
    survives = with_impurities(orbital, limit)[0]
    rows = (
        (
            "neutrons at the nesting vector",
            "sharp peak below the sum of the gaps",
            "broad enhancement above it",
            "peak at 7 meV = 4.5 kTc, fits s± only (NaFe0.935Co0.045As, arXiv:1308.2453); an s++ hump"
            " fits broad peaks (PRB 81, 060504)",
        ),
        (
            f"1/T1 below Tc: <g>²/<g²> = {coherence[0]:.2f} and {coherence[1]:.2f}",
            "no Hebel-Slichter peak",
            "a peak, unless damped",
            "none (LaFeAsO1-y, Ba0.6K0.4Fe2As2, arXiv:0901.4607); favours s±, damping allowed",
        ),
        (
            f"impurities, ħ/2τ = {limit:.2f} kTc0",
            "Tc gone",
            f"Tc/Tc0 = {survives:.2f}",
            "Tc survives far more scattering than point impurities allow (PRB 81, 060504); favours s++,"
            " or scattering within one line",
        ),
        (
            "quasiparticle interference in a field",
            "spots between gaps of equal sign grow",
            "no selection by sign",
            "sign change in Fe(Se,Te): T. Hanaguri et al., Science 328, 474 (2010) (recalled)",
        ),
    )
    return ("Which probe tells them apart", ("probe", "s±", "s++", "measurement"), rows)


TEXT = """
The static susceptibility of the five bands is computed for every momentum transfer at once and enters the spin and
charge vertices of the random-phase approximation. Phonons that couple to the quadrupoles O_xz and O_yz add an
attraction to the charge vertex. The linearised gap equation is solved on the Fermi lines, and the symmetry of each
solution is read from its characters under the point group.

Spin fluctuations alone give s±. Orbital coupling near its critical value gives s++ if the repulsion is moderate, as
Kontani and Onari found; with a strong repulsion the s wave keeps both signs. The result depends on the bands: with
those of Graser the critical fluctuations lie at small q, every symmetry profits, and d leads over a wide range. The
coupling g is a free parameter: the calculation shows what orbital fluctuations would do, not that they are strong.

Impurities with one potential in all orbitals scatter between all lines and destroy s± at a scattering rate near that of
Abrikosov and Gor'kov. Where both fluctuations are strong they turn s± smoothly into s++. The critical resistivity of s±
is small against the measured one. That counts against s± with such impurities; scattering within a line, or a gap whose
average coupling is attractive, weakens the argument. The probes of the table disagree with each other.
""".strip()

CASE = Case(
    name="orbital-glue",
    row=12,
    title="Iron pnictides: spin or orbital fluctuations, s± or s++",
    engines=(
        "response.static_susceptibility",
        "solve.pairing",
        "solve.gap_symmetry",
        "solve.impure_transition",
        "solve.residual_resistivity",
    ),
    quick_seconds=7.0,
    run=run,
)
