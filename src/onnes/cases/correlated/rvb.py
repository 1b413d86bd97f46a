"""Resonating valence bonds: doping turns the singlets of a Mott insulator into mobile pairs.

Anderson's proposal in three steps, each with its own check. A renormalised mean field gives the amplitudes, the two
temperatures and the stiffness; Gutzwiller projection done exactly, by Monte Carlo, tests its factors and shows
the order itself, as pair correlations at the largest distance; exact ground states of small clusters show how far
the projected d wave is from the truth. Landmarks of the cuprates stand beside it, not tuned.
"""

from pathlib import Path

import numpy as np

from onnes.cases.correlated import rvb_exact, rvb_figures, rvb_mean_field, rvb_projected
from onnes.cases.correlated.rvb_mean_field import Line
from onnes.cases.correlated.rvb_projected import Doped
from onnes.compare.claim import Claim, Kind, Published, references
from onnes.state import Check, State
from onnes.study.case import Case, CaseResult, Quality
from onnes.units import E_CHARGE, HBAR_SI, MU_0

PUBLISHED = references(Path(__file__).with_suffix(".toml"))
LAYER = 0.66e-9
"""m between layers of La2-xSrxCuO4."""
MAGNET = "antiferromagnet with d-wave pairs"
FACTOR_AT = 0.125


def run(quality: Quality) -> CaseResult:
    """Run the case."""
    effort = rvb_projected.effort_of(quality)
    line = rvb_mean_field.line(rvb_mean_field.EXCHANGE, quality)
    weaker = rvb_mean_field.line(rvb_mean_field.WEAKER, quality)
    doped, (magnet, magnet_slope) = rvb_projected.doped(effort), rvb_projected.ordered(effort)
    ten, ten_binding, ten_below = rvb_exact.ten_sites(effort)
    sixteen, sixteen_binding, below = rvb_exact.sixteen_sites(quality)
    field = (*value_error(magnet, "bond_spin_correlation"), rvb_projected.moment(magnet))
    exact = per_bond(PUBLISHED[f"heisenberg_{effort.side}"])
    return CaseResult(
        claims=(
            *mean_field_claims(line, quality),
            *landmark_claims(line, weaker),
            *half_filling_claims(doped[0], field, exact),
            *projected_claims(doped),
            sixteen_claim(sixteen[0].exact),
        ),
        checks=checks(line, doped, magnet_slope, ten, (ten_below, below)),
        figures=(
            rvb_figures.phase_diagram(line, PUBLISHED),
            rvb_figures.amplitudes(line),
            rvb_figures.far_pairs(line, doped),
            rvb_figures.pairs_over_distance(doped),
            rvb_figures.factors(doped),
            rvb_figures.currents(line, doped, [*ten, *sixteen]),
        ),
        tables=(
            rvb_figures.half_filling(
                doped[0], field, exact, -1.5 * (line.bond[0] ** 2 + line.singlet[0] ** 2)
            ),
            rvb_figures.optima(doped),
            rvb_figures.small_clusters([*ten, *sixteen], {"10 sites": ten_binding, "4 x 4": sixteen_binding}),
        ),
        parameters={
            "t-J model": "square lattice, no t'; t = 300 meV and J = 120 meV (J/t = 0.4) in the mean field, t = 1 else",
            "error of the inputs": "difference to J = 90 meV",
            "trial state": "BCS d wave, gap and chemical potential optimised, no site twice occupied",
            "clusters": f"{effort.side} x {effort.side}, antiperiodic along x; exact: 10 sites, 4 x 4, periodic",
        },
        text=TEXT,
    )


def value_error(state: State, name: str) -> tuple[float, float]:
    """Return a field with its error."""
    return float(state[name]), float(state[f"{name}_error"])


def per_bond(site: Published) -> Published:
    """Return an energy per site as one per bond of the square lattice."""
    return Published(site.value / 2, site.error / 2, "J per bond", site.source, site.status, site.note)


# --- claims ------------------------------------------------------------------------------------


def mean_field_claims(line: Line, quality: Quality) -> tuple[Claim, ...]:
    """Return the claims of the renormalised mean field that no material enters."""
    order, stiff = rvb_mean_field.powers(rvb_mean_field.EXCHANGE, quality)
    note = "read off between x = 0.002 and 0.004; error: what bends it there"
    return (
        Claim("singlet amplitude at x = 0", line.singlet[0], 1e-5, PUBLISHED["bond_amplitude"], Kind.PREDICTED),
        Claim("hopping amplitude at x = 0", line.bond[0], 1e-5, PUBLISHED["bond_amplitude"], Kind.PREDICTED),
        Claim(
            "power of x of the order parameter", order, 0.02, PUBLISHED["order_exponent"], Kind.PREDICTED, note=note
        ),
        Claim(
            "power of x of the stiffness", stiff, 0.02, PUBLISHED["stiffness_exponent"], Kind.PREDICTED, note=note
        ),
    )  # fmt: skip


