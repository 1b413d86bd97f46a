"""Bi2Sr2CaCu2O8: one band and one d-wave gap, seen by photoemission, by interference and around a zinc atom.

The band is a published fit of photoemission. The gap (Delta_0/2)(cos kx - cos ky) has one fitted number. The three
instruments then measure the same state, and each is compared with the geometry that it is said to show.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onnes import model, probe, response, solve
from onnes.compare.claim import Claim, Kind, references
from onnes.model.lattice.pairing import Superconductor
from onnes.state import Check, State
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure, Map

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
TEMPERATURE = 4.2
NODE, ANTINODE = -3 * np.pi / 4, -np.pi / 2
"""Directions of the Fermi line as seen from (1/2, 1/2): towards the zone centre, and towards (1/2, 0)."""
LINE_WIDTH, INSTRUMENT = 3.0, 5.0
"""meV: half width of the quasiparticle lines, full width at half maximum of the photoemission instrument."""
INTERFERENCE = (10.0, 20.0)
"""meV: energies of the interference patterns."""
SEARCH = 0.03
"""Reciprocal lattice units: how far from an octet vector a peak is looked for."""
WEAK_POTENTIAL, WEAK_GAP = 20.0, 2.0
UNITARY = 1e6
"""meV: beyond any band width; the result no longer depends on it."""
STRONG = 5000.0
"""meV: size of a screened potential; its two signs bracket the unitary limit and give its error."""
FILTERED, BARE = "copper orbitals through the layers above", "tip over one copper orbital"
HARMONIC = "gap with the next harmonic"
SIGN_CHANGING, SIGN_KEEPING = (2, 3, 6, 7), (1, 4, 5)


@dataclass(frozen=True, slots=True)
class Zinc:
    """A zinc atom in the unitary limit: the maps at resonance, the spectra and the energies of the resonance."""

    energy: np.ndarray
    spectra: dict[str, np.ndarray]
    maps: dict[str, np.ndarray]
    resonance: float
    bracket: tuple[float, float]


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    full = quality is Quality.FULL
    cells, atom = (1000, 768) if full else (480, 300)
    bands = model.bands("Bi2212")
    superconductor = fitted_gap(bands)
    state = solve.given_gap(superconductor, TEMPERATURE)
    energies, gaps, seen = photoemission_gap(state)
    harmonics = gap_harmonics(superconductor)
    distances, pattern = interference(state, cells)
    zinc = zinc_atom(state, atom)
    rival = fitted_harmonic(bands)
    return CaseResult(
        claims=claims(seen, harmonics, zinc, gap_harmonics(rival)),
        checks=checks(gaps, seen, distances, zinc),
        figures=(
            gap_figure(gaps, seen, superconductor, rival),
            spectrum_figure(zinc),
            interference_figure(pattern, state),
            zinc_figure(zinc),
        ),
        tables=(octet_table(state, distances), resonance_table(zinc)),
        parameters={
            "band": bands.source,
            "gap": f"(Δ_0/2)(cos kx - cos ky), Δ_0 = {superconductor.pairing.amplitude:.2f} meV",
            "photoemission": f"half width {LINE_WIDTH} meV, resolution {INSTRUMENT} meV, {TEMPERATURE} K, "
            f"{len(energies)} energies",
            "interference": f"{cells} x {cells} cells, η = {broadening(cells):.2g} meV",
            "zinc": f"{atom} x {atom} cells, η = 0.5 meV, V = {UNITARY:.0e} meV",
        },
        text=TEXT,
    )


# --- models ------------------------------------------------------------------------------------


def fitted_gap(bands: model.TightBinding) -> Superconductor:
    """Return the d-wave superconductor whose gap at the antinode of the Fermi line is the published one."""
    unit = Superconductor(bands, model.d_wave(1.0))
    return Superconductor(
        bands, model.d_wave(PUBLISHED["gap_antinode"].value / line_gap(unit, [ANTINODE])[0])
    )


def fitted_harmonic(bands: model.TightBinding) -> Superconductor:
    """Return the rival: (cos 2kx - cos 2ky) is added until the sixth harmonic of the gap is the published one."""

    def mixed(second: float) -> Superconductor:
        weights = {(1, 0): 0.25, (0, 1): -0.25, (2, 0): 0.25 * second, (0, 2): -0.25 * second}
        cells = [(s * x, s * y, 0) for x, y in weights for s in (1, -1)]
        form = np.array([weights[abs(x), abs(y)] for x, y, _ in cells])[:, None, None]
        return Superconductor(bands, model.Pairing(1.0, np.array(cells), form, "B1g, two harmonics"))

    # Amplitudes are linear in the weight: share (1st + w 2nd) = sixth of both, at the published share.
    (top, share), (more, other) = gap_harmonics(mixed(0.0)), gap_harmonics(mixed(1.0))
    sixth, extra, target = top * share, more * other - top * share, PUBLISHED["gap_sixth_harmonic"].value
    unit = mixed((target * top - sixth) / (extra - target * (more - top)))
    amplitude = PUBLISHED["gap_antinode"].value / line_gap(unit, [ANTINODE])[0]
    return Superconductor(bands, unit.pairing.with_amplitude(amplitude))


def line_gap(superconductor: Superconductor, angle: np.ndarray | list[float]) -> np.ndarray:
    """Return Delta(k) on the Fermi line, meV, its sign included (that of the antinode towards (1/2, 0) positive)."""
    k = response.fermi_wavevectors(superconductor, angle)
    return -superconductor.pairing.at(np.column_stack([k, np.zeros(len(k))]))[:, 0, 0].real


def gap_harmonics(superconductor: Superconductor) -> tuple[float, float]:
    """Return the amplitude at the antinode and the share of cos 6θ beside cos 2θ, θ from the antinode."""
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    gap = line_gap(superconductor, ANTINODE + angle)
    second, sixth = (2 * np.mean(gap * np.cos(n * angle)) for n in (2, 6))
    return float(second + sixth), float(sixth / (second + sixth))


# --- instruments -------------------------------------------------------------------------------


def photoemission_gap(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the energies, |Delta(k)| at Fermi wavevectors, and the peaks of their symmetrised spectra, meV."""
    angle = np.linspace(NODE, ANTINODE, 13)
    k = response.fermi_wavevectors(state.model, angle)
    omega = np.linspace(-60, 60, 481)
    spectra = probe.photoemission(state, k, omega, broadening=LINE_WIDTH, resolution=INSTRUMENT)
    curves = probe.symmetrised(spectra)["photoemission_intensity"].values
    upper = omega >= 0
    seen = np.array([peak(omega[upper], curve[upper]) for curve in curves])
    return omega, np.abs(line_gap(state.model, angle)), seen


