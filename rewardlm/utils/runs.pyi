"""What every long run needs: checked settings, memory that suffices, a clean stop, parts that survive a kill, what processes share."""
from __future__ import annotations
import atexit
import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
import yaml
from fastcore.basics import patch
from filelock import FileLock, Timeout
from rewardlm.utils.general_utils import atomic_folder, atomic_path, check_writable, progress_bar, read_csv, rng_state, set_rng_state, versions, write_csv, write_text
if TYPE_CHECKING:
    import pandas as pd
    import torch
    from typing_extensions import Self
    from rewardlm.utils.trackers import Trackers
T = TypeVar('T')
__all__ = ['T', 'RUNS', 'checked_config', 'first_difference', 'halving', 'peak_memory', 'noted_signals', 'act_on', 'new_run_folder', 'latest_run_folder', 'write_yaml', 'on_main', 'together', 'Part', 'writing', 'locked', 'Run', 'read_run', 'checkpoints', 'TrainingRun', 'follow']

def checked_config(kind: type[T], base: T | None=None, **given: Any) -> T:
    """Checked settings; ValueError, one sentence, on an unknown field or a value out of range."""
    ...

def first_difference(saved: Any, now: Any, name: str='') -> str:
    """The first field in which two settings differ, in words; one that is missing counts as None."""
    ...

def _fields(value: Any) -> bool:
    """Is it a list of which each item has fields?"""
    ...

def _short(value: Any, other: Any) -> str:
    """A value as an error shows it, a long one from about where it differs from another."""
    ...

def halving(attempt: Callable[[int], T], size: int, name: str='batch size') -> tuple[T, int]:
    """Halve `size` until `attempt` fits in memory, global random states put back before each retry;
    MemoryError where one row does not fit."""
    ...

def peak_memory(device: torch.device) -> float:
    """The most memory this process has held so far: allocated on a CUDA device, resident otherwise."""
    ...

@contextmanager
def noted_signals() -> Iterator[list[str]]:
    """Inside the block a first SIGINT or SIGTERM is only noted; a second one acts as usual.
    Outside the main thread nothing changes."""
    ...

def act_on(name: str) -> None:
    """End as the signal would have ended the process: KeyboardInterrupt, or exit code 128 + its number."""
    ...
RUNS = Path('rewardlm_runs')

def new_run_folder(name: str) -> Path:
    """A new folder below `rewardlm_runs`."""
    ...

def latest_run_folder(name: str) -> Path:
    """The newest folder of that name; FileNotFoundError where there is none."""
    ...

def write_yaml(settings: Mapping[str, Any], path: str | os.PathLike) -> None:
    """Write settings as YAML in the order given, whole or absent."""
    ...

def on_main(do: Callable[[], T]) -> T:
    """What `do` returns in the first process, for all processes; what it raises there is raised in all."""
    ...

@contextmanager
def together() -> Iterator[None]:
    """Each process does its share in the block, which none leaves before all are done; an error of one is an error of all."""
    ...

@atexit.register
def _leave_gloo() -> None:
    """Ends gloo's threads before the interpreter does; NCCL is left alone, which could wait for a lost peer."""
    ...

class Part(NamedTuple):
    """Some rows of the results, and what else was noted with them."""
    rows: list[list[Any]]
    about: dict[str, Any]

def _to_bytes(part: Part, place: str) -> bytes:
    """The file of a part; `place` says of which run it is, of which kind and number."""
    ...

def _from_bytes(data: bytes, place: str) -> Part:
    """The part in a file; ValueError where the file is not what was written, or belongs elsewhere."""
    ...

@contextmanager
def writing(folder: str | os.PathLike, argument: str='out') -> Iterator[None]:
    """Turn an `OSError` of the block, such as a full or read-only disk, into one sentence."""
    ...

@contextmanager
def locked(folder: str | os.PathLike, rank: int=0, argument: str='out') -> Iterator[None]:
    """Inside the block no other run works in the folder; RuntimeError where one does, OSError where it can't be written."""
    ...

class Run:
    """Long work in a folder: nobody else works there, a kill leaves whole what is finished, and it goes on.
    Of several processes the first one opens the folder, and what it raises there is raised in all."""
    folder: Path | None

    def __init__(self, folder: str | os.PathLike | None=None, key: Mapping[str, Any] | None=None, plan: Mapping[str, Any] | None=None):
        ...

    def __repr__(self) -> str:
        ...

    def __enter__(self) -> Self:
        """Raises as `locked` does, and ValueError where the folder holds another run or is corrupt."""
        ...

    def __exit__(self, *error: Any) -> None:
        ...

    def _path(self, kind: str, number: int) -> Path:
        ...

    def _place(self, kind: str, number: int) -> str:
        """Which part of which run: one from elsewhere does not fit."""
        ...

    def put(self, kind: str, number: int, rows: Sequence[Sequence[Any]], **about: Any) -> None:
        """Write a part. OSError where the disk does not take it; what is there stays as it was."""
        ...

    def get(self, kind: str, number: int) -> Part | None:
        """Read a part; ValueError where it is corrupt or from another run."""
        ...

    def count(self, kind: str) -> int:
        """How many parts of a kind there are."""
        ...

    def note(self, **notes: Any) -> None:
        """Note something beside the parts, in `run.json`."""
        ...

    def _open(self) -> None:
        """Lock the folder and look what is in it, the first process before the others."""
        ...

    def _settle(self) -> None:
        """Lock the folder; take over plan and notes of a run that was begun, or note this one's; sweep."""
        ...

    @contextmanager
    def _shared_folder(self) -> Iterator[Path]:
        """A temporary folder of several processes."""
        ...

    def share(self, units: Iterable[T]) -> Iterator[T]:
        """The units that this process does."""
        ...

    def watch(self, total: int | None=None, desc: str='', unit: str='update', progress: bool | None=None, signals: bool=False) -> None:
        """Until the run is left, a `bar` shows how far it is."""
        ...

    def advance(self, done: int, told: str='') -> None:
        """Move the bar."""
        ...

