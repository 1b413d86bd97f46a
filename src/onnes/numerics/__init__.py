"""Array kernels with no physics in their names."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    submodules=("continuation", "dlr", "fixedpoint", "linalg", "matsubara", "piecewise", "statistics"),
)
