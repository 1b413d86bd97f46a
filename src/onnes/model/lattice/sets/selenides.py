"""Two-iron cell of FeSe: ten orbitals and dispersion between the layers.

x and y point from an iron to its nearest neighbours, kx and ky are counted in their distance, and the second
iron lies at (1, 0). The published elements are those of orbitals xy, x2-y2, i xz, i yz, z2 with the phase of each
iron's place: H = [[A, B], [B*, A*]] with B symmetric, the second iron being the image of the first by inversion.
"""

from collections.abc import Mapping

import numpy as np

from onnes.model.lattice.pointgroup import Symmetry
from onnes.model.lattice.sets.form import FOURFOLD, MIRROR_DIAGONAL, MIRROR_Z, Form
from onnes.model.lattice.sets.harmonics import REACH, cosine, product, sine
from onnes.model.lattice.sets.harmonics import WAVES as w

ORBITALS = ("xy", "x2-y2", "xz", "yz", "3z2-r2")
IMAGINARY = np.array([1.0, 1.0, 1.0j, 1.0j, 1.0])
"""Published orbitals over real ones, first iron; B* and A* of the second are those of the conjugate orbitals."""
Layers = dict[int, np.ndarray]
"""Number of layers hopped -> coefficients of exp(i (m kx + n ky)), (9, 9)."""
Elements = dict[tuple[int, int], Layers]
Table = dict[tuple[int, int, int], np.ndarray]
"""Distance or cell -> hoppings (10, 10)."""


def two_iron(t: Mapping[str, float]) -> Form:
    """Ten orbitals in the form of Eschrig and Koepernik; the elements are those of `selenide_elements`.

    ``t10_18`` hops from orbital 1 of the first iron to orbital 8 (i xz of the second) at a distance (1, 0).
    """
    within, across = selenide_elements(t)
    table: Table = {}
    for (a, b), layers in within.items():
        _add(table, layers, a, b)
        if a != b:
            _add(table, _conjugate(layers), b, a)
    for (a, b), layers in across.items():
        _add(table, layers, a, b + 5)
        if a != b:
            _add(table, layers, b, a + 5)
    return _form(t, _with_second_iron(table))


def selenide_elements(t: Mapping[str, float]) -> tuple[Elements, Elements]:
    """Return A_ab and B_ab for a <= b: within one iron's sublattice, and from the first to the second.

    Hoppings between i xz or i yz and other orbitals are imaginary; the numbers are their imaginary parts.
    """
    return _within(t), _across(t)


def _within(t: Mapping[str, float]) -> Elements:
    u, c, c2, s, s2 = cosine(0), cosine(1), cosine(2), sine(1), sine(2)
    far = w.c2x + w.c2y
    sz2x, sz2y = 4 * t["t201_14"] * product(s2, u), 4 * t["t201_14"] * product(u, s2)
    elements = {
        (0, 0): _upright(
            t["e1"] * w.one + 4 * t["t11_11"] * w.cxcy + 2 * t["t20_11"] * far, 4 * t["t201_11"] * far
        ),
        (0, 2): _sines(-4 * t["t11_13"] * product(s, c), 1j * sz2y),
        (0, 3): _sines(-4 * t["t11_13"] * product(c, s), 1j * sz2x),
        (0, 4): {0: -4 * t["t11_15"] * product(s, s)},
        (1, 1): {0: t["e2"] * w.one + 4 * t["t11_22"] * w.cxcy},
        (1, 2): {0: -4 * t["t11_23"] * product(c, s)},
        (1, 3): {0: 4 * t["t11_23"] * product(s, c)},
        (2, 3): {0: -4 * t["t11_34"] * product(s, s)},
        (2, 4): {0: -4 * t["t11_35"] * product(c, s)},
        (3, 4): {0: -4 * t["t11_35"] * product(s, c)},
        (4, 4): {0: t["e5"] * w.one},
    }
    for orbital, x, y in ((2, w.c2x, w.c2y), (3, w.c2y, w.c2x)):
        plane = t["e3"] * w.one + 4 * t["t11_33"] * product(c, c) + 4 * t["t22_33"] * product(c2, c2)
        plane = plane + 2 * t["t20_33"] * x + 2 * t["t02_33"] * y
        between = 2 * t["t001_33"] * w.one + 4 * t["t201_33"] * x + 4 * t["t021_33"] * y
        elements[orbital, orbital] = _upright(plane, between)
    return elements


def _across(t: Mapping[str, float]) -> Elements:
    u, s = cosine(0), sine(1)
    near = w.cx + w.cy
    elements = {
        (0, 0): _sum(
            _upright(2 * t["t10_16"] * near + 4 * t["t21_16"] * (w.c2xcy + w.cxc2y), 4 * t["t101_16"] * near),
            _slanted(2 * t["t121_16"], (_wave(1, 2, 1) + _wave(2, 1, 1), _wave(-1, 2, 1) + _wave(-2, 1, 1))),
        ),
        (0, 2): _sum(
            _sines(-2 * t["t10_18"] * product(s, u), 4j * t["t101_19"] * product(u, s)),
            _slanted(-2 * t["t121_19"], (_wave(1, 2, -1), -_wave(-1, 2, -1))),
        ),
        (0, 3): _sum(
            _sines(-2 * t["t10_18"] * product(u, s), 4j * t["t101_19"] * product(s, u)),
            _slanted(-2 * t["t121_19"], (_wave(2, 1, -1), _wave(-2, 1, -1))),
        ),
        (1, 1): {0: 2 * t["t10_27"] * near},
        (1, 2): {0: 2 * t["t10_29"] * product(u, s)},
        (1, 3): {0: -2 * t["t10_29"] * product(s, u)},
        (1, 4): {0: 2 * t["t10_210"] * (w.cx - w.cy)},
        (2, 3): _sines(0 * near, -4j * t["t101_39"] * near),
        (2, 4): {0: -2 * t["t10_410"] * product(u, s)},
        (3, 4): {0: -2 * t["t10_410"] * product(s, u)},
    }
    for orbital, x, y in ((2, "38", "49"), (3, "49", "38")):
        plane = 2 * t["t10_" + x] * w.cx + 2 * t["t10_" + y] * w.cy
        plane = plane + 4 * t["t21_" + x] * w.c2xcy + 4 * t["t21_" + y] * w.cxc2y
        between = 4 * t["t101_" + x] * w.cx + 4 * t["t101_" + y] * w.cy
        elements[orbital, orbital] = _sum(
            _upright(plane, between),
            _slanted(2 * t["t121_" + x], (_wave(2, 1, 1), _wave(-2, 1, 1))),
            _slanted(2 * t["t121_" + y], (_wave(1, 2, 1), _wave(-1, 2, 1))),
        )
    return elements


