"""Spectra from noisy imaginary-time data by maximum entropy, with a choice of the weight alpha that is told.

A spectrum of cell weights a >= 0 maximises alpha S - chi^2/2 with S = sum a - d - a ln(a/d) about a default model d
and chi^2 = |K a - y|^2, K and y being rotated and scaled to unit noise. At the maximum a = d exp(K^T v) with
v = (y - K a)/alpha, so that v minimises the convex function alpha |v|^2/2 + sum_j d_j exp(K^T v)_j - y.v: Newton's
method with a line search converges from anywhere, and no direction is cut as in Bryan's algorithm (T. Chuna et al.,
J. Phys. A 58, 335203 (2025)). M. Jarrell and J. E. Gubernatis, Phys. Rep. 269, 133 (1996): covariance, posterior,
probability of alpha.

Three criteria for alpha: ``"kink"`` takes the largest curvature of ln chi^2 against ln alpha, where fitting of
information turns into fitting of noise (D. Bergeron and A.-M. S. Tremblay, Phys. Rev. E 94, 023303 (2016));
``"classic"`` the most probable alpha; ``"bryan"`` averages over alpha with its probability. The kink is the default:
it does not move when the covariance is wrong by a factor, which shifts the other two. Where the default model
itself fits, there is no kink: alpha is one over the weight of the spectrum, a prior as wide as that, but for a default
model of the caller the average of Bryan, which trusts it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from onnes.errors import InvalidInput, TooShort
from onnes.numerics.continuation_kernels import cell_widths

CRITERIA = ("kink", "classic", "bryan")
STEP = 0.2
"""Of log10 alpha along the path."""
STRETCH = 0.2
"""log alpha is multiplied by this before the curvature is taken, so that the kink stands out."""
NEGLIGIBLE = 1e-4
"""Standard errors that a direction of the data may change by at most, for any spectrum, to be left out."""
SINGULAR = 1e-11
"""Relative variance of a rotated direction that counts as rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """Noise of imaginary-time data.

    Parameters
    ----------
    covariance : float (time, time), of the mean, in squared units of the data.
    samples : independent bins it was estimated from, None where it is known exactly.
    """

    covariance: np.ndarray
    samples: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Whitened:
    """Data and kernel in units of the noise, directions that no spectrum could change put into ``offset``.

    Parameters
    ----------
    kernel : float (direction, energy). data : float (direction,). offset : their share of chi^2.
    directions, dropped : independent directions of the noise, and directions without resolved noise.
    """

    kernel: np.ndarray
    data: np.ndarray
    offset: float
    directions: int
    dropped: int


@dataclass(frozen=True, slots=True, eq=False)
class Continuation:
    """A spectrum and what is known about it; made by `maximum_entropy`, read by `continuation_windows`.

    Parameters
    ----------
    energy, width : float (energy,), grid and cell widths. spectrum : float (energy,), density.
    alpha, chi2, good : entropy weight, misfit, and number of measured quantities sum l/(alpha + l),
        a weight that is given not counted.
    directions, dropped : of the data, see `Whitened`.
    fit : float (time,), the data that the spectrum gives.
    alternatives : float (choice, energy): spectra of the other criteria and default models, named in ``choices``.
    covariance : float (energy, energy), of cell weights, from the Gaussian posterior at alpha.
    response : float (energy, energy): cell weights found for a weight added in the cell of the column.
    path : float (3, alpha): alpha, chi^2, and ln of the probability of alpha.
    system : the whitened problem without blur, for bounds.
    """

    energy: np.ndarray
    width: np.ndarray
    spectrum: np.ndarray
    alpha: float
    chi2: float
    good: float
    directions: int
    dropped: int
    fit: np.ndarray
    alternatives: np.ndarray
    choices: tuple[str, ...]
    covariance: np.ndarray
    response: np.ndarray
    path: np.ndarray
    system: Whitened


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """Solutions along falling alpha: cell weights (alpha, energy), misfit and ln probability (alpha,).

    ``fits`` says that the default model itself is within two standard deviations of the expected misfit, ``given``
    that it carries knowledge of the caller.
    """

    alpha: np.ndarray
    weights: np.ndarray
    chi2: np.ndarray
    log_probability: np.ndarray
    fits: bool
    given: bool


