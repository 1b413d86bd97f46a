"""Ready clusters: chain, ring, ladder, square lattice, honeycomb, and copper-oxygen planes.

Hopping amplitudes are those of ``-t c+ c`` (t > 0 lowers the bonding state), meV. A twist is the phase
that an electron collects around the cluster, spread evenly over the cells so that translations stay
symmetries: a hop by d cells carries exp(i twist.d/L), and energies of a ring are -2t cos(k - twist/L). Bonds
that wrap onto the same pair of sites add up.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.correlated.hubbard import Cluster
from onnes.model.correlated.peierls import flux_torus

Bonds = Sequence[tuple[int, int, tuple[int, ...], float]]


def periodic_cluster(
    shape: tuple[int, ...],
    basis: np.ndarray,
    bonds: Bonds,
    *,
    onsite: Sequence[float] = (),
    twist: Sequence[float] = (),
    name: str = "cluster",
) -> Cluster:
    """Return the cluster of ``shape`` cells closed on itself.

    Parameters
    ----------
    shape : cells along each axis. basis : float (orbital, axis), places in a cell, in units of the translations.
    bonds : (orbital a, orbital b, R, amplitude meV), each bond once: h[(r, a), (r + R, b)] += amplitude,
        and its conjugate.
    onsite : site energy of each orbital, meV. twist : phase around each axis, rad.

    Raises
    ------
    InvalidModel : a shape that is not positive, or a twist of another number of axes.
    """
    basis = np.atleast_2d(np.asarray(basis, dtype=float))
    _check(shape, twist)
    cells = np.array(list(product(*(range(s) for s in shape))))
    phases = np.asarray(twist, dtype=float) / np.array(shape) if len(twist) else np.zeros(len(shape))
    n_orb, number = len(basis), {tuple(c): i for i, c in enumerate(cells)}

    def site(cell: np.ndarray, orbital: int) -> int:
        return number[tuple(int(c) for c in cell % np.array(shape))] * n_orb + orbital

    matrix = np.zeros((len(cells) * n_orb,) * 2, dtype=complex)
    for cell in cells:
        for a, b, step, amplitude in bonds:
            i, j = site(cell, a), site(cell + np.array(step), b)
            hop = amplitude * np.exp(-1j * phases @ np.array(step))  # from j back to i: against the step
            matrix[i, j] += hop
            matrix[j, i] += np.conj(hop)
        for a, level in enumerate(onsite):
            matrix[site(cell, a), site(cell, a)] += level
    moves = np.array([[site(cell + shift, a) for cell in cells for a in range(n_orb)] for shift in cells])
    places = (cells[:, None, :] + basis[None]).reshape(-1, len(shape))
    return Cluster(matrix, places, moves, cells / np.array(shape), name)


def ring_cluster(sites: int, t: float, *, flux: float = 0.0) -> Cluster:
    """Return a ring of at least three sites; ``flux`` is the phase once around, rad: eps = -2t cos(k - flux/L)."""
    if sites < 3:
        raise InvalidModel("sites", sites, "at least 3 for a ring (two sites are a chain)")
    return periodic_cluster((sites,), np.zeros((1, 1)), [(0, 0, (1,), -t)], twist=(flux,), name="ring")


def chain_cluster(sites: int, t: float) -> Cluster:
    """Return an open chain; two sites are the dimer with one bond -t."""
    _check((sites,), ())
    matrix = -t * (np.eye(sites, k=1) + np.eye(sites, k=-1))
    return Cluster(matrix, name="chain")


def ladder_cluster(rungs: int, t: float, t_rung: float | None = None, *, twist: float = 0.0) -> Cluster:
    """Return a two-leg ladder, closed along its legs, rung by rung; ``t_rung`` is t where absent.

    Places are (rung, leg) in units of the spacing along the legs; the second axis is open.
    """
    if rungs < 3:
        raise InvalidModel("rungs", rungs, "at least 3 for a closed ladder")
    across = t if t_rung is None else t_rung
    bonds = [(0, 0, (1, 0), -t), (1, 1, (1, 0), -t), (0, 1, (0, 0), -across)]
    legs = np.array([[0.0, 0.0], [0.0, 1.0]])
    return periodic_cluster((rungs, 1), legs, bonds, twist=(twist, 0.0), name="ladder")


def square_cluster(
    lx: int,
    ly: int,
    t: float,
    t_prime: float = 0.0,
    t_second: float = 0.0,
    *,
    twist: Sequence[float] = (),
    flux: int = 0,
) -> Cluster:
    """Return lx x ly cells of the square lattice with hoppings to first, second and third neighbours.

    eps(k) = -2t (cos kx + cos ky) - 4t' cos kx cos ky - 2t'' (cos 2kx + cos 2ky). Sites are numbered x*ly
    + y. On a side of two cells, bonds to both sides join the same sites and add to 2t.

    Parameters
    ----------
    flux : magnetic flux quanta through the whole torus, whole; the flux through each plaquette is the same, and only
        translations that commute with the phases of the hops remain.

    Raises
    ------
    InvalidModel : sides that are not positive, a twist of another number of axes, flux that is not whole or with a side
        of less than three cells (five with t'').
    """
    bonds = [(0, 0, (1, 0), -t), (0, 0, (0, 1), -t)]
    bonds += [(0, 0, (1, 1), -t_prime), (0, 0, (1, -1), -t_prime)] if t_prime else []
    bonds += [(0, 0, (2, 0), -t_second), (0, 0, (0, 2), -t_second)] if t_second else []
    if flux:
        _check((lx, ly), twist)
        return flux_torus(lx, ly, [(step, amplitude) for _, _, step, amplitude in bonds], flux, twist)
    return periodic_cluster((lx, ly), np.zeros((1, 2)), bonds, twist=twist, name="square")


def honeycomb_cluster(lx: int, ly: int, t: float, *, twist: Sequence[float] = ()) -> Cluster:
    """Return lx x ly cells of the honeycomb lattice, two sites A, B a cell; bonds in a cell and to two neighbours."""
    bonds = [(0, 1, (0, 0), -t), (0, 1, (-1, 0), -t), (0, 1, (0, -1), -t)]
    basis = np.array([[0.0, 0.0], [1 / 3, 1 / 3]])
    return periodic_cluster((lx, ly), basis, bonds, twist=twist, name="honeycomb")


def three_band_cluster(
    lx: int,
    ly: int,
    *,
    tpd: float = 1130.0,
    tpp: float = 490.0,
    level_d: float = 0.0,
    level_p: float = 3240.0,
    twist: Sequence[float] = (),
) -> Cluster:
    """Return lx x ly cells of the copper-oxygen plane for *holes*: orbitals d, px, py of each cell.

    One hole in a cell is the undoped plane. h_dpx(k) = tpd (1 - e^-ikx), h_dpy(k) = -tpd (1 - e^-iky), h_pxpy(k) =
    tpp (1 - e^ikx)(1 - e^-iky): the lobes of d are positive along x, p orbitals point along +x and +y, and
    the sign of d is chosen so that no other sign appears.
    level_p - level_d is Delta. Site interactions are `three_band_interaction`.
    """
    # the three signs around a triangle d-px-py multiply to -tpd^2 tpp, whatever the signs of the orbitals: holes
    bonds = [
        (0, 1, (0, 0), +tpd),
        (0, 1, (-1, 0), -tpd),
        (0, 2, (0, 0), -tpd),
        (0, 2, (0, -1), +tpd),
        (1, 2, (0, 0), +tpp),
        (1, 2, (1, 0), -tpp),
        (1, 2, (0, -1), -tpp),
        (1, 2, (1, -1), +tpp),
    ]
    basis = np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]])
    levels = (level_d, level_p, level_p)
    return periodic_cluster((lx, ly), basis, bonds, onsite=levels, twist=twist, name="copper-oxygen")


def three_band_interaction(cluster: Cluster, Ud: float = 8500.0, Up: float = 4100.0) -> np.ndarray:
    """Return U (site,), meV, of a `three_band_cluster`: Ud on copper, Up on oxygen."""
    if cluster.sites % 3:
        raise InvalidModel("sites", cluster.sites, "a multiple of three")
    return np.tile([Ud, Up, Up], cluster.sites // 3)


def nearest_bonds(cluster: Cluster, value: float) -> np.ndarray:
    """Return (site, site): ``value``, meV, on every bond that the hopping joins, as V or J of a model."""
    matrix = np.where(np.abs(cluster.hopping) > 0, value, 0.0)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _check(shape: tuple[int, ...], twist: Sequence[float]) -> None:
    if any(int(s) != s or s < 1 for s in shape):
        raise InvalidModel("shape", shape, "positive whole numbers of cells")
    if len(twist) not in (0, len(shape)) or not np.all(np.isfinite(np.asarray(twist, dtype=float))):
        raise InvalidModel("twist", twist, f"empty, or {len(shape)} finite phases", "rad")
