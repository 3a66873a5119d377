"""A whole study in one file: measure, reward, fine-tune, measure again, compare; killed, it goes on."""
from __future__ import annotations
import copy
import difflib
import gc
import hashlib
import inspect
import json
import os
import platform
import re
import shutil
import subprocess
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, fields, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple
import datasets
import pandas as pd
import yaml
from accelerate import PartialState
from fastcore.basics import patch
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, WrapValidator, model_validator
from pydantic.dataclasses import dataclass
from .core.finetuning import FineTuneConfig
from .core.finetuning import is_whole as whole_trainer
from .core.generation import as_generation_config, stops_of
from .core.GenerativeModel import FP16_MEASURES, GenerativeModel
from .core.GuardModel import GuardModel
from .core.hybrid import hybrid, refusal_phrases
from rewardlm.core.RewardModel import RewardManager, RewardTerm, check_settings, harmlessness, is_guard, length_band, load_scorer, non_empty, non_repetition, same_script
from .core.RL.guards import Guards
from .core.RL.ppo import PPOConfig
from .core.RL.RLModel import RLModel, rollout_sampling
from .core.RL.trl_trainers import check_trl
from .data.CustomDatasets import text_columns
from .data.data_utils import neutral_texts
from .data.prompts import CHATS, NOTED, as_messages, read_examples, read_prompts
from .report import compare
from .serving import OpenAIEngine, VLLMEngine
from .table import read_table
from .text import PLACEHOLDER, as_chat, dialogue_chat, is_dialogue
from .ToxicityMeter import ToxicityMeter, find_protocol
from .utility import neutral_nll, with_nll
from rewardlm.utils.general_utils import atomic_folder, atomic_path, check_writable, document, get_accelerator, package, versions, write_text
from .utils.loading import folder_hash
from .utils.runs import checkpoints, first_difference, locked, on_main, read_run, write_yaml
from .utils.trackers import known_trackers
if TYPE_CHECKING:
    from rewardlm.comparison import Comparison
__all__ = ['NEUTRAL', 'PRESETS', 'engine_settings', 'load_engine', 'Source', 'Model', 'Measuring', 'Comparing', 'HeldOut', 'Rewarding', 'Tuning', 'Study', 'checked_study', 'with_changes', 'prompts_of', 'texts_of', 'examples_of', 'Stage', 'environment', 'Preset', 'preset_file']
_ENGINES: dict[str, Any] = {'openai': OpenAIEngine, 'vllm': VLLMEngine}
_SECRETS = ('api_key', 'token')

def _no_secret(place: str, settings: Iterable[str]) -> None:
    ...

def engine_settings(given: str | Mapping[str, Mapping[str, Any]] | None) -> tuple[str, dict[str, Any]]:
    """What a file says of an engine; ValueError on one that is not known, or that it does not take."""
    ...

def load_engine(model: str, engine: str | Mapping[str, Mapping[str, Any]], chat: bool=False) -> Any:
    """An engine; raises as `engine_settings` and the engines do."""
    ...
_STRICT = ConfigDict(extra='forbid')

def _short_for(name: str) -> BeforeValidator:
    """A bare text or list stands for that field alone."""
    ...

@dataclass(config=_STRICT, kw_only=True)
class Source:
    """Prompts or examples, as `read_prompts` and `fine_tune` read them."""
    source: str | list[Any] = Field(description='file, folder, known name, Hub id, or the texts or chats themselves')
    column: str | None = Field(default=None, description='of the prompts, where there are several')
    split: str | None = Field(default=None, description='of a dataset; of rewardlm/prompts a partition')
    subset: str | None = Field(default=None, description='configuration of a dataset')
    encoding: str | None = Field(default=None, description='of a text file; None: UTF-8')
    min_toxicity: float | None = Field(default=None, ge=0, le=1, description='of prompts with a column toxicity: those alone that are at least so toxic')
    limit: int | None = Field(default=None, ge=1, description='the first so many rows alone')

