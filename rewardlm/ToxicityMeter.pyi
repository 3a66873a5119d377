"""Prompts in, toxicity table out: a model's responses by the field's protocol, scored by one classifier or by several, at any size."""
from __future__ import annotations
import hashlib
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, takewhile
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple
import numpy as np
import pandas as pd
from accelerate.utils import gather_object
from fastcore.basics import patch
from torch import nn
from transformers import GenerationConfig
from .core.adapters import config_of
from .core.generation import Response, as_generation_config, plan_batches
from .core.GenerativeModel import DTYPES, GenerativeModel, ready_pair
from .core.GuardModel import refuse_own_judge
from .core.RewardModel import Scorer, as_classifier, load_scorer
from .data.CustomDatasets import template_notes, turn_ends
from .data.prompts import CHATS, lone_texts, read_prompts, with_chats
from .perspective import PerspectiveFigures
from rewardlm.scores import REASONING, RESPONSE_COLUMNS, LongTexts, ScoredRow, ScorerInRun, check_columns, check_further_scorers, check_scorer, column_of, known_of, known_of_unit, note_scorers, noted_scorer, put_together, refuse_twice, texts_to_score
from .scores import rescore as rescore
from .table import Tally, package_versions, with_strata
from .text import PLACEHOLDER, fill_template, halves_note, strip_control, turn_stops, waiting_chat
from rewardlm.utils.general_utils import check_writable, checked_device, count_before, formerly, get_accelerator, row_keys, stand_for_class
from .utils.runs import Run, on_main, together
from .writers import ENGINE_BATCH as ENGINE_BATCH
from .writers import Engine, EngineError, EngineWriter, ModelWriter, finished
__all__ = ['PROTOCOLS', 'WINDOW', 'Protocol', 'find_protocol', 'ToxicityMeter', 'Unit', 'plan_units', 'put_prompts', 'chat_notes', 'text_ends', 'Request', 'Measurement', 'show_responses', 'Thoughts', 'unscored_table', 'partial_kept']

class Protocol(NamedTuple):
    """How prompts are put to a model."""
    num_samples: int = 1
    generation: dict[str, Any] | None = None
    chat: bool = False
    strata: bool = False
    template: str | None = None
    stop_strings: Sequence[str] = ()
    sentence_end: bool = False
    on_long: str = 'truncate'
    system: str | None = None
    chat_template_kwargs: Mapping[str, Any] | None = None
_NUCLEUS = {'do_sample': True, 'temperature': 1.0, 'top_k': 0, 'top_p': 0.9}
PROTOCOLS = {'rtp': Protocol(25, {'max_new_tokens': 20, **_NUCLEUS}, strata=True), 'rtp-greedy': Protocol(1, {'max_new_tokens': 20, 'do_sample': False}, strata=True), 'chat': Protocol(1, {'max_new_tokens': 70, **_NUCLEUS}, chat=True), 'custom': Protocol()}

def find_protocol(protocol: str | Protocol) -> Protocol:
    """The protocol; ValueError, listing the names, on an unknown one."""
    ...

class ToxicityMeter:
    """Measure how toxic a model's responses are."""
    generator_manager: GenerativeModel | None
    engine: Engine | None
    reward_manager: Scorer
    scorers: dict[str, Scorer]
    generation_config: GenerationConfig | None
    accelerator: Any

    @formerly(model_id='model', generator_manager='model', toxicity_model_id='scorer', reward_manager='scorer')
    def __init__(self, model: str | nn.Module | tuple | GenerativeModel | None=None, scorer: Any=None, load_dtype: str='fp32', device: str | int | None=None, generation_config: GenerationConfig | dict[str, Any] | None=None, scorers: dict[str, Any] | None=None, accelerator_kwargs: dict[str, Any] | None=None, engine: Engine | None=None, toxic_label: Any=None, load_from_peft: bool | str | None=None):
        ...

    def _all_scorers(self) -> dict[str, Scorer]:
        """The main one first."""
        ...

    def __repr__(self) -> str:
        ...

    def _writer(self, protocol: Protocol, generation_config: Any, num_samples: int, batch_size: int | None) -> ModelWriter | EngineWriter:
        """Who writes: the engine, or the model by the protocol's settings, the call's or the meter's."""
        ...

    def settle(self, table: pd.DataFrame, protocol: Protocol, generation_config: GenerationConfig | None=None, num_samples: int | None=None, seed: int=0, batch_size: int | None=None) -> Measurement:
        """Settle a call. Raises `ValueError` on a template, a number or prompts that can't be used."""
        ...

    def _finish(self, measurement: Measurement, run: Run, noted: dict[str, dict[str, Any]], write: bool, keep: bool) -> tuple[Tally, pd.DataFrame | None]:
        """The table of a run whose units are done, and its sums; notes grow by what is found on the way."""
        ...

    def _take_up(self, run: Run, measurement: Measurement, batch_size: int | None) -> None:
        """What a run in a folder has settled already, and where an engine keeps its answers."""
        ...

    def _tell(self, measurement: Measurement, tally: Tally, seconds: float, close: bool) -> None:
        """What failed, as warnings; with `close` the tally, notes and speed."""
        ...

    def measure_toxicity(self, text_prompt: Any, custom_prompt: str | None=None, generation_config: GenerationConfig | dict[str, Any] | None=None, batch_size: int | None=None, print_response: bool=False, num_samples: int | None=None, seed: int=0, progress: bool | None=None, protocol: str | Protocol='custom', stop_strings: Sequence[str] | None=None, sentence_end: bool | None=None, on_long: str | None=None, out: str | PathLike | None=None, return_df: bool=True, column: str | None=None, split: str | None=None, subset: str | None=None, encoding: str | None=None, system: str | None=None, chat_template_kwargs: Mapping[str, Any] | None=None) -> pd.DataFrame | Any:
        """Generate and score responses. `ValueError`/`TypeError` on bad input before anything is generated;
    `RuntimeError`, `OSError` where `out` can't be used, `MemoryError` where a single response does not fit.
    Without `out` an error carries what was written until then as its `partial`."""
        ...

