"""A magnet and a superconductor repel or attract each other, and adjust themselves to the weight.

Three descriptions with the same magnets: complete expulsion (an image), frozen flux (the image of the change since
cooling), and a critical current with creep in a body of the measured size. Two measured forces decide: a YBCO bulk
cooled without a field, whose current and magnet are fitted to two of five heights, and an MgB2 disc cooled in the
field, where nothing is fitted.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from onnes import model, probe, solve
from onnes.compare.claim import Claim, Kind, references
from onnes.model.condensate.levitation import Levitation
from onnes.model.condensate.magnets import CylinderMagnet
from onnes.state import Check, State
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure
from onnes.units import MU_0

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
GAPS = np.array([5.0, 10.0, 15.0, 20.0, 25.0])
"""mm: heights of the measured forces of the bulk."""
MEASURED = np.array([PUBLISHED[f"bulk_{int(g):02d}"].value for g in GAPS])
REMANENCE, SPREAD = 1.25, 0.05
"""T: sintered NdFeB, common grades; the error of everything that follows from it."""
GAP_ERROR = 0.2
"""mm: a measured height, ours."""
FAR = 30.0
"""mm: where the measured table begins."""
COOLED = 5.0
"""mm: height of the magnet in the field-cooled example."""
DISC_CURRENT = 1e9
"""A/m^2: the order of bulk MgB2 at 20 K in the field of the magnet."""
EXPULSION = "complete expulsion (image)"


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    cells = (15, 12) if quality is Quality.QUICK else (24, 18)
    fits = [fitted(REMANENCE + d, cells) for d in (-SPREAD, 0.0, SPREAD)]
    bulk = fits[1]
    loop = solve.pinned_force(Levitation(bulk.magnet, bulk.body), model.Travel((40, 1, 40)), cells=cells)
    cooled = Cooled(bulk, cells)
    return CaseResult(
        claims=(*image_claims(), *frozen_claims(bulk.magnet), *bulk_claims(fits), *disc_claims()),
        checks=checks(bulk, loop, cooled, cells),
        figures=(loop_figure(bulk, loop), cooled_figure(cooled), stiffness_figure(bulk.magnet)),
        tables=(weight_table(cooled), creep_table(bulk, cells)),
        parameters={
            "bulk": f"YBCO 30 mm x 17 mm; fitted Jc = {bulk.critical:.3g} A/m^2, n = 25, Ec = 1e-4 V/m",
            "magnet of the bulk": f"fitted radius {bulk.magnet.radius:.1f} mm, height {bulk.magnet.height:.1f} mm",
            "remanence": f"{REMANENCE} T, {SPREAD} T its error",
            "disc": "MgB2 120 mm x 10 mm, ideal pinning; magnet 100 mm x 30 mm; cooled at 30 mm",
            "speed": "1 mm/s",
        },
        text=TEXT,
    )


# --- the measured bulk -----------------------------------------------------------------------------


def magnet_of(radius: float, remanence: float) -> CylinderMagnet:
    """Return the magnet of this radius (mm) whose field on the middle of its face is the published one."""
    share = 2 * PUBLISHED["surface"].value / remanence
    return model.CylinderMagnet(radius, radius * share / np.sqrt(1 - share**2), remanence)


def body_of(critical: float) -> model.SuperconductingCylinder:
    """Return the bulk with a critical current (A/m^2)."""
    return model.SuperconductingCylinder(15.0, 17.0, model.Pinning(critical))


@dataclass(frozen=True)
class Fitted:
    """A bulk whose current, and a magnet whose radius, were fitted to the forces at 5 and 10 mm."""

    magnet: CylinderMagnet
    critical: float
    forces: np.ndarray
    slopes: np.ndarray

    @property
    def body(self) -> model.SuperconductingCylinder:
        return body_of(self.critical)


def descent(radius: float, critical: float, remanence: float, cells: tuple[int, int]) -> State:
    """Return the zero-field-cooled descent of the measurement."""
    pair = Levitation(magnet_of(radius, remanence), body_of(critical))
    return solve.pinned_force(pair, model.Travel((FAR, *GAPS[::-1])), cells=cells, spacing=1.0)


def at_gaps(state: State) -> np.ndarray:
    """Return the force (N) at the measured heights, which the travel meets."""
    return np.array([state["levitation_force"][np.argmin(np.abs(state["magnet_height"] - g))] for g in GAPS])


@lru_cache(maxsize=8)
def fitted(remanence: float, cells: tuple[int, int]) -> Fitted:
    """Fit radius and current to the two largest forces."""

    def excess(logs: np.ndarray) -> np.ndarray:
        return np.log(at_gaps(descent(*np.exp(logs), remanence, cells))[:2] / MEASURED[:2])

    radius, critical = np.exp(least_squares(excess, np.log([15.0, 4e7]), diff_step=1e-3, xtol=1e-6).x)
    state = descent(radius, critical, remanence, cells)
    height, force = state["magnet_height"][::-1], state["levitation_force"][::-1]
    slopes = np.interp(GAPS, height, np.gradient(force, height))
    return Fitted(magnet_of(float(radius), remanence), float(critical), at_gaps(state), slopes)


def expelled(bulk: Fitted) -> tuple[CylinderMagnet, np.ndarray]:
    """Return the magnet and the forces if the bulk expels everything; the radius is fitted at 5 mm."""

    def forces(radius: float) -> np.ndarray:
        whole = model.SuperconductingCylinder(15.0, 17.0)
        pair = Levitation(magnet_of(radius, REMANENCE), whole)
        return solve.screened_force(pair, GAPS, strips=120)["levitation_force"]

    found = least_squares(lambda x: np.log(forces(np.exp(x[0]))[0] / MEASURED[0]), [np.log(11.0)])
    radius = float(np.exp(found.x[0]))
    return magnet_of(radius, REMANENCE), forces(radius)


def bulk_claims(fits: list[Fitted]) -> tuple[Claim, ...]:
    """Return the five forces: two fitted, three predicted, and the rival without pinning."""
    own, (_, rival) = fits[1], expelled(fits[1])
    spread = np.ptp([f.forces for f in fits], axis=0) / 2
    errors = np.hypot(spread, GAP_ERROR * np.abs(own.slopes))
    names = {0: "critical current density", 1: "radius of the magnet"}
    found = []
    for i, gap in enumerate(GAPS):
        published = PUBLISHED[f"bulk_{int(gap):02d}"]
        title = f"force on the bulk at {gap:.0f} mm"
        kind = Kind.FITTED if i < 2 else Kind.PREDICTED
        note = "error: 0.2 mm of height and 0.05 T of remanence"
        found.append(Claim(title, own.forces[i], errors[i], published, kind, names.get(i, ""), note))
        kind = Kind.FITTED if i == 0 else Kind.PREDICTED
        tuned = "radius of the magnet" if i == 0 else ""
        found.append(Claim(title, rival[i], errors[i], published, kind, tuned, note, rival=EXPULSION))
    return tuple(found)


# --- the measured disc -----------------------------------------------------------------------------


def disc_claims() -> tuple[Claim, ...]:
    """Return the force on the disc, cooled in the field: frozen flux, expulsion as its rival, and a finite current."""
    found = []
    for rival, cooled_at in (("", 30.0), (EXPULSION, np.inf)):
        force = [
            solve.screened_force(
                Levitation(
                    model.CylinderMagnet(50.0, 30.0, b), model.SuperconductingCylinder(60.0, 10.0), cooled_at
                ),
                [5.0 - GAP_ERROR, 5.0],
                strips=160,
            )["levitation_force"]
            for b in (REMANENCE - SPREAD, REMANENCE, REMANENCE + SPREAD)
        ]
        error = float(np.hypot((force[2][1] - force[0][1]) / 2, force[1][0] - force[1][1]))
        note = "error: 0.05 T of remanence and 0.2 mm of height; thickness taken as 10 mm, of no weight"
        found.append(
            Claim(
                "force on the field-cooled disc at 5 mm",
                float(force[1][1]),
                error,
                PUBLISHED["disc"],
                Kind.PREDICTED,
                note=note,
                rival=rival,
            )
        )
    pinned = model.SuperconductingCylinder(60.0, 10.0, model.Pinning(DISC_CURRENT))
    pair = Levitation(model.CylinderMagnet(50.0, 30.0, REMANENCE), pinned, 30.0)
    force = solve.pinned_force(pair, model.Travel((30.0, 5.0)), cells=(30, 10), spacing=1.0)[
        "levitation_force"
    ][-1]
    name, note = (
        "the same, critical state",
        f"Jc = {DISC_CURRENT:.0e} A/m^2, recalled; error: as of ideal pinning",
    )
    found.append(Claim(name, float(force), found[0].error, PUBLISHED["disc"], Kind.PREDICTED, note=note))
    return tuple(found)


# --- closed forms ----------------------------------------------------------------------------------


def image_claims() -> tuple[Claim, ...]:
    """Compare the ring equation and the integral over wavevectors with the closed forms of images."""
    moment, height = 0.3, 4.0
    up, across = model.point_magnet(moment), model.point_magnet((moment, 0.0, 0.0))
    disk = Levitation(up, model.SuperconductingDisk(120.0))
    wide = solve.screened_force(disk, [height], strips=500)["levitation_force"][0]
    coefficient = wide * (height * 1e-3) ** 4 / (MU_0 * moment**2)
    plane = [
        solve.image_force(Levitation(m, model.HalfSpace()), [height])["levitation_force"][0]
        for m in (up, across)
    ]
    ball = Levitation(up, model.SuperconductingSphere(10.0))
    energy = solve.screened_force(ball, [height])["interaction_energy"][0]
    radius, distance = 10e-3, 14e-3
    sphere = energy * (distance**2 - radius**2) ** 3 / (MU_0 * moment**2 * radius**3)
    unit = (10e-3) ** 3 / MU_0
    moments = [
        solve.screened_moment(b) / unit
        for b in (model.SuperconductingDisk(10.0), model.SuperconductingSphere(10.0))
    ]
    return (
        _closed("force of a vertical moment on a plane, over mu0 m^2/h^4", coefficient, 3e-5, "vertical"),
        _closed(
            "force of a horizontal moment over that of a vertical one",
            plane[1] / plane[0],
            1e-9,
            "horizontal",
        ),
        _closed("energy of a radial moment at a sphere", sphere, 1e-5, "sphere"),
        _closed("moment of a disk in a uniform field", moments[0], 1e-6, "disk_moment"),
        _closed("moment of a sphere in a uniform field", moments[1], 1e-6, "sphere_moment"),
    )


def frozen_claims(magnet: CylinderMagnet) -> tuple[Claim, ...]:
    """Compare frozen images with Kordyuk's formula, and the two stiffnesses of an extended magnet."""
    pair = Levitation(model.point_magnet(0.3), model.HalfSpace(), 6.0)
    free = Levitation(pair.magnet, pair.body)
    heights = [3.0, 12.0]
    ratio = (
        solve.image_force(pair, heights)["levitation_force"]
        / solve.image_force(free, heights)["levitation_force"]
    )
    state = solve.image_force(Levitation(magnet, model.HalfSpace(), COOLED), [COOLED])
    lateral = state["lateral_stiffness"][0] / state["vertical_stiffness"][0]
    return (
        _closed("frozen image at half the cooling height", ratio[0], 1e-9, "frozen_near"),
        _closed("frozen image at twice the cooling height", ratio[1], 1e-9, "frozen_far"),
        _closed("lateral over vertical stiffness, extended magnet", lateral, 1e-9, "lateral"),
    )


