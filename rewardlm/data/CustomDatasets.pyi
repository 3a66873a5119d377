"""Token datasets for causal language modelling and for prompts."""
from __future__ import annotations
import inspect
import json
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple
import torch
from fastcore.basics import patch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset
from .prompts import begins_chat, chats_of
from rewardlm.text import Filled, as_chat, dialogue_chat, encodable, fill_template, halves_note, is_chat, is_dialogue, tool_messages, with_system
from ..utils.general_utils import document
if TYPE_CHECKING:
    import datasets
    import pandas as pd
    from transformers import PreTrainedTokenizerBase
IGNORED = -100
__all__ = ['IGNORED', 'Texts', 'special_ids', 'response_spans', 'render_chat', 'template_notes', 'TurnEnds', 'turn_ends', 'with_ends', 'new_texts', 'response_ids', 'PromptDataset_CLM', 'text_columns', 'clm_dataset', 'collate_causal_lm', 'prompt_ids', 'PromptDataset']

def _listed(name: str, texts: Iterable[Any]) -> list[Any]:
    """Texts or chats as a list, whatever holds them; raises `TypeError` on a single text."""
    ...

def _as_texts(name: str, texts: Iterable[Any]) -> list[str]:
    """The texts as a list; raises `TypeError` on anything that is no text and `ValueError` if there is none."""
    ...

def special_ids(tokenizer: PreTrainedTokenizerBase) -> tuple[list[int], list[int]]:
    """What a tokenizer puts around a text of its own accord, such as `[<s>]` and `[]`."""
    ...

def _started(ids: list[int], start: list[int]) -> list[int]:
    """The ids after `start`, which they may begin with already."""
    ...

def _open_ids(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], add_special_tokens: bool=True) -> list[list[int]]:
    """What a model continues from: once the tokenizer's start token and no end token;
    an empty text is the start (or end) token alone."""
    ...

def _limit(tokenizer: PreTrainedTokenizerBase, max_length: int | None) -> int:
    """The smaller of the user's and the tokenizer's limit; raises `ValueError` if the user's is below 1."""
    ...

def _around(tokenizer: PreTrainedTokenizerBase, text: str, add_special_tokens: bool) -> tuple[int, int]:
    """How many tokens of a text precede the user's own part, start token included, and how many follow it."""
    ...

def response_spans(text: str, user_name: str='User', bot_name: str='Assistant') -> list[tuple[int, int]] | None:
    """Where in a dialogue the answers are; the white space between an answer and the next speaker is no part of it."""
    ...

def _asking(user_name: str) -> tuple[str, ...]:
    """Names of the one who asks."""
    ...

def _opening(text: str | list[dict[str, str]], bot_name: str) -> str:
    """What precedes the first answer, the same for all prefixes of a dialogue;
    a text without answers is its own opening."""
    ...

class _Row(NamedTuple):
    """Tokens to learn from."""
    ids: list[int]
    labels: list[int]
    text: str
    index: int
    template: bool = False

def _encode(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], spans: Sequence[list[tuple[int, int]] | None], template: bool=False) -> list[_Row]:
    """Tokens with labels where they begin within a span, and an end token;
    raises `ValueError` where a tokenizer cannot tell."""
    ...
_MARK = "\ue000the user's text\ue000"
_IN_PARTS: dict[str, bool] = {}

def _text_of(tokenizer: PreTrainedTokenizerBase, chat: list[dict[str, Any]], name: str, answer: bool=False, **how: Any) -> Any:
    """A chat by its template, in parts where that would drop or refuse texts, as those of vision models do;
    raises `ValueError` where it refuses the chat."""
    ...
_SHOWN: dict[tuple[str, str], bool] = {}

def _shows(tokenizer: PreTrainedTokenizerBase, role: str) -> bool:
    """Whether the chat template shows what a role says; one that refuses it says so itself."""
    ...

def render_chat(tokenizer: PreTrainedTokenizerBase, chat: list[dict[str, Any]], name: str='messages', answer: bool=False, **template: Any) -> Filled:
    """Text of a chat by the chat template;
    raises `ValueError` on a chat that it refuses, or of which it leaves out what somebody says."""
    ...

