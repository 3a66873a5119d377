"""Reinforcement learning from automatic feedback: PPO on a language model, rewarded by a toxicity classifier and whatever else counts."""
from __future__ import annotations
import hashlib
import json
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
import numpy as np
import pandas as pd
import torch
import yaml
from accelerate.utils import gather_object
from fastcore.basics import patch
from torch import nn
from transformers import GenerationConfig, PreTrainedTokenizerBase, StopStringCriteria
from rewardlm.core.adapters import bf16_products, config_of, is_peft, mark_changed, merge_adapter
from ..decoding import Sampling, inner_model, to_device, untouched
from ..finetuning import is_whole, steps_done
from ..generation import answer_texts, as_generation_config, stops_of
from rewardlm.core.GenerativeModel import FP16_MEASURES, GenerativeModel, add_lora, check_adapted, check_half, needs_transformers, ready_pair, sampling_of, trainable_parameters
from ..GuardModel import refuse_own_judge
from ..RewardModel import RewardError, RewardManager, RewardModel, as_classifier
from . import ppo
from rewardlm.core.RL.checkpoints import Share, as_begun, in_company, join_shares, keep_training, leave_company, load_training, lora_facts, refuse_sharding, save_training
from .guards import Guards, RunStopped, alarm, health, special_inside, special_token_ids
from .history import Experience, paid_scores, rollout_facts, sample_rows, step_facts
from rewardlm.core.RL.ppo import Policy, PPOConfig, Rollout, finish_reasons, joined_rows, lr_course, make_config, needs_logprobs, portions, with_advantages
from .rollout_engines import RolloutEngine, RolloutError, draw, drawn_rollout
from rewardlm.core.RL.run_prompts import OF_PROMPTS, as_dataset, asked_with, data_facts, make_dataset, next_prompts, role_markers, told_columns
from ...data.CustomDatasets import with_ends
from ...data.prompts import CHATS, read_prompts
from ...text import encodable, split_reasoning
from ...utils import general_utils as utils
from rewardlm.utils.general_utils import formerly, get_accelerator, keyed_uniforms, resolve_model_id, row_keys, write_text
from ...utils.loading import check_token_ids, loaded_from, tensors_hash
from ...utils.runs import TrainingRun, halving, on_main, peak_memory
from ...utils.sharing import push_written
from ...utils.trackers import Trackers
if TYPE_CHECKING:
    import datasets
    from peft import LoraConfig
__all__ = ['TIMING', 'rollout_sampling', 'RLModel', 'asked_with', 'Experience', 'lora_facts', 'save_training', 'load_training', 'leave_company', 'refuse_sharding']

def rollout_sampling(config: GenerationConfig | None, eos_token_ids: Sequence[int], argument: str='generation_config') -> Sampling:
    """How rollouts are drawn; ValueError, with the reason, on settings under which the log-probabilities would be wrong."""
    ...

def _usual_dtype(optimized: bool, device: torch.device) -> str:
    """bf16 for LoRA on a card that computes it itself, 8-bit on an older one; fp32 on a CPU, and for all weights."""
    ...

