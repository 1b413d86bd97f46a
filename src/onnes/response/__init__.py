"""What a state does when pushed: the physics that several instruments share, computed once."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "phonons.bcs": (
            "bcs_density_of_states",
            "bcs_entropy",
            "bcs_free_energy",
            "bcs_specific_heat",
            "bcs_superfluid_density",
            "bcs_thermodynamics",
            "yosida",
        ),
    },
)
