"""What a scorer said of a run's responses, kept beside them; the table that is put together from both; and a second scorer afterwards."""
from __future__ import annotations
import hashlib
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, combinations, groupby
from os import PathLike
from pathlib import Path
from typing import Any, Literal, NamedTuple
import numpy as np
import pandas as pd
from accelerate import PartialState
from fastcore.basics import patch
from rewardlm.core.RewardModel import GIVE_UP, Asked, Scorer, as_classifier, asks_of, check_settings, further_of, judge_of, load_scorer, score_texts, scorer_key, windows_of
from .data.prompts import RESERVED, RESERVED_ENDINGS
from .inference import mean_interval
from rewardlm.table import NO_ANSWER, UNANSWERED, Tally, as_parquet, error_texts, failed, finish_reasons, further_column, further_columns, prepared_tables, same_scorer, score_column, scorer_name, table_from, write_table
from .utils.general_utils import atomic_path, check_writable, document, get_accelerator
from .utils.runs import Part, Run, on_main, read_run, together, writing
from .writers import batch_of
__all__ = ['REMEMBERED', 'Answer', 'RESPONSE_COLUMNS', 'STALE', 'REASONING', 'known_of', 'asked_prompts', 'ScorerInRun', 'texts_to_score', 'texts_digest', 'asked_texts', 'known_of_unit', 'ScoredRow', 'further_rows', 'noted_scorer', 'refuse_twice', 'with_thoughts', 'rows_of_unit', 'column_of', 'table_windows', 'LongTexts', 'put_together', 'check_columns', 'check_scorer', 'check_further_scorers', 'note_scorers', 'add_scores', 'rescore', 'further_means']

def _plain(value: Any) -> Any:
    """A value of numpy's or pandas' as JSON holds it."""
    ...

def known_of(table: pd.DataFrame) -> dict[str, list[Any]]:
    """What a scorer may ask for of each response: `prompts`, `finish_reasons`, and the columns that came with the prompts."""
    ...

def _told(texts: Sequence[Any], told: Mapping[str, Sequence[Any]]) -> list[Any]:
    ...

def asked_prompts(scorer: Scorer, prompts: Sequence[str], known: Mapping[str, Sequence[Any]] | None=None) -> list[Any]:
    """What a scorer reads for each prompt, which it scores as a text: nothing stands before it, nor did it end, so both are ''."""
    ...
REMEMBERED = 65536
Answer = tuple[Any, ...]

class ScorerInRun:
    """A scorer, and what a run knows of it: its name, what it said so far, the batch that fits in memory."""

    def __init__(self, name: str, scorer: Scorer):
        ...

    def score(self, texts: Sequence[str], known: Mapping[str, Answer] | None=None, prompts: int=0) -> list[Answer]:
        """Answers to texts, asked of the scorer in one call where they are new;
    what failed is asked again when it comes again."""
        ...

    def try_out(self, prompts: list[str], known: Mapping[str, Sequence[Any]] | None=None) -> None:
        """ValueError on a scorer whose answers are no scores;
    RuntimeError on one that raises on everything, since a run should not end with nothing scored."""
        ...

    def score_unit(self, run: Run, number: int, prompts: list[str], responses: list[str | None], known: Mapping[str, Sequence[Any]] | None=None) -> list[ScoredRow]:
        """The scores of a unit: those that are in the run, or new ones, which go there."""
        ...
RESPONSE_COLUMNS = ['prompt_id', 'sample_id', 'responses', 'n_tokens', 'finish_reason']

def texts_to_score(rows: Sequence[Sequence[Any]], prompts: Sequence[str]) -> tuple[list[str], list[str | None]]:
    """What a scorer reads of a unit's responses."""
    ...

def texts_digest(prompts: Sequence[str], responses: Sequence[str | None]) -> str:
    """Of the texts that scores belong to; a lone surrogate is escaped, as in `prompts.parquet`."""
    ...

def asked_texts(scorer: Scorer, prompts: Sequence[str], responses: Sequence[Any], known: Mapping[str, Sequence[Any]] | None=None) -> list[Any]:
    """What a scorer reads for each response: it, of a guard its prompt and it as a pair, or `Asked` where it asks for more."""
    ...

def known_of_unit(rows: Sequence[Sequence[Any]], table: pd.DataFrame) -> dict[str, list[Any]]:
    """`known_of` for a unit."""
    ...

class ScoredRow(NamedTuple):
    """What a scorer said of a response and its prompt."""
    prompt_score: float
    response_score: float
    prompt_error: str
    response_error: str
    further: tuple[float, ...] = ()

