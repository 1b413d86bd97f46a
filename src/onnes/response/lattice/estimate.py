"""What a susceptibility will cost, said before it starts."""

from dataclasses import dataclass
from math import log

from onnes.errors import InvalidInput

GIB = 2.0**30
BLOCK = 48e6
"""Bytes of the working arrays of one block of transitions: a few times the cache, so that no mesh is too large."""
# Measured on one core of 2.5 GHz; good to a factor of two.
DIAGONALISE, PAIR, DEPOSIT, PRODUCT = 4e-9, 1.5e-7, 8e-9, 1.5e-9


@dataclass(frozen=True, slots=True)
class Estimate:
    """The way that was chosen and its cost.

    Parameters
    ----------
    method : ``"mask"`` or ``"histogram"``.
    stored : whether all quasiparticles are kept in memory (otherwise each q diagonalises again).
    k_points, transitions : of one q: k summed over, transitions between levels at most.
    memory : bytes at most.
    seconds : on one core, good to a factor of two, cells that are refined not counted.
    """

    method: str
    stored: bool
    k_points: int
    transitions: int
    memory: float
    seconds: float

    def __str__(self) -> str:
        kept = "quasiparticles kept" if self.stored else "quasiparticles found again for each q"
        return (
            f"{self.method}, {self.k_points} k with up to {self.transitions} transitions for each q, {kept}; "
            f"at most {self.memory / GIB:.2g} GiB, about {self.seconds:.2g} s"
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

    Raises
    ------
    InvalidInput : an unknown method, or more memory than the limit.
    """
    if method not in ("auto", "mask", "histogram"):
        raise InvalidInput(f"method {method!r}", "use 'auto', 'mask' or 'histogram'")
    levels, tensor = n_orbitals * (1 + paired), n_orbitals**4
    points = mesh[0] * mesh[1] * mesh[2]
    summed = points // 2 + 1 if paired and on_mesh else points
    pairs = summed * levels**2 // 2
    chosen = method if method != "auto" else ("histogram" if n_energy > 12 else "mask")
    keep = points * levels * (16 * levels + 8)
    nodes = 1e4 if chosen == "histogram" else 0
    fixed = 8 * nodes * (tensor + 2 * n_energy) + n_q * (n_energy + 1) * 16 * tensor + 4 * BLOCK
    if refine > 1:
        fixed += 8 * points * levels**2 * 8
    stored = on_mesh and fixed + keep <= memory * GIB
    total = fixed + (keep if stored else 0)
    if total > memory * GIB:
        raise InvalidInput(
            f"a susceptibility of {total / GIB:.3g} GiB ({n_q} q, {n_energy} energies, {tensor} components)",
            f"raise memory= above {memory:g} GiB, or ask for fewer q or energies at a time",
        )
    diagonalise = DIAGONALISE * levels**3 * (log(levels + 1) + 6)
    solving = diagonalise * (points * (0.5 if paired else 1) if stored else 2 * summed * n_q)
    rate = 4 * DEPOSIT * tensor if chosen == "histogram" else n_energy * (2e-9 + PRODUCT * tensor)
    seconds = solving + n_q * pairs * (PAIR + 2 * DEPOSIT * tensor + rate)
    return Estimate(chosen, stored, summed, pairs, total, seconds)
