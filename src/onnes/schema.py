"""The table of named quantities: symbol, unit, dimensions, meaning, sign convention.

Every array that a state or a probe hands out has a name from this table, and `dataset` writes the
labels when the Dataset is born. Labels are never trusted after arithmetic (xarray keeps wrong
units through products). Floor 2; one line per quantity, grouped by subject.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes.errors import InvalidInput

if TYPE_CHECKING:
    import xarray as xr

VERSION = 1
"""Version of the file layout; raised when a stored name, unit or dimension changes meaning."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One named quantity. ``dims`` are names of coordinates, themselves quantities of this table."""

    symbol: str
    unit: str
    dims: tuple[str, ...]
    long_name: str


def _q(symbol: str, unit: str, dims: str, long_name: str) -> Quantity:
    return Quantity(symbol, unit, tuple(dims.split()), long_name)


# fmt: off
QUANTITIES: dict[str, Quantity] = {
    # --- coordinates -------------------------------------------------------------------------
    "band":        _q("i", "1", "band", "band index, from 0"),
    "component":   _q("c", "1", "component", "what one entry of a composite object belongs to"),
    "matsubara":   _q("ω_n", "meV", "matsubara", "positive fermionic Matsubara frequencies (2n+1)πkT"),
    "energy":      _q("ω", "meV", "energy", "real energy, measured from the Fermi level"),
    "frequency":   _q("Ω", "meV", "frequency", "boson energy"),
    "bias":        _q("eV", "meV", "bias", "bias energy e·V of a junction"),
    "temperature": _q("T", "K", "temperature", "temperature"),
    "pressure":    _q("P", "GPa", "pressure", "pressure"),
    "angle":       _q("φ", "rad", "angle", "polar angle on the Fermi line"),
    "iteration":   _q("k", "1", "iteration", "iteration number"),
    # --- phonon glue -------------------------------------------------------------------------
    "alpha2F":     _q("α²F", "1", "frequency", "electron-phonon spectral function α²F(Ω)"),
    "alpha2F_error": _q("δα²F", "1", "frequency", "one standard error of α²F(Ω)"),
    "alpha2F_replicas": _q("α²F", "1", "replica frequency", "α²F(Ω) found from replicas of the data with new noise"),
    "replica":     _q("r", "1", "replica", "replica number"),
    "lambda_total": _q("λ", "1", "", "electron-phonon coupling constant of one spectrum, 2∫α²F/Ω"),
    "lambda_total_error": _q("δλ", "1", "", "one standard error of λ"),
    "mu_star":     _q("μ*", "1", "", "Coulomb pseudopotential at the cutoff of the model"),
    "mu_star_error": _q("δμ*", "1", "", "one standard error of μ*"),
    "mu_star_replicas": _q("μ*", "1", "replica", "μ* found from replicas of the data with new noise"),
    "gap_matsubara": _q("Δ(iω_n)", "meV", "band matsubara", "gap function on the imaginary axis; even in ω_n; not the gap edge"),
    "Z_matsubara": _q("Z(iω_n)", "1", "band matsubara", "mass renormalisation on the imaginary axis, superconducting state"),
    "Z_normal_matsubara": _q("Z_N(iω_n)", "1", "band matsubara", "mass renormalisation on the imaginary axis, normal state"),
    "shift_matsubara": _q("χ(iω_n)", "meV", "matsubara", "even part of the self-energy (energy shift); variable density of states only"),
    "chemical_potential": _q("μ", "meV", "", "chemical potential relative to the Fermi level of the density of states"),
    "gap_real":    _q("Δ(ω)", "meV", "band energy", "complex gap function on the real axis, retarded"),
    "Z_real":      _q("Z(ω)", "1", "band energy", "complex renormalisation on the real axis, retarded"),
    "dos":         _q("N_s/N_0", "1", "band energy", "quasiparticle density of states over the normal one"),
    "gap_edge":    _q("Δ_0", "meV", "band", "gap edge: Re Δ(ω = Δ_0) = Δ_0 on the real axis"),
    "gap_amplitude": _q("Δ", "meV", "band", "order-parameter amplitude: the gap is Δ f(k), Δ its largest value on the Fermi surface"),
    "sensitivity": _q("δTc/δα²F", "K/meV", "frequency", "functional derivative of Tc with respect to α²F(Ω)"),
    # --- thermodynamics ----------------------------------------------------------------------
    "free_energy": _q("ΔF/N_0", "meV^2", "temperature", "free energy, superconducting minus normal, over the single-spin density of states"),
    "critical_field": _q("Hc/√N_0", "meV", "temperature", "thermodynamic critical field, √(-8πΔF/N_0), reduced"),
    "critical_field_tesla": _q("μ0 Hc", "T", "temperature", "thermodynamic critical field"),
    "deviation":   _q("D(t)", "1", "temperature", "deviation function Hc(T)/Hc(0) - (1 - t²)"),
    "entropy":     _q("ΔS/N_0", "meV^2/K", "temperature", "entropy, superconducting minus normal, over the single-spin density of states"),
    "specific_heat": _q("ΔC/γTc", "1", "temperature", "specific heat, superconducting minus normal, over γTc"),
    "stiffness":   _q("λ_L²(0)/λ²(T)", "1", "temperature", "superfluid density: squared London depth of the bare band at T = 0 over that at T"),
    "penetration_depth": _q("λ(T)", "nm", "temperature", "London penetration depth"),
    "isotope_density": _q("β(Ω)", "1/meV", "frequency", "differential isotope exponent: its integral is -dlnTc/dlnM"),
    "upper_critical_field": _q("μ0 Hc2", "T", "temperature", "upper critical field"),
    "gap_temperature": _q("Δ(T)", "meV", "temperature", "gap amplitude against temperature"),
    # --- instruments -------------------------------------------------------------------------
    "conductance": _q("G_s/G_n", "1", "bias", "differential conductance over its normal-state value"),
    "conductance_error": _q("δ(G_s/G_n)", "1", "bias", "one standard error of the differential conductance"),
    "conductance_fit": _q("G_s/G_n", "1", "bias", "differential conductance of the spectrum that was found"),
    # --- quantum proton ----------------------------------------------------------------------
    "level":       _q("n", "1", "level", "energy level of one bond, from 0"),
    "level_to":    _q("m", "1", "level_to", "energy level at the other end of a transition"),
    "shown_level": _q("n", "1", "shown_level", "energy level whose wavefunction is stored"),
    "position":    _q("x", "angstrom", "position", "distance of the proton from the middle of its bond"),
    "potential":   _q("V", "meV", "position", "potential of one bond, mean field included"),
    "wavefunction": _q("ψ_n", "angstrom^-1/2", "shown_level position", "wavefunction of the proton"),
    "level_energy": _q("E_n", "meV", "level", "energies of one bond in its mean field"),
    "position_element": _q("x_nm", "angstrom", "level level_to", "matrix elements of the position"),
    "off_centring": _q("⟨x⟩", "angstrom", "", "mean distance of the proton from the middle of its bond"),
    "variance":    _q("⟨δx²⟩", "angstrom^2", "", "variance of the position of the proton"),
    "bond_stiffness": _q("K", "meV/angstrom^2", "", "inverse susceptibility of one bond"),
    "bond_free_energy": _q("F", "meV", "", "variational free energy of one bond"),
    "susceptibility": _q("χ", "angstrom^2/meV", "pressure", "static susceptibility of one hydrogen bond"),
    "mode_energy": _q("ħω", "meV", "pressure", "energy of the hydrogen bond-stretching mode"),
    "critical_temperature": _q("Tc", "K", "pressure", "superconducting transition temperature"),
    "coupling":    _q("λ", "1", "pressure", "electron-phonon coupling constant"),
    # --- bipolaron gas (contested hypothesis) ------------------------------------------------
    "condensate_fraction": _q("N_0/N", "1", "temperature", "fraction of pairs in the condensate"),
    "pair_energy": _q("e", "meV", "temperature", "energy per pair, measured from the ground state of a pair"),
    "pair_heat_capacity": _q("c/k", "1", "temperature", "heat capacity per pair at constant density, over the Boltzmann constant"),
}
# fmt: on


