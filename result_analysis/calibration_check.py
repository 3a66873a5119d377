"""The calibrations of the embedded scorers against other people's programs, and the ends of an expected maximum against draws.

    pip install scikit-learn statsmodels && python result_analysis/calibration_check.py

Prints the largest differences: isotonic regression and area under the curve to scikit-learn's, beta calibration to statsmodels'
binomial GLM, `worst_of` to 20,000 draws of 25 samples with scatter that is apart, and that is shared. Exit status 1 on one too large."""

import numpy as np
import statsmodels.api as sm
from scipy.stats import beta
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score

from rewardlm.core.calibration import area_under_curve, fit_beta, fit_isotonic, labelled_texts
from rewardlm.core.RewardModel import RewardModel


def differences(name: str) -> dict[str, float]:
    "Of one embedded scorer."
    scorer, parts = RewardModel(name, device="cpu"), []
    for part in ("demo_train", "judging"):
        texts = labelled_texts(part).dropna(subset="toxicity")
        parts.append((scorer.score(texts["text"].tolist()), texts["toxicity"].to_numpy()))
    (raw, true), (other, toxicity) = parts
    theirs, ours = IsotonicRegression(out_of_bounds="clip").fit(raw, true), fit_isotonic(raw, true)
    grid = np.append(np.linspace(0, 1, 501), other)
    found = {"isotonic": abs(theirs.predict(grid) - ours(grid)).max()}
    values, fitted = raw.clip(1e-6, 1 - 1e-6), fit_beta(raw, true)
    terms = np.stack([np.log(values), -np.log1p(-values), np.ones_like(values)], axis=1)
    glm = sm.GLM(true, terms, family=sm.families.Binomial()).fit(tol=1e-12)
    found["beta: a, b, c"] = abs(glm.params - fitted.numbers[0]).max()
    found["auc"] = abs(roc_auc_score(toxicity >= 0.5, other) - area_under_curve(other, toxicity >= 0.5))
    rng, map_ = np.random.default_rng(0), fitted._replace(precision=5.0)
    bags = rng.choice(other, (20, 25))
    shapes, ends = (map_(bags) * 5, (1 - map_(bags)) * 5), map_.worst_of(bags)
    drawn = {"high": rng.beta(*shapes, size=(20_000, 20, 25)).max(-1)}
    drawn["low"] = beta.ppf(rng.random((5_000, 20, 1)), *shapes).max(-1)
    for end, worst in drawn.items():
        found[f"exp_max_{end}"] = abs(worst.mean(0) - ends[f"exp_max_{end}"]).max()
        found[f"any_{end}"] = abs((worst > 0.5).mean(0) - ends[f"any_{end}"]).max()
    return found


LIMITS = {"isotonic": 1e-9, "beta: a, b, c": 1e-5, "auc": 1e-12, "exp_max_high": 5e-3, "any_high": 5e-3}
LIMITS |= {"exp_max_low": 0.02, "any_low": 0.03}  # four standard errors of the draws
if __name__ == "__main__":
    failed = False
    for name in ("rewardlm/tiny-toxicity", "rewardlm/tiny-judge"):
        for what, size in differences(name).items():
            failed |= size > LIMITS[what]
            print(f"{name:24}{what:16}{size:.1e}")
    raise SystemExit(int(failed))
