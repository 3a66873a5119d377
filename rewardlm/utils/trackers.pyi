"""A run told to trackio, W&B, TensorBoard, MLflow and the other trackers of accelerate: one layout of names for every way to learn, samples as tables, the config, and a run that goes on in the tracker, too."""
from __future__ import annotations
import json
import os
import re
import secrets
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any
from fastcore.basics import patch
from ..text import markdown_table
from .general_utils import document, write_text
if TYPE_CHECKING:
    import pandas as pd
__all__ = ['tracked_name', 'known_trackers', 'Trackers']
_GROUPS = {'reward': 'toxicity objective not_scored', 'policy': 'kl kl_se kl_token kl_coef entropy clip_fraction update_kl logprob_gap engine_gap engine_truncated', 'response': 'special_tokens empty non_prompt_script repetition', 'time': 'samples_per_second peak_memory_mib'}
_NAMES = {column: f'{group}/{column}' for group, columns in _GROUPS.items() for column in columns.split()} | {'reward': 'reward/mean', 'loss': 'loss/train', 'policy_loss': 'loss/policy', 'value_loss': 'loss/value', 'anchor': 'loss/anchor'}
_PREFIXES = {'reward_': 'reward/', 'response_': 'response/', 'eval_': 'eval/', 'seconds_': 'time/'}

def tracked_name(column: str) -> str:
    """What trackers call a column of a history."""
    ...
_PACKAGES = {'tensorboard': ('tensorboard', 'tensorboardX')}
_QUIET = {'MLFLOW_DISABLE_TELEMETRY': 'true', 'WANDB_ERROR_REPORTING': 'false'}

def _there(name: str) -> bool:
    ...

def known_trackers(asked: Any) -> list[Any]:
    """The trackers of a run; ValueError on a name that is not known or whose package is not installed."""
    ...

class Trackers:
    """The trackers of a run, told as one. Of several processes the first one tells."""

    def __init__(self, log_method: Any=None):
        ...

    def __repr__(self) -> str:
        ...

    def start(self, folder: str | os.PathLike, settings: Mapping[str, Any], step: int=0) -> None:
        """Start them, or go on with the tracker's run that is noted in the folder."""
        ...

    def finish(self) -> None:
        """Let them write what they hold back."""
        ...

    def log(self, row: Mapping[str, Any], step: int) -> None:
        """Tell the numbers of a step."""
        ...

    def log_table(self, name: str, table: pd.DataFrame, step: int) -> None:
        """Show a small table of texts in every tracker that can."""
        ...

def _made(name: str, folder: Path, noted: Mapping[str, str], step: int, project: str | None) -> Any:
    """A tracker of accelerate, not started yet, for a new run or the one that is noted."""
    ...

def _last_step(tracker: Any) -> int:
    """The last step that a tracker which was started knows of its run."""
    ...

def _flat(settings: Any, name: str='') -> dict[str, Any]:
    """Nested settings as 'ppo.lr': 0.001, which every tracker takes."""
    ...
document(__name__)