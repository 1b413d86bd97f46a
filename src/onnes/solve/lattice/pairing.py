"""Pairing from spin, charge and orbital fluctuations: the linearised gap equation on the Fermi line.

lambda g(k) = - sum_k' w_k' Gamma(k, k') g(k'),
Gamma(k, k') = sum P_ad(k)* V_ab,cd(k - k') P_bc(k'),  P(k) = u(k) u(k)†  (u of the band at the point),
V = (3/2) U_s chi_s U_s + U_s/2 - (1/2) U_c chi_c U_c + U_c/2   (singlet),
V = -(1/2) U_s chi_s U_s - U_s/2 - (1/2) U_c chi_c U_c + U_c/2  (triplet),

with the static chi_s = (1 - chi0 U_s)^-1 chi0 and chi_c = (1 + chi0 U_c)^-1 chi0. w_k are the shares in
the density of states, so that a weak attraction -V0 has lambda = N(0) V0. With time reversal,
u(-k) = u(k)*, the pair of orbitals a, d at k and -k enters as P_ad = u_a u_d*: no phase is left to
choose, and a gap that is the same for all orbitals is a constant on the Fermi line.

T. Takimoto, T. Hotta, K. Ueda, Phys. Rev. B 69, 104504 (2004); K. Kuroki et al., Phys. Rev. Lett. 101,
087004 (2008); S. Graser et al., New J. Phys. 11, 025016 (2009).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.lattice.interaction import HubbardKanamori
from onnes.model.lattice.quadrupole import CorrelatedBands, QuadrupolePhonons
from onnes.model.lattice.tightbinding import TightBinding
from onnes.response.lattice.static import StaticBubble, dressed, require_stable, static_susceptibility
from onnes.solve.lattice.fermi_surface import FermiSurface, cartesian, fermi_surface, point_group
from onnes.state import Check, Outcome, Report, State

CHANNELS = ("singlet", "triplet")
CHUNK = 2048
"""Pairs of points whose vertex is computed at once."""
SAMPLE = 64
"""Pairs of points on which the symmetry of the vertex is tested."""
EQUAL = 0.02
"""Largest departure of a character from an integer for which a representation is named."""


@dataclass(frozen=True, slots=True)
class _Vertices:
    spin: np.ndarray
    charge: np.ndarray


def pairing(
    bands: TightBinding,
    interaction: HubbardKanamori | QuadrupolePhonons,
    *,
    mesh: Sequence[int] = (64, 64),
    temperature: float,
    n_fermi_points: int = 96,
    channel: str = "singlet",
    solutions: int = 6,
    memory: float = 4.0,
) -> State:
    """Return the leading solutions of the linearised gap equation with the RPA pairing interaction.

    Parameters
    ----------
    bands : two-dimensional, with time reversal, energies from the chemical potential.
    interaction : its spin and charge vertices act between orbitals of one cell.
    mesh : k points of the static bubble.
    temperature : K, of the bubble.
    n_fermi_points : about how many points on the Fermi line.
    channel : ``"singlet"`` (even gaps) or ``"triplet"`` (odd gaps).
    solutions : how many to keep.
    memory : GiB that the bubble may use.

    Returns
    -------
    State : method ``"pairing"``; its report checks that the vertex is real and symmetric.

    Raises
    ------
    MagneticInstability : the normal state orders magnetically (the message gives U/Uc and q).
    InvalidModel : its charges or orbitals order, or the bands have no Fermi line or break time reversal.
    InvalidInput : an unknown channel, a temperature that is not positive, or a mesh beyond ``memory``.
    """
    begin = time.perf_counter()
    if channel not in CHANNELS:
        raise InvalidInput(f"channel = {channel!r}", f"use one of {', '.join(CHANNELS)}")
    model = CorrelatedBands(bands, interaction)
    n = bands.n_orbitals
    vertices = _Vertices(interaction.spin_vertex(n), interaction.charge_vertex(n))
    bubble = static_susceptibility(bands, temperature, mesh=mesh, memory=memory)
    stoner = (
        require_stable(bubble, vertices.spin, "spin"),
        require_stable(bubble, -vertices.charge, "charge"),
    )
    surface = fermi_surface(bands, points=n_fermi_points)
    matrix, imaginary, asymmetry = _vertex_matrix(bands, surface, bubble, vertices, channel)
    scale = max(float(np.max(np.abs(matrix))), np.finfo(float).tiny)
    values, gaps = _gap_equation(matrix, surface, channel)
    checks = (
        Check("imaginary part of the vertex, over its largest value", imaginary / scale, 1e-6),
        Check("departure of the vertex from the symmetry of the bands", asymmetry / scale, 1e-6),
    )
    fields = {
        "temperature": np.array([float(temperature)]),
        "fermi_wavevector": surface.k,
        "fermi_weight": surface.weight,
        "fermi_band": surface.band,
        "fermi_sheet": surface.sheet,
        "pairing_vertex": matrix,
        "pairing_eigenvalue": values[:solutions],
        "gap_function": gaps[:solutions],
        "stoner_spin": np.array(stoner[0]),
        "stoner_charge": np.array(stoner[1]),
    }
    engine = f"RPA, {'x'.join(str(s) for s in mesh)} k points, {len(surface.k)} Fermi points, {channel}"
    report = Report(Outcome.CONVERGED, engine=engine, checks=checks, seconds=time.perf_counter() - begin)
    return State(model, "pairing", fields, report)


def pairing_interaction(chi0: np.ndarray, vertices: _Vertices, channel: str) -> np.ndarray:
    """Return V_ab,cd(q), complex (..., n^2, n^2), meV, from the bubble."""
    spin, charge = vertices.spin, vertices.charge
    spin_part = spin @ dressed(chi0, spin) @ spin
    charge_part = charge @ dressed(chi0, -charge) @ charge
    factor, bare = (1.5, 0.5) if channel == "singlet" else (-0.5, -0.5)
    return factor * spin_part + bare * spin - 0.5 * charge_part + 0.5 * charge


def _vertex_matrix(
    bands: TightBinding, surface: FermiSurface, bubble: StaticBubble, vertices: _Vertices, channel: str
) -> tuple[np.ndarray, float, float]:
    """Return Gamma between all points, its largest imaginary part, and its largest departure from symmetry.

    One point of each orbit is paired with all points, the rest follows from Gamma(gk, gk') = Gamma(k, k').
    An interaction without the symmetry of the bands is found out by a sample, and then all pairs are computed.
    """
    projectors = fermi_projectors(bands, surface.k, surface.band)
    count = len(surface.k)

    def gamma(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return _between(first, second, surface.k, projectors, (bubble, vertices, channel))

    seeds = np.unique(surface.images.min(axis=0))
    first, second = (x.ravel() for x in np.meshgrid(seeds, np.arange(count), indexing="ij"))
    rows = gamma(first, second)
    matrix = np.empty((count, count))
    for image in surface.images:
        matrix[np.ix_(image[seeds], image)] = rows.real.reshape(len(seeds), count)
    imaginary = float(np.max(np.abs(rows.imag)))
    i, j = np.random.default_rng(3).integers(0, count, (2, SAMPLE))
    asymmetry = float(np.max(np.abs(gamma(i, j).real - matrix[i, j])))
    if asymmetry > 1e-6 * float(np.max(np.abs(matrix))):
        first, second = np.triu_indices(count)
        pairs = gamma(first, second)
        matrix[first, second] = matrix[second, first] = pairs.real
        imaginary = float(np.max(np.abs(pairs.imag)))
    return (matrix + matrix.T) / 2, imaginary, asymmetry


def _between(
    first: np.ndarray,
    second: np.ndarray,
    k: np.ndarray,
    projectors: np.ndarray,
    source: tuple[StaticBubble, _Vertices, str],
) -> np.ndarray:
    """Return Gamma(k_i, k_j) of listed pairs, complex (pair,)."""
    bubble, vertices, channel = source
    n = projectors.shape[-1]
    chi0 = bubble.at(k[first] - k[second])
    found = np.empty(len(first), complex)
    for begin in range(0, len(first), CHUNK):
        part = slice(begin, begin + CHUNK)
        v = pairing_interaction(chi0[part], vertices, channel).reshape(-1, n, n, n, n)
        inner = np.einsum("pabcd,pbc->pad", v, projectors[second[part]], optimize=True)
        found[part] = np.einsum("pad,pad->p", projectors[first[part]].conj(), inner)
    return found


def fermi_projectors(bands: TightBinding, k: np.ndarray, band: np.ndarray) -> np.ndarray:
    """Return P(k) = u u† of the given band at each point, complex (point, orbital, orbital)."""
    _, vectors = np.linalg.eigh(bands.bloch(k))
    u = vectors[np.arange(len(k)), :, band]
    return u[:, :, None] * u[:, None, :].conj()


def _gap_equation(matrix: np.ndarray, surface: FermiSurface, channel: str) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues, largest first, and gaps (solution, point) of the parity of the channel."""
    sign = 1.0 if channel == "singlet" else -1.0
    inverted = surface.inverted
    half = np.flatnonzero(np.arange(len(inverted)) < inverted)
    parity = np.zeros((len(half), len(inverted)))
    parity[np.arange(len(half)), half] = np.sqrt(0.5)
    parity[np.arange(len(half)), inverted[half]] = sign * np.sqrt(0.5)
    root = np.sqrt(surface.weight)
    values, vectors = np.linalg.eigh(-parity @ (root[:, None] * matrix * root) @ parity.T)
    gaps = (vectors.T @ parity)[::-1] / root
    peak = gaps[np.arange(len(gaps)), np.argmax(np.abs(gaps), axis=1)]
    return values[::-1], gaps / peak[:, None]


