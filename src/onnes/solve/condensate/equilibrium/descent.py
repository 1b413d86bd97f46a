"""Conjugate gradients in the order parameter of a film, with the exact minimum along each line.

With H the linear operator of the film and w its weights, the free energy over hx hy is

    F = <psi, H psi> + sum w |psi|^4/2,      dF/dpsi* = g = H psi + w |psi|^2 psi,

so that F(psi + alpha p) is a polynomial of degree four in alpha whose coefficients are sums over the cells. H is
linear: H psi follows the steps, and each iteration applies it once, to p. The step is that of Polak and Ribiere,
restarted where beta would be negative.

The preconditioner is M = L_x D_x^1/2 m^-1/2 (K_y + c m) m^-1/2 D_x^1/2 L_x^+, with K_x and K_y the two parts of minus
the covariant Laplacian, m the mass of the cells and L_x D_x L_x^+ = K_x + c m: tridiagonal systems along rows and
columns, in which a gauge transformation is the same as in H.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from onnes.response.condensate.mesh import FilmMesh

_FAST = {
    "cache": True,
    "error_model": "numpy",
    "nogil": True,
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
}
REFRESH = 200
"""Iterations after which H psi is computed anew, against rounding errors that add up."""
SHIFT = 2.0
"""c of the preconditioner; the number of iterations is flat between 1 and 4."""


@dataclass(frozen=True, slots=True)
class Operator:
    """H and w of a film on arrays with a rim of zeros, (ny + 2, nx + 2).

    ``links`` (4, ...): face weight over h^2 times cosine and sine of the link phases along x and y. ``diagonal``: that
    of H. ``weight``: w. ``lower_x``, ``lower_y`` (2, ...): rows of L, real and imaginary. ``scale``: (m/D_x)^1/2.
    ``pivot``: 1/D_y.
    """

    links: np.ndarray
    diagonal: np.ndarray
    weight: np.ndarray
    lower_x: np.ndarray
    lower_y: np.ndarray
    scale: np.ndarray
    pivot: np.ndarray


@dataclass(frozen=True, slots=True)
class Descent:
    """Where a descent ended: psi (complex, without rim), F over hx hy, sup |g| and its history, energies."""

    psi: np.ndarray
    energy: float
    residuals: tuple[float, ...]
    energies: tuple[float, ...]
    converged: bool

    @property
    def iterations(self) -> int:
        return len(self.residuals) - 1


def operator(mesh: FilmMesh, link_x: np.ndarray, link_y: np.ndarray) -> Operator:
    """Return H, w and the preconditioner of a film on its mesh with the given link phases."""
    ax, ay = mesh.face_x / mesh.hx**2, mesh.face_y / mesh.hy**2
    links = np.zeros((4, mesh.shape[0] + 2, mesh.shape[1] + 2))
    links[:, 1:-1, 1:-1] = ax * np.cos(link_x), ax * np.sin(link_x), ay * np.cos(link_y), ay * np.sin(link_y)
    along_x, along_y = ax.copy(), ay.copy()
    along_x[:, 1:] += ax[:, :-1]
    along_y[1:] += ay[:-1]
    diagonal = along_x + along_y + mesh.loss - mesh.cell * mesh.strength
    # small cells are as stiff as their faces, and cells outside are decoupled
    open_share = (along_x * mesh.hx**2 + along_y * mesh.hy**2) / 4
    mass = np.where(mesh.inside, np.maximum(mesh.cell, open_share) + np.maximum(mesh.loss, 0.0) / SHIFT, 1.0)
    lower_x, lower_y = np.zeros((2, *links.shape[1:])), np.zeros((2, *links.shape[1:]))
    pivot_x, pivot_y = np.ones(links.shape[1:]), np.ones(links.shape[1:])
    _factor(np.pad(along_x + SHIFT * mass, 1), links[0], links[1], 0, 1, lower_x, pivot_x)
    _factor(np.pad(along_y + SHIFT * mass, 1), links[2], links[3], 1, 0, lower_y, pivot_y)
    scale = np.sqrt(np.pad(mass, 1) / pivot_x)
    return Operator(links, np.pad(diagonal, 1), np.pad(mesh.cell, 1), lower_x, lower_y, scale, 1 / pivot_y)


@njit(**_FAST)
def _factor(diagonal, cosine, sine, dj, di, lower, pivot):
    """Write L and D of the tridiagonal matrices along one direction; -(cos - i sin) couples a cell to the next."""
    for j in range(1, diagonal.shape[0] - 1):
        for i in range(1, diagonal.shape[1] - 1):
            c, s = cosine[j - dj, i - di], sine[j - dj, i - di]
            before = pivot[j - dj, i - di]
            lower[0, j, i], lower[1, j, i] = -c / before, -s / before
            pivot[j, i] = diagonal[j, i] - (c * c + s * s) / before


@njit(**_FAST)
def _precondition(lower_x, lower_y, scale, pivot, gradient, z, products):
    """Write z = M^-1 g and <g, z>."""
    ny, nx = scale.shape
    xr, xi, yr, yi = lower_x[0], lower_x[1], lower_y[0], lower_y[1]
    for j in range(1, ny - 1):
        a, b = 0.0, 0.0
        for i in range(1, nx - 1):
            a, b = (
                gradient[0, j, i] - xr[j, i] * a + xi[j, i] * b,
                gradient[1, j, i] - xr[j, i] * b - xi[j, i] * a,
            )
            z[0, j, i] = a
            z[1, j, i] = b
        for i in range(1, nx - 1):
            s = scale[j, i]
            z[0, j, i] = s * z[0, j, i] - yr[j, i] * z[0, j - 1, i] + yi[j, i] * z[1, j - 1, i]
            z[1, j, i] = s * z[1, j, i] - yr[j, i] * z[1, j - 1, i] - yi[j, i] * z[0, j - 1, i]
    total = 0.0
    for j in range(ny - 2, 0, -1):
        for i in range(1, nx - 1):
            d = pivot[j, i]
            r, m = yr[j + 1, i], yi[j + 1, i]
            z[0, j, i] = d * z[0, j, i] - r * z[0, j + 1, i] - m * z[1, j + 1, i]
            z[1, j, i] = d * z[1, j, i] - r * z[1, j + 1, i] + m * z[0, j + 1, i]
        if j < ny - 2:
            total += _finish(xr, xi, scale, gradient, z, j + 1)
    products[0] = total + _finish(xr, xi, scale, gradient, z, 1)


@njit(inline="always", **_FAST)
def _finish(xr, xi, scale, gradient, z, j):
    """Go back along a row and return its part of <g, z>."""
    a, b, total = 0.0, 0.0, 0.0
    for i in range(scale.shape[1] - 2, 0, -1):
        r, m, s = xr[j, i + 1], xi[j, i + 1], scale[j, i]
        a, b = s * z[0, j, i] - r * a - m * b, s * z[1, j, i] - r * b + m * a
        z[0, j, i] = a
        z[1, j, i] = b
        total += a * gradient[0, j, i] + b * gradient[1, j, i]
    return total


@njit(**_FAST)
def _apply(links, diagonal, p, out):
    """Write H p."""
    re, im = p[0], p[1]
    for j in range(1, re.shape[0] - 1):
        for i in range(1, re.shape[1] - 1):
            out[0, j, i], out[1, j, i] = _row(links, diagonal, re, im, j, i)


@njit(inline="always", **_FAST)
def _row(links, diagonal, re, im, j, i):
    """Return H p of a cell."""
    real = diagonal[j, i] * re[j, i] - (
        links[0, j, i] * re[j, i + 1]
        + links[1, j, i] * im[j, i + 1]
        + links[0, j, i - 1] * re[j, i - 1]
        - links[1, j, i - 1] * im[j, i - 1]
        + links[2, j, i] * re[j + 1, i]
        + links[3, j, i] * im[j + 1, i]
        + links[2, j - 1, i] * re[j - 1, i]
        - links[3, j - 1, i] * im[j - 1, i]
    )
    imag = diagonal[j, i] * im[j, i] - (
        links[0, j, i] * im[j, i + 1]
        - links[1, j, i] * re[j, i + 1]
        + links[0, j, i - 1] * im[j, i - 1]
        + links[1, j, i - 1] * re[j, i - 1]
        + links[2, j, i] * im[j + 1, i]
        - links[3, j, i] * re[j + 1, i]
        + links[2, j - 1, i] * im[j - 1, i]
        + links[3, j - 1, i] * re[j - 1, i]
    )
    return real, imag


@njit(**_FAST)
def _search(links, diagonal, weight, psi, hpsi, z, p, hp, beta, sums):
    """Turn p to -z + beta p, write H p, and the coefficients of F(psi + alpha p) - F(psi), from alpha to alpha^4."""
    ny, nx = weight.shape
    sums[:] = 0.0
    for j in range(1, ny):
        if j < ny - 1:
            for i in range(1, nx - 1):
                p[0, j, i] = beta * p[0, j, i] - z[0, j, i]
                p[1, j, i] = beta * p[1, j, i] - z[1, j, i]
        if j == 1:
            continue
        k = j - 1
        s1, s2, q1, q2, q3, q4 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(1, nx - 1):
            a, b = p[0, k, i], p[1, k, i]
            c, d = psi[0, k, i], psi[1, k, i]
            real, imag = _row(links, diagonal, p[0], p[1], k, i)
            hp[0, k, i] = real
            hp[1, k, i] = imag
            s1 += a * hpsi[0, k, i] + b * hpsi[1, k, i]
            s2 += a * real + b * imag
            w = weight[k, i]
            d0, d1, d2 = c * c + d * d, a * c + b * d, a * a + b * b
            q1 += w * d0 * d1
            q2 += w * (2 * d1 * d1 + d0 * d2)
            q3 += w * d1 * d2
            q4 += w * d2 * d2
        sums[0] += 2 * s1 + 2 * q1
        sums[1] += s2 + q2
        sums[2] += 2 * q3
        sums[3] += 0.5 * q4


@njit(**_FAST)
def _step(weight, psi, hpsi, gradient, z, p, hp, alpha, sums):
    """Move psi by alpha p; write the new gradient, <g', z> and max |g'|^2."""
    ny, nx = weight.shape
    sums[1:] = 0.0
    for j in range(1, ny - 1):
        s1, most = 0.0, 0.0
        for i in range(1, nx - 1):
            c = psi[0, j, i] + alpha * p[0, j, i]
            d = psi[1, j, i] + alpha * p[1, j, i]
            hc = hpsi[0, j, i] + alpha * hp[0, j, i]
            hd = hpsi[1, j, i] + alpha * hp[1, j, i]
            psi[0, j, i], psi[1, j, i], hpsi[0, j, i], hpsi[1, j, i] = c, d, hc, hd
            cubic = weight[j, i] * (c * c + d * d)
            real, imag = hc + cubic * c, hd + cubic * d
            size = real * real + imag * imag
            s1 += real * z[0, j, i] + imag * z[1, j, i]
            most = max(most, size)
            gradient[0, j, i], gradient[1, j, i] = real, imag
        sums[1] += s1
        sums[2] = max(sums[2], most)


@njit(**_FAST)
def _energy(weight, psi, hpsi):
    """Return F over hx hy."""
    total = 0.0
    for j in range(1, weight.shape[0] - 1):
        row = 0.0
        for i in range(1, weight.shape[1] - 1):
            c, d = psi[0, j, i], psi[1, j, i]
            density = c * c + d * d
            row += c * hpsi[0, j, i] + d * hpsi[1, j, i] + 0.5 * weight[j, i] * density * density
        total += row
    return total


@njit(cache=True)
def lowest_on_line(c1, c2, c3, c4):
    """Return the first minimum of c1 a + c2 a^2 + c3 a^3 + c4 a^4 at a > 0, for c1 < 0 < c4.

    The derivative is negative at 0 and ends positive; Newton from below a convex stretch or bisection finds its
    first zero.
    """
    # a bound of the roots (Cauchy)
    high = 1 + max(abs(c1), 2 * abs(c2), 3 * abs(c3)) / (4 * c4)
    low = 0.0
    # turning points of the derivative: the first zero lies before the first of them where it is positive
    disc = 9 * c3 * c3 - 24 * c2 * c4
    if disc > 0:
        root = disc**0.5
        for turn in ((-3 * c3 - root) / (12 * c4), (-3 * c3 + root) / (12 * c4)):
            if turn > 0:
                value = c1 + turn * (2 * c2 + turn * (3 * c3 + turn * 4 * c4))
                if value >= 0:
                    high = min(high, turn)
                    break
                low = turn
    a = 0.5 * (low + high)
    for _ in range(200):
        value = c1 + a * (2 * c2 + a * (3 * c3 + a * 4 * c4))
        if value < 0:
            low = a
        else:
            high = a
        slope = 2 * c2 + a * (6 * c3 + a * 12 * c4)
        new = a - value / slope if slope != 0 else low
        if not (low < new < high):
            new = 0.5 * (low + high)
        if abs(new - a) <= 1e-15 * abs(a):
            return new
        a = new
    return a


def descend(system: Operator, start: np.ndarray, tolerance: float, most: int) -> Descent:
    """Minimise F from ``start`` (complex, without rim) until sup |g| falls below ``tolerance``.

    Stops unconverged after ``most`` iterations, or where rounding leaves no way down.
    """
    inside = system.weight[1:-1, 1:-1] > 0
    psi = np.pad(np.where(inside, [start.real, start.imag], 0.0), ((0, 0), (1, 1), (1, 1)))
    links, diagonal, weight = system.links, system.diagonal, system.weight
    factors = system.lower_x, system.lower_y, system.scale, system.pivot
    hpsi, gradient, z, p, hp = (np.zeros_like(psi) for _ in range(5))
    polynomial, products = np.zeros(4), np.zeros(3)

    _apply(links, diagonal, psi, hpsi)
    _step(weight, psi, hpsi, gradient, z, p, hp, 0.0, products)
    _precondition(*factors, gradient, z, products)
    energies, residuals = [_energy(weight, psi, hpsi)], [float(np.sqrt(products[2]))]
    square, beta = products[0], 0.0
    while residuals[-1] > tolerance and len(residuals) <= most:
        if len(residuals) % REFRESH == 0:
            _apply(links, diagonal, psi, hpsi)
        _search(links, diagonal, weight, psi, hpsi, z, p, hp, beta, polynomial)
        if polynomial[0] >= 0:
            if beta == 0:
                break
            beta = 0.0
            continue
        alpha = lowest_on_line(*polynomial)
        change = sum(c * alpha ** (k + 1) for k, c in enumerate(polynomial))
        _step(weight, psi, hpsi, gradient, z, p, hp, alpha, products)
        _precondition(*factors, gradient, z, products)
        beta = max(0.0, (products[0] - products[1]) / square)
        square = products[0]
        residuals.append(float(np.sqrt(products[2])))
        energies.append(float(energies[-1] + change))
    _apply(links, diagonal, psi, hpsi)
    final = psi[0, 1:-1, 1:-1] + 1j * psi[1, 1:-1, 1:-1]
    converged = residuals[-1] <= tolerance
    return Descent(final, float(_energy(weight, psi, hpsi)), tuple(residuals), tuple(energies), converged)