def _closed(name: str, computed: float, error: float, key: str) -> Claim:
    return Claim(name, float(computed), error, PUBLISHED[key], Kind.PREDICTED, note="error: discretisation")


# --- field cooled, and the weights it carries --------------------------------------------------------


class Cooled:
    """The fitted bulk cooled at 5 mm: down, up, and the two ideals of the same magnet."""

    def __init__(self, bulk: Fitted, cells: tuple[int, int]) -> None:
        pinned = Levitation(bulk.magnet, bulk.body, COOLED)
        ideal = Levitation(bulk.magnet, model.SuperconductingCylinder(15.0, 17.0), COOLED)
        self.down = solve.pinned_force(pinned, model.Travel((COOLED, 1.0)), cells=cells)
        self.up = solve.pinned_force(pinned, model.Travel((COOLED, 40.0)), cells=cells)
        self.heights = np.linspace(1.0, 40.0, 79)
        self.frozen = solve.screened_force(ideal, self.heights, strips=140)
        self.expelled = solve.screened_force(Levitation(bulk.magnet, ideal.body), self.heights, strips=140)

    @property
    def floats(self) -> float:
        """Largest weight (N) that floats at 1 mm or above."""
        return float(np.max(self.down["levitation_force"]))

    @property
    def hangs(self) -> float:
        """Largest weight (N) that hangs below."""
        return float(-np.min(self.up["levitation_force"]))


