"""Niobium from its phonon spectrum to a film with vortices, in SI units.

The spectrum gives the Eliashberg state; the measured heat capacity and a plasma energy say what the state does not
know of its metal. Screening, condensation energy and upper critical field follow, for any resistivity, and with them
the lengths of a film 20 nm thick, in which vortices are then counted, moved and driven. The rival takes the measured
lengths of 1965 and scales them by the clean-limit laws and the two-fluid temperature dependence.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from onnes import model, probe, response, solve
from onnes.cases.condensate.nb_metal import (
    FILM_TC,
    HELIUM,
    PUBLISHED,
    TC,
    bulk_errors,
    bulk_numbers,
    carriers,
    glue_of,
    rival_numbers,
    rival_scales,
    scales_of,
)
from onnes.compare.claim import Claim, Kind
from onnes.model.condensate.film import Film
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.response.condensate.scales import Scales
from onnes.state import Check, State
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure, Map
from onnes.units import MU_0, PHI_0, flux_quantum_T_nm2

RESISTIVITY, THICKNESS = 7.0, 20.0
"""uOhm cm and nm of the film: an example, within the range of measured ones."""
LENGTH, WIDTH = 400.0, 100.0
"""nm: the bridge."""
TAPS = 50.0
"""nm from its middle to the taps: six coherence lengths and more from the normal contacts."""
RIVAL = "measured lengths, clean-limit laws"
LEADS = solve.Leads("source", "drain", ((-TAPS, 0.0), (TAPS, 0.0)))
VORTEX_FIELD, FLOW_FIELD = 0.2, 0.4
"""T."""


@dataclass(frozen=True)
class Sizes:
    """What the quality decides: fields (T) of the critical current, its resolution, times in tau_0."""

    fields: tuple[float, ...]
    resolution: float
    settle: float
    hold: float


SIZES = {
    Quality.QUICK: Sizes((0.0, 0.2, 0.4), 0.05, 100.0, 60.0),
    Quality.FULL: Sizes((0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6), 0.02, 400.0, 100.0),
}


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    size = SIZES[quality]
    film, scales = film_of(RESISTIVITY)
    counted = [
        vortex_state(film, b) for b in np.arange(0.05, 0.81, 0.15 if quality is Quality.QUICK else 0.05)
    ]
    critical = driven(film, size)
    flow = flow_voltage(film, size)
    return CaseResult(
        claims=(*bulk_claims(), *rival_claims(), *film_claims(film.material)),
        checks=checks(film, scales, critical),
        figures=(
            lengths_figure(),
            vortex_map(film),
            count_figure(counted),
            current_figure(film, critical),
            voltage_figure(film, flow),
        ),
        tables=(scales_table(film, scales),),
        parameters={
            "spectrum": "peaks of the table of materials, lambda = 1.04",
            "mu*": f"fitted to Tc: {glue_of(TC).mu_star.value:.3f} in bulk, "
            f"{glue_of(FILM_TC).mu_star.value:.3f} in the film",
            "carriers": f"plasma energy {PUBLISHED['plasma_energy'].value:.0f} meV, gamma 7.79 mJ/mol/K^2: "
            f"v_F = {carriers().fermi_velocity:.3g} m/s",
            "film": f"{THICKNESS:.0f} nm, {RESISTIVITY} uOhm cm, 4.2 K; 400 nm x 200 nm, "
            f"bridge {LENGTH:.0f} nm x {WIDTH:.0f} nm",
        },
        text=TEXT,
    )


# --- claims --------------------------------------------------------------------------------------

TITLES = {
    "london_depth": "penetration depth of pure niobium at T = 0",
    "coherence_length": "coherence length xi_0 of pure niobium",
    "kappa": "Ginzburg-Landau parameter of pure niobium",
    "critical_field": "mu0 Hc(0) of niobium",
    "epitaxial_field": "mu0 Hc2 of an epitaxial film at 4.2 K",
    "film_depth": "penetration depth of a film of 20 uOhm cm at T = 0",
}


def bulk_claims() -> tuple[Claim, ...]:
    """Return the lengths and fields that the spectrum predicts."""
    own, errors = bulk_numbers(), bulk_errors()
    note = "error: published ones of coupling, omega_log, heat capacity, Tc and plasma energy, mu* refitted to Tc"
    return tuple(
        Claim(title, own[name], errors[name], PUBLISHED[name], Kind.PREDICTED, note=note)
        for name, title in TITLES.items()
    )


def rival_claims() -> tuple[Claim, ...]:
    """Return what the measured lengths of the nineteen-sixties give."""
    depth, length = PUBLISHED["rival_depth"], PUBLISHED["rival_length"]
    own = rival_numbers(depth.value, length.value)
    deeper = rival_numbers(depth.value + depth.error, length.value)
    longer = rival_numbers(depth.value, length.value + length.error)
    errors = {name: float(np.hypot(deeper[name] - own[name], longer[name] - own[name])) for name in own}
    note, kind = "error: published ones of the two lengths", Kind.PHENOMENOLOGICAL
    return tuple(
        Claim(TITLES[name], value, errors[name], PUBLISHED[name], kind, note=note, rival=RIVAL)
        for name, value in own.items()
    )


# --- the film -----------------------------------------------------------------------------------


def film_of(resistivity: float) -> tuple[Film, Scales]:
    """Return the film, 400 nm x 200 nm, with its material from the state."""
    state, metal, scales = scales_of(resistivity)
    film = response.film_from_state(
        state,
        model.rectangle(400.0, 200.0),
        THICKNESS,
        metal,
        upper_critical_field=scales.upper_critical_field,
        critical_temperature=FILM_TC,
    )
    return film, scales


def bridge_of(film: Film) -> Film:
    """Return a bridge of the same film, with contacts at its ends."""
    shape = model.rectangle(LENGTH, WIDTH)
    ends = (model.side(shape, "left", "source"), model.side(shape, "right", "drain"))
    return Film(shape, film.thickness, film.material, ends)


def depairing_current(film: Film) -> float:
    """Return the depairing current of the bridge, uA."""
    return film.material.depairing_current_density * WIDTH * film.thickness * 1e-12


def normal_voltage(film: Film, current: float) -> float:
    """Return the voltage (mV) of a current (uA) between the taps of the normal bridge."""
    return film.material.resistivity * 1e-8 * 2 * TAPS / (WIDTH * film.thickness * 1e-9) * current * 1e-3


def vortex_state(film: Film, field: float) -> tuple[float, int, float]:
    """Return the field (T), the number of vortices of the lowest state and its mu0 M (T)."""
    state = solve.energy(film, field=field)
    moment = float(probe.magnetic_moment(state)["magnetisation"])
    count = int(probe.vortices(state)["vortex_winding"].sum())
    return field, count, MU_0 * moment


def driven(film: Film, size: Sizes) -> State:
    """Return the critical currents of the bridge: a hundredth of the normal voltage at the depairing current."""
    unit, top = film.material.time, depairing_current(film)
    return solve.critical_current(
        bridge_of(film),
        size.fields,
        leads=LEADS,
        criterion=0.01 * normal_voltage(film, top),
        resolution=size.resolution,
        highest=1.5 * top,
        settle=size.settle * unit,
        hold=size.hold * unit,
    )


def flow_voltage(film: Film, size: Sizes) -> State:
    """Return voltages of the bridge in a field where its vortices flow."""
    unit, top = film.material.time, depairing_current(film)
    return solve.current_voltage(
        bridge_of(film),
        [share * top for share in (0.2, 0.4, 0.6, 0.8)],
        field=FLOW_FIELD,
        leads=LEADS,
        both_directions=False,
        settle=size.settle * unit,
        hold=2 * size.hold * unit,
    )


@lru_cache(maxsize=2)
def expulsion_field(material: GinzburgLandau, width: float = 100.0) -> float:
    """Return the least field (over Phi_0/w^2) in which a vortex in the middle of a strip stays there."""
    strip = Film(model.rectangle(4 * width, width), THICKNESS, material)
    unit = flux_quantum_T_nm2() / width**2

    def holds(field: float) -> bool:
        state = solve.energy(strip, field=field * unit, starts=(((0.0, 0.0),),))
        return int(state["candidate_vortices"][0]) == 1

    low, high = 0.3, 1.5
    while high - low > 0.02:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return (low + high) / 2


def film_claims(material: GinzburgLandau) -> tuple[Claim, ...]:
    """Return what the film predicts of vortices in strips."""
    found = expulsion_field(material)
    note = "a vortex in the middle of a strip of 100 nm ceases to be stable; error: the bisection"
    title = "field of complete expulsion over Phi_0/w^2"
    return (Claim(title, found, 0.02, PUBLISHED["expulsion"], Kind.PREDICTED, note=note),)


# --- checks ---------------------------------------------------------------------------------------


def checks(film: Film, scales: Scales, critical: State) -> tuple[Check, ...]:
    """Return the closure of the units, and two routes to one quantity."""
    material = film.material
    ring = Film(film.shape.minus(model.disk(30.0)), THICKNESS, material)
    state = solve.energy(ring, field=VORTEX_FIELD)
    fluxoid = float(probe.film_fluxoid(state, hole=0)["fluxoid"])
    field = PHI_0 / (2 * np.pi * (material.coherence_length * 1e-9) ** 2)
    depairing = material.depairing_current_density
    zero = float(critical["sweep_critical_density"][0])
    return (
        Check("fluxoid of a hole, off a whole number of Phi_0", fluxoid - round(fluxoid), 1e-9),
        Check(
            "Phi_0/2 pi xi^2 over the Hc2 of the glue, less one",
            field / scales.upper_critical_field - 1,
            1e-9,
        ),
        Check("resistance above Tc over rho L/wd, less one", normal_resistance(film) - 1, 1e-3),
        Check("Hc of lambda and xi over that of the free energy, less one", scales.consistency - 1, 0.1),
        Check("critical current without a field over depairing, less one", zero / depairing - 1, 0.1),
    )


def normal_resistance(film: Film) -> float:
    """Return the resistance of the bridge above Tc, over rho L/(w d)."""
    hot, material = replace(bridge_of(film), strength=-1.0), film.material
    current = 100.0
    state = solve.tdgl(
        hot, until=10 * material.time, current={"source": current, "drain": -current}, start="normal"
    )
    volts = 1e-3 * (state["terminal_voltage"][-1, 0] - state["terminal_voltage"][-1, 1])
    ohms = material.resistivity * 1e-8 * LENGTH / (WIDTH * THICKNESS * 1e-9)
    return float(volts / (current * 1e-6) / ohms)


# --- figures and tables -------------------------------------------------------------------------------


def lengths_figure() -> Figure:
    """Return lambda and xi at 4.2 K against the resistivity."""
    resistivity = np.geomspace(0.2, 50.0, 9)
    found = [scales_of(float(r)) for r in resistivity]
    depth, length = PUBLISHED["rival_depth"].value, PUBLISHED["rival_length"].value
    paths = np.array([metal.mean_free_path for _, metal, _ in found])
    rival = rival_scales(depth, length, paths, HELIUM, FILM_TC)
    curves = (
        Curve(resistivity, [scales.penetration_depth for *_, scales in found], "λ"),
        Curve(resistivity, [scales.coherence_length for *_, scales in found], "ξ"),
        Curve(resistivity, rival[0], f"λ, {RIVAL}", "dashed", "rival"),
        Curve(resistivity, rival[1], f"ξ, {RIVAL}", "dashed", "rival"),
    )
    caption = "4.2 K, Tc = 8.44 K; ξ from Hc2. The rival adds the clean and the dirty 1/ξ²."
    return Figure(
        "Impurities lengthen λ and shorten ξ",
        "resistivity (uOhm cm)",
        "length (nm)",
        curves,
        caption=caption,
        log_x=True,
        log_y=True,
    )


def vortex_map(film: Film) -> Figure:
    """Return the amplitude of the order parameter with its vortices."""
    state = solve.energy(film, field=VORTEX_FIELD)
    picture = Map(state["film_x"], state["film_y"], np.abs(state["order_parameter"]), "|ψ|")
    return Figure(
        f"Vortices in niobium at {VORTEX_FIELD} T", "x (nm)", "y (nm)", maps=(picture,), caption="4.2 K."
    )


def count_figure(counted: list[tuple[float, int, float]]) -> Figure:
    """Return the number of vortices against the field, beside the flux through the film."""
    field, count, magnetisation = (np.array(v) for v in zip(*counted, strict=True))
    flux = field * 400.0 * 200.0 / flux_quantum_T_nm2()
    shown = ", ".join(f"{m * 1e3:.2f}" for m in magnetisation)
    return Figure(
        "Edges keep vortices out",
        "field (T)",
        "number of vortices",
        (Curve(field, count, "lowest energy", "points"), Curve(field, flux, "B A/Φ0", "dashed", "reference")),
        caption=f"400 nm x 200 nm. μ0 M (mT) at the points: {shown}.",
    )


def current_figure(film: Film, critical: State) -> Figure:
    """Return the critical current density of the bridge against the field."""
    field, found = critical["sweep_field"], critical["sweep_critical_density"]
    error = critical["sweep_critical_current_error"] / critical["sweep_critical_current"] * found
    depairing = np.full(len(field), film.material.depairing_current_density)
    return Figure(
        "Vortices enter at the edge below the depairing current",
        "field (T)",
        "critical current density (A/m^2)",
        (
            Curve(field, found, f"bridge of {WIDTH:.0f} nm", "points", error=error),
            Curve(field, depairing, "depairing", "dashed", "reference"),
        ),
    )


def voltage_figure(film: Film, flow: State) -> Figure:
    """Return the voltage of flowing vortices against the current."""
    found = Curve(
        flow["sweep_current"],
        flow["sweep_voltage"],
        "between the taps",
        "points",
        error=flow["sweep_voltage_error"],
    )
    normal = normal_voltage(film, 1.0) * flow["sweep_current"]
    return Figure(
        f"Vortices flow at {FLOW_FIELD} T",
        "current (uA)",
        "voltage (mV)",
        (found, Curve(flow["sweep_current"], normal, "normal metal", "dashed", "reference")),
    )


def scales_table(film: Film, scales: Scales) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return every scale of the film."""
    m = film.material
    rows = (
        ("coherence length", f"{m.coherence_length:.2f} nm"),
        ("penetration depth", f"{m.penetration_depth:.1f} nm"),
        ("kappa", f"{m.kappa:.2f}"),
        ("mean free path", f"{scales_of(RESISTIVITY)[1].mean_free_path:.2f} nm"),
        ("Pearl length", f"{film.pearl_length:.0f} nm"),
        ("mu0 Hc2", f"{m.upper_critical_field:.3f} T"),
        ("mu0 Hc of the free energy", f"{scales.thermodynamic_field * 1e3:.1f} mT"),
        ("Hc of lambda and xi over it", f"{scales.consistency:.3f}"),
        ("depairing current density", f"{m.depairing_current_density:.3g} A/m^2"),
        ("unit of time", f"{m.time:.3f} ps"),
        ("unit of voltage", f"{m.voltage:.3f} mV"),
    )
    return ("The film at 4.2 K", ("quantity", "value"), rows)


