"""Point symmetries of lattice models: what they do to the crystal, to wavevectors and to the orbitals.

An operation takes orbital a of the cell R to sum_b U_ba times orbital b of the cell R G + c. It is a symmetry of
bands and gap function where

    U t(R) U† = t(R G),    phase * U Delta(R) U^T = Delta(R G),

with one phase for all R: Delta -> -Delta under a fourfold rotation is a d wave and no broken symmetry, since a
global phase of the pairs is a gauge. Wavevectors turn as k -> k G^-T, which keeps k.R.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding

SYMMETRIC = 1e-11
"""Largest departure of a table from its image, over its largest element: rounding of sums of a hundred terms."""
NEARLY = 1e-6
"""Departure up to which an operation that is not used is named with its departure."""
ORDERS = {3: 1, -1: 2, 0: 3, 1: 4, 2: 6}
"""Trace of a proper rotation of a crystal -> its order."""


@dataclass(frozen=True, slots=True, eq=False)
class Symmetry:
    """A point operation about the origin, and what it does to the orbitals.

    Parameters
    ----------
    name : such as ``"fourfold rotation"``.
    rotation : float array (3, 3), Cartesian, orthogonal: r -> rotation r.
    representation : float array (orbital, orbital): orbital b turns into sum_a representation[a, b] of
        orbital a at the image position. None: only energies are compared.
    """

    name: str
    rotation: np.ndarray
    representation: np.ndarray | None = None

    def __post_init__(self) -> None:
        rotation = np.array(self.rotation, float)
        if rotation.shape != (3, 3) or not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-9):
            raise InvalidModel("rotation", rotation.shape, "an orthogonal 3 x 3 matrix")
        object.__setattr__(self, "rotation", rotation)
        if self.representation is not None:
            matrix = np.array(self.representation, complex)
            square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
            if not square or not np.allclose(matrix @ matrix.conj().T, np.eye(len(matrix)), atol=1e-9):
                raise InvalidModel("representation", matrix.shape, "a unitary matrix of the orbitals")
            object.__setattr__(self, "representation", matrix)


@dataclass(frozen=True, slots=True, eq=False)
class PointGroup:
    """The point symmetries of a model about the origin of its positions; the first is the identity.

    Axes along which nothing depends on k are left alone, and so are operations that differ only there.

    Parameters
    ----------
    operations : each with its representation, a permutation of the orbitals with signs; all orbitals are
        moved by one lattice vector, so that products of orbitals of one cell stay such.
    lattice : int (operation, 3, 3), G of R -> R G in units of the translations.
    gauge : complex (operation,), the phase that brings the gap function back; 1 for bands alone.
    departure : largest departure of the tables from their images, over their largest element.
    missing : symmetries of the lattice that are not used, each with the reason.
    """

    operations: tuple[Symmetry, ...]
    lattice: np.ndarray
    gauge: np.ndarray
    departure: float
    missing: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.operations)

    @property
    def turns(self) -> np.ndarray:
        """Return T of k -> k T in reciprocal lattice units, int (operation, 3, 3)."""
        return np.rint(np.linalg.inv(self.lattice).swapaxes(1, 2)).astype(int)

    def only(self, chosen: np.ndarray, reason: str) -> "PointGroup":
        """Return the subgroup of the operations chosen (bool); the others are missing for that reason."""
        chosen = np.asarray(chosen, bool)
        kept = tuple(o for o, use in zip(self.operations, chosen, strict=True) if use)
        lost = tuple(
            f"{o.name} ({reason})" for o, use in zip(self.operations, chosen, strict=True) if not use
        )
        return PointGroup(kept, self.lattice[chosen], self.gauge[chosen], self.departure, self.missing + lost)


def symmetry_group(model: TightBinding | Superconductor) -> PointGroup:
    """Return the point group of bands, or of bands and gap function, found from their tables.

    Every operation of the lattice is tried; U is searched among permutations of orbitals with signs, one
    orbital after the other. An operation that needs another U (orbitals that mix by other angles, or that move
    into different cells) is left out and named in ``missing``.

    Parameters
    ----------
    model : `TightBinding` or `Superconductor`.
    """
    bands = model.bands if isinstance(model, Superconductor) else model
    flat = flat_axes(model)
    operations, matrices, gauges, missing, departure = [], [], [], [], 0.0
    for lattice in _lattice_operations(bands.vectors, flat):
        rotation = (np.linalg.inv(bands.vectors) @ lattice @ bands.vectors).T
        name = _name(rotation)
        found = _representation(model, lattice)
        if found is None:
            missing.append(f"{name} ({_reason(model, lattice)})")
            continue
        mix, gauge, error = found
        operations.append(Symmetry(name, rotation, mix))
        matrices.append(lattice)
        gauges.append(gauge)
        departure = max(departure, error)
    first = [np.array_equal(m, np.eye(3)) for m in matrices].index(True)
    order = [first, *(i for i in range(len(matrices)) if i != first)]
    return PointGroup(
        tuple(operations[i] for i in order),
        np.array(matrices)[order],
        np.array(gauges)[order],
        departure,
        tuple(missing),
    )


def flat_axes(model: TightBinding | Superconductor) -> np.ndarray:
    """Return for each axis whether nothing depends on k along it, bool (3,)."""
    if isinstance(model, Superconductor):
        return np.all(np.vstack([model.bands.cells, model.pairing.cells]) == 0, axis=0)
    return np.all(model.cells == 0, axis=0)


def lattice_matrix(bands: TightBinding, symmetry: Symmetry) -> np.ndarray:
    """Return G with cells -> cells G under the rotation; whole numbers where the lattice is kept."""
    matrix = bands.vectors @ symmetry.rotation.T @ np.linalg.inv(bands.vectors)
    whole = np.rint(matrix)
    if not np.allclose(matrix, whole, atol=1e-6):
        raise InvalidModel(symmetry.name, "an operation that leaves the lattice", "one of the lattice's own")
    return whole.astype(int)


def hopping_mismatch(bands: TightBinding, symmetry: Symmetry) -> float:
    """Return max |t - image of t|: orbital a at r + tau_a goes to the orbitals b at g(r + tau_a) = r' + tau_b."""
    lattice, n = lattice_matrix(bands, symmetry), bands.n_orbitals
    mix = symmetry.representation
    if mix is None or mix.shape != (n, n):
        raise InvalidModel("representation", np.shape(mix), f"a {n} x {n} matrix, one row for each orbital")
    # moved[b, a]: the cell into which orbital a of the home cell goes when it becomes orbital b.
    moved = (bands.positions @ lattice)[None, :, :] - bands.positions[:, None, :]
    cell = np.rint(moved)
    if np.any(np.abs(moved - cell)[np.abs(mix) > 1e-12] > 1e-6):
        raise InvalidModel(symmetry.name, "an orbital moved to an empty place", "one of the crystal's own")
    return table_mismatch(bands.cells, bands.hoppings, lattice, cell, mix, mix.conj())