def weight_table(cooled: Cooled) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return where each weight comes to rest, above and below; a dash where nothing carries it."""
    rows = []
    for weight in (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0):
        cells = [f"{weight:.1f}"]
        for travel, side in ((cooled.down, 1), (cooled.up, -1), (cooled.frozen, 1), (cooled.frozen, -1)):
            found = probe.equilibrium_height(travel, weight)
            keep = (found["equilibrium_side"] == side) & (found["equilibrium_stable"] == 1)
            heights = found["equilibrium_height"].values[keep.values]
            cells.append(f"{heights[0]:.2f}" if len(heights) else "-")
        rows.append(tuple(cells))
    header = (
        "weight (N)",
        "floats (mm)",
        "hangs (mm)",
        "floats, ideal pinning (mm)",
        "hangs, ideal pinning (mm)",
    )
    limits = f"up to {cooled.floats:.1f} N float, {cooled.hangs:.2f} N hang"
    return f"where a weight rests, cooled at {COOLED:.0f} mm; {limits}", header, tuple(rows)


def creep_table(
    bulk: Fitted, cells: tuple[int, int]
) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return how a floating magnet sinks while the flux creeps."""
    times = np.geomspace(1.0, 86400.0, 21)
    pair = Levitation(bulk.magnet, bulk.body)
    travel = model.Travel((FAR, 8.0))
    sunk = solve.levitation_creep(pair, travel, times, free=True, cells=cells)
    held = solve.levitation_creep(pair, travel, times, cells=cells)
    rows = tuple(
        (
            f"{sunk['travel_time'][i]:.3g}",
            f"{sunk['magnet_height'][i]:.3f}",
            f"{held['levitation_force'][i]:.3f}",
        )
        for i in (0, 1, 6, 11, 16, 21)
    )
    return "flux creep", ("time (s)", "height of a free magnet (mm)", "force at 8 mm (N)"), rows