# --- layers ------------------------------------------------------------------------------------


def _upright(plane: np.ndarray, between: np.ndarray) -> Layers:
    """plane + between cos kz."""
    return {0: plane, 1: between / 2, -1: between / 2}


def _sines(plane: np.ndarray, between: np.ndarray) -> Layers:
    """plane - between sin kz."""
    return {0: plane, 1: 0.5j * between, -1: -0.5j * between}


def _slanted(factor: complex, waves: tuple[np.ndarray, np.ndarray]) -> Layers:
    """factor (first exp(i kz) + second exp(-i kz))."""
    return {1: factor * waves[0], -1: factor * waves[1]}


def _wave(m: int, n: int, parity: int) -> np.ndarray:
    """cos(m kx + n ky) for parity 1, sin(m kx + n ky) for -1."""
    wave = np.zeros((2 * REACH + 1, 2 * REACH + 1), complex)
    first = 0.5 if parity > 0 else -0.5j
    wave[REACH + m, REACH + n] += first
    wave[REACH - m, REACH - n] += parity * first
    return wave


def _sum(*parts: Layers) -> Layers:
    found: Layers = {}
    for part in parts:
        for layer, wave in part.items():
            found[layer] = found.get(layer, 0) + wave
    return found


# --- the whole table ---------------------------------------------------------------------------


def _conjugate(layers: Layers) -> Layers:
    """Return the complex conjugate function of k."""
    return {-layer: wave[::-1, ::-1].conj() for layer, wave in layers.items()}


def _add(table: Table, layers: Layers, row: int, column: int) -> None:
    for layer, wave in layers.items():
        for m, n in np.argwhere(np.abs(wave) > 1e-14).tolist():
            cell = (m - REACH, n - REACH, layer)
            table.setdefault(cell, np.zeros((10, 10), complex))[row, column] += wave[m, n]


def _with_second_iron(table: Table) -> Table:
    """Return the table with the rows of the second iron, A* and B*, whose coefficients are those at -R conjugated."""
    full = {cell: matrix.copy() for cell, matrix in table.items()}
    for cell, matrix in table.items():
        opposite = full.setdefault((-cell[0], -cell[1], -cell[2]), np.zeros((10, 10), complex))
        opposite[5:, 5:] += matrix[:5, :5].conj()
        opposite[5:, :5] += matrix[:5, 5:].conj()
    return full


def _form(t: Mapping[str, float], table: Table) -> Form:
    """From distances to cells (the second iron at (1, 0) of its cell), from published to real orbitals."""
    phases = np.diag(np.concatenate([IMAGINARY, IMAGINARY.conj()]))
    cells: Table = {}
    for (x, y, z), matrix in table.items():
        for row in (0, 1):
            for column in (0, 1):
                shift = x + row - column
                block = np.zeros((10, 10), complex)
                part = np.s_[5 * row : 5 * row + 5, 5 * column : 5 * column + 5]
                block[part] = matrix[part]
                if not np.any(block):
                    continue
                cell = ((shift + y) // 2, (y - shift) // 2, z)
                moved = phases @ block @ phases.conj().T
                cells[cell] = cells.get(cell, 0) + moved
    cells[0, 0, 0] = cells[0, 0, 0] - t["mu"] * np.eye(10)
    d = t["a"] / np.sqrt(2)
    return Form(
        np.array([[d, d, 0.0], [-d, d, 0.0], [0.0, 0.0, t["c"]]]),
        np.array(list(cells)),
        np.array(list(cells.values())),
        tuple(f"{name} {iron}" for iron in ("Fe1", "Fe2") for name in ORBITALS),
        _symmetries(),
        np.array([[0.0, 0, 0]] * 5 + [[0.5, -0.5, 0]] * 5),
    )


def _symmetries() -> tuple[Symmetry, ...]:
    """Return generators of the point group of an iron, -42m: no selenium lies in a plane along x or y."""
    turned = np.zeros((5, 5))
    # x -> y, y -> -x, z -> -z
    turned[0, 0], turned[1, 1], turned[3, 2], turned[2, 3], turned[4, 4] = -1.0, -1.0, -1.0, 1.0, 1.0
    mirrored = np.diag([1.0, -1, 0, 0, 1])
    mirrored[2, 3] = mirrored[3, 2] = 1.0
    both = np.eye(2)
    return (
        Symmetry("fourfold rotation with reflection", MIRROR_Z @ FOURFOLD, np.kron(both, turned)),
        Symmetry("diagonal mirror", MIRROR_DIAGONAL, np.kron(both, mirrored)),
    )
