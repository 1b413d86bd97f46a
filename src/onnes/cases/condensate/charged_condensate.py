"""The charged condensate: screening, the masses of its two fields, quantised flux, and currents that persist.

A condensate of charge 2e gives the electromagnetic field a mass, 1/lambda, and has an amplitude mode of its own,
sqrt2/xi. Their ratio sqrt2 kappa decides what walls and vortices do. Around a hole the phase turns a whole
number of times, so that currents can only change by phase slips; the rival, a metal with a resistance, loses its
current in L/R.
"""

from math import log, log10, sqrt
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from onnes import model, probe, response, solve
from onnes.compare.claim import Claim, Kind, references
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.state import Check, State
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure
from onnes.units import E_CHARGE, HBAR_SI, K_B, LIGHT, M_E, MU_0

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
FREE, NORMAL = "free electrons of the bare mass", "a metal with a resistance"
EQUAL_MASSES = 1 / sqrt(2)
ELECTRONS = {"niobium": (2, 1, 0.330), "lead": (4, 4, 0.495), "aluminium": (4, 3, 0.405)}
"""Atoms in a cubic cell, conduction electrons of an atom, lattice constant in nm."""
KAPPAS = (0.4, EQUAL_MASSES, 1.2, 2.0)
RINGS = GinzburgLandau(
    100.0, 100.0, resistivity=1.0, inelastic=0.0, critical_temperature=1.2, temperature=1.08
)
"""A metal like aluminium a tenth below its transition."""
YEAR = 3.156e7


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    full = quality is Quality.FULL
    vortices = {kappa: solve.vortex_line(GinzburgLandau(10.0, 10.0 * kappa)) for kappa in KAPPAS}
    ring = model.ThinRing(500.0, 100.0 * 50.0, RINGS)
    kept = persistence(ring, 1e6 if full else 2e4)
    lost = normal_decay()
    slip = ramped(ring, 20000.0 if full else 2000.0)
    return CaseResult(
        claims=(*depth_claims(), *mass_claims(vortices), *ring_claims(slip, ring, lost)),
        checks=(*mass_checks(vortices), *persistence_checks(kept, ring)),
        figures=(tail_figure(vortices), ring_figure(ring), decay_figure(kept, lost), transition_figure()),
        tables=(mass_table(), lifetime_table()),
        parameters={
            "rings": "xi = lambda = 100 nm, radius 500 nm, section 100 x 50 nm, 1 µΩcm, gamma = 0",
            "normal ring": "the same metal without a condensate, 50 pH",
            "free electrons": "one, four and three for each atom of Nb, Pb and Al",
        },
        text=TEXT,
    )


# --- screening -------------------------------------------------------------------------------------


def london_depth(density: float, mass: float = 1.0) -> float:
    """Return lambda = sqrt(m/mu0 n e^2) in nm for n in 1/nm^3 and m in electron masses; pairs give the same."""
    return sqrt(mass * M_E / (MU_0 * density * 1e27 * E_CHARGE**2)) * 1e9


def depth_of(metal: str) -> float:
    """Return the depth (nm) if the conduction electrons had the mass of free ones."""
    atoms, electrons, edge = ELECTRONS[metal]
    return london_depth(atoms * electrons / edge**3)


def depth_claims() -> tuple[Claim, ...]:
    """Set the free-electron depth beside the measured ones; the density is known to a per cent."""
    return tuple(
        Claim(
            f"London depth of {metal}",
            depth_of(metal),
            0.01 * depth_of(metal),
            PUBLISHED[f"depth_{metal}"],
            Kind.PREDICTED,
            note=f"m*/m = {(PUBLISHED[f'depth_{metal}'].value / depth_of(metal)) ** 2:.2f} would be needed",
            rival=FREE,
        )
        for metal in ELECTRONS
    )


# --- two masses -----------------------------------------------------------------------------------------


