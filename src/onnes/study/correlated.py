"""Configuration entries of correlated electrons: clusters, and models on them. One class for each ``kind``.

A cluster is a table of its own, ``cluster = {kind = "square", shape = [4, 4], t = "350 meV"}``; interactions are
numbers with units, on all sites and on all bonds between nearest neighbours.
"""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from onnes import model
from onnes.errors import InvalidInput, UnitMismatch
from onnes.study.strict import Energy, Strict, told
from onnes.units import UNIT_OF, parse

# --- clusters -----------------------------------------------------------------------------------------

Cells = Annotated[int, Field(ge=1)]
Phases = tuple[float, ...]
"""Phases of an electron around each axis of a cluster, rad; none where empty."""


class ChainEntry(Strict):
    """``{kind = "chain", sites = 6, t = "350 meV"}``: open at both ends; two sites are a dimer."""

    orbitals: ClassVar[int] = 1
    kind: Literal["chain"]
    sites: Cells
    t: Energy

    def build(self) -> model.Cluster:
        return model.chain_cluster(self.sites, self.t)

    def joined(self) -> model.Cluster:
        """Return the cluster whose hopping joins nearest neighbours only, and each pair of them."""
        return model.chain_cluster(self.sites, 1.0)


class RingEntry(Strict):
    """``{kind = "ring", sites = 6, t = "350 meV", flux = 3.14159}``: ``flux`` is the phase once around, rad."""

    orbitals: ClassVar[int] = 1
    kind: Literal["ring"]
    sites: Cells
    t: Energy
    flux: float = 0.0

    def build(self) -> model.Cluster:
        return model.ring_cluster(self.sites, self.t, flux=self.flux)

    def joined(self) -> model.Cluster:
        """Return the cluster whose hopping joins nearest neighbours only, and each pair of them."""
        return model.ring_cluster(self.sites, 1.0)


class LadderEntry(Strict):
    """``{kind = "ladder", rungs = 4, t = "350 meV", t_rung = "300 meV"}``: two legs, closed along them."""

    orbitals: ClassVar[int] = 2
    kind: Literal["ladder"]
    rungs: Cells
    t: Energy
    t_rung: Energy | None = None
    twist: float = 0.0

    def build(self) -> model.Cluster:
        return model.ladder_cluster(self.rungs, self.t, self.t_rung, twist=self.twist)

    def joined(self) -> model.Cluster:
        """Return the cluster whose hopping joins nearest neighbours only, and each pair of them."""
        return model.ladder_cluster(self.rungs, 1.0)


class SquareEntry(Strict):
    """``{kind = "square", shape = [4, 4], t = "350 meV", t_prime = "-100 meV"}``: closed along both axes.

    ``twist`` is the phase around each axis, rad, spread over the bonds, and ``flux`` the number of flux quanta through
    the whole cluster. ``antiperiodic = [false, true]`` changes the sign of electrons around an axis on the bonds that
    wrap: the levels of a twist of pi, with real numbers and without translations.
    """

    orbitals: ClassVar[int] = 1
    kind: Literal["square"]
    shape: tuple[Cells, Cells]
    t: Energy
    t_prime: Energy = 0.0
    t_second: Energy = 0.0
    twist: Phases = ()
    flux: int = 0
    antiperiodic: tuple[bool, bool] = (False, False)

    @model_validator(mode="after")
    def _one_boundary(self) -> "SquareEntry":
        if any(self.antiperiodic) and (any(self.twist) or self.flux):
            raise told(
                "has antiperiodic beside a twist or a flux", "give one of them: antiperiodic is a twist of pi"
            )
        return self

    def build(self) -> model.Cluster:
        amplitudes = (self.t, self.t_prime, self.t_second)
        cluster = model.square_cluster(*self.shape, *amplitudes, twist=self.twist, flux=self.flux)
        return model.antiperiodic_cluster(cluster, self.antiperiodic) if any(self.antiperiodic) else cluster

    def joined(self) -> model.Cluster:
        """Return the cluster whose hopping joins nearest neighbours only, and each pair of them."""
        return model.square_cluster(*self.shape, 1.0)


class HoneycombEntry(Strict):
    """``{kind = "honeycomb", shape = [3, 3], t = "2.7 eV"}``: cells of two sites."""

    orbitals: ClassVar[int] = 2
    kind: Literal["honeycomb"]
    shape: tuple[Cells, Cells]
    t: Energy
    twist: Phases = ()

    def build(self) -> model.Cluster:
        return model.honeycomb_cluster(*self.shape, self.t, twist=self.twist)

    def joined(self) -> model.Cluster:
        """Return the cluster whose hopping joins nearest neighbours only, and each pair of them."""
        return model.honeycomb_cluster(*self.shape, 1.0)


class ThreeBandEntry(Strict):
    """``{kind = "three-band", shape = [2, 2], tpd = "1.13 eV"}``: holes on d, px, py of each cell of a CuO2 plane."""

    orbitals: ClassVar[int] = 3
    kind: Literal["three-band"]
    shape: tuple[Cells, Cells]
    tpd: Energy = 1130.0
    tpp: Energy = 490.0
    level_d: Energy = 0.0
    level_p: Energy = 3240.0
    twist: Phases = ()

    def build(self) -> model.Cluster:
        return model.three_band_cluster(
            *self.shape,
            tpd=self.tpd,
            tpp=self.tpp,
            level_d=self.level_d,
            level_p=self.level_p,
            twist=self.twist,
        )

    def joined(self) -> model.Cluster:
        """Return the cluster whose hopping joins copper and its oxygens only."""
        return model.three_band_cluster(*self.shape, tpd=1.0, tpp=0.0)


