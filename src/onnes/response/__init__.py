"""What a state does when pushed: the physics that several instruments share, computed once."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "lattice.green": ("lattice_green",),
        "lattice.contours": ("fermi_wavevectors", "contour_tip"),
        "lattice.current": (
            "SuperfluidWeight",
            "inverse_square_depth",
            "optical_conductivity",
            "static_current",
            "stiffness",
            "superfluid_weight",
        ),
        "lattice.fermi_line": ("FermiLine", "fermi_line"),
        "lattice.tmatrix": ("dirty_density_of_states", "dirty_superfluid_density"),
        "lattice.energetics": ("condensation_energy", "lattice_entropy"),
        "lattice.estimate": ("susceptibility_estimate",),
        "lattice.quasiparticles": ("quasiparticles",),
        "lattice.relaxation": ("local_spectrum", "relaxation"),
        "lattice.rpa": ("MagneticInstability", "critical_interaction", "rpa"),
        "lattice.susceptibility": ("Chi", "susceptibility"),
        "lattice.spin_correlations": (
            "magnons",
            "spin_waves",
            "spin_dissipation",
            "spin_correlations",
            "moment_reduction",
        ),
        "lattice.static": ("StaticBubble", "static_susceptibility", "stoner_factor"),
        "phonons.real_axis": ("real_axis",),
        "phonons.bcs": (
            "bcs_density_of_states",
            "bcs_entropy",
            "bcs_free_energy",
            "bcs_specific_heat",
            "bcs_superfluid_density",
            "bcs_thermodynamics",
            "yosida",
        ),
        "phonons.thermodynamics": ("free_energy", "entropy", "specific_heat", "sommerfeld"),
        "phonons.penetration": ("superfluid_density", "bare_london_depth"),
        "phonons.strong_coupling": (
            "coupling_ratio",
            "gap_ratio",
            "specific_heat_ratio",
            "condensation_ratio",
            "field_ratio",
        ),
        "phonons.proton": (
            "proton_susceptibility",
            "proton_modes",
            "stretch_spectrum",
            "harmonic_stretch_spectrum",
        ),
    },
)
