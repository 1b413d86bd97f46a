"""Configuration entries of lattice superconductors and magnets: models and solvers, one class for each ``kind``."""

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from onnes import model, solve
from onnes.errors import InvalidInput
from onnes.state import Outcome, Report, State
from onnes.study.axes import EnergyAxis, TemperatureAxis
from onnes.study.strict import Energy, File, Strict, Temperature, told

# --- bands: told apart by the key they have -----------------------------------------------------------


class _Bands(Strict):
    """What all bands have: a chemical potential raised by ``shift``, and a renormalisation ``scale``."""

    shift: Energy = 0.0
    scale: float = Field(default=1.0, gt=0)

    def _finished(self, bands: model.TightBinding) -> model.TightBinding:
        return bands.scaled(self.scale).shifted(self.shift)


class ReadyBands(_Bands):
    """``{set = "LSCO", doping = 0.15}``: a published set of `onnes.model.band_names`."""

    set: str
    doping: float | None = None

    def build(self) -> model.TightBinding:
        return self._finished(model.bands(self.set, doping=self.doping))


Triple = tuple[float, float, float]


class FileBands(_Bands):
    """``{file = "seed_hr.dat", vectors = [[...], [...], [...]]}``, or the csv interchange, by the suffix.

    ``unit`` is that of the file (eV for Wannier90 where not given), and ``fermi`` in it.
    """

    file: File
    vectors: tuple[Triple, Triple, Triple] | None = None
    unit: str | None = None
    orbitals: tuple[str, ...] | None = None
    fermi: float = 0.0

    @model_validator(mode="after")
    def _complete(self) -> "FileBands":
        if self.file.suffix == ".dat" and self.vectors is None:
            raise told("is a Wannier90 file without lattice", "add vectors = [[a, 0, 0], ...] in angstrom")
        if self.file.suffix != ".dat" and self.fermi:
            raise told("has a Fermi energy beside a csv table", "use shift")
        return self

    def build(self) -> model.TightBinding:
        if self.file.suffix == ".dat":
            read = model.read_wannier90(
                self.file, vectors=self.vectors, fermi=self.fermi, unit=self.unit or "eV"
            )
        else:
            read = model.read_hoppings(self.file, vectors=self.vectors, unit=self.unit)
        return self._finished(read if self.orbitals is None else self._named(read))

    def _named(self, read: model.TightBinding) -> model.TightBinding:
        names = self.orbitals or ()
        if len(names) != read.n_orbitals:
            raise InvalidInput(
                f"{self.file} has {read.n_orbitals} orbitals, and orbitals names {len(names)} ({', '.join(names)})",
                f"give {read.n_orbitals} names, or none",
            )
        return replace(read, orbitals=names)


class SquareBands(_Bands):
    """``{t = "100 meV", tp = "-30 meV", mu = "-80 meV"}``: one orbital on a square lattice.

    e(k) = -2t (cos kx + cos ky) - 4t' cos kx cos ky - 2t'' (cos 2kx + cos 2ky) - mu.
    """

    t: Energy
    tp: Energy = 0.0
    tpp: Energy = 0.0
    mu: Energy = 0.0
    a: float = Field(default=1.0, gt=0, description="angstrom")
    c: float = Field(default=1.0, gt=0, description="angstrom")

    def build(self) -> model.TightBinding:
        shells = {(0, 0): -self.mu, (1, 0): -self.t, (1, 1): -self.tp, (2, 0): -self.tpp}
        return self._finished(model.square(shells, a=self.a, c=self.c))


class Hopping(Strict):
    """``{cell = [1, 0, 0], from = "d", to = "d", re = "-100 meV"}``: t_ab(R), a at home and b in the cell."""

    cell: tuple[int, int, int]
    from_: str = Field(alias="from")
    to: str
    re: Energy
    im: Energy = 0.0


