"""One band of a copper-oxygen plane: the six-parameter form, the body-centred crystal, the bilayer."""

from collections.abc import Mapping
from itertools import product as every

import numpy as np

from onnes.model.lattice.pointgroup import Symmetry
from onnes.model.lattice.sets.form import FOURFOLD, MIRROR_X, MIRROR_Z, Form, square_symmetries
from onnes.model.lattice.sets.harmonics import WAVES as w
from onnes.model.lattice.sets.harmonics import cosine, product, table


def norman(t: Mapping[str, float]) -> Form:
    """E = t0 + t1 (cx+cy)/2 + t2 cx cy + t3 (c2x+c2y)/2 + t4 (c2x cy + cx c2y)/2 + t5 c2x c2y."""
    wave = (
        t["t0"] * w.one
        + t["t1"] * (w.cx + w.cy) / 2
        + t["t2"] * w.cxcy
        + t["t3"] * (w.c2x + w.c2y) / 2
        + t["t4"] * (w.c2xcy + w.cxc2y) / 2
        + t["t5"] * w.c2xc2y
    )
    cells, hoppings = table({(0, 0): wave}, 1)
    return Form(np.diag([t["a"], t["a"], t["c"]]), cells, hoppings, ("dx2-y2",), square_symmetries(np.eye(1)))


def body_centred(t: Mapping[str, float]) -> Form:
    """E = -mu - 2t(cx+cy) - 4t' cx cy - 2t''(c2x+c2y) - 2tz cos(kx/2) cos(ky/2) cos(kz c/2) (cx-cy)^2.

    The planes are stacked with a shift of (a/2, a/2, c/2). The translations are a x, a y and that shift, so
    that (kx, ky, kz) in units of (2 pi/a, 2 pi/a, 2 pi/c) has the components (kx, ky, (kx + ky + kz)/2).
    """
    unit, a, c = t["t"], t["a"], t["c"]
    plane = unit * (
        -t["mu"] * w.one - 2 * (w.cx + w.cy) - 4 * t["tp"] * w.cxcy - 2 * t["tpp"] * (w.c2x + w.c2y)
    )
    cells, hoppings = table({(0, 0): plane}, 1)
    between = product(cosine(2), cosine(0)) / 2 - 2 * w.cxcy + product(cosine(0), cosine(2)) / 2 + w.one
    within, weights = table({(0, 0): between}, 1)  # (cx-cy)^2
    hops: dict[tuple[int, int, int], complex] = {}
    # cos cos cos = (1/8) sum exp(i (±kx ± ky ± kz c)/2): eight half-diagonals, each a whole cell here
    for (x, y, _), weight in zip(within.tolist(), weights[:, 0, 0], strict=True):
        for sx, sy, sz in every((1, -1), repeat=3):
            cell = (x + (sx - sz) // 2, y + (sy - sz) // 2, sz)
            hops[cell] = hops.get(cell, 0.0) - 2 * t["tz"] * unit * weight / 8
    cells = np.concatenate([cells, np.array(list(hops))])
    hoppings = np.concatenate([hoppings, np.array(list(hops.values()))[:, None, None]])
    vectors = np.array([[a, 0, 0], [0, a, 0], [a / 2, a / 2, c / 2]])
    return Form(vectors, cells, hoppings, ("dx2-y2",), square_symmetries(np.eye(1)))


def bilayer(t: Mapping[str, float]) -> Form:
    """E = -2t(cx+cy) + 4t' cx cy - 2t''(c2x+c2y) + mu in each layer, -(t_perp/4)(cx-cy)^2 between them."""
    layer = (
        -2 * t["t"] * (w.cx + w.cy) + 4 * t["tp"] * w.cxcy - 2 * t["tpp"] * (w.c2x + w.c2y) + t["mu"] * w.one
    )
    across = -t["tperp"] / 4 * ((w.c2x + w.c2y) / 2 + w.one - 2 * w.cxcy)
    cells, hoppings = table({(0, 0): layer, (1, 1): layer, (0, 1): across}, 2)
    height = t["spacing"] / (2 * t["c"])
    return Form(
        np.diag([t["a"], t["a"], t["c"]]),
        cells,
        hoppings,
        ("lower layer", "upper layer"),
        (
            Symmetry("fourfold rotation", FOURFOLD, np.eye(2)),
            Symmetry("mirror x", MIRROR_X, np.eye(2)),
            Symmetry("mirror z", MIRROR_Z, np.eye(2)[::-1]),
        ),
        np.array([[0, 0, -height], [0, 0, height]]),
    )
