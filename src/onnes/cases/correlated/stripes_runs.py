"""The runs of the case on fluctuating stripes: their models, the long chains, and what is kept of them.

A long chain runs for hours and goes on from its file; `store` adds its blocks up to bins of a few sums, from which
every number of the case follows with a jackknife. The bins lie beside this file.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from onnes import model, schema, solve
from onnes.errors import InvalidInput
from onnes.model.correlated.hubbard import Hubbard
from onnes.model.correlated.translations import PairClasses, pair_classes
from onnes.numerics.statistics import autocorrelation_time
from onnes.solve.correlated.dqmc.chain import Chain, Sampling
from onnes.solve.correlated.dqmc.equal_time import EqualTime
from onnes.solve.correlated.dqmc.evaluation import Fields, jackknifed, sure
from onnes.solve.correlated.dqmc.layout import Layout, layout_of
from onnes.solve.correlated.dqmc.record import Record, digest, merged, read_record
from onnes.state import read_dataset, versions, write_dataset
from onnes.study.case import Quality
from onnes.units import K_B

LENGTH, WIDTH = 16, 4
REPULSION, DIAGONAL = 6.0, -0.25
"""U and t' in units of t, which is 1 meV in every run: other t scale all energies and the temperature alike."""
COPPER_OXIDE = 350.0
"""t of copper oxides, meV, only to tell the temperature in kelvin."""
SEED, CHAINS = 2021, 2
LONG = Sampling(warm=1000, blocks=2000, sweeps=400)
BINS = 50
"""Bins that a chain is added up to; each holds hundreds of autocorrelation times."""
FOLDER = Path("onnes-stripes")
"""Where the full quality keeps its chains, in the folder it is run from."""
KEPT = (
    "staggered_spin_by_class",
    "spin_by_class",
    "spin_structure_factor",
    "electrons_per_site",
    "double_occupancy_per_site",
)
"""Fields that are stored as the solver hands them out, with their standard errors."""
NUMBERS = (
    "average_sign",
    "average_sign_error",
    "longest_autocorrelation",
    "sampled_chains",
    "accepted_flips",
)
WORST = ("sign_autocorrelation", "wrap_error", "sign_error")
"""Of several sets of chains the largest is kept."""


@dataclass(frozen=True, slots=True)
class Run:
    """A filling and a temperature, in units of t; ``mu`` is zero at half filling where t' is."""

    name: str
    label: str
    mu: float
    beta: float

    @property
    def slices(self) -> int:
        """Slices of 0.1/t."""
        return round(10 * self.beta)

    @property
    def temperature(self) -> float:
        """K, for t = 1 meV."""
        return 1 / (K_B * self.beta)

    @property
    def model(self) -> Hubbard:
        """The Hubbard model, t = 1 meV."""
        cluster = model.square_cluster(LENGTH, WIDTH, 1.0, DIAGONAL)
        return model.Hubbard(cluster, REPULSION, chemical_potential=self.mu)

    @property
    def file(self) -> Path:
        """Where the bins of the long chains are kept."""
        return Path(__file__).with_name(f"stripes_{self.name}.nc")


COLD = (
    Run("hole", "holes", -1.6, 4.5),
    Run("half", "half filling", 0.0, 4.5),
    Run("electron", "electrons", 1.05, 4.5),
)
WARM_HOLES = (
    Run("hole_2", "holes", -1.6, 2.0),
    Run("hole_3", "holes", -1.6, 3.0),
    Run("hole_35", "holes", -1.6, 3.5),
    Run("hole_4", "holes", -1.6, 4.0),
)
WARM_FILLINGS = (
    Run("half_3", "half filling", 0.0, 3.0),
    Run("electron_3", "electrons", 1.05, 3.0),
)
RUNS = {run.name: run for run in (*COLD, *WARM_HOLES, *WARM_FILLINGS)}


# --- sums --------------------------------------------------------------------------------------

