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
        "lattice.sets.ready": ("bands", "band_names", "band_set", "BandSet"),
        "lattice.sets.checks": ("check_bands", "count_electrons", "BandCheck", "Checkpoint", "Symmetry"),
        "lattice.formats": (
            "hoppings",
            "read_hoppings",
            "read_wannier90",
            "write_hoppings",
            "write_wannier90",
        ),
        "lattice.disorder": ("Impurity", "Sample", "random_field", "random_impurities"),
        "lattice.dirty": ("DirtyDWave", "PointScatterers"),
        "lattice.attraction": ("PairingInteraction", "attraction"),
        "lattice.interaction": ("HubbardKanamori",),
        "lattice.paramagnon": ("DampedOscillator", "CriticalMagnon"),
        "lattice.spins": (
            "Bond",
            "SpinLattice",
            "heisenberg",
            "square_antiferromagnet",
            "square_to_magnetic",
            "neel",
            "la2cuo4",
        ),
        "lattice.quadrupole": ("QuadrupolePhonons", "CorrelatedBands", "d_quadrupole"),
        "lattice.pairing": ("Pairing", "Superconductor", "s_wave", "d_wave", "s_plus_minus"),
    },
)