def _template_names(template: str) -> set[str]:
    """The variables that a template reads."""
    ...

def _opening_notes(tokenizer: PreTrainedTokenizerBase, template: Mapping[str, Any]) -> list[str]:
    """Says where an answer is asked for without what the chat template puts before one."""
    ...

def template_notes(tokenizer: PreTrainedTokenizerBase, chat_template_kwargs: Mapping[str, Any] | None=None) -> list[str]:
    """What is to be known of them, a sentence each; raises `ValueError` where there is no template, on a name that is
    none of a template's variables, and on a value that JSON can't hold."""
    ...

class TurnEnds(NamedTuple):
    """What ends an assistant's turn in a chat template."""
    tokens: list[int]
    texts: list[str]

def turn_ends(tokenizer: PreTrainedTokenizerBase) -> TurnEnds:
    """What a chat template puts behind an answer."""
    ...

def with_ends(eos_token_id: int | list[int] | None, tokenizer: PreTrainedTokenizerBase) -> int | list[int] | None:
    """What ends a response, and behind it what ends a turn in the chat template, where that is another token."""
    ...

def _render(tokenizer: PreTrainedTokenizerBase, chat: list[dict[str, Any]], index: int, first: int=0, **template: Any) -> list[tuple[Filled, list[tuple[int, int]]]]:
    """Text of a chat and where the assistant's turns are in it,
    or one for each answer where the template renders earlier turns anew; raises `ValueError` where an answer can't be
    told."""
    ...

def _silent(message: dict[str, Any]) -> bool:
    """Whether a message is an answer that says nothing."""
    ...

def _dialogue(chat: list[dict[str, Any]], names: dict[str, str], first: int=0) -> tuple[str, list[tuple[int, int]]]:
    """A chat as `User: …\\nAssistant: …`, and where the assistant's turns are in it."""
    ...

def _encode_chats(tokenizer: PreTrainedTokenizerBase, chats: list[list[dict[str, Any]]], names: dict[str, str], firsts: list[int], **template: Any) -> list[_Row]:
    """Tokens of chats with labels on the assistant's turns;
    raises `ValueError`, naming the index, where a template can't tell them."""
    ...

def _marked(tokenizer: PreTrainedTokenizerBase, chat: list[dict[str, Any]], index: int, first: int, **template: Any) -> _Row | None:
    """A chat with the labels that the template's own marks give;
    None where it renders what precedes `first` anew, or marks an answer that says nothing."""
    ...

def new_texts(rows: Sequence[Sequence[int]], tokenizer: PreTrainedTokenizerBase, prompts: Sequence[Sequence[int]] | None=None) -> list[str]:
    """What new tokens say: a prompt's text and this are the text of both."""
    ...

def response_ids(tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], responses: Sequence[str]) -> list[list[int]]:
    """Ids that say the responses behind their prompts:
    a response's own, or where those would begin a text, what it has in both together."""
    ...

def _window(ids: list[int], labels: list[int], limit: int, opening: int, start: int) -> tuple[list[int], list[int]]:
    """At most `limit` tokens that end with the last answer, or begin shortly before it where it is longer than that."""
    ...

def _answered(index: int, text: str, user_name: str, bot_name: str) -> list[tuple[int, int]] | None:
    """`response_spans`; raises `ValueError`, naming the index, on a dialogue of somebody else,
    or one that ends where the answer should be."""
    ...

def _check_said(name: str, answers: Sequence[Any]) -> None:
    """A warning where answers of a chat say nothing; raises `ValueError`, naming the first, where none of one says a thing."""
    ...

def _chats(text: Sequence[Any], responses: Sequence[Any] | None, system: str | None=None) -> tuple[list[list[dict[str, Any]]], list[int]]:
    """Whole chats, and the message of each from which on to learn;
    raises `ValueError`, naming the index, on what is no chat."""
    ...

def _encode_pairs(tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], responses: list[str]) -> list[_Row]:
    """Tokens of prompt and response, the latter with labels."""
    ...

