"""How often 95% intervals hold the truth, how often tests reject a true null, and with what power: `coverage.csv`, `power.csv`.

python result_analysis/coverage.py [draws]   # 2,000 draws a cell: about five minutes on one core"""

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import logit, ndtr, ndtri, stdtrit

from rewardlm.inference import _tango_interval, holm, mean_interval, paired_effect, paired_share, seeds_effect
from rewardlm.utils.general_utils import write_csv

HERE = Path(__file__).parent
SIZES = (10, 20, 50, 100, 200, 400, 1000, 2000)  # prompts
RESAMPLES = 1000
Rng = np.random.Generator
Interval = tuple[np.ndarray, np.ndarray]

# --- what the data looks like: each cell draws (draws, n) values, one a prompt, and knows their true mean


def beta(a: float, b: float) -> tuple[Callable, float]:
    "Scores of one table."
    return lambda rng, size: rng.beta(a, b, size), a / (a + b)


def beta_pair(a: float, b: float) -> tuple[Callable, float]:
    "Differences of two unrelated answers."
    return lambda rng, size: rng.beta(a, b, size) - rng.beta(a, b, size), 0.0


def thinned(a: float, b: float) -> tuple[Callable, float]:
    "Three prompts in ten lose 70% of their toxicity, the others nothing."
    return lambda rng, size: rng.beta(a, b, size) * np.where(rng.random(size) < 0.3, -0.7, 0.0), -0.21 * a / (a + b)


def drops(share: float, by: float, noise: float, mean: float) -> tuple[Callable, float]:
    "A share of the prompts drops by far, the others keep the mean where it is said to be."
    rise = mean + share * by
    return lambda rng, size: rng.normal(rise, noise, size) - by * (rng.random(size) < share), mean


def uneven_drops(share: float, noise: float) -> tuple[Callable, float]:
    "A share of the prompts drops by something between .2 and .9."
    return (
        lambda rng, size: rng.normal(0, noise, size) - rng.uniform(0.2, 0.9, size) * (rng.random(size) < share),
        -0.55 * share,
    )


def bimodal(before: float, after: float) -> tuple[Callable, float]:
    "Scores near 1 with a small probability, near 0 otherwise."

    def scores(rng: Rng, share: float, size: tuple) -> np.ndarray:
        return np.where(rng.random(size) < share, rng.beta(20, 3, size), rng.beta(1, 60, size))

    def draw(rng: Rng, size: tuple) -> np.ndarray:
        return scores(rng, after, size) - scores(rng, before, size)

    return draw, (after - before) * (20 / 23 - 1 / 61)


def shares(before: float, after: float) -> tuple[Callable, float]:
    "One sample a prompt, toxic or not: -1, 0 or 1."
    return lambda rng, size: (rng.random(size) < after) * 1.0 - (rng.random(size) < before), after - before


def clustered(k: int, a: float, b: float, kept: float) -> tuple[Callable, float]:
    "P(toxic) of each prompt, estimated from k samples under both models; the second keeps a part of it."

    def draw(rng: Rng, size: tuple) -> np.ndarray:
        rate = rng.beta(a, b, size)
        return (rng.binomial(k, kept * rate) - rng.binomial(k, rate)) / k

    return draw, (kept - 1) * a / (a + b)


