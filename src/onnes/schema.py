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
    # --- lattice superconductors, self-consistent ---------------------------------------------
    "electrons":   _q("n", "1", "", "electrons in a cell, both spins"),
    "condensation": _q("F_s - F_n", "meV", "", "free energy of a cell, superconducting minus normal"),
    "superfluid_fraction": _q("ρ_s/ρ_00", "1", "", "superfluid density over that of the clean metal at T = 0"),
    "layer_stiffness": _q("J", "meV", "temperature", "phase stiffness of a layer, energy (J/2)(∇θ)² for each area"),
    "inverse_square_depth": _q("1/λ²", "1/um^2", "temperature", "inverse squared London penetration depth"),
    "bkt_temperature": _q("T_BKT", "K", "", "temperature where kT = (π/2) J(T) in one layer"),
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
    # --- spins ---------------------------------------------------------------------------------
    "spin_site":   _q("i", "1", "spin_site", "magnetic site of a cell, from 0"),
    "spin_axis":   _q("a", "1", "spin_axis", "Cartesian axis: x, y, z"),
    "spin_direction": _q("n_i", "1", "spin_site spin_axis", "direction of the ordered spin <S>"),
    "spin_renormalisation": _q("Z_c", "1", "", "factor of quantum fluctuations on every magnon energy; an input"),
    "spin_reduction": _q("⟨b†b⟩", "1", "spin_site", "zero-point reduction of the ordered spin at T = 0"),
    "in_plane_momentum": _q("q∥", "1/angstrom", "in_plane_momentum", "in-plane momentum given to the sample; negative at grazing exit"),
    "rixs_intensity": _q("I", "1/meV", "in_plane_momentum energy", "single-spin-flip scattering per site, polarisation factor included"),
    "spin_flip_factor": _q("|ε'*×ε|²_c", "1", "in_plane_momentum", "polarisation factor of a spin flip"),
    "spin_energy": _q("E_0", "meV", "", "classical and zero-point energy per site"),
    # --- pairing from fluctuations -----------------------------------------------------------
    "fermi_point": _q("i", "1", "fermi_point", "number of a point of the Fermi line, from 0"),
    "fermi_point_to": _q("j", "1", "fermi_point_to", "number of the point of the Fermi line that a pair is scattered from"),
    "solution":    _q("s", "1", "solution", "number of a solution, from 0, the leading one first"),
    "fermi_wavevector": _q("k_F", "r.l.u.", "fermi_point axis", "points of the Fermi line"),
    "fermi_weight": _q("w", "1/meV", "fermi_point", "share of a point in the density of states of one spin and one cell"),
    "fermi_band":  _q("n", "1", "fermi_point", "band of a point of the Fermi line, from 0, in order of energy"),
    "fermi_sheet": _q("s", "1", "fermi_point", "closed line that a point belongs to; equivalent lines share a number"),
    "pairing_vertex": _q("Γ(k,k')", "meV", "fermi_point fermi_point_to", "static pairing interaction between points of the Fermi line; repulsive where positive"),
    "pairing_eigenvalue": _q("λ_s", "1", "solution", "eigenvalue of the linearised gap equation, leading first; attractive where positive"),
    "gap_function": _q("g(k)", "1", "solution fermi_point", "solutions of the linearised gap equation, the largest modulus being 1"),
    "stoner_spin": _q("α_s", "1", "", "largest eigenvalue of U_s χ0 over the mesh; 1 is the magnetic instability"),
    "stoner_charge": _q("α_c", "1", "", "largest eigenvalue of -U_c χ0 over the mesh; 1 is the charge or orbital instability"),
    "lattice_cell": _q("j", "1", "lattice_cell", "number of a k point of a mesh, last direction fastest"),
    "matsubara_node": _q("iω_j", "meV", "matsubara_node", "sampled fermionic Matsubara frequencies, both signs"),
    "boson_node":  _q("iν_j", "meV", "boson_node", "sampled bosonic Matsubara frequencies, both signs"),
    "self_energy": _q("Σ(k,iω)", "meV", "matsubara_node lattice_cell", "self-energy without its Hartree part at the sampled Matsubara frequencies"),
    "bubble":      _q("χ0(q,iν)", "1/meV", "boson_node lattice_cell", "irreducible bubble of one spin at the sampled Matsubara frequencies"),
    "level_shift": _q("μ", "meV", "", "chemical potential relative to zero energy of the bands, Hartree shift left out"),
    # --- bipolaron gas (contested hypothesis) ------------------------------------------------
    "condensate_fraction": _q("N_0/N", "1", "temperature", "fraction of pairs in the condensate"),
    "pair_energy": _q("e", "meV", "temperature", "energy per pair, measured from the ground state of a pair"),
    "pair_heat_capacity": _q("c/k", "1", "temperature", "heat capacity per pair at constant density, over the Boltzmann constant"),
    # --- local spectroscopy of a lattice -----------------------------------------------------
    "x":           _q("x", "1", "x", "cell along the first translation"),
    "y":           _q("y", "1", "y", "cell along the second translation"),
    "axis":        _q("α", "1", "axis", "number of a translation, from 0"),
    "broadening":  _q("η", "meV", "", "imaginary part of the energy, half width of a Lorentzian"),
    "channel":     _q("c", "1", "channel", "entry (cell, component) that impurities touch"),
    "channel_to":  _q("c'", "1", "channel_to", "entry at the other side of a scattering matrix"),
    "channel_cell": _q("r_c", "1", "channel axis", "cell of a scattering channel"),
    "channel_component": _q("a_c", "1", "channel", "component of a scattering channel in (c_up, c†_dn)"),
    "tmatrix":     _q("T(ω)", "meV", "energy channel channel_to", "T-matrix of all impurities together"),
    "quasiparticle": _q("n", "1", "quasiparticle", "number of a quasiparticle state"),
    "quasiparticle_energy": _q("E_n", "meV", "quasiparticle", "energies of the Bogoliubov quasiparticles, both signs"),
    "quasiparticle_vector": _q("(u, v)_n", "1", "component quasiparticle", "Bogoliubov amplitudes: particles of every cell and orbital, then holes"),
    "bond":        _q("b", "1", "bond", "pair of entries joined by a gap function"),
    "bond_gap":    _q("Δ_b", "meV", "bond", "gap function on a bond"),
    "bond_start":  _q("i_b", "1", "bond", "particle entry (cell times orbitals + orbital) of a bond"),
    "bond_end":    _q("j_b", "1", "bond", "hole entry of a bond"),
    "sampled_entry": _q("i", "1", "sampled_entry", "particle entry, cell times orbitals + orbital, at which a density of states is known"),
    "moment":      _q("n", "1", "moment", "order of a Chebyshev polynomial"),
    "chebyshev_moments": _q("μ_n", "1", "sampled_entry moment", "Chebyshev moments of the local density of states"),
    "spectral_centre": _q("b", "meV", "", "middle of the interval that holds the spectrum"),
    "spectral_half_width": _q("a", "meV", "", "half width of the interval that holds the spectrum"),
    "ldos":        _q("ρ(r,ω)", "1/meV", "energy x y", "local density of states of one spin"),
    "ldos_entry":  _q("ρ_i(ω)", "1/meV", "energy sampled_entry", "local density of states of one spin at chosen entries"),
    "tunnelling_map": _q("g(r,ω)", "1/meV", "energy x y", "density of states over the set-point current, in units of its mean"),
    "qx":          _q("q_x", "r.l.u.", "qx", "wavevector of a modulation along the first reciprocal vector"),
    "qy":          _q("q_y", "r.l.u.", "qy", "wavevector of a modulation along the second reciprocal vector"),
    "qpi":         _q("|ρ(q,ω)|", "1/meV", "energy qx qy", "modulus of the Fourier transform of a local density of states over the sample"),
    "octet":       _q("j", "1", "octet", "number of an octet vector, q1 to q7"),
    "octet_vector": _q("q_j", "r.l.u.", "octet axis", "wavevector between the tips of contours of constant energy"),
    "octet_tip":   _q("k", "r.l.u.", "axis", "tip of a contour of constant energy, from which the octet vectors lead"),
    # --- photoemission -----------------------------------------------------------------------
    "momentum":    _q("k", "1", "momentum", "number of a wavevector"),
    "kx":          _q("k_x", "r.l.u.", "kx", "wavevector along the first reciprocal vector"),
    "ky":          _q("k_y", "r.l.u.", "ky", "wavevector along the second reciprocal vector"),
    "wavevector":  _q("k", "r.l.u.", "momentum axis", "wavevectors in units of the reciprocal vectors"),
    "photoemission_intensity": _q("I(k,ω)", "1/meV", "momentum energy", "A(k,ω) f(ω) of one spin, with the resolution of the instrument"),
    "fermi_map":   _q("I(k,ω_0)", "1", "kx ky", "photoemission intensity in a window of energy"),
    # --- neutrons and nuclear relaxation -----------------------------------------------------
    "energy_transfer": _q("ħω", "meV", "energy_transfer", "energy given to the sample"),
    "path_length": _q("s", "r.l.u.", "momentum", "length of the path up to a wavevector"),
    "spin_susceptibility": _q("χ_zz(q,ω)", "1/meV", "momentum energy_transfer", "spin susceptibility of S^z per cell"),
    "structure_factor": _q("S(Q,ω)", "1/meV", "momentum energy_transfer", "dynamical structure factor of S^z per cell, [1+n]χ''/π"),
    "neutron_intensity": _q("d²σ/dΩdE", "mbarn/meV/sr", "momentum energy_transfer", "magnetic cross-section per cell, k_f/k_i = 1"),
    "neutron_map": _q("d²σ/dΩdE", "mbarn/meV/sr", "qx qy", "magnetic cross-section per cell at one energy transfer, k_f/k_i = 1"),
    "relaxation_rate": _q("lim χ''/ω", "1/meV^2", "temperature", "local spin absorption over energy at zero energy, proportional to 1/T1T"),
    "relaxation_ratio": _q("(1/T1T)_s/(1/T1T)_n", "1", "temperature", "nuclear relaxation over that of the normal metal at the same temperature"),
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
