"""Score text with any toxicity classifier; make one reward of it and of whatever else counts."""
from __future__ import annotations
import copy
import hashlib
import inspect
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from numbers import Real
from os import PathLike
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
import numpy as np
import pandas as pd
import torch
from fastcore.basics import patch
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedTokenizerBase
from .adapters import classifier_config, is_peft, load_classifier, tokenizer_by_name
from .heads import Head as Head
from .heads import further_labels, read_head, unusual
from rewardlm.core.terms import RUN_GIVES, RewardTerm, Takes, Turns, _named, as_text, is_one_number, length_band, non_empty, same_script, takes_of, takes_one, to_reward, told_of
from .terms import non_repetition as non_repetition
from .terms import turns_as as turns_as
from ..data.CustomDatasets import special_ids
from ..text import encodable, strip_control
from ..utils import general_utils as utils
from ..utils.general_utils import checked_device, progress_bar
from rewardlm.utils.loading import Hub, check_token_ids, code_hash, function_code, function_settings, loaded_from, position_limit, remembered_hash, tokenizer_hash
from ..utils.runs import halving
if TYPE_CHECKING:
    from transformers import PreTrainedModel
__all__ = ['ONE_PAIR', 'Scorer', 'GIVE_UP', 'ONE_TEXT', 'writes_text', 'as_classifier', 'ready_tokenizer', 'RewardModel', 'Judged', 'harmlessness', 'Rewards', 'RewardError', 'RewardManager', 'judge_of', 'further_of', 'asks_of', 'is_guard', 'check_settings', 'load_scorer', 'Scored', 'Asked', 'score_texts', 'windows_of', 'function_key', 'scorer_key', 'Head', 'read_head', 'unusual', 'further_labels', 'to_reward', 'Takes', 'takes_of', 'RUN_GIVES', 'told_of', 'RewardTerm', 'is_one_number', 'takes_one', 'Turns', 'as_text', 'turns_as', 'length_band', 'non_repetition', 'same_script', 'non_empty']

def writes_text(model: Any) -> bool:
    """Whether something is a language model of transformers."""
    ...

def as_classifier(given: Any) -> dict[str, Any] | None:
    """What a classifier is to `RewardModel`: one by its name or folder, or a ready one, alone or as (model, tokenizer);
    None where something else was given."""
    ...
_PRECISION = {'fp32': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}

def _check_classifies(ready: Any) -> None:
    """ValueError on a ready language model."""
    ...

def _loaded(name: str, config: Any, hub: Hub, dtype: torch.dtype) -> torch.nn.Module:
    """The classifier's weights."""
    ...

def ready_tokenizer(model: torch.nn.Module) -> PreTrainedTokenizerBase:
    """The tokenizer that a ready model's name leads to; ValueError where it leads to none."""
    ...

class RewardModel:
    """A toxicity classifier: P(toxic) of texts, and the reward made from it."""
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    model_id: str
    name: str
    device: torch.device
    batch_tokens: int
    max_length: int
    further: list[str]

    @utils.formerly(model_id='model')
    def __init__(self, model: str | torch.nn.Module, toxic_label: str | int | Sequence[str | int] | None=None, device: str | torch.device | None=None, load_dtype: str='fp32', batch_tokens: int=16384, activation: Literal['softmax', 'sigmoid', 'none'] | None=None, higher_is: Literal['toxic', 'better'] | None=None, value_range: tuple[float, float] | None=None, tokenizer: PreTrainedTokenizerBase | None=None, revision: str | None=None, trust_remote_code: bool=False, token: str | None=None):
        ...

    def __repr__(self) -> str:
        ...

    def _encoded(self, pairs: Sequence[tuple[str, str | None]]) -> Any:
        """Token ids of each text, behind its prompt if there is one."""
        ...

    def _rows(self, pairs: Sequence[tuple[str, str | None]]) -> list[list[dict[str, list[int]]]]:
        """Tokenized texts; those beyond the limit in windows that overlap by a quarter."""
        ...

    def _logits(self, rows: Sequence[Mapping[str, list[int]]]) -> torch.Tensor:
        """What the model makes of tokenized texts."""
        ...

    def _pad(self, side: str | None, token: int) -> None:
        """Pad on that side, or not at all, and let the model find the end of a text by that token."""
        ...

    def _check_range(self, logits: torch.Tensor) -> None:
        """ValueError where plain sentences have no finite value, or one far outside the range that values are said to have."""
        ...

    @torch.inference_mode()
    def _settle_padding(self) -> None:
        """Find how texts stand side by side without a change of their scores; ValueError where they can't."""
        ...

    def _probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        """P(toxic), then each of `further`, (B, 1 + F) from logits (B, labels), as the head is read."""
        ...

    def _score_rest(self, rows: list[dict[str, list[int]]], scores: dict[int, list[float]], batch_tokens: int):
        """Score those windows whose number is not yet in `scores`."""
        ...

    @torch.inference_mode()
    def judge(self, texts: Sequence[str], prompts: Sequence[str] | None=None) -> Judged:
        """P(toxic) of each text and its further labels, each the worst of its windows; TypeError on what is not a string. Where memory runs out,
    `batch_tokens` is halved and stays so."""
        ...

    def score(self, texts: Sequence[str]) -> np.ndarray:
        """The scores of `judge`."""
        ...

    def count_windows(self, texts: Sequence[str]) -> np.ndarray:
        """In how many windows `judge` reads each text, by tokenizing those that could be too long."""
        ...

    def answers(self, texts: Sequence[str], prompts: Sequence[str] | None=None) -> pd.DataFrame:
        """All that the classifier says."""
        ...
