"""Impurities and samples validate themselves; random fields depend on seed, stream and cell alone."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel
from onnes.model import codec

BANDS = on.model.square({(0, 0): 0.0, (1, 0): -100.0})
HOST = on.model.Superconductor(BANDS, on.model.d_wave(20.0))


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_fields_do_not_depend_on_the_size(distribution: str) -> None:
    small = on.model.random_field((6, 5), 11, width=2.0, distribution=distribution)
    large = on.model.random_field((12, 9), 11, width=2.0, distribution=distribution)
    assert np.array_equal(small, large[:6, :5])


def test_fields_are_independent() -> None:
    one = on.model.random_field((40, 40), 1, width=1.0)
    for other in (
        on.model.random_field((40, 40), 2, width=1.0),
        on.model.random_field((40, 40), 1, width=1.0, stream=1),
    ):
        # Five standard errors of a correlation of 1600 pairs.
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 5 / 40
    assert np.max(np.abs(one)) < 0.5 and np.array_equal(one, on.model.random_field((40, 40), 1, width=1.0))


def test_correlated_field() -> None:
    """<V(0) V(r)> = sigma^2 exp(-r^2/4 l^2) for an average over exp(-r^2/2 l^2)."""
    length, size = 2.0, 128
    fields = [
        on.model.random_field((size, size), seed, width=3.0, distribution="normal", correlation=length)[
            ..., 0
        ]
        for seed in range(8)
    ]
    power = np.mean([np.abs(np.fft.fft2(f)) ** 2 for f in fields], axis=0)
    correlation = np.fft.ifft2(power).real / size**2
    # Relative error of a mean over independent patches, each of area 4 pi l^2.
    error = 5 * np.sqrt(2 * 4 * np.pi * length**2 / (8 * size**2))
    for r in (0, 1, 2, 3):
        assert abs(correlation[r, 0] / 9.0 - np.exp(-(r**2) / (4 * length**2))) < error


def test_random_impurities() -> None:
    found = on.model.random_impurities((60, 50), 5, concentration=0.1, potential=30.0)
    # Five standard deviations of a binomial count.
    assert abs(len(found) - 300) < 5 * np.sqrt(3000 * 0.1 * 0.9)
    inside = {i.site for i in found if i.site[0] < 20 and i.site[1] < 20}
    again = on.model.random_impurities((20, 20), 5, concentration=0.1, potential=30.0)
    assert inside == {i.site for i in again} and all(i.potential == 30.0 for i in again)


DIGEST = """
import hashlib
import numpy as np
import onnes as on

shape = (48, 40)
fields = [
    on.model.random_field(shape, 17, width=30.0, distribution="normal", correlation=2.5),
    1 + on.model.random_field(shape, 17, width=0.4, stream=1),
    1 + on.model.random_field(shape, 17, width=0.2, stream=2, correlation=1.0),
]
host = on.model.Superconductor(on.model.square({(1, 0): -100.0}), on.model.d_wave(20.0))
dirt = [
    on.model.random_impurities(shape, 17, concentration=0.1, potential=50.0, kind=kind, stream=3 + i)
    for i, kind in enumerate(("potential", "gap", "bond"))
]
names = ("potential", "gap_factor", "hopping_factor")
sample = on.model.Sample(host, shape, sum(dirt, ()), **dict(zip(names, fields)))
data = b"".join(np.ascontiguousarray(getattr(sample, name)).tobytes() for name in names)
print(hashlib.sha256(data + repr(sample.impurities).encode()).hexdigest())
"""


def test_disorder_of_every_kind_is_the_same_with_any_number_of_threads() -> None:
    """Potential, gap and bond disorder to the last bit, in processes whose libraries may use one thread or four."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    found = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=os.environ | dict.fromkeys(threads, count),
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for count in ("1", "4")
    }
    assert len(found) == 1 and len(found.pop().strip()) == 64


def test_fields_do_not_depend_on_who_asked_first() -> None:
    """The same seeds drawn by four threads at once and one after the other: there is no hidden state."""

    def draw(seed: int) -> np.ndarray:
        return on.model.random_field((30, 30), seed, width=1.0, distribution="normal", correlation=1.5)

    state = np.random.get_state()[1].copy()  # noqa: NPY002
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(draw, range(12)))
    assert all(np.array_equal(a, draw(seed)) for seed, a in enumerate(together))
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_sample_survives_storage() -> None:
    sample = on.model.Sample(
        HOST, (4, 3), (on.model.Impurity(5.0, (1, 2)),), potential=np.ones((4, 3)), flux=1 / 12
    )
    back = codec.decode(codec.encode(sample))
    assert back.shape == (4, 3, 1) and back.impurities == sample.impurities
    assert np.array_equal(back.potential, sample.potential) and back.flux == sample.flux
    assert np.array_equal(back.host.bands.hoppings, BANDS.hoppings)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: on.model.Impurity(np.nan), "potential"),
        (lambda: on.model.Impurity(1.0, kind="spin"), "kind"),
        (lambda: on.model.Impurity(1.0, (0.5, 0)), "site"),
        (lambda: on.model.Impurity(1.0, orbital=-1), "orbital"),
        (lambda: on.model.Impurity(1.0, kind="bond", bond=(0, 0)), "bond"),
        (lambda: on.model.Sample(HOST, (0, 4)), "shape"),
        (lambda: on.model.Sample(HOST, (4, 4), (on.model.Impurity(1.0, (4, 0)),)), "site"),
        (lambda: on.model.Sample(HOST, (4, 4), (on.model.Impurity(1.0, orbital=1),)), "orbital"),
        (lambda: on.model.Sample(BANDS, (4, 4), (on.model.Impurity(1.0, kind="gap"),)), "normal metal"),
        (lambda: on.model.Sample(HOST, (4, 4), potential=np.zeros(5)), "potential"),
        (lambda: on.model.Sample(HOST, (4, 4), flux=0.01), "flux"),
    ],
)
def test_what_is_refused(make, message: str) -> None:
    with pytest.raises(InvalidModel, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: on.model.random_field((4, 4), 1, width=-1.0), "zero or positive"),
        (lambda: on.model.random_field((4, 4), 1, width=1.0, distribution="cauchy"), "uniform or normal"),
        (lambda: on.model.random_field((4, 0), 1, width=1.0), "positive numbers"),
        (lambda: on.model.random_impurities((4, 4), 1, concentration=2.0, potential=1.0), "between 0 and 1"),
    ],
)
def test_fields_that_make_no_sense(make, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
