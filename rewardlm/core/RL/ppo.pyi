"""Proximal policy optimisation of a language model against a reward on whole responses: rollout, KL-shaped reward, GAE, clipped losses, update."""
from __future__ import annotations
import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, Literal, NamedTuple
import torch
from accelerate import Accelerator
from fastcore.basics import patch
from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import ArgsKwargs
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import StopStringCriteria
from transformers.pytorch_utils import Conv1D
from ..adapters import bf16_products, freeze_copy, is_peft, using_adapter
from ..decoding import Sampling, decode, decodes, left_pad, right_pad, split_lm, token_logprobs
from ..GenerativeModel import trainable_parameters
from ...utils.general_utils import document
from ...utils.runs import checked_config, halving
__all__ = ['IMPORTANCE_CAP', 'LOGPROB_TOLERANCE', 'PPOConfig', 'make_config', 'lr_course', 'kl_k1', 'kl_k3', 'next_kl_coef', 'shaped_rewards', 'gae', 'group_advantages', 'prompt_groups', 'masked_mean', 'masked_whiten', 'policy_loss', 'value_loss', 'importance_weights', 'Rollout', 'join_rollouts', 'Policy', 'joined_rows', 'passes', 'portions', 'needs_logprobs', 'step_rows', 'unfinished', 'finish_reasons', 'with_advantages', 'StepStats', 'checkpointed_layers']

@dataclass(config=ConfigDict(extra='forbid'), kw_only=True)
class PPOConfig:
    """Settings of PPO. Each field says what it is; pydantic checks the ranges."""
    lr: float | None = Field(default=None, gt=0, description='learning rate of AdamW; None is 1e-4 for LoRA (1e-3 moves SmolLM2 by 1.1 nats a token at once) and 1e-5 for all weights')
    lr_scheduler_type: Literal['constant', 'linear', 'cosine', 'constant_with_warmup'] = Field(default='constant', description='course of lr over the updates')
    warmup_ratio: float = Field(default=0.0, ge=0, lt=1, description="share of the updates in which lr rises from 0; not with 'constant'")
    weight_decay: float = Field(default=0.0, ge=0, description="AdamW's")
    adam_beta1: float = Field(default=0.9, ge=0, lt=1, description="AdamW's decay of the mean gradient")
    adam_beta2: float = Field(default=0.999, ge=0, lt=1, description="AdamW's decay of the squared gradient")
    adam_epsilon: float = Field(default=1e-08, gt=0, description="AdamW's")
    bs: int = Field(default=256, ge=1, description='responses (rollouts) an update, over all processes')
    mini_bs: int = Field(default=16, ge=1, description='responses in one pass, at most bs; halved where memory runs out, an optimiser step stays')
    gradient_acc_steps: int = Field(default=1, ge=1, description='an optimiser step is taken on mini_bs times this many responses, over all processes')
    rollout_bs: int = Field(default=128, ge=1, description='responses written at once; halved where memory runs out')
    ppo_epochs: int = Field(default=4, ge=1, description="passes over an update's responses")
    kl_coef: float = Field(default=0.05, ge=0, description='price of one nat of KL to the reference, in units of reward; with kl_target its start; at 0, and with no guard on the KL, the reference is not asked about responses')
    kl_target: float | None = Field(default=None, gt=0, description='nats a response that kl_coef is steered to; None: kl_coef stays')
    kl_horizon: int = Field(default=10000, ge=1, description='responses in which a KL of twice the target, or none, moves kl_coef by a fifth')
    kl_estimator: Literal['k1', 'k3'] = Field(default='k1', description='what a token pays: k1 is unbiased also in its gradient, k3 less noisy and never a gain')
    early_stop_kl: float | None = Field(default=None, gt=0, lt=16, description="nats a token (k3 of ratios cut at 3 nats, now against when written) at which an update's rest is left out; one of a single optimiser step has none")
    missing_eos_penalty: float | None = Field(default=None, ge=0, description='taken from the reward of a response that did not end by itself')
    special_token_penalty: float | None = Field(default=None, ge=0, description='taken from the reward for each special token inside a response, which no term sees')
    gamma: float = Field(default=1.0, ge=0, le=1, description='discount; 1 since only the end of a response is rewarded')
    lam: float = Field(default=0.95, ge=0, le=1, description='lambda of generalised advantage estimation; nearer to 1 for responses of hundreds of tokens')
    advantage: Literal['gae', 'group'] = Field(default='gae', description="what a response is compared with: 'gae' the value head's expectation, 'group' the other responses to its prompt")
    num_generations: int = Field(default=1, ge=1, description="responses a prompt in an update; divides bs; 2 or more with advantage='group'")
    clip_range: float = Field(default=0.2, gt=0, description="the policy's probability ratio is clipped to 1 +- this")
    importance_cap: float | None = Field(default=None, ge=1, description="an engine's token weighs its probability here over that there, at most this; None is 2")
    value_clip_range: float = Field(default=0.2, gt=0, description='a new value is clipped to the old one +- this')
    vf_coef: float = Field(default=0.1, ge=0, description='weight of the value loss')
    anchor_coef: float | None = Field(default=None, gt=0, description='weight of the anchor, texts that are to stay as likely as the reference finds them; None is 1')
    max_grad_norm: float = Field(default=1.0, gt=0, description="the gradient's norm is clipped to this")
    whiten_advantages: bool = Field(default=True, description="give advantages mean 0 and variance 1 over an update's tokens; of groups variance 1 about 0")
    gradient_checkpointing: bool = Field(default=False, description='recompute each layer in the backward pass: less memory, a third more time')
    seed: int = Field(default=0, ge=0, description='order of the data and draws of the rollouts')

    @model_validator(mode='before')
    @classmethod
    def _small_bs(cls, arguments: ArgsKwargs | dict[str, Any] | PPOConfig) -> Any:
        """The default mini_bs shrinks to a small bs; one that was asked for does not."""
        ...

    @model_validator(mode='after')
    def _consistent(self) -> PPOConfig:
        ...