def table_mismatch(
    cells: np.ndarray,
    table: np.ndarray,
    lattice: np.ndarray,
    moved: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
) -> float:
    """Return max |t - image|, the image of t_ab(R) being left_ca t_ab right_db at R G + moved[d, b] - moved[c, a]."""
    n = table.shape[1]
    image: dict[tuple[int, ...], np.ndarray] = {}
    pairs = [(b, a) for b in range(n) for a in range(n) if abs(left[b, a]) > 1e-12]
    for start, matrix in zip(cells @ lattice, table, strict=True):
        for to, a in pairs:
            for end, b in pairs:
                reach = start + moved[end, b] - moved[to, a]
                block = image.setdefault(tuple(reach.astype(int).tolist()), np.zeros((n, n), complex))
                block[to, end] += left[to, a] * matrix[a, b] * right[end, b]
    given = {tuple(c): t for c, t in zip(cells.tolist(), table, strict=True)}
    zero = np.zeros((n, n))
    return max(
        float(np.max(np.abs(given.get(c, zero) - image.get(c, zero)))) for c in given.keys() | image.keys()
    )


# --- operations of the lattice -----------------------------------------------------------------


def _lattice_operations(vectors: np.ndarray, flat: np.ndarray) -> Iterator[np.ndarray]:
    """Yield every G of whole numbers that keeps all lengths and angles, and flat axes where they are."""
    metric = vectors @ vectors.T
    axes = np.flatnonzero(~flat)
    inner = metric[np.ix_(axes, axes)]
    reach = np.sqrt(np.diag(np.linalg.inv(inner))) if len(axes) else np.zeros(0)
    images = []
    for axis in axes:
        limit = (reach * np.sqrt(metric[axis, axis]) + 1e-6).astype(int)
        trial = np.array(list(product(*(range(-n, n + 1) for n in limit))))
        length = np.einsum("ti,ij,tj->t", trial, inner, trial)
        images.append(trial[np.abs(length - metric[axis, axis]) < 1e-9 * metric[axis, axis]])
    for rows in product(*images):
        lattice = np.eye(3, dtype=int)
        for axis, row in zip(axes, rows, strict=True):
            lattice[axis, axes] = row
        if np.allclose(lattice @ metric @ lattice.T, metric, rtol=0, atol=1e-9 * np.max(metric)):
            yield lattice


def _name(rotation: np.ndarray) -> str:
    """Return the name of an operation with its axis, the largest component of which is written as 1."""
    sign = round(float(np.linalg.det(rotation)))
    order = ORDERS[round(sign * float(np.trace(rotation)))]
    if order == 1:
        return "identity" if sign > 0 else "inversion"
    values, vectors = np.linalg.eig(sign * rotation)
    axis = vectors[:, np.argmin(np.abs(values - 1))].real
    axis = axis / axis[np.argmax(np.abs(axis) > 0.999 * np.max(np.abs(axis)))]
    where = "(" + ", ".join(f"{x:.3g}" for x in axis + 0.0 * (np.abs(axis) < 1e-9)) + ")"
    where = where.replace("-0,", "0,").replace("-0)", "0)")
    if sign > 0:
        return f"rotation of order {order} about {where}"
    return f"mirror normal to {where}" if order == 2 else f"rotation-inversion of order {order} about {where}"


