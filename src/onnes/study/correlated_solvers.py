"""Configuration entries of solvers of correlated electrons: exact, Monte Carlo, trial states, mean field."""

from itertools import product
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from onnes import model, solve
from onnes.errors import InvalidInput
from onnes.model import codec
from onnes.state import State
from onnes.study.axes import TemperatureAxis
from onnes.study.correlated import Wavevector, wavevector_number
from onnes.study.store import digest
from onnes.study.strict import File, Strict, Temperature, told

CLUSTER_MODELS: tuple[str, ...] = ("hubbard", "tj")
Electrons = Annotated[int, Field(ge=0)]
Memory = Annotated[float, Field(gt=0, description="GB")]

# --- exact ---------------------------------------------------------------------------------------------


class ExactDiagonalisationEntry(Strict):
    """The ground state with ``particles = [N_up, N_dn]``, of all total momenta or of one.

    ``momentum`` is the number of a wavevector of the cluster or its components, r.l.u.; spectra need
    ``keep_wavefunction``, which makes large files.
    """

    takes: ClassVar[tuple[str, ...]] = CLUSTER_MODELS
    gives: ClassVar[str] = "a state"
    kind: Literal["exact-diagonalisation"]
    particles: tuple[Electrons, Electrons]
    momentum: Wavevector | None = None
    all_correlations: bool = True
    keep_wavefunction: bool = False
    dense_limit: int = Field(default=1000, ge=1)
    tolerance: float = Field(default=1e-9, gt=0)
    seed: int = 0
    memory: Memory = 6.0

    def run(self, described: Any) -> State:
        number = None if self.momentum is None else wavevector_number(described.cluster, self.momentum)
        return solve.exact_diagonalisation(
            described,
            self.particles,
            momentum=number,
            all_correlations=self.all_correlations,
            keep_wavefunction=self.keep_wavefunction,
            dense_limit=self.dense_limit,
            tolerance=self.tolerance,
            seed=self.seed,
            memory_limit=1e9 * self.memory,
        )


class ExactMomentaEntry(Strict):
    """The lowest energy of each total momentum with ``particles = [N_up, N_dn]``."""

    takes: ClassVar[tuple[str, ...]] = CLUSTER_MODELS
    gives: ClassVar[str] = "a state"
    kind: Literal["exact-momenta"]
    particles: tuple[Electrons, Electrons]
    momenta: tuple[Wavevector, ...] | None = Field(default=None, min_length=1)
    dense_limit: int = Field(default=1000, ge=1)
    tolerance: float = Field(default=1e-9, gt=0)
    seed: int = 0
    memory: Memory = 6.0

    def run(self, described: Any) -> State:
        chosen = None
        if self.momenta is not None:
            chosen = sorted({wavevector_number(described.cluster, one) for one in self.momenta})
        return solve.momentum_energies(
            described,
            self.particles,
            chosen,
            dense_limit=self.dense_limit,
            tolerance=self.tolerance,
            seed=self.seed,
            memory_limit=1e9 * self.memory,
        )


class ExactThermodynamicsEntry(Strict):
    """Energy, heat capacity, entropy and electrons in equilibrium at one or several temperatures.

    At the chemical potential of the model, or with ``particles = [N_up, N_dn]``; ``samples`` random vectors of
    ``steps`` Lanczos steps where a sector is above ``dense_limit``.
    """

    takes: ClassVar[tuple[str, ...]] = CLUSTER_MODELS
    gives: ClassVar[str] = "a state"
    kind: Literal["exact-thermodynamics"]
    temperature: Temperature | None = None
    temperatures: TemperatureAxis | None = None
    particles: tuple[Electrons, Electrons] | None = None
    samples: int = Field(default=20, ge=2)
    steps: int = Field(default=80, ge=2)
    dense_limit: int = Field(default=800, ge=1)
    seed: int = 0
    memory: Memory = 6.0

    @model_validator(mode="after")
    def _one_of_both(self) -> "ExactThermodynamicsEntry":
        if (self.temperature is None) == (self.temperatures is None):
            raise told(
                "needs either temperature or temperatures",
                'write temperature = "300 K", or temperatures = {from = "100 K", to = "900 K", points = 9}',
            )
        return self

    def run(self, described: Any) -> State:
        kelvin = [self.temperature] if self.temperatures is None else np.sort(self.temperatures.array())
        return solve.exact_thermodynamics(
            described,
            kelvin,
            self.particles,
            samples=self.samples,
            steps=self.steps,
            dense_limit=self.dense_limit,
            seed=self.seed,
            memory_limit=1e9 * self.memory,
        )