TEXT = """
The spectrum of the table of materials gives the Eliashberg state once mu* is fitted to Tc: 9.25 K in bulk, and in the
film the Tc that films of 20 nm have; that a weaker effective pairing and not broken pairs lowers it is what the depths
of such films say. The measured heat capacity over 1 + λ is the density of states, and with a plasma energy of
band-structure calculations (recalled, an input) it gives the Fermi velocity. Nothing else enters: screening and
condensation energy are those of the state, the upper critical field that of the same glue, the mean free path follows
from the resistivity. λ is the local depth; the measured one was taken from profiles with nonlocal screening.

ξ of the film is that of its Hc2. With λ it predicts a thermodynamic field a few per cent below that of the free energy,
which is how far 4.2 K is from the Ginzburg-Landau regime. The film does not screen: its Pearl length exceeds its width
five times. u = 5.79 and the relaxation belong to a dirty superconductor near Tc; at half of Tc voltages are a model's.

The upper critical field of a clean epitaxial film comes out a third too low, and the claim does not hold. An isotropic
band has one Fermi velocity; in niobium it varies over the Fermi surface, and Hc2 weighs the slow parts more. The
rival's numbers hold because its lengths are uncertain; its Ginzburg-Landau parameter lies 1.8 errors too high.
The field of complete expulsion
is measured after cooling, near Tc; the number here is where a vortex in the middle of a strip at 4.2 K ceases to be
stable. The critical current without a field is approached from below in a finite time, so that it comes out a few
per cent above the depairing current.
""".strip()

CASE = Case(
    name="nb-film",
    row=24,
    title="Niobium, from its phonon spectrum to a film with vortices",
    engines=(
        "solve.eliashberg",
        "solve.upper_critical_field",
        "response.film_from_state",
        "solve.energy",
        "solve.critical_current",
        "solve.current_voltage",
    ),
    quick_seconds=13.0,
    run=run,
)
