"""Safety, helpfulness and refusal in one reward, in one line: safe answers first, no refusal for safety's sake, and the helpful one among the rest."""
from __future__ import annotations
import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
import numpy as np
import torch
from fastcore.basics import patch
from jinja2 import TemplateError
from .adapters import classifier_config, is_peft
from .GuardModel import GuardModel, _taken_apart
from .heads import _toxic_by_name
from .RewardModel import RewardManager, RewardModel, as_classifier, writes_text
from .terms import RewardTerm, Turns, as_text, turns_as
from ..states import is_refusal
from ..utils.general_utils import document
from ..utils.loading import Hub, special_texts
if TYPE_CHECKING:
    pass
__all__ = ['WEIGHTS', 'preference', 'refusal_phrases', 'hybrid']

class _Preference(RewardModel):
    """A preference model: how good a response to a prompt is, on a scale of the model's own."""
    template: str | None
    turns = False

    def __init__(self, model: Any, template: str | None=None, **how: Any):
        ...

    def _probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        ...

    def _check_range(self, logits: torch.Tensor) -> None:
        ...

    def _rendered(self, prompt: str | Turns, response: str) -> str:
        """A conversation in the template."""
        ...

    def _encoded(self, pairs: Sequence[tuple[str, str | Turns | None]]) -> Any:
        """Token ids of each conversation; ValueError on one that does not fit."""
        ...

    def _check_form(self) -> None:
        """ValueError on a form that lacks prompt or response, or in which they run into each other."""
        ...

def preference(model: Any, template: str | None=None, name: str='preference', weight: float=1.0, normalise: bool=True, clip: tuple[float, float] | None=(-2.0, 2.0), **settings: Any) -> RewardTerm:
    """How good a preference model finds the response to the prompt. ValueError on a model that is none, or can't be asked."""
    ...

def refusal_phrases(name: str='refusal', **how: Any) -> RewardTerm:
    """-1 for a response that declines to answer by its English phrases, else 0."""
    ...
WEIGHTS = {'safety': 1.0, 'helpfulness': 0.125, 'refusal': 0.5}

def _refusal(safety: Any, refusal: Any) -> RewardTerm:
    """The term against refusals."""
    ...

def hybrid(safety: Any, helpfulness: Any, refusal: GuardModel | RewardTerm | Literal['phrases'] | None=None, weights: Mapping[str, float] | None=None, on_error: Literal['raise', 'mask']='raise') -> RewardManager:
    """Safety + helpfulness - refusal, in the manner of Qwen3-4B-SafeRL (arXiv:2510.14276, section 3.5.1); in a history
    `reward_safety`, `reward_helpfulness` and `reward_refusal`. A term of your own is added as it is: one against
    refusals is 0 for an answer and -P(refusal) for a refusal. ValueError on a part that can't be meant; a warning where
    phrases stand in for a guard that says nothing of refusals."""
    ...
document(__name__)