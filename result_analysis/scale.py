"""What an update of PPO costs with models that this machine cannot hold: `scale.csv`, counted and not timed.

    python result_analysis/scale.py            # all shapes, about ten minutes on one thread; no GPU, little memory
    python result_analysis/scale.py 14M 1B     # some of them

The package's own code runs (`Policy.write`, `complete`, `update`), with all floating-point tensors on torch's "meta" device, where they
have a shape and no content; token ids, masks and places are real. Each call that torch would send to the card is counted: its floating-point
operations (by torch's own formulas), the bytes that it reads and writes, and one launch. A call that makes the host wait for the card is a
sync. No response ends early: EOS never comes. Attention is taken to be torch's memory-efficient kernel, which is what CUDA gives a
masked batch; AdamW is fused. Memory is what is alive at once, without what an allocator wastes."""

import sys
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pandas as pd
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.flop_counter import flop_registry
from transformers import AutoModelForCausalLM, GPTNeoXConfig, LlamaConfig, PreTrainedConfig

from rewardlm.core.decoding import Sampling, inner_model, split_lm
from rewardlm.core.GenerativeModel import add_lora, trainable_parameters
from rewardlm.core.RL import ppo
from rewardlm.core.RL.ppo import Policy, PPOConfig, Rollout, make_config, with_advantages
from rewardlm.utils.general_utils import read_csv, write_csv

HERE = Path(__file__).parent
aten = torch.ops.aten
FREE = {
    "empty",
    "empty_strided",
    "empty_like",
    "new_empty",
    "new_empty_strided",
    "_unsafe_view",
    "lift_fresh",
    "detach",
    "_local_scalar_dense",
}
PICKS, PUTS, WRITES = (
    {"embedding", "index", "gather", "index_select"},
    {"index_put_", "index_copy_"},
    {"copy_", "fill_", "zero_"},
)
WAITS = (torch.Tensor.tolist, torch.Tensor.cpu, torch.Tensor.numpy)  # `item` and the like show as a call of their own

DEVICE, META = torch.Tensor.device.__get__, torch.device("meta")  # pyright: ignore[reportAttributeAccessIssue]


def on_card(x: Any) -> bool:
    "Would this tensor lie on the card?"
    return isinstance(x, torch.Tensor) and (x.is_meta or getattr(x, "on_card", False))


def size(x: torch.Tensor) -> int:
    "Bytes that a tensor stands for in memory; what `expand` repeats is there once."
    count = x.element_size()
    for length, stride in zip(x.shape, x.stride(), strict=True):
        count *= length if stride or not length else 1
    return count


def to_meta(x: Any) -> Any:
    return torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device="meta") if isinstance(x, torch.Tensor) else x


class Card(TorchDispatchMode):
    "Counts what a program would do on a card; inside, `device='meta'` is the card."

    def __init__(self):
        super().__init__()
        self.counts, self.live, self.peak = Counter[str](), 0, 0
        self.seen: dict[int, Any] = {}

    def hold(self, x: torch.Tensor) -> None:
        "Count a tensor's memory until it is given back."
        storage = x.untyped_storage()
        key = storage._cdata
        if key in self.seen:
            return
        self.live += (count := storage.nbytes())
        self.peak = max(self.peak, self.live)

        def back(_: Any) -> None:
            del self.seen[key]
            self.live -= count

        self.seen[key] = weakref.ref(storage, back)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        place = kwargs.get("device")
        if not any(map(on_card, tensors)) and (place is None or place.type != "meta"):
            return func(*args, **kwargs)
        out = self.run(func, args, kwargs, tensors)
        back = place is not None and place.type == "cpu" and func is aten._to_copy.default  # to the host
        given = [
            x for x in ([out] if isinstance(out, torch.Tensor) else tree_leaves(out)) if isinstance(x, torch.Tensor)
        ]
        for x in () if back else given:
            if not x.is_meta:
                x.on_card = True
            if not facts(func).view:
                self.hold(x)
        self.count(func, args, kwargs, tensors, given, back)
        return out

    def run(self, func: Any, args: Any, kwargs: Any, tensors: list[torch.Tensor]) -> Any:
        "The call, with integers and truth values for real where they do not come from floats."
        meta, place = any(x.is_meta for x in tensors), kwargs.get("device")
        if func is aten._local_scalar_dense.default and meta:
            return False if args[0].dtype == torch.bool else 0.0 if args[0].is_floating_point() else 0
        if func is aten._to_copy.default and place is not None and place.type == "cpu":
            return (
                torch.zeros(args[0].shape, dtype=kwargs.get("dtype") or args[0].dtype)
                if meta
                else func(*args, **kwargs)
            )
        if not meta:
            if place is not None:
                out = func(*map_tensors(to_meta, args), **map_tensors(to_meta, kwargs))
                if out.is_floating_point():
                    return out
            return func(*args, **({**kwargs, "device": torch.device("cpu")} if place is not None else kwargs))
        if facts(func).changes and isinstance(args[0], torch.Tensor) and not args[0].is_meta:
            return args[0]  # what a float decides is not written where something real is
        if func is aten.index.Tensor:
            args = (args[0], spelt_out(args[1]))
        if all(x.is_meta for x in tensors):
            return func(*args, **kwargs)
        return func(*map_tensors(to_meta, args), **map_tensors(to_meta, kwargs))

    def count(self, func: Any, args: Any, kwargs: Any, tensors: list[Any], given: list[Any], back: bool) -> None:
        "Note a call: what it reads, writes and computes."
        name, free, _, formula = facts(func)
        masks = func is aten.index.Tensor and any(x is not None and x.dtype == torch.bool for x in args[1])
        self.counts["syncs"] += back or masks or name in ("_local_scalar_dense", "nonzero")
        if free:
            return
        self.counts["launches"] += 1
        if formula:
            self.counts["flops"] += formula(*args, **kwargs, out_val=given[0])
        if name in PICKS:  # reads as much as it gives, and the places
            read = given + [x for x in tensors if not x.is_floating_point()]
        elif name in PUTS:  # writes what it is given into a part of the first
            read = given = tensors[1:]
        else:
            written = [kwargs.get("out"), tensors[0] if name in WRITES else None]
            read = [x for x in tensors if not any(x is y for y in written)]
        self.counts["bytes"] += sum(map(size, given)) + sum(map(size, read))