def noise_of_bins(bins: ArrayLike) -> Noise:
    """Return the noise of the mean of independent bins, float (bin, time).

    Raises
    ------
    TooShort : fewer than two bins for each time, which leave the small eigenvalues of the covariance uncertain.
    InvalidInput : not a finite matrix.
    """
    x = np.asarray(bins, float)
    if x.ndim != 2 or not np.all(np.isfinite(x)):
        raise InvalidInput(f"bins of shape {x.shape}", "give finite numbers (bin, time)")
    least = max(2 * x.shape[1], x.shape[1] + 3)
    if len(x) < least:
        raise TooShort(
            f"{len(x)} bins for the covariance of {x.shape[1]} times",
            f"give at least {least} bins, or fewer times",
        )
    centred = x - x.mean(axis=0)
    return Noise(centred.T @ centred / (len(x) * (len(x) - 1)), len(x))


def whiten(
    kernel: np.ndarray, data: np.ndarray, noise: Noise, total: tuple[float, float] | None = None
) -> Whitened:
    """Rotate to the eigenvectors of the correlation matrix of the noise and scale to unit errors.

    Directions whose variance is rounding are dropped. An inverse covariance estimated from n bins in p directions is
    too large on average by (n - 1)/(n - p - 2) and is multiplied by the reciprocal (J. Hartlap, P. Simon and
    P. Schneider, Astron. Astrophys. 464, 399 (2007)). ``total`` (value, error) adds the weight of the spectrum as one
    more datum; an error below 1e-5 of the value is raised to it.

    Raises
    ------
    InvalidInput : shapes that do not fit, numbers that are not finite, a covariance without positive variance.
    """
    K, y, C = np.asarray(kernel, float), np.asarray(data, float), np.asarray(noise.covariance, float)
    if y.ndim != 1 or K.ndim != 2 or len(K) != len(y) or C.shape != (len(y), len(y)):
        raise InvalidInput(
            f"kernel {K.shape}, data {y.shape} and covariance {C.shape}",
            "give (time, energy), (time,) and (time, time)",
        )
    if not (np.all(np.isfinite(K)) and np.all(np.isfinite(y)) and np.all(np.isfinite(C))):
        raise InvalidInput("imaginary-time data that are not finite", "leave out broken bins")
    sigma = np.sqrt(np.clip(np.diag(C), 0, None))
    alive = sigma > 1e-12 * np.max(np.abs(y))
    if not np.any(alive):
        raise InvalidInput("data without noise", "give a covariance with positive variances")
    scale = sigma[alive]
    value, vector = np.linalg.eigh(C[np.ix_(alive, alive)] / np.outer(scale, scale))
    kept = value > SINGULAR * value[-1]
    p = int(np.count_nonzero(kept))
    rows = (vector[:, kept] / np.sqrt(value[kept])).T / scale
    if noise.samples is not None:
        rows *= np.sqrt((noise.samples - p - 2) / (noise.samples - 1))
    K, y = rows @ K[alive], rows @ y[alive]
    if total is not None:
        error = max(abs(total[1]), 1e-5 * abs(total[0]), 1e-300)
        K, y = np.vstack([K, np.full(K.shape[1], 1 / error)]), np.append(y, total[0] / error)
    return _compress(K, y, p, len(sigma) - p)