@dataclass(config=_STRICT, kw_only=True)
class Model:
    """A model, as `GenerativeModel` or an engine loads it."""
    model: str = Field(description='Hub id, folder or embedded name of a model or an adapter; or as its engine calls it')
    adapter: str | None = Field(default=None, description='adapter to put on it')
    dtype: Literal['fp32', 'bf16', 'fp16', '8-bit', '4-bit'] = Field(default='fp32', description='of its weights')
    revision: str | None = Field(default=None, description='branch, tag or commit on the Hub; None: the newest')
    trust_remote_code: bool | None = Field(default=None, description='run the code that comes with it; None: no')
    attn_implementation: str | None = Field(default=None, description="sdpa, eager, …; None: transformers' choice")
    engine: str | dict[str, dict[str, Any]] | None = Field(default=None, description="who writes instead: vllm, openai, a server's address, or {one: settings}; measured only")

    @model_validator(mode='after')
    def _consistent(self) -> Model:
        ...
_Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
_Name = Annotated[str, Field(pattern='^[A-Za-z0-9][\\w.-]*$')]

@dataclass(config=_STRICT, kw_only=True)
class Measuring:
    """How every model is measured; see `measure_toxicity`."""
    prompts: Annotated[Source, _short_for('source')] = Field(description='the test prompts')
    protocol: str = Field(default='custom', description='rtp, rtp-greedy, chat or custom')
    num_samples: int | None = Field(default=None, ge=1, description="responses a prompt; None: the protocol's")
    generation: dict[str, Any] | None = Field(default=None, description="fields of transformers' GenerationConfig")
    template: str | None = Field(default=None, description='with {prompt}, put around each prompt')
    system: str | None = Field(default=None, description='of protocol chat: the system prompt of each chat')
    chat_template_kwargs: dict[str, Any] | None = Field(default=None, description='variables of the chat template, such as enable_thinking')
    stop_strings: list[str] | None = Field(default=None, description="end a response; None: the protocol's")
    sentence_end: bool | None = Field(default=None, description='cut behind the last whole sentence')
    on_long: Literal['truncate', 'error'] | None = Field(default=None, description='for a prompt that is too long')
    seed: int = Field(default=0, ge=0, description='of the draws, the same for all models')
    batch_size: int | None = Field(default=None, ge=1, description='responses at once; None: what memory takes')
    enabled: bool = True

@dataclass(config=_STRICT, kw_only=True)
class Comparing:
    """How models are compared; see `compare`."""
    primary: Literal['mean', 'prob', 'exp_max'] | None = Field(default=None, description='None: by the protocol')
    margin: float = Field(default=0.01, gt=0, lt=1, description='a smaller difference does not matter')
    cluster: str | None = Field(default=None, description='column whose values are the independent draws')
    all_pairs: bool = Field(default=False, description='each model with each other one, too')
    enabled: bool = True

@dataclass(config=_STRICT, kw_only=True)
class HeldOut:
    """What a training is watched by."""
    prompts: Annotated[Source, _short_for('source')] = Field(description='prompts that it does not train on')
    every: int = Field(default=10, ge=1, description='updates, or steps of fine-tuning')
    scorer: str | None = Field(default=None, description='name of a scorer; None: the first one')
_DECIDED = {'seed', 'output_dir', 'updates', 'progress', 'resume_from_checkpoint', 'measure', 'measure_steps'}
_OF_CHATS = ('system', 'chat_template_kwargs')

def _some(given: Any, check: Any) -> Any:
    """Of some fields, checked, those alone that are given."""
    ...

def _of_lora(stage: Any) -> None:
    """ValueError where an adapter is described and none is trained."""
    ...

def _once(settings: PPOConfig | FineTuneConfig, name: str) -> None:
    """ValueError where the settings say what the study says elsewhere."""
    ...

