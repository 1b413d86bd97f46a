"""Random walk through configurations with probability |psi|^2 (compiled): hops and spin exchanges along bonds."""

from numba import njit

from onnes.solve.correlated.vmc.factors import factor_exchange, factor_two, update_local
from onnes.solve.correlated.vmc.tableau import down_ratio, exchange_minor, pivot, up_ratio


@njit(cache=True, error_model="numpy", nogil=True)
def sweep(X, rows, columns, slot, sites, local, ham, fac, draws, line):  # type: ignore[no-untyped-def]
    """Propose one move for each row of ``draws`` (move, 3) of uniform numbers; return accepted moves.

    A bond is drawn, then a kind of move: exchange of two opposite spins, or a hop of one. A move and its inverse are
    drawn with equal probability, so the acceptance is min(1, |ratio|^2). Where double occupancy is forbidden the
    two sites leave one kind only.
    """
    n = sites.shape[0]
    accepted = 0
    for k in range(draws.shape[0]):
        bond = int(draws[k, 0] * ham.moves.shape[0])
        i, j = ham.moves[bond, 0], ham.moves[bond, 1]
        si, sj = sites[i], sites[j]
        flip = si ^ sj  # spins that only one of the two sites holds
        singles = flip == 3 and si != 0 and sj != 0
        if flip == 0 or (fac.full == 0 and draws[k, 1] < 0.5 and not singles):
            continue
        swap = singles and (fac.full == 1 or draws[k, 1] < 0.5)
        if swap:
            if si == 2:
                i, j, si, sj = j, i, sj, si
            after_i, after_j = 2, 1
            ratio = exchange_minor(X, slot, i, j) * factor_exchange(fac.active, local, fac.w, i, j)
        else:
            spin = flip if fac.full else (1 if draws[k, 1] < 0.75 else 2)
            if not flip & spin:
                continue
            if sj & spin:
                i, j, si, sj = j, i, sj, si
            after_i, after_j = si ^ spin, sj ^ spin
            ratio = up_ratio(X, slot, i, j) if spin == 1 else down_ratio(X, slot, i, j)
            ratio *= factor_two(local, sites, i, after_i, j, after_j, fac)
        if draws[k, 2] >= abs(ratio) ** 2:
            continue
        accepted += 1
        if swap:
            _pivot_pair(X, rows, columns, slot, i, j, line)
        elif (after_i ^ si) == 1:
            pivot(X, rows, columns, slot, slot[j], slot[i], line)
        else:
            pivot(X, rows, columns, slot, slot[n + i], slot[n + j], line)
        sites[i], sites[j] = after_i, after_j
        update_local(local, i, si, after_i, fac)
        update_local(local, j, sj, after_j, fac)
    return accepted


@njit(cache=True, error_model="numpy", nogil=True)
def _pivot_pair(X, rows, columns, slot, i, j, line):  # type: ignore[no-untyped-def]
    """Exchange an up electron of site i with a down electron of site j, by the larger first pivot.

    Particles bear no names: which of the two takes which mode changes the sign of the determinant only.
    """
    n = slot.shape[0] // 2
    a, b, p, q = slot[j], slot[n + j], slot[i], slot[n + i]
    if abs(X[a, p]) < abs(X[a, q]):
        p, q = q, p
    pivot(X, rows, columns, slot, a, p, line)
    pivot(X, rows, columns, slot, b, q, line)