# --- Monte Carlo -----------------------------------------------------------------------------------------


class SamplingEntry(Strict):
    """``{warm = 200, blocks = 20, sweeps = 100}``: the fields of `onnes.solve.Sampling`."""

    warm: int = Field(default=200, ge=0)
    blocks: int = Field(default=20, ge=1)
    sweeps: int = Field(default=100, ge=1)
    every: int | None = Field(default=None, ge=1)
    pairs: bool = False
    bonds: bool = False
    unequal_pairs: bool = False
    unequal_bonds: bool = False
    unequal: int = Field(default=0, ge=0)
    columns: int | None = Field(default=None, ge=0)
    interval: int | None = Field(default=None, ge=1)
    tolerance: float = Field(default=1e-6, gt=0, lt=1)

    def build(self) -> "solve.Sampling":
        return solve.Sampling(**self.model_dump())


class DqmcEntry(Strict):
    """Determinant Monte Carlo at one temperature; imaginary time in ``slices``, or in steps of ``step``, 1/meV.

    ``checkpoint`` is a folder; each run has one of its own in it, and goes on from there when it is started again.
    ``workers`` is a number of processes, which the chains are shared among.
    """

    takes: ClassVar[tuple[str, ...]] = ("hubbard",)
    gives: ClassVar[str] = "a state"
    kind: Literal["dqmc"]
    temperature: Temperature
    slices: int | None = Field(default=None, ge=1)
    step: float | None = Field(default=None, gt=0, description="1/meV")
    sampling: SamplingEntry = SamplingEntry()
    chains: int = Field(default=1, ge=1)
    seed: int = Field(default=0, ge=0)
    checkpoint: File | None = None
    workers: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _one_of_both(self) -> "DqmcEntry":
        if (self.slices is None) == (self.step is None):
            raise told("needs either slices or step", "write slices = 40, or step = 0.0003 (1/meV)")
        return self

    def run(self, described: Any) -> State:
        shared: dict[str, Any] = {
            "slices": self.slices,
            "step": self.step,
            "sampling": self.sampling.build(),
            "chains": self.chains,
            "seed": self.seed,
            "checkpoint": self._folder(described),
        }
        if min(self.workers, self.chains) == 1:
            return solve.dqmc(described, self.temperature, **shared)
        # Here, since the engine loads a compiler that other runs have no use for.
        from onnes.study.chains import sample_chains
        from onnes.study.executors import workers

        with workers(min(self.workers, self.chains)) as pool:
            return sample_chains(described, self.temperature, executor=pool, **shared)

    def _folder(self, described: Any) -> Path | None:
        """Return the folder of this run: those of a sweep share ``checkpoint`` and no file in it."""
        if self.checkpoint is None:
            return None
        decisive = self.model_dump(mode="json", exclude={"checkpoint", "workers"})
        folder = self.checkpoint / digest({"model": codec.encode(described), "solve": decisive})[:16]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            cause = f"solve.checkpoint: cannot make the folder {folder} ({error.strerror or error})"
            raise InvalidInput(cause, "name a folder that can be written") from None
        return folder


# --- trial states ------------------------------------------------------------------------------------------


class TrialEntry(Strict):
    """``{d_wave = 0.3, chemical_potential = -0.4}``: a projected pairing state on a square cluster.

    Numbers are in units of the hopping of its mean field. ``log_gutzwiller`` weighs doubly occupied sites; where it
    is left out there are none. The electrons have the boundary of the cluster.
    """

    kind: Literal["projected-bcs"] = "projected-bcs"
    chemical_potential: float = 0.0
    d_wave: float | None = None
    extended_s: float | None = None
    t_prime: float | None = None
    staggered_field: float | None = None
    log_gutzwiller: float | None = None

    def build(self, cluster: model.Cluster) -> model.ProjectedBCS:
        plain, antiperiodic = square_boundary(cluster)
        numbers = self.model_dump(exclude={"kind"})
        return model.projected_bcs(plain, **numbers, antiperiodic=antiperiodic if any(antiperiodic) else ())


