"""The compact representation of functions of imaginary time."""

import numpy as np
import pytest

from onnes.numerics.lehmann import _boson_kernel, _kernel, conversion, lehmann


@pytest.mark.parametrize("beta, cutoff", [(0.1, 2400.0), (5.0, 1000.0), (0.01, 10.0)])
def test_any_pole_within_the_cutoff_is_represented(beta: float, cutoff: float) -> None:
    """Values at the nodes give the function at every time to the accuracy asked for, times the number of nodes."""
    basis = lehmann(beta, cutoff, 1e-12)
    poles = np.linspace(-cutoff, 0.9993 * cutoff, 257)
    near = beta * np.concatenate([[0.0], np.geomspace(1e-9, 0.5, 60)])
    tau = np.concatenate([near, -near[1:]])
    exact = _kernel(tau, poles, beta)
    target = basis.times(tau)
    for source, values in (
        (basis.times(basis.tau), _kernel(basis.tau, poles, beta)),
        (basis.fermions(basis.fermionic), 1 / (poles - 1j * basis.frequencies[:, None])),
        (basis.bosons(basis.bosonic), _boson_kernel(basis.bosonic, poles, beta)),
    ):
        assert np.max(np.abs(conversion(source, target) @ values - exact)) < 1e-8


def test_transforms_are_the_integrals_over_time() -> None:
    beta = 2.0
    basis = lehmann(beta, 8.0, 1e-12)
    x, w = np.polynomial.legendre.leggauss(60)
    tau, w = (x + 1) * beta / 2, w * beta / 2
    values = np.exp(-tau[:, None] * basis.poles) / (1 + np.exp(-beta * basis.poles))
    for n in (-2, 0, 3):
        fermion = (w * np.exp(1j * (2 * n + 1) * np.pi / beta * tau)) @ values
        assert np.allclose(fermion, basis.fermions(np.array([n]))[0], atol=1e-12)
        boson = (w * np.exp(2j * n * np.pi / beta * tau)) @ values
        assert np.allclose(boson, basis.bosons(np.array([n]))[0], atol=1e-12)


def test_rank_grows_as_a_logarithm() -> None:
    ranks = [len(lehmann(1.0, cutoff, 1e-10).poles) for cutoff in (1e2, 1e3, 1e4)]
    assert ranks[0] < ranks[1] < ranks[2] < 110
    assert abs((ranks[2] - ranks[1]) - (ranks[1] - ranks[0])) < 8
