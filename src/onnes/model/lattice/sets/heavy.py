"""Heavy-electron planes: a light band that hybridises with a heavy one, and a heavy band alone."""

from collections.abc import Mapping

import numpy as np

from onnes.model.lattice.sets.form import Form, square_symmetries
from onnes.model.lattice.sets.harmonics import WAVES as w
from onnes.model.lattice.sets.harmonics import table


def light_heavy(t: Mapping[str, float]) -> Form:
    """Light: 2 tc (cx+cy) + ec; heavy: 2 tf (cx+cy) + 4 tf' cx cy + ef; hybridisation s between them.

    E = (light + heavy)/2 +- sqrt((light - heavy)^2/4 + s^2): where the two would cross they are 2s apart.
    The f states are one Kramers doublet of the crystal field, and so is the light band: each holds two electrons.
    """
    light = 2 * t["tc"] * (w.cx + w.cy) + t["ec"] * w.one
    heavy = 2 * t["tf"] * (w.cx + w.cy) + 4 * t["tfp"] * w.cxcy + t["ef"] * w.one
    cells, hoppings = table({(0, 0): light, (1, 1): heavy, (0, 1): t["s"] * w.one}, 2)
    vectors = np.diag([t["a"], t["a"], t["c"]])
    return Form(vectors, cells, hoppings, ("light", "f"), square_symmetries(np.eye(2)))


def heavy_band(t: Mapping[str, float]) -> Form:
    """E = -2t (cx+cy) + 4t' cx cy - mu."""
    wave = -2 * t["t"] * (w.cx + w.cy) + 4 * t["tp"] * w.cxcy - t["mu"] * w.one
    cells, hoppings = table({(0, 0): wave}, 1)
    return Form(np.diag([t["a"], t["a"], t["c"]]), cells, hoppings, ("f",), square_symmetries(np.eye(1)))