class Facts(NamedTuple):
    "What holds of a kind of call."

    name: str
    view: bool  # no work for the card
    changes: bool  # its first tensor
    formula: Any  # of its operations


@cache
def facts(func: Any) -> Facts:
    name = func._overloadpacket.__name__
    changes = func._schema.is_mutable
    formula = flop_registry.get(func._overloadpacket) or flop_registry.get(getattr(aten, name.rstrip("_"), None))
    return Facts(name, func.is_view or name in FREE, changes, formula)


def map_tensors(f: Callable[[Any], Any], tree: Any) -> Any:
    return tree_map(lambda x: f(x) if isinstance(x, torch.Tensor) and not x.is_meta else x, tree)


def spelt_out(index: list[Any]) -> list[Any]:
    "An index whose real masks are lists of places, so that the shape of what is picked is known."
    places: list[Any] = []
    for x in index:
        mask = x is not None and x.dtype == torch.bool and not x.is_meta
        places += x.nonzero(as_tuple=True) if mask else [x]
    return places


class Waits(TorchFunctionMode):
    "Counts what makes the host wait and is no call of its own; what is real says that it lies on the card."

    def __init__(self, card: Card):
        super().__init__()
        self.card = card

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        real = args and on_card(args[0]) and not args[0].is_meta
        if real and func == DEVICE:
            return META
        if func is torch.tensor and kwargs and torch.device(kwargs.get("device") or "cpu") == META:
            return torch.tensor(*args, **{**kwargs, "device": "cpu"}).to(META)  # or its content would be lost
        self.card.counts["syncs"] += bool(real and func in WAITS)
        return func(*args, **(kwargs or {}))


@contextmanager
def counting(card: Card) -> Iterator[None]:
    with patch.object(torch.nn.functional, "scaled_dot_product_attention", attention), Waits(card), card:
        yield


def attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False, **how: Any
) -> Any:
    "By the kernel that CUDA would take."
    if how.pop("enable_gqa", False):
        key, value = (x.repeat_interleave(query.shape[1] // x.shape[1], 1) for x in (key, value))
    bias = None
    if attn_mask is not None:
        bias = torch.zeros(attn_mask.shape, dtype=query.dtype, device="meta").masked_fill(
            attn_mask.logical_not(), -torch.inf
        )
        bias = bias.expand(*query.shape[:2], *bias.shape[2:])
    learns = torch.is_grad_enabled() and any(x.requires_grad for x in (query, key, value))
    return aten._scaled_dot_product_efficient_attention(query, key, value, bias, learns, dropout_p, is_causal, **how)[0]


class FusedAdamW:
    "AdamW as one launch a call of CUDA's fused kernel makes for a hundred tensors or so; reads and writes weights, gradients and moments."

    def __init__(self, parameters: list[Any], card: Card):
        self.parameters, self.card, self.state = parameters, card, {"first": None}

    def step(self) -> None:
        count = sum(p.numel() for p in self.parameters)
        self.card.counts.update({"launches": -(-len(self.parameters) // 100), "bytes": 7 * 4 * count, "flops": 0})


class Shape(NamedTuple):
    config: PreTrainedConfig
    dtype: torch.dtype
    responses: int  # an update
    prompt: int  # tokens
    news: tuple[int, ...]  # tokens that are written, in turn; the last is what is learned from
    settings: PPOConfig


def llama(hidden: int, layers: int, heads: int, inner: int, tied: bool) -> LlamaConfig:
    "Llama 3's shape (Grattafiori et al. 2024, table 3; Llama 3.2's model card)."
    sizes = dict(hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=inner)
    return LlamaConfig(
        vocab_size=128256, num_key_value_heads=8, max_position_embeddings=8192, tie_word_embeddings=tied, **sizes
    )


def neox() -> GPTNeoXConfig:
    "The 14M shape of `benchmarks/ppo_speed.py`."
    sizes = dict(hidden_size=128, num_hidden_layers=6, num_attention_heads=4, intermediate_size=512)
    return GPTNeoXConfig(vocab_size=50304, max_position_embeddings=512, eos_token_id=0, **sizes)


SMALL = PPOConfig(bs=64, mini_bs=16, gradient_acc_steps=4)
SHAPES = {
    "14M": Shape(neox(), torch.float32, 64, 32, (24,), SMALL),
    "14M, longer": Shape(neox(), torch.float32, 64, 32, (64, 96, 128, 256), SMALL),
    "1B": Shape(llama(2048, 16, 32, 8192, True), torch.bfloat16, 256, 64, (64, 96, 128, 1024), PPOConfig(ppo_epochs=1)),
    "8B": Shape(
        llama(4096, 32, 32, 14336, False), torch.bfloat16, 256, 64, (64, 96, 128, 1024), PPOConfig(ppo_epochs=1)
    ),
}
LONGEST = 256  # steps that are counted one by one; what longer ones cost follows from shorter ones


def twin(config: PreTrainedConfig) -> PreTrainedConfig:
    "A small model of the same kind, which says how logits come about."
    small = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, vocab_size=128)
    more = {"num_key_value_heads": 2, "head_dim": 8} if hasattr(config, "num_key_value_heads") else {}
    return type(config)(**{**config.to_diff_dict(), **small, **more})


def policy_of(shape: Shape) -> Policy:
    "A policy with LoRA whose weights are nowhere."
    known = split_lm(AutoModelForCausalLM.from_config(twin(shape.config)).eval())

    def parts_of(model: Any) -> Any:
        inner = inner_model(model)
        return known._replace(backbone=inner.base_model, head=inner.get_output_embeddings())

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(shape.config, dtype=shape.dtype)
    # `add_lora` asks the model what a gradient reaches
    with patch.object(ppo, "split_lm", parts_of), patch.object(ppo, "decodes", lambda *_: True), counting(Card()):
        return Policy(add_lora(model), Sampling(1, eos_token_ids=(0,)))


def written(shape: Shape, new: int) -> Rollout:
    "Responses that are not written here, all of full length."
    known = dict(device="meta", dtype=torch.long)
    prompts, tokens = (torch.zeros(shape.responses, length, **known) for length in (shape.prompt, new))
    floats = (torch.empty(shape.responses, new, device="meta") for _ in range(2))
    return Rollout(prompts, torch.ones_like(prompts), tokens, torch.ones_like(tokens, dtype=torch.bool), *floats)


def counted(name: str, shape: Shape) -> list[dict[str, Any]]:
    "A row a stage of one update."
    card, rows, ids = Card(), [], [[5] * shape.prompt] * min(shape.settings.rollout_bs, shape.responses)  # one batch
    policy, how = policy_of(shape), shape.settings
    parameters = trainable_parameters(policy)
    for x in [*policy.parameters(), *policy.buffers()]:
        card.hold(x)
    about = {"weight_bytes": card.live, "trainable": sum(p.numel() for p in parameters)}

    def stage(part: str, new: int, do: Callable[[], Any]) -> Any:
        card.counts.clear()
        card.peak, began = card.live, time.perf_counter()
        with counting(card):
            out = do()
        counts = {field: card.counts[field] for field in ("flops", "bytes", "launches", "syncs")}
        told = {
            "shape": name,
            "part": part,
            "responses": len(ids) if part == "write" else shape.responses,
            "prompt": shape.prompt,
            "new": new,
        }
        rows.append({**told, "epochs": how.ppo_epochs, **counts, "peak_bytes": card.peak, **about})
        print(rows[-1], f"{time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        return out

    for new in [new for new in shape.news if new <= LONGEST]:
        policy.sampling = policy.sampling._replace(max_new_tokens=new)
        draws = torch.empty(len(ids), new, dtype=torch.float64, device="meta")
        stage("write", new, lambda draws=draws: policy.write(ids, draws, how.rollout_bs))
    with counting(card):
        fresh, scores = written(shape, new := shape.news[-1]), torch.empty(shape.responses, device="meta")
    card.counts.clear()
    rollout, _ = stage("reference and check", new, lambda: policy.complete(fresh, how.mini_bs))
    rollout = stage("advantages", new, lambda: with_advantages(rollout, scores, how))
    adam: Any = FusedAdamW(parameters, card)
    for part, less in (("update", False), ("update, layers recomputed", True)):
        course, order = make_config(how, gradient_checkpointing=less), torch.Generator().manual_seed(0)
        stage(part, new, lambda course=course, order=order: policy.update(rollout, adam, course, order))
    return rows


if __name__ == "__main__":
    torch.set_num_threads(1)
    asked = sys.argv[1:] or list(SHAPES)
    path = HERE / "scale.csv"
    for name in asked:
        rows = pd.DataFrame(counted(name, SHAPES[name]))
        old = read_csv(path) if path.exists() else rows.iloc[:0]
        write_csv(pd.concat([old[old["shape"] != name], rows], ignore_index=True), path)
