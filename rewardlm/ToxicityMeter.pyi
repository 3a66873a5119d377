"""Prompts in, toxicity table out: a model's responses by the field's protocol, scored by one classifier or by several, at any size."""
from __future__ import annotations
import copy
import hashlib
import json
import shutil
import sys
import tempfile
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, takewhile
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple
import numpy as np
import pandas as pd
from accelerate import PartialState
from accelerate.utils import gather_object
from fastcore.basics import patch
from peft import PeftModel
from torch import nn
from transformers import GenerationConfig
from . import measuring as ms
from .core.adapters import config_of
from rewardlm.core.generation import Response, as_generation_config, before_stop, check_samples, generation_settings, sampling_of, stops_of
from .core.GenerativeModel import DTYPES, GenerativeModel
from rewardlm.core.RewardModel import RewardModel, Scorer, check_settings, function_key, load_scorer, ready_classifier, score_texts
from .data.prompts import CHATS, read_prompts
from .measuring import Protocol, find_protocol
from rewardlm.table import NO_ANSWER, UNANSWERED, Tally, as_parquet, error_texts, failed, read_table, same_scorer, score_column, scorer_name, with_strata, write_table
from .text import PLACEHOLDER, fill_template, halves_note, strip_control
from rewardlm.utils.general_utils import atomic_path, check_writable, checked_device, count_before, get_accelerator, progress_bar, row_keys, stand_for_class
from .utils.runs import PartStore, on_main, read_run, shared_store, together, writing
__all__ = ['ENGINE_BATCH', 'Engine', 'WAITS', 'MISTAKES', 'ToxicityMeter', 'EngineError', 'rescore']
ENGINE_BATCH = 64
Engine = Callable[[list[str], GenerationConfig, int, list[list[int]]], Sequence[Sequence[tuple[str, int, str]]]]

class ToxicityMeter:
    """Measure how toxic a model's responses are."""
    generator_manager: GenerativeModel | None
    engine: Engine | None
    reward_manager: Scorer
    scorers: dict[str, Scorer]
    generation_config: GenerationConfig | None
    accelerator: Any

    def __init__(self, model_id: str | nn.Module | GenerativeModel | None=None, toxicity_model_id: Any=None, load_dtype: str='fp32', device: str | int | None=None, generation_config: GenerationConfig | dict[str, Any] | None=None, generator_manager: GenerativeModel | None=None, reward_manager: Any=None, scorers: dict[str, Any] | None=None, accelerator_kwargs: dict[str, Any] | None=None, engine: Engine | None=None, toxic_label: Any=None):
        ...

    def __repr__(self) -> str:
        ...

    def _task(self, table: pd.DataFrame, protocol: Protocol, custom_prompt: str | None, generation_config: GenerationConfig | None, num_samples: int | None, seed: int, stop_strings: Sequence[str], sentence_end: bool, on_long: str) -> _Task:
        """Settle a call. Raises `ValueError` on a template, a number or prompts that can't be used."""
        ...

    def _settings(self, config: GenerationConfig | None, num_samples: int, plain: bool) -> dict[str, Any]:
        """The generation's settings, defaults filled in; ValueError on what contradicts itself."""
        ...

    def _chat(self, prompts: list[Any]) -> tuple[str, bool, list[str]]:
        """The prompts in the tokenizer's chat template; ValueError where there is none."""
        ...

    def _lengths(self, filled: list[str], settings: dict[str, Any], special: bool, on_long: str) -> tuple[np.ndarray, int, list[str]]:
        """How long prompts and responses are; ValueError where a prompt fills the context and `on_long='error'`."""
        ...

    def _generate(self, task: _Task, unit: ms.Unit, occurrences: list[int], batch_size: int | None) -> tuple[list[Response], Exception | None]:
        """Generate the responses of a unit, with the random numbers that are theirs alone."""
        ...

    def _responses(self, task: _Task, store: PartStore, unit: ms.Unit, occurrences: list[int], fitted: int) -> tuple[list[Response], int, int]:
        """The responses of a unit: those that are there, or new ones."""
        ...

    def _work(self, task: _Task, store: PartStore, scorings: list[ms.Scoring], progress: bool | None, show: bool) -> tuple[int, int]:
        """Do all units of this process, those that are done already excepted."""
        ...

    def _key(self, task: _Task) -> dict[str, Any]:
        """What decides the responses."""
        ...

    def measure_toxicity(self, text_prompt: Any, custom_prompt: str | None=None, generation_config: GenerationConfig | dict[str, Any] | None=None, batch_size: int | None=None, print_response: bool=False, num_samples: int | None=None, seed: int=0, progress: bool | None=None, protocol: str | Protocol='custom', stop_strings: Sequence[str] | None=None, sentence_end: bool=False, on_long: str='truncate', out: str | PathLike | None=None, return_df: bool=True, column: str | None=None, split: str | None=None, subset: str | None=None, encoding: str | None=None) -> pd.DataFrame | Path:
        """Generate and score responses. `ValueError`/`TypeError` on bad input before anything is generated;
    `RuntimeError`, `OSError` where `out` can't be used, `MemoryError` where a single response does not fit.
    Without `out` an error carries what was written until then as its `partial`."""
        ...

    @contextmanager
    def _run_folder(self, out: str | PathLike | None) -> Iterator[str | PathLike | None]:
        """The folder of the parts: the user's;
    a temporary one where several processes of one machine share a run, which stays if it fails; or none."""
        ...

    def _finish(self, store: PartStore, task: _Task, units: int, noted: dict[str, dict[str, Any]], writer: dict[str, Any], out: Any, return_df: bool) -> tuple[Tally, pd.DataFrame | Path]:
        """Put the table together, and into its file; warn of what a scorer failed on."""
        ...

    def _writer(self, key: dict[str, Any]) -> dict[str, Any]:
        """What is noted of the model that wrote: its name, and with a folder the hashes of what it is made of."""
        ...