class RLModel:
    """PPO on a causal language model with an automatic reward."""
    generator_manager: GenerativeModel
    reward_manager: RewardManager
    config: PPOConfig
    guards: Guards
    policy: Policy
    optimizer: torch.optim.Optimizer
    usual_lr: bool
    sizes: dict[str, int]
    accelerator: Any
    trackers: Trackers
    run: TrainingRun | None
    samples_seen: int
    optimized: bool
    began_as: str
    base: str
    engine: RolloutEngine | None
    dtype: str
    anchor: Rollout | None
    markers: list[str]
    own_stops: list[str]
    stop_strings: list[str]

    @formerly(model_id='model', reward_model_id='reward', reward_manager='reward')
    def __init__(self, model: str | nn.Module | tuple | GenerativeModel, reward: Any, optimized: bool=True, lr: float | None=None, mini_bs: int | None=None, bs: int | None=None, gradient_acc_steps: int | None=None, dtype: str | None=None, seed: int | None=None, log_method: Any=None, accelerator_kwargs: dict | None=None, generation_config: GenerationConfig | dict[str, Any] | None=None, ppo_config: PPOConfig | dict | None=None, lora_config: LoraConfig | None=None, toxic_label: str | int | None=None, guards: Guards | None=None, tokenizer: PreTrainedTokenizerBase | None=None, engine: RolloutEngine | None=None):
        ...

    @property
    def history(self) -> pd.DataFrame:
        """One row an update of the last run, and of those that it went on from."""
        ...

    @property
    def output_dir(self) -> Path | None:
        """Folder of the last run."""
        ...

    def __repr__(self) -> str:
        ...

    def _take(self, loaded: GenerativeModel) -> None:
        """Have a model that was loaded before where this run computes."""
        ...

    def _prepare(self, generation_config: GenerationConfig | None, lora_config: LoraConfig | None) -> None:
        """Put adapter and value head on the model and make the optimiser."""
        ...

    def _end_at(self, markers: Sequence[str]) -> None:
        """From here on rollouts end at these role markers, too."""
        ...

    def generate_dataset(self, text: Any, custom_prompt: str='{prompt}', chat: bool=False, system: str | None=None, chat_template_kwargs: Mapping[str, Any] | None=None, **source: Any) -> datasets.Dataset:
        """Prompts as `train_PPO` takes them (any `datasets.Dataset` with `prompt` and `input_ids` will do);
    raises as `make_dataset` does."""
        ...

    def texts_of(self, rollout: Rollout) -> list[str]:
        """What the responses of a rollout say behind their prompts, up to a stop string; nothing where one is the next turn."""
        ...

    def _read(self, rollout: Rollout, prompts: Sequence[str]) -> tuple[list[str], dict[str, list[Any]]]:
        """Answers of a rollout to prompts in their template, and what else the reward is told of each response."""
        ...

    def _written(self, input_ids: Sequence[Sequence[int]], keys: np.ndarray) -> Rollout:
        """One response a prompt, by the engine if there is one; values and reference come later."""
        ...

    def _silent(self) -> set[int]:
        """Tokens that no text shows: special ones, and those that the tokenizer does not have."""
        ...

    def collect(self, prompts: Sequence[str], input_ids: Sequence[Sequence[int]], update: int=0, texts: Sequence[str] | None=None, columns: Mapping[str, Sequence[Any]] | None=None) -> Experience:
        """Write one response a prompt and score it.
    RewardError, naming term and response, on one that could not be scored (unless masked); RolloutError on an
    engine that failed."""
        ...

    def _kl_coef(self) -> float:
        """Price of a nat in the next update; it follows from the last one."""
        ...

    def train_step(self, prompts: Sequence[str], input_ids: Sequence[Sequence[int]], update: int, texts: Sequence[str] | None=None, columns: Mapping[str, Sequence[Any]] | None=None) -> tuple[dict[str, Any], Experience]:
        """One update: write, score, learn."""
        ...

    def run_config(self, dataset: datasets.Dataset, samples: int) -> dict[str, Any]:
        """All that decides the numbers of a run."""
        ...

    def _new_run(self, method: str, output_dir: str | Path | None, resume: bool | str | Path) -> TrainingRun:
        """A run of this model. One of PPO goes on from the last; a last row without reward is an update to make again.
    OSError, before any work, where it cannot be written."""
        ...

    def _take_from(self, begun: Mapping[str, Any]) -> None:
        """What a run that goes on, as it noted its settings, has from older versions."""
        ...

    def _restore(self, run: TrainingRun, dataset: datasets.Dataset, samples: int, keep: int) -> _Goal:
        """Begin a run, or put everything back as it was at the checkpoint that it goes on from."""
        ...

    def _about(self) -> dict[str, Any]:
        """What is noted of a run besides what decides its numbers."""
        ...

    def _standing(self) -> dict[str, Any]:
        """Where the run stands, besides what is learned, in plain values."""
        ...

    def _stand(self, state: Mapping[str, Any]) -> None:
        """Stand there again."""
        ...

    def _save(self, goal: _Goal, folder: Path) -> dict[str, Any]:
        """Write what is learned into a folder; where the run stands."""
        ...

    def _kept(self, run: TrainingRun) -> Callable[[], None]:
        """Copy what stands behind a whole update."""
        ...

    def _measured(self, measure: Callable[[GenerativeModel], float], update: int, every: int, last: bool) -> float:
        """What the measure finds after an update, if it is due, else NaN. All processes ask; the first one's answer counts."""
        ...

    def _anchor_of(self, texts: Any) -> Rollout | None:
        """Texts as an anchor; raises as `read_prompts` does, and ValueError on `anchor_coef` without texts, and on chats."""
        ...

    def train_PPO(self, dataset: datasets.Dataset | Sequence[str], epochs: float=1.0, updates: int | None=None, output_dir: str | Path | None=None, resume_from_checkpoint: bool | str | Path=False, save_steps: int=10, save_total_limit: int=2, sample_steps: int=10, progress: bool | None=None, measure: Callable[[GenerativeModel], float] | None=None, measure_steps: int=10, anchor: Any=None) -> pd.DataFrame:
        """Reward the model with PPO, in place. A second call goes on from the first. What `measure` finds stands in the
    history as `measured`; of the checkpoints the one with the lowest is kept, without it the one with the best `objective`.
    RunStopped on an alarm of the guards, a response that cannot be scored, an engine or another process that failed;
    OSError, before any work, where the run cannot be written."""
        ...

    def train_GRPO(self, dataset: datasets.Dataset | Sequence[str], updates: int | None=None, num_generations: int=8, output_dir: str | Path | None=None, resume_from_checkpoint: bool | str | Path=False, progress: bool | None=None, measure: Callable[[GenerativeModel], float] | None=None, measure_steps: int=10, **trl_settings: Any) -> pd.DataFrame:
        """Reward the model with GRPO (Shao et al. 2024) by TRL's trainer, in place.
    ValueError on settings that TRL could not carry out rightly."""
        ...

    def train_RLOO(self, dataset: datasets.Dataset | Sequence[str], updates: int | None=None, num_generations: int=8, output_dir: str | Path | None=None, resume_from_checkpoint: bool | str | Path=False, progress: bool | None=None, measure: Callable[[GenerativeModel], float] | None=None, measure_steps: int=10, **trl_settings: Any) -> pd.DataFrame:
        """Reward the model with RLOO (Ahmadian et al. 2024) by TRL's trainer, in place.
    ValueError on settings that TRL could not carry out rightly."""
        ...

    def _train_trl(self, kind: Literal['GRPO', 'RLOO'], dataset: datasets.Dataset, updates: int | None, num_generations: int, output_dir: str | Path | None, resume: bool | str | Path, progress: bool | None, measure: Callable[[GenerativeModel], float] | None, measure_steps: int, settings: dict[str, Any]) -> pd.DataFrame:
        """Reward the model by one of TRL's trainers."""
        ...

    def card(self, results: Any=None, **known: Any) -> str:
        """The model card of the run so far."""
        ...

    def save_pretrained(self, folder: str | Path, results: Any=None, measured_on: str | None=None, **known: Any) -> None:
        """Write the rewarded model: the adapter (plain PEFT) or the weights, the tokenizer, and a model card."""
        ...

    def push_generator_to_hub(self, repo_id: str, private: bool=True, results: Any=None, token: str | None=None, dry_run: bool=False, **known: Any) -> str | pd.DataFrame:
        """Upload what `save_pretrained` writes."""
        ...

