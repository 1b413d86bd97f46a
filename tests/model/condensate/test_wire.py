"""Thin wires and rings: scales, sites, and what is refused."""

from math import pi

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel
from onnes.model import codec
from onnes.units import PHI_0

METAL = on.model.GinzburgLandau(10.0, 50.0, resistivity=10.0)


def test_scales_fit_together() -> None:
    """E_0 = I_0 Phi_0/4 pi, and the kinetic inductance is mu_0 lambda^2 times length over section."""
    ring = on.model.ThinRing(100.0, 400.0, METAL, inductance=3.0)
    scale = ring.thread
    assert scale.energy == pytest.approx(scale.current * 1e-6 * PHI_0 / (4 * pi), rel=1e-12)
    assert ring.kinetic_inductance == pytest.approx(
        on.units.MU_0 * 50e-9**2 * 2 * pi * 100e-9 / 400e-18 * 1e12
    )
    assert ring.screening == pytest.approx(3.0 / ring.kinetic_inductance * 2 * pi * 10.0)
    assert on.model.ThinRing(100.0, 400.0, METAL).screening == 0.0
    wire = on.model.ThinWire(ring.circumference, 400.0, METAL)
    assert wire.resistance == pytest.approx(ring.resistance) == pytest.approx(1e-7 * 2 * pi * 1e-7 / 400e-18)
    assert scale.reduced_temperature(1.0) == pytest.approx(on.units.K_B_SI / scale.energy)


def test_sites() -> None:
    for ends, first in (("superconducting", 0.0), ("normal", 1.0), ("insulated", 1.0)):
        wire = on.model.ThinWire(100.0, 1.0, METAL, ends=ends)
        x, h, strength = wire.sites(2.0)
        assert x[0] == first and h == pytest.approx(0.2) and np.all(strength == 1)
        assert x[0] + x[-1] == pytest.approx(100.0)
    spot = on.model.Spots(((30.0, 0.0),), 5.0, 0.4)
    x, h, strength = on.model.ThinRing(30.0, 1.0, METAL, strength=spot).sites()
    assert len(x) * h == pytest.approx(6 * pi) and strength[np.argmin(abs(x - 30))] < 0.5


def test_refused() -> None:
    with pytest.raises(InvalidModel, match="length"):
        on.model.ThinWire(0.0, 1.0, METAL)
    with pytest.raises(InvalidModel, match="ends"):
        on.model.ThinWire(10.0, 1.0, METAL, ends="open")
    with pytest.raises(InvalidModel, match="inductance"):
        on.model.ThinRing(10.0, 1.0, METAL, inductance=0.0)
    ring, wire = on.model.ThinRing(50.0, 1.0, METAL), on.model.ThinWire(50.0, 1.0, METAL, ends="insulated")
    for thread in (ring, wire):
        with pytest.raises(InvalidModel, match="current"):
            on.model.ThreadSetup(thread, current=on.model.steady(1.0))
    with pytest.raises(InvalidModel, match="flux"):
        on.model.ThreadSetup(wire, flux=on.model.steady(1.0))
    with pytest.raises(InvalidModel, match="noise"):
        on.model.ThreadSetup(ring, noise=-1.0)
    with pytest.raises(InvalidInput, match="spacing"):
        wire.sites(40.0)


def test_a_setup_survives_a_file() -> None:
    setup = on.model.ThreadSetup(
        on.model.ThinRing(50.0, 1.0, METAL), flux=on.model.ramp(0.0, 1.0, 5.0), noise=0.1
    )
    assert codec.decode(codec.encode(setup)) == setup
    assert setup.events == (0.0, 5.0)
