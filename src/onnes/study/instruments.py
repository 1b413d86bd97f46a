"""Configuration entries of instruments: one class for each ``kind``; what they measure is told by ``measures``."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from onnes import model, probe, response, schema
from onnes.state import State
from onnes.study.axes import EnergyAxis, Momenta, NumberRange
from onnes.study.lattice import Mesh
from onnes.study.strict import Energy, Strict, Temperature

if TYPE_CHECKING:
    import xarray as xr

ONE: tuple[str, ...] = ("a state",)
SEVERAL: tuple[str, ...] = ("a state", "states")


def as_states(measured: Any) -> list[State]:
    """Return one state or several as a list."""
    return [measured] if isinstance(measured, State) else list(measured)


# --- phonon superconductors ---------------------------------------------------------------------------


class DosProbeEntry(Strict):
    """Density of states and gap on the real axis of an Eliashberg state."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["dos"]
    energy: EnergyAxis

    def run(self, state: State) -> "xr.Dataset":
        solved = response.real_axis(state, energy=self.energy.array()).to_dataset()
        return solved[["dos", "gap_real", "Z_real", "gap_edge"]].assign_attrs(solved.attrs)


class SuperfluidEntry(Strict):
    """Superfluid density and penetration depth of Eliashberg states."""

    measures: ClassVar[tuple[str, ...]] = SEVERAL
    kind: Literal["superfluid"]
    scattering: Energy = 0.0
    plasma_weights: tuple[float, ...] | None = None
    bare_depth: float | None = Field(default=None, description="nm")

    def run(self, states: Any) -> "xr.Dataset":
        return probe.superfluid(
            as_states(states),
            scattering=self.scattering,
            plasma_weights=self.plasma_weights,
            bare_depth=self.bare_depth,
        )


class CalorimetryEntry(Strict):
    """Free energy, entropy and specific heat; ``critical_temperature`` is that of the glue."""

    measures: ClassVar[tuple[str, ...]] = SEVERAL
    kind: Literal["calorimetry"]
    critical_temperature: Temperature

    def run(self, states: Any) -> "xr.Dataset":
        return probe.calorimetry(as_states(states), self.critical_temperature)


class CriticalFieldEntry(Strict):
    """Thermodynamic critical field; in tesla where ``gamma`` and ``molar_volume`` are given."""

    measures: ClassVar[tuple[str, ...]] = SEVERAL
    kind: Literal["critical-field"]
    critical_temperature: Temperature
    gamma: float | None = Field(default=None, description="mJ/mol/K^2")
    molar_volume: float | None = Field(default=None, description="cm^3/mol")

    def run(self, states: Any) -> "xr.Dataset":
        return probe.critical_field(
            as_states(states), self.critical_temperature, gamma=self.gamma, molar_volume=self.molar_volume
        )


# --- neutrons -----------------------------------------------------------------------------------------


class Repulsion(Strict):
    """``{U = "1.2 eV", J = "0.2 eV"}``, with U' = U - 2J and J' = J where these are not given."""

    U: Energy
    J: Energy = 0.0
    Up: Energy | None = None
    Jp: Energy | None = None

    def build(self) -> model.HubbardKanamori:
        up = self.U - 2 * self.J if self.Up is None else self.Up
        return model.HubbardKanamori(self.U, up, self.J, self.J if self.Jp is None else self.Jp)


class _Neutron(Strict):
    broadening: Energy
    interaction: Repulsion | None = None
    resolution: Energy = 0.0
    ion: str | None = None
    g: float = 2.0
    mesh: Mesh = (64, 64, 1)
    refine: int = Field(default=1, ge=1)
    memory: float = Field(default=2.0, gt=0, description="GiB")

    def vertex(self) -> model.HubbardKanamori | None:
        return None if self.interaction is None else self.interaction.build()


class NeutronEntry(Momenta, _Neutron):
    """Magnetic scattering against wavevector and energy."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["neutron"]
    energy_transfer: EnergyAxis
    q_resolution: tuple[float, float, float] = (0.0, 0.0, 0.0)
    moment: tuple[float, float, float] | None = None

    def run(self, state: State) -> "xr.Dataset":
        measured = probe.neutron(
            state,
            self.along()[0],
            self.energy_transfer.array(),
            broadening=self.broadening,
            interaction=self.vertex(),
            resolution=self.resolution,
            q_resolution=self.q_resolution,
            ion=self.ion,
            g=self.g,
            moment=self.moment,
            mesh=self.mesh,
            refine=self.refine,
            memory=self.memory,
        )
        return self.labelled(measured)


class NeutronMapEntry(_Neutron):
    """Magnetic scattering over the plane (h, k) at one energy transfer."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["neutron-map"]
    qx: NumberRange
    qy: NumberRange
    energy_transfer: Energy
    l: float = 0.0

    def run(self, state: State) -> "xr.Dataset":
        return probe.neutron_map(
            state,
            self.qx.ends,
            self.qy.ends,
            self.energy_transfer,
            l=self.l,
            broadening=self.broadening,
            interaction=self.vertex(),
            resolution=self.resolution,
            ion=self.ion,
            g=self.g,
            mesh=self.mesh,
            refine=self.refine,
            memory=self.memory,
        )


# --- x-rays and photoelectrons ------------------------------------------------------------------------


