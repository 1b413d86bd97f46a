"""Quadrupoles of d orbitals, their coupling through phonons, and bands with an interaction."""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.lattice.interaction import HubbardKanamori
from onnes.model.lattice.tightbinding import TightBinding

D_ORBITALS = ("xz", "yz", "x2-y2", "xy", "3z2-r2")
QUADRUPOLES = ("xz", "yz", "xy", "x2-y2", "3z2-r2")


@dataclass(frozen=True, slots=True, eq=False)
class QuadrupolePhonons:
    """Coulomb interaction and a static attraction between orbital quadrupoles made by local phonons.

    H = H_Coulomb - (g/2) sum_i sum_G O_G(i)^2,  O_G = sum_{ab,s} o^G_ab c†_as c_bs

    The phonons are slow compared with the bands: their attraction enters the bubbles (rings), not the
    ladders, so that it adds -2g sum_G o^G_ab o^G_cd to the charge vertex and nothing to the spin vertex.
    H. Kontani, S. Onari, Phys. Rev. Lett. 104, 157001 (2010).

    Parameters
    ----------
    coulomb : the local repulsion and Hund's coupling.
    coupling : g = 2 (electron-phonon matrix element)^2/(phonon energy), meV, not negative.
    operators : float array (operator, orbital, orbital), symmetric, dimensionless.
    """

    coulomb: HubbardKanamori
    coupling: float
    operators: np.ndarray

    def __post_init__(self) -> None:
        operators = np.array(self.operators, float)
        if operators.ndim != 3 or operators.shape[1] != operators.shape[2] or not len(operators):
            raise InvalidModel("operators", operators.shape, "one square matrix for each quadrupole")
        if not np.all(np.isfinite(operators)) or np.max(np.abs(operators - operators.swapaxes(1, 2))) > 1e-12:
            raise InvalidModel("operators", "not symmetric or not finite", "real and symmetric matrices")
        if not (np.isfinite(self.coupling) and self.coupling >= 0):
            raise InvalidModel("coupling", self.coupling, "finite and not negative", "meV")
        operators.setflags(write=False)
        object.__setattr__(self, "operators", operators)

    def spin_vertex(self, n_orbitals: int) -> np.ndarray:
        """Return U_s[(ab), (cd)], float (n^2, n^2), meV: that of the Coulomb interaction."""
        return self.coulomb.spin_vertex(n_orbitals)

    def charge_vertex(self, n_orbitals: int) -> np.ndarray:
        """Return U_c[(ab), (cd)] = U_c of the Coulomb interaction - 2g sum_G o_ab o_cd, meV."""
        if self.operators.shape[1] != n_orbitals:
            raise InvalidModel("operators", self.operators.shape, f"matrices of {n_orbitals} orbitals")
        flat = self.operators.reshape(len(self.operators), -1)
        return self.coulomb.charge_vertex(n_orbitals) - 2 * self.coupling * flat.T @ flat


@dataclass(frozen=True, slots=True, eq=False)
class CorrelatedBands:
    """Bands and a local interaction between their orbitals, all of one atom (or J = U' = 0 between atoms)."""

    bands: TightBinding
    interaction: HubbardKanamori | QuadrupolePhonons

    def __post_init__(self) -> None:
        if not isinstance(self.interaction, HubbardKanamori | QuadrupolePhonons):
            raise InvalidModel(
                "interaction", type(self.interaction).__name__, "HubbardKanamori or QuadrupolePhonons"
            )
        self.interaction.charge_vertex(self.bands.n_orbitals)


def d_quadrupole(name: str, orbitals: tuple[str, ...] = D_ORBITALS) -> np.ndarray:
    """Return the matrix of one quadrupole of angular momentum l = 2, its largest element scaled to 1.

    O_xz = l_x l_z + l_z l_x and cyclic, O_x2-y2 = l_x^2 - l_y^2, O_3z2-r2 = 3 l_z^2 - l^2.

    Parameters
    ----------
    name : one of ``QUADRUPOLES``.
    orbitals : which d orbitals, in the order of the bands; upper or lower case. Axes rotated about z mix
        the pair xz, yz: use both.

    Raises
    ------
    InvalidInput : a name that is not a quadrupole or not a d orbital.
    """
    if name not in QUADRUPOLES:
        raise InvalidInput(f"{name!r} is not a quadrupole", f"use one of {', '.join(QUADRUPOLES)}")
    small = [orbital.lower() for orbital in orbitals]
    unknown = [orbital for orbital in small if orbital not in D_ORBITALS]
    if unknown:
        raise InvalidInput(f"{unknown[0]!r} is not a d orbital", f"use {', '.join(D_ORBITALS)}")
    lx, ly, lz = _angular_momentum()
    table = {
        "xz": lx @ lz + lz @ lx,
        "yz": ly @ lz + lz @ ly,
        "xy": lx @ ly + ly @ lx,
        "x2-y2": lx @ lx - ly @ ly,
        "3z2-r2": 3 * lz @ lz - 6 * np.eye(5),
    }
    real = table[name].real
    chosen = [D_ORBITALS.index(orbital) for orbital in small]
    return (real / np.max(np.abs(real)))[np.ix_(chosen, chosen)]


def _angular_momentum() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return l_x, l_y, l_z of l = 2 between the real orbitals `D_ORBITALS`, complex (5, 5)."""
    m = np.arange(2, -3, -1)
    lz = np.diag(m).astype(complex)
    raise_ = np.diag(np.sqrt(6.0 - m[1:] * (m[1:] + 1)), 1).astype(complex)
    lx, ly = (raise_ + raise_.T) / 2, (raise_ - raise_.T) / 2j
    # Columns: real orbitals in spherical harmonics m = 2, 1, 0, -1, -2 (Condon-Shortley phases).
    r = np.sqrt(0.5)
    basis = np.array(
        [
            [0, -r, 0, r, 0],  # xz
            [0, 1j * r, 0, 1j * r, 0],  # yz
            [r, 0, 0, 0, r],  # x2-y2
            [-1j * r, 0, 0, 0, 1j * r],  # xy
            [0, 0, 1, 0, 0],  # 3z2-r2
        ]
    ).T
    return tuple(basis.conj().T @ operator @ basis for operator in (lx, ly, lz))
