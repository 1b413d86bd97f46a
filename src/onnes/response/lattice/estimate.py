"""What a susceptibility will cost, said before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log

from onnes.errors import InvalidInput

GIB = 2.0**30
BLOCK = 48e6
"""Bytes of the working arrays of one block of transitions: a few times the cache, so that no mesh is too large."""
ZONE_BLOCK = 4e6
"""Bytes of the largest array of one block of a sum over k: fits the cache."""
ZONE_ARRAYS = 8
"""Arrays of that size that such a sum may hold at once: five at most are counted, the rest is the allocator's."""
# Measured on one core of 2.5 GHz; good to a factor of two.
DIAGONALISE, PAIR, DEPOSIT, PRODUCT = 4e-9, 1.5e-7, 8e-9, 1.5e-9
ORBIT = 6e-8
"""Seconds that one operation of a little group costs at one k."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The way that was chosen and its cost.

    Parameters
    ----------
    method : ``"mask"`` or ``"histogram"``.
    stored : whether all quasiparticles are kept in memory (otherwise each q diagonalises again).
    k_points, transitions : of the q that takes most: k summed over (where symmetry helps, those that lie on a line of
        symmetry not counted), transitions between levels at most.
    memory : bytes at most.
    seconds : on one core, good to a factor of two, cells that are refined not counted.
    symmetry : what the point group saves, and which operations could not be used.
    """

    method: str
    stored: bool
    k_points: int
    transitions: int
    memory: float
    seconds: float
    symmetry: str = ""

    def __str__(self) -> str:
        kept = "quasiparticles kept" if self.stored else "quasiparticles found again for each q"
        return (
            f"{self.method}, {self.k_points} k with up to {self.transitions} transitions for each q, {kept}; "
            f"at most {self.memory / GIB:.2g} GiB, about {self.seconds:.2g} s"
            + (f"; {self.symmetry}" if self.symmetry else "")
        )


def susceptibility_estimate(
    n_orbitals: int,
    paired: bool,
    mesh: tuple[int, int, int],
    n_q: int,
    n_energy: int,
    *,
    method: str = "auto",
    on_mesh: bool = True,
    refine: int = 1,
    memory: float = 2.0,
    nodes: int = 10_000,
    orders: Sequence[int] | None = None,
    symmetry: str = "",
) -> Estimate:
    """Return the method, memory and time of a susceptibility.

    Parameters
    ----------
    n_orbitals, paired : size of the model, and whether it is a superconductor.
    mesh : k points along each axis.
    n_q, n_energy : wavevectors and energies.
    method : ``"auto"``, ``"mask"`` or ``"histogram"``; a histogram costs the same for any number of energies.
    on_mesh : every q is a vector of the mesh, so that k + q needs no second diagonalisation.
    refine : subdivision of near-resonant cells.
    memory : limit, GiB.
    nodes : of a histogram.
    orders : for each q that is summed (those that are not images of others), how many k have the same
        transitions; by default all q, 2 for a superconductor with q on the mesh (k and -k - q), else 1.
    symmetry : a remark on the point group that is handed on.

    Raises
    ------
    InvalidInput : an unknown method, or more memory than the limit.
    """
    chosen = _method(method, n_energy)
    levels, tensor = n_orbitals * (1 + paired), n_orbitals**4
    points = mesh[0] * mesh[1] * mesh[2]
    alike = [2 if paired and on_mesh else 1] * n_q if orders is None else list(orders)
    summed = [points if order == 1 else points // int(order) + 1 for order in alike]
    keep = points * levels * (16 * levels + 8)
    fixed = _fixed_memory(points, levels, tensor, n_q, n_energy, nodes if chosen == "histogram" else 0)
    if refine > 1:
        # energies and masks of every transition, and the variation of those that start from one level
        fixed += points * (levels**2 + 16 * levels + 72 * levels)
    stored = on_mesh and fixed + keep <= memory * GIB
    total = fixed + (keep if stored else 0)
    if total > memory * GIB:
        raise InvalidInput(
            f"a susceptibility of {total / GIB:.3g} GiB ({n_q} q, {n_energy} energies, {tensor} components)",
            f"raise memory= above {memory:g} GiB, or ask for fewer q or energies at a time",
        )
    diagonalise = DIAGONALISE * levels**3 * (log(levels + 1) + 6)
    solving = diagonalise * (points * (0.5 if paired else 1) if stored else 2 * sum(summed))
    pairs = sum(summed) * levels**2 / 2
    orbits = ORBIT * points * sum(order for order in alike if order > 2)
    seconds = solving + orbits + pairs * pair_seconds(n_orbitals, n_energy, method)
    most = max(summed, default=0)
    return Estimate(chosen, stored, most, ceil(most * levels**2 / 2), total, seconds, symmetry)


def pair_seconds(n_orbitals: int, n_energy: int, method: str) -> float:
    """Return the seconds of one transition."""
    tensor = n_orbitals**4
    if _method(method, n_energy) == "histogram":
        return PAIR + 6 * DEPOSIT * tensor
    return PAIR + 2 * DEPOSIT * tensor + n_energy * (2e-9 + PRODUCT * tensor)


def _method(method: str, n_energy: int) -> str:
    if method not in ("auto", "mask", "histogram"):
        raise InvalidInput(f"method {method!r}", "use 'auto', 'mask' or 'histogram'")
    return method if method != "auto" else ("histogram" if n_energy > 12 else "mask")


def _fixed_memory(points: int, levels: int, tensor: int, n_q: int, n_energy: int, nodes: int) -> float:
    """Return the bytes besides the levels of the mesh: results, histogram, mesh and orbits, one block.

    A mesh takes 24 bytes a k; making it, or its orbits, twice and four times that. A histogram takes its
    weights and those of one block, and a kernel with its real and its imaginary part. A result at one q is held
    while it is unpacked and turned.
    """
    results = (n_q + 4) * (n_energy + 1) * 16 * tensor
    histogram = 8 * nodes * (2 * tensor + 4 * n_energy)
    return results + histogram + 144 * points + 8 * levels * points + 2 * BLOCK


def zone_block(matrix_size: int, cells: int = 0) -> int:
    """Return how many k a block of a sum over the zone has; matrices and Fourier phases fill `ZONE_BLOCK` bytes."""
    return max(1, int(ZONE_BLOCK / _row(matrix_size, cells)))


def zone_memory(matrix_size: int, cells: int = 0) -> float:
    """Return the bytes that a sum over the Brillouin zone needs at most, however fine the mesh.

    `onnes.solve.bdg`, `onnes.response.superfluid_weight` and the thermodynamics of a lattice superconductor go
    through their mesh in blocks and keep nothing of a block but its sums.

    Parameters
    ----------
    matrix_size : of the largest matrix of one k, as a square one: 2 n_orbitals for the gap equation.
    cells : lattice vectors in the Fourier sums that make it.
    """
    return ZONE_ARRAYS * max(ZONE_BLOCK, _row(matrix_size, cells))


def _row(matrix_size: int, cells: int) -> float:
    return 16.0 * matrix_size**2 + 16.0 * cells