def _encode_texts(tokenizer: PreTrainedTokenizerBase, text: list[Any], responses: list[Any] | None, custom_prompt: str, user_name: str, bot_name: str) -> list[_Row]:
    """Tokens of texts in their template, with labels; raises as `PromptDataset_CLM` does."""
    ...
Texts = Sequence[str] | Sequence[Sequence[dict[str, Any]]]

class PromptDataset_CLM(Dataset):
    """Torch dataset for causal language modelling;
    items are unpadded `input_ids`, `attention_mask` and `labels`, each `(T,)`."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, text: Texts, custom_prompt: str='{prompt}', responses: Texts | None=None, max_length: int | None=None, user_name: str='User', bot_name: str='Assistant', system: str | None=None, chat_template_kwargs: Mapping[str, Any] | None=None):
        """Tokenize all texts; raises `TypeError` or `ValueError`, naming the index, on a text, template,
        number or length that cannot be trained on."""
        ...

    def _keep(self, tokenizer: PreTrainedTokenizerBase, rows: list[_Row], limit: int) -> None:
        """Cut to `limit` with one warning that counts;
    raise a `ValueError` on a row with nothing to learn, for a batch of such rows has no loss."""
        ...

    def __len__(self) -> int:
        """Number of items; of a chat there may be several."""
        ...

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """`input_ids`, `attention_mask` and `labels` of one item, these ignored on what is not to be learned."""
        ...

    def __repr__(self) -> str:
        """Size in items and tokens."""
        ...

def text_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns to learn from, the most telling first; raises `ValueError`, listing the columns, where there are none."""
    ...

def _together(*keys: Sequence[Any]) -> list[int]:
    """A number for each row, equal for rows that have a value of some key in common, directly or through other rows."""
    ...

def _cells(cells: list[Any], name: str) -> list[Any]:
    """A column's chats, which a file may hold as text, or its cells as they are; a warning where some look like chats."""
    ...

def _continued(prompts: list[Any], answers: list[Any], names: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """Chats and how they go on, each prompt but once; raises `ValueError`, naming the row, where what the user says
    goes on with another thing that he says."""
    ...

def _line(message: dict[str, Any]) -> tuple[str, str]:
    """What tells messages apart."""
    ...

def _in_chats(tokenizer: PreTrainedTokenizerBase, texts: list[Any], responses: list[Any] | None, chat: bool, names: Sequence[str]=('text',)) -> tuple[list[Any], list[Any] | None]:
    """Texts that are chats, or are to be, as chats; raises `ValueError` on texts without answers that are to be."""
    ...

def clm_dataset(tokenizer: PreTrainedTokenizerBase, dataset: datasets.Dataset | pd.DataFrame | Texts, chat: bool=False, **kwargs: Any) -> PromptDataset_CLM:
    """Tokens and labels of examples; dialogues of HH-RLHF are chats where there is a chat template, of `chosen` and
    `rejected` the first is learned. Raises `TypeError` or `ValueError` on what holds none, is empty or has no usable column."""
    ...

def collate_causal_lm(features: Sequence[dict[str, Any]], pad_token_id: int=0) -> dict[str, torch.Tensor]:
    """Pad items on the right to the longest of the batch."""
    ...

def prompt_ids(tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], limit: int | None=None, add_special_tokens: bool=True) -> list[list[int]]:
    """Token ids a model continues from:
    no end token, never empty, the user's own text cut from the left to `limit` with one warning that counts."""
    ...

def PromptDataset(tokenizer: PreTrainedTokenizerBase, text: Sequence[str], custom_prompt: str='{prompt}', max_length: int | None=None, add_special_tokens: bool=True, further: pd.DataFrame | None=None) -> datasets.Dataset:
    """Prompts with their token ids as a Hugging Face dataset;
    raises `TypeError` or `ValueError` on a text, template or number that is no prompt, and on a column it can't hold."""
    ...

def _columns(further: pd.DataFrame, taken: list[str]) -> dict[str, Any]:
    """Columns as Arrow holds them; raises `ValueError` on a name that is taken, and on values of several kinds."""
    ...
document(__name__)