def decay_lengths(vortex: State) -> tuple[float, float]:
    """Return the lengths (nm) with which field and amplitude of a vortex die away, from their tails.

    K0(r/l) of the field by the ratio at two radii; of the amplitude likewise, where it has a tail of its own.
    """
    from scipy.special import k0

    r, found = vortex["radius"], []
    for tail in (vortex["vortex_field"], 1 - vortex["pair_amplitude"]):
        inside = np.flatnonzero((tail < 3e-3 * tail[0]) & (tail > 1e-5 * tail[0]))
        a, b = inside[0], inside[-1]
        wanted = log(tail[a] / tail[b])
        span = r[b] - r[a]
        found.append(
            float(
                brentq(
                    lambda x, a=a, b=b, wanted=wanted: log(k0(r[a] / x) / k0(r[b] / x)) - wanted,
                    0.2 * span / wanted,
                    5 * span / wanted,
                )
            )
        )
    return found[0], found[1]


def mass_claims(vortices: dict[float, State]) -> tuple[Claim, ...]:
    """Return the claims about equal masses."""
    single = vortices[EQUAL_MASSES]
    double = solve.vortex_line(single.model, 2)
    return (
        Claim(
            "energy of a double vortex over that of one, at equal masses",
            float(double["line_energy"] / single["line_energy"]),
            1e-6,
            PUBLISHED["vortex_pair"],
            Kind.PREDICTED,
        ),
        Claim(
            "kappa where the wall between normal metal and superconductor costs nothing, against niobium's",
            wall_zero(),
            1e-4,
            PUBLISHED["kappa_niobium"],
            Kind.PREDICTED,
            note="clean niobium lies on the boundary of the two types",
        ),
    )


def wall_zero() -> float:
    """Return the kappa at which the energy of a wall changes its sign."""

    def energy(kappa: float) -> float:
        m = GinzburgLandau(10.0, 10.0 * kappa)
        return float(solve.domain_wall(m)["wall_energy"]) / (m.condensation_density * 1e-8)

    return float(brentq(energy, 0.69, 0.73, xtol=1e-6))


def mass_checks(vortices: dict[float, State]) -> tuple[Check, ...]:
    """Check the decay lengths of a vortex against lambda and, where it is the longer one, xi/sqrt2."""
    weak, strong = vortices[0.4], vortices[2.0]
    return (
        Check("decay of the field over lambda, kappa = 2, less 1", decay_lengths(strong)[0] / 20.0 - 1, 0.02),
        Check(
            "decay of the amplitude over xi/sqrt2, kappa = 0.4, less 1",
            decay_lengths(weak)[1] / (10.0 / sqrt(2)) - 1,
            0.02,
        ),
    )


