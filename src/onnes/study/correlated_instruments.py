"""Configuration entries of spectra of correlated electrons: of ground states, and continued from imaginary time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from pydantic import Field

from onnes import probe, schema, solve
from onnes.state import State
from onnes.study.axes import EnergyAxis
from onnes.study.correlated import Wavevector, wavevector_number
from onnes.study.correlated_solvers import DqmcEntry, ExactDiagonalisationEntry
from onnes.study.instruments import ONE
from onnes.study.strict import Energy, Strict, told

if TYPE_CHECKING:
    import xarray as xr


class Spectrum(Strict):
    """What all spectra have: solvers that they need, checked before anything is solved."""

    measures: ClassVar[tuple[str, ...]] = ONE
    solvers: ClassVar[tuple[type[Strict], ...]] = ()

    def require(self, solver: Any, where: str) -> None:
        """Raise the error of a solver that gives nothing to this instrument."""
        if not isinstance(solver, self.solvers):
            kinds = " or ".join(get_args(one.model_fields["kind"].annotation)[0] for one in self.solvers)
            cause = f"{where}probe.kind = {self.kind!r} measures no state of {solver.kind!r}"  # type: ignore[attr-defined]
            raise told(cause, f"solve.kind = {kinds} gives one")


# --- of a ground state ---------------------------------------------------------------------------------------


class _GroundState(Spectrum):
    """Lines of half width ``broadening``, from ``steps`` of a continued fraction."""

    solvers: ClassVar[tuple[type[Strict], ...]] = (ExactDiagonalisationEntry,)
    broadening: Energy
    steps: int = Field(default=150, ge=2)
    memory: float = Field(default=6.0, gt=0, description="GB")

    def require(self, solver: Any, where: str) -> None:
        super().require(solver, where)
        if not solver.keep_wavefunction:
            raise told(
                f"[{where}probe] needs the wave function", "add keep_wavefunction = true to the solver"
            )

    def options(self) -> dict[str, Any]:
        """Return the keywords of the functions, in their units."""
        return {"broadening": self.broadening, "steps": self.steps, "memory_limit": 1e9 * self.memory}


class ElectronSpectrumEntry(_GroundState):
    """A(k, w) of up electrons of a ground state, and the part that removes one."""

    kind: Literal["electron-spectrum"]
    energy: EnergyAxis

    def run(self, state: State) -> "xr.Dataset":
        found = solve.electron_spectrum(state, self.energy.array(), **self.options())
        names = ("momentum", "wavevector", "energy", "electron_spectrum", "removal_spectrum")
        return _part("spectral function of electrons of a ground state", found, names)


class SpinSpectrumEntry(_GroundState):
    """S^zz(q, w) of a ground state."""

    kind: Literal["spin-spectrum"]
    energy_transfer: EnergyAxis

    def run(self, state: State) -> "xr.Dataset":
        found = solve.spin_spectrum(state, self.energy_transfer.array(), **self.options())
        names = ("momentum", "wavevector", "energy_transfer", "spin_spectrum_zz")
        return _part("spin structure factor of a ground state", found, names)


class OpticalConductivityEntry(_GroundState):
    """Optical conductivity of a ground state along an axis of its cluster: Drude weight, and what is not Drude."""

    kind: Literal["optical-conductivity"]
    energy: EnergyAxis
    axis: int = Field(default=0, ge=0)

    def run(self, state: State) -> "xr.Dataset":
        found = solve.optical_conductivity(state, self.energy.array(), axis=self.axis, **self.options())
        names = ("photon_energy", "optical_conductivity_regular", "diamagnetic_weight", "charge_stiffness")
        return _part("optical conductivity of a ground state", found, names)


def _part(title: str, state: State, names: Sequence[str]) -> "xr.Dataset":
    return schema.dataset(title, {name: state[name] for name in names})


# --- continued from imaginary time -----------------------------------------------------------------------------


class _Continued(Spectrum):
    """Continued by maximum entropy; ``momenta`` are numbers of wavevectors or their components, r.l.u."""

    solvers: ClassVar[tuple[type[Strict], ...]] = (DqmcEntry,)
    windows: tuple[tuple[Energy, Energy], ...] | None = Field(default=None, min_length=1)
    momenta: tuple[Wavevector, ...] | None = Field(default=None, min_length=1)
    default: Literal["flat", "gaussian"] = "flat"
    criterion: Literal["kink", "classic", "bryan"] = "kink"
    preblur: Energy = 0.0
    stride: int = Field(default=1, ge=1)

    def require(self, solver: Any, where: str) -> None:
        super().require(solver, where)
        if not solver.sampling.unequal:
            raise told(
                f"[{where}probe] continues correlations in imaginary time, and none are sampled",
                "add sampling = {unequal = 5} to the solver",
            )

    def options(self, state: State) -> dict[str, Any]:
        """Return the keywords of the functions."""
        chosen = None
        if self.momenta is not None:
            chosen = [wavevector_number(state.model.cluster, one) for one in self.momenta]
        return {
            "windows": self.windows,
            "momenta": chosen,
            "default": self.default,
            "criterion": self.criterion,
            "preblur": self.preblur,
            "stride": self.stride,
        }


class ElectronSpectralFunctionEntry(_Continued):
    """A(k, w) of one spin at a temperature."""

    kind: Literal["electron-spectral-function"]
    energy: EnergyAxis

    def run(self, state: State) -> "xr.Dataset":
        return probe.electron_spectral_function(state, self.energy.array(), **self.options(state))


class SpinStructureFactorEntry(_Continued):
    """S^zz(q, w) and the absorption of spins at a temperature."""

    kind: Literal["spin-structure-factor"]
    energy_transfer: EnergyAxis

    def run(self, state: State) -> "xr.Dataset":
        return probe.spin_structure_factor(state, self.energy_transfer.array(), **self.options(state))


class ConductivitySpectrumEntry(_Continued):
    """The conductivity at a temperature; the optical one is that of wavevector zero."""

    kind: Literal["conductivity-spectrum"]
    energy_transfer: EnergyAxis

    def require(self, solver: Any, where: str) -> None:
        super().require(solver, where)
        if not solver.sampling.unequal_bonds:
            raise told(
                f"[{where}probe] needs the currents on bonds",
                "add sampling = {unequal_bonds = true} to the solver",
            )

    def run(self, state: State) -> "xr.Dataset":
        return probe.conductivity_spectrum(state, self.energy_transfer.array(), **self.options(state))


CORRELATED_INSTRUMENTS: tuple[type[Strict], ...] = (
    ElectronSpectrumEntry,
    SpinSpectrumEntry,
    OpticalConductivityEntry,
    ElectronSpectralFunctionEntry,
    SpinStructureFactorEntry,
    ConductivitySpectrumEntry,
)
