"""Load a language model, answer prompts fast, fine-tune it, save and share it."""
from __future__ import annotations
import copy
import dataclasses
import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
import numpy as np
import pandas as pd
import torch
from fastcore.basics import patch
from torch import Tensor, nn
from transformers import GenerationConfig, PreTrainedTokenizerBase, StopStringCriteria
from . import finetuning as ft
from . import generation as gen
from rewardlm.core.adapters import check_method, end_tokens, is_adapter, is_changed, is_peft, mark_changed, merge_adapter, peft_quiet, put_adapter, read_adapter, remember_start, save_adapter, tokenizer_of
from rewardlm.core.decoding import LMParts, Sampling, check_repeatable, compile_steps, decode, decodes, inner_model, left_pad, right_pad, split_lm, to_device, untouched
from .finetuning import FineTuneConfig, learning_forward, split_groups, token_nats
from .generation import Response, needs_transformers, plan_batches, sampling_of
from rewardlm.data.CustomDatasets import IGNORED, clm_dataset, collate_causal_lm, prompt_ids, render_chat, response_ids, special_ids, with_ends
from ..data.prompts import read_examples
from ..text import Filled, encodable, waiting_chat
from ..utils import general_utils as utils
from rewardlm.utils.general_utils import get_accelerator, kept_random_state, keyed_uniforms, progress_bar, row_keys, write_text
from rewardlm.utils.loading import Hub, check_token_ids, code_hash, folder_hash, load_config, load_pretrained, load_tokenizer, loaded_from, loading_bars, position_limit, remembered_hash, tensors_hash, tokenizer_hash
from ..utils.runs import TrainingRun, act_on, checked_config, halving
from ..utils.sharing import model_card, push_written, write_results
from ..utils.trackers import Trackers
if TYPE_CHECKING:
    from peft import LoraConfig, PeftModel
__all__ = ['DTYPES', 'FP16_MEASURES', 'check_half', 'load_lm', 'load_causal_lm', 'parts_of', 'ready_pair', 'GenerativeModel', 'trainable_parameters', 'add_lora', 'check_adapted']
DTYPES = ('fp32', 'bf16', 'fp16', '8-bit', '4-bit')
FP16_MEASURES = "='fp16' is for measuring: gradients would vanish in it; train in 'fp32' or '8-bit', or in 'bf16' or '4-bit' where the card computes bf16."
_PRECISION = {'fp32': torch.float32, 'fp16': torch.float16}

def _unquantised_experts(kind: Any, config: Any, load_dtype: str) -> bool:
    """Whether a model has experts that bitsandbytes leaves whole; says what they take.
    They are held in bf16, and the layers between them with them."""
    ...

def _precision(kind: Any, config: Any, load_dtype: str, device: str | torch.device) -> dict[str, Any]:
    """transformers' arguments for weights of `load_dtype` on a device."""
    ...

@torch.no_grad()
def check_half(model: nn.Module, load_dtype: str, argument: str='load_dtype') -> None:
    """ValueError where the architecture's own code mixes types in half precision, as XLNet's does,
    and xLSTM's in texts longer than a chunk, or where numbers leave fp16's range."""
    ...

def load_lm(model_id: str, load_dtype: str='fp32', device: str | torch.device='cpu', hub: Hub=Hub(), attn_implementation: str | None=None) -> nn.Module:
    """Load a causal language model, or an encoder-decoder one such as T5;
    ValueError on an unknown `load_dtype`, or a checkpoint of another kind, or one that does not run in it."""
    ...

def load_causal_lm(model_id: str, load_dtype: str='fp32', device: str | torch.device='cpu', hub: Hub=Hub()) -> nn.Module:
    """`load_lm` for what needs a causal language model;
    ValueError, before anything is loaded, on an encoder-decoder model."""
    ...

def parts_of(model: nn.Module) -> tuple[LMParts | None, bool, bool]:
    """What can be done with a model: by its backbone and head, by the decode loop,
    by transformers' `generate` with several rows at once. ValueError on one that says something else of the same text
    each time."""
    ...