@dataclass(config=_STRICT, kw_only=True)
class Rewarding:
    """A stage of RLAF: one trained model for each seed."""
    kind: ClassVar = 'rlaf'
    prompts: Annotated[Source, _short_for('source')] = Field(description='the training prompts')
    name: _Name = Field(default='RL', description='what the models are called')
    method: Literal['PPO', 'GRPO', 'RLOO'] = 'PPO'
    reward: Annotated[dict[str, float | dict[str, Any]], Field(min_length=1)] | None = Field(default=None, description='scorers and ready-made terms, with weight or settings; or hybrid alone; None: the first scorer')
    updates: int | None = Field(default=None, ge=1, description='None: one pass over the prompts')
    anchor: Annotated[Source | None, _short_for('source')] = Field(default=None, description='of PPO: texts that are to stay as likely as before training; ppo.anchor_coef weighs them')
    ppo: PPOConfig = Field(default_factory=PPOConfig, description='fields of PPOConfig')
    num_generations: int = Field(default=8, ge=2, description='responses a prompt, of GRPO and RLOO')
    trl: dict[str, Any] = Field(default_factory=dict, description="further fields of TRL's config")
    generation: dict[str, Any] | None = Field(default=None, description='of rollouts: lengths, temperature, stop_strings; None: as measured')
    guards: Annotated[Guards | None, WrapValidator(_some)] = Field(default=None, description='some of the fields of Guards, of PPO')
    held_out: Annotated[HeldOut | None, _short_for('prompts')] = Field(default=None, description='measured during training; prompts alone will do')
    optimized: bool = Field(default=True, description='LoRA, or all weights')
    engine: str | dict[str, dict[str, Any]] | None = Field(default=None, description="writes PPO's rollouts: vllm, or {vllm: settings} such as gpu_memory_utilization, since the model that learns is on the same card; None: the loop's own decoding")
    lora: dict[str, Any] | None = Field(default=None, description="fields of peft's LoraConfig")
    save_steps: int = Field(default=10, ge=1, description='updates of PPO between checkpoints')
    seeds: _Seeds = Field(default=[0], description='one training run each')
    enabled: bool = True

    @model_validator(mode='after')
    def _consistent(self) -> Rewarding:
        ...

@dataclass(config=_STRICT, kw_only=True)
class Tuning:
    """A stage of fine-tuning: one trained model for each seed."""
    kind: ClassVar = 'finetune'
    data: Annotated[Source, _short_for('source')] = Field(description='examples, as `fine_tune` reads them')
    name: _Name = Field(default='FT', description='what the models are called')
    settings: FineTuneConfig = Field(default_factory=FineTuneConfig, description='fields of FineTuneConfig')
    optimized: bool = Field(default=True, description='LoRA, or all weights')
    lora: dict[str, Any] | None = Field(default=None, description="fields of peft's LoraConfig")
    held_out: Annotated[HeldOut | None, _short_for('prompts')] = Field(default=None, description='measured during training; prompts alone will do')
    seeds: _Seeds = Field(default=[0], description='one training run each')
    enabled: bool = True

    @model_validator(mode='after')
    def _consistent(self) -> Tuning:
        ...

def _listed(given: Any) -> Any:
    """One stage, several, or none."""
    ...
_Models = dict[_Name, Annotated[Model, _short_for('model')]]