CELLS = {
    ("one table", "beta(.3, 3)"): beta(0.3, 3),
    ("one table", "beta(.05, 1)"): beta(0.05, 1),
    ("paired", "beta(.3, 3) pairs"): beta_pair(0.3, 3),
    ("paired", "beta(.05, 1) pairs"): beta_pair(0.05, 1),
    ("paired", "beta(.3, 3), 3 in 10 lose 70%"): thinned(0.3, 3),
    ("paired", "10% drop by .8, noise .05"): drops(0.1, 0.8, 0.05, -0.08),
    ("paired", "10% drop by .5, noise .1"): drops(0.1, 0.5, 0.1, -0.05),
    ("paired", "10% drop by .2 to .9, noise .05"): uneven_drops(0.1, 0.05),
    ("paired", "bimodal 3% to 1%"): bimodal(0.03, 0.01),
    ("shares", "P(toxic) .02 to .01"): shares(0.02, 0.01),
    ("shares", "P(toxic) .01 to .002"): shares(0.01, 0.002),
    ("paired", "clustered, k 2"): clustered(2, 0.5, 2, 0.8),
    ("paired", "clustered, k 10"): clustered(10, 0.5, 2, 0.8),
    ("paired", "clustered, k 25"): clustered(25, 0.5, 2, 0.8),
    ("paired", "rare clustered, k 2"): clustered(2, 0.05, 2, 0.4),
    ("paired", "rare clustered, k 10"): clustered(10, 0.05, 2, 0.4),
    ("paired", "rare clustered, k 25"): clustered(25, 0.05, 2, 0.4),
    ("true null", "normal, sd .2"): (lambda rng, size: rng.normal(0, 0.2, size), 0.0),
    ("true null", "normal, sd .03"): (lambda rng, size: rng.normal(0, 0.03, size), 0.0),
    ("true null", "exponential, sd .1"): (lambda rng, size: 0.1 * (rng.exponential(1, size) - 1), 0.0),
    ("true null", "5% drop by .8, noise .01"): drops(0.05, 0.8, 0.01, 0.0),
    ("true null", "1% drop by .8, noise .01"): drops(0.01, 0.8, 0.01, 0.0),
    ("true null", "5% drop by .8, noise .06"): drops(0.05, 0.8, 0.06, 0.0),
    ("true null", "1% drop by .8, noise .06"): drops(0.01, 0.8, 0.06, 0.0),
    ("true null", "5% drop by .3, noise .005"): drops(0.05, 0.3, 0.005, 0.0),
}

# --- known methods, over all draws at once


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    "Mean, standard error, skewness, t quantile."
    n, mean = x.shape[1], x.mean(axis=1)
    deviation = x - mean[:, None]
    spread = np.sqrt((deviation**2).mean(axis=1))
    skewness = (deviation**3).mean(axis=1) / np.maximum(spread, 1e-12) ** 3
    return mean, spread / np.sqrt(n - 1), skewness, float(stdtrit(n - 1, 0.975))


def student(x: np.ndarray) -> Interval:
    "Student's t."
    mean, error, _, t = moments(x)
    return mean - t * error, mean + t * error


def johnson(x: np.ndarray) -> Interval:
    "Johnson's (1978) t, its centre moved by the skewness."
    mean, error, skewness, t = moments(x)
    centre = mean + skewness * error * (1 + 2 * t * t) / (6 * np.sqrt(x.shape[1]))
    return centre - t * error, centre + t * error


def hall(x: np.ndarray) -> Interval:
    "Hall's (1992) monotone cubic transformation of t."
    mean, error, skewness, t = moments(x)
    n, skewness = x.shape[1], np.where(np.abs(skewness) < 1e-9, 1e-9, skewness)

    def back(q: float) -> np.ndarray:
        inner = 1 + skewness * (q / np.sqrt(n) - skewness / (6 * n))
        return 3 / skewness * (np.cbrt(inner) - 1) * error * np.sqrt(n)

    return mean - back(t), mean - back(-t)


def two_more(x: np.ndarray) -> Interval:
    "Student's t with half a prompt more at each end of the scale, as Agresti and Min (2005) do for paired shares."
    n = x.shape[1]
    mean = x.sum(axis=1) / (n + 1)
    square = ((x**2).sum(axis=1) + 1) / (n + 1) - mean**2
    reach = stdtrit(n - 1, 0.975) * np.sqrt(square / n)
    return mean - reach, mean + reach


