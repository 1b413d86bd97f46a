"""Instruments: one function each, from a state to a labelled Dataset."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "condensate.levitation_gauge": ("force", "stiffness", "equilibrium_height"),
        "condensate.vortex_positions": ("vortices",),
        "condensate.recorded": ("frames", "Frames"),
        "condensate.tracking": ("tracks", "mean_square_displacement", "hops", "josephson_voltage"),
        "condensate.fluxoids": ("film_fluxoid",),
        "condensate.magnetometry": ("sheet_current", "magnetic_moment", "magnetisation_history"),
        "condensate.images": ("field_image", "energy_map", "dissipation_map"),
        "condensate.transport": ("voltage", "resistance", "flow_resistivity"),
        "condensate.diffraction": ("bragg", "form_factor"),
        "correlated.spectra": (
            "electron_spectral_function",
            "spin_structure_factor",
            "conductivity_spectrum",
        ),
        "lattice.calorimetry": ("lattice_calorimetry", "field_angle_calorimetry", "dirty_calorimetry"),
        "lattice.formfactor": ("magnetic_form_factor",),
        "lattice.neutron": ("neutron", "neutron_map"),
        "lattice.powder": ("neutron_powder",),
        "lattice.resolution": ("MomentumResolution",),
        "lattice.nmr": ("nmr",),
        "lattice.knight": ("knight_shift",),
        "lattice.stm": ("Tip", "ldos", "setpoint", "qpi", "octet", "interference_peak"),
        "lattice.smearing": ("conductance_map",),
        "lattice.photoemission": (
            "photoemission",
            "fermi_surface_map",
            "symmetrised",
            "energy_distribution",
            "momentum_distribution",
        ),
        "lattice.rixs": ("rixs", "RixsGeometry"),
        "lattice.penetration": ("bkt_temperature", "lattice_superfluid"),
        "condensate.ring_probes": (
            "fluxoid",
            "little_parks_resistance",
            "phase_slips",
            "ring_current",
            "thread_voltage",
        ),
        "phonons.calorimetry": ("calorimetry",),
        "phonons.magnetometry": ("critical_field",),
        "phonons.superfluid": ("superfluid",),
        "phonons.tunneling": ("tunneling",),
    },
)