# --- what they do to the orbitals --------------------------------------------------------------


def _representation(
    model: TightBinding | Superconductor, lattice: np.ndarray, tolerance: float = SYMMETRIC
) -> tuple[np.ndarray, complex, float] | None:
    """Return U, the phase of the gap and the departure, or None where no signed permutation serves."""
    bands = model.bands if isinstance(model, Superconductor) else model
    tables = [(bands.cells, bands.hoppings)]
    if isinstance(model, Superconductor) and model.pairing.amplitude != 0:
        tables.append((model.pairing.cells, model.pairing.form))
    scaled = [(cells, table / max(np.max(np.abs(table)), np.finfo(float).tiny)) for cells, table in tables]
    aligned = [(table, _turned(cells, table, lattice)) for cells, table in scaled]
    moved = (bands.positions @ lattice)[None, :, :] - bands.positions[:, None, :]
    cell = np.rint(moved)
    fits = np.max(np.abs(moved - cell), axis=2) < 1e-6
    for shift in np.unique(cell[:, 0][fits[:, 0]], axis=0):
        allowed = fits & np.all(cell == shift, axis=2)
        for gauge in _gauges(aligned[1:], tolerance):
            mix = _assigned(aligned, (1.0, gauge), allowed, tolerance)
            if mix is None:
                continue
            none = np.zeros((*mix.shape, 3))
            phases = (1.0, gauge)[: len(scaled)]
            error = max(
                table_mismatch(*t, lattice, none, phase * mix, mix)
                for t, phase in zip(scaled, phases, strict=True)
            )
            if error <= tolerance:
                return mix, complex(gauge), error
    return None


def _turned(cells: np.ndarray, table: np.ndarray, lattice: np.ndarray) -> np.ndarray:
    """Return t(R G) in the order of the cells R, zero where there is none."""
    place = {tuple(c): i for i, c in enumerate(cells.tolist())}
    where = [place.get(tuple(c), -1) for c in (cells @ lattice).tolist()]
    return np.concatenate([table, np.zeros((1, *table.shape[1:]))])[where]


def _gauges(pairs: list[tuple[np.ndarray, np.ndarray]], tolerance: float) -> list[complex]:
    """Return the phases that may bring a gap function back: those of one element over its possible images."""
    if not pairs:
        return [1.0]
    table, image = pairs[0]
    cell, a, b = np.unravel_index(np.argmax(np.abs(table)), table.shape)
    value = table[cell, a, b]
    alike = image[cell][np.abs(np.abs(image[cell]) - abs(value)) <= tolerance]
    found: list[complex] = []
    for phase in np.concatenate([alike / value, -alike / value]):
        if all(abs(phase - other) > 1e-6 for other in found):
            found.append(complex(phase / abs(phase)))
    return found


def _assigned(
    tables: list[tuple[np.ndarray, np.ndarray]],
    phases: tuple[complex, ...],
    allowed: np.ndarray,
    tolerance: float,
) -> np.ndarray | None:
    """Return the first U (b, a) of one ±1 in each row and column with phase U t(R) U^T = t(R G), or None.

    Orbitals are placed one after the other; a choice that contradicts those before is dropped at once.
    """
    n = len(allowed)
    chosen: list[tuple[int, int]] = []

    def fits(a: int, target: int, sign: int) -> bool:
        for b, (there, other) in enumerate([*chosen, (target, sign)]):
            for (table, image), phase in zip(tables, phases, strict=False):
                for one, two, at, to in ((a, b, target, there), (b, a, there, target)):
                    moved = phase * sign * other * table[:, one, two]
                    if np.max(np.abs(moved - image[:, at, to])) > tolerance:
                        return False
        return True

    def place(a: int) -> bool:
        if a == n:
            return True
        taken = {target for target, _ in chosen}
        for target in np.flatnonzero(allowed[:, a]):
            # a common sign of all orbitals is no operation
            for sign in (1, -1) if a else (1,):
                if target not in taken and fits(a, int(target), sign):
                    chosen.append((int(target), sign))
                    if place(a + 1):
                        return True
                    chosen.pop()
        return False

    if not place(0):
        return None
    mix = np.zeros((n, n))
    for a, (target, sign) in enumerate(chosen):
        mix[target, a] = sign
    return mix


def _reason(model: TightBinding | Superconductor, lattice: np.ndarray) -> str:
    """Say how far an operation is from a symmetry, or whether it is one of the energies only."""
    nearly = _representation(model, lattice, NEARLY)
    if nearly is not None:
        return f"kept to {nearly[2]:.1e} only"
    k = np.random.default_rng(5).uniform(-0.5, 0.5, (8, 3))
    turned = k @ np.linalg.inv(lattice).T
    matrix = model.bogoliubov if isinstance(model, Superconductor) else model.bloch
    energy, image = (np.linalg.eigvalsh(matrix(x)) for x in (k, turned))
    if np.max(np.abs(energy - image)) > 1e-7 * max(float(np.max(np.abs(energy))), np.finfo(float).tiny):
        return "not a symmetry of the energies"
    return "a symmetry of the energies that no permutation of the orbitals of one cell with signs represents"
