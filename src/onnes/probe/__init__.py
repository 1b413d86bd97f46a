"""Instruments: one function each, from a state to a labelled Dataset."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
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
        "phonons.calorimetry": ("calorimetry",),
        "phonons.magnetometry": ("critical_field",),
        "phonons.superfluid": ("superfluid",),
        "phonons.tunneling": ("tunneling",),
    },
)
