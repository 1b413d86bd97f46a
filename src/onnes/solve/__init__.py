"""Solvers: plain functions from a model to a `State`. Never plot, print or read files."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "lattice.bdg": ("given_gap",),
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