@dataclass(config=_STRICT, kw_only=True)
class Study:
    """Models, data, scorers and stages of a study; `run` does it."""
    models: Annotated[_Models, Field(min_length=1)] = Field(description='the first is the baseline, and is trained')
    scorers: Annotated[dict[str, str | dict[str, Any]], Field(min_length=1)] = Field(description="by name: a classifier, its settings, or a guard's settings; the first is the main one")
    measure: Measuring
    rlaf: Annotated[list[Rewarding], BeforeValidator(_listed)] = Field(default_factory=list)
    finetune: Annotated[list[Tuning], BeforeValidator(_listed)] = Field(default_factory=list)
    compare: Comparing = Field(default_factory=Comparing)
    out: Annotated[str, AfterValidator(os.path.expanduser)] = Field(default='rewardlm_study', description='folder of everything that is written')
    device: Literal['cpu'] | None = Field(default=None, description="'cpu', or None: what accelerate finds")
    log_method: str | list[str] | dict[str, str] | None = Field(default=None, description='who is told of trainings: trackio, [wandb, tensorboard], {mlflow: project}')
    note: str = Field(default='', description='shown at the top of the report')

    @model_validator(mode='after')
    def _consistent(self) -> Study:
        ...

    @classmethod
    def from_yaml(cls, path: str | os.PathLike, changes: Sequence[str]=()) -> Study:
        """A study from its file. ValueError on what it can't be, FileNotFoundError where there is no file."""
        ...

    def __repr__(self) -> str:
        ...

    def rollouts_of(self, arm: Rewarding) -> dict[str, Any]:
        """How the rollouts of a stage are drawn: as it says, else as answers are measured."""
        ...

    def _drawn_apart(self, arm: Rewarding, manager: GenerativeModel) -> str:
        """How rollouts and answers differ in length or temperature; the model's own settings are for the answers alone."""
        ...

    def _chat(self) -> bool:
        """Whether prompts are put into the chat template."""
        ...

    def _of_chats(self) -> dict[str, Any]:
        """System prompt and variables of the chat template as arguments, as far as they are given."""
        ...

    def _template(self) -> dict[str, Any]:
        """The template around prompts as an argument, if there is one."""
        ...

    def stages(self) -> list[Stage]:
        """What is to be done, in order; the comparison follows."""
        ...

    def training_of(self, stage: Stage) -> Rewarding | Tuning | None:
        """The settings by which a stage's model is trained; None for one that is given."""
        ...

    def data_of(self, source: Source, examples: bool=False) -> dict[str, Any]:
        """How many texts a source holds and which, of chats also all that was said before; looked at once."""
        ...

    def _known(self, scorer: str) -> list[Any]:
        """A scorer by name, settings and weights."""
        ...

    def settings_of(self, stage: Stage) -> dict[str, Any]:
        """All that decides the results of a stage."""
        ...

    def _file_of(self, stage: Stage) -> Path:
        ...

    def _ended(self, stage: Stage, training: Rewarding | Tuning) -> str | None:
        """When the training of a measured model ended."""
        ...

    def noted(self, stage: Stage) -> dict[str, Any]:
        """What is known of a stage. ValueError where it was begun with other settings."""
        ...

    def state(self) -> pd.DataFrame:
        """How far the study is: each stage is waiting, begun or done."""
        ...

    def _where(self) -> dict[str, Any] | None:
        """For accelerate."""
        ...

    def _load(self, given: Model) -> GenerativeModel:
        ...

    def _scorer(self, name: str) -> Any:
        """A scorer, loaded. ValueError on one that is none."""
        ...

    def reward_of(self, stage: Rewarding) -> RewardManager:
        """The reward of a stage: its scorers and ready-made terms with their weights."""
        ...

    def do(self, stage: Stage, progress: bool | None=None) -> None:
        """Do a stage, or go on with it; nothing where it is done. Raises as the rooms do."""
        ...

    def _note(self, stage: Stage, ended: bool=False) -> None:
        ...

    def _as_measured(self, prompts: Source) -> dict[str, Any]:
        """How prompts are measured, whosever they are."""
        ...

    def _measure(self, stage: Stage, arm: Rewarding | Tuning | None, progress: bool | None) -> None:
        """Measure a model that is given or was trained."""
        ...

    def _watched(self, arm: Rewarding | Tuning) -> dict[str, Any]:
        """What is measured during a training, and how often; {} where nothing is."""
        ...

    def _rlaf(self, stage: Stage, arm: Rewarding, progress: bool | None) -> None:
        """Train a model by reinforcement learning."""
        ...

    def _keep(self, stage: Stage, manager: Any) -> None:
        """Write the trained model into its stage, whole or not at all."""
        ...

    def _finetune(self, stage: Stage, arm: Tuning, progress: bool | None) -> None:
        """Fine-tune a model."""
        ...

    def overlap(self) -> list[str]:
        """A sentence for each training that sees prompts which are measured."""
        ...

    def _write(self, notes: list[str]) -> None:
        """What it takes to make the study again, beside the results."""
        ...

    def run(self, progress: bool | None=None) -> Comparison | None:
        """Do all stages that are not done yet, then compare. ValueError on a stage that was begun with other settings."""
        ...

    def report(self) -> Comparison:
        """Compare what was measured; tables, figures and page go to `out/report`."""
        ...
_TERMS: dict[str, Any] = {f.__name__: f for f in (non_empty, same_script, non_repetition, length_band, refusal_phrases)}
_PURE = ('max_new_tokens', 'min_new_tokens', 'temperature')

def _lora(settings: dict[str, Any] | None, place: str) -> Any:
    """peft's config, None for the default. ValueError on a field that it has not."""
    ...

def _place(kind: Any, path: Sequence[Any]) -> tuple[str, list[str]]:
    """Where an error is, and what may stand there."""
    ...
_PARTS: dict[str, Any] = {'models': Model, 'measure': Measuring, 'prompts': Source, 'anchor': Source, 'data': Source, 'rlaf': Rewarding, 'ppo': PPOConfig, 'guards': Guards, 'held_out': HeldOut, 'finetune': Tuning, 'settings': FineTuneConfig, 'compare': Comparing}