class TableBands(_Bands):
    """``{hoppings = [...], orbitals = ["d"], vectors = [...]}``; conjugates are added where they are missing."""

    hoppings: tuple[Hopping, ...] = Field(min_length=1)
    orbitals: tuple[str, ...] = Field(min_length=1)
    vectors: tuple[Triple, Triple, Triple]
    positions: tuple[Triple, ...] | None = None

    @model_validator(mode="after")
    def _known_orbitals(self) -> "TableBands":
        given = [(one.cell, one.from_, one.to) for one in self.hoppings]
        for cell, *names in given:
            for name in names:
                if name not in self.orbitals:
                    remedy = f"orbitals are {', '.join(self.orbitals)}"
                    raise told(f"has a hopping at R = {cell} of the unknown orbital {name!r}", remedy)
        twice = [key for key in given if given.count(key) > 1]
        if twice:
            raise told(f"has the hopping at R = {twice[0][0]} twice", "give each t_ab(R) once")
        return self

    def build(self) -> model.TightBinding:
        number = {name: i for i, name in enumerate(self.orbitals)}
        table = {(h.cell, number[h.from_], number[h.to]): complex(h.re, h.im) for h in self.hoppings}
        return self._finished(
            model.hoppings(table, vectors=self.vectors, orbitals=self.orbitals, positions=self.positions)
        )


class _Context(dict[str, str]):
    """Facts of an error that may stand in an optional type, which Python hashes."""

    __hash__ = object.__hash__  # type: ignore[assignment]


def _shape(given: Any) -> str | None:
    known = ("set", "file", "t", "hoppings")
    has = given.__contains__ if isinstance(given, dict) else lambda key: hasattr(given, key)
    keys = [key for key in known if has(key)]
    return f"<{keys[0]}" if len(keys) == 1 else None


BandsEntry = Annotated[
    Annotated[ReadyBands, Tag("<set")]
    | Annotated[FileBands, Tag("<file")]
    | Annotated[SquareBands, Tag("<t")]
    | Annotated[TableBands, Tag("<hoppings")],
    Discriminator(
        _shape,
        custom_error_type="told",
        custom_error_message="{cause}; {remedy}",
        custom_error_context=_Context(
            cause="is no table of bands",
            remedy='give one of set = "Bi2212", file = ..., t = ... (square lattice), hoppings = [...]',
        ),
    ),
]

# --- models -------------------------------------------------------------------------------------------

GAPS = {"s": model.s_wave, "d": model.d_wave, "s+-": model.s_plus_minus}


class PairingEntry(Strict):
    """``{symmetry = "d", amplitude = "30 meV"}``, the amplitude being the one at the temperature of the run."""

    symmetry: Literal["s", "d", "s+-"]
    amplitude: Energy


class SuperconductorEntry(Strict):
    """Bands with a given gap function."""

    kind: Literal["superconductor"]
    bands: BandsEntry
    pairing: PairingEntry

    def build(self) -> model.Superconductor:
        bands = self.bands.build()
        gap = GAPS[self.pairing.symmetry](self.pairing.amplitude, bands.n_orbitals)
        return model.Superconductor(bands, gap)


class MetalEntry(Strict):
    """Bands without a gap."""

    kind: Literal["metal"]
    bands: BandsEntry

    def build(self) -> model.TightBinding:
        return self.bands.build()


class Attraction(Strict):
    """``{onsite = 0, nearest = "150 meV", diagonal = 0}``: V within each orbital, on equivalent bonds."""

    onsite: Energy = 0.0
    nearest: Energy = 0.0
    diagonal: Energy = 0.0


class AttractiveEntry(Strict):
    """Bands with an attraction that a gap is solved from."""

    kind: Literal["attractive-metal"]
    bands: BandsEntry
    attraction: Attraction

    def build(self) -> tuple[model.TightBinding, model.PairingInteraction]:
        bands, v = self.bands.build(), self.attraction
        shells = {(0, 0): v.onsite, (1, 0): v.nearest, (1, 1): v.diagonal}
        return bands, model.attraction({cell: s for cell, s in shells.items() if s}, bands.n_orbitals)

    @model_validator(mode="after")
    def _attracts(self) -> "AttractiveEntry":
        v = self.attraction
        if not (v.onsite or v.nearest or v.diagonal):
            raise told("has no attraction", 'add one, such as attraction = {nearest = "150 meV"}')
        return self


