"""The table of materials: moments of the spectra, units, sources, and what is refused."""

import math

import numpy as np
import pytest

import onnes as on
from onnes import units
from onnes.errors import InvalidInput, InvalidModel
from onnes.model.materials import STATUSES, Measured, Peak, read_table, with_spectrum
from onnes.model.phonons.glue import MultibandGlue

NAMES = on.model.material_names()
ONE_BAND = [name for name in with_spectrum() if on.model.material(name).n_bands == 1]


@pytest.mark.parametrize("name", ONE_BAND)
def test_spectrum_has_the_published_moments(name):
    """Couplings are given to four digits, which leaves omega_log within 1e-4/0.4 * ln(36/15) < 5e-4."""
    material = on.model.material(name)
    spectrum, numbers = material.spectrum(), material.numbers
    assert spectrum.parametrised
    # the peaks' four digits (3 * 5e-5) and the common grid (1e-4 relative)
    assert spectrum.lambda_ == pytest.approx(
        numbers["lambda"].value, abs=1.5e-4 + 1e-4 * numbers["lambda"].value
    )
    assert spectrum.omega_log == pytest.approx(numbers["omega_log"].value, rel=1e-3)
    if "omega_2" in numbers:
        assert spectrum.omega_2 == pytest.approx(numbers["omega_2"].value, rel=1e-3)


def test_two_band_couplings_and_their_symmetry():
    material = on.model.material("MgB2")
    glue = material.glue()
    assert isinstance(glue, MultibandGlue)
    published = [[material.numbers[f"lambda_{i}{j}"].value for j in (1, 2)] for i in (1, 2)]
    assert glue.lambda_matrix == pytest.approx(np.array(published), rel=1e-3)
    # N_i alpha2F_ij = N_j alpha2F_ji holds as a function, not only for lambda: shares are given to 3 digits
    left = glue.dos_weights[0] * glue.spectra[0][1].alpha2F
    right = glue.dos_weights[1] * glue.spectra[1][0].alpha2F
    assert left == pytest.approx(right, rel=5e-3, abs=1e-3 * right.max())
    # the same symmetry of the Coulomb repulsion, published to two digits
    mu = glue.mu_star.value
    assert mu[0][1] / mu[1][0] == pytest.approx(published[0][1] / published[1][0], rel=0.02)


