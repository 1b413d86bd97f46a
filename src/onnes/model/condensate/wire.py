"""Wires and rings so thin that space is one-dimensional."""

from dataclasses import dataclass
from math import ceil, pi

import numpy as np

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.model.condensate.patterns import Pattern, evaluate
from onnes.model.condensate.schedule import Schedule
from onnes.units import K_B_SI, PHI_0

SPACING = 0.2
"""Distance of two sites in units of the coherence length where none is given."""
ENDS = ("insulated", "normal", "superconducting")
IDLE = Schedule((0.0,))
"""No drive."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What a thin wire and a thin ring share: the scales of a length xi of it, and its sites.

    With the cross-section S: currents in I_0 = J_0 S, energies in E_0 = (B_c^2/mu_0) xi S = I_0 Phi_0/4 pi.
    """

    material: GinzburgLandau
    cross_section: float

    @property
    def current(self) -> float:
        """I_0 = J_0 S in uA; the depairing current is 2/(3 sqrt3) of it."""
        return self.material.current_density * self.cross_section * 1e-18 * 1e6

    @property
    def energy(self) -> float:
        """E_0 = (B_c^2/mu_0) xi S in J."""
        xi = self.material.coherence_length * 1e-9
        return self.material.condensation_density * xi * self.cross_section * 1e-18

    def reduced_temperature(self, temperature: float) -> float:
        """Return kT/E_0 for a temperature in K."""
        return K_B_SI * temperature / self.energy


@dataclass(frozen=True, slots=True)
class ThinWire:
    r"""A straight wire thinner than xi and lambda.

    .. math:: F=\frac{B_c^2}{\mu_0}S\int[-\epsilon(x)|\psi|^2+\tfrac12|\psi|^4
              +\xi^2|(\partial_x-\tfrac{2\pi i}{\Phi_0}A)\psi|^2]dx

    Parameters
    ----------
    length : nm, along x from 0.
    cross_section : S, nm^2.
    material : its two lengths and, for dynamics, its resistivity.
    strength : epsilon(x), 1 where the wire is itself; a pattern is taken at y = 0.
    ends : "superconducting" (wide banks: |psi|^2 = epsilon there), "normal" (psi = 0, strong normal metal) or
        "insulated" (no current).

    Raises
    ------
    InvalidModel : a length or cross-section that is not positive, another word for the ends.
    """

    length: float
    cross_section: float
    material: GinzburgLandau
    strength: Pattern | float = 1.0
    ends: str = "superconducting"

    def __post_init__(self) -> None:
        _positive("ThinWire", "length", self.length, "nm")
        _positive("ThinWire", "cross_section", self.cross_section, "nm^2")
        if self.ends not in ENDS:
            raise InvalidModel("ThinWire.ends", self.ends, f"one of {', '.join(ENDS)}")

    @property
    def thread(self) -> Thread:
        """The scales of the wire."""
        return Thread(self.material, self.cross_section)

    @property
    def resistance(self) -> float:
        """Resistance in the normal state, Ohm."""
        return self.length * 1e-9 / (self.material.conductivity * self.cross_section * 1e-18)

    def sites(self, spacing: float | None = None) -> tuple[np.ndarray, float, np.ndarray]:
        """Return positions (nm), their distance h (xi) and the strength there; ``spacing`` in nm.

        Superconducting banks hold the first and the last site; otherwise the sites are the middles of cells.
        """
        count = _count(self.length, self.material.coherence_length, spacing)
        if self.ends == "superconducting":
            x = np.linspace(0.0, self.length, count + 1)
        else:
            x = (np.arange(count) + 0.5) * self.length / count
        step = self.length / count / self.material.coherence_length
        return x, step, evaluate(self.strength, x, np.zeros_like(x))


