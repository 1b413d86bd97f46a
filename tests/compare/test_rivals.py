"""Explanations ranked by AIC and BIC: arithmetic, and the right one wins as often as it should."""

import numpy as np
import pytest

import onnes as on
from onnes.compare import Data, Vary
from onnes.compare.rivals import table
from onnes.errors import InvalidInput

X = np.linspace(0, 1, 50)


def polynomial(p) -> np.ndarray:
    return sum(value * X ** int(name[1:]) for name, value in p.items())


def of_degree(data: Data, degree: int) -> on.compare.Fit:
    return on.compare.fit(polynomial, data, [Vary(f"c{i}", 0.1) for i in range(degree + 1)])


def noisy(curve: np.ndarray, seed: int) -> Data:
    return Data(X, curve + 0.1 * np.random.default_rng(seed).standard_normal(50), 0.1)


def test_numbers_of_the_ranking() -> None:
    data = noisy(1 + X, 0)
    fits = {"constant": of_degree(data, 0), "line": of_degree(data, 1), "parabola": of_degree(data, 2)}
    ranked = on.compare.ranking(fits)
    best = ranked[0]
    assert fits[best.name].bic == min(f.bic for f in fits.values())
    assert best.delta_bic == 0 and best.n_data == 50 and ranked[-1].name == "constant"
    assert sum(r.bic_weight for r in ranked) == pytest.approx(1) == sum(r.aic_weight for r in ranked)
    by_name = {r.name: r for r in ranked}
    fall = fits["line"].chi2 - fits["parabola"].chi2
    # nested models: chi2 can only fall, and each parameter costs 2 or ln n
    assert fall >= -1e-6
    assert by_name["parabola"].delta_aic - by_name["line"].delta_aic == pytest.approx(2 - fall)
    assert by_name["parabola"].delta_bic - by_name["line"].delta_bic == pytest.approx(np.log(50) - fall)
    odds = np.exp((by_name["line"].delta_bic - by_name["parabola"].delta_bic) / 2)
    assert by_name["parabola"].bic_weight == pytest.approx(odds * by_name["line"].bic_weight)
    assert any("does not describe" in flag for flag in by_name["constant"].flags)
    assert [row[0] for row in table(ranked)] == ["explanation", *(r.name for r in ranked)]


def test_a_needless_parameter_is_preferred_as_rarely_as_theory_says() -> None:
    """Wilks: the needless coefficient lowers chi2 by a chi2 of one degree of freedom.

    BIC prefers it where that exceeds ln 50 = 3.91 (4.8 %), AIC where it exceeds 2 (15.7 %).
    """
    count, wins = 200, {"aic": 0, "bic": 0}
    for seed in range(count):
        data = noisy(1 + X, seed)
        line, parabola = of_degree(data, 1), of_degree(data, 2)
        for kind in wins:
            wins[kind] += getattr(parabola, kind) < getattr(line, kind)
    for kind, share in (("aic", 0.157), ("bic", 0.048)):
        assert abs(wins[kind] - share * count) < 4 * np.sqrt(count * share * (1 - share)), wins


def test_fits_of_other_data_are_refused() -> None:
    fits = {"a": of_degree(noisy(1 + X, 0), 1), "b": of_degree(noisy(1 + X, 1), 1)}
    with pytest.raises(InvalidInput, match="'b' was fitted to other data"):
        on.compare.ranking(fits)
    with pytest.raises(InvalidInput, match="at least two"):
        on.compare.ranking({"a": fits["a"]})