def landmark_claims(line: Line, weaker: Line) -> tuple[Claim, ...]:
    """Compare with cuprates. The model has their t and J, and nothing else of them; errors are those of J alone."""
    note = "error: J = 90 meV instead of 120"

    def claim(name: str, one: float, other: float, key: str, published: Published | None = None) -> Claim:
        reference = PUBLISHED[key] if published is None else published
        return Claim(name, one, abs(one - other), reference, Kind.PHENOMENOLOGICAL, note=note)

    lines = (line, weaker)
    order = [rvb_mean_field.top(found.doping, found.order) for found in lines]
    phase = [rvb_mean_field.top(found.doping, found.phase_temperature) for found in lines]
    stiff = [float(np.interp(0.15, found.doping, found.stiffness)) for found in lines]
    return (
        claim("doping of the largest order parameter", order[0][0], order[1][0], "optimal_doping"),
        claim("doping of the highest ordering temperature", phase[0][0], phase[1][0], "optimal_doping"),
        claim("highest ordering temperature (K)", phase[0][1], phase[1][1], "highest_single_layer"),
        claim(
            "singlets form at zero doping (K)",
            line.singlet_temperature[0],
            weaker.singlet_temperature[0],
            "pseudogap_at_zero_doping",
        ),
        claim("stiffness of a layer at x = 0.15 (meV)", *stiff, "penetration_depth", measured_stiffness()),
    )


def measured_stiffness() -> Published:
    """Return J = hbar^2 d/(4 mu_0 e^2 lambda^2) of one layer from the penetration depth."""
    depth = PUBLISHED["penetration_depth"]
    value = HBAR_SI**2 * LAYER / (4 * MU_0 * E_CHARGE**3 * (depth.value * 1e-9) ** 2) * 1e3
    return Published(
        value, 2 * value * depth.error / depth.value, "meV", depth.source, depth.status, "from the penetration depth"
    )  # fmt: skip


def half_filling_claims(
    bare: Doped, field: tuple[float, float, float], exact: Published
) -> tuple[Claim, ...]:
    """Return the energies per bond of the spin model: published projection, exact, and the rival with a moment."""
    value, error = value_error(bare.projected, "bond_spin_correlation")
    size = abs(exact.value - PUBLISHED["heisenberg_site"].value / 2)
    same = f"{bare.sites} sites, as the exact value"
    return (
        Claim(
            "energy per bond of the projected d wave",
            value,
            float(np.hypot(error, size)),
            PUBLISHED["projected_d_wave"],
            Kind.PREDICTED,
            note="error: Monte Carlo, and what the exact energy changes from this cluster to the infinite one",
        ),
        Claim("energy per bond against the exact one", value, error, exact, Kind.PREDICTED, note=same),
        Claim(
            "energy per bond against the exact one",
            field[0],
            field[1],
            exact,
            Kind.PREDICTED,
            note=f"{same}; staggered moment {field[2]:.2f} of 0.5",
            rival=MAGNET,
        ),
    )


def projected_claims(doped: list[Doped]) -> tuple[Claim, ...]:
    """Return the doping of the strongest pair correlation, and the Gutzwiller factors against the projection."""
    x = np.array([d.doping for d in doped])
    far = np.array([d.far() for d in doped])
    near = doped[int(np.argmin(np.abs(x - FACTOR_AT)))]
    step = float(np.max(np.diff(x)))
    (spin, spin_error), (hop, hop_error) = near.exchange_ratio(), near.hopping_ratio()
    g_j, g_t = 4 / (1 + near.doping) ** 2, 2 * near.doping / (1 + near.doping)
    accuracy = PUBLISHED["gutzwiller_accuracy"]
    at = f"at x = {near.doping:.3f}"
    return (
        Claim(
            "doping of the strongest pair correlation far apart",
            rvb_mean_field.top(x, far[:, 0])[0],
            step / 2,
            PUBLISHED["optimal_doping"],
            Kind.PHENOMENOLOGICAL,
            note="error: half the spacing of dopings",
        ),
        Claim(
            "exchange, projection over g_J", spin / g_j, spin_error / g_j, accuracy, Kind.PREDICTED, note=at
        ),
        Claim("hopping, projection over g_t", hop / g_t, hop_error / g_t, accuracy, Kind.PREDICTED, note=at),
    )


