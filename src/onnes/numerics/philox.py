"""Counter-based random numbers: the value at a counter depends on nothing but the counter and the key.

Philox4x32-10 of J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Proc. SC11 (2011),
doi:10.1145/2063384.2063405, on whole arrays of counters.
"""

import numpy as np

_MULTIPLY = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_WORD, _BITS, _ROUNDS = np.uint64(0xFFFFFFFF), np.uint64(32), 10


def philox(counters: np.ndarray, seed: int) -> np.ndarray:
    """Return four random words for each counter.

    Parameters
    ----------
    counters : integer array (..., 4); each entry is taken modulo 2^32.
    seed : the key, from 0 to 2^64 - 1.

    Returns
    -------
    uint64 array (..., 4) of 32-bit words.
    """
    a, b, c, d = np.moveaxis(np.asarray(counters).astype(np.int64).astype(np.uint64) & _WORD, -1, 0)
    key = [int(seed) & 0xFFFFFFFF, (int(seed) >> 32) & 0xFFFFFFFF]
    for _ in range(_ROUNDS):
        first, second = _MULTIPLY[0] * a, _MULTIPLY[1] * c
        a, b = (second >> _BITS) ^ b ^ np.uint64(key[0]), second & _WORD
        c, d = (first >> _BITS) ^ d ^ np.uint64(key[1]), first & _WORD
        key = [(key[i] + _WEYL[i]) & 0xFFFFFFFF for i in (0, 1)]
    return np.stack([a, b, c, d], axis=-1)


def uniform(counters: np.ndarray, seed: int) -> np.ndarray:
    """Return two independent numbers in the open interval (0, 1) for each counter, float (..., 2).

    A number has 53 random bits and is never 0 or 1.
    """
    words = philox(counters, seed)
    high, low = words[..., 0::2], words[..., 1::2]
    return (((high << np.uint64(21)) | (low >> np.uint64(11))).astype(float) + 0.5) * 2.0**-53


def normal(counters: np.ndarray, seed: int) -> np.ndarray:
    """Return one number of the standard normal distribution for each counter (Box-Muller), float (...)."""
    u = uniform(counters, seed)
    return np.sqrt(-2 * np.log(u[..., 0])) * np.cos(2 * np.pi * u[..., 1])
