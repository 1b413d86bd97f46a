"""The spin resonance of CeCoIn5: a magnon that the gap frees of its damping, or a spin exciton of a d wave.

Both pictures are given the measured 0.60 meV at (1/2, 1/2, 1/2). They are told apart by what the mode does away from
there, and by what doping with ytterbium does to it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from onnes import model, response, solve
from onnes.compare.claim import Claim, Kind, references
from onnes.model.lattice.paramagnon import CriticalMagnon
from onnes.response.lattice.susceptibility import Chi, susceptibility
from onnes.state import Check
from onnes.study.case import Case, CaseResult, Quality
from onnes.study.figure import Curve, Figure
from onnes.units import K_B, MU_B

Table = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]
PUBLISHED = references(Path(__file__).with_suffix(".toml"))
EXCITON = "spin exciton, one repulsion"
EXCHANGE = "spin exciton, exchange J(q)"
Q = np.array([0.5, 0.5, 0.5])
CELL = np.diag([4.61, 4.61, 7.56])
"""Translations, angstrom."""
LENGTHS = (9.6, 9.6, 6.5)
"""Correlation lengths, angstrom: recalled from Stock et al. (2008). They scale the dispersion, not its sign."""
BANDS = "CeCoIn5-heavy"
"""The illustrative heavy band of the exciton, E = -2t(cx + cy) + 4t' cx cy - mu."""
HOPPING, DIAGONAL_HOPPING, SHIFT = 1.5, 0.3, -0.9
"""t of these bands in meV, t' and mu in units of it."""
OTHER_SHIFT = -0.7
"""mu/t of a second filling, at which the exciton with an exchange disperses the other way."""
GAP = 0.6
"""meV, largest d-wave gap of the exciton picture: near the energy that tunnelling reports."""
COLD = 0.2
"""K, of the exciton spectra."""
ETA = 0.02
"""meV, broadening of the quasiparticles."""
AWAY = 0.04
"""r.l.u. from Q along (h, 1/2), where the sign of the dispersion is read."""
OFFSETS = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05)
YTTERBIUM = 0.65
"""Gap and Tc at x = 0.3 over those at x = 0 (1.5 K of 2.3 K, recalled); at x = 0.05 Tc hardly changes."""


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    mesh = 320 if quality is Quality.QUICK else 768
    magnon = paramagnon()
    doped = magnon.at_gap(YTTERBIUM)
    excitons = {EXCITON: exciton(1.0, mesh), EXCHANGE: exciton(nearest_exchange, mesh)}
    shifted = refilled(excitons[EXCITON], mesh)
    other = exciton(nearest_exchange, mesh, OTHER_SHIFT)
    return CaseResult(
        claims=(*magnon_claims(magnon, doped), *exciton_claims(excitons)),
        checks=checks(magnon),
        figures=(
            dispersion_figure(magnon, doped, excitons),
            spectrum_figure(magnon),
            temperature_figure(magnon),
            field_figure(magnon),
        ),
        tables=(dispersion_table(magnon, doped, excitons, other), doping_table(magnon, shifted)),
        parameters={
            "paramagnon": f"W = {magnon.inertia:.3f} meV (fitted), damping 0.30 meV (normal state), "
            f"edge {magnon.edge:.2f} meV = 0.60/0.64, g = 0.96",
            "exciton": f"t = {HOPPING} meV, t'/t = {DIAGONAL_HOPPING}, mu/t = {SHIFT}, d wave {GAP} meV, "
            f"U = {excitons[EXCITON].strength:.3f} meV or nearest-neighbour J = {excitons[EXCHANGE].strength:.3f} meV "
            "(fitted)",
            "status of the bands": f"{model.band_set(BANDS).status} (set {BANDS}): no published table of the bands "
            "of CeCoIn5 was found",
        },
        text=TEXT,
    )


# --- the paramagnon ----------------------------------------------------------------------------


def paramagnon() -> CriticalMagnon:
    """Return the magnon with the measured energy, normal-state damping and g, and a gap edge of 0.60/0.64 meV."""
    energy = PUBLISHED["energy"].value
    return CriticalMagnon.with_resonance(
        energy,
        wavevector=Q,
        vectors=CELL,
        lengths=LENGTHS,
        damping=PUBLISHED["normal_damping"].value,
        edge=energy / PUBLISHED["gap_ratio"].value,
        g=PUBLISHED["g"].value,
    )


def along(offset: float) -> np.ndarray:
    """Return (1/2 - offset, 1/2, 1/2)."""
    return Q - np.array([offset, 0.0, 0.0])


def rise(magnon: CriticalMagnon) -> float:
    """Return the energy at AWAY less that at Q, meV."""
    return float(magnon.resonance(along(AWAY)) - magnon.resonance(Q))