def read_run(folder: str | os.PathLike) -> dict[str, dict[str, Any]]:
    """What is noted of a run; ValueError where there is none or `run.json` is corrupt."""
    ...
_BEGUN = re.compile('\\.(\\d{8}\\.[0-9a-f]{12}\\.jsonl|(run|toxicity|toxicity\\.csv|prompts|attribution(_effects)?)\\.[0-9a-f]{12}\\.(json|csv|parquet))')
_STATE, _HISTORY, _FILES = ('state.json', 'history.csv', 'files.json')

def checkpoints(run: str | os.PathLike) -> dict[int, Path]:
    """The checkpoints of a run."""
    ...

class TrainingRun(Run):
    """A run of steps, which goes on from a checkpoint. Of several processes the first one makes and writes."""
    folder: Path
    source: Path | None
    history: pd.DataFrame

    def __init__(self, name: str, output_dir: str | Path | None=None, resume: bool | str | Path=False, history: pd.DataFrame | None=None, last: Path | None=None, whole: Callable[[Path], bool]=Path.is_dir, trackers: Trackers | None=None):
        """Only looks: OSError where the run could not be written. The folder is made by `with`."""
        ...

    def __repr__(self) -> str:
        ...

    def __exit__(self, *error: Any) -> None:
        ...

    def _open(self) -> None:
        """FileNotFoundError where there is no checkpoint to go on from, ValueError where there is one that nobody asked
    to go on from, RuntimeError where another run is working."""
        ...

    def _choose(self) -> tuple[Path, Path | None]:
        """Make and lock the folder; it, and the checkpoint to go on from."""
        ...

    def _newest(self, folder: Path) -> Path:
        """The checkpoint to go on from; FileNotFoundError, naming the place, where there is none."""
        ...

    def begin(self, settings: Mapping[str, Any], save: Callable[[Path], Mapping]=lambda folder: {}, keep: int=2, first: int | None=None, **about: Any) -> None:
        """Note what is done, start the trackers; what lies beyond the checkpoint that the run goes on from is dropped."""
        ...

    def begun_config(self) -> dict[str, Any]:
        """What `config.yaml` says of the run that this one goes on with."""
        ...

    def refuse_others(self, settings: Mapping[str, Any], full: bool=False) -> None:
        """ValueError where a run that goes on was begun, as its `config.yaml` says, with other settings."""
        ...

    def restored(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The state at the checkpoint that a run goes on from, and its history.
    ValueError where a file of it is missing or cut short, or it is of a run with other settings."""
        ...

    def begun_with(self) -> dict[str, Any]:
        """Settings and state of the checkpoint that a run goes on from; ValueError where it is damaged."""
        ...

    def log(self, row: Mapping[str, Any], samples: pd.DataFrame | None=None, sample_steps: int=1, show: Sequence[str]=()) -> None:
        """Add a step to the history, and tell the trackers."""
        ...

    def tell(self, step: int, row: Mapping[str, Any], samples: pd.DataFrame | None=None, sample_steps: int=1) -> None:
        """Tell the trackers of a step, and keep its samples where they are due."""
        ...

    def _show(self) -> None:
        """Write the samples of the step at hand and tell the trackers, once."""
        ...

    def _write(self) -> None:
        ...

    def steps(self, count: int, desc: str='', unit: str='update', progress: bool | None=None) -> Iterator[int]:
        """The steps to do. Each adds a row by `log`; after a signal the run halts and ends as the signal would end it."""
        ...

    def _signal(self) -> str:
        """The first signal that any of the processes got, '' if none did; all have to ask."""
        ...

    def due(self, every: int) -> bool:
        """Is it time for a checkpoint? Always after the last step."""
        ...

    def checkpoint(self) -> Path:
        """Write all of the run, whole or not at all; of older checkpoints the newest and the best are kept."""
        ...

    def write_checkpoint(self, folder: Path) -> None:
        """What `checkpoint` writes, by this process alone."""
        ...

    def prune(self) -> None:
        """Delete all checkpoints but the newest `keep` and the best. Checkpoint n holds the policy after n steps, and row n
    (from 0) is the first that it wrote: its `objective` is the judge. The newest has no such row yet. Where held-out
    prompts were `measured` behind a step, the lowest is the best."""
        ...

    def mark(self, reason: str) -> None:
        """Note an alarm at the step at hand, which has a row of its own where it could not be made."""
        ...

    def halt(self, reason: str) -> Path | None:
        """Write a checkpoint of the last whole step, then note why the run stops there (the checkpoint's own history has no
    alarm); a signal is acted on."""
        ...

def _of_those(noted: Any, now: Any) -> Any:
    """Of settings those that are noted."""
    ...

def follow(folder: str | os.PathLike, seconds: float=5.0) -> Iterator[pd.DataFrame]:
    """The history of a run that another process does, until that is over. FileNotFoundError where there is no folder."""
    ...

def _works(folder: str | os.PathLike) -> bool:
    """Does a run work in the folder?"""
    ...