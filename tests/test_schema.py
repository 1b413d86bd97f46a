"""The table of quantities is closed, and Datasets are born with its labels."""

import re

import numpy as np
import pytest

from onnes import schema
from onnes.errors import InvalidInput
from onnes.schema import QUANTITIES, dataset, lookup
from onnes.schema.table import SUBJECTS


@pytest.mark.parametrize("name", QUANTITIES)
def test_every_entry_is_complete(name: str) -> None:
    quantity = QUANTITIES[name]
    assert re.fullmatch(r"[A-Za-z]\w*", name), "a name is an identifier, so that it can be a keyword"
    assert quantity.symbol and quantity.unit and quantity.long_name
    assert not quantity.long_name.endswith(".") and "\n" not in quantity.long_name
    assert quantity.unit == quantity.unit.strip()
    for dim in quantity.dims:
        assert dim in QUANTITIES and QUANTITIES[dim].dims == (dim,), "dimensions are coordinates of the table"


def test_a_name_occurs_in_one_file_only() -> None:
    assert len(QUANTITIES) == sum(len(subject.TABLE) for subject in SUBJECTS)


def test_no_two_quantities_mean_the_same() -> None:
    names = [q.long_name for q in QUANTITIES.values()]
    assert len(names) == len(set(names))


def test_datasets_carry_the_labels() -> None:
    ds = dataset(
        "title", {"bias": [1.0, 2.0], "conductance": [0.0, 1.0], "chemical_potential": 3.0}, method="x"
    )
    assert ds["conductance"].dims == ("bias",) and ds["chemical_potential"].dims == ()
    for name in ds.variables:
        quantity = QUANTITIES[name]
        assert ds[name].attrs == {
            "units": quantity.unit,
            "long_name": quantity.long_name,
            "symbol": quantity.symbol,
        }
    assert set(ds.coords) == {"bias"}
    assert ds.attrs == {"title": "title", "onnes_schema": schema.VERSION, "method": "x"}


def test_a_sweep_adds_dimensions() -> None:
    ds = dataset(
        "t",
        {"temperature": [1.0, 2.0], "bias": [0.0], "conductance": (("temperature", "bias"), np.ones((2, 1)))},
    )
    assert ds["conductance"].dims == ("temperature", "bias")


def test_complex_values_are_kept() -> None:
    ds = dataset("t", {"energy": [1.0], "gap_real": [[1j]]})
    assert ds["gap_real"].values[0, 0] == 1j


def test_mistakes_are_named() -> None:
    with pytest.raises(InvalidInput, match="'conductence' is not a named quantity; did you mean conductance"):
        lookup("conductence")
    with pytest.raises(InvalidInput, match=r"a name of onnes\.schema\.QUANTITIES"):
        lookup("qqqqqqqq")
    with pytest.raises(
        InvalidInput, match=r"conductance has shape \(1, 1\); it must have the dimensions \('bias',\)"
    ):
        dataset("t", {"conductance": np.ones((1, 1))})
    with pytest.raises(InvalidInput, match=r"arrays of 'didv' do not fit together.*matching length"):
        dataset("didv", {"bias": [1.0, 2.0], "conductance": [1.0]})