def half_width(magnon: CriticalMagnon) -> float:
    """Return the half width of the mode at Q, meV: Im chi^-1 over the slope of Re chi^-1."""
    step = 1e-6
    beside = 1 / magnon.susceptibility(Q, magnon.resonance(Q) + np.array([step]))[0]
    return float(abs(beside.imag / (beside.real / step)))


def gap_share(temperature: np.ndarray) -> np.ndarray:
    """Return Delta(T)/Delta(0) of a weak-coupling d wave."""
    pairs = model.BCS(PUBLISHED["tc"].value, symmetry="d")
    return solve.bcs_gap(pairs, temperature) / solve.bcs_gap(pairs, 0.0)


# --- the exciton -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Exciton:
    """A fitted exciton: the bubble, the interaction's shape and strength, and the energies at OFFSETS."""

    bubble: Chi
    shape: object
    strength: float
    energies: np.ndarray

    @property
    def rise(self) -> float:
        return float(np.interp(AWAY, OFFSETS, self.energies) - self.energies[0])


def nearest_exchange(q: np.ndarray) -> np.ndarray:
    """Return J(q)/J = 2(cos qx + cos qy)."""
    return 2 * (np.cos(2 * np.pi * q[:, 0]) + np.cos(2 * np.pi * q[:, 1]))


def heavy_bubble(shift: float, mesh: int) -> Chi:
    """Return chi0 of the heavy band with a d-wave gap near Q; ``shift`` is mu/t."""
    bands = model.bands(BANDS).shifted((shift - SHIFT) * HOPPING)
    state = solve.given_gap(model.Superconductor(bands, model.d_wave(GAP)), COLD)
    q = np.array([along(offset) for offset in OFFSETS])
    return susceptibility(state, q, np.linspace(0.30, 0.80, 51), broadening=ETA, mesh=(mesh, mesh, 1))


def exciton(shape: object, mesh: int, shift: float = SHIFT) -> Exciton:
    """Return the exciton whose interaction, of the given shape, is fitted to 0.60 meV at Q; ``shift`` is mu/t."""
    bubble = heavy_bubble(shift, mesh)
    limit = response.critical_interaction(bubble, shape)
    target = PUBLISHED["energy"].value
    share = brentq(lambda f: peaks(bubble, shape, f * limit)[0] - target, 0.75, 0.99, xtol=1e-5)
    return Exciton(bubble, shape, share * limit, peaks(bubble, shape, share * limit))


def peaks(bubble: Chi, shape: object, strength: float) -> np.ndarray:
    """Return the energies of the largest chi'' at each q, meV, between the points by a parabola."""
    interaction = (lambda q: strength * shape(q)) if callable(shape) else strength * shape
    chi = response.rpa(bubble, interaction).zz.imag
    energy = bubble.energy
    top = np.clip(np.argmax(chi, axis=1), 1, len(energy) - 2)
    row = np.arange(len(top))
    before, here, after = (chi[row, top + i] for i in (-1, 0, 1))
    return energy[top] + (energy[1] - energy[0]) / 2 * (before - after) / (before - 2 * here + after)


def refilled(fitted: Exciton, mesh: int) -> dict[float, np.ndarray]:
    """Return the exciton's energies when the band is filled differently and the interaction is kept."""
    found = {SHIFT: fitted.energies}
    for shift in (SHIFT - 0.1, SHIFT + 0.1):
        bubble = heavy_bubble(shift, mesh)
        if response.critical_interaction(bubble, fitted.shape) > fitted.strength:
            found[shift] = peaks(bubble, fitted.shape, fitted.strength)
    return found


# --- claims and checks -------------------------------------------------------------------------


def magnon_claims(magnon: CriticalMagnon, doped: CriticalMagnon) -> tuple[Claim, ...]:
    """Return the claims of the paramagnon."""
    published = PUBLISHED
    relative = np.hypot(
        published["energy"].error / published["energy"].value, published["g"].error / published["g"].value
    )
    field = magnon.closing_field()
    form = Kind.PHENOMENOLOGICAL
    return (
        Claim(
            "energy at (1/2, 1/2, 1/2)",
            float(magnon.resonance(Q)),
            0.0,
            published["energy"],
            Kind.FITTED,
            fitted="inertia W",
        ),
        Claim(
            "field that closes the lower mode",
            field,
            float(relative * field),
            published["closing_field"],
            Kind.PREDICTED,
            note="from the energy and g at low field; the same in every picture of a linear doublet",
        ),
        Claim("sign of the dispersion", float(np.sign(rise(magnon))), 0.0, published["dispersion"], form),
        Claim(
            "sign of the dispersion with the gap of 30 % Yb",
            float(np.sign(rise(doped))),
            0.0,
            published["dispersion"],
            form,
            note=f"gap edge times {YTTERBIUM}",
        ),
        Claim(
            "half width",
            half_width(magnon),
            0.0,
            published["width"],
            form,
            note="below the edge nothing damps it here; the measured width is left unexplained",
        ),
    )