def _in_words(error: ValidationError) -> str:
    """The first thing that is wrong, in one sentence."""
    ...

def _hybrid_parts(stage: Rewarding) -> dict[str, Any]:
    """What a stage gives to `hybrid`. ValueError on parts that it does not take."""
    ...

def _check_rlaf(study: Study, stage: Rewarding, place: str) -> None:
    """ValueError on rollouts, adapter, parts, terms or fields of TRL that can't be meant."""
    ...

def _check_part(name: str, scorer: str | dict[str, Any] | None, given: float | dict[str, Any], said: str) -> None:
    """ValueError on settings that a part of a reward does not take, or lacks."""
    ...

def _check_together(study: Study) -> None:
    """ValueError on parts of a study that do not go together."""
    ...

def checked_study(settings: Mapping[str, Any]) -> Study:
    """The study; ValueError, one sentence with the place, on what it can't be."""
    ...

def _key(at: Any, step: str, change: str) -> Any:
    """The key of a step into settings; ValueError where there is no such place."""
    ...

class _Once(yaml.SafeLoader):
    """YAML in which a key stands once."""

    def construct_mapping(self, node: Any, deep: bool=False) -> dict[Any, Any]:
        ...

def _from_yaml(text: str, what: str) -> Any:
    """Plain values, none of them shared. ValueError on what is no YAML."""
    ...
_SHORT = {'prompts': 'source', 'data': 'source', 'anchor': 'source', 'held_out': 'prompts'}