def dataset(title: str, arrays: Mapping[str, Any], **attrs: Any) -> "xr.Dataset":
    """Build a labelled `xarray.Dataset` from named arrays.

    Parameters
    ----------
    title : one line that says what the data are.
    arrays : name -> array with the dimensions that the table states, or name -> (dims, array)
        where a sweep adds dimensions. Names that are their own dimension become coordinates.
    attrs : provenance written on the Dataset.

    Raises
    ------
    InvalidInput : a name outside the table, or a shape that does not fit its dimensions.
    """
    import xarray as xr

    variables, coords = {}, {}
    for name, given in arrays.items():
        quantity = lookup(name)
        dims, values = given if isinstance(given, tuple) else (quantity.dims, given)
        values = np.asarray(values)
        if values.ndim != len(dims):
            raise InvalidInput(
                f"{name} has shape {values.shape}", f"it must have the dimensions {tuple(dims)}"
            )
        labels = {"units": quantity.unit, "long_name": quantity.long_name, "symbol": quantity.symbol}
        (coords if tuple(dims) == (name,) else variables)[name] = (tuple(dims), values, labels)
    try:
        return xr.Dataset(variables, coords, {"title": title, "onnes_schema": VERSION, **attrs})
    except ValueError as error:
        raise InvalidInput(
            f"arrays of {title!r} do not fit together ({error})", "give arrays of matching length"
        ) from None


def lookup(name: str) -> Quantity:
    """Return the table's entry for ``name``; raise `InvalidInput` with the nearest names."""
    if name not in QUANTITIES:
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(name, QUANTITIES, 3)) or "a name of onnes.schema.QUANTITIES"
        raise InvalidInput(f"{name!r} is not a named quantity", f"did you mean {near}")
    return QUANTITIES[name]