@cache
def resampling(n: int) -> np.ndarray:
    "How often each prompt is drawn in each resample; the same resamples for all draws."
    return np.random.default_rng(5).multinomial(n, np.full(n, 1 / n), size=RESAMPLES).astype(np.float32)


def resampled(x: np.ndarray) -> np.ndarray:
    "(draws, R) means of the resamples."
    return (resampling(x.shape[1]) @ x.T.astype(np.float32) / x.shape[1]).astype(float).T


def bca(x: np.ndarray) -> Interval:
    "BCa bootstrap (Efron 1987), which `compare` used before."
    mean, means = x.mean(axis=1), resampled(x)
    deviation = x - mean[:, None]
    second = (deviation**2).sum(axis=1)
    acceleration = (deviation**3).sum(axis=1) / (6 * np.maximum(second, 1e-30) ** 1.5)
    below = ((means < mean[:, None] - 1e-7).mean(axis=1) + (means <= mean[:, None] + 1e-7).mean(axis=1)) / 2
    bias = ndtri(below.clip(1e-9, 1 - 1e-9))
    means.sort(axis=1)

    def end(tail: float) -> np.ndarray:
        place = ndtr(bias + (bias + tail) / (1 - acceleration * (bias + tail))) * (RESAMPLES - 1)
        found = np.take_along_axis(means, place.round().astype(int).clip(0, RESAMPLES - 1)[:, None], 1)[:, 0]
        return np.where(second > 1e-20, found, np.nan)

    return end(ndtri(0.025)), end(ndtri(0.975))


def bootstrap_t(x: np.ndarray) -> Interval:
    "Studentised bootstrap (Efron 1981)."
    mean, error, _, _ = moments(x)
    means, squares = resampled(x), resampled(x**2)
    errors = np.sqrt(np.maximum(squares - means**2, 1e-12) / (x.shape[1] - 1))
    low, high = np.quantile((means - mean[:, None]) / errors, (0.025, 0.975), axis=1)
    return mean - high * error, mean - low * error


def likelihood_ratio(x: np.ndarray, truth: float, bounded: bool) -> tuple[np.ndarray, np.ndarray]:
    "Which draws reject the truth from below and from above: empirical likelihood (Owen 1988), or with the scale's ends."
    y = x - truth
    room = (1 + truth, 1 - truth) if bounded else (np.inf, np.inf)
    worst, best = np.maximum(-y.min(axis=1), 1e-12), np.maximum(y.max(axis=1), 1e-12)
    low, high = -1 / np.maximum(best, room[1] if bounded else 0), 1 / np.maximum(worst, room[0] if bounded else 0)
    low, high = low * (1 - 1e-9), high * (1 - 1e-9)
    for _ in range(50):
        middle = (low + high) / 2
        rising = (y / (1 + middle[:, None] * y)).sum(axis=1) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    ratio = 2 * np.log1p(low[:, None] * y).sum(axis=1)
    outside = (y.min(axis=1) > 0) | (y.max(axis=1) < 0)
    rejected = (ratio > stats.chi2(1).ppf(0.95)) | (outside & (not bounded))
    return rejected & (y.mean(axis=1) > 0), rejected & (y.mean(axis=1) < 0)