def peak(x: np.ndarray, y: np.ndarray) -> float:
    """Return where y is largest, by the parabola through the highest point and its neighbours."""
    i = int(np.argmax(y))
    if i in (0, len(y) - 1):
        return float(x[i])
    bend = y[i - 1] - 2 * y[i] + y[i + 1]
    return float(x[i] + (x[1] - x[0]) * (y[i - 1] - y[i + 1]) / (2 * bend))


def broadening(cells: int) -> float:
    """Return a half width above the spacing of levels in a sample: 480 meV over its length, 1 meV for 480 cells."""
    return 480.0 / cells


def interference(state: State, cells: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return |peak - octet vector| (energy, octet), r.l.u., and one pattern with its axis.

    A scatterer that couples to the charge connects gaps of opposite sign (q2, q3, q6, q7), a local change of the gap
    those of the same sign (q1, q4, q5).
    """
    energy = np.array(INTERFERENCE)
    patterns = {}
    for kind, strength in (("potential", WEAK_POTENTIAL), ("gap", WEAK_GAP)):
        defect = model.Impurity(strength, kind=kind)
        scattered = solve.impurity(
            state, [defect], mesh=(cells, cells), energy=energy, broadening=broadening(cells)
        )
        patterns[kind] = probe.qpi(probe.ldos(scattered))
    vectors = np.array([probe.octet(state, e)["octet_vector"].values for e in energy])
    distances = np.empty((len(energy), 7))
    for number in range(1, 8):
        pattern = patterns["potential" if number in SIGN_CHANGING else "gap"]
        for i, e in enumerate(energy):
            q = vectors[i, number - 1]
            found = probe.interference_peak(pattern.sel(energy=[e]), q, window=SEARCH)[0]
            distances[i, number - 1] = np.linalg.norm(found - q)
    shown = patterns["potential"]
    return distances, (shown["qx"].values, shown["qpi"].values[0])


def zinc_atom(state: State, cells: int) -> Zinc:
    """Return what a tip sees around a zinc atom, with and without the layers between."""
    energy = np.linspace(-5, 3, 33)

    def scattered(potential: float) -> State:
        return solve.impurity(
            state, [model.Impurity(potential)], mesh=(cells, cells), energy=energy, broadening=0.5
        )

    def resonance(maps: np.ndarray) -> float:
        return peak(energy, maps[:, 1, 0])

    atom = scattered(UNITARY)
    seen = {BARE: probe.ldos(atom), FILTERED: probe.ldos(atom, tip=probe.Tip.d_wave_filter())}
    maps = {name: found["ldos"].values for name, found in seen.items()}
    bracket = tuple(resonance(probe.ldos(scattered(v))["ldos"].values) for v in (-STRONG, STRONG))
    center = resonance(maps[BARE])
    i = int(np.argmin(np.abs(energy - center)))
    around = np.arange(-4, 5)
    return Zinc(
        energy,
        {BARE: maps[BARE][:, 1, 0], FILTERED: maps[FILTERED][:, 0, 0]},
        {name: values[i][np.ix_(around, around)] for name, values in maps.items()},
        center,
        bracket,
    )


def brightest(pattern: np.ndarray) -> float:
    """Return the distance of the brightest cell from the middle of a square map, in cells."""
    place = np.array(np.unravel_index(int(np.argmax(pattern)), pattern.shape))
    return float(np.linalg.norm(place - len(pattern) // 2))


def spots(pattern: np.ndarray) -> int:
    """Return how many cells within 2.5 cells of the middle outshine their four neighbours, the middle left out."""
    middle = len(pattern) // 2
    steps = ((0, 1), (0, -1), (1, 0), (-1, 0))
    found = 0
    for i, j in np.ndindex(pattern.shape):
        if 0 < np.hypot(i - middle, j - middle) < 2.5:
            found += all(pattern[i, j] > pattern[i + a, j + b] for a, b in steps)
    return found


# --- claims and checks -------------------------------------------------------------------------


def claims(
    seen: np.ndarray, harmonics: tuple[float, float], zinc: Zinc, rival: tuple[float, float]
) -> tuple[Claim, ...]:
    """Return the claims; every error says where it comes from."""
    published = PUBLISHED
    form = "the law |cos kx - cos ky| is chosen; no error but that of the Fermi line"
    resonance_error = abs(zinc.bracket[1] - zinc.bracket[0]) / 2
    found: list[Claim] = [
        Claim(
            "gap at the antinode, from symmetrised spectra",
            float(seen[-1]),
            0.5,
            published["gap_antinode"],
            Kind.FITTED,
            fitted="amplitude of the gap",
            note="error: a tenth of the resolution",
        ),
        Claim(
            "share of cos 6θ in the gap",
            harmonics[1],
            0.005,
            published["gap_sixth_harmonic"],
            Kind.PHENOMENOLOGICAL,
            note=form,
        ),
        Claim(
            "share of cos 6θ in the gap",
            rival[1],
            0.005,
            published["gap_sixth_harmonic"],
            Kind.FITTED,
            fitted="weight of cos 2kx - cos 2ky",
            rival=HARMONIC,
        ),
        Claim(
            "energy of the zinc resonance",
            zinc.resonance,
            resonance_error,
            published["resonance"],
            Kind.PREDICTED,
            note=f"unitary limit; error: half the distance of V = -{STRONG / 1e3:.0f} and +{STRONG / 1e3:.0f} eV",
        ),
    ]
    return tuple(found) + pattern_claims(zinc)


def pattern_claims(zinc: Zinc) -> tuple[Claim, ...]:
    """Return the claims about the map at resonance, the rival being a tip that sees one copper orbital."""
    published, found = PUBLISHED, []
    for name in (FILTERED, BARE):
        rival_name = BARE if name == BARE else ""
        found += [
            Claim(
                "distance of the brightest cell from zinc",
                brightest(zinc.maps[name]),
                0.0,
                published["brightest"],
                Kind.PREDICTED,
                note="" if rival_name else f"the path of the tunnelling electron is assumed: {FILTERED}",
                rival=rival_name,
            ),
            Claim(
                "bright spots around the central one",
                float(spots(zinc.maps[name])),
                0.0,
                published["spots"],
                Kind.PREDICTED,
                rival=rival_name,
            ),
        ]
    return tuple(found)


def checks(gaps: np.ndarray, seen: np.ndarray, distances: np.ndarray, zinc: Zinc) -> tuple[Check, ...]:
    """Check the gap law, the octet geometry and the place of the resonance."""
    # A peak splits off zero when the gap exceeds the width of the lines; far above, it stands at the gap.
    far = gaps > 3 * (LINE_WIDTH + INSTRUMENT / 2.355)
    law = float(np.max(np.abs(seen[far] / gaps[far] - 1)))
    worst = float(np.max(np.where(np.isnan(distances), 1.0, distances)))
    return (
        Check("peaks of symmetrised spectra over |Δ(k)|, from one", law, 0.03),
        Check("symmetrised spectrum at the node peaks at zero (meV)", float(seen[0]), 0.3),
        Check("interference peaks from the octet vectors (2π/a)", worst, 0.01),
        Check("resonance over the gap at the antinode", zinc.resonance / float(gaps[-1]), 0.1),
    )


# --- figures and tables ------------------------------------------------------------------------


def gap_figure(gaps: np.ndarray, seen: np.ndarray, own: Superconductor, rival: Superconductor) -> Figure:
    """Return the gap on the Fermi line."""
    theta = np.linspace(NODE, ANTINODE, 60)
    away = np.degrees(theta - ANTINODE)
    published = PUBLISHED["gap_antinode"].value, PUBLISHED["gap_sixth_harmonic"].value
    angle = np.radians(away)
    measured = published[0] * ((1 - published[1]) * np.cos(2 * angle) + published[1] * np.cos(6 * angle))
    at = np.degrees(np.linspace(NODE, ANTINODE, len(seen)) - ANTINODE)
    return Figure(
        "The gap on the Fermi line",
        "angle from the antinode, seen from (π, π) (degrees)",
        "gap (meV)",
        (
            Curve(away, np.abs(line_gap(own, theta)), "|Δ(k)|, cos kx - cos ky"),
            Curve(at, seen, "peaks of symmetrised spectra", "points"),
            Curve(away, np.abs(line_gap(rival, theta)), HARMONIC, "dashed", "rival"),
            Curve(away, np.abs(measured), "from interference (McElroy et al.)", "dotted", "measured"),
        ),
        caption=f"Near the node the peaks merge: lines of {LINE_WIDTH} meV seen with {INSTRUMENT} meV.",
    )


def spectrum_figure(zinc: Zinc) -> Figure:
    """Return the spectra at the zinc atom."""
    curves = tuple(
        Curve(zinc.energy, values / values.max(), name, "line" if name == FILTERED else "dashed")
        for name, values in zinc.spectra.items()
    )
    published = PUBLISHED["resonance"]
    mark = Curve(np.full(2, published.value), np.array([0.0, 1.0]), "measured", "dotted", "measured")
    return Figure(
        "A zinc atom: a resonance next to zero bias",
        "energy (meV)",
        "density of states over its maximum",
        (*curves, mark),
        caption="Above zinc through the layers, and above the nearest copper without them.",
    )


def interference_figure(pattern: tuple[np.ndarray, np.ndarray], state: State) -> Figure:
    """Return the interference pattern of a weak potential."""
    axis, values = pattern
    step = max(len(axis) // 200, 1)
    size = len(axis) // step * step
    coarse = values[:size, :size].reshape(size // step, step, size // step, step).max(axis=(1, 3))
    q = probe.octet(state, INTERFERENCE[0])["octet_vector"].values
    folded = (q + 0.5) % 1 - 0.5
    return Figure(
        f"Interference at {INTERFERENCE[0]:.0f} meV and octet vectors",
        "q_x (2π/a)",
        "q_y (2π/a)",
        (Curve(folded[:, 0], folded[:, 1], "octet vectors q1 to q7", "points", "reference"),),
        (Map(axis[:size:step], axis[:size:step], np.log10(coarse.T + 1e-12), "log10 |ρ(q)|"),),
        caption="One weak potential. It connects gaps of opposite sign: q2, q3, q6 and q7.",
    )


def zinc_figure(zinc: Zinc) -> Figure:
    """Return the map at resonance."""
    axis = np.arange(-4, 5)
    return Figure(
        "A zinc atom seen through the layers above",
        "x (cells)",
        "y (cells)",
        (),
        (Map(axis, axis, zinc.maps[FILTERED].T, "density of states (1/meV)"),),
        caption=f"At {zinc.resonance:.2g} meV, zinc in the middle.",
    )


def octet_table(
    state: State, distances: np.ndarray
) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the octet vectors and the distances of the peaks from them."""
    rows = []
    for e, line in zip(INTERFERENCE, distances, strict=True):
        for number, (q, d) in enumerate(
            zip(probe.octet(state, e)["octet_vector"].values, line, strict=True), 1
        ):
            by = "potential" if number in SIGN_CHANGING else "gap"
            rows.append((f"{e:.0f}", f"q{number}", f"({q[0]:.4f}, {q[1]:.4f})", by, f"{d:.4f}"))
    head = ("energy (meV)", "vector", "geometry (2π/a)", "scatterer", "peak away by (2π/a)")
    return ("Octet vectors", head, tuple(rows))


def resonance_table(zinc: Zinc) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the resonance for both signs of a strong potential."""
    rows = (
        (f"-{STRONG / 1e3:.0f} eV", f"{zinc.bracket[0]:.2f}"),
        ("unitary", f"{zinc.resonance:.2f}"),
        (f"+{STRONG / 1e3:.0f} eV", f"{zinc.bracket[1]:.2f}"),
    )
    return ("Zinc resonance", ("potential", "energy (meV)"), rows)


TEXT = """
One band from a fit of photoemission, one gap (Δ_0/2)(cos kx - cos ky), Δ_0 fitted to the gap at the antinode. The
spectral function at Fermi wavevectors is multiplied by the Fermi function, convolved with the resolution and
symmetrised; its peaks follow the gap except near the node, where two lines merge. The law that was chosen has no
cos 6θ on this Fermi line, while the gap found from interference has 18 %: the claim does not hold, and a second
harmonic has to be fitted.

Interference patterns are Fourier transforms of the local density of states around one weak defect, exact by the
T-matrix. A potential shows the vectors between gaps of opposite sign, a local change of the gap those between gaps of
equal sign; each peak lies within 0.01 of the octet geometry at 10 and 20 meV. Near 15 meV q5 meets its own mirror image
at the border of the zone, and its peak cannot be told from it.

Zinc is a potential beyond the band width on one copper site. In this limit the resonance lies just below zero bias,
where the asymmetry of the band puts it; a strong repulsion of finite size brings it closer to zero, an attraction
further away. Its energy also moves by 0.3 meV with the size of the sample, less than its error. A tip that saw copper
orbitals one by one would find the zinc site dark. Through the layers above it sees the four neighbours with the signs
of the orbital, and finds a bright spot above zinc with eight around it, as is measured.
""".strip()

CASE = Case(
    name="cuprate-spectroscopy",
    row=0,
    title="Bi2Sr2CaCu2O8: one gap seen by photoemission, interference and around zinc",
    engines=(
        "model.bands",
        "solve.given_gap",
        "solve.impurity",
        "probe.photoemission",
        "probe.ldos",
        "probe.qpi",
        "probe.octet",
    ),
    quick_seconds=4.5,
    run=run,
)
