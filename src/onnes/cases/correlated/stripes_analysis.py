"""What the sums of a run say of stripes: correlations along the cluster, the peak of S(q), a fit of its splitting."""

from collections.abc import Mapping

import numpy as np

from onnes.cases.correlated.stripes_runs import ACROSS, ALONG, LENGTH, WIDTH, Sums, means

FAR = 5
"""Sites from which on a correlation counts as far: beyond a domain of half-filled stripes at one hole in eight."""
RESOLVED = 3.0
"""Standard errors from which a sign counts as seen."""
STEP = 0.002
"""r.l.u.: grid of the fitted shift."""
DISTANCES = np.arange(LENGTH // 2 + 1)
SHIFTS = np.arange(LENGTH // 2 + 1) / LENGTH
"""Distances of the allowed wavevectors (q, pi) from (pi, pi), r.l.u."""

Means = Mapping[str, np.ndarray]


def line(mean: Means) -> np.ndarray:
    """Return the staggered correlation at each distance along the cluster, mean over all sites across: (..., |x|)."""
    return mean["staggered"] @ ACROSS / WIDTH


def peak(mean: Means) -> np.ndarray:
    """Return S(q, pi) (..., shift) at `SHIFTS` from (pi, pi), mean of the three components."""
    waves = np.cos(2 * np.pi * np.outer(DISTANCES, SHIFTS)) * ALONG[:, None]
    return WIDTH * line(mean) @ waves


def far(mean: Means) -> np.ndarray:
    """Return the mean staggered correlation of all sites at least `FAR` away along the cluster."""
    weight = np.where(DISTANCES >= FAR, ALONG, 0.0)
    return line(mean) @ weight / weight.sum()


def summary(mean: Means) -> dict[str, np.ndarray]:
    """Return everything that the figures and tables show."""
    found = peak(mean)
    moment = (mean["density"] - 2 * mean["double"]) / 4
    return {
        "density": mean["density"],
        "line": line(mean),
        "peak": found,
        "split": found[..., 1] - found[..., 0],
        "far": far(mean),
        "map": mean["staggered"],
        "moment_rule": mean["staggered"][..., 0, 0] - moment,
    }


class Analysis:
    """Values and standard errors of `summary` of a run with a resolved mean sign."""

    def __init__(self, sums: Sums) -> None:
        self.run, self.sums = sums.run, sums
        self.value, self.error = sums.estimate(summary)

    def pair(self, name: str) -> tuple[float, float]:
        """Return a number and its standard error."""
        return float(self.value[name]), float(self.error[name])

    @property
    def far_sign(self) -> int:
        """Sign of the far correlation, 0 where it is not resolved."""
        value, error = self.pair("far")
        return int(np.sign(value)) if abs(value) > RESOLVED * error else 0

    @property
    def shift(self) -> float:
        """Distance of the peak of S(q, pi) from (pi, pi), r.l.u.: zero unless another is higher beyond doubt."""
        away = self.sums.estimate(lambda mean: {"it": peak(mean) - peak(mean)[..., :1]})
        value, error = away[0]["it"], away[1]["it"]
        higher = value > RESOLVED * np.maximum(error, 1e-15)
        return float(SHIFTS[np.argmax(np.where(higher, value, -np.inf))]) if higher.any() else 0.0

    def incommensurability(self) -> tuple[float, float]:
        """Return shift and standard error (r.l.u.) of the fit A exp(-x/xi) cos(2 pi shift x) to `line`, x >= 1.

        The images of a closed cluster are included; nearest point of a grid of shift and xi, A by linear least squares,
        weights by the errors of each distance, error by jackknife.
        """
        weight = 1 / self.error["line"][1:]
        shapes, shifts = _shapes()
        shapes = shapes * weight
        norm = np.sum(shapes**2, axis=1)

        def fit(mean: Means) -> dict[str, np.ndarray]:
            data = line(mean)[..., 1:] * weight
            gain = np.where(data @ shapes.T > 0, (data @ shapes.T) ** 2 / norm, 0.0)
            return {"shift": shifts[np.argmax(gain, axis=-1)]}

        whole = fit(
            means(self.sums.bins.sum(axis=0))
        )  # the bias of a nearest point is no smooth one over bins
        error = self.sums.estimate(fit)[1]
        return float(whole["shift"]), float(np.hypot(error["shift"], STEP / 2))


def _shapes() -> tuple[np.ndarray, np.ndarray]:
    """Trial correlations (trial, x) at x = 1, 2, ... and the shift of each."""
    x = np.arange(1, LENGTH // 2 + 1)
    shifts, lengths = np.meshgrid(
        np.arange(0, 0.25 + STEP / 2, STEP), np.geomspace(0.4, 8, 60), indexing="ij"
    )
    s, xi = shifts.ravel()[:, None], lengths.ravel()[:, None]
    images = [np.abs(x + n * LENGTH) for n in (-1, 0, 1)]
    return sum(np.exp(-r / xi) * np.cos(2 * np.pi * s * r) for r in images), s[:, 0]


def pulls(short: Sums, long: Sums) -> dict[str, float]:
    """Return how far two runs of one model are apart, in combined standard errors; nothing is divided by a sign."""
    names = {
        "sign": "sign",
        "density": "sign n",
        "double": "sign n_up n_dn",
        "staggered": "sign <S.S'> of neighbours",
    }
    found = {}
    for name, what in names.items():
        (a, sa), (b, sb) = short.per_sample(name), long.per_sample(name)
        apart = np.atleast_2d((a - b) / np.hypot(sa, sb))
        found[what] = float(apart[-1, 0] if apart.size == 1 else apart[1, 0])
    return found