# --- symmetry ----------------------------------------------------------------------------------

FOURFOLD = {
    (1, 1): "A1g (s)",
    (1, -1): "A2g (g)",
    (-1, 1): "B1g (d x2-y2)",
    (-1, -1): "B2g (d xy)",
}
"""Characters of the rotation by 90 degrees and of the mirror x -> -x."""


def gap_symmetry(state: State) -> tuple[str, ...]:
    """Return the irreducible representation of each solution of `pairing`, by its characters.

    An A1g gap is called s+- where it changes sign on the Fermi line, s++ otherwise. x and y are
    Cartesian. Degenerate pairs are called E; a group without fourfold rotation gives the signs under
    the inversion-free operations, such as ``"A (s++)"``.
    """
    bands, k, band = state.model.bands, state["fermi_wavevector"], state["fermi_band"]
    group = point_group(bands)
    rotations = cartesian(bands, group)
    weight = state["fermi_weight"]
    permutations = [_image(k, band, m) for m in group]
    names = []
    for gap in state["gap_function"]:
        norm = np.sum(weight * gap**2)
        characters = np.array([np.sum(weight * gap * gap[p]) / norm for p in permutations])
        names.append(_name(characters, rotations, gap))
    return tuple(names)


def _image(k: np.ndarray, band: np.ndarray, operation: np.ndarray) -> np.ndarray:
    moved = k[:, None, :2] @ operation - k[None, :, :2]
    distance = np.max(np.abs(moved - np.round(moved)), axis=-1) + (band[:, None] != band[None, :])
    return np.argmin(distance, axis=1)


