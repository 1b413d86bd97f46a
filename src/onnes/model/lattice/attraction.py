"""Attractions between electrons on a lattice that pair them into singlets."""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.lattice.pairing import Pairing


@dataclass(frozen=True, slots=True, eq=False)
class PairingInteraction:
    """H = - sum_{r,R,ab} V_ab(R) n_{r,a,up} n_{r+R,b,dn}: an attraction on every bond where V is given.

    Decoupled in the pairs, it makes the gap function of the same bonds,

        Delta_ab(R) = -V_ab(R) <c_{r+R,b,dn} c_{r,a,up}>,    Delta_ab(k) = sum_R Delta_ab(R) exp(2 pi i k.R),

    and the condensate holds sum |Delta_ab(R)|^2/V_ab(R) of energy. What the attraction does to the normal
    metal (Hartree and Fock terms) is taken to be in the bands already.

    On-site, V is the attraction -U of the Hubbard model. On nearest neighbours, -V n_i n_j (each bond
    once, n the number of both spins) pairs in the channels cos kx + cos ky and cos kx - cos ky alike, each
    with V (cos kx +- cos ky)(cos k'x +- cos k'y).

    Parameters
    ----------
    cells : int array (n, 3).
    strength : float array (n, orbital, orbital), meV, >= 0; V(-R) = V(R)^T.

    Raises
    ------
    InvalidModel : a repulsion (its mean field has no minimum), NaN, or a table that is not symmetric.
    """

    cells: np.ndarray
    strength: np.ndarray

    def __post_init__(self) -> None:
        cells, strength = np.array(self.cells, int), np.array(self.strength, float)
        if cells.ndim != 2 or cells.shape[1:] != (3,) or strength.ndim != 3 or len(strength) != len(cells):
            raise InvalidModel("strength", strength.shape, "one square matrix for each lattice vector")
        if strength.shape[1] != strength.shape[2]:
            raise InvalidModel("strength", strength.shape, "one square matrix for each lattice vector")
        if not np.all(np.isfinite(strength)) or np.any(strength < 0):
            raise InvalidModel(
                "strength", float(np.min(strength)), "finite and not negative: an attraction", "meV"
            )
        place = {tuple(cell): i for i, cell in enumerate(cells.tolist())}
        if len(place) < len(cells):
            raise InvalidModel("cells", "a repeated cell", "each lattice vector once")
        for cell, i in place.items():
            opposite = place.get(tuple(-x for x in cell))
            if opposite is None or not np.allclose(strength[i], strength[opposite].T, rtol=1e-12, atol=0):
                raise InvalidModel(f"strength at R = {cell}", "not V(-R)^T", "the same seen from both ends")
        for name, array in (("cells", cells), ("strength", strength)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def n_orbitals(self) -> int:
        return self.strength.shape[1]

    def bonds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (index (m, 3) as (cell, a, b), V (m,) meV) of the bonds with an attraction."""
        index = np.argwhere(self.strength > 0)
        return index, self.strength[tuple(index.T)]

    def pairing(self, gap: np.ndarray, irrep: str = "") -> Pairing:
        """Return the gap function from its value on every bond, complex (m,), meV, in the order of `bonds`.

        The amplitude is the largest |Delta(R)| and the form is Delta(R) over it.
        """
        index, _ = self.bonds()
        amplitude = float(np.max(np.abs(gap), initial=0.0))
        form = np.zeros(self.strength.shape, complex)
        form[tuple(index.T)] = gap / amplitude if amplitude > 0 else 0.0
        return Pairing(amplitude, self.cells, form, irrep)

    def on_bonds(self, pairing: Pairing) -> np.ndarray:
        """Return the values of a gap function on the bonds, complex (m,), meV; other bonds are dropped."""
        index, _ = self.bonds()
        place = {tuple(cell): i for i, cell in enumerate(pairing.cells.tolist())}
        found = np.zeros(len(index), complex)
        for i, (cell, a, b) in enumerate(index):
            at = place.get(tuple(self.cells[cell].tolist()))
            if at is not None:
                found[i] = pairing.amplitude * pairing.form[at, a, b]
        return found


def attraction(shells: dict[tuple[int, int], float], n_orbitals: int = 1) -> PairingInteraction:
    """Return an attraction within each orbital from {(x, y): V in meV}, spread over the 4mm images of (x, y).

    ``{(0, 0): V}`` is the attractive Hubbard model, ``{(1, 0): V}`` the nearest-neighbour attraction of
    d waves, ``{(1, 1): V}`` the next-nearest one of cos kx cos ky.
    """
    table: dict[tuple[int, int, int], float] = {}
    for (x, y), value in shells.items():
        images = {(sx * u, sy * v, 0) for u, v in ((x, y), (y, x)) for sx in (1, -1) for sy in (1, -1)}
        table |= dict.fromkeys(images, float(value))
    strength = np.array([value * np.eye(n_orbitals) for value in table.values()])
    return PairingInteraction(
        np.array(list(table)).reshape(-1, 3), strength.reshape(-1, n_orbitals, n_orbitals)
    )
