"""Expectation values of amplitudes psi[I, J]: occupations, correlations, total spin."""

import numpy as np

from onnes.solve.correlated import basis

BLOCK = 2_000_000
"""Amplitudes of one block of rows, so that temporaries stay small beside psi."""


def densities(psi: np.ndarray, up: np.ndarray, down: np.ndarray, sites: int) -> tuple[np.ndarray, np.ndarray]:
    """Return <n_i> (site,) and <n_i,up n_i,dn> (site,)."""
    mixed, rows, columns = _weights(psi, up, down, sites)
    n_up, n_dn = basis.occupations(up, sites), basis.occupations(down, sites)
    return rows @ n_up + columns @ n_dn, np.diag(mixed).copy()


def correlations(
    psi: np.ndarray, up: np.ndarray, down: np.ndarray, sites: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return <S^z_i S^z_j>, <S_i.S_j> and <n_i n_j>, each (site, site).

    S_i.S_j = S^z S^z + (S+_i S-_j + S-_i S+_j)/2; the transverse part is the Gram matrix of the vectors S-_j psi.
    """
    mixed, rows, columns = _weights(psi, up, down, sites)
    n_up, n_dn = basis.occupations(up, sites), basis.occupations(down, sites)
    same = np.einsum("a,ai,aj->ij", rows, n_up, n_up) + np.einsum("a,ai,aj->ij", columns, n_dn, n_dn)
    cross = mixed + mixed.T
    zz, charge = (same - cross) / 4, same + cross
    lowered = _flipped_gram(psi, up, down, sites)  # <S+_i S-_j>
    raised = _flipped_gram(np.ascontiguousarray(psi.T), down, up, sites)  # <S-_i S+_j>
    return zz, zz + (lowered + raised).real / 2, charge


def spin_squared(psi: np.ndarray, up: np.ndarray, down: np.ndarray, sites: int) -> float:
    """Return <S^2> = |S- psi|^2 + Sz (Sz - 1), Sz = (N_up - N_dn)/2."""
    counts = [int(np.bitwise_count(states[0])) for states in (up, down)]
    sz = (counts[0] - counts[1]) / 2
    total = 0.0
    for _, vectors in _flipped(psi, up, down, sites):
        total += float(np.linalg.norm(sum(vectors)) ** 2)
    return total + sz * (sz - 1)


def _weights(
    psi: np.ndarray, up: np.ndarray, down: np.ndarray, sites: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return <n_i,up n_j,dn> and the probabilities of the up and of the down configurations."""
    n_up, n_dn = basis.occupations(up, sites), basis.occupations(down, sites)
    mixed, rows, columns = np.zeros((sites, sites)), np.zeros(len(up)), np.zeros(len(down))
    step = max(1, BLOCK // max(len(down), 1))
    for first in range(0, len(up), step):
        part = slice(first, first + step)
        weight = np.abs(psi[part]) ** 2
        mixed += n_up[part].T @ (weight @ n_dn)
        rows[part] = weight.sum(axis=1)
        columns += weight.sum(axis=0)
    return mixed, rows, columns


def _flipped(psi: np.ndarray, up: np.ndarray, down: np.ndarray, sites: int):  # type: ignore[no-untyped-def]
    """Yield blocks of rows of the vectors c+_j,dn c_j,up psi for every j, without the sign that all j share."""
    counts = [int(np.bitwise_count(states[0])) for states in (up, down)]
    if counts[0] == 0 or counts[1] == sites:
        return
    fewer = basis.configurations(sites, counts[0] - 1)
    more = basis.configurations(sites, counts[1] + 1)
    remove = [basis.creation(fewer, up, j).T.tocsr() for j in range(sites)]
    add = [basis.creation(down, more, j) for j in range(sites)]
    step = max(1, BLOCK // (max(len(more), len(down)) * sites))
    for first in range(0, len(fewer), step):
        part = slice(first, min(first + step, len(fewer)))
        yield part, [(a @ (r[part] @ psi).T).T for r, a in zip(remove, add, strict=True)]


def _flipped_gram(psi: np.ndarray, up: np.ndarray, down: np.ndarray, sites: int) -> np.ndarray:
    gram = np.zeros((sites, sites), dtype=psi.dtype)
    for _, vectors in _flipped(psi, up, down, sites):
        stack = np.array([v.ravel() for v in vectors])
        gram += stack.conj() @ stack.T
    return gram
