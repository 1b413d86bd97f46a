"""Bogoliubov-de Gennes equations of a finite sample: disorder, defects, a magnetic field, self-consistency.

The matrix acts on (c_{r,up}, c†_{r,dn}): all particle entries (cell, orbital), last axis and orbital fastest,
then all hole entries. It is written row by row from arrays, without a loop over cells.

A field enters by Peierls phases. A hop of an electron (charge -e) from r + R to r acquires
exp(+2 pi i int_r^{r+R} A.dl), A in units of (h/e) per length, B along a1 x a2; holes have the conjugate.
A periodic sample closes with magnetic translations: c_{r+L1} = exp(-2 pi i phi L1 y) c_r in the gauge
A = phi (0, x). J.-X. Zhu, Bogoliubov-de Gennes Method and Its Applications (Springer, 2016).
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_matrix

from onnes.errors import InvalidInput, NotConverged
from onnes.model.lattice.disorder import Sample
from onnes.model.lattice.pairing import Superconductor
from onnes.numerics import chebyshev
from onnes.numerics.brillouin import fermi
from onnes.numerics.fixedpoint import Anderson, anderson
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

DENSE_LIMIT = 8000
"""Rows of the largest matrix that is diagonalised: 1 GB of complex numbers, and as much again to work in."""
GAUGES = ("landau", "symmetric", "landau_y")
METHOD = Anderson(history=8, damping=0.8, max_iterations=400, tolerance=1e-8)


def bdg_matrix(sample: Sample, *, gap: np.ndarray | None = None, gauge: str = "landau") -> csr_matrix:
    """Return the matrix of a sample, sparse (n, n), meV: Bogoliubov-de Gennes, or H of a normal metal.

    It is real where neither the host nor a field makes it complex.

    Parameters
    ----------
    sample : host, size, defects and flux.
    gap : complex (bond,), values on the bonds of `pair_bonds`; those of the host where not given.
    gauge : ``"landau"`` A = phi (0, x), ``"landau_y"`` A = phi (-y, 0), ``"symmetric"`` their mean; a periodic
        sample is closed in the first one only.

    Raises
    ------
    InvalidInput : an unknown gauge, a gauge that does not fit a periodic sample, or a bond impurity on a
        bond that the host does not have.
    """
    if gauge not in GAUGES or (sample.periodic and gauge != "landau"):
        raise InvalidInput(f"gauge {gauge!r}", "use landau for a periodic sample, or " + ", ".join(GAUGES))
    paired = isinstance(sample.host, Superconductor)
    bands = sample.bands
    hops = _normal_elements(sample, gauge)
    if not paired:
        return _assemble([[(bands.cells, hops)]], sample)
    pairs = _pair_elements(sample)
    if gap is not None:
        pairs = _given_pairs(sample, gap)
    holes = -hops.conj()
    opposite = _adjoint_pairs(sample, pairs)
    form = sample.host.pairing.cells
    return _assemble([[(bands.cells, hops), (form, pairs)], [(form, opposite), (bands.cells, holes)]], sample)


def _columns(sample: Sample, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the flat number of the cell r + R, (cells,), and how often it was folded back, (cells, axis)."""
    ends = [np.arange(n) + int(x) for n, x in zip(sample.shape, place, strict=True)]
    folded = [e % n for e, n in zip(ends, sample.shape, strict=True)]
    turns = [e // n for e, n in zip(ends, sample.shape, strict=True)]
    _, n2, n3 = sample.shape
    flat = (folded[0][:, None, None] * n2 + folded[1][:, None]) * n3 + folded[2]
    if not any(np.any(t) for t in turns):
        return flat.ravel(), np.zeros((1, 3), int)
    wraps = np.stack(np.broadcast_arrays(turns[0][:, None, None], turns[1][:, None], turns[2]), axis=-1)
    return flat.ravel(), wraps.reshape(-1, 3)


def _normal_elements(sample: Sample, gauge: str) -> np.ndarray:
    """Return t_ab(r -> r + R) with disorder, phases and impurities, (R, o, o, cells)."""
    bands, cells = sample.bands, sample.n_cells
    table = (
        bands.hoppings
        if np.any(bands.hoppings.imag) or sample.flux or any(sample.twist)
        else bands.hoppings.real
    )
    hops = np.repeat(table[..., None], cells, axis=-1)
    home = _home(bands.cells)
    if sample.hopping_factor is not None:
        for i, place in enumerate(bands.cells):
            if np.any(place):
                hops[i] *= _mean_of_ends(sample, sample.hopping_factor, place)
    hops = _with_impurities(hops, sample)
    if sample.flux or any(sample.twist):
        for i, place in enumerate(bands.cells):
            hops[i] = hops[i] * np.exp(2j * np.pi * _peierls(sample, place, gauge))
    if not sample.periodic:
        for i, place in enumerate(bands.cells):
            hops[i] *= _inside(sample, place)
    if sample.potential is not None:
        if home is None:
            raise InvalidInput("a potential for bands without an on-site entry", "use bands.shifted(0.0)")
        hops[home] += np.eye(bands.n_orbitals)[:, :, None] * sample.potential.ravel()
    return hops


def _with_impurities(hops: np.ndarray, sample: Sample) -> np.ndarray:
    bands = sample.bands
    for one in sample.impurities:
        if one.kind == "gap":
            continue
        targets = [(one.site, (0, 0, 0))]
        if one.kind == "bond":
            end = tuple(int(s + r) for s, r in zip(one.site, one.bond, strict=True))
            targets = [(one.site, one.bond), (end, tuple(-x for x in one.bond))]
        for start, step in targets:
            found = np.flatnonzero(np.all(bands.cells == np.array(step), axis=1))
            if len(found) == 0:
                raise InvalidInput(
                    f"an impurity on the bond {step}, which the bands do not have",
                    "add the bond to the bands with a hopping of zero",
                )
            hops[found[0], one.orbital, one.orbital, _flat(sample, start)] += one.potential
    return hops


def _pair_elements(sample: Sample) -> np.ndarray:
    """Return Delta_ab(r -> r + R) with disorder and impurities, (R, o, o, cells)."""
    pairing = sample.host.pairing
    form = pairing.form if np.any(pairing.form.imag) else pairing.form.real
    pairs = np.repeat(pairing.amplitude * form[..., None], sample.n_cells, axis=-1)
    if sample.gap_factor is not None:
        for i, place in enumerate(pairing.cells):
            pairs[i] *= _mean_of_ends(sample, sample.gap_factor, place)
    for one in sample.impurities:
        if one.kind == "gap":
            for i, place in enumerate(pairing.cells):
                starts = [one.site] if not np.any(place) else [one.site, tuple(np.array(one.site) - place)]
                for start in starts:
                    pairs[i, :, :, _flat(sample, start)] += one.potential * form[i]
    if not sample.periodic:
        for i, place in enumerate(pairing.cells):
            pairs[i] *= _inside(sample, place)
    return pairs


def _given_pairs(sample: Sample, gap: np.ndarray) -> np.ndarray:
    pairing = sample.host.pairing
    where = _pair_mask(sample)
    gap = np.asarray(gap)
    if gap.shape != (int(where.sum()),):
        raise InvalidInput(
            f"a gap of shape {gap.shape}", f"give {int(where.sum())} values, as pair_bonds lists them"
        )
    pairs = np.zeros((*pairing.form.shape, sample.n_cells), gap.dtype)
    pairs[where] = gap
    return pairs


def _pair_mask(sample: Sample) -> np.ndarray:
    """Return where a bond of the form factor exists, bool (R, o, o, cells)."""
    pairing = sample.host.pairing
    where = np.repeat((pairing.form != 0)[..., None], sample.n_cells, axis=-1)
    if not sample.periodic:
        for i, place in enumerate(pairing.cells):
            where[i] &= _inside(sample, place)
    return where


def pair_bonds(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Return the particle entry and the hole entry of every bond that carries a gap, int (bond,) each."""
    pairing, n = sample.host.pairing, sample.bands.n_orbitals
    i, a, b, start = np.nonzero(_pair_mask(sample))
    ends = np.array([_columns(sample, place)[0] for place in pairing.cells])
    return start * n + a, ends[i, start] * n + b


def _adjoint_pairs(sample: Sample, pairs: np.ndarray) -> np.ndarray:
    """Return the lower left block in the same layout: (Delta†)(r -> r + R) = Delta(r + R -> r)^dagger."""
    cells = sample.host.pairing.cells
    place = {tuple(c): i for i, c in enumerate(cells.tolist())}
    lower = np.empty_like(pairs)
    for i, step in enumerate(cells):
        opposite = place[tuple(int(-x) for x in step)]
        columns, _ = _columns(sample, step)
        lower[i] = np.swapaxes(pairs[opposite][:, :, columns], 0, 1).conj()
    return lower


def _assemble(blocks: list[list[tuple[np.ndarray, np.ndarray]]], sample: Sample) -> csr_matrix:
    """Write rows of equal length: for each row entry (cell, a) the elements of every block, R and b."""
    cells, n = sample.n_cells, sample.bands.n_orbitals
    rows = cells * n
    width = sum(len(steps) for steps, _ in blocks[0]) * n
    dtype = np.result_type(*(values.dtype for line in blocks for _, values in line))
    data = np.empty((len(blocks), cells, n, width), dtype)
    indices = np.empty((len(blocks), cells, n, width), np.int32)
    for i, line in enumerate(blocks):
        at = 0
        for j, (steps, values) in enumerate(line):
            for r, step in enumerate(steps):
                first = (_columns(sample, step)[0] * n + j * rows).astype(np.int32)
                for b in range(n):
                    indices[i, :, :, at] = (first + b)[:, None]
                    data[i, :, :, at] = values[r, :, b, :].T
                    at += 1
    size = len(blocks) * rows
    matrix = csr_matrix(
        (data.ravel(), indices.ravel(), np.arange(size + 1, dtype=np.int64) * width), (size, size)
    )
    if n > 1 or not sample.periodic:
        matrix.eliminate_zeros()
    return matrix


def _peierls(sample: Sample, place: np.ndarray, gauge: str) -> np.ndarray:
    """Return the phase over 2 pi of the bonds r -> r + R between orbitals a and b, (o, o, cells)."""
    numbers = sample.cell_numbers()
    tau = sample.bands.positions
    start = numbers[None, None, :, :] + tau[:, None, None, :]
    end = numbers[None, None, :, :] + place + tau[None, :, None, :]
    middle, step = (start + end) / 2, end - start
    x_dy, y_dx = middle[..., 0] * step[..., 1], -middle[..., 1] * step[..., 0]
    along = {"landau": x_dy, "landau_y": y_dx, "symmetric": (x_dy + y_dx) / 2}[gauge]
    phase = sample.flux * along
    if sample.periodic:
        _, wraps = _columns(sample, place)
        # c_{r+L1} = exp(-2 pi i phi L1 y) c_r; y of the orbital that is reached.
        phase = phase - sample.flux * sample.shape[0] * wraps[:, 0] * end[..., 1]
        phase = phase + step @ (np.array(sample.twist) / np.array(sample.shape))
    return phase


def _inside(sample: Sample, place: np.ndarray) -> np.ndarray:
    ends = [(np.arange(n) + int(x)) // n == 0 for n, x in zip(sample.shape, place, strict=True)]
    return (ends[0][:, None, None] & ends[1][:, None] & ends[2]).ravel()


def _mean_of_ends(sample: Sample, field: np.ndarray, place: np.ndarray) -> np.ndarray:
    flat = field.ravel()
    return (flat + flat[_columns(sample, place)[0]]) / 2


def _flat(sample: Sample, place: Sequence[int]) -> int:
    folded = tuple(int(x) % n for x, n in zip(place, sample.shape, strict=True))
    return int(np.ravel_multi_index(folded, sample.shape))


def _home(cells: np.ndarray) -> int | None:
    found = np.flatnonzero(~np.any(cells, axis=1))
    return int(found[0]) if len(found) else None


def realspace(
    sample: Sample,
    *,
    temperature: float = 0.0,
    attraction: float | None = None,
    gauge: str = "landau",
    start: State | np.ndarray | None = None,
    method: Anderson = METHOD,
    throw: bool = True,
) -> State:
    """Return the quasiparticles of a sample by diagonalisation, with a given or a self-consistent gap.

    With an attraction -g n_{i,up} n_{j,dn} on the bonds of the host's pairing function the gap solves
    Delta_ij = (g/2) [<c_{i,up} c_{j,dn}> + <c_{j,up} c_{i,dn}>]; the chemical potential is kept.

    Parameters
    ----------
    sample : at most a few thousand entries; see `local_moments` for more.
    temperature : K.
    attraction : g, meV; the gap of the host is taken as it stands where not given.
    gauge : see `bdg_matrix`.
    start : a state of the same sample, or values (bond,), to begin with.
    method : mixing. Each step mixes the new and the old gap on all bonds, real and imaginary part alike.
    throw : whether a gap that has not converged raises.

    Returns
    -------
    State, method ``"realspace"``: ``quasiparticle_energy`` (n,), ``quasiparticle_vector`` (n, n), and for a
    superconductor ``bond_gap``, ``bond_start``, ``bond_end`` (bond,).

    Raises
    ------
    InvalidInput : a sample that is too large for a dense matrix, or an attraction in a normal metal.
    NotConverged : unless ``throw`` is False.
    """
    begin = time.perf_counter()
    size = _require_small(sample, attraction)
    extra: dict[str, np.ndarray] = {}
    report = Report(Outcome.CONVERGED, engine=f"dense diagonalisation, {size} rows, given gap")
    gap = None
    if isinstance(sample.host, Superconductor):
        left, right = pair_bonds(sample)
        gap = _first_gap(sample, start)
        if attraction is not None:
            gap, report = _self_consistent(sample, gap, attraction, K_B * temperature, gauge, method, size)
        extra = {"bond_gap": gap, "bond_start": left, "bond_end": right}
    energies, vectors = np.linalg.eigh(bdg_matrix(sample, gap=gap, gauge=gauge).toarray())
    fields = {
        "temperature": np.array([float(temperature)]),
        "quasiparticle_energy": energies,
        "quasiparticle_vector": vectors,
        **extra,
    }
    report = replace(report, seconds=time.perf_counter() - begin, checks=_checks(sample, vectors))
    if throw and not report.converged:
        raise NotConverged(report)
    return State(sample, "realspace", fields, report)


def _require_small(sample: Sample, attraction: float | None) -> int:
    paired = isinstance(sample.host, Superconductor)
    size = sample.n_cells * sample.bands.n_orbitals * (2 if paired else 1)
    if size > DENSE_LIMIT:
        raise InvalidInput(
            f"a dense matrix of {size} rows ({16e-9 * size**2:.2g} GB)",
            f"keep below {DENSE_LIMIT} rows, or use onnes.solve.local_moments or onnes.solve.impurity",
        )
    if attraction is not None and not paired:
        raise InvalidInput(
            "an attraction in a normal metal", "give a Superconductor, whose form factor names the bonds"
        )
    return size


def _first_gap(sample: Sample, start: State | np.ndarray | None) -> np.ndarray:
    if start is not None:
        return np.array(start["bond_gap"] if isinstance(start, State) else start)
    return _pair_elements(sample)[_pair_mask(sample)]


def _self_consistent(
    sample: Sample, gap: np.ndarray, g: float, kt: float, gauge: str, method: Anderson, size: int
) -> tuple[np.ndarray, Report]:
    left, right = pair_bonds(sample)
    half = size // 2

    def step(x: np.ndarray) -> np.ndarray:
        values = x[: len(left)] + 1j * x[len(left) :]
        energies, vectors = np.linalg.eigh(bdg_matrix(sample, gap=values, gauge=gauge).toarray())
        pairs = (vectors[:half] * (1 - fermi(energies, kt))) @ vectors[half:].conj().T
        new = g / 2 * (pairs[left, right] + pairs[right, left])
        return np.concatenate([new.real, new.imag])

    found = anderson(step, np.concatenate([gap.real, gap.imag]), method, floor=1e-6 * abs(g))
    report = Report(
        Outcome.of(found),
        engine=f"dense diagonalisation, {size} rows, self-consistent gap",
        residuals=found.residuals,
        target=method.tolerance,
        iterations=found.iterations,
    )
    return found.x[: len(left)] + 1j * found.x[len(left) :], report


def _checks(sample: Sample, vectors: np.ndarray) -> tuple[Check, ...]:
    particles = sample.n_cells * sample.bands.n_orbitals
    weight = np.sum(np.abs(vectors[:particles]) ** 2, axis=1)
    return (Check("states of an entry, from one", float(np.max(np.abs(weight - 1))), 1e-10),)


def local_moments(
    sample: Sample,
    entries: Sequence[int],
    *,
    broadening: float,
    accuracy: float = 1e-6,
    gauge: str = "landau",
) -> State:
    """Return Chebyshev moments of the local density of states at chosen entries of a large sample.

    The cost is one product with the sparse matrix for two moments and entry, proportional to the number of
    cells; `onnes.probe.ldos` turns the moments into a density of states broadened by a Lorentzian.

    Parameters
    ----------
    entries : particle entries, cell (flat, last axis fastest) times orbitals + orbital.
    broadening : smallest half width eta that will be asked for, meV; it fixes the number of moments.
    accuracy : what the series may leave out, relative to its largest value.

    Returns
    -------
    State, method ``"chebyshev"``: ``sampled_entry``, ``chebyshev_moments``, ``spectral_centre``,
    ``spectral_half_width``.
    """
    begin = time.perf_counter()
    if not (broadening > 0 and 0 < accuracy < 1):
        raise InvalidInput(
            f"broadening {broadening}, accuracy {accuracy}", "give eta > 0 and 0 < accuracy < 1"
        )
    entries = np.atleast_1d(np.asarray(entries, int))
    particles = sample.n_cells * sample.bands.n_orbitals
    if np.any((entries < 0) | (entries >= particles)):
        raise InvalidInput(f"entries {entries.tolist()[:8]}", f"give numbers below {particles}")
    matrix = bdg_matrix(sample, gauge=gauge)
    centre, half = chebyshev.spectral_interval(matrix)
    count = max(chebyshev.moments_needed(half, broadening, accuracy), 2)
    starts = np.zeros((matrix.shape[0], len(entries)), matrix.dtype)
    starts[entries, np.arange(len(entries))] = 1.0
    mu = chebyshev.moments(matrix, starts, count, centre, half)
    fields = {
        "temperature": np.zeros(1),
        "sampled_entry": entries,
        "chebyshev_moments": mu,
        "spectral_centre": np.array(centre),
        "spectral_half_width": np.array(half),
    }
    report = Report(
        Outcome.CONVERGED,
        engine=f"Chebyshev, {count} moments, {matrix.shape[0]} rows",
        checks=(Check("zeroth moment, from one", float(np.max(np.abs(mu[:, 0] - 1))), 1e-12),),
        seconds=time.perf_counter() - begin,
    )
    return State(sample, "chebyshev", fields, report)