def maximum_entropy(
    kernel: np.ndarray,
    data: np.ndarray,
    noise: Noise,
    energy: np.ndarray,
    *,
    default: str | np.ndarray = "flat",
    criterion: str = "kink",
    total: tuple[float, float] | None = None,
    preblur: float = 0.0,
) -> Continuation:
    """Return the spectrum of noisy imaginary-time data and what the data say about it.

    Parameters
    ----------
    kernel : float (time, energy), acting on cell weights, see `continuation_kernels`. data : float (time,).
    noise : covariance of the data. energy : float (energy,), rising, that spans the whole spectrum.
    default : ``"flat"``; ``"gaussian"``, with mean and 1.5 times the standard deviation of the flat result; or a
        positive density (energy,). Its weight is that which fits the data best.
    criterion : of alpha: ``"kink"``, ``"classic"`` or ``"bryan"``. total : weight of the spectrum and its error.
    preblur : standard deviation of the Gaussian that the spectrum is a convolution with; 0 for none.

    Raises
    ------
    InvalidInput : unknown names, shapes that do not fit, a default model that is not positive, preblur < 0.
    """
    width = cell_widths(energy)
    if criterion not in CRITERIA:
        raise InvalidInput(f"criterion {criterion!r}", f"use one of {', '.join(CRITERIA)}")
    blur = _blur(np.asarray(energy, float), width, preblur)
    sharp = whiten(kernel, data, noise, total)
    system = sharp if blur is None else _compress_again(sharp, blur)
    paths, names = _default_paths(system, np.asarray(energy, float), width, default)
    found, posterior, alpha, good = _choose(system, paths[0], criterion)
    choices = [(i, rule) for i in range(len(paths)) for rule in CRITERIA if (i, rule) != (0, criterion)]
    spectra = np.array([_by_rule(paths[i], rule)[0] for i, rule in choices])
    residual = system.kernel @ found - system.data
    response = posterior @ system.kernel.T @ system.kernel
    if blur is not None:
        found, spectra = blur @ found, spectra @ blur.T
        posterior = blur @ posterior @ blur.T
        response = posterior @ sharp.kernel.T @ sharp.kernel
    return Continuation(
        energy=np.asarray(energy, float),
        width=width,
        spectrum=found / width,
        alpha=alpha,
        chi2=float(residual @ residual) + system.offset,
        good=good - (total is not None),
        directions=system.directions,
        dropped=system.dropped,
        fit=np.asarray(kernel, float) @ found,
        alternatives=spectra / width,
        choices=tuple(f"{rule}, {names[i]}" for i, rule in choices),
        covariance=posterior,
        response=response,
        path=np.array([paths[0].alpha, paths[0].chi2, paths[0].log_probability]),
        system=sharp,
    )


def _compress(K: np.ndarray, y: np.ndarray, directions: int, dropped: int) -> Whitened:
    """Keep the combinations of data that a spectrum of the fitted weight can change at all."""
    left, size, right = np.linalg.svd(K, full_matrices=False)
    rotated = left.T @ y
    weight = _scale_of(K.sum(axis=1) / K.shape[1], y)
    # |K a| <= size max|right| sum(a) in each direction, max|right| <= 1
    kept = size * max(weight, 1e-300) > NEGLIGIBLE
    offset = float(y @ y - rotated[kept] @ rotated[kept])
    return Whitened(size[kept, None] * right[kept], rotated[kept], max(offset, 0.0), directions, dropped)


def _compress_again(system: Whitened, blur: np.ndarray) -> Whitened:
    new = _compress(system.kernel @ blur, system.data, system.directions, system.dropped)
    return Whitened(new.kernel, new.data, new.offset + system.offset, new.directions, new.dropped)


def _scale_of(image: np.ndarray, y: np.ndarray) -> float:
    """Weight of a model whose image for weight one is ``image``, by least squares."""
    return float(image @ y) / max(float(image @ image), 1e-300)