# --- checks and figures ------------------------------------------------------------------------------


def checks(bulk: Fitted, loop: State, cooled: Cooled, cells: tuple[int, int]) -> tuple[Check, ...]:
    """Check energies, meshes, signs and the theorem on frozen images."""
    fine = at_gaps(
        descent(
            bulk.magnet.radius, bulk.critical, bulk.magnet.remanence, tuple(round(1.5 * c) for c in cells)
        )
    )
    frozen = solve.image_force(Levitation(bulk.magnet, model.HalfSpace(), COOLED), [COOLED])
    free = solve.image_force(Levitation(bulk.magnet, model.HalfSpace()), np.linspace(1, 40, 40))
    return (
        *loop.report.checks,
        Check("force at 5 mm with 3/2 of the cells, relative", float(fine[0] / bulk.forces[0] - 1), 0.02),
        Check(
            "attraction without pinning (N)",
            float(min(0.0, np.min(cooled.expelled["levitation_force"]))),
            0.0,
        ),
        Check(
            "falling modes where the magnet was cooled, frozen image", float(frozen["unstable_modes"][0]), 0.0
        ),
        Check(
            "lateral over vertical stiffness of the image without pinning",
            float(np.max(np.abs(free["lateral_stiffness"] / free["vertical_stiffness"]))),
            1e-9,
        ),
    )


def loop_figure(bulk: Fitted, loop: State) -> Figure:
    """Return force against height of the zero-field-cooled bulk."""
    other, rival = expelled(bulk)
    data = probe.force(loop)
    height, force = data["magnet_height"].values, data["levitation_force"].values
    return Figure(
        "A pinned bulk repels on the way down and attracts on the way up",
        "height (mm)",
        "force (N)",
        (
            Curve(height, force, "critical state, down and up"),
            Curve(GAPS, rival, "complete expulsion, magnet fitted at 5 mm", "dashed", "rival"),
            Curve(GAPS, MEASURED, "YBCO bulk, 77 K", "points", "measured"),
        ),
        caption=f"Radius of the magnet ({bulk.magnet.radius:.1f} mm) and Jc ({bulk.critical:.2g} A/m^2) fitted at 5 "
        f"and 10 mm; the rival needs a magnet of {other.radius:.1f} mm.",
        x_range=(0.0, 30.0),
    )