LAYOUT: Layout = layout_of(
    {
        "sign": (),
        "samples": (),
        "density": (),
        "double": (),
        "staggered": (LENGTH // 2 + 1, WIDTH // 2 + 1),
    }
)
"""Sums of a bin: signs, samples, and sign times electrons per site, doubly occupied sites, staggered correlations
(-1)^(x+y) <S_0.S_r>/3 at distance (|x|, |y|)."""
ALONG = np.array([1.0] + [2.0] * (LENGTH // 2 - 1) + [1.0])
ACROSS = np.array([1.0] + [2.0] * (WIDTH // 2 - 1) + [1.0])
"""Sites at each distance along the cluster and across."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums (bin, entry) of a run, entries as in `LAYOUT`, and what the solver said of the chains."""

    run: Run
    bins: np.ndarray
    facts: Mapping[str, float]

    def estimate(
        self, function: Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return values and standard errors of a function of the means, by jackknife."""
        return jackknifed(self.bins, lambda total: function(means(total)))

    @property
    def sign(self) -> tuple[float, float]:
        """Mean sign and its standard error."""
        values, errors = self.per_sample("sign")
        return float(values), float(errors)

    def per_sample(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean of sign times a quantity, not divided by the mean sign, and its standard error."""

        def ratio(total: np.ndarray) -> dict[str, np.ndarray]:
            view = LAYOUT.view(total)
            top = view[name]
            return {
                "it": top
                / view["samples"].reshape(view["samples"].shape + (1,) * (top.ndim - total.ndim + 1))
            }

        values, errors = jackknifed(self.bins, ratio)
        return values["it"], errors["it"]

    @property
    def resolved(self) -> bool:
        """Whether the mean sign is far enough from zero for means to exist."""
        return sure(*self.sign)

    @property
    def sweeps(self) -> int:
        """Measured sweeps."""
        return int(self.facts["sampled_sweeps"])


def means(total: np.ndarray) -> dict[str, np.ndarray]:
    """Return the means of sums (..., entry), each over the sum of signs."""
    view = LAYOUT.view(total)
    sign = view["sign"]
    return {
        "sign": sign / view["samples"],
        "density": view["density"] / sign,
        "double": view["double"] / sign,
        "staggered": view["staggered"] / sign[..., None, None],
    }


def folded(values: np.ndarray, classes: PairClasses) -> np.ndarray:
    """Return the mean of values (..., class) over the mirror images of a distance: (..., |x|, |y|)."""
    place = np.abs(np.round(classes.displacement)).astype(int)
    out = np.zeros((*values.shape[:-1], LENGTH // 2 + 1, WIDTH // 2 + 1))
    count = np.zeros(out.shape[-2:])
    for d, (x, y) in enumerate(place):
        out[..., x, y] += values[..., d]
        count[x, y] += 1
    return out / count


def sums_of(run: Run, records: Sequence[Record | Mapping[str, np.ndarray]]) -> Sums:
    """Return the sums of the records of some chains.

    Raises
    ------
    InvalidInput : records of other estimators, or of fewer than four blocks in all.
    """
    cluster, record = run.model.cluster, merged(records)
    if len(record) < 4:
        raise InvalidInput(f"{len(record)} blocks", "run at least four")
    classes = pair_classes(cluster)
    view = EqualTime(run.model, classes).layout.view(record.total)
    zz, xx = view["spin_zz_by_class"], view["spin_xx_by_class"]
    sublattice = (-1.0) ** np.abs(np.round(classes.displacement)).sum(axis=1)
    rows = np.concatenate(
        [
            view["sign"][:, None],
            record.series[:, :, 1].sum(axis=1)[:, None],
            (view["density_up"] + view["density_down"]).sum(axis=1)[:, None],
            view["orbital_double_occupancy"].sum(axis=1)[:, None],
            folded(sublattice * (zz + 2 * xx) / 3, classes).reshape(len(record), -1),
        ],
        axis=1,
    )
    worst = {
        "sign_autocorrelation": autocorrelation_time(record.series[:, :, 0].ravel()),
        "wrap_error": float(record.drift.max()),
        "sign_error": float(record.jump.max()),
    }
    return Sums(run, _binned(record, rows), {**worst, "sampled_sweeps": float(record.series[..., 1].size)})


def _binned(record: Record, rows: np.ndarray) -> np.ndarray:
    found = []
    for number in np.unique(record.chain):
        mine = rows[record.chain == number]
        found += [part.sum(axis=0) for part in np.array_split(mine, min(BINS, len(mine)))]
    return np.array(found)


# --- chains ------------------------------------------------------------------------------------


def long_chains(run: Run, folder: Path, *, chains: int = CHAINS, blocks: int = LONG.blocks) -> Sums:
    """Run the long chains of a run, or go on with those in ``folder``, and return their sums."""
    sampling = replace(LONG, blocks=blocks)
    records = []
    for number in range(chains):
        path = folder / run.name / f"chain-{number}.npz"
        records.append(
            solve.dqmc_chain(
                run.model,
                run.temperature,
                slices=run.slices,
                sampling=sampling,
                seed=SEED,
                number=number,
                checkpoint=path,
            )
        )
    return sums_of(run, records)


def short_chain(run: Run, blocks: int, sweeps: int = 100, *, number: int = 1000, warm: int = 100) -> Sums:
    """Run a chain that has no random number in common with the long ones, and return its sums."""
    sampling = Sampling(warm=warm, blocks=blocks, sweeps=sweeps)
    record = solve.dqmc_chain(
        run.model, run.temperature, slices=run.slices, sampling=sampling, seed=SEED, number=number
    )
    return sums_of(run, [record])


# --- store -------------------------------------------------------------------------------------


def store(folder: Path | str, name: str, to: Path | str | None = None, *, extend: bool = False) -> Path:
    """Merge the chains of run ``name`` in ``folder``/name and write what the case needs; return the file.

    Only what is finished of a chain is read, so that it may still be running.

    Parameters
    ----------
    to : file to write, that of the case where not given. extend : add the chains to those that the file holds, of other
        numbers; what the solver says of all chains together is then left out.

    Raises
    ------
    InvalidInput : a run that is not of this case, a folder without chains, chains of another model or sampling, chains
        that the file holds already.
    """
    if name not in RUNS:
        raise InvalidInput(f"there is no run {name!r}", f"name one of {', '.join(RUNS)}")
    run, target = RUNS[name], RUNS[name].file if to is None else Path(to)
    records = _read(run, Path(folder) / name)
    state = solve.dqmc_result(
        run.model, run.temperature, records, slices=run.slices, sampling=LONG, seed=SEED, throw=False
    )
    sums = sums_of(run, records)
    wanted = [*NUMBERS, *KEPT, *(f"{kept}_error" for kept in KEPT), "pair_displacement", "wavevector"]
    fields = {key: state[key] for key in wanted if key in state}
    numbers = sorted({int(record.chain[0]) for record in records})
    if extend and target.is_file():
        old, before = _opened(run, target)
        if both := set(numbers) & set(before):
            raise InvalidInput(
                f"chains {sorted(both)} are in {target.name} already", "run chains of other numbers"
            )
        sums = _joined(old, sums)
        numbers = sorted([*before, *numbers])
        fields = {}
    return _write(run, sums, fields, numbers, state.report.warnings, target)


def _read(run: Run, folder: Path) -> list[Record]:
    chain = Chain(run.model, 1 / (K_B * run.temperature * run.slices), run.slices, LONG)
    found = []
    for path in sorted(folder.glob("chain-*.npz")):
        number = int(path.stem.split("-")[1])
        found.append(read_record(path, digest(chain, SEED, number))[1])
    if not found:
        raise InvalidInput(f"no chains in {folder}", "give the folder that holds them")
    return found


def _joined(old: Sums, new: Sums) -> Sums:
    worst = {
        key: max(old.facts[key], new.facts[key]) for key in WORST if key in old.facts and key in new.facts
    }
    sweeps = {"sampled_sweeps": old.facts["sampled_sweeps"] + new.facts["sampled_sweeps"]}
    return Sums(new.run, np.concatenate([old.bins, new.bins]), worst | sweeps)


def _write(
    run: Run, sums: Sums, fields: Fields, numbers: list[int], notes: Sequence[str], target: Path
) -> Path:
    fields = fields | {
        key: np.array(sums.facts[key]) for key in (*WORST, "sampled_sweeps") if key in sums.facts
    }
    fields |= {"bin": np.arange(len(sums.bins)), "bin_entry": np.arange(LAYOUT.size), "bin_sums": sums.bins}
    facts = {
        "run_name": run.name,
        "run_model": f"Hubbard, {LENGTH} x {WIDTH}, t = 1 meV, t' = {DIAGONAL}, U = {REPULSION}, mu = {run.mu}",
        "run_convention": run.model.convention,
        "run_beta": run.beta,
        "run_slices": run.slices,
        "run_seed": SEED,
        "run_chains": json.dumps(numbers),
        "run_sampling": f"warm {LONG.warm}, blocks of {LONG.sweeps} sweeps",
        "run_warnings": "; ".join(notes),
        "run_versions": json.dumps(dict(versions())),
    }
    ds = schema.dataset("spin correlations of a Hubbard model", fields, method="dqmc", **facts)
    return write_dataset(ds, target)


def _opened(run: Run, path: Path) -> tuple[Sums, list[int]]:
    ds = read_dataset(path)
    bins = ds["bin_sums"].values
    same = (str(ds.attrs["run_name"]), float(ds.attrs["run_beta"]), bins.shape[1])
    if same != (run.name, run.beta, LAYOUT.size):
        raise InvalidInput(f"{path.name} holds another run", "store it again")
    facts = {key: float(ds[key].values) for key in (*WORST, "sampled_sweeps") if key in ds}
    return Sums(run, bins, facts), [int(n) for n in json.loads(ds.attrs["run_chains"])]


def stored(run: Run) -> Sums | None:
    """Return the stored sums of a run, or None where it was not run.

    Raises
    ------
    InvalidInput : a file of another run or layout. UnreadableFile : not a file of onnes.
    """
    return _opened(run, run.file)[0] if run.file.is_file() else None


def found(run: Run, quality: Quality) -> Sums | None:
    """Return the sums of a run: stored ones, at full quality those of the long chains in `FOLDER`, run to their end."""
    return long_chains(run, FOLDER) if quality is Quality.FULL else stored(run)
