"""Magnetic form factors of ions: what the cloud of a spin takes from scattering at large Q.

<j0>(s) = A exp(-a s^2) + B exp(-b s^2) + C exp(-c s^2) + D, s = Q/4pi in 1/angstrom. Coefficients: P. J. Brown,
International Tables for Crystallography, volume C, section 4.4.5; for Ce3+ those of the dipole approximation
<j0> + C2 <j2> of the free ion in the same form.
"""

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidInput

COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "V3+": (0.3598, 19.3364, 0.6632, 7.6172, -0.3064, 0.0296, 0.2835),
    "Mn2+": (0.4220, 17.6840, 0.5948, 6.0050, 0.0043, -0.6090, -0.0219),
    "Fe2+": (0.0263, 34.9597, 0.3668, 15.9435, 0.6188, 5.5935, -0.0119),
    "Fe3+": (0.3972, 13.2442, 0.6295, 4.9034, -0.0314, 0.3496, 0.0044),
    "Ni2+": (0.0163, 35.8826, 0.3916, 13.2233, 0.6052, 4.3388, -0.0133),
    "Cu2+": (0.0232, 34.9686, 0.4023, 11.5640, 0.5882, 3.8428, -0.0137),
    "Ce3+": (0.051183, 6.115375, 0.277738, 7.952485, 0.654079, 2.287000, 0.016355),
}
"""Ion -> (A, a, B, b, C, c, D); a, b, c in square angstrom."""


def magnetic_form_factor(ion: str, Q: ArrayLike) -> np.ndarray:
    """Return F(Q), dimensionless, F(0) = 1 to the rounding of the table.

    Parameters
    ----------
    ion : such as ``"Fe2+"`` or ``"Cu2+"``.
    Q : modulus of the momentum transfer, any shape, 1/angstrom.

    Raises
    ------
    InvalidInput : an ion that is not in the table.
    """
    if ion not in COEFFICIENTS:
        raise InvalidInput(f"no form factor of {ion!r}", f"use one of {', '.join(COEFFICIENTS)}")
    *pairs, constant = COEFFICIENTS[ion]
    squared = (np.asarray(Q, float) / (4 * np.pi)) ** 2
    terms = (height * np.exp(-width * squared) for height, width in zip(pairs[::2], pairs[1::2], strict=True))
    return sum(terms) + constant