def sixteen_claim(energy: float) -> Claim:
    """Return the exact energy of 4 x 4 at half filling, per site in J, without the term -J n n/4."""
    site = energy / 16 / rvb_projected.EXCHANGE + 2 / 4
    return Claim("exact energy per site of 4 x 4", site, 1e-8, PUBLISHED["heisenberg_4"], Kind.PREDICTED)


def checks(
    line: Line, doped: list[Doped], magnet: float, ten: list[rvb_exact.Compared], below: tuple[float, float]
) -> tuple[Check, ...]:
    """Check convergence, the bound of a trial energy, and that nothing moves without holes."""
    bound = min((row.variational - row.exact) / row.error for row in ten if np.isfinite(row.variational))
    drift = max(
        c.value for d in doped for s in (d.projected, d.bare) for c in s.report.checks if "drift" in c.name
    )
    found = [
        Check("bonds of the mean field, self-consistent", line.worst, 1e-8),
        Check("pair correlation without holes", doped[0].far()[0], 0.0),
        Check("exact pairs off the diagonal without holes", ten[0].exact_pairs, 1e-10),
        Check("exact Drude weight without holes (t)", ten[0].drude, 1e-6),
        Check(
            "slope left by the optimisations over what is allowed",
            max(magnet, *(d.slope for d in doped)),
            1.0,
        ),
        Check("drift of the ratios between inversions", drift, 1e-6),
        Check("trial energy below the exact one, standard errors", min(bound, 0.0), 4.0),
    ]
    for name, value in zip(("10 sites", "4 x 4"), below, strict=True):
        if np.isfinite(value):
            found.append(Check(f"momenta of {name} with a lower energy (t)", value, 1e-7))
    return tuple(found)


TEXT = """
The t-J model keeps electrons from sharing a site. Its renormalised mean field replaces that by two factors, g_t =
2x/(1 + x) for hopping and g_J = 4/(1 + x)^2 for exchange, and solves for hopping bonds and singlets on the square
lattice. Singlets form at a temperature of the order of J that falls with doping. Their phases order where kT is
(pi/2) times the stiffness of a layer; the stiffness counts only the holes, so that this temperature rises from zero.
The order parameter g_t Delta is a dome.

Variational Monte Carlo does the projection without approximation. The d wave's gap and chemical potential are
optimised at each doping by stochastic reconfiguration. Off-diagonal order is read off directly: a singlet is taken
from one bond and put on another as far away as the cluster allows. Without holes this is zero, identically; with
holes it does not decay with distance. A projected metal on the same sites shows by how much the levels of a finite
cluster alone add to this: up to two fifths of it on 64 sites. The energy hardly depends on the gap beyond the top of
the dome, so that the correlation there is known no better than the gap. Gutzwiller's factors come out some ten per
cent too large, both of them, so that the mean field is a fair guide, and its energy is no bound.

Exact energies say what is missing. Without holes the projected d wave lies five per cent above the exact energy of 64
sites, and a state with a staggered field between one and two: the undoped plane is an antiferromagnet and no liquid
of singlets. With two holes the exact ground state has the off-diagonal pairs of a d wave, weaker than those of the
trial state, two holes bind, and the charge moves.

Beside the cuprates the numbers are those of a theory without adjustment. The dome lies where it is seen. The
temperatures do not: phases of isolated layers should order at twice the highest measured Tc of a single layer,
singlets should form at twice the pseudogap temperature, and the stiffness at x = 0.15 is too large. Currents of the
gauge field and loops of the phase, antiferromagnetic order at small doping and stripes, all left out here, can lower
them; whether the uniform d wave or stripes are the ground state of the t-J and Hubbard models without t' is settled
by neither mean field nor this trial state, since no stripe competes in it.
""".strip()

CASE = Case(
    name="rvb",
    row=9,
    title="Resonating valence bonds: from the Mott insulator to mobile pairs",
    engines=(
        "solve.renormalised_mean_field",
        "solve.valence_bond_temperature",
        "solve.phase_ordering_temperature",
        "solve.optimise_variational",
        "solve.variational",
        "solve.exact_diagonalisation",
        "solve.momentum_energies",
        "solve.pair_density",
        "solve.charge_stiffness",
    ),
    quick_seconds=25.0,
    run=run,
)
