"""One-iron cells of iron superconductors: two orbitals, and five.

The pnictogens alternate above and below the plane. A translation by one iron is a symmetry only together
with a reflection z -> -z; in the one-iron cell xz and yz, odd under it, carry the alternating sign. Their
rotations and mirrors therefore contain the reflection: a mirror x -> -x leaves xz and changes the sign of yz.
"""

from collections.abc import Mapping

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.lattice.pointgroup import Symmetry
from onnes.model.lattice.sets.form import FOURFOLD, MIRROR_DIAGONAL, MIRROR_Y, Form, square_symmetries
from onnes.model.lattice.sets.harmonics import WAVES as w
from onnes.model.lattice.sets.harmonics import cosine, product, sine, table

GRASER_ORBITALS = ("xz", "yz", "x2-y2", "xy", "3z2-r2")
KUROKI_ORBITALS = ("3Z2-R2", "XZ", "YZ", "X2-Y2", "XY")
KUROKI_SHELLS = ((1, 0), (1, 1), (2, 0), (2, 1), (2, 2))


def two_orbital(t: Mapping[str, float]) -> Form:
    """xz: -2 t1 cx - 2 t2 cy - 4 t3 cx cy - mu; yz: x and y exchanged; between them -4 t4 sx sy."""
    xz = -2 * t["t1"] * w.cx - 2 * t["t2"] * w.cy - 4 * t["t3"] * w.cxcy - t["mu"] * w.one
    yz = -2 * t["t2"] * w.cx - 2 * t["t1"] * w.cy - 4 * t["t3"] * w.cxcy - t["mu"] * w.one
    between = -4 * t["t4"] * product(sine(), sine())
    cells, hoppings = table({(0, 0): xz, (1, 1): yz, (0, 1): between}, 2)
    turn = np.array([[0.0, -1], [1, 0]])  # xz -> yz, yz -> -xz
    symmetries = square_symmetries(turn, np.diag([-1.0, 1]))
    return Form(np.diag([t["a"], t["a"], t["c"]]), cells, hoppings, ("xz", "yz"), symmetries)


def graser(t: Mapping[str, float]) -> Form:
    """Five orbitals of Graser et al.; the elements are those of `graser_elements`."""
    cells, hoppings = table(graser_elements(t), 5)
    fourfold = np.zeros((5, 5))
    # a rotation with a reflection in z: x -> y, y -> -x, z -> -z
    fourfold[1, 0], fourfold[0, 1] = -1.0, 1.0
    fourfold[2, 2], fourfold[3, 3], fourfold[4, 4] = -1.0, -1.0, 1.0
    symmetries = square_symmetries(fourfold, np.diag([1.0, -1, 1, -1, 1]))
    return Form(np.diag([t["a"], t["a"], t["c"]]), cells, hoppings, GRASER_ORBITALS, symmetries)


def graser_elements(t: Mapping[str, float]) -> dict[tuple[int, int], np.ndarray]:
    """Return H_ab(k) for a <= b as coefficients of exp(i (m kx + n ky)); on-site energies included."""
    return {**_graser_diagonal(t), **_graser_mixing(t)}


def _graser_diagonal(t: Mapping[str, float]) -> dict[tuple[int, int], np.ndarray]:
    elements = {}
    for orbital, x, y, xxy, xyy, sign in (
        (0, "t11x", "t11y", "t11xxy", "t11xyy", 1),
        (1, "t11y", "t11x", "t11xyy", "t11xxy", -1),
    ):
        elements[orbital, orbital] = (
            t["e1"] * w.one
            + 2 * t[x] * w.cx
            + 2 * t[y] * w.cy
            + 4 * t["t11xy"] * w.cxcy
            + sign * 2 * t["t11xx"] * (w.c2x - w.c2y)
            + 4 * t[xxy] * w.c2xcy
            + 4 * t[xyy] * w.cxc2y
            + 4 * t["t11xxyy"] * w.c2xc2y
        )
    for orbital, name in ((2, "33"), (3, "44"), (4, "55")):
        elements[orbital, orbital] = (
            t[f"e{orbital + 1}"] * w.one
            + 2 * t[f"t{name}x"] * (w.cx + w.cy)
            + 4 * t.get(f"t{name}xy", 0.0) * w.cxcy
            + 2 * t[f"t{name}xx"] * (w.c2x + w.c2y)
            + 4 * t.get(f"t{name}xxy", 0.0) * (w.c2xcy + w.cxc2y)
            + 4 * t.get(f"t{name}xxyy", 0.0) * w.c2xc2y
        )
    return elements