def test_the_solver_returns_the_fitted_transition_temperatures():
    """mu* was fitted to Tc with the measured spectra: the parametrised ones must come near.

    The widest published error of lambda here (3 % for Pb) moves Tc by 5 %.
    """
    for name in ("Pb", "Hg", "In", "Tl"):
        material = on.model.material(name)
        computed = on.solve.critical_temperature(material.glue())
        assert computed == pytest.approx(material.numbers["Tc"].value, rel=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_sourced_and_sane(name):
    material = on.model.material(name)
    assert material.name == name
    assert 0 < material.numbers["Tc"].value < 300
    for key, measured in material.numbers.items():
        assert measured.status in STATUSES
        assert measured.source and measured.error >= 0
        assert measured.value > 0
        assert measured.error < 0.25 * measured.value, key
    assert {"lambda_11", "lambda"} & set(material.numbers)


def test_units_are_those_of_the_house():
    lead = on.model.material("Pb").numbers
    assert lead["Hc"].unit == "T" and lead["Hc"].value == pytest.approx(0.0803)
    assert lead["omega_log"].unit == "meV" and lead["omega_log"].value == pytest.approx(56 * units.K_B)
    assert lead["lambda_L"].unit == "nm" and lead["gap"].unit == "meV"


@pytest.mark.parametrize("name", ["Al", "Sn", "In", "Tl", "Pb", "Hg", "Nb", "Ta", "V"])
def test_the_numbers_of_an_element_agree_with_thermodynamics(name):
    """gamma Tc^2/Hc^2 in Gaussian units lies between 0.168 (weak) and 0.125 (strong coupling).

    Three numbers of three experiments; gamma (2 %), the volume (1 %) and Hc (1.5 %, squared) leave 4 %.
    """
    n = on.model.material(name).numbers
    gamma = n["gamma"].value * 1e-3 / (n["molar_volume"].value * 1e-6)
    ratio = gamma * n["Tc"].value ** 2 * units.MU_0 / (4 * math.pi * n["Hc"].value ** 2)
    assert 0.125 * 0.96 < ratio < 0.168 * 1.04
    # the gap ratio within the range of Eliashberg theory, anisotropy lowering it by at most 10 %
    assert 3.2 < 2 * n["gap"].value / (units.K_B * n["Tc"].value) < 5.2


def test_rows_are_printable_and_keep_the_error():
    rows = on.model.material("Nb").rows()
    assert all(len(row) == 6 and all(isinstance(cell, str) for cell in row) for row in rows)
    tc = next(row for row in rows if row[0] == "Tc")
    assert tc[2:5] == ("9.250 ± 0.020", "K", "verified")


def test_numbers_cannot_be_changed():
    with pytest.raises(TypeError):
        on.model.material("Nb").numbers["Tc"] = None  # type: ignore[index]


def test_glue_without_a_spectrum_is_refused():
    bare = on.model.Material("X", "no spectrum", {})
    with pytest.raises(InvalidInput, match="no spectrum of X; take one of Al"):
        bare.glue()
    with pytest.raises(InvalidInput, match="numbered from 0"):
        on.model.material("Pb").spectrum(0, 1)


def test_unknown_name_lists_near_names():
    with pytest.raises(InvalidInput, match="did you mean Nb") as caught:
        on.model.material("nb")
    assert all(name in str(caught.value) for name in NAMES)
    with pytest.raises(InvalidInput, match="no material 'Xx'"):
        on.model.material("Xx")


def test_malformed_measurements_are_refused():
    with pytest.raises(InvalidModel, match="status"):
        Measured(1.0, 0.1, "K", "somewhere", "guessed")
    with pytest.raises(InvalidModel, match="error"):
        Measured(1.0, -0.1, "K", "somewhere", "verified")
    with pytest.raises(InvalidModel, match="source"):
        Measured(1.0, 0.1, "K", "", "verified")
    with pytest.raises(InvalidModel, match="peaks"):
        on.model.Material("X", "two bands, one weight", {}, (((Peak(1, 1, 0.1),),) * 2,) * 2)
    with pytest.raises(InvalidModel, match="mu_star_cutoff"):
        on.model.Material("X", "", {}, mu_star_cutoff=0.0)


TC = '{ value = 1.0, error = 0.1, unit = "K", source = "s", status = "verified" }'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[X", "not a table of materials"),
        ("X = 3", "is not a material"),
        (f'[X]\ntitle = "t"\ncolour = 1\n[X.numbers]\nTc = {TC}', "colour"),
        ('[X]\ntitle = "t"', "title or numbers missing"),
        (f'[X]\ntitle = "t"\n[X.numbers]\nTcc = {TC}', "Tcc is not a known number"),
        (
            f'[X]\ntitle = "t"\n[X.numbers]\ngap = {TC.replace(chr(34) + "K" + chr(34), chr(34) + "T" + chr(34))}',
            "not a unit of energy",
        ),
        (f'[X]\ntitle = "t"\n[X.numbers]\ngamma = {TC}', "not the unit mJ/mol/K"),
        ('[X]\ntitle = "t"\n[X.numbers]\nTc = { value = 1.0 }', "not a number with its source"),
        (
            f'[X]\ntitle = "t"\n[X.numbers]\nTc = {TC.replace("1.0", chr(34) + "one" + chr(34))}',
            "is no number",
        ),
        (f'[X]\ntitle = "t"\n[X.numbers]\nTc = {TC.replace("verified", "sure")}', "status = sure"),
        (f'[X]\ntitle = "t"\npeaks = [[4.0, 1.0]]\n[X.numbers]\nTc = {TC}', "malformed peaks"),
        (f'[X]\ntitle = "t"\npeaks = [[4.0, 1.0, 0.5]]\n[X.numbers]\nTc = {TC}', "has peaks but no lambda"),
        (f'[X]\ntitle = "t"\nmu_star_cutoff = -1\n[X.numbers]\nTc = {TC}', "mu_star_cutoff"),
    ],
)
def test_a_malformed_table_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "table.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=message) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)
    assert "table.toml" in str(caught.value)


def test_an_absent_table_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="not a table of materials"):
        read_table(tmp_path / "absent.toml")
