"""Point impurities in a periodic lattice, exactly: the T-matrix.

G = g + g T g and T = (1 - V g)^-1 V, where V lives on a few entries (cell, component) and g is the Green
function of the clean lattice between cells. The cost is one Fourier transform for each energy, against
the cube of the number of cells of a diagonalisation. A. V. Balatsky, I. Vekhter, J.-X. Zhu, Rev. Mod.
Phys. 78, 373 (2006), section III.
"""

import time
from collections.abc import Iterable, Sequence

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.lattice.disorder import Impurity, Sample
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.response.lattice.green import MeshGreen, retarded
from onnes.solve.lattice.bdg import given_gap
from onnes.state import Check, Outcome, Report, State

Entry = tuple[tuple[int, int, int], int]


def impurity(
    host: Superconductor | TightBinding | State,
    impurities: Iterable[Impurity],
    *,
    mesh: Sequence[int],
    energy: np.ndarray,
    broadening: float,
    temperature: float = 0.0,
) -> State:
    """Return the T-matrix of point impurities in a periodic lattice.

    Parameters
    ----------
    host : superconductor or bands, or a solved state of them (its temperature is kept).
    impurities : one or more; their potentials may overlap.
    mesh : cells of the periodic lattice, two or three numbers.
    energy : meV (n,).
    broadening : imaginary part eta of the energies, meV. Level spacings below it are not resolved.
    temperature : K, recorded where ``host`` is a model.

    Returns
    -------
    State, method ``"tmatrix"``: ``energy``, ``broadening``, ``channel_cell`` (channel, axis),
    ``channel_component`` (channel,), ``tmatrix`` (energy, channel, channel_to). Its model is a `Sample`.

    Raises
    ------
    InvalidModel : an impurity outside the lattice, or of a kind the host cannot have.
    InvalidInput : energies or broadening that make no sense.
    """
    begin = time.perf_counter()
    clean = host if isinstance(host, State) else _clean(host, temperature)
    sample = Sample(clean.model, tuple(mesh), tuple(impurities))
    z = retarded(energy, broadening)
    entries, v = scattering_matrix(sample)
    cells = np.array([place for place, _ in entries], int).reshape(-1, 3)
    components = np.array([component for _, component in entries], int)
    g = channel_green(MeshGreen(clean, sample.shape), z, cells, components)
    t = np.linalg.solve(np.eye(len(v)) - v @ g, np.broadcast_to(v, g.shape))
    residual = float(
        np.max(np.abs(t - v - v @ g @ t), initial=0.0) / max(np.max(np.abs(t), initial=0.0), 1e-300)
    )
    fields = {
        "temperature": clean["temperature"],
        "energy": z.real,
        "broadening": np.array(float(broadening)),
        "channel_cell": cells,
        "channel_component": components,
        "tmatrix": t,
    }
    # T = V + V g T loses as many digits as 1 - V g is badly conditioned, which the residual shows.
    check = Check("residual of T = V + V g T, relative", residual, 1e-9)
    report = Report(
        Outcome.CONVERGED,
        engine=f"T-matrix, {len(v)} channels, {sample.n_cells} cells",
        checks=(check,),
        seconds=time.perf_counter() - begin,
    )
    return State(sample, "tmatrix", fields, report)


def _clean(model: Superconductor | TightBinding, temperature: float) -> State:
    if isinstance(model, Superconductor):
        return given_gap(model, temperature)
    if isinstance(model, TightBinding):
        fields = {"temperature": np.array([float(temperature)])}
        return State(model, "bands", fields, Report(Outcome.CONVERGED, engine="given bands"))
    raise InvalidInput(
        f"a host of type {type(model).__name__}", "give a Superconductor, a TightBinding or a State of one"
    )


def scattering_matrix(sample: Sample) -> tuple[list[Entry], np.ndarray]:
    """Return the entries (cell, component) that the impurities touch and V on them, complex (n, n), meV."""
    terms: dict[tuple[Entry, Entry], complex] = {}
    for one in sample.impurities:
        for pair, value in _terms(one, sample):
            terms[pair] = terms.get(pair, 0.0) + value
    entries = sorted({entry for pair in terms for entry in pair})
    place = {entry: i for i, entry in enumerate(entries)}
    v = np.zeros((len(entries), len(entries)), complex)
    for (left, right), value in terms.items():
        v[place[left], place[right]] = value
    return entries, v


def _terms(one: Impurity, sample: Sample) -> list[tuple[tuple[Entry, Entry], complex]]:
    """Return the matrix elements of one impurity in the basis (c_up, c†_dn) of the sample."""
    n = sample.bands.n_orbitals
    paired = isinstance(sample.host, Superconductor)

    def entry(place: Sequence[int], component: int) -> Entry:
        return tuple(int(x) % size for x, size in zip(place, sample.shape, strict=True)), component

    def normal(left: Sequence[int], right: Sequence[int]) -> list[tuple[tuple[Entry, Entry], complex]]:
        # A real potential enters the holes with the opposite sign.
        found = [((entry(left, one.orbital), entry(right, one.orbital)), one.potential)]
        if paired:
            holes = n + one.orbital
            found.append(((entry(left, holes), entry(right, holes)), -one.potential))
        return found

    site = np.array(one.site)
    if one.kind == "potential":
        return normal(site, site)
    if one.kind == "bond":
        other = site + np.array(one.bond)
        return normal(site, other) + normal(other, site)
    found = []
    for pair_cell, form in zip(sample.host.pairing.cells, sample.host.pairing.form, strict=True):
        # Bonds that start in the cell, and those that end in it.
        starts = [site] if not np.any(pair_cell) else [site, site - pair_cell]
        for start in starts:
            for a, b in np.argwhere(form != 0).tolist():
                left, right = entry(start, a), entry(start + pair_cell, n + b)
                value = one.potential * form[a, b]
                found += [((left, right), value), ((right, left), np.conj(value))]
    return found


def channel_green(mesh: MeshGreen, z: np.ndarray, cells: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Return g between the channels, complex (energy, channel, channel): a direct sum over wavevectors."""
    found = np.zeros((len(z), len(cells), len(cells)), complex)
    if len(cells) == 0:
        return found
    kinds = np.unique(components)
    steps = (cells[:, None, :] - cells[None, :, :]).reshape(-1, 3)
    steps, which = np.unique(steps, axis=0, return_inverse=True)
    which = which.reshape(len(cells), len(cells))
    phases = mesh.sum_over(steps)
    for part in mesh.blocks(z):
        between = mesh.columns(z[part], kinds, kinds) @ phases
        row = np.searchsorted(kinds, components)
        found[part] = np.moveaxis(between[row[:, None], row[None, :], :, which], -1, 0)
    return found