def further_rows(part: Part, names: Sequence[str]) -> list[tuple[float, ...]]:
    """The further values of a part's rows by their names; NaN where the part has none of that name."""
    ...

def noted_scorer(scorer: Scorer, name: str='scorer', must: bool=False) -> dict[str, Any]:
    """What is noted of a scorer: a classifier's name, the hash of its weights, its label; a function's name; what else it says."""
    ...

def refuse_twice(noted: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise `ValueError` where two scorers are one and the same."""
    ...
STALE = 'scored before the response was made anew; rescore it'
REASONING = 'reasoning'

def with_thoughts(run: Run, number: int, rows: list[list[Any]]) -> list[list[Any]]:
    """The responses of a unit with what the model thought before each."""
    ...

def rows_of_unit(run: Run, number: int, scorers: Mapping[str, Sequence[str]], prompts: Sequence[str]) -> tuple[int, list[list[Any]]] | None:
    """A unit's responses and scores side by side."""
    ...

def column_of(values: Sequence[Any]) -> pd.Series:
    """A column, also of texts with half a surrogate pair, which pandas' own string type can't hold."""
    ...

def table_windows(run: Run, table: pd.DataFrame, units: int, scorers: Mapping[str, Sequence[str]]) -> Iterator[pd.DataFrame]:
    """The toxicity table, a window at a time; ValueError where a part is missing."""
    ...

class LongTexts:
    """Which rows of a table, that comes a window at a time, hold texts that a classifier could not read at once."""

    def __init__(self, scorers: dict[str, Scorer]):
        ...

    def add(self, table: pd.DataFrame) -> None:
        """Count some rows."""
        ...

    def notes(self) -> list[str]:
        """A sentence for each scorer that read in windows."""
        ...

def put_together(run: Run, table: pd.DataFrame, units: int, scored_by: Mapping[str, Mapping[str, Any]], written_by: Mapping[str, Any], counts: Sequence[Tally | LongTexts], write: bool, keep: bool) -> pd.DataFrame | None:
    """The toxicity table of a run, with who wrote, who scored and how it was measured in its `attrs`."""
    ...

def check_columns(table: pd.DataFrame, scorers: Sequence[ScorerInRun]) -> None:
    """ValueError where a further column of a scorer has the name of one that came with the table, or of another's,
    or where a scorer asks for what is not there."""
    ...

def check_scorer(argument: str, scorer: Any) -> None:
    """Raise `ValueError` on a scorer that can't be used, as far as that shows before it is loaded."""
    ...

def check_further_scorers(scorers: dict[str, Any]) -> None:
    """Raise `ValueError`/`TypeError` on a name or a scorer that can't be used."""
    ...

def _with_json(table: pd.DataFrame) -> pd.DataFrame:
    """Prompts whose columns of lists, flags and gaps are JSON, for Parquet gives other values back; `attrs` names them."""
    ...

def _read_prompts(path: PathLike[str]) -> pd.DataFrame:
    """The prompts with what came with them, as the run's scorers were told of it."""
    ...

def note_scorers(run: Run, noted: Mapping[str, Mapping[str, Any]], table: pd.DataFrame | None=None) -> None:
    """Note what the scorers are; ValueError where the run's scores of that name are another's."""
    ...

def add_scores(table: pd.DataFrame, name: str, scorer: Scorer, progress: bool | None, text: str='responses') -> None:
    """Score a table's prompts and responses; what is missing, or a response that was not given, is asked of nobody."""
    ...

def _rescore_table(table: pd.DataFrame, scorers: dict[str, Any], device: str | None, progress: bool | None, text: str) -> None:
    """`rescore` of a table, which is given the columns."""
    ...

def rescore(source: pd.DataFrame | str | PathLike, scorers: dict[str, Any], device: str | None=None, progress: bool | None=None, return_df: bool=True, toxic_label: Any=None, text: Literal['responses', 'reasoning']='responses') -> pd.DataFrame | Path:
    """Score existing responses by further scorers.
    ValueError on a name that is taken by another scorer or can't be used, or on an unfinished run."""
    ...

def _rescore_run(folder: Path, scorers: dict[str, Any], device: str | None, progress: bool | None, return_df: bool) -> pd.DataFrame | Path:
    """`rescore` of a run's folder, by one process or by several."""
    ...

def further_means(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The means of what else the scorers say; NaN are left out, and counted. `ValueError`/`TypeError` on what is no table."""
    ...
document(__name__)