"""Instruments: one function each, from a state to a labelled Dataset."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "phonons.calorimetry": ("calorimetry",),
        "phonons.magnetometry": ("critical_field",),
        "phonons.superfluid": ("superfluid",),
        "phonons.tunneling": ("tunneling",),
    },
)
