"""What chains have measured, block by block, as plain arrays: kept in files, carried between processes, merged."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from onnes.errors import InvalidInput, UnreadableFile
from onnes.files import replacing
from onnes.model import codec
from onnes.solve.correlated.dqmc.chain import Block, Chain, Sampling, Walker

MARK = "onnes_walker"


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Measured blocks of one chain or of several, in the order of chains; the first axis counts blocks.

    ``chain``: number of the chain of each block. ``total``: sums of the equal-time estimators; ``unequal``: of those at
    unequal times, of length 0 without. ``series`` (block, sweep, ...): see `loop.run`. ``drift``, ``jump``, ``flips``,
    ``columns``: see `chain.Block`. ``interval``: slices between two factorisations at the end of the block.
    """

    chain: np.ndarray
    total: np.ndarray
    unequal: np.ndarray
    series: np.ndarray
    drift: np.ndarray
    jump: np.ndarray
    flips: np.ndarray
    columns: np.ndarray
    interval: np.ndarray

    def __len__(self) -> int:
        return len(self.chain)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def record_of(number: int, blocks: Sequence[Block], intervals: Sequence[int]) -> Record:
    """Return the record of the blocks of chain ``number``."""

    def stacked(name: str) -> np.ndarray:
        return np.array([getattr(b, name) for b in blocks])

    return Record(
        np.full(len(blocks), number),
        stacked("total"),
        stacked("unequal"),
        stacked("series"),
        stacked("drift"),
        stacked("jump"),
        stacked("flips"),
        stacked("columns"),
        np.array(intervals),
    )


def merged(records: Sequence[Record | Mapping[str, np.ndarray]]) -> Record:
    """Return all blocks in the order of their chains, whichever arrived first.

    Raises
    ------
    InvalidInput : no blocks, a chain that is there twice, records of different estimators or blocks.
    """
    found = [r if isinstance(r, Record) else Record(**r) for r in records]
    found = sorted((r for r in found if len(r)), key=lambda r: int(r.chain[0]))
    if not found:
        raise InvalidInput("no measured blocks", "give the records of at least one chain")
    numbers = [n for r in found for n in set(r.chain.tolist())]
    if len(set(numbers)) < len(numbers):
        raise InvalidInput("a chain that is there twice", "give each chain once")
    try:
        joined = {f.name: np.concatenate([getattr(r, f.name) for r in found]) for f in fields(Record)}
    except ValueError:
        raise InvalidInput(
            "records of different estimators", "merge chains of one model and one sampling"
        ) from None
    return Record(**joined)


def digest(chain: Chain, seed: int, number: int) -> str:
    """Return a fingerprint of everything that decides a chain but how many blocks it has."""
    sampling = chain.sampling
    # what is left at its default is not told, so that a new option leaves old chains what they are
    chosen = [f for f in fields(Sampling) if f.name != "blocks" and getattr(sampling, f.name) != f.default]
    facts = [f"{f.name}={getattr(sampling, f.name)!r}" for f in chosen]
    text = json.dumps(
        [codec.encode(chain.model), chain.count, facts, seed, number], sort_keys=True, default=str
    )
    found = hashlib.sha256(text.encode())
    found.update(np.ascontiguousarray(chain.tables.forward).tobytes())
    found.update(np.ascontiguousarray(chain.tables.factor).tobytes())
    return found.hexdigest()


def write_record(path: Path, mark: str, walker: Walker, record: Record) -> None:
    """Write a chain in the middle, all or nothing."""
    plain = {
        "digest": mark,
        "interval": walker.interval,
        "sweeps": walker.sweeps,
        "generator": walker.generator,
    }
    text = json.dumps(plain, default=_plain)
    with replacing(path, make_folder=True) as partial, open(partial, "wb") as handle:
        np.savez(handle, **{MARK: np.array(text), "field": walker.field}, **record.arrays())


def read_record(path: Path, mark: str) -> tuple[Walker, Record] | None:
    """Return walker and record of a chain, None where there is no file.

    Raises
    ------
    UnreadableFile : not such a file. InvalidInput : the file of another chain.
    """
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            plain = json.loads(str(file[MARK]))
            field, arrays = file["field"], {f.name: file[f.name] for f in fields(Record)}
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise UnreadableFile(
            path, f"not a chain ({type(error).__name__})", "name another folder, or remove this file"
        ) from None
    if plain["digest"] != mark:
        raise InvalidInput(
            f"{path} is a chain of another model, temperature, sampling or seed",
            "name another folder, or remove this file",
        )
    walker = Walker(field, _restored(plain["generator"]), plain["interval"], plain["sweeps"])
    return walker, Record(**arrays)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"uint64": [int(v) for v in value]}
    return int(value)


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"uint64"}:
            return np.array(value["uint64"], np.uint64)
        return {name: _restored(item) for name, item in value.items()}
    return value