class DirtyDWaveEntry(Strict):
    """A d wave with point impurities; ``cotangent`` 0 is unitary, and Born scattering where it is absent."""

    kind: Literal["dirty-d-wave"]
    critical_temperature: Temperature
    rate: Energy
    cotangent: float | None = None
    bands: BandsEntry | None = None

    def build(self) -> model.DirtyDWave:
        strength = float("inf") if self.cotangent is None else self.cotangent
        bands = None if self.bands is None else self.bands.build()
        scatterers = model.PointScatterers(self.rate, strength)
        return model.DirtyDWave(self.critical_temperature, scatterers, bands)


class SquareMagnetEntry(Strict):
    """Spins on a square lattice: J, J' along diagonals, J'' two steps along an axis, ring exchange Jc."""

    kind: Literal["square-magnet"]
    J: Energy
    Jp: Energy = 0.0
    Jpp: Energy = 0.0
    Jc: Energy = 0.0
    spin: float = 0.5
    a: float = Field(default=1.0, gt=0, description="angstrom")
    c: float = Field(default=1.0, gt=0, description="angstrom")

    def build(self) -> model.SpinLattice:
        exchanges = (self.J, self.Jp, self.Jpp, self.Jc)
        return model.square_antiferromagnet(*exchanges, spin=self.spin, a=self.a, c=self.c)


class ImpurityEntry(Strict):
    """``{potential = "100 meV", site = [16, 16]}``."""

    potential: Energy
    site: tuple[int, ...] = (0, 0)
    kind: Literal["potential", "gap"] = "potential"
    orbital: int = Field(default=0, ge=0)


class SampleEntry(Strict):
    """A finite periodic piece of a metal or superconductor with impurities."""

    kind: Literal["sample"]
    bands: BandsEntry
    pairing: PairingEntry | None = None
    shape: tuple[int, ...] = Field(min_length=1, max_length=3)
    impurities: tuple[ImpurityEntry, ...] = ()

    def build(self) -> model.Sample:
        host: Any = self.bands.build()
        if self.pairing is not None:
            gap = GAPS[self.pairing.symmetry](self.pairing.amplitude, host.n_orbitals)
            host = model.Superconductor(host, gap)
        defects = [model.Impurity(i.potential, i.site, i.kind, i.orbital) for i in self.impurities]
        return model.Sample(host, self.shape, tuple(defects))


# --- solvers --------------------------------------------------------------------------------------------


class GivenGapEntry(Strict):
    """The state of a given gap function."""

    takes: ClassVar[tuple[str, ...]] = ("superconductor",)
    gives: ClassVar[str] = "a state"
    kind: Literal["given-gap"]
    temperature: Temperature

    def run(self, described: Any) -> State:
        return solve.given_gap(described, self.temperature)


class BandsSolveEntry(Strict):
    """The normal metal."""

    takes: ClassVar[tuple[str, ...]] = ("metal",)
    gives: ClassVar[str] = "a state"
    kind: Literal["bands"]
    temperature: Temperature

    def run(self, described: Any) -> State:
        fields = {"temperature": np.array([self.temperature])}
        return State(described, "bands", fields, Report(Outcome.CONVERGED, engine="given bands"))


Mesh = Annotated[tuple[int, ...], Field(min_length=1, max_length=3)]


class BdGEntry(Strict):
    """The self-consistent gap on a lattice."""

    takes: ClassVar[tuple[str, ...]] = ("attractive-metal",)
    gives: ClassVar[str] = "a state"
    kind: Literal["bdg"]
    temperature: Temperature
    mesh: Mesh = (64, 64)
    electrons: float | None = None

    def run(self, described: Any) -> State:
        return solve.bdg(*described, self.temperature, mesh=self.mesh, electrons=self.electrons)


