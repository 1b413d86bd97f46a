"""A d-wave superconductor with point impurities: what its superfluid and its density of states depend on."""

from dataclasses import dataclass, replace
from math import isfinite

from onnes.errors import InvalidModel
from onnes.model.lattice.tightbinding import TightBinding


@dataclass(frozen=True, slots=True)
class PointScatterers:
    """Isotropic non-magnetic impurities of any strength.

    Parameters
    ----------
    rate : Gamma = hbar/2 tau of the normal metal, meV, >= 0: the half width of its spectral function.
        An impurity density n gives n pi N V^2 in the Born limit, n/(pi N) in the unitary one.
    cotangent : c = cot(delta_0) of the scattering phase shift: infinite for weak (Born) scatterers, 0 for
        the strongest (unitary) ones.
    """

    rate: float
    cotangent: float = float("inf")

    def __post_init__(self) -> None:
        if not (isfinite(self.rate) and self.rate >= 0):
            raise InvalidModel("scattering rate", self.rate, "finite and not negative", "meV")
        if not self.cotangent >= 0:
            raise InvalidModel("cotangent", self.cotangent, "0 (unitary) to infinity (Born)")


@dataclass(frozen=True, slots=True, eq=False)
class DirtyDWave:
    """A weak-coupling d wave, Delta (cos kx - cos ky) on the Fermi line of bands or Delta cos 2 phi on a circle.

    Parameters
    ----------
    critical_temperature : K, Tc of the clean metal.
    scatterers : impurities.
    bands : one orbital on a square lattice; None for a circular Fermi line with one velocity.
    """

    critical_temperature: float
    scatterers: PointScatterers
    bands: TightBinding | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.critical_temperature) and self.critical_temperature > 0):
            raise InvalidModel("critical_temperature", self.critical_temperature, "positive and finite", "K")
        if self.bands is not None and self.bands.n_orbitals != 1:
            raise InvalidModel("bands", f"{self.bands.n_orbitals} orbitals", "one orbital")

    def with_rate(self, rate: float) -> "DirtyDWave":
        """Return the same metal with another scattering rate (meV)."""
        return replace(self, scatterers=replace(self.scatterers, rate=rate))