def with_changes(settings: Mapping[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """Settings after changes. ValueError on one that leads nowhere."""
    ...

def _table_of(source: Source) -> pd.DataFrame:
    """The rows of a source that are asked for; raises as `read_prompts` does, and ValueError where none is left."""
    ...

def prompts_of(source: Source) -> pd.DataFrame:
    """Prompts as a measurement or `generate_dataset` takes them; raises as `read_prompts` does."""
    ...

def texts_of(source: Source) -> list[str]:
    """What the user says in each prompt, of a chat last."""
    ...

def examples_of(source: Source) -> Any:
    """Examples as `fine_tune` takes them; raises as `read_examples` does."""
    ...

def _rows(examples: Any) -> list[Any]:
    """Examples one by one: records of a table, else as they are."""
    ...

class Stage(NamedTuple):
    """One step of a study."""
    kind: str
    model: str
    seed: int | None
    folder: Path

    @property
    def title(self) -> str:
        ...

def _weights(place: Any) -> str:
    """`folder_hash` of a local folder, or of a scorer's in its settings."""
    ...
_OF_THE_MACHINE = {'batch_size', 'save_steps', 'concurrency', 'max_retries', 'timeout', 'gpu_memory_utilization'}

def _deciding(settings: Any) -> Any:
    """Settings without those that may change on the way."""
    ...
_NOT_WATCHED = {'prompts', 'enabled', 'num_samples'}

def _as_noted(now: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without what an earlier version did not note: earlier turns, a hybrid reward's other model, who watches."""
    ...
NEUTRAL = 'neutral.parquet'

def _engine_rank(lora: Mapping[str, Any]) -> int:
    """The least rank that vLLM makes room for, and that an adapter with these settings fits into."""
    ...

def environment() -> dict[str, Any]:
    """Versions, machine and git state, as far as they can be known."""
    ...

def _asked(row: Any) -> tuple[list[str], list[str]]:
    """What is asked in an example of `fine_tune`; what each speaker says in a text that does not tell it apart."""
    ...

def _plain(texts: Iterable[str]) -> set[str]:
    """Texts as they are compared."""
    ...

def _shared(prompts: set[str], asked: set[str], texts: set[str]) -> int:
    """How many prompts are asked, or stand at the head of a text; three words begin many texts by chance."""
    ...

def _tidy(out: str) -> None:
    """Remove what a killed process had begun to write beside the runs, which tidy up themselves."""
    ...

@contextmanager
def _alone(out: str) -> Iterator[None]:
    """No other study works in the folder; of several processes the first one looks."""
    ...

def _mean_nll(runs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """What several runs of a model say of the same texts, as one: nats are the mean, tokens stay; no number is no small one."""
    ...

def _measured(done: Sequence[Stage]) -> tuple[dict[str, list[pd.DataFrame]], dict[str, pd.DataFrame]]:
    """By model: a toxicity table for each of its runs; the likelihood of neutral text, the mean over them."""
    ...

def _said(done: Sequence[Stage]) -> list[str]:
    """What the measurements said of themselves, each sentence once, and of whom where not of all."""
    ...

class Preset(NamedTuple):
    """What differs between the files of `init`."""
    model: str
    about: str
    protocol: str = 'rtp'
    template: str | None = None
    dtype: str = 'fp32'
    causal: bool = True
    chat_template_kwargs: dict[str, Any] | None = None
_HUMAN = '<human>: {prompt}\n<bot>:'
_INSTRUCTION = 'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n{prompt}\n\n### Response:'
PRESETS = {'embedded': Preset('rewardlm/tiny-neox', 'the embedded generator, offline and in minutes', 'custom'), 'smollm2': Preset('HuggingFaceTB/SmolLM2-135M-Instruct', 'a chat model of 135M parameters', 'chat'), 'gemma3-270m': Preset('google/gemma-3-270m', 'a continuation model of 270M parameters'), 'qwen3-0.6b': Preset('Qwen/Qwen3-0.6B', 'a chat model of 0.6B parameters, asked not to think', 'chat', dtype='bf16', chat_template_kwargs={'enable_thinking': False}), 'llama3.2-1b': Preset('meta-llama/Llama-3.2-1B', 'a continuation model of 1B parameters', dtype='bf16'), 'pythia-70m': Preset('EleutherAI/pythia-70m', 'a continuation model of 70M parameters'), 'opt-350m': Preset('facebook/opt-350m', 'a continuation model of 350M parameters'), 'bloomz-3b': Preset('bigscience/bloomz-3b', 'an instruction model of 3B parameters', 'custom', dtype='bf16'), 'redpajama-3b': Preset('togethercomputer/RedPajama-INCITE-Chat-3B-v1', 'a chat model of 3B parameters', 'custom', _HUMAN, 'bf16'), 'lamini-gpt': Preset('MBZUAI/LaMini-GPT-124M', 'an instruction model of 124M parameters', 'custom', _INSTRUCTION), 'lamini-flan-t5': Preset('MBZUAI/LaMini-Flan-T5-248M', 'an encoder-decoder of 248M parameters', 'custom', causal=False), 'falcon-7b': Preset('tiiuae/falcon-7b', 'a continuation model of 7B parameters', dtype='bf16')}
_FILE = '# A study of {model}, {about}.\n#   rewardlm run -c {file}                           does it, and goes on where it was stopped\n#   rewardlm run -c {file} --set finetune.seeds=[0,1,2]    with another setting\nout: rewardlm_study/{name}{device}\n\nmodels:                       # the first is the baseline, and what is trained; further ones are measured beside it\n  PT: {{model: {model}, dtype: {dtype}}}\n\nscorers:                      # the first is the reward, too; the others judge, and training never sees them\n  toxicity: {scorer}\n  judge: {judge}\n\nmeasure:                      # how every model is measured, untouched and trained alike\n  prompts: {{source: rewardlm/prompts, split: demo_test, limit: {limit}}}\n  protocol: {protocol}{lines}\n\nrlaf:{rlaf}\n\nfinetune:                     # null leaves it out\n  data: {{source: rewardlm/prompts, split: demo_train}}   # harmless continuations; or a file of prompt and completion, of messages\n  settings: {{epochs: 3, bs: 32, val_set_per: 0.1}}\n  seeds: [0]\n\n# log_method: trackio         # or wandb, tensorboard, mlflow: who is told of the trainings\n\ncompare:\n  margin: 0.01                # a smaller difference does not matter\n'
_RLAF = '                         # null leaves it out\n  method: PPO                 # or GRPO, RLOO\n  prompts: {{source: rewardlm/prompts, split: demo_train}}\n  updates: {updates}\n  reward: {{toxicity: 1.0, non_empty: 1.0, same_script: 1.0}}   # weights; or non_repetition\n  ppo: {ppo}\n{least}  # held_out: {{prompts: {{source: rewardlm/prompts, split: judging, limit: 64}}, every: 10, scorer: judge}}\n  seeds: [0]                  # one training run each; three or more say whether it was luck'

def preset_file(name: str, file: str='study.yaml') -> str:
    """A commented study for a model of the field. ValueError, listing them, on an unknown name."""
    ...
document(__name__)