class BdGLadderEntry(Strict):
    """The self-consistent gap at several temperatures, each from the one below."""

    takes: ClassVar[tuple[str, ...]] = ("attractive-metal",)
    gives: ClassVar[str] = "states"
    kind: Literal["bdg-ladder"]
    temperatures: TemperatureAxis
    mesh: Mesh = (64, 64)
    electrons: float | None = None

    def run(self, described: Any) -> tuple[State, ...]:
        found: list[State] = []
        for kelvin in np.sort(self.temperatures.array()):
            starts = [found[-1].model.pairing] if found else []
            found.append(
                solve.bdg(*described, float(kelvin), mesh=self.mesh, electrons=self.electrons, starts=starts)
            )
        return tuple(found)


class LatticeCriticalTemperatureEntry(Strict):
    """The transition temperature on a lattice."""

    takes: ClassVar[tuple[str, ...]] = ("attractive-metal",)
    gives: ClassVar[str] = "a number"
    kind: Literal["lattice-critical-temperature"]
    mesh: Mesh = (64, 64)
    electrons: float | None = None
    lowest: Temperature | None = None

    def run(self, described: Any) -> float:
        return solve.lattice_critical_temperature(
            *described, mesh=self.mesh, electrons=self.electrons, lowest=self.lowest
        )


class DirtyDWaveSolveEntry(Strict):
    """Gap and superfluid density with impurities."""

    takes: ClassVar[tuple[str, ...]] = ("dirty-d-wave",)
    gives: ClassVar[str] = "a state"
    kind: Literal["dirty-d-wave"]
    temperature: Temperature

    def run(self, described: Any) -> State:
        return solve.dirty_d_wave(described, self.temperature)


class DirtyDWaveLadderEntry(Strict):
    """Gap and superfluid density with impurities at several temperatures."""

    takes: ClassVar[tuple[str, ...]] = ("dirty-d-wave",)
    gives: ClassVar[str] = "states"
    kind: Literal["dirty-d-wave-ladder"]
    temperatures: TemperatureAxis

    def run(self, described: Any) -> tuple[State, ...]:
        return tuple(solve.dirty_d_wave(described, float(t)) for t in self.temperatures.array())


class SpinwaveEntry(Strict):
    """Harmonic spin waves about the two-sublattice order along ``axis``; ``renormalisation`` is Z_c."""

    takes: ClassVar[tuple[str, ...]] = ("square-magnet",)
    gives: ClassVar[str] = "a state"
    kind: Literal["spinwave"]
    renormalisation: float = 1.0
    axis: tuple[float, float, float] = (1.0, 0.0, 0.0)

    def run(self, described: Any) -> State:
        return solve.spinwave(described, model.neel(self.axis), renormalisation=self.renormalisation)


class ImpuritySolveEntry(Strict):
    """The T-matrix of the impurities of a sample."""

    takes: ClassVar[tuple[str, ...]] = ("sample",)
    gives: ClassVar[str] = "a state"
    kind: Literal["impurity"]
    energy: EnergyAxis
    broadening: Energy
    temperature: Temperature = 0.0

    def run(self, described: Any) -> State:
        return solve.impurity(
            described.host,
            described.impurities,
            mesh=described.shape,
            energy=self.energy.array(),
            broadening=self.broadening,
            temperature=self.temperature,
        )


class RealspaceEntry(Strict):
    """All quasiparticles of a sample; the gap is solved for where ``attraction`` is given."""

    takes: ClassVar[tuple[str, ...]] = ("sample",)
    gives: ClassVar[str] = "a state"
    kind: Literal["realspace"]
    temperature: Temperature = 0.0
    attraction: Energy | None = None

    def run(self, described: Any) -> State:
        return solve.realspace(described, temperature=self.temperature, attraction=self.attraction)