@dataclass(frozen=True, slots=True)
class ThinRing:
    r"""A round ring whose wire is thinner than xi and lambda.

    The fluxoid is quantised: with the phase turning n times,

    .. math:: n\Phi_0=\Phi_a+LI+\frac{\Phi_0}{2\pi}\oint\frac{J}{J_0\xi|\psi|^2}ds

    Parameters
    ----------
    radius : nm.
    cross_section : S, nm^2.
    material : its two lengths and, for dynamics, its resistivity.
    inductance : L in pH; None where the field of the ring's own current is negligible.
    strength : epsilon along the circumference, a pattern at (s, 0) with s in nm from 0 to 2 pi R.

    Raises
    ------
    InvalidModel : a length, cross-section or inductance that is not positive.
    """

    radius: float
    cross_section: float
    material: GinzburgLandau
    inductance: float | None = None
    strength: Pattern | float = 1.0

    def __post_init__(self) -> None:
        _positive("ThinRing", "radius", self.radius, "nm")
        _positive("ThinRing", "cross_section", self.cross_section, "nm^2")
        if self.inductance is not None:
            _positive("ThinRing", "inductance", self.inductance, "pH")

    @property
    def thread(self) -> Thread:
        """The scales of the ring's wire."""
        return Thread(self.material, self.cross_section)

    @property
    def circumference(self) -> float:
        """2 pi R, nm."""
        return 2 * pi * self.radius

    @property
    def resistance(self) -> float:
        """Resistance once around in the normal state, Ohm."""
        return self.circumference * 1e-9 / (self.material.conductivity * self.cross_section * 1e-18)

    @property
    def screening(self) -> float:
        """2 pi L I_0/Phi_0, the flux of the unit of current in Phi_0/2 pi; 0 where the inductance is negligible."""
        if self.inductance is None:
            return 0.0
        return 2 * pi * self.inductance * 1e-12 * self.thread.current * 1e-6 / PHI_0

    @property
    def kinetic_inductance(self) -> float:
        """L_k = mu_0 lambda^2 2 pi R/S in pH, at a small current and for epsilon = 1."""
        return (
            PHI_0
            * self.circumference
            / (2 * pi * self.material.coherence_length)
            / (self.thread.current * 1e-6)
            * 1e12
        )

    def sites(self, spacing: float | None = None) -> tuple[np.ndarray, float, np.ndarray]:
        """Return positions along the ring (nm), their distance h (xi) and the strength there; ``spacing`` in nm."""
        count = max(8, _count(self.circumference, self.material.coherence_length, spacing))
        x = np.arange(count) * self.circumference / count
        step = self.circumference / count / self.material.coherence_length
        return x, step, evaluate(self.strength, x, np.zeros_like(x))


@dataclass(frozen=True, slots=True)
class ThreadSetup:
    """A thin wire with a current, or a thin ring in a flux, and its thermal noise.

    Parameters
    ----------
    thread : the wire or ring.
    current : uA through a wire from its first end to its last.
    flux : applied flux through a ring, in flux quanta.
    noise : temperature (K) of the thermal noise; 0 for none.

    Raises
    ------
    InvalidModel : a current through insulated ends or a ring, a flux through a wire, a negative temperature.
    """

    thread: ThinWire | ThinRing
    current: Schedule = IDLE
    flux: Schedule = IDLE
    noise: float = 0.0

    def __post_init__(self) -> None:
        ring = isinstance(self.thread, ThinRing)
        if self.current != IDLE and (ring or self.thread.ends == "insulated"):
            raise InvalidModel(
                "ThreadSetup.current", "a current", "absent in a ring or a wire with insulated ends"
            )
        if self.flux != IDLE and not ring:
            raise InvalidModel("ThreadSetup.flux", "a flux", "absent for a wire, which encloses none")
        if not 0 <= self.noise < float("inf"):
            raise InvalidModel("ThreadSetup.noise", self.noise, "zero or positive and finite", "K")

    @property
    def events(self) -> tuple[float, ...]:
        """Times (ps) at which a slope of the drive changes."""
        return tuple(sorted({*self.current.events, *self.flux.events}))


def _count(length: float, xi: float, spacing: float | None) -> int:
    wanted = SPACING * xi if spacing is None else spacing
    if not 0 < wanted <= length / 2:
        raise InvalidInput(f"a spacing of {wanted:.4g} nm on {length:.4g} nm", "give two cells or more")
    return ceil(length / wanted - 1e-9)


def _positive(model: str, name: str, value: float, unit: str) -> None:
    if not 0 < value < float("inf"):
        raise InvalidModel(f"{model}.{name}", value, "positive and finite", unit)
