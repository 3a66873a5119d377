"""TRL's own trainers behind the same model, the same reward and the same history."""
from __future__ import annotations
import copy
import dataclasses
import inspect
import json
import math
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal
import datasets
import numpy as np
import pandas as pd
import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from fastcore.basics import patch
from torch import nn
from transformers import GenerationConfig, PrinterCallback, StoppingCriteriaList, StopStringCriteria, TrainerCallback, TrainerState
from ..adapters import copy_adapter, is_peft, load_weights
from ..decoding import Sampling, inner_model, positions, right_pad
from ..generation import NewText, answer_texts, ends_of, needs_transformers
from ..RewardModel import RewardError, RewardManager
from .guards import health, special_inside, special_token_ids
from .ppo import PPOConfig, checkpointed_layers
from ...text import split_reasoning
from ...utils.general_utils import kept_random_state, package, read_csv, write_csv, write_text
from ...utils.runs import peak_memory
__all__ = ['TOLD_HERE', 'COLUMN', 'check_trl', 'steps_per_update', 'trl_arguments', 'noted_settings', 'cut_at_ends', 'of_all_processes', 'TRLReward', 'run_trl']

@contextmanager
def _their_warnings() -> Iterator[None]:
    """Deprecations inside transformers, TRL and PEFT are their own affair."""
    ...
_OF_PPO_ALONE = 'kl_target kl_horizon kl_estimator early_stop_kl missing_eos_penalty special_token_penalty gamma lam advantage num_generations value_clip_range vf_coef anchor_coef whiten_advantages rollout_bs'.split()
_SAME_NAME = 'lr_scheduler_type weight_decay adam_beta1 adam_beta2 adam_epsilon max_grad_norm gradient_checkpointing seed'.split()
_PURE = {'top_p': 1.0, 'top_k': 0, 'min_p': None, 'repetition_penalty': 1.0}
_OF_LENGTH = 'min_new_tokens do_sample max_new_tokens eos_token_id stop_strings'.split()
_OF_LENGTH += 'min_tokens presence_penalty frequency_penalty logit_bias stop'.split()
_STRATEGIES = {'logging_strategy': ('steps',), 'save_strategy': ('steps', 'no')}
_PURE_ALONE = "TRL's log-probabilities are those of pure samples, whose length and ends generation_config says; leave it out"
TOLD_HERE = {**{name: f"ppo_config's {name}" for name in _SAME_NAME}, 'learning_rate': "ppo_config's lr", 'warmup_steps': "ppo_config's warmup_ratio", 'warmup_ratio': "ppo_config's warmup_ratio", 'activation_checkpointing': "ppo_config's gradient_checkpointing", 'per_device_train_batch_size': "ppo_config's mini_bs", 'gradient_accumulation_steps': "ppo_config's gradient_acc_steps", 'generation_batch_size': "ppo_config's bs", 'steps_per_generation': "ppo_config's bs", 'num_iterations': "ppo_config's ppo_epochs", 'epsilon': "ppo_config's clip_range", 'beta': "ppo_config's kl_coef", 'max_steps': 'updates', 'num_train_epochs': 'updates', 'temperature': "generation_config's temperature", 'max_completion_length': "generation_config's max_new_tokens"}

def check_trl(kind: str, config: PPOConfig, sampling: Sampling, num_generations: int, more: Mapping[str, Any], processes: int=1) -> int:
    """ValueError on what TRL would leave out, or get wrong, without a word."""
    ...

def steps_per_update(config: PPOConfig, processes: int=1) -> int:
    """Optimiser steps that TRL makes on one batch of responses; ValueError where the sizes do not divide."""
    ...

def trl_arguments(kind: Literal['GRPO', 'RLOO'], config: PPOConfig, sampling: Sampling, updates: int, num_generations: int, output_dir: str | Path, processes: int=1, **more: Any) -> Any:
    """TRL's config; ValueError on what it does not have or could not do right."""
    ...
_NO_NUMBERS = (*('save_', 'log_', 'logging_', 'report_to', 'run_name', 'disable_tqdm', 'num_completions_to_print'), *('push_to_hub', 'hub_', 'dataloader_', 'ddp_', 'vllm_gpu_memory_utilization', 'vllm_server_'))

def noted_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """TRL's settings as a run records them: those that decide a number."""
    ...
COLUMN = 'column '