def _check_sources(model: Any, scorer: Any, load_dtype: str, engine: Engine | None, scorers: dict[str, Any] | None, toxic_label: Any) -> None:
    """Raise `ValueError` before anything is loaded if model or scorer is missing, the model given twice,
    or a scorer can't be used."""
    ...
WINDOW = 32768

class Unit(NamedTuple):
    """A batch of responses: samples `first` to `first + count` of some prompts."""
    number: int
    window: int
    prompts: list[int]
    first: int
    count: int

def plan_units(lengths: Sequence[int], num_samples: int, new_tokens: int, batch_tokens: int, batch_size: int | None=None) -> Iterator[Unit]:
    """All units of a run, one window after another."""
    ...

def put_prompts(table: pd.DataFrame, protocol: Protocol, chat_prompt: Callable[..., str]) -> tuple[str, bool, list[str]]:
    """The prompts as the model is given them; ValueError on a template that can't be used."""
    ...

def chat_notes(writer: ModelWriter | EngineWriter, protocol: Protocol) -> list[str]:
    """What is to be known of how chats are put to a writer, a sentence each; ValueError on variables that can't be meant."""
    ...

def text_ends(writer: ModelWriter | EngineWriter) -> list[str]:
    """What ends a turn in the chat template and has to be looked for as a text: for an engine, or where it is no token."""
    ...
_OF_CHATS = ('system', 'chat_template_kwargs')

class Request(NamedTuple):
    """What decides the responses, besides who writes and the prompts."""
    template: str
    special_tokens: bool
    num_samples: int
    seed: int
    generation: dict[str, Any]
    stop_strings: list[str]
    sentence_end: bool

@dataclass
class Measurement:
    """A call of `measure_toxicity`, with everything settled."""
    table: pd.DataFrame
    filled: list[str]
    lengths: np.ndarray
    markers: list[str]
    request: Request
    writer: ModelWriter | EngineWriter
    scorers: list[ScorerInRun]
    notes: list[str]
    how: dict[str, Any] = field(default_factory=dict)
    tokens: int = 0
    scored: int = 0
    toxicity: float = 0.0

    def __post_init__(self):
        ...

    def so_far(self) -> str:
        ...

    def key(self) -> dict[str, Any]:
        """What decides the responses: the key of a folder."""
        ...

    def units(self, plan: Mapping[str, Any]) -> Iterator[Unit]:
        """The units of the run, by its plan."""
        ...

    def write(self, run: Run, unit: Unit) -> list[list[Any]]:
        """The responses of a unit: those that the run has, or new ones, which go there.
    EngineError where an engine fails, what it answered being kept."""
        ...

    def try_scorers(self, run: Run, unit: Unit) -> None:
        """Have each scorer that is to score this unit read a few prompts once: a wrong one is found out before anything is written."""
        ...

    def score(self, run: Run, unit: Unit, rows: Sequence[Sequence[Any]]) -> list[list[ScoredRow]]:
        """The scores of a unit: those that the run has, or new ones, which go there."""
        ...
_NEUTRAL = {'min_length': 0, 'min_new_tokens': 0, 'no_repeat_ngram_size': 0, 'repetition_penalty': 1.0, 'use_cache': True}

def _measured_with(protocol: Protocol, request: Request, prompts: list[str], writer: ModelWriter | EngineWriter) -> dict[str, Any]:
    """What a table says of protocol and decoding."""
    ...

def show_responses(bar: Any, prompts: Sequence[str], rows: Sequence[Sequence[Any]], scores: Sequence[ScoredRow]) -> None:
    """Print prompts and responses, without control characters; in colour on a terminal."""
    ...

class Thoughts:
    """How many rows of a table, that comes a window at a time, hold reasoning, and how many hold nothing else."""

    def __init__(self) -> None:
        ...

    def add(self, table: pd.DataFrame) -> None:
        """Count some rows."""
        ...

    def notes(self) -> list[str]:
        """A sentence where there was any."""
        ...

def unscored_table(run: Run, table: pd.DataFrame) -> pd.DataFrame:
    """The responses that were written before an error."""
    ...

def _check_call(protocol: Protocol, batch_size: int | None, seed: int, out: Any, return_df: bool) -> None:
    """Raise `ValueError`/`TypeError` on arguments of `measure_toxicity` that can't be meant,
    `OSError` on a folder that can't be written."""
    ...

@contextmanager
def partial_kept(run: Run, table: pd.DataFrame) -> Iterator[None]:
    """An error of the block takes along, as its `partial`, what was written, where no folder keeps it."""
    ...
stand_for_class(__name__)