def make_config(base: PPOConfig | None=None, **fields: Any) -> PPOConfig:
    """A checked `PPOConfig`; ValueError, one sentence, on an unknown field or a value out of range."""
    ...

def lr_course(config: PPOConfig, updates: int) -> Callable[[int], float]:
    """How `lr` changes over a run."""
    ...

def kl_k1(logprobs: Tensor, ref_logprobs: Tensor) -> Tensor:
    """Unbiased per-token estimate of KL(policy || reference); single values may be negative."""
    ...

def kl_k3(logprobs: Tensor, ref_logprobs: Tensor) -> Tensor:
    """Unbiased per-token estimate of KL(policy || reference) that is never negative."""
    ...

def next_kl_coef(kl_coef: float, kl: float, responses: int, config: PPOConfig) -> float:
    """The adaptive KL controller; without `kl_target` the price stays."""
    ...

def shaped_rewards(scores: Tensor, logprobs: Tensor, ref_logprobs: Tensor | None, mask: Tensor, kl_coef: float, estimator: Literal['k1', 'k3']='k1') -> Tensor:
    """Per-token reward: minus the KL price, plus the score at the last token (Ziegler et al. 2019, eq. 2)."""
    ...

def gae(rewards: Tensor, values: Tensor, mask: Tensor, gamma: float=1.0, lam: float=0.95) -> tuple[Tensor, Tensor]:
    """Generalised advantage estimation (Schulman et al. 2016, eq. 16)."""
    ...

def group_advantages(totals: Tensor, groups: Tensor) -> Tensor:
    """Each response's reward less the mean of the others to the same prompt (RLOO; Ahmadian et al. 2024)."""
    ...

def prompt_groups(prompts: Tensor, mask: Tensor) -> Tensor:
    """Which responses answer the same prompt."""
    ...

