"""Static susceptibility of the normal state on a whole mesh of momentum transfers, and its RPA.

chi0_{ab,cd}(q) = -(1/N) sum_{k,m,n} [f(E_m(k+q)) - f(E_n(k))]/[E_m(k+q) - E_n(k)]
                  u^a_m(k+q) u^c_m(k+q)* u^d_n(k) u^b_n(k)*

A sum over pairs of states for each q costs N^2. Written as an integral over imaginary time,

chi0(q) = int_0^beta dtau (1/N) sum_k G>_ac(k+q, tau) G<_db(k, tau),

the sum over k is a product in real space: N log N, and every q at once. G> = sum u u* (1-f) e^(-E tau)
and G< = sum u u* f e^(E tau) are positive. The integrand is smooth on the scale 1/E from either end,
so that Gauss-Legendre panels that double in length resolve it; G>(beta-tau) = G<(tau) halves the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft, sparse
from scipy.special import expit, i0e

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.rpa import MagneticInstability
from onnes.units import K_B

GIB = 2.0**30
PANEL_NODES = 10
"""Gauss-Legendre nodes on [h, 2h]: exp(-x tau) is integrated to 1e-13 of its largest value for every x."""
KERNEL_WIDTH = 8
"""Points of the twice finer mesh that one wavevector off the mesh is interpolated from, per direction."""


@dataclass(frozen=True, slots=True, eq=False)
class StaticBubble:
    """chi0(R) in real space, float or complex (n1, n2, n3, n^2, n^2), 1/meV; pairs of orbitals a*n + b.

    chi0(q) = sum_R chi0(R) exp(2 pi i q.R), for one spin: a free electron gas has chi0(q -> 0) = N(0).
    """

    real_space: np.ndarray
    temperature: float

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.real_space.shape[:3]

    def on_mesh(self) -> np.ndarray:
        """Return chi0 at q = i/n, complex (n1, n2, n3, n^2, n^2), 1/meV."""
        return fft.ifftn(self.real_space, axes=(0, 1, 2), norm="forward")

    def at(self, q: np.ndarray) -> np.ndarray:
        """Return chi0 at any q (..., 3) in reciprocal lattice units, complex (..., n^2, n^2), 1/meV.

        The Fourier sum is interpolated from a twice finer mesh with a Kaiser-Bessel kernel, to 1e-7 of
        the largest value; directions with one mesh point do not depend on q.
        """
        q = np.asarray(q, float)
        size = self.real_space.shape[-1]
        points = q.reshape(-1, 3)
        result = np.empty((len(points), size, size), complex)
        gather, padding = _interpolation(points, self.shape)
        for row in range(size):
            fine = fft.ifftn(padding(self.real_space[..., row, :]), axes=(0, 1, 2), norm="forward")
            result[:, row] = gather @ fine.reshape(-1, size)
        return result.reshape(*q.shape[:-1], size, size)


def static_susceptibility(
    bands: TightBinding, temperature: float, *, mesh: Sequence[int], memory: float = 4.0
) -> StaticBubble:
    """Return the static bubble chi0 of the normal state, every momentum transfer at once.

    Parameters
    ----------
    bands : energies from the chemical potential.
    temperature : K, positive.
    mesh : one to three numbers of k points.
    memory : GiB that may be used.

    Raises
    ------
    InvalidInput : a temperature that is not positive, or a mesh that needs more than ``memory``.
    """
    if not (np.isfinite(temperature) and temperature > 0):
        raise InvalidInput(f"temperature = {temperature}", "give a positive temperature in K")
    k = brillouin.mesh(mesh)
    shape = tuple(int(s) for s in mesh) + (1,) * (3 - len(mesh))
    n = bands.n_orbitals
    guard(mesh, n, memory)
    energies, vectors = np.linalg.eigh(bands.bloch(k))
    beta = 1 / (K_B * temperature)
    time, weight = imaginary_time(beta, float(np.max(np.abs(energies))))
    real = bool(np.all(bands.hoppings.imag == 0))
    half = np.zeros((len(k), n * n, n * n), float if real else complex)
    step = max(1, int(2e6 / (len(k) * n * n)))
    for begin in range(0, len(time), step):
        tau, w = time[begin : begin + step], weight[begin : begin + step]
        ahead, behind = _propagators(energies, vectors, tau, beta, shape, real)
        half += np.matmul(ahead * w, behind.transpose(0, 2, 1))
    # (ac)(db) -> (ab)(cd)
    half = half.reshape(*shape, n, n, n, n).transpose(0, 1, 2, 3, 6, 4, 5)
    other = _reversed(half).transpose(0, 1, 2, 6, 5, 4, 3)
    return StaticBubble((half + other).reshape(*shape, n * n, n * n), float(temperature))


def guard(mesh: Sequence[int], n_orbitals: int, memory: float) -> None:
    """Raise `InvalidInput` where chi0 of this mesh needs more than ``memory`` GiB."""
    count = float(np.prod([float(s) for s in mesh]))
    need = 40.0 * count * n_orbitals**4 / GIB
    if need > memory:
        raise InvalidInput(
            f"chi0 on a mesh {tuple(mesh)} with {n_orbitals} orbitals needs {need:.1f} GiB (limit {memory:g})",
            "take fewer k points, or raise memory",
        )


def imaginary_time(beta: float, largest: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights on [0, beta/2] for sums of exp(-x tau), |x| up to twice ``largest``."""
    x, w = np.polynomial.legendre.leggauss(PANEL_NODES)
    first = min(beta / 2, 2.0 / max(2 * largest, 1e-300))
    panels = max(0, int(np.ceil(np.log2(beta / 2 / first)))) if first < beta / 2 else 0
    edges = np.concatenate([[0.0], beta / 2 * 2.0 ** -np.arange(panels, -1, -1.0)])
    half = np.diff(edges)[:, None] / 2
    nodes = (edges[:-1] + edges[1:])[:, None] / 2 + half * x
    return nodes.ravel(), (half * w).ravel()


