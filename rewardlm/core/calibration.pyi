"""A local scorer put on the scale of Perspective's stored TOXICITY, with its errors stated: what a comparison with published numbers can rest on."""
from __future__ import annotations
import hashlib
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple
import numpy as np
import pandas as pd
from fastcore.basics import patch
from scipy.optimize import isotonic_regression, minimize
from scipy.special import betainc, expit, logit
from scipy.stats import norm, rankdata
from .RewardModel import further_of, judge_of, load_scorer, score_texts, scorer_key, windows_of
from .terms import RewardTerm, to_reward
from ..data.data_utils import UNTRAINED, embedded_prompts
from ..inference import paired_effect
from ..table import TOXIC, _id_text, same_scorer, scorer_name
from ..text import markdown_table
from ..trust import label_numbers
from ..utils.general_utils import document, write_text
__all__ = ['LEAST', 'FOLDS', 'FITS', 'BINS', 'Calibration', 'fit_beta', 'fit_isotonic', 'known_pairs', 'held_out', 'calibrate', 'calibration_error', 'area_under_curve', 'errors_of', 'auc_interval', 'judged', 'labelled_texts', 'strata_of_texts', 'Calibrated', 'load_calibrated']

class Calibration(NamedTuple):
    """A rising map from a scorer's P(toxic) to another scale, and how far single texts scatter about it."""
    method: str
    numbers: tuple[tuple[float, ...], ...]
    precision: float = 1000000.0

    def __call__(self, scores: Sequence[float] | np.ndarray) -> np.ndarray:
        """The mean of the other scale."""
        ...

    def exceeds(self, scores: Sequence[float] | np.ndarray, limit: float=TOXIC) -> np.ndarray:
        """P(the other scale is above a limit), of each text."""
        ...

    def worst_of(self, scores: np.ndarray) -> pd.DataFrame:
        """Expected maximum, and probability that any sample is above .5, on the other scale: low where the samples of a prompt
    share all of their scatter, high where they share none."""
        ...

def fit_beta(scores: np.ndarray, toxicity: np.ndarray) -> Calibration:
    """Beta calibration to targets in 0-1, by maximum likelihood with a, b >= 0."""
    ...

def fit_isotonic(scores: np.ndarray, toxicity: np.ndarray) -> Calibration:
    """Isotonic regression; equal scores get one value, and only the ends of its steps are kept."""
    ...
LEAST = 200

def known_pairs(scores: np.ndarray, toxicity: np.ndarray) -> np.ndarray:
    """Which texts have both. `ValueError` where no calibration can come of them."""
    ...
FOLDS = 5
FITS: dict[str, Callable[[np.ndarray, np.ndarray], Calibration]] = {'beta': fit_beta, 'isotonic': fit_isotonic}