def cut_at_ends(rows: Sequence[Sequence[int]], eos_token_ids: Sequence[int], stop: StopStringCriteria | None=None) -> tuple[list[list[int]], list[str]]:
    """Responses up to where they end, that end included, and why they do."""
    ...

def of_all_processes(values: dict[str, np.ndarray] | RewardError, *texts_and_counts: Any) -> tuple[dict, list[str], list[str], np.ndarray, slice]:
    """Values, prompts, responses and counts of all processes, and where this one's are among them;
    raises what went wrong in any of them."""
    ...

class TRLReward:
    """A `RewardManager` as TRL's reward function."""
    __name__ = 'reward'

    def __init__(self, manager: RewardManager, tokenizer: Any=None, eos_token_ids: Sequence[int]=(), stops: Sequence[str]=(), markers: Sequence[str]=()):
        ...

    def taken(self) -> dict[str, float]:
        """Means over the batches since the last call; `samples` is the sum."""
        ...

    def _told(self, completion_ids: Sequence[Sequence[int]], further: dict[str, Any]) -> dict[str, list]:
        """What the terms may ask for by name."""
        ...

    def __call__(self, prompts: list[str], completions: list[str], completion_ids: Sequence[Sequence[int]]=(), input_ids: list[list[int]] | None=None, prompt_text: list[str] | None=None, **further: Any) -> list[float]:
        ...
_COLUMNS = {'reward': 'reward', 'reward_std': 'reward_std', 'kl': 'kl_token', 'entropy': 'entropy', 'completions/mean_length': 'response_length', 'clip_ratio/region_mean': 'clip_fraction', 'loss': 'policy_loss', 'grad_norm': 'grad_norm', 'learning_rate': 'learning_rate'}
_MOMENTS = 'reward_moments.json'

def _taken_up(checkpoint: Path, reward: TRLReward, arguments: Any, steps: int) -> tuple[pd.DataFrame, bool]:
    """History up to a checkpoint of TRL's, whose reward's moments are taken up; and whether nothing is left to do."""
    ...

class _History(TrainerCallback):
    """One row an update, from TRL's logs and the reward's memory, on disk at once;
    keeps the reward's moments with each checkpoint; moves the progress bar."""

    def __init__(self, reward: TRLReward, steps: int, bar: Any, rows: pd.DataFrame, tell: Callable, measure: Callable[[int, bool], float] | None=None):
        ...

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        ...

    def on_log(self, args: Any, state: Any, control: Any, logs: dict | None=None, **kwargs: Any) -> None:
        ...

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        ...

@contextmanager
def _without_dropout(model: nn.Module) -> Iterator[None]:
    """Inside the block no part of the model is in training mode, whoever asks for it,
    so that the policy that learns is the one that wrote."""
    ...

@contextmanager
def _left_as_found(model: nn.Module) -> Iterator[None]:
    """Afterwards nothing of TRL's is on the model:
    no copy of the adapter as reference, no other forward, no other settings."""
    ...

@contextmanager
def _counted_positions(model: nn.Module) -> Iterator[None]:
    """Inside the block positions count from the first real token of a row also in TRL's losses,
    which leave them to the model (GPT-2 counts padding)."""
    ...

def _trainer_class(kind: Literal['GRPO', 'RLOO']) -> type:
    """TRL's trainer, fed with token ids."""
    ...

@contextmanager
def _writing(model: nn.Module, stop: StopStringCriteria | None) -> Iterator[None]:
    """Inside the block transformers' `generate` draws as it is told alone (what it is not told it would take from the
    model's own settings), ends a row at a stop string, too, and fills up with padding."""
    ...

@contextmanager
def _precise(model: nn.Module) -> Iterator[None]:
    """Inside the block a trainer may be made, which casts what is trained on a quantised base; it stays as it was."""
    ...

@contextmanager
def _reference(trainer: type, model: nn.Module) -> Iterator[None]:
    """Inside the block a trainer that is made takes a copy of `model` where TRL would load its reference by name."""
    ...

def run_trl(kind: Literal['GRPO', 'RLOO'], model: nn.Module, tokenizer: Any, reward: TRLReward, arguments: Any, dataset: datasets.Dataset, eos_token_ids: tuple[int, ...], steps: int, bar: Any, checkpoint: Path | None=None, tell: Callable[[int, dict[str, Any], Any], object]=lambda *update: None, measure: Callable[[int, bool], float] | None=None, reference: str | None='default') -> pd.DataFrame:
    """Train with TRL's trainer; the user's global random numbers go on as if nothing had happened."""
    ...