def exciton_claims(excitons: dict[str, Exciton]) -> tuple[Claim, ...]:
    """Return the claims of the rival with both shapes of its interaction."""
    claims = []
    for name, found in excitons.items():
        knob = "U" if name == EXCITON else "J"
        claims.append(
            Claim(
                "energy at (1/2, 1/2, 1/2)",
                float(found.energies[0]),
                ETA / 10,
                PUBLISHED["energy"],
                Kind.FITTED,
                fitted=knob,
                rival=name,
            )
        )
        claims.append(
            Claim(
                "sign of the dispersion",
                float(np.sign(found.rise)),
                0.0,
                PUBLISHED["dispersion"],
                Kind.PREDICTED,
                rival=name,
                note="illustrative band"
                + ("" if name == EXCITON else "; of the other sign at another filling: it decides nothing"),
            )
        )
    return tuple(claims)


def checks(magnon: CriticalMagnon) -> tuple[Check, ...]:
    """Check that the mode is a pole, that the gap keeps the first moment, and that it empties low energies."""
    w = np.linspace(0.0, 80.0, 400001)
    rise_above = 2e-3
    # w^3 chi'' tends to a constant, so that the tail beyond the last point is w^2 chi'' there.
    lines = [m.susceptibility(Q, w + 1j * rise_above).imag for m in (magnon, magnon.at_gap(0.0))]
    moments = [np.trapezoid(w * line, w) + w[-1] ** 2 * line[-1] for line in lines]
    low = magnon.susceptibility(Q, np.array([0.3]))[0].imag
    pole = 1 / magnon.susceptibility(Q, np.array([0.60 + 1e-9j]))[0]
    ratio = PUBLISHED["energy"].value / (K_B * PUBLISHED["tc"].value)
    return (
        Check("inverse susceptibility at the mode", abs(pole), 1e-6),
        Check(
            "first moment of chi'', superconducting over normal, less 1", moments[0] / moments[1] - 1, 0.01
        ),
        Check("chi'' at 0.3 meV in the superconductor", float(low), 1e-12),
        Check("energy over kTc, from 3.0", ratio - 3.0, 0.16),
    )


# --- figures and tables ------------------------------------------------------------------------


def dispersion_figure(magnon: CriticalMagnon, doped: CriticalMagnon, excitons: dict[str, Exciton]) -> Figure:
    """Return the dispersions."""
    x = np.linspace(0, OFFSETS[-1], 51)
    q = np.array([along(v) for v in x])
    return Figure(
        "The magnon rises; the exciton of one repulsion falls",
        "1/2 - h along (h, 1/2, 1/2) (r.l.u.)",
        "energy (meV)",
        (
            Curve(x, magnon.resonance(q), "undamped magnon, x = 0 and 0.05"),
            Curve(x, doped.resonance(q), f"undamped magnon, gap times {YTTERBIUM} (x = 0.3)"),
            *(
                Curve(np.array(OFFSETS), found.energies, name, "dashed", "rival")
                for name, found in excitons.items()
            ),
            Curve(
                np.array([0.0]),
                np.array([PUBLISHED["energy"].value]),
                "measured at Q",
                "points",
                "measured",
                np.array([PUBLISHED["energy"].error]),
            ),
        ),
        caption="Both are fitted at Q. The slope of the magnon depends on the recalled correlation length; its sign "
        "does not. With an exchange J(q) the sign depends on the filling (table).",
    )


def spectrum_figure(magnon: CriticalMagnon) -> Figure:
    """Return chi'' at Q above and far below Tc."""
    w = np.linspace(0.0, 2.0, 401)
    width = PUBLISHED["width"].value
    return Figure(
        "The gap frees the magnon of its damping",
        "ω (meV)",
        "χ''(Q, ω)/χ_Q",
        (
            Curve(w, magnon.at_gap(0.0).susceptibility(Q, w).imag, "normal", "dashed"),
            Curve(w, magnon.susceptibility(Q, w + 1j * width).imag, "superconducting"),
        ),
        caption=f"The mode is shown with the measured half width, {width} meV, which the form does not give.",
    )


def temperature_figure(magnon: CriticalMagnon) -> Figure:
    """Return the mode energy and the gap edge against temperature."""
    t = np.linspace(0.02, 1.0, 60) * PUBLISHED["tc"].value
    share = gap_share(t)
    mode = np.array([float(magnon.at_gap(s).resonance(Q)) for s in share])
    return Figure(
        "The mode follows the gap and dissolves just below Tc",
        "temperature (K)",
        "energy (meV)",
        (
            Curve(t, magnon.edge * share, "gap edge", "dotted", "reference"),
            Curve(t[np.isfinite(mode)], mode[np.isfinite(mode)], "undamped magnon"),
        ),
        caption="Weak-coupling d-wave gap. There is no mode where the edge has fallen below W.",
    )