_PAIR = ('You stupid idiot.', 'It was a long day in the north, and the train came in time, so that we could walk the dog before it got dark.')

class Judged(NamedTuple):
    """What a classifier said of N texts."""
    scores: np.ndarray
    windows: np.ndarray
    further: np.ndarray

def _up_to(asked: str | Turns, response: str) -> str:
    """What stands before a response where both are read as one text: a chat's turns don't run into it."""
    ...

def harmlessness(model: RewardModel | str | PreTrainedModel, output: Literal['probability', 'logit']='probability', with_prompt: bool=False, name: str='harmless', **how: Any) -> RewardTerm:
    """How harmless a classifier finds the response."""
    ...

class Rewards(NamedTuple):
    """The reward of a batch of responses."""
    total: np.ndarray
    unscaled: np.ndarray
    scored: np.ndarray
    terms: dict[str, float]
    toxicity: np.ndarray

class RewardError(ValueError):
    """A term of the reward could not score a response."""
ONE_PAIR = 'the reward term {0!r} is written for one prompt and one response; a term takes lists and returns a list: def many(prompts, responses): return [f(p, r) for p, r in zip(prompts, responses)].'

class RewardManager:
    """A reward made of terms: classifiers, ready-made terms and functions of one's own."""
    terms: list[Any]
    on_error: str

    def __init__(self, terms: Sequence[RewardTerm | RewardModel | Callable] | Mapping[str, RewardTerm | RewardModel | Callable], on_error: Literal['raise', 'mask']='raise'):
        ...

    def __repr__(self) -> str:
        ...

    def score(self, texts: Sequence[str]) -> np.ndarray:
        """P(toxic) by `classifier`, as `ToxicityMeter` asks for it."""
        ...

    @property
    def classifier(self) -> RewardModel:
        """The first classifier among the terms; ValueError without one."""
        ...

    def check_given(self, there: Collection[str]=('messages',)) -> None:
        """ValueError where a term asks for what nobody gives."""
        ...

    def check_columns(self, columns: Collection[str]) -> list[str]:
        """ValueError, before anything is learned, where a term asks for what neither a run nor the data have."""
        ...

    def _alone(self, term: RewardTerm, number: int, prompts: list[str], responses: list[str], known: dict[str, list]) -> float:
        """The value of one response; NaN where the term raises and `on_error='mask'`."""
        ...

    def _values(self, term: RewardTerm, prompts: list[str], responses: list[str], known: dict[str, list]) -> np.ndarray:
        ...

    def evaluate(self, prompts: Sequence[str], responses: Sequence[str], **given: Sequence[Any]) -> dict[str, np.ndarray]:
        """What each term says of each response. ValueError where one asks for what is not given;
    RewardError, naming term and response, where one fails and `on_error='raise'`."""
        ...

    def combine(self, values: Mapping[str, np.ndarray]) -> Rewards:
        """One reward a response; moves the running mean and deviation of the terms that normalise."""
        ...

    def _scales(self, name: str, value: np.ndarray) -> tuple[_Scale, _Scale | None]:
        """Mean and deviation of all values so far, these included (Chan et al. 1979, eq. 2.1), 0 where they are equal but
    for rounding; the first ones that differed; None where a run from before did not keep them."""
        ...

    def __call__(self, prompts: Sequence[str], responses: Sequence[str], **given: Sequence[Any]) -> Rewards:
        """The reward of each response."""
        ...

    def state_dict(self) -> dict[str, list[float]]:
        """Of each term count, mean, sum of squared deviations; mean and deviation of the first values that differed."""
        ...

    def load_state_dict(self, state: Mapping[str, Sequence[float]]) -> None:
        """Go on with the moments of `state_dict`. A run from before has no first ones, and is compared without a scale."""
        ...

    def fresh(self) -> RewardManager:
        """The same terms, of which no value has been seen yet."""
        ...

    def config(self) -> list[dict[str, Any]]:
        """What the reward is made of, as it stands in a run's config."""
        ...