def _blur(energy: np.ndarray, width: np.ndarray, sigma: float) -> np.ndarray | None:
    if not (np.isfinite(sigma) and sigma >= 0):
        raise InvalidInput(f"preblur {sigma}", "give a standard deviation that is zero or positive")
    if sigma == 0:
        return None
    gauss = np.exp(-0.5 * ((energy[:, None] - energy) / sigma) ** 2)
    if energy[0] >= 0:  # an even spectrum is reflected at zero
        gauss = gauss + np.exp(-0.5 * ((energy[:, None] + energy) / sigma) ** 2)
    mass = gauss * width[:, None]
    return mass / mass.sum(axis=0)


def _default_paths(
    system: Whitened, energy: np.ndarray, width: np.ndarray, default: str | np.ndarray
) -> tuple[list[_Path], list[str]]:
    """Solve for the default model asked for, first, and for the other ones."""
    flat = _path(system, width)
    mass = _by_rule(flat, "kink")[0]
    mean = float(mass @ energy) / float(mass.sum())
    spread = float(mass @ (energy - mean) ** 2) / float(mass.sum())
    sigma = max(1.5 * np.sqrt(spread), 2 * float(width.max()))
    gaussian = _path(system, width * np.exp(-0.5 * ((energy - mean) / sigma) ** 2).clip(1e-8))
    if not isinstance(default, str):
        model = np.asarray(default, float)
        if model.shape != energy.shape or not np.all(np.isfinite(model)) or np.any(model <= 0):
            raise InvalidInput(
                f"a default model of shape {model.shape}", "give a positive density for each energy"
            )
        return [_path(system, model * width, given=True), flat, gaussian], ["given", "flat", "gaussian"]
    if default == "flat":
        return [flat, gaussian], ["flat", "gaussian"]
    if default == "gaussian":
        return [gaussian, flat], ["gaussian", "flat"]
    raise InvalidInput(f"default model {default!r}", "use 'flat', 'gaussian' or an array")


def _path(system: Whitened, model: np.ndarray, *, given: bool = False) -> _Path:
    """Solve along falling alpha, from the default model to the noise."""
    weight = _scale_of(system.kernel @ model, system.data)
    if weight <= 0:
        raise InvalidInput("data without positive weight", "leave this correlation out, or measure longer")
    d = model * weight
    bottom = 1e-4 / float(d.sum())
    # at the first alpha the model is changed by 1 % at most, ln(a/d) = K^T (y - K d)/alpha
    force = float(np.abs(system.kernel.T @ (system.data - system.kernel @ d)).max())
    top = max(100 * force, 1e6 * bottom)
    count = max(int(np.ceil(np.log10(top / bottom) / STEP)) + 1, 12)
    alphas = top * 10.0 ** (-STEP * np.arange(count))
    v, rows = np.zeros(len(system.data)), []
    for alpha in alphas:
        solved = _newton(system, d, float(alpha), v)
        if solved is None:
            break
        v, a, jacobian = solved
        residual = alpha * v
        chi2 = float(residual @ residual) + system.offset
        entropy = float(np.sum(a - d) - (system.kernel @ a) @ v)  # ln(a/d) = K^T v
        evidence = -0.5 * (2 * np.sum(np.log(np.diag(jacobian))) - len(v) * np.log(alpha))
        rows.append((alpha, a, chi2, alpha * entropy - chi2 / 2 + evidence))
    table = [np.array(x) for x in zip(*rows, strict=True)]
    fits = table[2][0] < system.directions + 2 * np.sqrt(2 * system.directions)
    return _Path(*table, fits=bool(fits), given=given)