def mass_table() -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the masses of the gauge field in the elements, by their measured depth."""
    unit = HBAR_SI * LIGHT / E_CHARGE * 1e9  # eV nm
    rows = []
    for metal, gap in (("niobium", 3.05), ("lead", 2.7), ("aluminium", 0.36)):
        depth = PUBLISHED[f"depth_{metal}"].value
        rows.append((metal, f"{depth:.1f}", f"{1e3 * unit / depth:.0f}", f"{gap:.2f}"))
    header = (
        "metal",
        "λ_L (nm)",
        "ħc/λ_L (meV), the plasma gap",
        "2Δ (meV), amplitude mode at rest, recalled",
    )
    return ("Masses at rest, as energies", header, tuple(rows))


# --- rings ----------------------------------------------------------------------------------------------


def persistence(ring: model.ThinRing, times: float) -> State:
    """Return a ring with one quantum in it, followed for ``times`` relaxation times after it has settled."""
    tau, spacing = RINGS.time, 0.4 * RINGS.coherence_length
    settled = solve.thread_dynamics(ring, 2000 * tau, winding=1, samples=2, spacing=spacing)
    return solve.thread_dynamics(ring, times * tau, start=settled, samples=50, spacing=spacing)


def persistence_checks(kept: State, ring: model.ThinRing) -> tuple[Check, ...]:
    """Check that neither current nor flux changes and that no electric field is left."""
    current = kept["thread_current"]
    field = float(kept["electric_field"].max()) * RINGS.coherence_length / RINGS.voltage
    rounding = float(np.finfo(float).eps * kept.report.iterations)
    return (
        Check("relative change of a persistent current", float(np.ptp(current) / current[0]), rounding),
        Check("electric field in the steady state (V_0/xi)", field, 1e-10),
        Check("change of the flux (quanta)", float(np.ptp(kept["ring_flux"])), rounding),
        Check("fluxoid less one", probe.fluxoid(kept) - 1, 1e-10),
    )


def normal_decay() -> tuple[State, float]:
    """Return the rival: the current of a normal ring after its flux is switched off, and L/R (ps)."""
    ring = model.ThinRing(500.0, 100.0 * 50.0, RINGS, inductance=50.0, strength=-5.0)
    time = ring.inductance / ring.resistance
    off = model.ramp(1.0, 0.0, 1e-3 * time)
    return solve.thread_dynamics(ring, 4 * time, flux=off, start="normal", samples=40, tolerance=1e-7), time


def ramped(ring: model.ThinRing, times: float) -> float:
    """Return the applied flux (quanta) of the first phase slip in a slow ramp with a trace of noise."""
    critical, tau = response.critical_flux(ring), RINGS.time
    flux = model.ramp(0.985 * critical, 1.06 * critical, times * tau)
    spacing = 0.4 * RINGS.coherence_length
    slow = solve.thread_dynamics(ring, times * tau, flux=flux, noise=0.1, samples=20, seed=1, spacing=spacing)
    return flux.at(float(probe.phase_slips(slow)["slip_time"].values[0]))


def ring_claims(slip: float, ring: model.ThinRing, lost: tuple[State, float]) -> tuple[Claim, ...]:
    """Return the claims about rings."""
    critical = response.critical_flux(ring)
    run_, time = lost
    t, current = run_["sample_time"][1:], run_["thread_current"][1:]
    decay = -1 / np.polyfit(t, np.log(current), 1)[0]
    return (
        Claim(
            "flux of the first phase slip in a slow ramp over the critical one",
            slip / critical,
            0.01,
            PUBLISHED["slip_flux"],
            Kind.PREDICTED,
            note="error: the distance of the sites; a ramp is late by the time that the instability takes",
        ),
        Claim(
            "diameter over xi(0) where a ring is normal at half flux",
            destructive_diameter(),
            1e-3,
            PUBLISHED["destructive"],
            Kind.PREDICTED,
            note="Ginzburg-Landau down to zero temperature",
        ),
        Claim(
            "decay time over L/R", float(decay / time), 3e-4, PUBLISHED["decay"], Kind.PREDICTED, rival=NORMAL
        ),
    )


def destructive_diameter() -> float:
    """Return the diameter over xi(0) below which a thin wall has no transition at half a flux quantum."""
    zero = RINGS.coherence_length * sqrt(1 - RINGS.temperature / RINGS.critical_temperature)

    def transition(diameter: float) -> float:
        ring = model.ThinRing(diameter * zero / 2, 1.0, RINGS)
        state = solve.little_parks(ring, np.array([0.5]), width=1e-2 * diameter * zero)
        return float(state["ring_transition"][0]) - 1e-4

    return float(brentq(transition, 0.5, 2.0, xtol=1e-6))


def lifetime_table() -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return how long the current of one quantum lives in rings of rising section, by Arrhenius' law."""
    rows = []
    for section in (10.0, 50.0, 250.0, 5000.0):
        ring = model.ThinRing(500.0, section, RINGS)
        saddle = solve.slip_barrier(ring, 0.0, 1, spacing=0.4 * RINGS.coherence_length)
        barrier = float(saddle["barrier_energy"]) / (K_B * RINGS.temperature)
        years = -response.slip_rate(saddle, RINGS.temperature) - log10(YEAR)
        rows.append((f"{section:.0f}", f"{barrier:.1f}", f"{years:.1f}"))
    header = ("section (nm²)", "barrier/kT", "log10 of the lifetime in years")
    return (f"A persistent current of one quantum at {RINGS.temperature} K", header, tuple(rows))


# --- figures ----------------------------------------------------------------------------------------------


def tail_figure(vortices: dict[float, State]) -> Figure:
    """Return the tails of field and amplitude at equal masses."""
    v = vortices[EQUAL_MASSES]
    r, seen = v["radius"] / 10.0, v["radius"] < 80.0
    field = v["vortex_field"] / v["vortex_field"][0]
    curves = (
        Curve(r[seen], field[seen], "field b(r)/b(0)"),
        Curve(r[seen], 1 - v["pair_amplitude"][seen] ** 2, "1 - |ψ|²", "dashed"),
    )
    return Figure(
        "At equal masses field and amplitude are one function",
        "distance from the axis (ξ)",
        "share of the value at the axis",
        curves,
        caption="κ = 1/√2: vortices do not interact, walls cost nothing.",
        log_y=True,
    )