def _graser_mixing(t: Mapping[str, float]) -> dict[tuple[int, int], np.ndarray]:
    u, c, c2, s, s2 = cosine(0), cosine(1), cosine(2), sine(1), sine(2)
    return {
        (0, 1): -4 * t["t12xy"] * product(s, s)
        - 4 * t["t12xxy"] * (product(s2, s) + product(s, s2))
        - 4 * t["t12xxyy"] * product(s2, s2),
        (0, 2): 2j * t["t13x"] * product(u, s)
        + 4j * t["t13xy"] * product(c, s)
        - 4j * t["t13xxy"] * (product(c, s2) - product(c2, s)),
        (1, 2): -2j * t["t13x"] * product(s, u)
        - 4j * t["t13xy"] * product(s, c)
        + 4j * t["t13xxy"] * (product(s2, c) - product(s, c2)),
        (0, 3): 2j * t["t14x"] * product(s, u)
        + 4j * t["t14xy"] * product(s, c)
        + 4j * t["t14xxy"] * product(s2, c),
        (1, 3): 2j * t["t14x"] * product(u, s)
        + 4j * t["t14xy"] * product(c, s)
        + 4j * t["t14xxy"] * product(c, s2),
        (0, 4): 2j * t["t15x"] * product(u, s)
        - 4j * t["t15xy"] * product(c, s)
        - 4j * t["t15xxyy"] * product(c2, s2),
        (1, 4): 2j * t["t15x"] * product(s, u)
        - 4j * t["t15xy"] * product(s, c)
        - 4j * t["t15xxyy"] * product(s2, c2),
        (2, 3): 4 * t["t34xxy"] * (product(s, s2) - product(s2, s)),
        (2, 4): 2 * t["t35x"] * (w.cx - w.cy) + 4 * t["t35xxy"] * (w.c2xcy - w.cxc2y),
        (3, 4): 4 * t["t45xy"] * product(s, s) + 4 * t["t45xxyy"] * product(s2, s2),
    }


def kuroki(t: Mapping[str, float | list[float]]) -> Form:
    """Five orbitals of Kuroki et al.: hoppings to five neighbours, completed by inversion and two mirrors.

    X and Y point along the diagonals of the iron square. ``t12`` lists the hoppings between orbitals 1 and 2
    to (1,0), (1,1), (2,0), (2,1), (2,2), and so on; ``e1`` to ``e5`` are on-site energies.
    """
    a, c = float(t["a"]), float(t["c"])
    onsite = np.diag([float(t[f"e{i}"]) - float(t["mu"]) for i in range(1, 6)])
    shells: dict[tuple[int, int], np.ndarray] = {(0, 0): onsite}
    for i, shell in enumerate(KUROKI_SHELLS):
        matrix = np.zeros((5, 5))
        for mu in range(1, 6):
            for nu in range(mu, 6):
                matrix[mu - 1, nu - 1] = t[f"t{mu}{nu}"][i]
        shells[shell] = matrix
    inversion = Symmetry("inversion", -np.eye(3), np.diag([1.0, -1, -1, 1, 1]))
    mirror_y = Symmetry("mirror y", MIRROR_Y, _kuroki_mirror())
    diagonal = Symmetry("diagonal mirror", MIRROR_DIAGONAL, np.diag([1.0, -1, 1, 1, -1]))
    # the upper triangle at R and the lower one, t_ba(R) = t_ab(-R)* = (inversion) sign_a sign_b t_ab(R)
    sign = np.diag(inversion.representation).real
    for shell, matrix in shells.items():
        upper = np.triu(matrix, 1)
        shells[shell] = np.diag(np.diag(matrix)) + upper + np.outer(sign, sign) * upper.T
    cells, hoppings = _spread(shells, (inversion, mirror_y, diagonal))
    turn = Symmetry("fourfold rotation", FOURFOLD, diagonal.representation @ mirror_y.representation)
    symmetries = (turn, mirror_y, diagonal, inversion)
    return Form(np.diag([a, a, c]), cells, hoppings, KUROKI_ORBITALS, symmetries)


def _kuroki_mirror() -> np.ndarray:
    """y -> -y exchanges X and Y: XZ and YZ with a sign from the alternating pnictogens, X2-Y2 is odd."""
    matrix = np.diag([1.0, 0, 0, -1, 1])
    matrix[1, 2] = matrix[2, 1] = -1.0
    return matrix


def _spread(
    shells: Mapping[tuple[int, int], np.ndarray], symmetries: tuple[Symmetry, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the table with every image of every hopping; images that meet must agree."""
    found = {(x, y, 0): matrix for (x, y), matrix in shells.items()}
    waiting = list(found)
    while waiting:
        cell = waiting.pop()
        for symmetry in symmetries:
            mix = symmetry.representation.real
            there = tuple(np.rint(symmetry.rotation @ cell).astype(int).tolist())
            image = mix @ found[cell] @ mix.T
            if there not in found:
                found[there] = image
                waiting.append(there)
            elif not np.allclose(found[there], image, atol=1e-12):
                worst = np.max(np.abs(found[there] - image))
                raise InvalidModel(
                    f"hoppings at R = {there}", f"{worst:.3g} off", f"their own image by {symmetry.name}"
                )
    return np.array(list(found)), np.array(list(found.values()), complex)
