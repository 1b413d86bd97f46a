"""Leads: their field is that of their current, and a strip between them is a piece of an endless one."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from onnes import model
from onnes.errors import InvalidInput, InvalidModel
from onnes.response.condensate.currents import face_currents
from onnes.response.condensate.film_fields import film_fields
from onnes.solve.condensate.films.time_dependent import tdgl
from onnes.units import MU_0

XI, THICK, PEARL, WIDE = 10.0, 4.0, 3.0, 10
MATERIAL = model.GinzburgLandau(XI, np.sqrt(PEARL * XI * THICK / 2), resistivity=20.0, inelastic=1.0)


@pytest.mark.parametrize("at", [(30.0, 5.0, 0.0), (0.5, -19.0, 0.0), (-40.0, 60.0, 0.0), (25.0, 14.0, 12.0)])
def test_potential_of_a_lead_is_that_of_its_current(at):
    """Against the law of Biot and Savart: between two points A differs by an integral without the infinite constant."""
    lead = model.Lead((0.0, -20.0), (0.0, 20.0))
    x, y, z = at

    def kernel(v, s, t, h):
        # int_0^U du/sqrt((s + u)^2 + rho^2), without ln 2U
        return -np.log(np.sqrt(s * s + (t - v) ** 2 + h * h) + s)

    whole = quad(kernel, -20, 20, args=(x, y, z), points=[y] if abs(y) < 20 else None)[0]
    wanted = MU_0 * 1e3 / (4 * np.pi * 40.0) * whole
    found = lead.vector_potential(np.array([x]), np.array([y]), np.array([z]))[0]
    assert np.isclose(found[0], wanted, rtol=1e-8) and abs(found[1]) < 1e-15 and found[2] == 0
    # a check of the kernel itself on a long piece: differences between points
    far = 1e7
    line = [
        quad(
            lambda u, s=s: 1 / np.hypot(s + u, 9.0),
            0,
            far,
            limit=500,
            points=[1, 10, 100, 1e3, 1e4, 1e5, 1e6],
        )[0]
        for s in (x, 7.0)
    ]
    logs = [-np.log(np.hypot(s, 9.0) + s) for s in (x, 7.0)]
    assert np.isclose(line[0] - line[1], logs[0] - logs[1], rtol=1e-5)


@pytest.mark.parametrize("ends", [((0.0, -20.0), (0.0, 20.0)), ((30.0, 5.0), (-10.0, 35.0))])
def test_field_of_a_lead_is_the_curl(ends):
    lead, h = model.Lead(*ends), 1e-3
    x, y = np.array([25.0, 60.0, -35.0, 10.0]), np.array([30.0, -40.0, 55.0, -60.0])
    along_x = (lead.vector_potential(x + h, y) - lead.vector_potential(x - h, y))[:, 1]
    along_y = (lead.vector_potential(x, y + h) - lead.vector_potential(x, y - h))[:, 0]
    assert np.allclose(lead.flux_density(x, y), (along_x - along_y) / (2 * h), rtol=1e-6)


def test_two_leads_are_an_endless_strip():
    """Opposite leads that meet: B_z of a strip of uniform current, mu0 K/2 pi ln|(t + W/2)/(t - W/2)|."""
    left, right = model.Lead((0.0, -20.0), (0.0, 20.0)), model.Lead((0.0, 20.0), (0.0, -20.0))
    x, y = np.array([7.0, -3.0, 0.0]), np.array([35.0, -60.0, 10.0])
    # what comes from the left goes on to the right
    found = left.flux_density(x, y) - right.flux_density(x, y)
    wanted = MU_0 * 1e3 / 40.0 / (2 * np.pi) * np.log(np.abs((y + 20) / (y - 20)))
    assert np.allclose(found, wanted, rtol=1e-12)


def endless(cells):
    """K/<K> of an endless Meissner strip in London's limit, K + A = constant, from its own dense matrix."""
    h = WIDE / cells
    d = h * (np.arange(cells)[:, None] - np.arange(cells))

    def twice(u):  # integrated twice, ln|u|
        u = np.maximum(np.abs(u), 1e-300)
        return u * u / 2 * np.log(u) - 0.75 * u * u

    mean = (twice(d + h) + twice(d - h) - 2 * twice(d)) / h**2
    sheet = np.linalg.solve(np.eye(cells) - h / (np.pi * PEARL) * mean, np.ones(cells))
    return sheet / sheet.mean()


def middle(length, leads):
    """K/<K> across the middle of a strip."""
    shape = model.rectangle(length * XI, WIDE * XI)
    ends = model.side(shape, "left"), model.side(shape, "right")
    one = model.Film(shape, THICK, MATERIAL, terminals=ends)
    current = 0.02 * one.sheet_current * WIDE * XI
    state = tdgl(
        one,
        until=120 * MATERIAL.time,
        current={"left": current, "right": -current},
        screening=True,
        leads=leads,
        spacing=5.0,
    )
    sheet = face_currents(film_fields(state, "test"), state, "test").total[0]
    across = sheet[:, sheet.shape[1] // 2]
    return across / across.mean()


def test_middle_of_a_strip_does_not_know_its_length():
    wanted = endless(20)
    short, long = middle(16, True), middle(28, True)
    # the leads are filled evenly, the strip is not: a difference of second moments, felt as (W/L)^3 or so
    assert np.abs(long - wanted).max() < 2e-3 and np.abs(short - wanted).max() < 1e-2
    bare_short, bare_long = middle(16, False), middle(28, False)
    assert np.abs(bare_long - bare_short).max() > 3 * np.abs(long - short).max()
    assert np.abs(bare_short - wanted).max() > 4e-2
    assert wanted[0] > 1.5 * wanted[10]  # the edges carry more


def test_leads_follow_the_current_and_the_setup():
    shape = model.rectangle(60.0, 40.0)
    ends = tuple(model.side(shape, where) for where in ("left", "right", "top"))
    one = model.Film(shape, THICK, MATERIAL, terminals=ends)
    currents = model.ramp(0, 2.0, 5.0), model.ramp(0, -2.0, 5.0), model.steady(0.0)
    setup = model.Setup(one, model.as_fields(0.1), currents, leads=True)
    assert [f.schedule for f in setup.applied[1:]] == list(currents[:2])
    for field, sign in zip(setup.applied[1:], (1, -1), strict=True):
        # at the edge of the lead, beyond the film, the field of its current grows without bound; ahead there is no edge
        edge, ahead = (
            abs(field.profile.flux_density(np.array([x]), np.array([20.0001]))[0])
            for x in (-100 * sign, 100 * sign)
        )
        assert edge > 5 * ahead
    assert replace(setup, leads=False).applied == setup.fields


def test_bad_input_is_named():
    shape = model.rectangle(60.0, 40.0)
    ends = model.side(shape, "left"), model.side(shape, "right")
    one = model.Film(shape, THICK, MATERIAL, terminals=ends)
    with pytest.raises(InvalidModel, match=r"Setup\.leads"):
        tdgl(one, until=1.0, voltage=0.1, leads=True)
    with pytest.raises(InvalidModel, match=r"Lead\.end"):
        model.Lead((0.0, 0.0), (0.0, 0.0))
    with pytest.raises(InvalidInput, match="beside"):
        tdgl(model.Setup(one), until=1.0, leads=True)