class Geometry(Strict):
    """Scattering angle in degrees, polarisations, and the energy of the photons."""

    scattering: float
    polarisation: Literal["sigma", "pi"] = "pi"
    outgoing: Literal["sigma", "pi"] | None = None
    photon: Energy | None = None

    def build(self) -> "probe.RixsGeometry":
        given = (self.scattering, self.polarisation, self.outgoing)
        return probe.RixsGeometry(*given) if self.photon is None else probe.RixsGeometry(*given, self.photon)


class RixsEntry(Momenta):
    """Spin flips of an ordered square magnet; wavevectors of the square lattice."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["rixs"]
    energy: EnergyAxis
    geometry: Geometry
    temperature: Temperature = 0.0
    resolution: Energy | None = None
    damping: Energy | None = None

    def run(self, state: State) -> "xr.Dataset":
        k, length = self.along()
        measured = probe.rixs(
            state,
            model.square_to_magnetic(k),
            self.energy.array(),
            self.geometry.build(),
            temperature=self.temperature,
            resolution=self.resolution,
            damping=self.damping,
        )
        lengths = schema.dataset("path", {"path_length": length})["path_length"]
        return self.labelled(
            measured.assign(path_length=(("in_plane_momentum",), lengths.values, lengths.attrs))
        )


class _Photoelectrons(Strict):
    broadening: Energy
    resolution: Energy = 0.0
    temperature: Temperature | None = None
    matrix_element: tuple[float, ...] | None = None


class PhotoemissionEntry(Momenta, _Photoelectrons):
    """Photoemission against wavevector and energy."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["photoemission"]
    energy: EnergyAxis

    def run(self, state: State) -> "xr.Dataset":
        k, length = self.along()
        measured = probe.photoemission(
            state,
            k,
            self.energy.array(),
            broadening=self.broadening,
            resolution=self.resolution,
            temperature=self.temperature,
            matrix_element=self.matrix_element,
        )
        lengths = schema.dataset("path", {"path_length": length})
        return self.labelled(measured.assign(path_length=lengths["path_length"]))


class FermiMapEntry(_Photoelectrons):
    """Photoemission at one energy over the zone, ``mesh`` wavevectors along each axis."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["fermi-map"]
    mesh: tuple[int, int]
    energy: Energy = 0.0
    window: Energy = 0.0

    def run(self, state: State) -> "xr.Dataset":
        return probe.fermi_surface_map(
            state,
            self.mesh,
            broadening=self.broadening,
            energy=self.energy,
            window=self.window,
            resolution=self.resolution,
            temperature=self.temperature,
            matrix_element=self.matrix_element,
        )


# --- scanning tunnelling ------------------------------------------------------------------------------


class _Maps(Strict):
    """Energies and broadening belong to the solver of a T-matrix, and to the instrument otherwise."""

    energy: EnergyAxis | None = None
    broadening: Energy | None = None
    layer: int = Field(default=0, ge=0)
    tip: Literal["below", "d-wave filter"] = "below"

    def maps(self, state: State) -> "xr.Dataset":
        energy = None if self.energy is None else self.energy.array()
        tip = None if self.tip == "below" else probe.Tip.d_wave_filter()
        return probe.ldos(state, energy, broadening=self.broadening, layer=self.layer, tip=tip)


class LdosEntry(_Maps):
    """Local density of states; as a feedback loop shows it where ``setpoint`` is given."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["ldos"]
    setpoint: Energy | None = None

    def run(self, state: State) -> "xr.Dataset":
        maps = self.maps(state)
        return maps if self.setpoint is None else probe.setpoint(maps, self.setpoint)


class QpiEntry(LdosEntry):
    """Fourier transform of the local density of states."""

    kind: Literal["qpi"]  # type: ignore[assignment]

    def run(self, state: State) -> "xr.Dataset":
        return probe.qpi(LdosEntry.run(self, state))


class OctetEntry(Strict):
    """The seven octet vectors of a d wave at one energy."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["octet"]
    energy: Energy

    def run(self, state: State) -> "xr.Dataset":
        return probe.octet(state, self.energy)


# --- against temperature ------------------------------------------------------------------------------


class NmrEntry(Strict):
    """Nuclear relaxation of lattice states."""

    measures: ClassVar[tuple[str, ...]] = SEVERAL
    kind: Literal["nmr"]
    broadening: Energy
    mesh: Mesh = (128, 128, 1)

    def run(self, states: Any) -> "xr.Dataset":
        return probe.nmr(as_states(states), broadening=self.broadening, mesh=self.mesh)


class PenetrationEntry(Strict):
    """Phase stiffness and penetration depth of layers."""

    measures: ClassVar[tuple[str, ...]] = SEVERAL
    kind: Literal["penetration"]
    mesh: tuple[int, int] = (128, 128)
    spacing: float | None = Field(default=None, description="angstrom")

    def run(self, states: Any) -> "xr.Dataset":
        return probe.lattice_superfluid(as_states(states), mesh=self.mesh, spacing=self.spacing)


INSTRUMENTS: tuple[type[Strict], ...] = (
    DosProbeEntry,
    SuperfluidEntry,
    CalorimetryEntry,
    CriticalFieldEntry,
    NeutronEntry,
    NeutronMapEntry,
    RixsEntry,
    PhotoemissionEntry,
    FermiMapEntry,
    LdosEntry,
    QpiEntry,
    OctetEntry,
    NmrEntry,
    PenetrationEntry,
)