def _newton(
    system: Whitened, d: np.ndarray, alpha: float, v: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Minimise the dual from ``v``: return (v, a, Cholesky factor of alpha + K a K^T), None where it fails."""
    K, y = system.kernel, system.data
    goal = 1e-8 * np.sqrt(len(y)) + 1e-13 * float(np.linalg.norm(y))

    def model(v: np.ndarray) -> tuple[np.ndarray, float]:
        with np.errstate(over="ignore", invalid="ignore"):
            a = d * np.exp(v @ K)
            return a, float(alpha * (v @ v) / 2 + a.sum() - y @ v)

    a, height = model(v)
    for _ in range(100):
        gradient = alpha * v + K @ a - y
        matrix = (K * a) @ K.T
        matrix[np.diag_indices_from(matrix)] += alpha
        try:
            factor = linalg.cholesky(matrix, lower=True, check_finite=False)
        except linalg.LinAlgError:
            return None
        if np.linalg.norm(gradient) <= goal:
            return v, a, factor
        step = -linalg.cho_solve((factor, True), gradient, check_finite=False)
        slope, size = float(gradient @ step), 1.0
        # below the rounding of the sums the line search cannot see, and Newton's own step is right
        rounding = 1e-14 * float(a.sum() + np.abs(y) @ np.abs(v))
        for _ in range(60):
            trial, new = model(v + size * step)
            if new <= height + 1e-4 * size * slope + rounding:
                break
            size /= 2
        else:
            return None
        v, a, height = v + size * step, trial, new
    return None


def _by_rule(path: _Path, rule: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell weights that a criterion takes, and its weight for each alpha of the path."""
    if rule == "kink" and path.fits and not path.given:
        # no information to be fitted, hence no kink: a prior as wide as the weight itself promises nothing
        share = np.zeros(len(path.alpha))
        share[np.argmin(np.abs(np.log(path.alpha * path.weights[0].sum())))] = 1
    elif rule == "bryan" or (rule == "kink" and path.fits):
        share = np.exp(path.log_probability - path.log_probability.max())
        share /= share.sum()
    else:
        share = _between(path, _curvature(path) if rule == "kink" else path.log_probability)
    return share @ path.weights, share


def _curvature(path: _Path) -> np.ndarray:
    x = STRETCH * np.log10(path.alpha)
    y = np.log10(path.chi2)
    slope = np.gradient(y, x)
    return np.gradient(slope, x) / (1 + slope**2) ** 1.5


def _between(path: _Path, height: np.ndarray) -> np.ndarray:
    """Return weights of two neighbouring alphas at the top of the parabola through the highest three points."""
    inner = slice(2, -2)
    top = 2 + int(np.argmax(height[inner])) if len(height) > 4 else int(np.argmax(height))
    share = np.zeros(len(height))
    if 0 < top < len(height) - 1:
        low, middle, high = height[top - 1 : top + 2]
        bend = low - 2 * middle + high
        shift = float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5)) if bend < 0 else 0.0
    else:
        shift = 0.0
    share[top] = 1 - abs(shift)
    share[top + (1 if shift > 0 else -1)] += abs(shift)
    return share


def _choose(system: Whitened, path: _Path, criterion: str) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return (cell weights, their posterior covariance, alpha, number of good directions) of a criterion."""
    found, share = _by_rule(path, criterion)
    alpha = float(np.exp(share @ np.log(path.alpha)))
    covariance, good = np.zeros((len(found), len(found))), 0.0
    for i in np.flatnonzero(share > 1e-3):
        one, number = _posterior(system, path.weights[i], float(path.alpha[i]))
        covariance += share[i] * one
        good += float(share[i]) * number
        if np.count_nonzero(share) > 2:
            off = path.weights[i] - found
            covariance += share[i] * np.outer(off, off)
    return found, covariance, alpha, good


def _posterior(system: Whitened, a: np.ndarray, alpha: float) -> tuple[np.ndarray, float]:
    """Return (alpha diag(1/a) + K^T K)^-1 and sum l/(alpha + l), l the squared singular values of K a^(1/2).

    Written as a sum of squares, so that small variances are not differences of large ones.
    """
    root = np.sqrt(a)
    _, size, right = np.linalg.svd(system.kernel * root, full_matrices=False)
    level = size**2
    unmeasured = np.eye(len(a)) - right.T @ right
    covariance = (right.T / (alpha + level)) @ right + unmeasured @ unmeasured.T / alpha
    return root[:, None] * covariance * root, float(np.sum(level / (alpha + level)))
