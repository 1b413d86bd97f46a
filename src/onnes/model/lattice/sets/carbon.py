"""Graphene."""

from collections.abc import Mapping

import numpy as np

from onnes.model.lattice.pointgroup import Symmetry
from onnes.model.lattice.sets.form import MIRROR_X, Form


def honeycomb(t: Mapping[str, float]) -> Form:
    """-t to the three nearest, -t' to the six next atoms; energies from the Dirac point, which -t' moves by 3t'.

    The origin is the centre of a hexagon, the atoms lie at (1/3, 1/3) and (2/3, 2/3).
    """
    a, c = t["a"], t["c"]
    vectors = np.array([[a, 0, 0], [a / 2, a * np.sqrt(3) / 2, 0], [0, 0, c]])
    table: dict[tuple[int, int, int], np.ndarray] = {(0, 0, 0): -3 * t["tp"] * np.eye(2)}
    for cell in ((1, 0), (0, 1), (-1, 1)):
        for sign in (1, -1):
            table[(sign * cell[0], sign * cell[1], 0)] = -t["tp"] * np.eye(2)
    for cell in ((0, 0, 0), (-1, 0, 0), (0, -1, 0)):
        table[cell] = table[cell] - t["t"] * np.array([[0, 1], [0, 0]])
        back = (-cell[0], -cell[1], 0)
        table[back] = table[back] - t["t"] * np.array([[0, 0], [1, 0]])
    turn = np.pi / 3
    sixfold = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    exchange = np.eye(2)[::-1]
    return Form(
        vectors,
        np.array(list(table)),
        np.array(list(table.values()), complex),
        ("pz A", "pz B"),
        (Symmetry("sixfold rotation", sixfold, exchange), Symmetry("mirror x", MIRROR_X, np.eye(2))),
        np.array([[1 / 3, 1 / 3, 0], [2 / 3, 2 / 3, 0]]),
    )
