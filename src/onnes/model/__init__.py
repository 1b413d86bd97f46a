"""What nature is: immutable descriptions of physics. No grid, no tolerance, no solver."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "phonons.spectrum": ("Spectrum",),
        "phonons.peaks": ("einstein", "lorentz", "debye", "from_peaks", "from_moments"),
        "phonons.bcs": ("BCS", "PairBreaking", "SquareWell"),
        "materials": ("Material", "Measured", "Peak", "material", "material_names"),
        "phonons.glue": ("MuStar", "DensityOfStates", "PhononGlue", "MultibandGlue"),
        "phonons.formats": ("read_dos",),
        "phonons.exciton": ("ExcitonMetal", "Filament"),
        "phonons.proton": ("Proton", "StiffnessCurve", "HydrogenBond"),
        "phonons.hydrides": ("HydrogenModes", "HydrideMoments", "published_hydrides", "h3s_lattice"),
        "hypotheses.bipolaron": ("BipolaronGas",),
        "lattice.tightbinding": ("TightBinding", "square"),
        "lattice.interaction": ("HubbardKanamori",),
        "lattice.pairing": ("Pairing", "Superconductor", "s_wave", "d_wave", "s_plus_minus"),
    },
)
