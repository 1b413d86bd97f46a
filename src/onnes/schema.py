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
    "cell_entropy": _q("S", "meV/K", "temperature", "entropy of the quasiparticles of one cell"),
    "cell_heat":   _q("C", "meV/K", "temperature", "specific heat of the quasiparticles of one cell"),
    "molar_heat":  _q("C", "mJ/mol/K", "temperature", "molar specific heat of the quasiparticles"),
    "heat_over_temperature": _q("C/T", "mJ/mol/K^2", "temperature", "molar specific heat over temperature"),
    "field":       _q("μ0 H", "T", "field", "magnetic field"),
    "field_angle": _q("φ_H", "deg", "field_angle", "direction of the field in the plane, from the first axis"),
    "field_heat":  _q("C/T", "mJ/mol/K^2", "temperature field field_angle", "molar specific heat over temperature in a field"),
    "vortex_dos":  _q("N(0)/N_0", "1", "field field_angle", "density of states at zero energy, mean of the vortex cell, over the normal one"),
    "residual_dos": _q("N(0)/N_0", "1", "temperature", "density of states that impurities leave at zero energy, over the normal one"),
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
    "orbital":     _q("a", "1", "orbital", "orbital of a cell, from 0"),
    "orbital_to":  _q("b", "1", "orbital_to", "second orbital of a matrix, from 0"),
    "orbital_pair": _q("ab", "1", "orbital_pair", "pair of orbitals a*n + b"),
    "orbital_pair_to": _q("cd", "1", "orbital_pair_to", "second pair of orbitals c*n + d of a matrix"),
    "self_energy_matrix": _q("Σ_ab(k,iω)", "meV", "matsubara_node lattice_cell orbital orbital_to", "self-energy between orbitals without its Hartree-Fock part at the sampled Matsubara frequencies"),
    "static_bubble": _q("χ0_ab,cd(q,0)", "1/meV", "lattice_cell orbital_pair orbital_pair_to", "static irreducible bubble of one spin between pairs of orbitals"),
    "gap_matrix":  _q("φ_ab(k,iω)", "1", "solution matsubara_node lattice_cell orbital orbital_to", "anomalous self-energy of each solution at the sampled Matsubara frequencies, its largest modulus being 1"),
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
    "tunnelling_conductance": _q("dI/dV", "1/meV", "bias x y", "density of states averaged over thermal and modulation windows of the bias"),
    "tunnelling_conductance_entry": _q("dI/dV", "1/meV", "bias sampled_entry", "the same at chosen entries"),
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
    "energy_distribution": _q("I(ω)", "1/meV", "energy", "photoemission intensity at one wavevector"),
    "momentum_distribution": _q("I(k)", "1/meV", "momentum", "photoemission intensity at one energy along a cut"),
    "fermi_map":   _q("I(k,ω_0)", "1", "kx ky", "photoemission intensity in a window of energy"),
    # --- neutrons and nuclear relaxation -----------------------------------------------------
    "energy_transfer": _q("ħω", "meV", "energy_transfer", "energy given to the sample"),
    "path_length": _q("s", "r.l.u.", "momentum", "length of the path up to a wavevector"),
    "spin_susceptibility": _q("χ_zz(q,ω)", "1/meV", "momentum energy_transfer", "spin susceptibility of S^z per cell"),
    "structure_factor": _q("S(Q,ω)", "1/meV", "momentum energy_transfer", "dynamical structure factor per cell, mean over the three spin components, [1+n]χ''/π"),
    "neutron_intensity": _q("d²σ/dΩdE", "mbarn/meV/sr", "momentum energy_transfer", "magnetic cross-section per cell, k_f/k_i = 1"),
    "neutron_map": _q("d²σ/dΩdE", "mbarn/meV/sr", "qx qy", "magnetic cross-section per cell at one energy transfer, k_f/k_i = 1"),
    "modulus":     _q("|Q|", "1/angstrom", "modulus", "modulus of the momentum transfer"),
    "powder_structure_factor": _q("S(|Q|,ω)", "1/meV", "modulus energy_transfer", "dynamical structure factor per cell, mean over spin components and directions of Q"),
    "powder_intensity": _q("d²σ/dΩdE", "mbarn/meV/sr", "modulus energy_transfer", "magnetic cross-section per cell, mean over directions of Q, k_f/k_i = 1"),
    "powder_directions": _q("N_Q", "1", "modulus", "number of directions of Q in a powder average"),
    "powder_change": _q("δS/S", "1", "modulus", "last relative change of a powder average as directions were added"),
    "relaxation_rate": _q("lim χ''/ω", "1/meV^2", "temperature", "local spin absorption over energy at zero energy, proportional to 1/T1T"),
    "nuclear_relaxation": _q("1/T1T", "1/s/K", "temperature", "nuclear spin-lattice relaxation rate over temperature"),
    "stoner_factor": _q("U/Uc", "1", "temperature", "largest eigenvalue of the interaction times the static bubble; 1 is the magnetic instability"),
    "relaxation_ratio": _q("(1/T1T)_s/(1/T1T)_n", "1", "temperature", "nuclear relaxation over that of the normal metal at the same temperature"),
    "spin_component": _q("i", "1", "spin_component", "Cartesian component of a spin, x y z from 0"),
    "field_component": _q("j", "1", "field_component", "Cartesian component of a field on the spins, x y z from 0"),
    "static_spin_susceptibility": _q("χ_ij", "1/meV", "temperature spin_component field_component", "static uniform susceptibility of the spin S per cell, d<S_i>/dh_j"),
    "static_spin_susceptibility_normal": _q("χ_ij,n", "1/meV", "temperature spin_component field_component", "static uniform susceptibility of the spin S per cell without a gap"),
    "knight_ratio": _q("K_s/K_n", "1", "temperature", "spin part of the Knight shift over that of the normal metal at the same temperature"),
    # --- vortex matter -----------------------------------------------------------------------
    "film_x":      _q("x", "nm", "film_x", "position along x in a film"),
    "film_y":      _q("y", "nm", "film_y", "position along y in a film"),
    "time":        _q("t", "ps", "time", "time of a state"),
    "terminal":    _q("i", "1", "terminal", "number of a contact, in the order of the film's terminals"),
    "order_parameter": _q("ψ", "1", "film_y film_x", "order parameter over its value in the bulk without field"),
    "electric_potential": _q("μ", "mV", "film_y film_x", "electric potential in the film"),
    "link_x":      _q("θ_x", "1", "film_y film_x", "(2π/Φ_0) ∫A·dl from a cell to the next along x"),
    "link_y":      _q("θ_y", "1", "film_y film_x", "(2π/Φ_0) ∫A·dl from a cell to the next along y"),
    "link_rate_x": _q("∂θ_x/∂t", "1/ps", "film_y film_x", "rate of the link phases along x"),
    "link_rate_y": _q("∂θ_y/∂t", "1/ps", "film_y film_x", "rate of the link phases along y"),
    "cell_weight": _q("w", "1", "film_y film_x", "share of a cell inside the film times its relative thickness"),
    "face_weight_x": _q("a_x", "1", "film_y film_x", "open share of a face towards larger x times relative thickness and diffusion"),
    "face_weight_y": _q("a_y", "1", "film_y film_x", "open share of a face towards larger y times relative thickness and diffusion"),
    "pair_strength": _q("ε", "1", "film_y film_x", "local strength of the condensate: 1 in the material, negative where normal"),
    "edge_loss":   _q("1/b", "1", "film_y film_x", "rate of |ψ|² lost to contacts and lossy edges of a cell, over d ξ² B_c²/μ0"),
    "sample_time": _q("t", "ps", "sample_time", "times at which a run was sampled"),
    "terminal_voltage": _q("V_i", "mV", "sample_time terminal", "mean electric potential on a contact"),
    "terminal_current": _q("I_i", "uA", "sample_time terminal", "current into the film at a contact"),
    "film_free_energy": _q("F/F_0", "1", "sample_time", "free energy of a film over (B_c²/μ0) d times its area"),
    "film_dissipation": _q("P", "nW", "sample_time", "power turned to heat in a film"),
    "step_size":   _q("Δt", "ps", "sample_time", "time step taken by the solver"),
    "applied_field": _q("B_a", "T", "sample_time", "applied field along z at the middle of a film"),
    "radius":      _q("r", "nm", "radius", "distance from the axis of a vortex"),
    "pair_amplitude": _q("f", "1", "radius", "modulus of the order parameter over its bulk value, against radius"),
    "vortex_field": _q("b(r)", "T", "radius", "magnetic field of a vortex along its axis"),
    "line_energy": _q("ε_1", "J/m", "", "energy of a vortex for each length"),
    "core_slope":  _q("c", "1", "", "leading coefficient of |ψ| at the axis of a vortex, c (r/ξ)^n"),
    "depth":       _q("x", "nm", "depth", "distance into a superconductor, across a surface or a wall"),
    "wall_amplitude": _q("f", "1", "depth", "modulus of the order parameter over its bulk value, against depth"),
    "wall_field":  _q("b(x)", "T", "depth", "magnetic field along a surface or a wall"),
    "wall_potential": _q("a", "1", "depth", "vector potential along a surface, in Φ_0/2πξ"),
    "wall_energy": _q("σ_ns", "J/m^2", "", "surface energy between normal metal and superconductor"),
    "superheating_field": _q("μ0 H_sh", "T", "", "largest field that a plane surface keeps out"),
    "critical_wavenumber": _q("k_c", "1/nm", "", "wavenumber along a surface at which its Meissner state gives way"),
    "candidate":   _q("i", "1", "candidate", "number of a start from which a minimum was sought"),
    "candidate_energy": _q("F_i/F_0", "1", "candidate", "free energy of each minimum found over (B_c²/μ0) d times the area of the film"),
    "candidate_vortices": _q("N_i", "1", "candidate", "sum of the windings of each minimum found"),
    "candidate_residual": _q("|δF/δψ*|", "1", "candidate", "largest gradient of the energy left in each minimum found"),
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