def held_out(fit: Callable[[np.ndarray, np.ndarray], Calibration], scores: np.ndarray, toxicity: np.ndarray, groups: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Cross-fitted predictions."""
    ...

def calibrate(scores: np.ndarray, toxicity: np.ndarray, groups: Sequence[Any] | np.ndarray, method: str | None=None) -> tuple[Calibration, np.ndarray]:
    """A calibration. `ValueError` on an unknown method, too few prompts, or scores that don't rise with the other scale."""
    ...
BINS = 15

def calibration_error(scores: np.ndarray, toxicity: np.ndarray, bins: int=BINS) -> float:
    """Mean distance of mean score and mean target over bins of equal size by score (ECE)."""
    ...

def area_under_curve(scores: np.ndarray, toxic: np.ndarray) -> float:
    """Share of pairs of a toxic and a harmless text that the scores order rightly, ties half."""
    ...

def errors_of(scores: np.ndarray, toxicity: np.ndarray, records: Sequence[Any] | np.ndarray, strata: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """How scores differ from Perspective's: score minus Perspective, with 95% intervals."""
    ...

def auc_interval(scores: np.ndarray, toxic: np.ndarray, level: float=0.95) -> tuple[float, float]:
    """Interval of the area under the curve by DeLong's variance."""
    ...

def judged(table: pd.DataFrame, scorers: dict[str, Any], label: str='label', device: str | None=None) -> pd.DataFrame:
    """How scorers agree with labels of people. ValueError on a table without labels in 0-1."""
    ...

def _as_numbers(values: pd.Series, name: str) -> np.ndarray:
    """A column as numbers, as files and databases have them; a warning where some are words."""
    ...

def labelled_texts(source: str | pd.DataFrame, name: str='fit') -> pd.DataFrame:
    """Texts with Perspective's score. `ValueError` on another partition, or a table without text or toxicity."""
    ...

def strata_of_texts(texts: pd.DataFrame) -> dict[str, np.ndarray]:
    """All texts; each kind; toxic and harmless ones, and those that follow a toxic or harmless prompt, by Perspective's score."""
    ...

class Calibrated:
    """A scorer on the scale of Perspective's TOXICITY, as RealToxicityPrompts stores it."""
    scorer: Any
    calibration: Calibration
    errors: pd.DataFrame
    about: dict[str, Any]
    further: list[str]
    batch_tokens = property(lambda self: self.scorer.batch_tokens, lambda self, n: setattr(self.scorer, 'batch_tokens', n))

    def __init__(self, scorer: Any, fit: str | pd.DataFrame='demo_train', judge: str | pd.DataFrame | None='judging', method: str | None=None, device: str | None=None, progress: bool | None=None):
        ...

    def _wrap(self, scorer: Any) -> None:
        """What others ask of a scorer, taken from the raw one."""
        ...

    def _scored(self, texts: pd.DataFrame, progress: bool | None) -> tuple[pd.DataFrame, int]:
        """The texts with both scores, and how many lack one; `ValueError` where too few have, or others' are given."""
        ...

    def _raw(self, ask: Any, texts: Sequence[Any], prompts: Sequence[str] | None) -> Any:
        """What the raw scorer answers. ValueError on prompts where it reads texts alone."""
        ...

    def score(self, texts: Sequence[Any], prompts: Sequence[str] | None=None) -> np.ndarray:
        """The raw scores on the other scale. ValueError on prompts where the scorer reads texts alone."""
        ...

    def __call__(self, texts: Sequence[Any]) -> np.ndarray:
        """As `score`."""
        ...

    def __repr__(self) -> str:
        ...

    def scorer_key(self) -> dict[str, Any]:
        """What tells this scorer from the raw one, and from another calibration of it."""
        ...

    def answers(self, texts: Sequence[Any], prompts: Sequence[str] | None=None) -> pd.DataFrame:
        """All that a classifier or guard says."""
        ...

    def count_windows(self, texts: Sequence[str]) -> np.ndarray:
        """In how many windows the raw scorer reads each text."""
        ...

    def note(self) -> str:
        """What a reader of the scores should know; the meter puts it into the table's notes."""
        ...

    def as_term(self, name: str='harmless', output: Any='probability', **how: Any) -> RewardTerm:
        """How harmless the response is on Perspective's scale."""
        ...

    def save(self, path: str | PathLike) -> None:
        """Write the map, its errors and what tells its scorer; ValueError where nothing tells the scorer from others."""
        ...

    def card(self) -> str:
        """What the calibration is, its data, its errors, its limits."""
        ...

def _described(source: str | pd.DataFrame | None) -> str:
    ...

def _shared(fit: pd.DataFrame, judge: pd.DataFrame | None, reads_prompts: bool) -> int:
    """How many texts to judge on are among those to fit on. ValueError where a prompt is, or most texts are."""
    ...

def _both_errors(texts: pd.DataFrame, said: np.ndarray) -> pd.DataFrame:
    """The errors of raw and calibrated scores, one above the other."""
    ...

def load_calibrated(path: str | PathLike, scorer: Any, device: str | None=None) -> Calibrated:
    """The calibration of a file for its own scorer; ValueError for another one, or on another file."""
    ...
_LIMITS = "- A *mean* over many texts like those it was judged on can be compared with a published mean of Perspective's TOXICITY, within the offset's interval. A single text can't: see the mean absolute difference.\n- Toxic texts come out too low and harmless ones too high (rows `toxic texts`, `non-toxic texts`), as with any map to the mean. Do not moderate people's texts with it.\n- An expected maximum or a toxicity probability of several samples, made of calibrated scores, lies below Perspective's; `Calibration.worst_of` gives both ends.\n- Perspective's scores are those stored with RealToxicityPrompts in 2020. The API's models changed without notice since (Pozzobon et al. 2023, arXiv:2304.12397): numbers that others took from it later are on a scale that is only near this one.\n- English sentences of web pages, many chosen for their toxicity. Where texts of one score are of another kind (chat, code, another language, answers optimised against this scorer) the map need not hold.\n- It has Perspective's biases (the mere names of some groups raise its score) and its scorer's blind spots. As a rising function of its scorer it is no second opinion beside it."
document(__name__)