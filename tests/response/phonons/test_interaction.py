"""lambda(i nu): the interpolated evaluation equals the plain sum, and both their limits."""

import numpy as np

import onnes as on
from onnes.response.phonons import interaction as room


def test_interpolation_equals_the_sum() -> None:
    spectrum = on.model.debye(30.0, 0.9, nodes=700)
    nu = np.concatenate([[0.0], np.geomspace(1e-3, 1e5, 3000)])
    exact = room._sum(spectrum, nu)
    assert nu.size * len(spectrum.frequency) > room.DIRECT
    # rho^-140 with rho > 1.3 is 1e-16; Clenshaw's recurrence amplifies rounding by at most 141^2/2 ulp.
    assert np.max(np.abs(room.interaction(spectrum, nu) - exact)) < 1e-12


def test_limits() -> None:
    spectrum = on.model.from_peaks([5.0, 9.0], [0.7, 0.4])
    assert np.isclose(room.interaction(spectrum, 0.0), spectrum.lambda_, rtol=1e-14)
    far = 1e5
    # lambda(i nu) -> lambda <omega^2>/nu^2, next term smaller by (omega/nu)^2 = 1e-8.
    assert np.isclose(room.interaction(spectrum, far), spectrum.moment(2) / far**2, rtol=1e-7)
    assert np.array_equal(room.interaction(spectrum, [-3.0]), room.interaction(spectrum, [3.0]))
