"""Calorimetry of lattice superconductors: entropy and specific heat, in a rotated field, and with impurities."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.attraction import PairingInteraction
from onnes.model.lattice.dirty import DirtyDWave
from onnes.response.lattice.dirty_thermodynamics import (
    dirty_entropy,
    dirty_specific_heat,
    residual_density_of_states,
)
from onnes.response.lattice.energetics import lattice_entropy
from onnes.response.lattice.quasiclassical import (
    sheet_entropy,
    sheet_specific_heat,
    sommerfeld_coefficient,
    weak_coupling_slope,
)
from onnes.response.lattice.sheets import POINTS, SLICES, FermiSheets, fermi_sheets
from onnes.response.lattice.thermodynamics import (
    MOLAR,
    GapDrift,
    gap_drift,
    lattice_model,
    lattice_specific_heat,
    proportional_drift,
)
from onnes.response.lattice.vortex import VortexField, vortex_density_of_states, vortex_specific_heat
from onnes.state import State
from onnes.units import K_B

if TYPE_CHECKING:
    import xarray as xr


def lattice_calorimetry(
    states: Sequence[State],
    *,
    mesh: Sequence[int] | None = None,
    interaction: PairingInteraction | None = None,
    fixed_filling: bool = False,
    slopes: Sequence[float] | None = None,
    points: int = POINTS,
    slices: int = SLICES,
    formula_units: float = 1.0,
) -> "xr.Dataset":
    """Return entropy and specific heat of the quasiparticles against temperature.

    Without ``mesh`` the quasiparticles are those of weak coupling around the Fermi surface
    (`onnes.response.lattice.quasiclassical`); with it they are summed over the whole zone. How the gap drifts with
    temperature comes from, in this order: ``slopes`` (a gap that is given); ``interaction`` (the self-consistent
    gap of solve.bdg, on the mesh it was solved on); the gap equation for states of solve.weak_coupling and for
    normal metals. For any other state it is not known and must be given.

    Parameters
    ----------
    states : of solve.weak_coupling, solve.bdg, solve.given_gap or of a normal metal, in any order, above T = 0.
    mesh : points along each reciprocal vector of the sum over the zone.
    interaction : the attraction that solve.bdg solved.
    fixed_filling : whether solve.bdg was given ``electrons``.
    slopes : d ln Delta/dT of each state, 1/K, in the order of the states.
    points, slices : mesh of the Fermi surface.
    formula_units : in a cell; molar quantities are for one mole of them.

    Returns
    -------
    Dataset on temperature (K, rising): cell_entropy and cell_heat (meV/K for each cell), molar_heat (mJ/mol/K) and
    heat_over_temperature C/T (mJ/mol/K^2). Attributes: ``sommerfeld`` gamma of the bands (mJ/mol/K^2) at the first
    temperature, ``gap_drift`` that says where the drift came from.

    Raises
    ------
    InvalidInput : no states, one slope too few, zero temperature, or a state whose drift is not known.
    CannotProbe : a state without lattice bands.
    """
    _require(states, formula_units)
    if slopes is not None and len(slopes) != len(states):
        raise InvalidInput(f"{len(slopes)} slopes for {len(states)} states", "give one for each state")
    temperature = np.array([float(s["temperature"][0]) for s in states])
    order = np.argsort(temperature)
    entropy, heat = np.empty(len(states)), np.empty(len(states))
    for i in order:
        slope = None if slopes is None else float(slopes[i])
        if mesh is None:
            sheets = fermi_sheets(states[i], points=points, slices=slices)
            entropy[i] = sheet_entropy(sheets, temperature[i])
            heat[i] = sheet_specific_heat(sheets, temperature[i], _slope(states[i], sheets, slope))
        else:
            drift = _drift(states[i], interaction, slope, mesh, fixed_filling, points, slices)
            shown = State(lattice_model(states[i]), states[i].method, states[i].fields, states[i].report)
            entropy[i] = lattice_entropy(shown, mesh=mesh)
            heat[i] = lattice_specific_heat(states[i], drift, mesh=mesh)
    first = states[int(order[0])]
    origin = (
        "given" if slopes is not None else "self-consistent" if interaction is not None else "weak coupling"
    )
    return schema.dataset(
        "calorimetry of lattice quasiparticles",
        {
            "temperature": temperature[order],
            "cell_entropy": entropy[order],
            "cell_heat": heat[order],
            "molar_heat": MOLAR * heat[order] / formula_units,
            "heat_over_temperature": MOLAR * (heat / temperature)[order] / formula_units,
        },
        sommerfeld=MOLAR * _gamma(first, points, slices) / formula_units,
        gap_drift=origin,
    )


def field_angle_calorimetry(
    states: Sequence[State],
    field: Sequence[float],
    angle: Sequence[float],
    *,
    anisotropy: float = 1.0,
    g_factor: float = 0.0,
    slopes: Sequence[float] | None = None,
    points: int = POINTS,
    slices: int = SLICES,
    formula_units: float = 1.0,
) -> "xr.Dataset":
    """Return the specific heat in the vortex state, the field rotated in the plane.

    Semiclassical: energies Doppler-shifted by the supercurrents of a circular vortex cell, at the gap of zero field
    (`onnes.response.lattice.vortex`, which says what is left out). It holds for H << Hc2.

    Parameters
    ----------
    states : of solve.weak_coupling or of given gaps, above T = 0.
    field : mu_0 H, T (n,).
    angle : degrees from the first axis (m,).
    anisotropy : lambda_c/lambda_ab.
    g_factor : of the Zeeman shift, 0 without (Pauli-limited metals: about 2).
    slopes, points, slices, formula_units : as for `lattice_calorimetry`.

    Returns
    -------
    Dataset: field_heat C/T (mJ/mol/K^2) on temperature, field and field_angle; vortex_dos N(E = 0)/N_0 at the
    gap of the lowest temperature on field and field_angle.

    Raises
    ------
    InvalidInput : no states, zero temperature, fields that are negative, or a state whose drift is not known.
    CannotProbe : a state without lattice bands.
    """
    _require(states, formula_units)
    temperature = np.array([float(s["temperature"][0]) for s in states])
    order = np.argsort(temperature)
    table = [[VortexField(float(h), float(a), anisotropy, g_factor) for a in angle] for h in field]
    sheets = [fermi_sheets(states[i], points=points, slices=slices) for i in order]
    heat = np.empty((len(states), len(field), len(angle)))
    for row, i in enumerate(order):
        slope = _slope(states[i], sheets[row], None if slopes is None else float(slopes[i]))
        for j, fields in enumerate(table):
            found = [vortex_specific_heat(sheets[row], f, temperature[i], slope) for f in fields]
            heat[row, j] = MOLAR * np.array(found) / temperature[i] / formula_units
    return schema.dataset(
        "specific heat in a rotated field",
        {
            "temperature": temperature[order],
            "field": np.asarray(field, float),
            "field_angle": np.asarray(angle, float),
            "field_heat": heat,
            "vortex_dos": np.array([[vortex_density_of_states(sheets[0], f) for f in row] for row in table]),
        },
        anisotropy=float(anisotropy),
        g_factor=float(g_factor),
        sommerfeld=MOLAR * sommerfeld_coefficient(sheets[0]) / formula_units,
    )


def dirty_calorimetry(states: Sequence[State], tc: float) -> "xr.Dataset":
    """Return entropy and specific heat, superconducting minus normal, of a d wave with impurities.

    Parameters
    ----------
    states : of solve.dirty_d_wave above T = 0, in any order.
    tc : K, of solve.dirty_critical_temperature.

    Returns
    -------
    Dataset on temperature (K, rising): entropy (over N(0) of one spin, meV^2/K), specific_heat (Delta C/gamma Tc),
    and residual_dos N(E = 0)/N_0, to which C/gamma T tends at low temperature.

    Raises
    ------
    InvalidInput : no states, zero temperature, or a Tc that is not positive.
    CannotProbe : other states.
    """
    _require(states, 1.0)
    if not (np.isfinite(tc) and tc > 0):
        raise InvalidInput(f"tc = {tc} K", "give that of solve.dirty_critical_temperature")
    if not all(isinstance(s.model, DirtyDWave) for s in states):
        raise CannotProbe("dirty_calorimetry", "impurities", "give states of solve.dirty_d_wave")
    rising = sorted(states, key=lambda s: float(s["temperature"][0]))
    gamma = 2 / 3 * np.pi**2 * K_B**2
    return schema.dataset(
        "calorimetry of a d wave with impurities, superconducting minus normal",
        {
            "temperature": np.array([float(s["temperature"][0]) for s in rising]),
            "entropy": np.array([dirty_entropy(s) for s in rising]),
            "specific_heat": np.array([dirty_specific_heat(s) for s in rising]) / (gamma * tc),
            "residual_dos": np.array([residual_density_of_states(s) for s in rising]),
        },
        critical_temperature=float(tc),
    )


def _require(states: Sequence[State], formula_units: float) -> None:
    if isinstance(states, State) or len(states) == 0:
        raise InvalidInput("calorimetry without a list of states", "give states, one for each temperature")
    if any("temperature" not in s or not s["temperature"][0] > 0 for s in states):
        raise InvalidInput("a state at zero temperature", "give temperatures above 0 K: C and S vanish there")
    if not (np.isfinite(formula_units) and formula_units > 0):
        raise InvalidInput(f"{formula_units} formula units in a cell", "give a positive number")


def _slope(state: State, sheets: FermiSheets, given: float | None) -> float:
    """Return d ln Delta^2/dT, 1/K."""
    if given is not None:
        return 2 * given
    if sheets.largest == 0:
        return 0.0
    if state.method != "weak coupling":
        raise InvalidInput(
            f"a {state.method} state, whose gap drifts with temperature in an unknown way",
            "give slopes= (d ln Delta/dT in 1/K), or states of solve.weak_coupling",
        )
    return weak_coupling_slope(sheets, float(state["temperature"][0]))


def _drift(
    state: State,
    interaction: PairingInteraction | None,
    given: float | None,
    mesh: Sequence[int],
    fixed_filling: bool,
    points: int,
    slices: int,
) -> GapDrift:
    if given is None and interaction is not None:
        return gap_drift(state, interaction, mesh=mesh, fixed_filling=fixed_filling)
    if given is not None or lattice_model(state).pairing.amplitude == 0:
        return proportional_drift(state, given or 0.0)
    sheets = fermi_sheets(state, points=points, slices=slices)
    return proportional_drift(state, _slope(state, sheets, None) / 2)


def _gamma(state: State, points: int, slices: int) -> float:
    return sommerfeld_coefficient(fermi_sheets(state, points=points, slices=slices))
