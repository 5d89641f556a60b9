"""Makes scipy.json: what SciPy, statsmodels and pymannkendall say of invented samples.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 statsmodels==0.15.0 pymannkendall==1.4.3
    venv/bin/python tests/statistics/make.py > tests/statistics/scipy.json
"""

import json

import numpy as np
import pymannkendall
from scipy import stats
from scipy.special import ndtr, ndtri
from statsmodels.stats.multitest import multipletests

random = np.random.default_rng(7)


def sample(n, scale=0.2, centre=1e6):
    # six digits, so that both sides read the same numbers
    return [float(f"{x:.6g}") for x in centre * np.exp(scale * random.standard_normal(n))]


def binomial_interval(values):
    """The median's interval by inversion: the shifts that a sign test does not reject."""
    values = sorted(values)
    n = len(values)
    kept = [k for k in range(1, n + 1) if stats.binomtest(k, n).pvalue > 0.05]
    return values[min(kept) - 1], values[n - min(kept)]


def student():
    made = []
    for n in (2, 3, 4, 5):
        values = sample(n)
        logs = np.log(values)
        low, high = stats.t.interval(0.95, n - 1, logs.mean(), stats.sem(logs))
        made.append({"values": values, "low": np.exp(low), "high": np.exp(high)})
    for n in (6, 9, 14, 19):
        values = sample(n)
        low, high = binomial_interval(values)
        made.append({"values": values, "low": low, "high": high})
    return made


def widened(n):
    """The level of an ordinary interval that is as wide as Hesterberg's expanded one of 95 %."""
    return 1 - 2 * ndtr(stats.t.ppf(0.025, n - 1) * np.sqrt(n / (n - 1)))


def bootstrapped(samples, statistic, level):
    made = stats.bootstrap(samples, statistic, vectorized=True, n_resamples=200_000, batch=5000,
                           confidence_level=level, method="BCa", rng=np.random.default_rng(11))
    replicates, estimate = made.bootstrap_distribution, statistic(*samples, axis=-1)
    bias = ndtri(((replicates < estimate).mean() + (replicates <= estimate).mean()) / 2)
    return made.confidence_interval, float(bias)


def acceleration(samples, statistic):
    """Efron & Tibshirani (1993), 14.15, for one sample and for several; written out, not SciPy's."""
    cubes = squares = 0.0
    for which, one in enumerate(samples):
        n = len(one)
        without = []
        for left_out in range(n):
            others = list(samples)
            others[which] = np.delete(one, left_out)
            without.append(statistic(*others, axis=-1))
        influence = (n - 1) * (np.mean(without) - np.array(without))
        cubes += (influence**3).sum() / n**3
        squares += (influence**2).sum() / n**2
    return cubes / (6 * squares**1.5) if squares else 0.0


def median_of(values, axis=-1):
    return np.median(values, axis=axis)


def shift_of(old, new, axis=-1):
    return np.median(new, axis=axis) - np.median(old, axis=axis)


def bca():
    one, two = [], []
    for n in (20, 21, 30, 45):
        values = np.log(sample(n))
        interval, bias = bootstrapped((values,), median_of, widened(n))
        one.append({"values": list(values), "low": interval.low, "high": interval.high, "bias": bias,
                    "acceleration": acceleration((values,), median_of)})
    for m, n in ((20, 20), (25, 40), (31, 22)):
        old, new = np.log(sample(m)), np.log(sample(n, centre=1.1e6))
        interval, bias = bootstrapped((old, new), shift_of, widened(min(m, n)))
        two.append({"old": list(old), "new": list(new), "low": interval.low, "high": interval.high, "bias": bias,
                    "acceleration": acceleration((old, new), shift_of)})
    return {"one": one, "two": two}


def agreed(by_order, by_amount):
    """One question, two tests: the order decides, the surer one of both says how sure (Bonferroni)."""
    if by_order >= 0.05:
        return max(by_order, by_amount)
    return min(2 * min(by_order, by_amount), np.nextafter(0.05, 0))


def paired():
    made = []
    for n in (3, 5, 6, 12, 19):
        old = sample(n)
        new = [float(f"{a * b:.6g}") for a, b in zip(old, sample(n, 0.1, 1.08))]
        if n == 12:
            new[3] = old[3]  # a tie
        logs = np.log(np.array(new) / np.array(old))
        p = stats.ttest_1samp(logs, 0).pvalue
        if n >= 6:
            # a tie counts against whichever side would win
            against = min((logs <= 0).sum(), (logs >= 0).sum())
            signs = min(1.0, 2 * stats.binom.cdf(against, n, 0.5))
            p = agreed(signs, p)
        made.append({"old": old, "new": new, "p": p})
    return made