def _check_adapter(model: Any) -> None:
    """ValueError where the model with a fresh adapter is not the model without it, which is PPO's reference."""
    ...

def _adapter_hash(manager: GenerativeModel) -> str:
    """SHA-256 of the adapter that a model carries, and of its settings."""
    ...

def _check_arguments(model: str | nn.Module, reward: Any, optimized: bool, dtype: str | None, toxic_label: str | int | None, config: PPOConfig, sampling: Sampling, stops: Sequence[str]) -> None:
    """ValueError, before anything is loaded, on a name that leads nowhere or on what cannot be meant."""
    ...

def _check_engine(engine: Any, optimized: bool, config: PPOConfig) -> None:
    """ValueError on an engine that could not follow what is learned, or on a setting that has no effect without one."""
    ...

def _checked_stops(config: GenerationConfig | None) -> list[str]:
    """The stop strings of a config; ValueError on what can end nothing."""
    ...

def _checked_accelerator(accelerator_kwargs: dict | None) -> Any:
    """The accelerator, if the loop is right under it; ValueError otherwise."""
    ...

def _response_ids(rollout: Rollout) -> list[list[int]]:
    ...
TIMING = ('samples_per_second', 'seconds_rollout', 'seconds_reward', 'seconds_update', 'peak_memory_mib')

class _Goal(NamedTuple):
    """Where a call of `train_PPO` began, and how many responses it is to write from there.
    One that is resumed keeps the beginning and takes the new call's number."""
    first_update: int
    first_sample: int
    samples: int

def _at_least_one(**numbers: int | None) -> None:
    """ValueError on arguments that count something, and are below 1."""
    ...

def _response_count(config: PPOConfig, prompts: int, epochs: float, updates: int | None, **steps: int) -> int:
    """How many a run is to write; ValueError where that is none, and on an interval below 1."""
    ...
_all_ = ['asked_with', 'Experience', 'lora_facts', 'save_training', 'load_training', 'leave_company', 'refuse_sharding']
utils.stand_for_class(__name__)