def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Mean of `x` where `mask` is true."""
    ...

def masked_whiten(x: Tensor, mask: Tensor) -> Tensor:
    """Shift and scale to mean 0 and (unbiased) variance 1 over the real entries."""
    ...

def policy_loss(logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, clip_range: float=0.2) -> tuple[Tensor, Tensor]:
    """Clipped surrogate objective of PPO, negated and summed (Schulman et al. 2017, eq. 7)."""
    ...

def value_loss(values: Tensor, old_values: Tensor, returns: Tensor, clip_range: float=0.2) -> Tensor:
    """Half the squared error, clipped around the old values, summed."""
    ...
IMPORTANCE_CAP = 2.0

def importance_weights(logprobs: Tensor, drawn_logprobs: Tensor, cap: float | None=None) -> Tensor:
    """Truncated importance weights of tokens that an engine drew (Yao et al. 2025)."""
    ...

class Rollout(NamedTuple):
    """Responses of the policy with what is known of each token."""
    prompts: Tensor
    prompt_mask: Tensor
    tokens: Tensor
    mask: Tensor
    logprobs: Tensor
    values: Tensor
    ref_logprobs: Tensor | None = None
    advantages: Tensor | None = None
    returns: Tensor | None = None
    stopped: Tensor | None = None
    drawn_logprobs: Tensor | None = None

    def rows(self, index: Tensor) -> Rollout:
        """The rows `index`, without the columns that are padding in all of them."""
        ...

def join_rollouts(parts: list[Rollout]) -> Rollout:
    """One rollout with the rows of all `parts`."""
    ...

def _hold_products(model: nn.Module) -> None:
    """Hold in bfloat16 what autocast makes of linear layers in each pass; not a head that is the embedding, too."""
    ...

class Policy(nn.Module):
    """A causal LM with a value head, and the reference it started from."""

    def __init__(self, model: nn.Module, sampling: Sampling, from_adapter: bool=False, bf16: bool=False):
        ...

    def train(self, mode: bool=True) -> Policy:
        """Dropout stays off: the policy that learns is the policy that wrote."""
        ...

    def _hidden(self, parts: Any, batch: Rollout) -> Tensor:
        """Hidden states (N, H) that the real response tokens are predicted from."""
        ...

    def _logprobs(self, parts: Any, hidden: Tensor, batch: Rollout, plain: bool=False) -> Tensor:
        """Log-probabilities (N,) of the real response tokens under the distribution they were drawn from, or the model's own."""
        ...

    def value(self, hidden: Tensor) -> Tensor:
        """What the value head expects of hidden states (N, H): the return, from there on."""
        ...

    def evaluate(self, batch: Rollout, plain: bool=False) -> tuple[Tensor, Tensor]:
        """A fresh forward pass over responses."""
        ...

    @torch.no_grad()
    def reference_logprobs(self, batch: Rollout, plain: bool=False) -> Tensor:
        """Log-probabilities of the real tokens under the model as it was before training."""
        ...

    @torch.no_grad()
    def write(self, prompts: Sequence[Sequence[int]], uniforms: Tensor, batch_size: int=128) -> Rollout:
        """Draw one response a prompt."""
        ...

    def _referred(self, rollout: Rollout, batches: list[Tensor], plain: bool=False) -> Rollout:
        """Add what the reference says of each token, in those passes."""
        ...

    @torch.no_grad()
    def complete(self, rollout: Rollout, mini_bs: int, refer: bool=True, recompute: bool=True) -> tuple[Rollout, float]:
        """Add what the reference says, and check the rollout's log-probabilities on a sample of rows;
    where they are off, recompute all."""
        ...

    def start_value(self, rollout: Rollout, scores: Tensor, config: PPOConfig, kl_coef: float | None=None) -> Rollout:
        """Start a value head that is still all zeros at the mean return over the tokens of a batch;
    one that has learned, or that nobody asks, is left alone."""
        ...

    def anchored(self, texts: Sequence[Sequence[int]], mini_bs: int) -> Rollout:
        """Texts as an anchor. ValueError on one that is too short to predict anything."""
        ...

    def _pull(self, anchor: Rollout, coef: float, size: int, accelerator: Accelerator | None) -> Tensor:
        """Accumulate the gradient of this process's share of an anchor; half the mean squared change of its log-probabilities."""
        ...

    def _gradients(self, rollout: Rollout, rows: Tensor, config: PPOConfig, size: int, accelerator: Accelerator | None, anchor: Rollout | None) -> Tensor:
        """Accumulate the gradients of this process's share of a step; sums of losses, clipped tokens, ratios and KL; the anchor's."""
        ...

    def optimise(self, rollout: Rollout, rows: Tensor, optimizer: torch.optim.Optimizer, config: PPOConfig, size: int, accelerator: Accelerator | None=None, anchor: Rollout | None=None) -> tuple[StepStats, int]:
        """One optimiser step on the clipped losses, averaged over all real tokens of the step.
    MemoryError where one response does not fit."""
        ...

    def update(self, rollout: Rollout, optimizer: torch.optim.Optimizer, config: PPOConfig, generator: torch.Generator, size: int | None=None, accelerator: Accelerator | None=None, anchor: Rollout | None=None) -> tuple[list[StepStats], int]:
        """`ppo_epochs` passes over a rollout, or fewer where a step was not taken."""
        ...

