"""Any OpenAI-compatible server, or vLLM in this process, as an `engine=` that writes the responses."""
from __future__ import annotations
import asyncio
import hashlib
import json
import os
import warnings
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from fastcore.basics import patch
from transformers import GenerationConfig
from .core.decoding import Sampling
from .text import strip_control
from .utils.general_utils import document, package, resolve_model_id
from .utils.loading import folder_hash
__all__ = ['sampling_settings', 'Kept', 'OpenAIEngine', 'answer_of', 'in_a_loop', 'VLLMEngine']
_NAMES = {'max_new_tokens': 'max_tokens', 'temperature': 'temperature', 'top_p': 'top_p', 'stop_strings': 'stop'}
_FURTHER = {'top_k': 'top_k', 'min_p': 'min_p', 'repetition_penalty': 'repetition_penalty', 'min_new_tokens': 'min_tokens'}
_CHANGES_NOTHING = {'top_k': 0, 'min_p': 0.0, 'repetition_penalty': 1.0, 'min_new_tokens': 0, 'min_length': 0}
_CHANGES_NOTHING |= {'num_beams': 1, 'no_repeat_ngram_size': 0, 'use_cache': True, 'num_return_sequences': 1}
_OF_A_MODEL = ('do_sample', 'transformers_version', 'bos_token_id', 'eos_token_id', 'pad_token_id')

def _untold(config: GenerationConfig) -> list[str]:
    """What any engine decides by itself."""
    ...

def sampling_settings(config: GenerationConfig, further: bool=True) -> dict[str, Any]:
    """What an engine is told of a generation config; ValueError on what it would leave out."""
    ...

class Kept:
    """Answers by request, in memory and in a folder: what is there, from all processes, and what is put to it."""

    def __init__(self, folder: str | os.PathLike | None=None):
        ...

    def put(self, key: str, answer: Any) -> None:
        """Keep an answer; the line feed in front closes a line that was cut short."""
        ...

class OpenAIEngine:
    """A model behind an OpenAI-compatible server, as an `engine=`."""
    name: str
    batch_size: int
    usage: Counter[str]
    official: bool

    def __init__(self, model: str, base_url: str | None=None, api_key: str | None=None, chat: bool=True, concurrency: int=32, max_retries: int=5, timeout: float=600, extra_body: Mapping[str, Any] | None=None):
        ...

    def __repr__(self) -> str:
        ...

    @property
    def folder(self) -> Path | None:
        """Where answers are kept as they come. Each run sets its own, and what another one was answered is forgotten:
        behind the same name there may be another model by now."""
        ...

    @folder.setter
    def folder(self, folder: str | os.PathLike | None) -> None:
        ...

    def config_notes(self, config: GenerationConfig) -> list[str]:
        """What a server of one's own is not told and may do otherwise, for the table."""
        ...

    def __call__(self, prompts: Sequence[Any], config: GenerationConfig, num_samples: int, seeds: Sequence[Sequence[int]], chat_template_kwargs: Mapping[str, Any] | None=None) -> list[list[tuple[str | None, int, str]]]:
        """Ask for all of them; ImportError without the package, ValueError on what is refused, else what `openai` raises."""
        ...

def answer_of(choice: Any, usage: Any, stops: Sequence[str]) -> list[Any]:
    """What an engine says of one choice; tokens are as the server counts them, mostly with the one that ends a text."""
    ...

@patch
async def _answer(self: OpenAIEngine, client: Any, request: Mapping[str, Any]) -> list[Any]:
    """Ask for one sample; ValueError on what the server refuses for good, or answers in another form."""
    ...

@patch
async def _all(self: OpenAIEngine, requests: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Answers or errors, as many requests under way as are allowed; each answer is kept as it comes."""
    ...

def in_a_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, also where a loop runs already, as in Jupyter."""
    ...

class VLLMEngine:
    """A model in vLLM, as an `engine=`."""
    name: str
    weights: str
    batch_size = 4096
    tokenizer: Any
    adapters: int

    def __init__(self, model: Any, chat: bool=False, **how: Any):
        ...

    def __repr__(self) -> str:
        ...

    def __call__(self, prompts: Sequence[Any], config: GenerationConfig, num_samples: int, seeds: Sequence[Sequence[int]], chat_template_kwargs: Mapping[str, Any] | None=None) -> list[list[tuple[str | None, int, str]]]:
        """Write all of them; ValueError on settings that vLLM is not told."""
        ...

    def config_notes(self, config: GenerationConfig) -> list[str]:
        """What vLLM is not told, for the table."""
        ...

    def rollouts(self, prompts: list[list[int]], sampling: Sampling, stop_strings: list[str], seeds: list[int], adapter: str) -> list[tuple[list[int], list[float], str]]:
        """Responses for PPO, as `RLModel(engine=…)` asks for them; ValueError where vLLM was loaded for something else."""
        ...

def _ended(output: Any) -> str | None:
    """Why one of vLLM's texts ended; None where it is no whole one."""
    ...

def _answer_of(output: Any) -> tuple[str | None, int, str]:
    """One of vLLM's answers; an ending EOS is no token of it."""
    ...

def _drawn(output: Any) -> tuple[list[int], list[float], str]:
    """One of vLLM's responses: token ids, their log-probabilities, why it ended."""
    ...
document(__name__)