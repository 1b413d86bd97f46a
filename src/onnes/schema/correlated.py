"""Correlated electrons on finite clusters: energies, correlations, spectra, thermodynamics."""

from onnes.schema.quantity import Quantity, quantity

# fmt: off
TABLE: dict[str, Quantity] = {
    "cluster_site": quantity("i", "1", "cluster_site", "site of a finite cluster, from 0"),
    "cluster_site_to": quantity("j", "1", "cluster_site_to", "second site of a correlation, from 0"),
    "configuration_up": quantity("I", "1", "configuration_up", "sites of the up electrons as bits, site 0 the lowest"),
    "configuration_down": quantity("J", "1", "configuration_down", "sites of the down electrons as bits, site 0 the lowest"),
    "many_body_amplitudes": quantity("ψ(I,J)", "1", "configuration_up configuration_down", "amplitudes in the order c†_up(i<j<...) c†_dn(i<j<...) |0>, normalised"),
    "many_body_energy": quantity("E_0", "meV", "", "ground state energy of the sector, interaction about half filling, chemical potential included"),
    "many_body_level": quantity("n", "1", "many_body_level", "number of a many-body level of a sector, from 0"),
    "many_body_levels": quantity("E_n", "meV", "many_body_level", "many-body energies of the sector in rising order"),
    "electrons_up": quantity("N_up", "1", "", "up electrons on the cluster"),
    "electrons_down": quantity("N_dn", "1", "", "down electrons on the cluster"),
    "site_occupation": quantity("⟨n_i⟩", "1", "cluster_site", "electrons on a site of a cluster, both spins"),
    "double_occupancy": quantity("⟨n_up n_dn⟩", "1", "cluster_site", "probability that a site holds two electrons"),
    "spin_correlation_zz": quantity("⟨S^z_i S^z_j⟩", "1", "cluster_site cluster_site_to", "equal-time correlation of the z components of two spins"),
    "spin_correlation": quantity("⟨S_i·S_j⟩", "1", "cluster_site cluster_site_to", "equal-time correlation of two spins, all components"),
    "charge_correlation": quantity("⟨n_i n_j⟩", "1", "cluster_site cluster_site_to", "equal-time correlation of two site occupations, mean not subtracted"),
    "total_spin_squared": quantity("⟨S²⟩", "1", "", "square of the total spin, S(S+1)"),
    "electron_spectrum": quantity("A(k,ω)", "1/meV", "momentum energy", "spectral function of up electrons, summed over the orbitals of a cell, energies from the chemical potential"),
    "removal_spectrum": quantity("A⁻(k,ω)", "1/meV", "momentum energy", "part of the spectral function that removes an up electron"),
    "spin_spectrum_zz": quantity("S^zz(q,ω)", "1/meV", "momentum energy_transfer", "dynamical structure factor of S^z per cell of a cluster, summed over the orbitals of a cell"),
    "cluster_energy": quantity("⟨H⟩", "meV", "temperature", "thermal mean of the energy of a cluster, chemical potential included"),
    "cluster_energy_error": quantity("σ(⟨H⟩)", "meV", "temperature", "standard error of the thermal mean of the energy of a cluster"),
    "cluster_heat": quantity("C/k", "1", "temperature", "heat capacity of a cluster at given chemical potential or particle number, in units of k"),
    "cluster_heat_error": quantity("σ(C)/k", "1", "temperature", "standard error of the heat capacity of a cluster, in units of k"),
    "cluster_entropy": quantity("S/k", "1", "temperature", "entropy of a cluster in units of k"),
    "cluster_entropy_error": quantity("σ(S)/k", "1", "temperature", "standard error of the entropy of a cluster, in units of k"),
    "cluster_electrons": quantity("⟨N⟩", "1", "temperature", "thermal mean of the electrons on a cluster"),
    "cluster_electrons_error": quantity("σ(⟨N⟩)", "1", "temperature", "standard error of the electrons on a cluster"),
    "mean_double_occupancy": quantity("⟨n_up n_dn⟩/N", "1", "temperature", "thermal mean of the double occupancy of a site, averaged over the cluster"),
    "mean_double_occupancy_error": quantity("σ(⟨n_up n_dn⟩/N)", "1", "temperature", "standard error of the mean double occupancy of a cluster"),
}
# fmt: on