class _WithParts:
    """Something that has a model, and its parts."""
    model: Any

    @property
    def parts(self) -> LMParts | None:
        """Backbone and head of the model as it is now; None where our loop does not decode it."""
        ...

    @parts.setter
    def parts(self, parts: LMParts | None) -> None:
        ...

def ready_pair(given: Any, tokenizer: PreTrainedTokenizerBase | None=None) -> tuple[Any, Any]:
    """A model and its tokenizer; ValueError on a pair of something else, two tokenizers, or one beside a name."""
    ...

def _refuse_for_ready(model: nn.Module, asked: Mapping[str, Any]) -> None:
    """ValueError on what says how a model is loaded, where one is there."""
    ...

def _check_ready(model: nn.Module, load_from_peft: Any) -> None:
    """ValueError on a ready model that can't write, or with another adapter than its one of PEFT."""
    ...

class GenerativeModel(_WithParts):
    """A language model with its tokenizer: answers prompts, can be fine-tuned, saved and shared."""
    tokenizer: PreTrainedTokenizerBase
    model_id: str
    device: torch.device
    load_dtype: str
    generation_config: GenerationConfig
    batch_tokens: int
    accelerator: Any
    encoder_decoder: bool
    by_loop: bool
    batched: bool
    tuned: dict[str, Any] | None

    @utils.formerly(model_id='model')
    def __init__(self, model: str | nn.Module | tuple[nn.Module, PreTrainedTokenizerBase], load_from_peft: bool | str | None=None, merged: bool=False, device: str | torch.device | None=None, load_dtype: str='fp32', generation_config: GenerationConfig | None=None, accelerator_kwargs: dict | None=None, batch_tokens: int | None=None, tokenizer: PreTrainedTokenizerBase | None=None, revision: str | None=None, trust_remote_code: bool=False, attn_implementation: str | None=None, token: str | None=None, torch_compile: bool=False):
        ...

    def _load(self, model_id: str, load_from_peft: bool | str | None, device: str | torch.device, trainable: bool, hub: Hub, attn_implementation: str | None) -> bool:
        """Load model and tokenizer by name; whether the tokenizer is the adapter's own."""
        ...

    def _take(self, model: nn.Module, tokenizer: PreTrainedTokenizerBase | None, load_from_peft: Any, device: Any) -> bool:
        """Take a ready model; whether its tokenizer was given with it.
    ValueError on one that can't write, or whose tokenizer is not known."""
        ...

    def _settle(self, own: bool, merged: bool) -> None:
        """What is known once the model is there: its parts, and the tokens that end a response; `own`: its tokenizer came apart."""
        ...

    def __repr__(self) -> str:
        ...

    def _compile(self) -> None:
        """Compile the steps of writing; ValueError on a model that the loop does not write with."""
        ...

    def context_length(self) -> int | None:
        """The longest sequence the model takes."""
        ...

    def prompt_room(self, max_new_tokens: int) -> int | None:
        """How long a prompt may be; ValueError where such responses leave it no room,
    or are too long for a decoder of its own."""
        ...

    def _end_of_input(self) -> list[int]:
        """What ends the input of an encoder: what the tokenizer puts there, or the end token."""
        ...

    def prompt_lengths(self, prompts: Sequence[str], add_special_tokens: bool=True) -> np.ndarray:
        """Tokens of each prompt before any cut; TypeError on what is not a string."""
        ...

    def encode_prompts(self, prompts: Sequence[str], max_new_tokens: int, add_special_tokens: bool=True) -> list[list[int]]:
        """Token ids of each prompt, the user's own text cut from the left to fit; TypeError on what is not a string."""
        ...

    def chat_prompt(self, prompt: str | Sequence[dict[str, Any]], system: str | None=None, chat_template_kwargs: Mapping[str, Any] | None=None) -> Filled:
        """The model's own chat template around a prompt, up to where the answer begins;
    ValueError where its tokenizer has none, on no chat, or on a system prompt that the template has no place for."""
        ...

    def settings_of(self, config: GenerationConfig | None=None, use_model_defaults: bool=True) -> dict[str, Any]:
        """What `generate` goes by, the ends of the chat template among the tokens that end a response."""
        ...

    def _plan(self, settings: Mapping[str, Any], beyond: Sequence[str], new_tokens: int, batch_size: int | None) -> Callable[..., Any]:
        """How prompts come together in batches: `plan_batches` of lengths and samples, given `batch_tokens`."""
        ...

    def generate(self, prompts: Sequence[str], generation_config: GenerationConfig | None=None, num_samples: int=1, seed: int=0, batch_size: int | None=None, stop_strings: list[str] | None=None, progress: bool | None=None, keys: np.ndarray | None=None, add_special_tokens: bool=True, use_model_defaults: bool=True) -> list[list[Response]]:
        """Responses to `prompts`; ValueError on more than one sample without sampling.
    Where memory runs out, `batch_tokens` is halved and stays so. With beams *and* sampling the draws depend on the
    whole batch; in all other cases a response depends on prompt, sample and seed alone."""
        ...

    def _write(self, ids: list[list[int]], keys: np.ndarray, repeats: int, by_loop: bool, how: Sampling, stops: list[str], config: Any, own: bool) -> list[Response]:
        """One batch: `repeats` responses to each prompt; `keys` has one row a response."""
        ...

    def _transformers_tokens(self, tokens: Tensor, mask: Tensor, uniforms: Tensor, repeats: int, how: Sampling, stop: StopStringCriteria | None, config: Any, own: bool) -> Tensor:
        """New tokens (B * repeats, T) by transformers' `generate`, for what `decode` does not do."""
        ...

    @torch.no_grad()
    def token_nll(self, prompts: Sequence[str], responses: Sequence[str], batch_size: int=64, progress: bool | None=None) -> tuple[np.ndarray, np.ndarray]:
        """Negative log-likelihood of each response after its prompt; 0 over 0 tokens for an empty response."""
        ...

    def _nll_item(self, prompt: list[int], tail: list[int]) -> dict[str, list[int]]:
        """A prompt and its response as the loss takes them."""
        ...

    def _learning_items(self, torch_dataset: Sequence | None, dataset: Any, config: FineTuneConfig, **source: Any) -> tuple[list[dict[str, list[int]]], Sequence[Any]]:
        """What `fine_tune` was given, as the model learns it; ValueError on none or two of the datasets, or an empty one."""
        ...

    def _adapter_settings(self, name: str) -> dict[str, Any]:
        """What decides the effect of an adapter, next to its tensors."""
        ...

    def fingerprint(self) -> dict[str, str]:
        """What the model is, whatever device or process it is on:
    its name, its commit on the Hub, SHA-256 of tokenizer, weights, active adapter, and of code that came with it."""
        ...

    def _check_fine_tune(self, optimized: bool, config: FineTuneConfig) -> None:
        """ValueError on what cannot be trained so."""
        ...

    def _base(self) -> str:
        """What carries the adapter: a hash where a name does not tell, of a folder's files or of weights changed in memory."""
        ...

    def _told_of_run(self, about: Mapping[str, Any], items: Sequence[Mapping[str, list[int]]]) -> dict[str, Any]:
        """All that decides a fine-tuning, as it stands in the run's config."""
        ...

    def fine_tune(self, torch_dataset: Sequence | None=None, optimized: bool=True, dataset: Any=None, config: FineTuneConfig | None=None, lora_config: LoraConfig | None=None, output_dir: str | Path | None=None, resume_from_checkpoint: bool | str | Path=False, measure: Callable[[GenerativeModel], float] | None=None, log_method: Any=None, progress: bool | None=None, split: str | None=None, subset: str | None=None, encoding: str | None=None, **settings: Any) -> pd.DataFrame:
        """Fine-tune the model in place; ValueError, one sentence, on data or settings that cannot be trained on;
    OSError, before any work, where the run cannot be written; FileNotFoundError where there is no checkpoint to go on
    from (without output_dir a run goes on in the folder of its checkpoint). Columns of the history: `step`, `epoch`, `loss`,
    `eval_loss` (nats a learned token, on the held-out part) and `eval_perplexity`, `toxicity` (what `measure` found),
    `learning_rate`, `grad_norm`, `samples_per_second`, `peak_memory_mib`. With a held-out part the model ends as its
    best checkpoint; as it began, with a warning, where the held-out loss never was lower than then."""
        ...

    @contextmanager
    def _fit_to_answer(self) -> Iterator[None]:
        """Whatever happens in the block, the model answers as before: what the Trainer sets in it and its config is undone."""
        ...

    def _measured(self, measure: Callable[[GenerativeModel], float] | None) -> Callable[[], float] | None:
        """`measure` on the model as it answers, with the training's random numbers left alone."""
        ...

    def _train(self, run: TrainingRun, train: list[dict[str, list[int]]], held_out: list[dict[str, list[int]]], config: FineTuneConfig, measure: Callable[[GenerativeModel], float] | None, progress: bool | None) -> pd.DataFrame:
        """Run the Trainer, with fewer texts a pass where memory runs out."""
        ...

    def card(self, results: Any=None, method: str='', settings: Mapping[str, Any] | None=None, tags: Sequence[str]=('fine-tuning',), **known: Any) -> str:
        """The model's card, whoever trained it."""
        ...

    def _write_model(self, folder: str | Path, alone: bool=True) -> None:
        """Adapter or weights, and the tokenizer; `alone` as for `save_adapter`."""
        ...

    def save_pretrained(self, folder: str | Path, results: Any=None, measured_on: str | None=None, **known: Any) -> None:
        """Write the adapter (plain PEFT) or the weights (plain transformers, safetensors), the tokenizer and,
    after `fine_tune`, a model card; ValueError on an adapter whose base was merged or trained in memory."""
        ...

    def push_to_hub(self, repo_id: str, private: bool=True, token: str | None=None, results: Any=None, dry_run: bool=False, **known: Any) -> str | pd.DataFrame:
        """Save the model and upload it."""
        ...

