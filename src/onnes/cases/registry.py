"""The list of cases, in the order of the atlas. A new case is one import and one entry."""

from difflib import get_close_matches

from onnes.cases.condensate import (
    charged_condensate,
    flux_lattices,
    levitation,
    nb_film,
    surface_superconductivity,
    vortex_matter,
)
from onnes.cases.correlated import fluctuating_stripes, hubbard_thermodynamics, rvb
from onnes.cases.hypotheses import bipolaron
from onnes.cases.lattice import (
    ba122_resonance,
    cecoin5_resonance,
    cuprate_spectroscopy,
    lsco_paramagnons,
    lsco_superfluid_density,
    orbital_glue,
)
from onnes.cases.phonons import bcs, elements, exciton_pairing, h3s, metallic_hydrogen, mgb2
from onnes.errors import InvalidInput
from onnes.study.case import Case

CASES: tuple[Case, ...] = (
    bcs.CASE,
    elements.CASE,
    mgb2.CASE,
    h3s.CASE,
    metallic_hydrogen.CASE,
    exciton_pairing.CASE,
    bipolaron.CASE,
    ba122_resonance.CASE,
    orbital_glue.CASE,
    lsco_paramagnons.CASE,
    lsco_superfluid_density.CASE,
    cuprate_spectroscopy.CASE,
    cecoin5_resonance.CASE,
    charged_condensate.CASE,
    flux_lattices.CASE,
    vortex_matter.CASE,
    surface_superconductivity.CASE,
    nb_film.CASE,
    levitation.CASE,
    rvb.CASE,
    fluctuating_stripes.CASE,
    hubbard_thermodynamics.CASE,
)


def find(name: str) -> Case:
    """Return the case of that name; raise `InvalidInput` with the nearest names."""
    for case in CASES:
        if case.name == name:
            return case
    names = [case.name for case in CASES]
    near = get_close_matches(name, names, 3) or names
    raise InvalidInput(
        f"there is no case {name!r}", f"choose one of {', '.join(near)} (onnes list shows all)"
    )
