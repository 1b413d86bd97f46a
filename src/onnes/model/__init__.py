"""What nature is: immutable descriptions of physics. No grid, no tolerance, no solver."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "phonons.spectrum": ("Spectrum",),
        "phonons.peaks": ("einstein", "lorentz", "debye", "from_peaks", "from_moments"),
        "phonons.bcs": ("BCS", "PairBreaking", "SquareWell"),
        "phonons.glue": ("MuStar", "DensityOfStates", "PhononGlue", "MultibandGlue"),
        "phonons.exciton": ("ExcitonMetal", "Filament"),
        "hypotheses.bipolaron": ("BipolaronGas",),
    },
)
