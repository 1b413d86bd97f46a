"""What the case of H3S is made of: calibrated bond, coupling to electrons, spectrum and Tc at a pressure."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

import onnes as on
from onnes.compare.claim import references
from onnes.model.phonons.proton import MASSES

PUBLISHED = references(Path(__file__).with_name("h3s.toml"))
CLASSICAL, ANCHORS = 175.0, {"H": 103.0, "D": 115.0}
"""Published symmetrisation pressures, GPa, that calibrate kappa(P)."""
HARMONIC_PRESSURE = 200.0
"""Where the harmonic lambda was published, GPa."""
MU_STAR = 0.16
CUTOFFS = (1.0, 10.0)
"""mu* = 0.16 at one and at ten times the highest stretching energy: the source does not say which."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """One set of inputs of the superconducting part; the spread over several is the error."""

    bond: on.model.HydrogenBond
    modes: on.model.HydrogenModes
    harmonic: on.model.Spectrum


@lru_cache(maxsize=8)
def calibrated(soft: float | None = None, method: str = "exact") -> "on.model.HydrogenBond":
    """Calibrate kappa(P); ``soft`` names the other triplet of the Hessian that the soft mode may have become."""
    lattice = on.model.h3s_lattice()
    if soft is not None:
        lattice = replace(lattice, soft_mode_anharmonic_cm=soft)
    return on.solve.calibrated_bond(lattice.quartic, lattice.coupling, CLASSICAL, ANCHORS, method=method)


def inputs(bond: "on.model.HydrogenBond", share: float = 0.225, bend: float | None = None) -> Inputs:
    """Fix eta by the harmonic lambda at 200 GPa; then replace harmonic bending by anharmonic bending."""
    lattice = on.model.h3s_lattice()
    proton = bond.proton(HARMONIC_PRESSURE)
    total = PUBLISHED["lambda_harmonic_200"].value
    per_eta = on.response.harmonic_stretch_spectrum(proton, 1.0).lambda_ + 2 / lattice.bend_stiffness
    eta = (1 - share) * total / per_eta

    def modes(stiffness: float) -> on.model.HydrogenModes:
        return on.model.HydrogenModes(
            eta, stiffness, share * total, lattice.sulphur_energies, lattice.sulphur_weight
        )

    harmonic = on.response.harmonic_stretch_spectrum(proton, eta) + modes(lattice.bend_stiffness).rest(
        proton.mass
    )
    return Inputs(bond, modes(bend or lattice.bend_stiffness_anharmonic), harmonic)


def variations() -> tuple[Inputs, ...]:
    """The inputs that could as well have been taken; their half range is the stated error."""
    bond = calibrated()
    return (
        inputs(bond, share=0.20),
        inputs(bond, share=0.25),
        inputs(bond, bend=on.model.h3s_lattice().bend_stiffness),
        inputs(calibrated(soft=752.65)),
        inputs(calibrated(method="gaussian")),
    )


@lru_cache(maxsize=256)
def anharmonic_spectrum(inputs: Inputs, pressure: float, isotope: str) -> "on.model.Spectrum":
    state = on.solve.proton(inputs.bond.proton(pressure, isotope))
    return on.response.stretch_spectrum(state, inputs.modes.hopfield) + inputs.modes.rest(MASSES[isotope])


def highest_energy(inputs: Inputs) -> float:
    state = on.solve.proton(inputs.bond.proton(HARMONIC_PRESSURE))
    return float(on.response.proton_modes(state, [-state.model.coupling])[0][0, 0])


@lru_cache(maxsize=256)
def transition(spectrum: "on.model.Spectrum", cutoff: float) -> tuple[float, float]:
    """Return Tc between the two conventions of mu*, and half their distance."""
    found = [
        on.solve.critical_temperature(on.model.PhononGlue(spectrum, on.model.MuStar(MU_STAR, c * cutoff)))
        for c in CUTOFFS
    ]
    return float(np.mean(found)), float(np.ptp(found) / 2)


def transition_curve(inputs: Inputs, sweep: np.ndarray, isotope: str, cutoff: float) -> np.ndarray:
    return np.array([transition(anharmonic_spectrum(inputs, p, isotope), cutoff) for p in sweep])
