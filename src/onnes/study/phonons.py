"""Configuration entries of pairing by phonons: models, solvers, instruments. One class for each ``kind``.

An entry knows how to build or call what it describes, and nothing else; its physics is checked by the
model that it builds. A new kind is one class here and one line in the tables of `onnes.study.config`.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from onnes import model, probe, solve
from onnes.model.phonons.formats import read_dos
from onnes.state import State
from onnes.study.axes import EnergyAxis, TemperatureAxis
from onnes.study.strict import Energy, EnergyOrMax, File, Strict, Temperature, told

if TYPE_CHECKING:
    import xarray as xr

# --- spectra: told apart by the key they have -------------------------------------------------------


class FileSpectrum(Strict):
    """``{file = "Nb.a2F", column = 15, unit = "meV"}``."""

    file: File
    column: int = Field(default=1, ge=1)
    unit: str | None = None
    format: str | None = None

    def build(self) -> model.Spectrum:
        return model.Spectrum.read(self.file, column=self.column, unit=self.unit, format=self.format)


class Peak(Strict):
    """One mode: Einstein, or a Lorentzian where a width is given."""

    frequency: Energy
    coupling: float
    width: Energy | None = None


class PeakSpectrum(Strict):
    """``{peaks = [{frequency = "20 meV", coupling = 0.5, width = "1 meV"}, ...]}``."""

    peaks: tuple[Peak, ...] = Field(min_length=1)

    def build(self) -> model.Spectrum:
        parts = [
            model.einstein(p.frequency, p.coupling)
            if p.width is None
            else model.lorentz(p.frequency, p.coupling, p.width)
            for p in self.peaks
        ]
        summed = parts[0]
        for part in parts[1:]:
            summed = summed + part
        return summed


class Moments(Strict):
    """Coupling and mean frequencies."""

    coupling: float
    omega_log: Energy
    omega_2: Energy


class MomentSpectrum(Strict):
    """``{moments = {coupling = 1.2, omega_log = "20 meV", omega_2 = "25 meV"}}``: two Einstein modes."""

    moments: Moments

    def build(self) -> model.Spectrum:
        return model.from_moments(self.moments.coupling, self.moments.omega_log, self.moments.omega_2)


def _shape(given: Any) -> str | None:
    keys = [key for key in ("file", "peaks", "moments") if isinstance(given, dict) and key in given]
    return f"<{keys[0]}" if len(keys) == 1 else None


SpectrumEntry = Annotated[
    Annotated[FileSpectrum, Tag("<file")]
    | Annotated[PeakSpectrum, Tag("<peaks")]
    | Annotated[MomentSpectrum, Tag("<moments")],
    Discriminator(
        _shape,
        custom_error_type="told",
        custom_error_message="{cause}; {remedy}",
        custom_error_context={
            "cause": "is not a spectrum",
            "remedy": "give one of file = ..., peaks = [...], moments = {...}",
        },
    ),
]

# --- models -----------------------------------------------------------------------------------------


def _number_or_matrix(given: Any) -> Any:
    rows = given if isinstance(given, list | tuple) else [[given]]
    if not rows or not all(
        isinstance(row, list | tuple) and row and all(map(_is_number, row)) for row in rows
    ):
        raise told("is not a number or a matrix of numbers", "write 0.12, or [[0.12, 0.0], [0.0, 0.12]]")
    if rows is not given:
        return float(given)
    return tuple(tuple(float(v) for v in row) for row in rows)


def _is_number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


_NUMBER = {"type": "number"}
_MATRIX = {"type": "array", "items": {"type": "array", "items": _NUMBER}}
NumberOrMatrix = Annotated[
    Any, BeforeValidator(_number_or_matrix), WithJsonSchema({"anyOf": [_NUMBER, _MATRIX]})
]


class MuStarEntry(Strict):
    """``{value = 0.12, cutoff = "max"}``; several bands give a matrix."""

    value: NumberOrMatrix
    cutoff: EnergyOrMax = "max"

    def build(self) -> model.MuStar:
        return model.MuStar(self.value, self.cutoff)


class DosEntry(Strict):
    """``{file = "Nb.dos"}``: the density of states of the normal metal."""

    file: File
    fermi_energy: float | None = Field(default=None, description="eV, on the scale of the file")

    def build(self) -> model.DensityOfStates:
        return read_dos(self.file, fermi_energy=self.fermi_energy)


class PhononGlueEntry(Strict):
    """One band paired by phonons."""

    kind: Literal["phonon-glue"]
    spectrum: SpectrumEntry
    mu_star: MuStarEntry
    dos: DosEntry | None = None

    def build(self) -> model.PhononGlue:
        dos = None if self.dos is None else self.dos.build()
        return model.PhononGlue(self.spectrum.build(), self.mu_star.build(), dos)


class MultibandGlueEntry(Strict):
    """Several bands paired by phonons; ``spectra`` is a square matrix of spectra."""

    kind: Literal["multiband-glue"]
    spectra: tuple[tuple[SpectrumEntry, ...], ...]
    mu_star: MuStarEntry
    dos_weights: tuple[float, ...]

    def build(self) -> model.MultibandGlue:
        spectra = tuple(tuple(entry.build() for entry in row) for row in self.spectra)
        return model.MultibandGlue(spectra, self.mu_star.build(), self.dos_weights)


class BCSEntry(Strict):
    """A weak-coupling superconductor."""

    kind: Literal["bcs"]
    critical_temperature: Temperature
    symmetry: Literal["s", "d"] = "s"
    pair_breaking: Energy = 0.0

    def build(self) -> model.BCS:
        return model.BCS(self.critical_temperature, self.symmetry).with_pair_breaking(self.pair_breaking)


# --- solvers: the kinds of model that they take, and the call ------------------------------------------

GLUES = ("phonon-glue", "multiband-glue")


class CriticalTemperatureEntry(Strict):
    """The transition temperature."""

    takes: ClassVar[tuple[str, ...]] = GLUES
    gives: ClassVar[str] = "a number"
    kind: Literal["critical-temperature"]
    cutoff: Energy | None = None
    engine: Literal["dlr", "fft"] = "dlr"

    def run(self, described: Any) -> float:
        return solve.critical_temperature(described, cutoff=self.cutoff, engine=self.engine)


class EliashbergEntry(Strict):
    """The gap and the renormalisation on the imaginary axis."""

    takes: ClassVar[tuple[str, ...]] = GLUES
    gives: ClassVar[str] = "a state"
    kind: Literal["eliashberg"]
    temperature: Temperature
    cutoff: Energy | None = None
    engine: Literal["fft", "dlr"] = "fft"

    def run(self, described: Any) -> State:
        return solve.eliashberg(described, self.temperature, cutoff=self.cutoff, engine=self.engine)


class TemperatureLadderEntry(Strict):
    """The gap and the renormalisation at several temperatures."""

    takes: ClassVar[tuple[str, ...]] = GLUES
    gives: ClassVar[str] = "states"
    kind: Literal["eliashberg-ladder"]
    temperatures: TemperatureAxis
    cutoff: Energy | None = None
    engine: Literal["fft", "dlr"] = "fft"

    def run(self, described: Any) -> tuple[State, ...]:
        kelvin = self.temperatures.array()
        return solve.temperature_ladder(described, kelvin, cutoff=self.cutoff, engine=self.engine)


class BCSSolveEntry(Strict):
    """The weak-coupling gap."""

    takes: ClassVar[tuple[str, ...]] = ("bcs",)
    gives: ClassVar[str] = "a state"
    kind: Literal["bcs"]
    temperature: Temperature

    def run(self, described: Any) -> State:
        return solve.bcs(described, self.temperature)


# --- instruments ----------------------------------------------------------------------------------------


class TunnelingEntry(Strict):
    """Differential conductance of a normal-metal/insulator/superconductor junction."""

    measures: ClassVar[tuple[str, ...]] = ("a state",)
    kind: Literal["tunneling"]
    bias: EnergyAxis
    broadening: Energy = 0.0
    lockin: Energy = 0.0
    temperature: Temperature | None = None

    def run(self, state: State) -> "xr.Dataset":
        return probe.tunneling(
            state,
            self.bias.array(),
            broadening=self.broadening,
            lockin=self.lockin,
            temperature=self.temperature,
        )
