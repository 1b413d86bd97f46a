"""What bands must fulfil: Hermiticity, time reversal, point group, filling, known energies.

The mesh here serves the counting of electrons alone; nothing that is computed with the bands uses it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.lattice.pointgroup import Symmetry, hopping_mismatch, lattice_matrix
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics.brillouin import fermi, mesh
from onnes.units import K_B

EXACT = 1e-9
"""Bound of an exact symmetry over the largest hopping: rounding of sums of a hundred terms, with room."""
FILLING = 0.01
"""Bound of the number of electrons: the digits of a published doping."""
TEMPERATURE = 10.0
"""K; kT is below a meV, and moves the filling by a thousandth only within kT of a van Hove point."""
PROBES = 10
"""Points along each axis at which energies of equivalent wavevectors are compared."""


@dataclass(frozen=True, slots=True)
class BandCheck:
    """One test of bands: |value| must stay within bound, both in ``unit``."""

    name: str
    value: float
    bound: float
    unit: str = "meV"

    @property
    def passed(self) -> bool:
        return bool(abs(self.value) <= self.bound)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An energy that is known: band ``band`` (0 is the lowest) at ``k`` (reciprocal lattice units), meV."""

    name: str
    k: tuple[float, float, float]
    band: int
    energy: float
    bound: float


def count_electrons(
    bands: TightBinding, *, temperature: float = TEMPERATURE, shape: Sequence[int] | None = None
) -> float:
    """Return the number of electrons in a cell, n = (2/N_k) sum_{k,i} f(E_i(k)), both spins.

    Parameters
    ----------
    bands : energies counted from the chemical potential.
    temperature : K.
    shape : points along each axis; by default as many as fix n to a few thousandths. A shifted mesh
        of which only one of k and -k is diagonalised where the hoppings are real.
    """
    k = mesh(shape or _shape(bands), shift=0.5)
    if len(k) % 2 == 0 and not np.any(bands.hoppings.imag):
        k = k[: len(k) // 2]  # the shifted mesh read backwards is -k, and E(-k) = E(k) for real hoppings
    return float(2 * np.sum(fermi(_energies(bands, k), K_B * temperature)) / len(k))


def check_bands(
    bands: TightBinding,
    *,
    symmetries: Iterable[Symmetry] = (),
    electrons: float | None = None,
    checkpoints: Iterable[Checkpoint] = (),
    temperature: float = TEMPERATURE,
) -> tuple[BandCheck, ...]:
    """Return what bands fulfil and by how much they miss it; nothing is raised for a check that fails.

    Hermiticity: max |t(R) - t(-R)†|. Time reversal of orbitals without spin: max |Im t|. Each symmetry
    g with representation U: max |U t(R) U† - t(gR)| over the table, exact in real space with every
    orbital at its position, and max |E(gk) - E(k)|. Filling: electrons counted at ``temperature`` minus
    those expected (`electrons`, else those of the bands). Checkpoints: energy minus the known one.

    Parameters
    ----------
    bands : to be tested; a table of one's own as well as a ready set.
    symmetries : about the origin of the positions.
    electrons : in a cell, both spins.
    checkpoints : known energies, such as the van Hove point.
    temperature : K, at which electrons are counted; lower than 10 K for bands of a few meV width.

    Raises
    ------
    InvalidModel : a symmetry that does not map the lattice or the orbitals onto themselves.
    """
    scale = max(float(np.max(np.abs(bands.hoppings))), np.finfo(float).tiny)
    found = [
        BandCheck("Hermiticity", _asymmetry(bands), EXACT * scale),
        BandCheck("time reversal", float(np.max(np.abs(bands.hoppings.imag))), EXACT * scale),
    ]
    for symmetry in symmetries:
        if symmetry.representation is not None:
            found.append(BandCheck(symmetry.name, hopping_mismatch(bands, symmetry), EXACT * scale))
        mismatch = _energy_mismatch(bands, symmetry)
        found.append(BandCheck(f"{symmetry.name} of the energies", mismatch, 100 * EXACT * scale))
    expected = bands.electrons if electrons is None else electrons
    if expected is not None:
        found.append(
            BandCheck(
                "filling", count_electrons(bands, temperature=temperature) - expected, FILLING, "electrons"
            )
        )
    for point in checkpoints:
        energy = float(_energies(bands, np.array([point.k]))[0, point.band])
        found.append(BandCheck(point.name, energy - point.energy, point.bound))
    return tuple(found)


def require(name: str, checks: Iterable[BandCheck]) -> None:
    """Raise `InvalidModel` where a check failed; the message names each that did and by how much."""
    failed = [check for check in checks if not check.passed]
    if failed:
        first, *others = failed
        also = ", ".join(f"{c.name} by {c.value:.3g} {c.unit}" for c in others)
        raise InvalidModel(
            f"{name}: departure from {first.name}",
            f"{first.value:.4g} {first.unit}",
            f"within {first.bound:.2g} {first.unit}" + (f" (also failed: {also})" if also else ""),
        )


def _shape(bands: TightBinding) -> tuple[int, int, int]:
    """More points where a matrix is small, and one where nothing depends on k along an axis."""
    fine = {1: 128, 2: 128}.get(bands.n_orbitals, 80)
    if np.any(bands.cells[:, 2]):
        return (48, 48, 6)
    return (fine, fine if np.any(bands.cells[:, 1]) else 1, 1)


def _energies(bands: TightBinding, k: np.ndarray) -> np.ndarray:
    matrix = bands.bloch(k)
    return matrix[..., 0].real if bands.n_orbitals == 1 else np.linalg.eigvalsh(matrix)


def _asymmetry(bands: TightBinding) -> float:
    place = {tuple(cell): i for i, cell in enumerate(bands.cells.tolist())}
    opposite = [place.get(tuple(-x for x in cell)) for cell in place]
    mirror = [0.0 if i is None else bands.hoppings[i].conj().T for i in opposite]
    return max(float(np.max(np.abs(t - m))) for t, m in zip(bands.hoppings, mirror, strict=True))


def _energy_mismatch(bands: TightBinding, symmetry: Symmetry) -> float:
    """max |E(gk) - E(k)|; k.R is kept when k and R turn together, so that k -> k G^-T."""
    turn = np.linalg.inv(lattice_matrix(bands, symmetry)).T
    k = mesh([PROBES if np.any(bands.cells[:, i]) else 1 for i in range(3)], shift=0.37)
    return float(np.max(np.abs(_energies(bands, k @ turn) - _energies(bands, k))))
