"""A model, or another system such as vLLM: how long its prompts are, what it is asked for, where a response ends, and what is done where an engine fails."""
from __future__ import annotations
import copy
import inspect
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
import numpy as np
from fastcore.basics import patch
from transformers import GenerationConfig
from .core.adapters import is_peft
from .core.decoding import is_compiled
from rewardlm.core.generation import Response, before_stop, check_samples, sampling_of, stops_of
from .core.GenerativeModel import GenerativeModel
from .core.RewardModel import function_key
from .data.CustomDatasets import render_chat, special_ids
from .table import UNANSWERED
from .text import begins_turn, split_reasoning, strip_control, to_sentence_end, waiting_chat
from .utils.general_utils import document
__all__ = ['ENGINE_BATCH', 'Engine', 'WAITS', 'MISTAKES', 'batch_of', 'ModelWriter', 'as_response', 'cut_at_stop', 'checked_answers', 'EngineError', 'ask_patiently', 'EngineWriter', 'finished']

@contextmanager
def batch_of(owner: Any, tokens: int | None) -> Iterator[None]:
    """Work with that batch. Afterwards the owner has its own again,
    or what fitted if memory ran out meanwhile and it is less."""
    ...

class ModelWriter:
    """A loaded model that writes the responses of a run, by one generation config."""
    notes: Sequence[str] = ()

    def __init__(self, generator: GenerativeModel, config: GenerationConfig | None, num_samples: int, own_defaults: bool=True):
        ...

    def key(self) -> dict[str, Any]:
        """What tells the model from others in a run's key; equal weights under another name are the same model."""
        ...

    def facts(self, key: Mapping[str, Any]) -> dict[str, Any]:
        """What a table notes of who wrote: name, commit on the Hub, adapters, and the hashes in a run's key."""
        ...

    def lengths(self, prompts: list[str], special: bool=True, on_long: str='truncate') -> tuple[np.ndarray, list[str]]:
        """How long prompts are; ValueError where one fills the context and `on_long='error'`."""
        ...

    def write(self, prompts: list[str], keys: np.ndarray, stops: Sequence[str]=(), special: bool=True, batch_size: int | None=None) -> list[list[Response]]:
        """Generate responses, with the random numbers that are theirs alone."""
        ...
ENGINE_BATCH = 64
Engine = Callable[..., Sequence[Sequence[tuple[str, int, str]]]]

def as_response(sample: Any) -> Response:
    """One of an engine's answers; one that its filter kept back keeps what text there is."""
    ...

def cut_at_stop(response: Response, stops: Sequence[str]) -> Response:
    """The response before the first stop string in it; one that was not given stays as it is."""
    ...

def checked_answers(answers: Any, prompts: int, num_samples: int, stops: Sequence[str]=()) -> list[list[Response]]:
    """An engine's answers; ValueError where they are not `num_samples` times text,
    number of tokens and reason for each prompt, or None."""
    ...
WAITS = (1, 4, 16)
MISTAKES = (ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, TypeError, ValueError)

class EngineError(RuntimeError):
    """An engine failed for good; its own error is the cause."""
    answers: Sequence[Sequence[Response]] = ()

def ask_patiently(ask: Callable[[], Any]) -> Any:
    """What the engine answers, asked again if it fails; EngineError where that does not help."""
    ...
_NEUTRAL = {'repetition_penalty': 1.0, 'min_p': 0.0}

class EngineWriter:
    """An engine that writes the responses of a run, by one generation config."""
    how: Mapping[str, Any] = {}
    new_tokens = 1

    def __init__(self, engine: Engine, config: GenerationConfig | None, num_samples: int, batch_size: int | None=None, chat_template_kwargs: Mapping[str, Any] | None=None, own_defaults: bool=True):
        ...

    def config_told(self) -> GenerationConfig:
        """The config as the engine gets it, with what is settled here and not by a model's own config."""
        ...

    def lengths(self, prompts: list[str], special: bool, on_long: str) -> tuple[np.ndarray, list[str]]:
        """Unknown lengths, as zeros, and no note; ValueError where they are to be checked."""
        ...

    def key(self) -> dict[str, Any]:
        """What tells the engine from others in a run's key; ValueError where it has no name."""
        ...

    def facts(self, key: Mapping[str, Any]) -> dict[str, Any]:
        """What a table notes of who wrote."""
        ...

    def write(self, prompts: list[str], keys: np.ndarray, stops: Sequence[str]=(), special: bool=True, batch_size: int | None=None) -> list[list[Response]]:
        """Ask for responses; EngineError, which holds the answers to the prompts before, at the first one that fails."""
        ...

    def chat_prompt(self, prompt: str | Sequence[dict[str, Any]], system: str | None=None, chat_template_kwargs: Mapping[str, Any] | None=None) -> str:
        """A chat as the engine is given it; ValueError where it takes no chats and has no tokenizer with a chat template."""
        ...

def _check_keyword(engine: Engine, name: str) -> None:
    """Raise a `ValueError` on an engine that has no such keyword."""
    ...

def finished(response: Response, markers: Sequence[str], sentence_end: bool, prompt: str='') -> Response:
    """The response as it is scored, its reasoning apart: empty where it is the next turn from its first word on,
    whose marker needs no line feed after a template that ends with one; not given where it ends within its reasoning."""
    ...
document(__name__)