"""Meshes of bulk bodies, their induction, and the modes of the uniform condensate."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.response.condensate.bulk_flow import (
    bulk_currents,
    circulation,
    loop_fields,
    mean_induction,
)
from onnes.response.condensate.bulk_mesh import bulk_mesh, uniform_links

MATERIAL = on.model.GinzburgLandau(10.0, 20.0, resistivity=10.0)


@pytest.mark.parametrize(
    ("periodic", "quanta"),
    [
        ((False,) * 3, (0, 0, 0)),
        ((True, False, False), (0, 0, 0)),
        ((True,) * 3, (1, -3, 2)),
        ((True, True, False), (0, 0, 1)),
    ],
)
def test_uniform_field(periodic: tuple, quanta: tuple) -> None:
    """The links of a uniform field have it in every loop, wherever the axes close; exact but for rounding."""
    box = on.model.Box((50.0, 40.0, 30.0), MATERIAL, periodic=periodic, quanta=quanta)
    mesh = bulk_mesh(box, 5.0)
    sides = np.array(box.lengths) / 10.0
    given = 2 * np.pi * np.array(quanta) * sides / sides.prod()
    field = np.array([0.0 if box.enclosed(a) else v for a, v in enumerate((0.1, -0.2, 0.3))])
    found = loop_fields(mesh, uniform_links(mesh, field), field)
    assert np.allclose(found, (field + given)[:, None, None, None], atol=1e-13)
    assert np.allclose(mean_induction(mesh, uniform_links(mesh, field), field), field + given, atol=1e-13)


def test_holes_share_one_field() -> None:
    """The fluxes through the loops of a hole add up to the circulation around it, and their B is one number."""
    shape = on.model.rectangle(120.0, 80.0).minus(
        on.model.disk(17.0, (-30.0, 3.0)), on.model.rectangle(21.0, 27.0, (31.0, 0.0))
    )
    mesh = bulk_mesh(on.model.Bulk(shape, MATERIAL), 4.0)
    rng = np.random.default_rng(3)
    links = np.where(mesh.faces > 0, rng.normal(size=mesh.faces.shape), 0.0)
    found = loop_fields(mesh, links, np.array([0, 0, 0.7]))[2]
    area = mesh.steps[0] * mesh.steps[1]
    assert len(mesh.holes) == 2
    for hole in mesh.holes:
        values = found.reshape(-1)[hole]
        assert np.ptp(values) == 0
        assert values.sum() * area == pytest.approx(circulation(links, 2).reshape(-1)[hole].sum(), rel=1e-12)
    assert (found[~mesh.loops[2]] == 0.7).all()
    assert mesh.filled == pytest.approx(96.0)
    # all loops together: what closed links take away on one side of a face they add on the other
    outer = np.where(mesh.loops[2], circulation(links, 2), 0.0).sum()
    assert (np.where(mesh.loops[2], found, 0.0) * area).sum() == pytest.approx(outer, rel=1e-12)


def test_current_of_a_twist() -> None:
    """J = (sin qh)/h for a phase qx: q up to (qh)^2/6."""
    mesh = bulk_mesh(on.model.Box((50.0, 20.0, 20.0), MATERIAL), 2.0)
    psi = np.exp(0.3j * np.arange(25) * 0.2) * np.ones(mesh.shape)
    current = bulk_currents(mesh, psi, np.zeros(mesh.faces.shape))
    assert np.allclose(current[0][..., :-1], 0.3, rtol=0.06**2 / 6) and (current[0][..., -1] == 0).all()
    assert np.allclose(current[1:], 0, atol=1e-15)


def test_refused_meshes() -> None:
    with pytest.raises(InvalidInput, match="spacing"):
        on.response.bulk_mesh(on.model.Box((9.0, 9.0, 9.0), MATERIAL), -1.0)
    with pytest.raises(InvalidInput, match="along z"):
        on.response.bulk_mesh(on.model.Box((90.0, 90.0, 3.0), MATERIAL), 3.0)
    pierced = on.model.rectangle(100.0, 100.0).minus(on.model.rectangle(2.0, 2.0, (25.0, 5.0)))
    with pytest.raises(InvalidInput, match=r"hole at \(25, 5\)"):
        on.response.bulk_mesh(on.model.Bulk(pierced, MATERIAL), 10.0)


def test_masses() -> None:
    """Row 22: the ratio of the masses is sqrt2 kappa, equal at kappa = 1/sqrt2."""
    lengths = on.response.decay_lengths(MATERIAL)
    assert lengths.mass_ratio == pytest.approx(np.sqrt(2) * MATERIAL.kappa)
    equal = on.response.decay_lengths(on.model.GinzburgLandau(10.0, 10.0 / np.sqrt(2)))
    assert equal.field == pytest.approx(equal.amplitude)
    rates = on.response.relaxation_rates(MATERIAL, [0.0, 0.05])
    # without a wavenumber the field relaxes in tau_0, and so does a charge: both have a gap
    assert float(rates.field_rate[0]) == float(rates.charge_rate[0]) == pytest.approx(1 / MATERIAL.time)
    # a rate vanishes at an imaginary wavenumber, one over the decay length
    for name, length in (
        ("field_rate", lengths.field),
        ("amplitude_rate", lengths.amplitude),
        ("charge_rate", lengths.charge),
    ):
        low, high = rates[name].values
        assert low / (high - low) * 0.05**2 == pytest.approx(length**-2, rel=1e-12)
    with pytest.raises(InvalidInput, match="resistivity"):
        on.response.relaxation_rates(on.model.GinzburgLandau(10.0, 20.0), [0.1])