def sign_flip(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    "Which draws the sign-flip test rejects, in each direction; `compare` used it before."
    signs = np.random.default_rng(6).choice([-1.0, 1.0], (RESAMPLES, x.shape[1])).astype(np.float32)
    flipped = np.abs(signs @ x.T.astype(np.float32))
    seen = x.sum(axis=1)
    p = ((flipped >= np.abs(seen) - 1e-5).sum(axis=0) + 1) / (RESAMPLES + 1)
    return (p <= 0.05) & (seen > 0), (p <= 0.05) & (seen < 0)


@cache
def newcombe(more: int, fewer: int, n: int) -> tuple[float, float]:
    "Newcombe's (1998) paired interval, method 10, where toxic pairs are as rare as possible."
    z2 = ndtri(0.975) ** 2

    def wilson(x: int) -> tuple[float, float]:
        p, half = (x / n + z2 / (2 * n)) / (1 + z2 / n), np.sqrt(z2 * (x * (n - x) / n + z2 / 4)) / (n + z2)
        return p - half, p + half

    (low_b, high_b), (low_a, high_a), p_b, p_a = wilson(more), wilson(fewer), more / n, fewer / n
    product = more * fewer and np.sqrt(float(more) * (n - more) * fewer * (n - fewer))
    phi = -more * fewer / product if product else 0.0
    down, up = p_b - low_b, high_a - p_a
    low = p_b - p_a - np.sqrt(down**2 - 2 * phi * down * up + up**2)
    down, up = p_a - low_a, high_b - p_b
    return low, p_b - p_a + np.sqrt(down**2 - 2 * phi * down * up + up**2)


def by_counts(x: np.ndarray, interval: Callable) -> Interval:
    "An interval that depends on the discordant pairs alone."
    counts = zip((x > 0).sum(axis=1).tolist(), (x < 0).sum(axis=1).tolist(), strict=True)
    found = np.array([interval(more, fewer, x.shape[1]) for more, fewer in counts])
    return found[:, 0], found[:, 1]


@cache
def share_effect(more: int, fewer: int, n: int) -> tuple[float, float]:
    "`paired_share` of so many discordant pairs."
    a, b = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    b[:more], a[more : more + fewer] = True, True
    return paired_share(a, b)[1:3]


@cache
def tango(more: int, fewer: int, n: int) -> tuple[float, float]:
    "Tango's interval before it meets the exact test."
    return _tango_interval(more, fewer, n, 0.95)


def rule(x: np.ndarray, single: bool) -> Interval:
    "`paired_effect`, or `mean_interval` of one table."
    found = np.array([mean_interval(row.clip(0, 1)) if single else paired_effect(row.clip(-1, 1))[1:3] for row in x])
    return found[:, 0], found[:, 1]


def max_t(values: np.ndarray, p: np.ndarray, draws: int = 2000) -> np.ndarray:
    """(m,) p-values of (n, m) differences, NaN where there is none, adjusted by step-down maxT (Westfall & Young 1993,
    algorithm 4.1), jointly normal with the columns' correlations (Hothorn, Bretz & Westfall 2008)."""
    added = np.nan_to_num(values - np.nanmean(values, axis=0)).T
    scale = np.sqrt((added**2).sum(axis=1))
    correlation = added @ added.T / np.maximum(np.outer(scale, scale), 1e-300)
    np.fill_diagonal(correlation, 1.0)
    order, rng = np.argsort(p, kind="stable"), np.random.default_rng(0)
    together = correlation[np.ix_(order, order)]
    normal = rng.multivariate_normal(np.zeros(len(order)), together, draws, "ignore", method="eigh")
    largest = np.maximum.accumulate(np.abs(normal)[:, ::-1], axis=1)[:, ::-1]
    beyond = (largest >= -ndtri(p[order] / 2)).mean(axis=0)
    rare = beyond < 20 / draws  # too few draws to count: Bonferroni's bound
    beyond[rare] = np.minimum(p[order] * np.arange(len(order), 0, -1), 20 / draws)[rare]
    adjusted = np.empty(p.shape)
    adjusted[order] = np.maximum.accumulate(np.maximum(beyond, p[order]))
    return np.minimum(adjusted, holm(p))


# --- the tables


def outside(interval: Interval, truth: float) -> tuple[np.ndarray, np.ndarray]:
    "Which draws have an interval above the truth, and which below it."
    return truth < interval[0] - 1e-7, truth > interval[1] + 1e-7


def methods(
    x: np.ndarray, kind: str, truth: float
) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray, Interval | None]]:
    "Each method's draws above and below the truth, those without an answer, and its intervals."
    single = kind == "one table"
    intervals = {"RewardLM": rule(x, single), "t": student(x), "Johnson": johnson(x), "Hall": hall(x)}
    intervals |= {"t, a prompt more": two_more(x), "BCa": bca(x), "bootstrap-t": bootstrap_t(x)}
    if kind == "shares":
        intervals |= {"paired_share": by_counts(x, share_effect), "Tango": by_counts(x, tango)}
        intervals["Newcombe"] = by_counts(x, newcombe)
    said = {}
    for name, interval in intervals.items():
        said[name] = (*outside(interval, truth), np.isnan(interval[0]), interval)
    nothing = np.zeros(len(x), dtype=bool)
    if x.shape[1] <= 400 and not single:
        said["empirical likelihood"] = (*likelihood_ratio(x, truth, False), nothing, None)
        said["likelihood with ends"] = (*likelihood_ratio(x, truth, True), nothing, None)
    if truth == 0:
        said["sign flip"] = (*sign_flip(x), nothing, None)
    return said


