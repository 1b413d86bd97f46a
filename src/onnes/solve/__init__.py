"""Solvers: plain functions from a model to a `State`. Never plot, print or read files."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
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
        "phonons.kernel": ("imaginary_axis_kernel",),
        "phonons.exciton": (
            "exciton_pairing",
            "two_well_temperature",
            "logarithmic_temperature",
            "exciton_eliashberg_temperature",
            "exciton_validity",
        ),
        "hypotheses.bipolaron": (
            "condensation_temperature",
            "required_density",
            "isotope_exponent",
            "transition_heat",
            "heat_capacity_jump",
            "bipolaron_thermodynamics",
        ),
    },
)