def by_ranks(old, new):
    return stats.mannwhitneyu(new, old, alternative="two-sided", method="exact").pvalue


def shifts(old, new):
    """Hodges and Lehmann's interval by inversion: the shifts that the exact test does not reject."""
    differences = np.sort(np.subtract.outer(new, old).ravel())
    gap = np.diff(differences).min() / 3
    kept = [d for d in differences if by_ranks(old, new - d + gap) >= 0.05 and by_ranks(old, new - d - gap) >= 0.05]
    # an end is where one side of it is rejected
    ends = [d for d in differences
            if (by_ranks(old, new - d + gap) >= 0.05) != (by_ranks(old, new - d - gap) >= 0.05)]
    assert min(ends) <= min(kept) and max(ends) >= max(kept)
    return min(ends), max(ends)


def unpaired():
    made = []
    for m, n in ((2, 3), (3, 3), (5, 9), (6, 6), (7, 12), (19, 19), (10, 40)):
        old, new = np.log(sample(m)), np.log(sample(n, centre=1.2e6))
        if min(m, n) < 6:
            test = stats.ttest_ind(new, old, equal_var=False)
            interval = test.confidence_interval(0.95)
            p, low, high, estimate = test.pvalue, interval.low, interval.high, new.mean() - old.mean()
        else:
            p = agreed(by_ranks(old, new), stats.ttest_ind(new, old, equal_var=False).pvalue)
            low, high = shifts(old, new)
            estimate = np.median(np.subtract.outer(new, old))
        made.append({"old": list(np.exp(old)), "new": list(np.exp(new)), "p": p, "ratio": np.exp(estimate),
                     "low": np.exp(low), "high": np.exp(high)})
    return made


def holm():
    made = []
    for n in (1, 4, 20):
        p = [float(f"{x:.4g}") for x in random.uniform(size=n) ** 3]
        made.append({"p": p, "adjusted": list(multipletests(p, method="holm")[1])})
    return made


def drift():
    made = []
    for n in (8, 9, 15, 40):
        values = [float(f"{x + 0.05 * i:.6g}") for i, x in enumerate(random.standard_normal(n))]
        exact = stats.kendalltau(range(n), values, method="exact")
        made.append({"values": values, "tau": exact.statistic, "p": exact.pvalue})
    for n in (10, 30):
        values = [float(x) for x in random.integers(0, 6, n)]
        made.append({"values": values, "tau": stats.kendalltau(range(n), values).statistic,
                     "p": pymannkendall.original_test(values).p})
    return made


def fences():
    made = []
    for n in (8, 9, 21):
        values = sample(n)
        low, high = np.percentile(values, [25, 75])
        made.append({"values": values, "low": low - 5 * (high - low), "high": high + 5 * (high - low)})
    return made


def mser():
    """White (1997): of batches of five, the cut that makes Σ (x − mean)² / n² of the rest smallest; up to half."""
    made = []
    for n, head in ((100, 0), (100, 20), (203, 40)):
        values = [float(f"{x:.6g}") for x in 10 + random.standard_normal(n)]
        values[:head] = [float(f"{x + 30 * (1 - i / head):.6g}") for i, x in enumerate(values[:head])]
        batches = np.array(values[: n // 5 * 5]).reshape(-1, 5).mean(axis=1)
        scores = [batches[cut:].var() / len(batches[cut:]) for cut in range(len(batches) // 2 + 1)]
        made.append({"values": values, "cut": int(np.argmin(scores)) * 5})
    return made


def student_p():
    return [{"t": t, "freedom": f, "p": 2 * stats.t.sf(t, f), "quantile": stats.t.ppf(0.975, f)}
            for t, f in ((0.3, 1.0), (12.7062, 1.0), (2.5, 2.7), (4.0, 4.0), (2.09, 19.0), (7.5, 33.3), (30.0, 3.0))]


made = {"student": student_p(), "interval": student(), "bca": bca(), "paired": paired(), "unpaired": unpaired(),
        "holm": holm(), "drift": drift(), "fences": fences(), "mser": mser()}
print(json.dumps(made, indent=1, default=float))
