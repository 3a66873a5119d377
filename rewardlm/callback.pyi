"""Toxicity while a model is trained by transformers' `Trainer` or TRL's trainers: every so many steps the same prompts with the same draws, logged to the trainer's own trackers, with an interval of the change since the first step."""
from __future__ import annotations
import copy
import hashlib
import inspect
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any
import numpy as np
import pandas as pd
from fastcore.basics import patch
from torch import nn
from transformers import GenerationConfig, PreTrainedTokenizerBase, Trainer, TrainerCallback
from .core.adapters import check_method, is_peft
from .core.decoding import inner_model, untouched
from .core.GenerativeModel import GenerativeModel
from .core.RewardModel import as_classifier, load_scorer
from .data.prompts import CHATS, read_prompts
from .inference import paired_effect
from .scores import check_further_scorers, check_scorer, noted_scorer
from .states import says_nothing
from .table import score_columns, write_table
from .ToxicityMeter import PROTOCOLS, Protocol, ToxicityMeter
from .utils.general_utils import check_writable, document, kept_random_state
from .utils.runs import first_difference
__all__ = ['ToxicityCallback']
_ONE = Protocol(1, PROTOCOLS['rtp'].generation)
_COLUMNS = ('step', 'scorer', 'mean', 'n', 'diff', 'low', 'high', 'unscored', 'empty')
_OURS = ('self', 'text_prompt', 'progress', 'print_response', 'out', 'return_df', 'column', 'split', 'subset', 'encoding')

class ToxicityCallback(TrainerCallback):
    """Measure toxicity while a model is trained by transformers' or TRL's trainers."""

    def __init__(self, trainer: Trainer, prompts: Any, scorer: Any, every: int=100, scorers: dict[str, Any] | None=None, output_dir: str | PathLike | None=None, **how: Any):
        ...

    @property
    def history(self) -> pd.DataFrame:
        """One row a measurement and scorer: means over prompts, and their change since the first measurement."""
        ...

    def __repr__(self) -> str:
        ...

    def _measure(self, state: Any, control: Any, step: int) -> None:
        """Measure, log, keep; nothing where this step was measured before."""
        ...

    def _key(self) -> dict[str, Any]:
        """What the numbers of a run that goes on must have in common, plain values."""
        ...

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take up what a checkpoint remembers; the first measurement. ValueError where the two don't go together, a warning
    where a scorer has nothing that tells it from others."""
        ...

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        ...

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        ...

def _tokenizer_of(trainer: Trainer) -> PreTrainedTokenizerBase:
    """The trainer's tokenizer; ValueError where it has none."""
    ...

def _check_arguments(every: Any, scorer: Any, scorers: Any, output_dir: Any, how: dict[str, Any]) -> None:
    """Raise before anything is loaded."""
    ...

@contextmanager
def _asked(model: nn.Module) -> Iterator[Any]:
    """Inside the block a model under training can be asked; afterwards it and the global random numbers are as before."""
    ...

def _refuse_sharding(trainer: Trainer) -> None:
    """ValueError where no process has the whole model."""
    ...

def _by_prompt(table: pd.DataFrame, column: str) -> pd.Series:
    """Mean score of each prompt, a text or a chat, equal ones together; NaN where none of its responses has one."""
    ...

def _told(table: pd.DataFrame, first: dict[str, list[float | None]]) -> list[dict[str, Any]]:
    """A row for each scorer; a scorer that `first` lacks is noted there."""
    ...

def _metrics(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Rows as a trainer logs them; `eval_` makes trackers file them under evaluation."""
    ...
_KEPT = 'rewardlm toxicity'
document(__name__)