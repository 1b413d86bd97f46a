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
    "frame":       _q("k", "1", "frame", "number of a recorded frame"),
    "frame_time":  _q("t_k", "ps", "frame", "time of a recorded frame"),
    "vortex":      _q("v", "1", "vortex", "number of a vortex"),
    "vortex_x":    _q("x_v", "nm", "vortex", "position of a vortex along x"),
    "vortex_y":    _q("y_v", "nm", "vortex", "position of a vortex along y"),
    "vortex_winding": _q("n_v", "1", "vortex", "turns of the phase anticlockwise around a vortex; +1 holds +Φ_0"),
    "vortex_edge_distance": _q("δ_v", "nm", "vortex", "distance of a vortex from the nearest edge of film or hole"),
    "hole_winding": _q("n_h", "1", "hole", "turns of the phase around a hole: its fluxoid in Φ_0"),
    "total_winding": _q("N_v", "1", "", "turns of the phase around a film, vortices and holes together"),
    "track":       _q("j", "1", "track", "number of a vortex followed through frames"),
    "track_x":     _q("x_j", "nm", "track frame", "path of a vortex along x; NaN where it is not there"),
    "track_y":     _q("y_j", "nm", "track frame", "path of a vortex along y; NaN where it is not there"),
    "track_velocity_x": _q("v_x", "nm/ps", "track frame", "velocity of a vortex along x since the frame before"),
    "track_velocity_y": _q("v_y", "nm/ps", "track frame", "velocity of a vortex along y since the frame before"),
    "track_winding": _q("n_j", "1", "track", "winding of a vortex followed through frames"),
    "event":       _q("e", "1", "event", "number of an appearance or disappearance of a vortex"),
    "event_time":  _q("t_e", "ps", "event", "time of the frame where a vortex was first seen, or last seen"),
    "event_track": _q("j_e", "1", "event", "track that begins or ends in an event"),
    "event_kind":  _q("what", "1", "event", "entry, exit, creation, annihilation, found or lost"),
    "event_shift_x": _q("Δx_e", "nm", "event", "way along x of a vortex between its last sighting and its end, or its start and its first sighting"),
    "event_shift_y": _q("Δy_e", "nm", "event", "way along y of a vortex between its last sighting and its end, or its start and its first sighting"),
    "lag":         _q("Δt_lag", "ps", "lag", "time between two sightings"),
    "mean_square_displacement": _q("⟨Δr²⟩", "nm^2", "lag", "mean square displacement of vortices"),
    "displacement_count": _q("N_Δ", "1", "lag", "number of pairs of sightings behind a mean square displacement"),
    "hop":         _q("h_j", "1", "hop", "number of a jump between two places of rest"),
    "hop_time":    _q("t_h", "ps", "hop", "time of a jump, midway between two rests"),
    "hop_wait":    _q("t_w", "ps", "hop", "how long a vortex rested before a jump"),
    "hop_length":  _q("ℓ_h", "nm", "hop", "distance between the places of rest of a jump"),
    "hop_x":       _q("x_h", "nm", "hop", "place of rest along x before a jump"),
    "hop_y":       _q("y_h", "nm", "hop", "place of rest along y before a jump"),
    "hop_track":   _q("j_h", "1", "hop", "track that jumps"),
    "fluxoid":     _q("Φ'/Φ_0", "1", "", "fluxoid of a closed path in flux quanta"),
    "path_flux":   _q("Φ/Φ_0", "1", "", "flux through a closed path in flux quanta"),
    "path_current": _q("(Φ'-Φ)/Φ_0", "1", "", "part of a fluxoid that its current holds, in flux quanta"),
    "path_amplitude": _q("|ψ|_min", "1", "", "least modulus of the order parameter along a closed path"),
    "pair_current_x": _q("K_sx", "A/m", "film_y film_x", "sheet current of pairs along x"),
    "pair_current_y": _q("K_sy", "A/m", "film_y film_x", "sheet current of pairs along y"),
    "normal_current_x": _q("K_nx", "A/m", "film_y film_x", "sheet current of normal electrons along x"),
    "normal_current_y": _q("K_ny", "A/m", "film_y film_x", "sheet current of normal electrons along y"),
    "film_current_x": _q("K_x", "A/m", "film_y film_x", "sheet current along x in a film, pairs and normal electrons"),
    "film_current_y": _q("K_y", "A/m", "film_y film_x", "sheet current along y in a film, pairs and normal electrons"),
    "magnetic_moment": _q("m", "A m^2", "", "magnetic moment along z of the currents in a film"),
    "magnetisation": _q("M", "A/m", "", "magnetic moment along z of a film over its volume"),
    "sweep_point": _q("i_s", "1", "sweep_point", "number of a state in the order of an experiment"),
    "history_time": _q("t", "ps", "sweep_point", "time at which a magnetisation was read"),
    "history_field": _q("μ0 H", "T", "sweep_point", "applied field at which a magnetisation was read"),
    "history_moment": _q("m", "A m^2", "sweep_point", "magnetic moment along z against the history of the applied field"),
    "history_magnetisation": _q("μ0 M", "T", "sweep_point", "magnetisation against the history of the applied field"),
    "image_x":     _q("x", "nm", "image_x", "position along x of a sensor above a film"),
    "image_y":     _q("y", "nm", "image_y", "position along y of a sensor above a film"),
    "image_field": _q("B_z", "T", "image_y image_x", "field along z of a film's currents, averaged over the sensor"),
    "energy_map":  _q("e", "J/m^2", "film_y film_x", "free energy of a film for each area"),
    "film_energy": _q("F", "J", "", "free energy of a film without that of the field"),
    "joule_map":   _q("p_J", "W/m^2", "film_y film_x", "heat of the normal current for each area of a film"),
    "relaxation_map": _q("p_ψ", "W/m^2", "film_y film_x", "heat of the relaxing order parameter for each area of a film"),
    "contact_map": _q("p_c", "W/m^2", "film_y film_x", "heat between the last cells of a film and its contacts, for each area"),
    "dissipation_map": _q("p", "W/m^2", "film_y film_x", "heat for each area of a film"),
    "dissipated_power": _q("P_tot", "nW", "", "power turned to heat in a film at one time"),
    "mean_voltage": _q("V", "mV", "", "mean voltage between two contacts"),
    "mean_voltage_error": _q("δV", "mV", "", "one standard error of a mean voltage"),
    "mean_current": _q("I", "uA", "", "mean current into the first of two contacts"),
    "resistance":  _q("R", "ohm", "", "mean voltage over mean current"),
    "resistance_error": _q("δR", "ohm", "", "one standard error of a resistance"),
    "flow_resistivity": _q("ρ_f", "uOhm cm", "", "resistivity of a strip in which vortices flow"),
    "flow_resistivity_error": _q("δρ_f", "uOhm cm", "", "one standard error of a flux-flow resistivity"),
    "bragg_qx":    _q("q_x", "1/nm", "bragg_qx", "momentum transfer along x over ħ"),
    "bragg_qy":    _q("q_y", "1/nm", "bragg_qy", "momentum transfer along y over ħ"),
    "vortex_structure_factor": _q("S(q)", "1", "bragg_qy bragg_qx", "structure factor of vortex positions; 1 where they are random"),
    "pair_form_factor": _q("F_ψ(q)", "1", "bragg_qy bragg_qx", "Fourier transform of the pair density over the area of the film"),
    "field_form_factor": _q("F_B(q)", "T", "bragg_qy bragg_qx", "Fourier transform of the field in the plane of a film over its area"),
    "peak":        _q("G", "1", "peak", "number of a Bragg peak, shortest first"),
    "peak_qx":     _q("G_x", "1/nm", "peak", "position of a Bragg peak along x"),
    "peak_qy":     _q("G_y", "1/nm", "peak", "position of a Bragg peak along y"),
    "peak_height": _q("S(G)/N", "1", "peak", "height of a Bragg peak over the number of vortices; 1 in a perfect lattice"),
    "vortex_lattice_angle": _q("α", "rad", "", "angle between the two shortest vectors of a vortex lattice, at most π/2"),
    "vortex_lattice_aspect": _q("a_2/a_1", "1", "", "ratio of the two shortest vectors of a vortex lattice, at least 1"),
    "vortex_lattice_spacing": _q("a_1", "nm", "", "shortest vector of a vortex lattice"),
    "hexatic_order": _q("|Ψ_6|", "1", "", "modulus of the mean six-fold bond order of vortices; 1 in a triangular lattice"),
    "tetratic_order": _q("|Ψ_4|", "1", "", "modulus of the mean four-fold bond order of vortices; 1 in a square lattice"),
    "local_hexatic_order": _q("⟨|ψ_6|⟩", "1", "", "mean modulus of the six-fold bond order of each vortex"),
    "local_tetratic_order": _q("⟨|ψ_4|⟩", "1", "", "mean modulus of the four-fold bond order of each vortex"),
    "bulk_induction": _q("B_z", "T", "film_y film_x", "induction along z in a long body at the corner of a cell towards larger x and y"),
    "mean_induction": _q("<B>", "T", "sample_time", "induction along z averaged over a long body and its holes"),
    "bulk_magnetisation": _q("M", "A/m", "sample_time", "magnetisation along z of a bulk body, mean induction less the applied field over μ0"),
    "gibbs_energy": _q("G", "1", "sample_time", "Gibbs energy of a bulk body over B_c²/μ0 times its volume, holes included"),
    "bulk_dissipation": _q("p", "W/m^3", "sample_time", "power turned to heat for each volume of a bulk body"),
    "box_x":       _q("x", "nm", "box_x", "position along x in a box"),
    "box_y":       _q("y", "nm", "box_y", "position along y in a box"),
    "box_z":       _q("z", "nm", "box_z", "position along z in a box"),
    "box_axis":    _q("i", "1", "box_axis", "Cartesian component x y z from 0, of a link or a field"),
    "box_order_parameter": _q("ψ", "1", "box_z box_y box_x", "order parameter in a box over its value in the bulk without field"),
    "box_links":   _q("θ_i", "1", "box_axis box_z box_y box_x", "(2π/Φ_0) ∫A·dl from a cell of a box to the next along each axis"),
    "box_induction": _q("B_i", "T", "box_axis box_z box_y box_x", "induction through the loop of four cells across each axis, named by the lowest"),
    "box_strength": _q("ε", "1", "box_z box_y box_x", "local strength of the condensate in a box"),
    "box_applied_field": _q("B_a", "T", "sample_time box_axis", "applied field on a box"),
    "box_mean_induction": _q("<B>", "T", "sample_time box_axis", "induction averaged over a box"),
    "mode_wavenumber": _q("k", "1/nm", "mode_wavenumber", "wavenumber of a disturbance"),
    "field_rate":  _q("Γ_B", "1/ps", "mode_wavenumber", "relaxation rate of a transverse field in the uniform condensate"),
    "amplitude_rate": _q("Γ_f", "1/ps", "mode_wavenumber", "relaxation rate of the modulus of the order parameter in the uniform condensate"),
    "charge_rate": _q("Γ_E", "1/ps", "mode_wavenumber", "relaxation rate of a longitudinal electric field in the uniform condensate"),
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
    "stream_function": _q("g", "uA", "film_y film_x", "stream function of the sheet current at the upper right corner of each cell"),
    "sheet_current_x": _q("K_x", "A/m", "film_y film_x", "sheet current through the face of each cell towards larger x, over its whole length"),
    "sheet_current_y": _q("K_y", "A/m", "film_y film_x", "sheet current through the face of each cell towards larger y, over its whole length"),
    "normal_field": _q("B_z", "T", "film_y film_x", "magnetic field normal to a film, mean around the upper right corner of each cell"),
    "hole":        _q("h", "1", "hole", "number of a hole, in the order of the film's shape"),
    "hole_fluxoid": _q("Φ'/Φ_0", "1", "hole", "flux through a loop around a hole and its kinetic part, in flux quanta"),
    "hole_flux":   _q("Φ/Φ_0", "1", "hole", "magnetic flux through the loop of links around a hole, in flux quanta"),
    "hole_current": _q("I_h", "uA", "hole", "current that circulates anticlockwise around a hole"),
    "critical_wavenumber": _q("k_c", "1/nm", "", "wavenumber along a surface at which its Meissner state gives way"),
    # --- thin wires and rings ----------------------------------------------------------------
    "thread_x":    _q("s", "nm", "thread_x", "position along a thin wire or ring"),
    "thread_order_parameter": _q("ψ", "1", "thread_x", "order parameter along a thin wire or ring, over its bulk value"),
    "thread_link": _q("θ", "1", "thread_x", "(2π/Φ_0) ∫A·dl from a site of a thin wire to the next; 0 after the last"),
    "thread_strength": _q("ε", "1", "thread_x", "local strength of the condensate along a thin wire"),
    "thread_current": _q("I", "uA", "sample_time", "current through a thin wire or around a ring"),
    "thread_voltage": _q("V", "mV", "sample_time", "voltage along a thin wire, or electromotive force around a ring, mean since the sample before"),
    "thread_energy": _q("F", "meV", "sample_time", "free energy of the order parameter of a thin wire"),
    "electric_field": _q("|E|", "mV/nm", "sample_time", "largest electric field along a thin wire"),
    "least_amplitude": _q("min |ψ|", "1", "sample_time", "least amplitude of the order parameter along a thin wire"),
    "ring_flux":   _q("Φ/Φ_0", "1", "sample_time", "total flux through a ring in flux quanta"),
    "slip_count":  _q("N", "1", "sample_time", "turns by which the phase along a wire has slipped, with their sign"),
    "slip":        _q("k", "1", "slip", "number of a phase slip"),
    "slip_time":   _q("t_k", "ps", "slip", "time of a phase slip"),
    "slip_position": _q("s_k", "nm", "slip", "place of a phase slip along a wire"),
    "slip_turns":  _q("ΔN_k", "1", "slip", "turns that the phase gained in a slip"),
    "stationary_energy": _q("F", "meV", "", "free energy of a stationary state of a thin ring"),
    "softest_mode": _q("min λ", "1", "", "least second derivative of the free energy of a thin ring, in E_0 for each ξ"),
    "barrier_energy": _q("ΔF", "meV", "", "free energy of a saddle above the state before a phase slip"),
    "saddle_rate": _q("κ", "1/ps", "", "rate at which a saddle of the free energy falls apart"),
    "slip_attempt": _q("Ω", "meV^1/2/ps", "", "rate of phase slips times √kT exp(ΔF/kT)"),
    "flux":        _q("Φ_a/Φ_0", "1", "flux", "applied flux through a ring in flux quanta"),
    "winding":     _q("n", "1", "winding", "turns of the phase around a ring"),
    "fluxoid_current": _q("I", "uA", "winding flux", "current around a ring in each fluxoid state"),
    "fluxoid_energy": _q("F", "meV", "winding flux", "free energy of a ring and its field in each fluxoid state"),
    "fluxoid_flux": _q("Φ/Φ_0", "1", "winding flux", "total flux through a ring in each fluxoid state, in flux quanta"),
    "ring_transition": _q("Tc(Φ)", "K", "flux", "transition temperature of a ring in a flux"),
    "nucleated_winding": _q("n", "1", "flux", "turns of the phase with which a ring becomes superconducting"),
    "ring_resistance": _q("δR", "Ohm", "flux", "resistance of a ring in the middle of its transition over that without flux"),
    "equilibrium_current": _q("I", "uA", "flux", "current around a ring in its state of lowest free energy"),
    "equilibrium_winding": _q("n", "1", "flux", "turns of the phase in the state of lowest free energy of a ring"),
    "branch":      _q("k", "1", "branch", "number of a point on a branch of states"),
    "branch_current": _q("I", "uA", "branch", "current through a thin wire along its branch of stationary states"),
    "branch_amplitude": _q("min |ψ|", "1", "branch", "least amplitude along a thin wire on its branch of stationary states"),
    "depairing_current": _q("I_c", "uA", "", "largest stationary current of a thin wire"),
    "mean_voltage": _q("⟨V⟩", "mV", "", "mean voltage along a thin wire"),
    "mean_voltage_error": _q("δ⟨V⟩", "mV", "", "one standard error of the mean voltage along a thin wire"),
    "slip_voltage": _q("Φ_0 dN/dt", "mV", "", "voltage that the phase slips of a thin wire account for"),
    "thread_amplitude": _q("|ψ|", "1", "thread_x", "amplitude along a thin wire at its largest stationary current"),
    "candidate":   _q("i", "1", "candidate", "number of a start from which a minimum was sought"),
    "candidate_energy": _q("F_i/F_0", "1", "candidate", "free energy of each minimum found over (B_c²/μ0) d times the area of the film"),
    "candidate_vortices": _q("N_i", "1", "candidate", "sum of the windings of each minimum found"),
    "candidate_residual": _q("|δF/δψ*|", "1", "candidate", "largest gradient of the energy left in each minimum found"),
    "cell_u":      _q("u", "1", "cell_u", "position in a cell of a vortex lattice along its first vector, from 0 to 1"),
    "cell_v":      _q("v", "1", "cell_v", "position in a cell of a vortex lattice along its second vector, from 0 to 1"),
    "cell_order_parameter": _q("ψ(u,v)", "1", "cell_v cell_u", "order parameter in a cell of a vortex lattice over its value without field"),
    "cell_induction": _q("B(u,v)", "T", "cell_v cell_u", "induction in a cell of a vortex lattice"),
    "lattice_energy": _q("F/V", "J/m^3", "", "free energy density of a vortex lattice and its field over that of the normal metal without field"),
    "equilibrium_field": _q("μ0 H", "T", "", "field in equilibrium with the mean induction of a vortex lattice"),
    "lattice_magnetisation": _q("μ0 M", "T", "", "mean induction of a vortex lattice minus the field in equilibrium with it"),
    "abrikosov_ratio": _q("β_A", "1", "", "mean of |ψ|⁴ over the square of the mean of |ψ|²"),
    "lattice_vector": _q("i", "1", "lattice_vector", "number of a vector that spans a vortex lattice"),
    "plane_axis":  _q("α", "1", "plane_axis", "axis of the plane across the field: e1, e2"),
    "lattice_vectors": _q("a_i", "nm", "lattice_vector plane_axis", "vectors that span a vortex lattice, along e1 and e2"),
    "lattice_apex": _q("β", "deg", "", "angle between the two equal sides of the triangle of a vortex lattice: 60 triangular, 90 square"),
    "lattice_inequality": _q("δ", "1", "", "relative difference of the two most nearly equal sides of the triangle of a vortex lattice"),
    "lattice_orientation": _q("φ_nn", "deg", "", "direction of the nearest neighbours of a vortex lattice, from e1"),
    "lattice_base": _q("φ_b", "deg", "", "direction of the side opposite to the apex of a vortex lattice, from e1"),
    "bragg_spot":  _q("h", "1", "bragg_spot", "number of a Bragg spot of a vortex lattice, the innermost first"),
    "spot_vectors": _q("G_h", "1/nm", "bragg_spot plane_axis", "wavevectors of the Bragg spots of a vortex lattice, along e1 and e2"),
    "spot_induction": _q("B_G", "T", "bragg_spot", "form factor of the Bragg spots of a vortex lattice"),
    "landau_level": _q("n", "1", "landau_level", "Landau level of the order parameter, from 0"),
    "level_weights": _q("|c_n|²", "1", "landau_level", "share of each Landau level in <|ψ|²>"),
    "induction":   _q("B", "T", "induction", "mean induction in a long cylinder along the field"),
    "curve_field": _q("μ0 H", "T", "induction", "field in equilibrium with each induction"),
    "curve_magnetisation": _q("μ0 M", "T", "induction", "equilibrium magnetisation, induction minus field"),
    "lower_critical_field": _q("μ0 Hc1", "T", "", "field at which the first vortex lowers the energy"),
    # --- levitation (laboratory size: mm, s) ---------------------------------------------------
    "travel":      _q("n", "1", "travel", "point on the travel of a magnet, counted from 0"),
    "magnet_height": _q("h", "mm", "travel", "height of a magnet above the top of a superconductor"),
    "travel_time": _q("t", "s", "travel", "time on the travel of a magnet"),
    "levitation_force": _q("F", "N", "travel", "vertical force on a magnet, upward positive: repulsion"),
    "vertical_stiffness": _q("k_z", "N/m", "travel", "-dF/dh of a magnet against vertical displacement; positive restores"),
    "lateral_stiffness": _q("k_x", "N/m", "travel", "stiffness of a magnet against lateral displacement, in the softer direction"),
    "tilt_stiffness": _q("k_θ", "N m", "travel", "stiffness of a magnet against tilt about its centre, about the softer axis"),
    "unstable_modes": _q("n_-", "1", "travel", "displacements and tilts of a magnet, of five, that lower its energy"),
    "neutral_modes": _q("n_0", "1", "travel", "displacements and tilts of a magnet, of five, that leave its energy unchanged"),
    "interaction_energy": _q("E", "J", "travel", "energy of a magnet in the field of the screening currents it drives"),
    "induced_moment": _q("m", "A m^2", "travel", "moment of the currents in a superconductor, along z"),
    "swept_field": _q("B_a", "T", "travel", "uniform applied field along z, swept in time"),
    "current_energy": _q("W", "J", "travel", "magnetic energy of the currents in a superconductor, without the magnet"),
    "dissipated_energy": _q("Q", "J", "travel", "heat from moving flux since the beginning of a travel"),
    "external_work": _q("A", "J", "travel", "work done against the force on a magnet since the beginning of its travel"),
    "body_radius": _q("r", "mm", "body_radius", "distance from the axis of a superconducting body"),
    "body_height": _q("z", "mm", "body_height", "height in a superconducting body, its top surface at zero"),
    "azimuthal_current": _q("J_φ", "A/m^2", "body_height body_radius", "current density around the axis of a superconducting body, at the end"),
    "equilibrium": _q("n", "1", "equilibrium", "places where the force on a magnet balances its weight, counted from 0"),
    "equilibrium_height": _q("h_eq", "mm", "equilibrium", "distance of the magnet from the superconductor where the force balances its weight"),
    "equilibrium_side": _q("s", "1", "equilibrium", "+1 where the magnet floats above the superconductor, -1 where it hangs below"),
    "equilibrium_stiffness": _q("k_z", "N/m", "equilibrium", "vertical stiffness where the force balances the weight"),
    "equilibrium_stable": _q("stable", "1", "equilibrium", "1 where no displacement that was examined lowers the energy, 0 elsewhere"),
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