def coverage(draws: int) -> pd.DataFrame:
    "All cells, sizes and methods."
    rows = []
    for (kind, cell), (draw, truth) in CELLS.items():
        for n in SIZES:
            x = draw(np.random.default_rng([len(rows), n]), (draws, n))
            fourth = (x**4).sum(axis=1)
            carried = np.where(fourth > 0, (x**2).sum(axis=1) ** 2 / np.maximum(fourth, 1e-300), 0)
            for method, (above, below, none, interval) in methods(x, kind, truth).items():
                row = {"kind": kind, "cell": cell, "n": n, "method": method}
                row["coverage"] = 1 - (above | below | none).mean()
                row |= {"too_high": above.mean(), "too_low": below.mean(), "none": none.mean()}
                row["width"] = np.nanmean(interval[1] - interval[0]) if interval else np.nan
                rows.append(row | {"informative": np.median(carried), "truth": truth, "draws": draws})
        print(kind, cell, flush=True)
    return pd.DataFrame(rows)


def repeated(draws: int) -> pd.DataFrame:
    "Prompts that are repeated: clusters counted, and not."
    rows, rng = [], np.random.default_rng(3)
    for count in (10, 20, 40, 80, 200):
        for sizes, name in ((np.full(count, 25), "25 times each"), (rng.geometric(0.1, count), "10 times on average")):
            label = np.repeat(np.arange(count), sizes)
            held = {"RewardLM": [], "clusters ignored": []}
            for _ in range(draws):
                x = rng.normal(0, 0.1, count)[label] + rng.normal(0, 0.1, len(label))
                for method, clusters in (("RewardLM", label), ("clusters ignored", None)):
                    held[method].append(paired_effect(x, clusters)[1:3])
            for method, intervals in held.items():
                above, below = outside(tuple(np.array(intervals).T), 0.0)
                row = {"kind": "repeated", "cell": f"prompts repeated {name}", "n": count, "method": method}
                row |= {"coverage": 1 - (above | below).mean(), "too_high": above.mean(), "too_low": below.mean()}
                rows.append(row | {"none": 0.0, "informative": np.nan, "truth": 0.0, "draws": draws})
    return pd.DataFrame(rows)


def runs(draws: int) -> pd.DataFrame:
    "Training runs as a factor: n is the number of prompts."
    rows, rng = [], np.random.default_rng(7)
    for count in (2, 3, 5, 8):
        for sd in (0.0, 0.01, 0.03):
            for n in (100, 400):
                held = []
                for _ in range(draws):
                    x = rng.normal(0, sd, (count, 1)) + rng.normal(0, 0.1, n) + rng.normal(0, 0.15, (count, n))
                    held.append(seeds_effect(x.clip(-1, 1))[1:3])
                above, below = outside(tuple(np.array(held).T), 0.0)
                row = {"kind": "runs", "cell": f"{count} runs, sd {sd}", "n": n, "method": "RewardLM"}
                row |= {"coverage": 1 - (above | below).mean(), "too_high": above.mean(), "too_low": below.mean()}
                width = float(np.median(np.diff(np.array(held), axis=1)))
                rows.append(row | {"none": 0.0, "width": width, "truth": 0.0, "draws": draws})
    return pd.DataFrame(rows)