def _propagators(
    energies: np.ndarray,
    vectors: np.ndarray,
    tau: np.ndarray,
    beta: float,
    shape: tuple[int, int, int],
    real: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return G>(R, tau) and G<(-R, tau), (cell, orbital pair, tau)."""
    found = []
    for sign, transform in ((1, fft.fftn), (-1, fft.ifftn)):
        # (1-f) exp(-E tau) and f exp(E tau), written so that no exponential overflows.
        e = sign * energies[:, :, None]
        factor = np.where(e > 0, np.exp(-np.abs(e) * tau), np.exp(-np.abs(e) * (beta - tau)))
        factor = factor * expit(beta * np.abs(e))
        g = np.matmul(vectors[:, :, None, :] * vectors.conj()[:, None, :, :], factor[:, None])
        g = transform(
            g.reshape(*shape, -1), axes=(0, 1, 2), norm="forward" if transform is fft.fftn else "backward"
        )
        g = g.reshape(len(energies), energies.shape[1] ** 2, len(tau))
        found.append(np.ascontiguousarray(g.real) if real else g)
    return found[0], found[1]


def _reversed(array: np.ndarray) -> np.ndarray:
    """Return the array at -R."""
    return np.roll(np.flip(array, (0, 1, 2)), 1, (0, 1, 2))


# --- random-phase approximation ----------------------------------------------------------------


def dressed(chi0: np.ndarray, vertex: np.ndarray) -> np.ndarray:
    """Return (1 - chi0 V)^-1 chi0, complex (..., n^2, n^2), 1/meV; V = U_s for spin, -U_c for charge."""
    unit = np.eye(chi0.shape[-1])
    return np.linalg.solve(unit - chi0 @ vertex, chi0)


def stoner_factor(chi0: np.ndarray, vertex: np.ndarray) -> np.ndarray:
    """Return the largest eigenvalue of chi0 V at each q, float (...); 1 is the instability.

    chi0 is Hermitian and positive: with chi0 = L L†, the eigenvalues are those of L† V L.
    """
    size = chi0.shape[-1]
    floor = 1e-13 * np.trace(chi0, axis1=-2, axis2=-1).real[..., None, None] * np.eye(size)
    root = np.linalg.cholesky(chi0 + floor)
    return np.linalg.eigvalsh(np.swapaxes(root.conj(), -1, -2) @ vertex @ root)[..., -1]


def require_stable(bubble: StaticBubble, vertex: np.ndarray, channel: str) -> float:
    """Return the largest Stoner factor on the mesh.

    Raises
    ------
    MagneticInstability : it reaches 1 in the ``"spin"`` channel; the message gives U/Uc and the wavevector.
    InvalidModel : it reaches 1 in another channel.
    """
    chi0 = bubble.on_mesh()
    half = chi0[: bubble.shape[0] // 2 + 1]
    factors = stoner_factor(half, vertex)
    top = np.unravel_index(int(np.argmax(factors)), factors.shape)
    largest = float(factors[top])
    q = np.array([i / n for i, n in zip(top, bubble.shape, strict=True)])
    if largest >= 1 and channel == "spin":
        raise MagneticInstability(largest, q)
    if largest >= 1:
        raise InvalidModel(
            f"{channel} vertex at q = ({', '.join(f'{x:.3g}' for x in q)})",
            f"U/Uc = {largest:.4f}",
            f"weaker: divide the coupling by more than {largest:.4f}, or the normal state orders",
        )
    return largest


# --- Fourier sums off the mesh -----------------------------------------------------------------


def _interpolation(points: np.ndarray, shape: tuple[int, int, int]) -> tuple[sparse.csr_array, object]:
    """Return a sparse matrix from the finer mesh to ``points``, and the padding that prepares the data."""
    fine = tuple(2 * n if n > 1 else 1 for n in shape)
    index = np.zeros((len(points), 1), int)
    weight = np.ones((len(points), 1))
    for axis, (n, m) in enumerate(zip(shape, fine, strict=True)):
        if n == 1:
            continue
        place = points[:, axis] * m
        first = np.ceil(place - KERNEL_WIDTH / 2).astype(int)
        near = first[:, None] + np.arange(KERNEL_WIDTH)
        kernel = _kaiser_bessel(near - place[:, None])
        index = (index[:, :, None] * m + (near % m)[:, None, :]).reshape(len(points), -1)
        weight = (weight[:, :, None] * kernel[:, None, :]).reshape(len(points), -1)
    start = np.arange(len(points) + 1) * index.shape[1]
    gather = sparse.csr_array((weight.ravel(), index.ravel(), start), shape=(len(points), int(np.prod(fine))))

    def padding(data: np.ndarray) -> np.ndarray:
        for axis, n in enumerate(shape):
            if n > 1:
                data = _padded(data, axis, n)
        return data

    return gather, padding


def _padded(data: np.ndarray, axis: int, n: int) -> np.ndarray:
    """Return data on 2n cells along one axis, divided by the transform of the kernel."""
    data = np.moveaxis(data, axis, 0)
    out = np.zeros((2 * n, *data.shape[1:]), data.dtype)
    cells = np.arange(-(n // 2), n // 2 + 1)
    share = np.ones(len(cells))
    if n % 2 == 0:
        share[[0, -1]] = 0.5  # R = n/2 and -n/2 are one cell of the mesh
    share = share / _kaiser_bessel_transform(cells / (2 * n))
    out[cells % (2 * n)] = data[cells % n] * share.reshape(-1, *(1,) * (data.ndim - 1))
    return np.moveaxis(out, 0, axis)


SHAPE = np.pi * np.sqrt(KERNEL_WIDTH**2 * 0.5625 - 0.8)
"""Shape parameter of the kernel at twofold oversampling: Beatty, Nishimura, Pauly, IEEE TMI 24, 799 (2005)."""


def _kaiser_bessel(x: np.ndarray) -> np.ndarray:
    root = np.sqrt(np.maximum(1 - (2 * x / KERNEL_WIDTH) ** 2, 0))
    return i0e(SHAPE * root) * np.exp(SHAPE * (root - 1))


def _kaiser_bessel_transform(frequency: np.ndarray) -> np.ndarray:
    """Return the Fourier transform of the kernel; within the mesh the root stays real."""
    root = np.sqrt(SHAPE**2 - (np.pi * KERNEL_WIDTH * frequency) ** 2)
    return KERNEL_WIDTH * np.exp(root - SHAPE) * (1 - np.exp(-2 * root)) / (2 * root)