def joined_rows(batch: Rollout) -> tuple[Tensor, Tensor]:
    """Each row's response right behind its prompt, padded on the right, where no real token looks."""
    ...

def _batches(lengths: Tensor, size: int) -> list[Tensor]:
    """Row numbers in batches of `size`, longest first."""
    ...

def _fill(mask: Tensor, values: Tensor) -> Tensor:
    """Put values (N,) of the real tokens at their places (B, T)."""
    ...

def _last_token(mask: Tensor, rows: Sequence[bool]) -> Tensor:
    """True on the last real token of those rows, which all have one."""
    ...

def _pass_cost(device: torch.device) -> int:
    """What a forward and backward pass costs besides its tokens, in tokens: launches above all."""
    ...

def passes(lengths: Sequence[int], size: int, cost: int) -> list[list[int]]:
    """Rows in passes of like length, such that computed tokens (padding counted) and passes together cost the least."""
    ...

def _lengths(rollout: Rollout) -> Tensor:
    ...

def _passes(rollout: Rollout, rows: Tensor, size: int) -> list[Tensor]:
    """Those rows of a rollout in passes of at most `size`, as row numbers."""
    ...
LOGPROB_TOLERANCE = 0.001

def portions(count: int, size: int) -> list[int]:
    """Portions of `size`; a rest of less than half of one joins the last,
    for a full step on few responses would be mostly noise."""
    ...

def needs_logprobs(count: int, config: PPOConfig) -> bool:
    """Whether anything asks for the log-probabilities of a rollout: a price of the KL, or a second optimiser step.
    In the first the policy is still the one that wrote, its ratio 1 whatever it is."""
    ...

def step_rows(count: int, config: PPOConfig, generator: torch.Generator) -> list[Tensor]:
    """Deal the responses to optimiser steps at random."""
    ...

def unfinished(rollout: Rollout, eos_token_ids: Sequence[int]) -> Tensor:
    """Which responses did not end by themselves, at EOS or a stop string."""
    ...

def finish_reasons(rollout: Rollout, eos_token_ids: Sequence[int]) -> list[str]:
    """Why each response ended."""
    ...

def with_advantages(rollout: Rollout, scores: Tensor, config: PPOConfig, kl_coef: float | None=None) -> Rollout:
    """Add advantages (whitened if so set, and weighted where an engine drew) and returns;
    0 and the values themselves where there is nothing to tell tokens apart by."""
    ...

def _some_rows(anchor: Rollout, count: int, generator: torch.Generator) -> Rollout:
    """So many of the texts, or all, at random."""
    ...
_FAR = 3.0

def _moved(old: Tensor, logprobs: Tensor) -> Tensor:
    """Sum of k3 over tokens, log-ratios cut at `_FAR` either way, so that a token counts 16.1 at most."""
    ...

class StepStats(NamedTuple):
    """What happened in an optimiser step; sums are over its tokens."""
    tokens: int
    policy_loss: float
    value_loss: float
    clipped: int
    ratio: float
    kl: float
    grad_norm: float
    stopped: str = ''
    anchor: float = 0.0
_SUMMED = 1 << 25

def _buckets(parameters: list[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Parameters in their order, so many together that `_SUMMED` is reached."""
    ...

def _sum_gradients(parameters: list[nn.Parameter], accelerator: Accelerator | None) -> None:
    """Gradients summed over processes; a parameter without one has 0."""
    ...

@contextmanager
def checkpointed_layers(model: nn.Module) -> Iterator[None]:
    """Inside the block the model's layers keep no activations for the backward pass.
    ValueError where the model has no such layers."""
    ...

def _first_step(optimizer: torch.optim.Optimizer) -> None:
    """The step that makes the moments; where memory runs out, those it had begun to make are forgotten,
    so that it can be tried again."""
    ...
document(__name__)