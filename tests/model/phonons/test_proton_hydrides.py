"""Published inputs of hydrides: what follows from them, and their consistency."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel


def test_lattice_gives_back_the_modes_it_was_read_from() -> None:
    lattice = on.model.h3s_lattice()
    bond = on.model.Proton(lattice.stretch_stiffness, lattice.quartic, lattice.coupling)
    assert bond.stiffness - bond.coupling == pytest.approx(lattice.mode_stiffness(lattice.soft_mode_cm))
    # g was inverted from the Gaussian condition, so the self-consistent harmonic solver must return the Hessian's mode
    gaussian = on.solve.scha(bond)
    mode = bond.energy_of(float(gaussian["bond_stiffness"]) - bond.coupling)
    assert mode == pytest.approx(lattice.soft_mode_anharmonic_cm * 0.1239841984, rel=1e-7)


def test_anharmonicity_hardens_stretching_and_softens_bending() -> None:
    """What the abstract of Errea et al., PRL 114, 157004 (2015) says in words."""
    lattice = on.model.h3s_lattice()
    assert lattice.bend_stiffness_anharmonic < lattice.bend_stiffness
    assert lattice.mode_stiffness(lattice.soft_mode_anharmonic_cm) > lattice.mode_stiffness(
        lattice.soft_mode_cm
    )


def test_duan_moments_give_both_published_temperatures() -> None:
    (row,) = [row for row in on.model.published_hydrides("H3S") if row.formula == "McMillan"]
    for mu_star, tc in (
        (row.mu_star, row.critical_temperature),
        (row.second_mu_star, row.second_critical_temperature),
    ):
        glue = on.model.PhononGlue(on.model.einstein(row.omega_log, row.coupling), on.model.MuStar(mu_star))
        # published to 1 K
        assert on.solve.mcmillan(glue) == pytest.approx(tc, abs=1.0)


def test_coupling_of_the_rest_does_not_know_the_mass() -> None:
    modes = on.model.HydrogenModes(2500.0, 5000.0, 0.6, (40.0, 60.0), (3, 6))
    light, heavy = modes.rest(1.0), modes.rest(2.0)
    assert light.lambda_ == pytest.approx(0.6 + 2 * 2500 / 5000) == pytest.approx(heavy.lambda_)
    assert light.frequency[-1] / heavy.frequency[-1] == pytest.approx(np.sqrt(2))
    assert np.array_equal(light.frequency[:2], heavy.frequency[:2])
    # lambda is shared as weight/energy^2
    parts = 2 * light.measure / light.frequency
    assert parts[0] / parts[1] == pytest.approx((3 / 40**2) / (6 / 60**2))
    assert len(on.model.HydrogenModes(2500.0, 5000.0, 0.0, (), ()).rest(1.0).frequency) == 1


def test_every_row_has_a_source_and_a_status() -> None:
    for material in ("H3S", "LaH10", "H"):
        rows = on.model.published_hydrides(material)
        assert rows and all(row.source and row.status in ("verified", "derived", "recalled") for row in rows)
        assert [row.pressure for row in rows] == sorted(row.pressure for row in rows)


def test_refusals() -> None:
    with pytest.raises(InvalidInput, match="LaH10"):
        on.model.published_hydrides("LaH11")
    with pytest.raises(InvalidModel):
        on.model.HydrideMoments("H", "x", 500.0, 0.1, 300.0, "unknown", "x", "guessed")
    with pytest.raises(InvalidModel):
        on.model.HydrideMoments("H", "x", -500.0, 0.1, 300.0, "unknown", "x", "verified")
    for arguments in (
        (0.0, 1.0, 0.1, (1.0,), (1,)),
        (1.0, 0.0, 0.1, (1.0,), (1,)),
        (1.0, 1.0, -0.1, (1.0,), (1,)),
        (1.0, 1.0, 0.1, (1.0,), ()),
    ):
        with pytest.raises(InvalidModel):
            on.model.HydrogenModes(*arguments)
