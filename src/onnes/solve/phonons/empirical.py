"""Closed formulas for Tc, each under its own name. *The* Tc of onnes is `critical_temperature`.

The formulas were fitted with mu* at a cutoff of a few phonon frequencies, and are evaluated with
the glue's mu* at its own cutoff as that is how published values of mu* enter them.
"""

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.phonons.glue import Glue
from onnes.units import K_B


def mcmillan(glue: Glue) -> float:
    """Return McMillan's Tc in Allen and Dynes's form, K.

    kTc = (omega_log/1.2) exp[-1.04 (1+lambda)/(lambda - mu*(1 + 0.62 lambda))];
    0 where the denominator is not positive. W. L. McMillan, Phys. Rev. 167, 331 (1968);
    P. B. Allen and R. C. Dynes, Phys. Rev. B 12, 905 (1975).
    """
    lam, omega_log, _, mu = averages(glue)
    denominator = lam - mu * (1 + 0.62 * lam)
    if denominator <= 0:
        return 0.0
    return float(omega_log / K_B / 1.2 * np.exp(-1.04 * (1 + lam) / denominator))


def allen_dynes(glue: Glue) -> float:
    """Return the Allen-Dynes Tc = f1 f2 Tc(McMillan), K.

    f1 = [1 + (lambda/L1)^(3/2)]^(1/3), L1 = 2.46 (1 + 3.8 mu*);
    f2 = 1 + (r - 1) lambda^2/(lambda^2 + L2^2), L2 = 1.82 (1 + 6.3 mu*) r, r = omega_2/omega_log.
    P. B. Allen and R. C. Dynes, Phys. Rev. B 12, 905 (1975), eqs. 34-36.
    """
    lam, omega_log, omega_2, mu = averages(glue)
    ratio = omega_2 / omega_log
    l1, l2 = 2.46 * (1 + 3.8 * mu), 1.82 * (1 + 6.3 * mu) * ratio
    f1 = (1 + (lam / l1) ** 1.5) ** (1 / 3)
    f2 = 1 + (ratio - 1) * lam**2 / (lam**2 + l2**2)
    return f1 * f2 * mcmillan(glue)


def allen_dynes_ml(glue: Glue) -> float:
    """Return the machine-learned Allen-Dynes Tc = f_omega f_mu Tc(McMillan), K.

    With r = omega_log/omega_2: f_omega = 1.92 (lambda + r - mu*^(1/3))/(sqrt(lambda) e^r) - 0.08;
    f_mu = 1 + 6.86 exp(-lambda/mu*)/(1/lambda - mu* - r); f_mu = 1 at mu* = 0.
    S. R. Xie et al., npj Comput. Mater. 8, 14 (2022).
    """
    lam, omega_log, omega_2, mu = averages(glue)
    ratio = omega_log / omega_2
    f_omega = 1.92 * (lam + ratio - np.cbrt(mu)) / (np.sqrt(lam) * np.exp(ratio)) - 0.08
    f_mu = 1 + 6.86 * np.exp(-lam / mu) / (1 / lam - mu - ratio) if mu > 0 else 1.0
    return float(f_omega * f_mu * mcmillan(glue))


def averages(glue: Glue) -> tuple[float, float, float, float]:
    """Return (lambda, omega_log, omega_2, mu*) of one band; `InvalidInput` for several."""
    if glue.n_bands > 1:
        raise InvalidInput(
            f"a closed formula for {glue.n_bands} bands", "average the bands into one PhononGlue first"
        )
    spectrum = glue.spectra[0][0]
    return spectrum.lambda_, spectrum.omega_log, spectrum.omega_2, glue.mu_star.at(glue.mu_star.cutoff)


def allen_dynes_or_zero(glue: Glue) -> float:
    """Return a starting guess for Tc, K: Allen-Dynes with the strongest band's coupling and its mu*."""
    if glue.n_bands == 1:
        return allen_dynes(glue)
    matrix = np.array([[s.lambda_ for s in row] for row in glue.spectra])
    return 0.1 * glue.omega_max / K_B * min(1.0, float(np.max(np.linalg.eigvals(matrix).real)) ** 2)