CLUSTERS: tuple[type[Strict], ...] = (
    SquareEntry,
    RingEntry,
    ChainEntry,
    LadderEntry,
    HoneycombEntry,
    ThreeBandEntry,
)
ClusterEntry = Annotated[
    SquareEntry | RingEntry | ChainEntry | LadderEntry | HoneycombEntry | ThreeBandEntry,
    Field(discriminator="kind"),
]

# --- interactions ----------------------------------------------------------------------------------------


def _energies(given: Any) -> float | tuple[float, ...]:
    try:
        if isinstance(given, list | tuple):
            return tuple(parse(one, "energy") for one in given)
        return parse(given, "energy")
    except UnitMismatch as error:
        context = {"cause": error.cause, "remedy": error.remedy}
        raise PydanticCustomError("unit", "{cause}; {remedy}", context) from None


LocalEnergy = Annotated[
    float | tuple[float, ...],
    BeforeValidator(_energies),
    WithJsonSchema(
        {
            "type": ["number", "string", "array"],
            "description": f"energy: a string with a unit, or a number in {UNIT_OF['energy']}; or a list of them",
        }
    ),
]
"""One energy for all sites, or a list: one for each orbital of a cell, or one for each site."""


def on_sites(given: float | tuple[float, ...], sites: int, orbitals: int) -> np.ndarray:
    """Return an energy for each site, meV; raise `InvalidInput` where the list is of another length."""
    if not isinstance(given, tuple):
        return np.full(sites, given)
    if len(given) not in (orbitals, sites):
        fitting = f"{orbitals}, one for each orbital of a cell, or " if orbitals > 1 else ""
        raise InvalidInput(
            f"model.U has {len(given)} numbers",
            f"give one for all, or {fitting}{sites}, one for each site",
        )
    return np.tile(given, sites // len(given))


class HubbardEntry(Strict):
    """Electrons with a local repulsion U; V and J between nearest neighbours.

    H = hopping + U (n_up - 1/2)(n_dn - 1/2) + V (n - 1)(n - 1) + J S.S - mu N: mu = 0 is half filling on a bipartite
    cluster. ``U`` is a number, or a list with one for each orbital of a cell or for each site.
    """

    kind: Literal["hubbard"]
    cluster: ClusterEntry
    U: LocalEnergy
    V: Energy = 0.0
    J: Energy = 0.0
    chemical_potential: Energy = 0.0

    def build(self) -> model.Hubbard:
        cluster, joined = self.cluster.build(), self.cluster.joined()
        V, J = (model.nearest_bonds(joined, value) if value else None for value in (self.V, self.J))
        U = on_sites(self.U, cluster.sites, self.cluster.orbitals)
        return model.Hubbard(cluster, U, V, J, self.chemical_potential)


class TJEntry(Strict):
    """Electrons that never share a site, with exchange J (S.S - density n n) between nearest neighbours."""

    kind: Literal["tj"]
    cluster: ClusterEntry
    J: Energy
    density: float = 0.25
    chemical_potential: Energy = 0.0

    def build(self) -> model.TJ:
        bonds = model.nearest_bonds(self.cluster.joined(), self.J)
        return model.TJ(self.cluster.build(), bonds, self.density, self.chemical_potential)


class SquareTJEntry(Strict):
    """The t-J model of the infinite square lattice, for theories of resonating valence bonds."""

    kind: Literal["square-tj"]
    t: Energy
    J: Energy
    t_prime: Energy = 0.0

    def build(self) -> model.SquareTJ:
        return model.SquareTJ(self.t, self.J, self.t_prime)


CORRELATED_MODELS: tuple[type[Strict], ...] = (HubbardEntry, TJEntry, SquareTJEntry)


# --- wavevectors of a cluster -----------------------------------------------------------------------------

Wavevector = int | tuple[float, ...]
"""The number of a wavevector of a cluster, or its components, r.l.u."""


def wavevector_number(cluster: model.Cluster, given: Wavevector) -> int:
    """Return the number of a wavevector of a cluster; raise `InvalidInput` that lists those there are."""
    waves = cluster.wavevectors
    if isinstance(given, int):
        if not 0 <= given < len(waves):
            raise InvalidInput(
                f"wavevector {given} of a cluster", f"give a number from 0 to {len(waves) - 1}"
            )
        return given
    if len(given) == waves.shape[1]:
        apart = waves - np.array(given)
        found = np.flatnonzero(np.abs(apart - np.round(apart)).max(axis=1) < 1e-6)
        if found.size:
            return int(found[0])
    shown = [", ".join(f"{x:.4g}" for x in wave) for wave in waves[:16]]
    more = f" and {len(waves) - 16} more" if len(waves) > 16 else ""
    listed = ", ".join(f"{x:g}" for x in given)
    raise InvalidInput(
        f"[{listed}] is no wavevector of the cluster", f"there are [{'], ['.join(shown)}]{more} (r.l.u.)"
    )
