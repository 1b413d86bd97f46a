"""Solvers: plain functions from a model to a `State`. Never plot, print or read files."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "lattice.impurity": ("impurity",),
        "lattice.realspace": ("realspace", "local_moments", "bdg_matrix", "pair_bonds"),
        "lattice.disorder": ("dirty_critical_temperature", "dirty_d_wave"),
        "lattice.bdg": ("bdg", "given_gap", "lattice_critical_temperature"),
        "lattice.spinwave": ("spinwave", "classical_order"),
        "lattice.fermi_surface": ("FermiSurface", "fermi_surface", "point_group"),
        "lattice.flex": ("flex", "eliashberg_eigenvalue"),
        "lattice.pairing": ("pairing", "gap_symmetry", "sheet_averages"),
        "lattice.pairing_impurities": (
            "ImpureTransition",
            "impure_transition",
            "impurity_scattering",
            "residual_resistivity",
            "sign_coherence",
        ),
        "phonons.inversion": ("spectrum_from_tunneling",),
        "phonons.transition": ("critical_temperature",),
        "phonons.empirical": ("mcmillan", "allen_dynes", "allen_dynes_ml"),
        "phonons.imaginary_axis": ("eliashberg",),
        "phonons.bcs": (
            "bcs",
            "bcs_critical_temperature",
            "bcs_gap",
            "critical_pair_breaking",
            "gapless_pair_breaking",
        ),
        "phonons.ladder": ("temperature_ladder",),
        "phonons.sensitivity": (
            "tc_sensitivity",
            "isotope_exponent",
            "isotope_spectrum",
            "specific_heat_jump",
        ),
        "phonons.upper_field": ("upper_critical_field",),
        "phonons.kernel": ("imaginary_axis_kernel",),
        "phonons.exciton": (
            "exciton_pairing",
            "two_well_temperature",
            "logarithmic_temperature",
            "exciton_eliashberg_temperature",
            "exciton_validity",
        ),
        "phonons.proton": ("proton", "symmetrisation_pressure", "critical_stiffness", "calibrated_bond"),
        "phonons.scha": ("scha",),
        "hypotheses.bipolaron": (
            "condensation_temperature",
            "condensation_density",
            "bipolaron_isotope_exponent",
            "bipolaron_transition_heat",
            "bipolaron_heat_jump",
            "bipolaron_thermodynamics",
        ),
    },
)
