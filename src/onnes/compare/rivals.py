"""Which of several explanations do the data prefer, and by how much? Fits of the same data, side by side.

AIC = chi2 + 2p estimates how well a model would predict new data, BIC = chi2 + p ln n how probable it is
(H. Akaike, IEEE Trans. Autom. Control 19, 716 (1974); G. Schwarz, Ann. Stat. 6, 461 (1978)). Both judge
the models that were tried and no others: chi2 says whether any of them describes the data at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np

from onnes.compare.result import Fit
from onnes.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Rival:
    """One explanation among several.

    ``delta_aic`` and ``delta_bic`` are above the best of each; the weights are
    exp(-delta/2) over their sum, the share of the evidence.
    """

    name: str
    n_parameters: int
    n_data: int
    chi2: float
    probability: float
    delta_aic: float
    delta_bic: float
    aic_weight: float
    bic_weight: float
    flags: tuple[str, ...]


def ranking(fits: Mapping[str, Fit]) -> tuple[Rival, ...]:
    """Return the explanations in the order of their BIC, the preferred one first.

    Parameters
    ----------
    fits : by name, of one and the same data.

    Raises
    ------
    InvalidInput : fewer than two, or fits of different data, whose chi2 cannot be compared.
    """
    if len(fits) < 2:
        raise InvalidInput(f"{len(fits)} explanation", "give at least two fits of the same data")
    found = list(fits.values())
    for name, other in fits.items():
        if not all(
            np.array_equal(getattr(found[0].data, part), getattr(other.data, part))
            for part in ("x", "y", "error")
        ):
            raise InvalidInput(
                f"{name!r} was fitted to other data", "compare fits of the same points and errors"
            )
    aic, bic = (
        [getattr(one, kind) - min(getattr(f, kind) for f in found) for one in found]
        for kind in ("aic", "bic")
    )
    ranked = [
        Rival(
            name,
            len(one.parameters),
            len(one.data),
            one.chi2,
            one.probability,
            aic[i],
            bic[i],
            exp(-aic[i] / 2) / sum(exp(-d / 2) for d in aic),
            exp(-bic[i] / 2) / sum(exp(-d / 2) for d in bic),
            one.flags,
        )
        for i, (name, one) in enumerate(fits.items())
    ]
    return tuple(sorted(ranked, key=lambda rival: rival.delta_bic))


def table(ranked: tuple[Rival, ...]) -> list[tuple[str, ...]]:
    """Return the comparison as rows of text, the first being the heading."""
    rows: list[tuple[str, ...]] = [
        ("explanation", "parameters", "chi2", "data", "ΔAIC", "ΔBIC", "weight (BIC)")
    ]
    for one in ranked:
        numbers: tuple[Any, ...] = (one.delta_aic, one.delta_bic)
        rows.append(
            (
                one.name,
                str(one.n_parameters),
                f"{one.chi2:.1f}",
                str(one.n_data),
                *(f"{v:.1f}" for v in numbers),
                f"{one.bic_weight:.3g}",
            )
        )
    return rows