def field_figure(magnon: CriticalMagnon) -> Figure:
    """Return the doublet in a field."""
    b = np.linspace(0.0, 12.0, 49)
    pair = np.array([magnon.in_field(v).doublet(Q) for v in b])
    published = PUBLISHED["closing_field"]
    return Figure(
        "The lower mode of the doublet closes near the field of the Q phase",
        "field in the plane (T)",
        "energy (meV)",
        (
            Curve(b, pair[:, 0], "lower"),
            Curve(b, pair[:, 1], "upper"),
            Curve(
                np.array([published.value]),
                np.array([0.0]),
                "extrapolation of the data",
                "points",
                "measured",
            ),
        ),
        caption=f"E -+ gμ_B B with gμ_B = {magnon.g * MU_B:.4f} meV/T. An exciton is predicted to "
        "bend (arXiv:1208.2897).",
    )


def dispersion_table(
    magnon: CriticalMagnon, doped: CriticalMagnon, excitons: dict[str, Exciton], other: Exciton
) -> Table:
    """Return the energies away from Q in every picture."""
    q = np.array([along(v) for v in OFFSETS])
    rows = [
        ("undamped magnon", magnon.resonance(q)),
        (f"undamped magnon, gap times {YTTERBIUM}", doped.resonance(q)),
    ]
    rows += [(name, found.energies) for name, found in excitons.items()]
    rows.append((f"{EXCHANGE}, mu/t = {OTHER_SHIFT}", other.energies))
    return (
        "Energy (meV) along (1/2 - d, 1/2, 1/2)",
        ("picture", *(f"d = {v}" for v in OFFSETS)),
        tuple((name, *(f"{e:.3f}" for e in energies)) for name, energies in rows),
    )


def doping_table(magnon: CriticalMagnon, shifted: dict[float, np.ndarray]) -> Table:
    """Return what changes when the gap shrinks (magnon) or the Fermi surface moves (exciton)."""
    rows = []
    for share in (1.0, 0.85, YTTERBIUM):
        part = magnon.at_gap(share)
        rows.append(
            (f"magnon, gap times {share}", f"{float(part.resonance(Q)):.3f}", f"{1e3 * rise(part):+.1f}")
        )
    for shift, energies in sorted(shifted.items()):
        step = 1e3 * (np.interp(AWAY, OFFSETS, energies) - energies[0])
        rows.append((f"exciton, mu/t = {shift:.1f}, U kept", f"{energies[0]:.3f}", f"{step:+.1f}"))
    return (
        "Robustness",
        ("picture", "energy at Q (meV)", f"rise at d = {AWAY} (μeV)"),
        tuple(rows),
    )


TEXT = """
Paramagnon. A metal near antiferromagnetic order has chi^-1 = chi_Q^-1 [1 + xi^2 (q - Q)^2 - (w/W)^2 - i w/G]. The gap
removes the Landau damping below the lowest pair of quasiparticles that Q breaks: -i w becomes sqrt(E_c^2 - w^2), the
causal form without a step at E_c, so that no change of sign of the gap is needed. What was overdamped becomes a mode.
G is the measured relaxation rate of the normal state, E_c the measured energy over 0.64, W is fitted to 0.60 meV. The
mode rises away from Q for any xi: that is the sign of the form, not a result of it. With a smaller gap, as with
ytterbium, it comes lower and still rises. Its remaining width is not explained.

Spin exciton. A d wave on one illustrative heavy band (no published table of the bands was found), random-phase
approximation, the interaction fitted to 0.60 meV. With one repulsion the mode falls away from Q, where the gap
connected by q closes, as in published calculations; it also moves when the Fermi surface does. With an exchange
peaked at Q the fall is compensated and the sign depends on the filling of the band: the sign of the dispersion
excludes the exciton with a local repulsion, not every exciton. The continuum that an exciton may not enter remains the
sharper test.

Field. From 0.60 meV and g = 0.96 the lower mode closes at 10.8 T; the extrapolation of the data gives 11.2 T. This is
arithmetic of a linear doublet and favours neither picture.
""".strip()

CASE = Case(
    name="cecoin5-resonance",
    row=13,
    title="CeCoIn5: the spin resonance as an undamped magnon and as a spin exciton",
    engines=("model.CriticalMagnon", "response.susceptibility", "response.rpa", "solve.bcs_gap"),
    quick_seconds=3.0,
    run=run,
)