@cache
def demo_scores() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    "Mean logit of both scorers, their covariance between prompts and within, from the demo's untouched model."
    table = pd.read_csv(HERE / "demo" / "toxicity_PT.csv")
    scores = table[["response_score", "judge_response_score"]].clip(1e-3, 1 - 1e-3).apply(logit)
    by_prompt = scores.groupby(table["prompt_id"])
    within = (
        (scores - by_prompt.transform("mean")).cov() * (len(scores) - 1) / (len(scores) - table.prompt_id.nunique())
    )
    between = by_prompt.mean().cov() - within / 2
    return scores.mean().to_numpy(), between.to_numpy(), within.to_numpy()


def family(rng: Rng, shift: float, prompts: int = 400, k: int = 2) -> tuple[list[np.ndarray], list[float]]:
    "36 tests of two shifted models: scorers, metrics and strata; the first two are model 1's means over all prompts."
    centre, between, within = demo_scores()
    prompt = rng.multivariate_normal(centre, between, prompts)[:, None]
    toxic = rng.random(prompts) < 88 / 400
    strata = (np.ones(prompts, dtype=bool), toxic, ~toxic)

    def answers(by: float) -> np.ndarray:
        return 1 / (1 + np.exp(-(prompt + rng.multivariate_normal([by, by], within, (prompts, k)))))

    a, columns = answers(0.0), []
    for b in (answers(shift), answers(shift)):
        metrics = [b.mean(1) - a.mean(1), (b > 0.5).mean(1) - (a > 0.5).mean(1), b.max(1) - a.max(1)]
        columns += [np.where(inside, of_one, np.nan) for both in metrics for inside in strata for of_one in both.T]
    return columns, [paired_effect(column).p_value for column in columns]


def power(draws: int) -> pd.DataFrame:
    "How often 'less toxic on both scorers' is claimed in the demo's design, and what the care for unseen drops costs."
    rows, rng = [], np.random.default_rng(4)
    for shift in (0.0, -0.15, -0.2, -0.25, -0.3, -0.4):
        claimed = {"intersection-union": 0, "maxT over 36": 0, "Holm over 36": 0}
        for _ in range(draws):
            columns, p = family(rng, shift)
            fell = all(np.nanmean(column) < 0 for column in columns[:2])
            claimed["intersection-union"] += fell and max(p[:2]) < 0.05
            claimed["Holm over 36"] += fell and max(holm(p)[:2]) < 0.05
            claimed["maxT over 36"] += fell and max(max_t(np.stack(columns, 1), np.array(p))[:2]) < 0.05
        for rule_name, count in claimed.items():
            rows.append(
                {"design": "demo: 400 prompts, k 2", "effect": shift, "rule": rule_name, "power": count / draws}
            )
        print(rows[-3:], flush=True)
    for sd, mean in ((0.2, -0.02), (0.1, -0.01), (0.03, -0.005), (0.03, -0.01)):
        for n in (50, 100, 400, 1000, 2000):
            x = rng.normal(mean, sd, (draws, n))
            ours, plain = rule(x, False), student(x)
            for name, interval in (("RewardLM", ours), ("t", plain)):
                row = {"design": f"n {n}, sd {sd}", "effect": mean, "rule": name}
                rows.append(row | {"power": (interval[1] < 0).mean()})
    return pd.DataFrame(rows).assign(draws=draws)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    table = pd.concat([coverage(count), repeated(count), runs(count // 2)], ignore_index=True)
    write_csv(table.round(5), HERE / "coverage.csv")
    write_csv(power(max(200, count // 4)).round(5), HERE / "power.csv")
