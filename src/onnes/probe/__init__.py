"""Instruments: one function each, from a state to a labelled Dataset."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "lattice.formfactor": ("magnetic_form_factor",),
        "lattice.neutron": ("neutron", "neutron_map"),
        "lattice.nmr": ("nmr",),
        "lattice.stm": ("Tip", "ldos", "setpoint", "qpi", "octet", "interference_peak"),
        "lattice.photoemission": ("photoemission", "fermi_surface_map", "symmetrised"),
        "lattice.rixs": ("rixs", "RixsGeometry"),
        "lattice.penetration": ("bkt_temperature", "lattice_superfluid"),
        "phonons.calorimetry": ("calorimetry",),
        "phonons.magnetometry": ("critical_field",),
        "phonons.superfluid": ("superfluid",),
        "phonons.tunneling": ("tunneling",),
    },
)