def _check_sources(model_id: str | None, load_dtype: str, generator_manager: GenerativeModel | None, engine: Engine | None, toxicity_model_id: str | None, reward_manager: Scorer | dict[str, Any] | None, scorers: dict[str, Scorer | str | dict[str, Any]] | None, toxic_label: Any) -> None:
    """Raise `ValueError` before anything is loaded if model or classifier is missing or given twice,
    or a scorer can't be used."""
    ...

def _check_scorer(argument: str, scorer: Scorer | str | dict[str, Any]) -> None:
    """Raise `ValueError` on a scorer that can't be used, as far as that shows before it is loaded."""
    ...

def _check_scorers(scorers: dict[str, Scorer | str | dict[str, Any]]) -> None:
    """Raise `ValueError`/`TypeError` on a name or a scorer that can't be used."""
    ...

class _Task(NamedTuple):
    """A call of `measure_toxicity` with everything settled."""
    table: pd.DataFrame
    filled: list[str]
    config: GenerationConfig | None
    plain: bool
    settings: dict[str, Any]
    num_samples: int
    seed: int
    template: str
    special: bool
    markers: list[str]
    stop_strings: list[str]
    sentence_end: bool
    lengths: np.ndarray
    new_tokens: int
    notes: list[str]
WAITS = (1, 4, 16)
MISTAKES = (ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, TypeError, ValueError)

class EngineError(Exception):
    """An engine failed for good; its own error is the cause."""

def _patiently(ask: Callable[[], Any]) -> Any:
    """What the engine answers, asked again if it fails; EngineError where that does not help."""
    ...

def _as_far_as_it_goes(ask: Callable[[slice], list[list[Response]]], prompts: int) -> tuple[list[list[Response]], EngineError | None]:
    """The answers to all prompts at once, or else one after another."""
    ...

def _checked_answers(answers: Any, prompts: int, num_samples: int, stops: list[str]) -> list[list[Response]]:
    """An engine's answers; ValueError where they are not `num_samples` times text,
    number of tokens and reason for each prompt, or None."""
    ...

def _before_stop(response: Response, stops: list[str]) -> Response:
    """The response cut at the first stop string, if it has one; one that was not given stays as it is."""
    ...

def _answer(sample: Any) -> Response:
    """One of an engine's answers; one that its filter kept back keeps what text there is, and is not scored."""
    ...

def _failed_at(prompt: int, failure: Exception) -> str:
    """The sentence of an engine's error."""
    ...

def _try_out(scorings: list[ms.Scoring], prompts: list[str]) -> None:
    """ValueError on a scorer whose answers are no scores;
    RuntimeError on one that raises on everything, since a run should not end with nothing scored."""
    ...

def _show(bar: Any, prompts: list[str], responses: list[Response], scores: list[list[Any]]) -> None:
    """Print prompts and responses, without control characters; in colour on a terminal."""
    ...

def _note_scorers(store: PartStore, noted: dict[str, dict[str, Any]], table: pd.DataFrame | None=None) -> None:
    """The first process notes what the scorers are; ValueError where the store's scores of that name are another's."""
    ...

def _check_call(custom_prompt: str | None, batch_size: int | None, seed: int, stop_strings: Sequence[str], on_long: str, out: Any, return_df: bool) -> None:
    """Raise `ValueError`/`TypeError` on arguments of `measure_toxicity` that can't be meant,
    `OSError` on a folder that can't be written."""
    ...

def _save_prompts(store: PartStore, table: pd.DataFrame) -> None:
    """Write `prompts.parquet`, which `rescore` reads:
    objects as text, since a column of Parquet holds one type, and no half characters."""
    ...

def _unscored_table(store: PartStore, table: pd.DataFrame) -> pd.DataFrame:
    """The responses that were written before an error."""
    ...

def _close(tally: Tally, notes: list[str], tokens: int, seconds: float) -> None:
    """The closing lines."""
    ...

def rescore(source: pd.DataFrame | str | PathLike, scorers: dict[str, Any], device: str | None=None, progress: bool | None=None, return_df: bool=True, toxic_label: Any=None) -> pd.DataFrame | Path:
    """Score existing responses by further scorers.
    ValueError on a name that is taken by another scorer or can't be used, or on an unfinished run."""
    ...

def _with_label(scorers: dict[str, Any], toxic_label: Any) -> dict[str, Any]:
    """The scorers with the label that means toxic; ValueError where it is not clear whose it is."""
    ...

def _scores_of(table: pd.DataFrame, judge: Scorer, name: str, progress: bool | None) -> tuple[np.ndarray, list[str]]:
    """Scores and errors of a table's prompts, then of its responses; none of a response that was not given."""
    ...

def _with_columns(table: pd.DataFrame, name: str, scores: np.ndarray, errors: list[str]) -> pd.DataFrame:
    """The table with the columns of a further scorer, behind those of the others."""
    ...

def _rescore_run(folder: Path, scorers: dict[str, Scorer | str], device: str | None, progress: bool | None, return_df: bool) -> pd.DataFrame | Path:
    """`rescore` of a run's folder, by one process or by several."""
    ...
stand_for_class(__name__)