def _name(characters: np.ndarray, rotations: np.ndarray, gap: np.ndarray) -> str:
    if np.any(np.abs(np.abs(characters) - 1) > EQUAL):
        return "E"
    signs = np.round(characters).astype(int)
    if np.all(signs == 1):
        kind = "s+-" if np.min(gap) * np.max(gap) < 0 else "s++"
        return f"A1g ({kind})"
    quarter = [i for i, r in enumerate(rotations) if np.allclose(r, [[0, 1], [-1, 0]], atol=1e-6)]
    mirror = [i for i, r in enumerate(rotations) if np.allclose(r, [[-1, 0], [0, 1]], atol=1e-6)]
    if quarter and mirror:
        inversion = signs[next(i for i, r in enumerate(rotations) if np.allclose(r, -np.eye(2)))]
        if inversion == 1:
            return FOURFOLD[int(signs[quarter[0]]), int(signs[mirror[0]])]
    return "one-dimensional, odd under " + str(int(np.sum(signs < 0))) + " operations"


def sheet_averages(state: State, solution: int = 0) -> np.ndarray:
    """Return the average of one gap function over each closed line, float (sheet,)."""
    if not 0 <= solution < len(state["gap_function"]):
        raise InvalidInput(
            f"solution = {solution}", f"this state holds 0 to {len(state['gap_function']) - 1}"
        )
    sheet, weight = state["fermi_sheet"], state["fermi_weight"]
    gap = state["gap_function"][solution]
    total = np.bincount(sheet, weight)
    if np.any(total <= 0):
        raise InvalidModel("fermi_sheet", "numbers with a hole", "0, 1, 2, ... without a hole")
    return np.bincount(sheet, weight * gap) / total