def ring_figure(ring: model.ThinRing) -> Figure:
    """Return the fluxoid states of the ring."""
    flux = np.linspace(-1.5, 1.5, 301)
    data = probe.ring_current(solve.fluxoid_states(ring, flux, (-2, -1, 0, 1, 2)))
    curves = [
        Curve(flux, row, f"n = {n}", "dotted", "reference")
        for n, row in zip(data["winding"].values, data["fluxoid_current"].values, strict=True)
    ]
    curves.append(Curve(flux, data["equilibrium_current"].values, "lowest energy"))
    return Figure(
        "The current around a ring repeats with each flux quantum",
        "applied flux (Φ_0)",
        "current (µA)",
        curves,
    )


def decay_figure(kept: State, lost: tuple[State, float]) -> Figure:
    """Return persistence beside the decay of the rival."""
    run_, time = lost
    share = [s["thread_current"][1:] / s["thread_current"][1] for s in (kept, run_)]
    steps = np.arange(1, len(kept["sample_time"])) / 50 * 4
    curves = (
        Curve(steps, share[0], f"superconducting ring, over {kept['sample_time'][-1] / 1e3:.3g} ns"),
        Curve(run_["sample_time"][1:] / time, share[1], NORMAL + ", time in L/R", "dashed", "rival"),
    )
    return Figure("A current persists where phase slips cost too much", "time", "I(t)/I(0)", curves)


def transition_figure() -> Figure:
    """Return Tc of a ring with a thin and with a wide wall against the flux."""
    ring, flux = model.ThinRing(500.0, 1.0, RINGS), np.linspace(0.0, 3.0, 121)
    curves = []
    for width, label in ((0.0, "thin wall"), (100.0, "wall of 100 nm")):
        state = solve.little_parks(ring, flux, width=width)
        curves.append(Curve(flux, 1e3 * (state["ring_transition"] - RINGS.critical_temperature), label))
    return Figure(
        "The transition temperature follows the flux in quanta of h/2e",
        "flux (Φ_0)",
        "shift of Tc (mK)",
        curves,
    )


TEXT = f"""
The field in a charged condensate obeys the equation of a massive one. The mass is 1/λ, and as an energy, ħc/λ,
it is the plasma frequency of what condenses: phase oscillations have the plasma gap and no sound is left. The
table gives it for three elements. The amplitude mode has the inverse length √2/ξ. In a metal its velocity is
not that of light, so that its energy at rest, 2Δ, stands to the plasma gap in another ratio than the lengths
do; the ratio √2 κ of the inverse lengths is what decides between the two types.

Free electrons of the bare mass give depths that are too short, by a quarter in niobium and by half in lead:
band structure and phonons make the electrons heavier. This is shown as a rival, and no mass was fitted.

The masses are equal at κ = {EQUAL_MASSES:.4f}. The wall energy, computed on both sides of it, vanishes there,
and a double vortex costs exactly two single ones. Muons place clean niobium there within their error.

A thin ring is solved in one dimension. With one turn of the phase its current stays as it is for as long as it
was followed, to rounding, with no electric field anywhere; in a slow flux ramp it slips where the barrier
vanishes, which in a ring of finite circumference is at k² = (1 + ξ²/2R²)/3. The lifetimes are extrapolated by
the rate of Kramers and Langer over the barrier that was computed, prefactor included; they are no measurement.
The rival loses its current in L/R.
"""

CASE = Case(
    name="condensate",
    row=2,
    title="Screening, two masses, quantised flux and persistent currents of a charged condensate",
    engines=(
        "solve.vortex_line",
        "solve.domain_wall",
        "solve.thread_dynamics",
        "solve.fluxoid_states",
        "solve.slip_barrier",
        "solve.little_parks",
        "probe.ring_current",
        "probe.phase_slips",
        "probe.fluxoid",
    ),
    quick_seconds=9.0,
    run=run,
)