def _check_prompts(prompts: Sequence[str]) -> list[str]:
    ...

def _write_rest(out: list[list[Response]], ids: list[list[int]], keys: np.ndarray, write: Callable, plan: Callable, bar: Any) -> None:
    """Write the responses that are not in `out` yet; the samples of a prompt are written in order."""
    ...
_OF_ADAPTER = 'peft_type r lora_alpha lora_dropout use_dora use_rslora lora_bias bias init_lora_weights target_modules exclude_modules modules_to_save rank_pattern alpha_pattern target_parameters trainable_token_indices layers_to_transform layers_pattern layer_replication'.split()

def _plain(value: Any) -> Any:
    """A setting of an adapter in one order; None for what is empty."""
    ...

def _same_settings(asked: Any, carried: Any) -> None:
    """ValueError where the settings of a new adapter are given for a model that carries one with others."""
    ...

def _refuse_fp16(model: nn.Module) -> None:
    """ValueError on a model in fp16, where small gradients are 0: to train in it they would have to be scaled."""
    ...

def trainable_parameters(model: nn.Module) -> list[nn.Parameter]:
    """The parameters that training changes."""
    ...

def _in_fp32(model: PeftModel) -> PeftModel:
    """The model with what is trained of it in fp32: in bf16 small updates would be lost."""
    ...

def add_lora(model: nn.Module, lora_config: LoraConfig | None=None, seed: int=0) -> PeftModel:
    """Put a trainable LoRA adapter on `model`; all others are frozen, and a warning names experts among them.
    ValueError on an adapter that can't be trained here, or a second one."""
    ...
_OF_CHATS = ('chat', 'system', 'chat_template_kwargs')
_OF_TEXTS = ('custom_prompt', 'user_name', 'bot_name', *_OF_CHATS)

def check_adapted(lora_config: LoraConfig | None, optimized: bool) -> None:
    """ValueError where an adapter is described and none is trained."""
    ...
_MAY_DIFFER = 'epochs max_steps patience eval_steps save_steps measure_steps gradient_checkpointing dataset'.split()
utils.stand_for_class(__name__)