def square_boundary(cluster: model.Cluster) -> tuple[model.Cluster, tuple[bool, bool]]:
    """Return the square cluster with the sites of ``cluster``, and the axes around which its electrons change sign.

    These are the signs on the wrapping bonds that leave a hopping matrix with all translations.

    Raises
    ------
    InvalidInput : another lattice, or another twist than these signs.
    """
    refused = InvalidInput(
        f"a trial state on the cluster {cluster.name!r}, which is not square or has a twist or a flux",
        'take kind = "square", and antiperiodic = [false, true] for electrons that change sign around an axis',
    )
    if cluster.positions.shape[1] != 2:
        raise refused
    sides = [round(float(np.ptp(cluster.positions[:, axis]))) + 1 for axis in (0, 1)]
    if sides[0] * sides[1] != cluster.sites:
        raise refused
    plain = model.square_cluster(*sides, 1.0)
    if not np.allclose(plain.positions, cluster.positions):
        raise refused
    for axes in product((False, True), repeat=2):
        if any(odd and side < 3 for odd, side in zip(axes, sides, strict=True)):
            continue
        whole = cluster.hopping * model.boundary_phases(plain, antiperiodic=axes)
        if np.isrealobj(whole) and all(
            np.allclose(whole[np.ix_(move, move)], whole) for move in plain.translations
        ):
            return plain, axes
    raise refused


class VariationalEntry(Strict):
    """Energy and correlations of a trial state with ``particles = [N_up, N_dn]``, by Monte Carlo."""

    takes: ClassVar[tuple[str, ...]] = CLUSTER_MODELS
    gives: ClassVar[str] = "a state"
    kind: Literal["variational"]
    particles: tuple[Electrons, Electrons]
    trial: TrialEntry
    sweeps: int = Field(default=4000, ge=1)
    warmup: int = Field(default=400, ge=0)
    chains: int = Field(default=4, ge=1)
    block: int = Field(default=50, ge=1)
    seed: int = Field(default=0, ge=0)

    def run(self, described: Any) -> State:
        return solve.variational(
            described,
            self.trial.build(described.cluster),
            self.particles,
            sweeps=self.sweeps,
            warmup=self.warmup,
            chains=self.chains,
            block=self.block,
            seed=self.seed,
        )


# --- mean field ----------------------------------------------------------------------------------------------


class RenormalisedMeanFieldEntry(Strict):
    """Valence bonds, pairs and their stiffness at a doping and a temperature."""

    takes: ClassVar[tuple[str, ...]] = ("square-tj",)
    gives: ClassVar[str] = "a state"
    kind: Literal["renormalised-mean-field"]
    doping: float
    temperature: Temperature
    phase: Literal["d-wave", "extended s", "s+id", "flux", "uniform"] = "d-wave"
    mesh: int = 400

    def run(self, described: Any) -> State:
        return solve.renormalised_mean_field(
            described, self.doping, self.temperature, phase=self.phase, mesh=self.mesh
        )


class PhaseOrderingTemperatureEntry(Strict):
    """The transition temperature of pairs of d symmetry from their stiffness, in renormalised mean-field theory."""

    takes: ClassVar[tuple[str, ...]] = ("square-tj",)
    gives: ClassVar[str] = "a number"
    kind: Literal["phase-ordering-temperature"]
    doping: float
    mesh: int = 400

    def run(self, described: Any) -> float:
        return solve.phase_ordering_temperature(described, self.doping, mesh=self.mesh)


CORRELATED_SOLVERS: tuple[type[Strict], ...] = (
    ExactDiagonalisationEntry,
    ExactMomentaEntry,
    ExactThermodynamicsEntry,
    DqmcEntry,
    VariationalEntry,
    RenormalisedMeanFieldEntry,
    PhaseOrderingTemperatureEntry,
)