def cooled_figure(cooled: Cooled) -> Figure:
    """Return force against height after cooling in the field."""
    height = np.concatenate([cooled.down["magnet_height"][::-1], cooled.up["magnet_height"][1:]])
    force = np.concatenate([cooled.down["levitation_force"][::-1], cooled.up["levitation_force"][1:]])
    return Figure(
        "Cooled in the field, the superconductor holds the magnet on both sides",
        "height (mm)",
        "force (N)",
        (
            Curve(height, force, "critical state"),
            Curve(cooled.heights, cooled.frozen["levitation_force"], "ideal pinning", "dotted", "reference"),
            Curve(
                cooled.heights, cooled.expelled["levitation_force"], "complete expulsion", "dashed", "rival"
            ),
        ),
        caption=f"Cooled at {COOLED:.0f} mm. Negative is attraction: a magnet can hang below. Weights to "
        f"{cooled.floats:.0f} N float, to {cooled.hangs:.1f} N hang, each at its own height.",
        x_range=(0.0, 30.0),
    )


def stiffness_figure(magnet: CylinderMagnet) -> Figure:
    """Return vertical and lateral stiffness over a wide bulk, with and without frozen flux."""
    heights = np.linspace(2.0, 15.0, 53)
    frozen = probe.stiffness(solve.image_force(Levitation(magnet, model.HalfSpace(), COOLED), heights))
    free = probe.stiffness(solve.image_force(Levitation(magnet, model.HalfSpace()), heights))
    return Figure(
        "Frozen flux holds sideways half as stiffly as upright; an image does not at all",
        "height (mm)",
        "stiffness (N/m)",
        (
            Curve(heights, frozen["vertical_stiffness"].values, "vertical, frozen flux"),
            Curve(
                heights, 2 * frozen["lateral_stiffness"].values, "twice the lateral, frozen flux", "dotted"
            ),
            Curve(
                heights, free["lateral_stiffness"].values, "lateral, complete expulsion", "dashed", "rival"
            ),
        ),
        caption=f"Wide flat superconductor, cooled at {COOLED:.0f} mm, where the two meet.",
    )


TEXT = """A rigid magnet meets a flat superconductor through the transform of its magnetic charge, which gives forces,
stiffness and tilt by one integral; finite bodies are solved for the currents around their axis.

Without pinning the force is a repulsion at every height and knows no lateral restoring force: a magnet floats above a
plane and drifts off a sphere, and never hangs. With every flux line frozen the energy is lowest where the magnet was
cooled, for all three displacements and both tilts; the lateral stiffness is half of the vertical one for any upright
magnet with an axis. A weight then shifts the magnet until the force equals it, above (repulsion) or below (attraction).

The bulk: the surface field of its magnet is published, the size is not; radius and critical current are fitted at two
heights. The third follows. The two forces farthest away are smaller than any of these models allows for a magnet that
fits the others: at these distances the computed force falls by half on 5 mm, the table to a fifth; why is open, since
neither the size of the magnet nor the way before the table is published. Expulsion, with a smaller magnet, meets the
force at 20 mm and misses those at 10 and 15 mm by a third and by half.

The disc: size of magnet and disc, cooling height and force are published; nothing is fitted, and ideal pinning needs no
critical current; a finite one lowers the force by a few per cent."""

CASE = Case(
    name="levitation",
    row=26,
    title="A magnet over a superconductor: repelled or attracted, and carried at the height its weight asks for",
    engines=(
        "solve.image_force",
        "solve.screened_force",
        "solve.screened_moment",
        "solve.pinned_force",
        "solve.levitation_creep",
        "probe.force",
        "probe.stiffness",
        "probe.equilibrium_height",
    ),
    quick_seconds=10.0,
    run=run,
)