def _as_term(term: RewardTerm | RewardModel | PreTrainedModel | Callable, name: str | None) -> RewardTerm:
    """A term of whatever was given; a name in the mapping wins."""
    ...

def _call(term: RewardTerm, prompts: list[str], responses: list[str], known: dict[str, list]) -> np.ndarray:
    """The term's values as (B,) floats, in parts where memory runs out; RewardError on another number of them."""
    ...

def _judged(term: RewardTerm, answers: list[str], reasoning: Sequence[str] | None) -> list[str]:
    """What a term reads of responses: the answer, or both; the reasoning alone where no answer follows."""
    ...

def _asked(term: RewardTerm, prompts: list[str], messages: Sequence[Sequence[Mapping[str, Any]]], of_chats: bool) -> list[Any]:
    """What a term reads before responses: the prompts; one `of_chats` the turns where there are several, no system prompt."""
    ...
_Scale = tuple[float, float]

def _placed(value: np.ndarray, scale: _Scale | None, clip: tuple[float, float] | None) -> np.ndarray:
    """Values in deviations from a mean, clipped; as they are where there is no scale."""
    ...
_all_ = ['Head', 'read_head', 'unusual', 'further_labels', 'to_reward', 'Takes', 'takes_of', 'RUN_GIVES', 'told_of', 'RewardTerm', 'is_one_number', 'takes_one', 'Turns', 'as_text', 'turns_as', 'length_band', 'non_repetition', 'same_script', 'non_empty']
utils.stand_for_class(__name__)
Scorer = RewardModel | Callable[..., Sequence[float] | np.ndarray]

def judge_of(scorer: Any) -> Any:
    """What scores: of a `RewardManager` its first classifier, of anything else itself. ValueError where there is none."""
    ...

def further_of(scorer: Any) -> list[str]:
    """Names of what a scorer says of a text beside P(toxic), as its judge's `further` has them."""
    ...

def asks_of(scorer: Any) -> Takes:
    """What a scorer takes beside texts; nothing where it says itself whether it reads prompts, as guards do."""
    ...

def is_guard(settings: Mapping[str, Any]) -> bool:
    """Are they those of a `GuardModel` (`01e_guards`), which needs one of these, and not of a `RewardModel`?"""
    ...

def check_settings(settings: Mapping[str, Any], name: str) -> None:
    """Raise `ValueError` on a name that `RewardModel` does not take, or where `model` is missing; nothing is loaded."""
    ...

def load_scorer(scorer: Any, device: str | None=None, name: str='scorer') -> Scorer:
    """The scorer, loaded if it is a name or settings. ValueError on what can't score texts."""
    ...

def _checked_scores(name: str, answer: list[Any], count: int) -> np.ndarray:
    """Scores as numbers. Raises `ValueError` where they are not P(toxic) of each text."""
    ...

class Scored(NamedTuple):
    """What a scorer said of N texts."""
    scores: np.ndarray
    errors: list[str]
    further: np.ndarray
GIVE_UP = 32
ONE_TEXT = '{0} is written for one text; a scorer takes a list of texts and returns a list: def many(texts): return [f(text) for text in texts].'

def _ask(name: str, judge: Callable[[list[str]], Any], texts: list[str], failed: list[int], names: list[str]) -> Scored:
    """Scores of one call; of each half apart where the scorer raises."""
    ...

class Asked(NamedTuple):
    """A text, and what a scorer that asks for more is told of it."""
    text: str
    told: str

def _with_told(judge: Callable, asked: Asked | None) -> Callable:
    """A scorer that is given what it asks for by name; as it is where nothing was told."""
    ...

def score_texts(scorer: Scorer, texts: Sequence[Any], name: str='scorer', progress: bool | None=None, chunk: int=512, failures: list[int] | None=None) -> Scored:
    """Score texts, equal ones once. A judge whose `further` holds names is asked by its `answers` for a frame with
    `toxic` and these, kept to 7 decimals. Raises `ValueError` on a wrong number of scores or one outside 0-1."""
    ...

def windows_of(scorer: Scorer, texts: Sequence[str]) -> np.ndarray:
    """In how many windows a classifier reads each text; 1 each for a function, which keeps that to itself."""
    ...

def function_key(function: Any, argument: str) -> dict[str, str]:
    """Its attribute `name`, else a function's module and name, and a hash of its source. ValueError on what has neither:
    a lambda, an inner function, a partial, an object, a method."""
    ...

def scorer_key(scorer: Scorer, name: str='scorer') -> dict[str, Any]:
    """What tells a scorer from another one; ValueError on a function without a name of its own."""
    ...

def _told_apart(term: RewardTerm) -> dict[str, str]:
    """What tells a term from others of its `source`."""
    ...