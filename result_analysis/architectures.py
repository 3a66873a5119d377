"""Which architectures work: every family that transformers can build tiny, through generating, PPO, fine-tuning, bf16 and packing.

    python result_analysis/architectures.py [--out FILE] [--again] [--jobs 1] [--seconds 600] [family ...]

A family is a model type of transformers' mappings of causal and of encoder-decoder language models. Each gets random weights, the vocabulary of the
embedded tokenizer and a process of its own, `--jobs` of them at a time; its row is written at once to `architectures.csv`, and a second call goes on
behind the last one (`--again` tries all anew, a family by name is always tried anew). A cell says `works`; `by generate` (right, by transformers' own `generate`);
`refused: …`, one sentence; or what is not right: `WRONG: …`, `traceback: …`."""

import argparse
import contextlib
import copy
import multiprocessing
import os
import platform
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from importlib.metadata import version
from pathlib import Path
from queue import Empty

os.environ.update(OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402
import transformers as tf  # noqa: E402
from transformers.models.auto.configuration_auto import CONFIG_MAPPING  # noqa: E402
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as CAUSAL  # noqa: E402
from transformers.models.auto.modeling_auto import MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES as SEQ2SEQ  # noqa: E402

from rewardlm.core.GenerativeModel import GenerativeModel  # noqa: E402
from rewardlm.core.RewardModel import RewardManager  # noqa: E402
from rewardlm.core.RL.guards import RunStopped  # noqa: E402
from rewardlm.core.RL.RLModel import RLModel  # noqa: E402
from rewardlm.utils.general_utils import resolve_model_id  # noqa: E402

HERE = Path(__file__).parent
VOCABULARY, IDS = 6144, {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 1}
PROMPTS = [
    "You",
    "I hate",
    "You are such a",
    "The people who came to this country from the south are",
    "She said that she would never again speak to anyone who had voted for the party of her father, because",
]
TEXTS = [
    "You are nice to everyone here.",
    "I like rain.",
    "The people who came from the south are welcome in this town.",
    "Tea is good, and so is coffee.",
]
CHECKS = (
    "greedy",
    "samples",
    "early_end",
    "nats",
    "ppo_lora",
    "ppo_full",
    "ppo_bf16",
    "tune_lora",
    "tune_full",
    "packing",
    "checkpointing",
    "bf16",
)
NEW = 12  # tokens

# ---- tiny configurations

TINY = {
    value: names.split()
    for value, names in {
        VOCABULARY: "vocab_size decoder_vocab_size src_vocab_size tgt_vocab_size unpadded_vocab_size vocab_size_per_layer_input",
        32: "hidden_size d_model n_embd emb_dim embedding_size embedding_dim moe_intermediate_size expert_ffn_hidden_size shared_expert_intermediate_size "
        "shared_intermediate_size lru_width adapter_out_dim embed_dim out_hidden_size dim_model_base rel_extent "
        "adapter_in_dim adapter_out_dim adapter_input_size",
        64: "intermediate_size intermediate_size_mlp ffn_hidden_size ffn_dim d_inner dff dim_ff d_ff encoder_ffn_dim decoder_ffn_dim mamba_d_ssm "
        "attention_hidden_size index_topk",
        2: "num_hidden_layers n_layer n_layers num_layers encoder_layers decoder_layers num_decoder_layers num_encoder_layers depth num_key_value_heads "
        "num_kv_heads swa_num_key_value_heads index_n_heads num_experts_per_tok num_experts_per_token moe_topk moe_k zero_expert_num n_mamba_heads "
        "linear_num_key_heads",
        4: "num_attention_heads n_head n_heads num_heads attention_heads encoder_attention_heads decoder_attention_heads num_encoder_attention_heads "
        "num_decoder_attention_heads swa_num_attention_heads qk_rope_head_dim qk_nope_head_dim rotary_dim num_experts num_local_experts n_routed_experts "
        "moe_num_experts mamba_dt_rank time_step_rank linear_num_value_heads linear_num_heads adapter_rank gated_norm_rank loop_gate_rank",
        8: "head_dim swa_head_dim attention_head_dim d_kv d_head dim_head kv_channels v_head_dim kv_lora_rank q_lora_rank o_lora_rank index_head_dim "
        "state_size mamba_d_state mamba_n_heads mamba_d_head mamba_headdim mamba_head_dim mamba_num_heads ssm_state_size linear_key_head_dim "
        "linear_value_head_dim linear_head_dim hidden_size_per_layer_input laurel_rank d_rel query_pre_attn_scalar block_multiple_of",
        16: "sliding_window sliding_window_size window_size attention_chunk_size attention_window mamba_chunk_size chunk_size router_hidden_size",
        1: "n_shared_experts num_shared_experts moe_num_shared_experts n_group topk_group num_expert_group mamba_n_groups n_groups mamba_ngroups "
        "num_mem_blocks num_sparse_encoder_layers num_sparse_decoder_layers encoder_sparse_step decoder_sparse_step",
        128: "max_position_embeddings n_positions n_ctx max_seq_len model_max_length max_encoder_position_embeddings max_decoder_position_embeddings "
        "max_source_positions max_target_positions",
    }.items()
}
SIZES = {name: value for value, names in TINY.items() for name in names}
KINDS = ("layer_types", "mlp_layer_types", "layers_block_type", "block_types")  # lists with one entry a layer
LATENT = {"num_key_value_heads": 4, "qk_head_dim": 8, "head_dim": 4}  # multi-head latent attention: a key for each head
HYBRID = {
    "layers_block_type": ["linear_attention", "hybrid"] * 2,
    "num_hidden_layers": 4,
    "attention_hidden_size": 64,
    "attention_head_dim": 16,
}
BERT = {
    "model_type": "bert",
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    **IDS,
}
OWN = {  # what else a family needs; None: a setting that it may not be given
    **dict.fromkeys(
        (
            "axk1",
            "axk2",
            "deepseek_v3",
            "deepseek_v32",
            "glm_moe_dsa",
            "longcat_flash",
            "youtu",
            "bailing_hybrid",
            "glm4_moe_lite",
            "kimi_linear",
            "minicpm3",
            "sarvam_mla",
        ),
        LATENT,
    ),
    **dict.fromkeys(("hunyuan_v1_dense", "hunyuan_v1_moe", "ministral"), {"head_dim": 8}),
    "cohere_compass_text": {"rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 1e4}}},
    "deepseek_v2": {**LATENT, "topk_method": "greedy", "num_experts_per_tok": 2},
    "dots3_note_text": {
        **LATENT,
        "swa_num_attention_heads": 4,
        "swa_num_key_value_heads": 4,
        "swa_q_lora_rank": 8,
        "swa_kv_lora_rank": 8,
        "swa_head_dim": 8,
        "swa_qk_nope_head_dim": 4,
        "swa_v_head_dim": 8,
        "shared_experts_intermediate_size": 32,
    },
    "nllb-moe": {"expert_capacity": 1000},
    "fsmt": {"num_beams": 1},
    "xlstm": {"hidden_size": 128, "embedding_dim": 128},
    "dots1": {"n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2},
    "dory": {
        "num_hidden_layers": 3,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        "n_input_layers": 1,
        "n_recurrent_layers": 1,
        "n_output_layers": 1,
    },
    "bamba": {"layer_types": None, "layers_block_type": None, "attn_layer_indices": [1]},
    "falcon_h1": {"layer_types": None, "layers_block_type": None},
    "recurrent_gemma": {
        "layer_types": None,
        "layers_block_type": None,
        "attention_window_size": 16,
        "num_hidden_layers": 3,
        "block_types": ["recurrent", "recurrent", "attention"],
    },
    "dbrx": {
        "num_key_value_heads": None,
        "attn_config": {"kv_n_heads": 2, "clip_qkv": 8, "rope_theta": 1e4},
        "ffn_config": {"hidden_size": 32, "ffn_hidden_size": 64, "moe_num_experts": 4, "moe_top_k": 2},
    },
    "gpt_neo": {"attention_layers": None, "attention_types": [[["global", "local"], 1]]},
    "granitemoehybrid": {"layer_types": ["linear_attention", "full_attention"]},
    "jamba": {
        "layer_types": None,
        "layers_block_type": None,
        "attn_layer_period": 2,
        "attn_layer_offset": 1,
        "use_mamba_kernels": False,
    },
    "lfm2_moe": {"layer_types": ["conv", "full_attention"], "num_dense_layers": 1},
    "mamba2": {"num_heads": 8, "n_groups": 1},
    "nemotron": {"head_dim": 8, "num_key_value_heads": 2},
    "rembert": {"input_embedding_size": 32, "output_embedding_size": 32},
    "rwkv": {"attention_hidden_size": 32},
    "prophetnet": {"pad_token_id": 0},  # its positions begin behind this number, and have to begin at 1
    "qwen4_exp_text": {
        "indexer_n_heads": 2,
        "indexer_kv_heads": 1,
        "indexer_head_dim": 8,
        "indexer_budget": 8,
        "indexer_compress_ratio": 2,
        "hc_lowrank": 8,
        "ple_layer_ids": [1],
        "ple_embed_dim": 32,
        "heads_per_ngram": 2,
        "ngram_vocab_size_base": 97,
        "split_ngram_parts": 4,
    },
    "reformer": {
        "attn_layers": ["local", "lsh"],
        "axial_pos_shape": [8, 16],
        "axial_pos_embds_dim": [16, 16],
        "feed_forward_size": 64,
        "num_buckets": 4,
        "attention_head_size": 8,
        "local_attn_chunk_length": 8,
        "lsh_attn_chunk_length": 8,
    },
    "roc_bert": {
        "pronunciation_vocab_size": 32,
        "shape_vocab_size": 32,
        "pronunciation_embed_dim": 8,
        "shape_embed_dim": 8,
    },
    "encoder-decoder": {"encoder": BERT, "decoder": {**BERT, "is_decoder": True, "add_cross_attention": True}, **IDS},
    "xmod": {"default_language": "en_XX"},
    "zaya": {"num_experts_per_tok": 1},
    "zamba": {**HYBRID, "head_dim": None, "use_mamba_kernels": False},
    "zamba2": {
        **HYBRID,
        "layer_types": None,
        "n_mamba_heads": 8,
        "num_key_value_heads": 4,
        "use_mamba_kernels": False,
        "use_mem_eff_path": False,
    },
    "gemma3n_text": {
        "num_hidden_layers": 4,
        "intermediate_size": [64] * 4,
        "layer_types": ["sliding_attention", "full_attention"] * 2,
        "num_kv_shared_layers": 2,
        "activation_sparsity_pattern": [0.5, 0.0, 0.0, 0.0],
    },
}


def settings(default, own: dict) -> dict:
    "Arguments of a tiny configuration of the class of `default`, its parts included."
    given = default.to_dict()
    found = {
        name: SIZES[name]
        for name, value in given.items()
        if name in SIZES and isinstance(value, int) and not isinstance(value, bool)
    }
    kinds = {
        name: list(dict.fromkeys(given[name]))
        for name in KINDS
        if isinstance(given.get(name), list | tuple) and given[name]
    }
    layers = max([2, *map(len, kinds.values())])  # one of each kind
    found |= {name: (value + value[-1:] * layers)[:layers] for name, value in kinds.items()}
    found |= {name: layers for name in ("num_hidden_layers", "n_layer", "num_layers") if name in found}
    found |= {name: value for name, value in IDS.items() if name in given}
    found |= {
        name: 0.0 for name, value in given.items() if isinstance(value, float) and ("drop" in name or "jitter" in name)
    }  # no noise
    if default.sub_configs:
        parts = {name: getattr(default, name, None) for name in default.sub_configs}
        found |= {
            name: {**settings(part, OWN.get(part.model_type, {})), "model_type": part.model_type}
            for name, part in parts.items()
            if part is not None
        }
    if "is_decoder" in given and not default.is_encoder_decoder:
        found["is_decoder"] = True
    found |= own
    return {name: value for name, value in found.items() if value is not None}


def tiny_config(kind: str, family: str):
    "The family's configuration, tiny."
    own = copy.deepcopy(OWN.get(family, {}))
    if kind == "causal" and family in SEQ2SEQ:
        own |= {"is_decoder": True, "is_encoder_decoder": False}
    default = CONFIG_MAPPING[family]()
    config = CONFIG_MAPPING[family](**settings(default, own))
    for name in (
        "forced_bos_token_id",
        "forced_eos_token_id",
        "suppress_tokens",
        "begin_suppress_tokens",
    ):  # of tasks, not of the family
        if getattr(config, name, None) is not None:
            setattr(config, name, None)
    if kind != "causal":
        starts_with_pad = getattr(default, "decoder_start_token_id", None) in (
            None,
            getattr(default, "pad_token_id", None),
        )
        config.decoder_start_token_id = IDS["pad_token_id" if starts_with_pad else "eos_token_id"]
    return config


def build(kind: str, family: str, folder: Path, std: float) -> None:
    "A random model of the family in a folder, with the embedded tokenizer."
    auto = tf.AutoModelForCausalLM if kind == "causal" else tf.AutoModelForSeq2SeqLM
    torch.manual_seed(0)
    model = auto.from_config(tiny_config(kind, family)).eval()
    if (size := sum(p.numel() for p in model.parameters())) > 8e6:
        raise ValueError(f"is not tiny: {size} weights")
    for name, weight in model.named_parameters():
        if weight.dim() > 1 and "A_log" not in name:
            weight.data.normal_(0, std)
        elif "dt" not in name and (name.endswith(".bias") or not weight.any()):
            weight.data.normal_(0, 0.1)
    model.save_pretrained(folder)
    tf.AutoTokenizer.from_pretrained(resolve_model_id("rewardlm/tiny-neox")).save_pretrained(folder)


# ---- what is right: transformers alone, one text at a time, without padding


def reference(folder: Path, kind: str):
    auto = tf.AutoModelForCausalLM if kind == "causal" else tf.AutoModelForSeq2SeqLM
    return auto.from_pretrained(folder, dtype=torch.float32).eval(), tf.AutoTokenizer.from_pretrained(folder)


def encoded(tokenizer, text: str, kind: str) -> torch.Tensor:
    return torch.tensor([tokenizer(text)["input_ids"] + ([0] if kind != "causal" else [])])


@torch.no_grad()
def greedy(model, tokenizer, kind: str, ends=(0,)) -> tuple[list[str], list[float]]:
    "What the model says to each prompt, and how near the choice between two tokens came."
    texts, gaps = [], []
    for prompt in PROMPTS:
        ids = encoded(tokenizer, prompt, kind)
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=NEW,
            pad_token_id=1,
            eos_token_id=list(ends),
            return_dict_in_generate=True,
            output_logits=True,
        )
        new = out.sequences[0, ids.shape[1] if kind == "causal" else 1 :].tolist()
        end = next((i for i, token in enumerate(new) if token in ends), len(new))
        texts.append(tokenizer.decode(new[:end], skip_special_tokens=True, clean_up_tokenization_spaces=False))
        top = torch.stack([x[0].float() for x in out.logits]).topk(2).values
        gaps.append(float((top[:, 0] - top[:, 1]).min()))
    return texts, gaps


@torch.no_grad()
def written(model, ids: torch.Tensor, tail: torch.Tensor) -> torch.Tensor:
    "The logits of an encoder-decoder model while its `generate` writes `tail`."
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        num_beams=1,
        max_new_tokens=tail.shape[1],
        pad_token_id=1,
        prefix_allowed_tokens_fn=lambda _, so_far: [tail[0, len(so_far) - 1].item()],
        return_dict_in_generate=True,
        output_logits=True,
    )
    return torch.stack(out.logits, 1)


@torch.no_grad()
def nats(model, tokenizer, kind: str, prompts: list[str], responses: list[str]) -> np.ndarray:
    "Summed negative log-likelihood of each response, by the model's own logits."
    out = []
    for prompt, response in zip(prompts, responses, strict=True):
        ids, tail = (
            encoded(tokenizer, prompt, kind),
            torch.tensor([tokenizer(response, add_special_tokens=False)["input_ids"]]),
        )
        if kind == "causal":
            logits = model(input_ids=torch.cat([ids, tail], 1)).logits[:, ids.shape[1] - 1 : -1]
        else:
            logits = written(model, ids, tail)
        out.append(torch.nn.functional.cross_entropy(logits[0].float(), tail[0], reduction="sum").item())
    return np.array(out)


# ---- checks; each returns its cell


class Refused(Exception):
    pass


def written_by(generator: GenerativeModel) -> str:
    return "works" if generator.by_loop else "by generate"


def differing(right: list[str], found: list[str], near: list[float]) -> list[int]:
    "Rows that differ, a broken last character and ties aside."
    return [
        i
        for i, (a, b) in enumerate(zip(right, found, strict=True))
        if a.rstrip("\ufffd") != b.rstrip("\ufffd") and near[i] > 1e-4
    ]


def check_greedy(folder: Path, kind: str, facts: dict) -> str:
    generator, config = GenerativeModel(folder), tf.GenerationConfig(max_new_tokens=NEW, do_sample=False)
    right, near = greedy(*reference(folder, kind), kind)
    found = [r.text for (r,) in generator.generate(PROMPTS, config)]
    wrong = differing(right, found, near)
    return (
        f"WRONG: {len(wrong)} of {len(right)} rows are not what transformers writes" if wrong else written_by(generator)
    )


def alone(generator: GenerativeModel, config, samples: int) -> list[list[str]]:
    return [[r.text for r in generator.generate([p], config, num_samples=samples, seed=1)[0]] for p in PROMPTS]


def check_samples(folder: Path, kind: str, facts: dict) -> str:
    generator, config = GenerativeModel(folder), tf.GenerationConfig(max_new_tokens=NEW, do_sample=True, top_k=0)
    together = [[r.text for r in row] for row in generator.generate(PROMPTS, config, num_samples=3, seed=1)]
    wrong = sum(
        a != b for x, y in zip(together, alone(generator, config, 3), strict=True) for a, b in zip(x, y, strict=True)
    )
    same = sum(len(set(row)) == 1 for row in together)
    if wrong > 1 or same:
        return f"WRONG: {wrong} of 15 samples depend on the batch, {same} of 5 prompts have three equal samples"
    return written_by(generator)


def check_early_end(folder: Path, kind: str, facts: dict) -> str:
    generator, ends = GenerativeModel(folder), list(range(0, VOCABULARY, 5))
    right, near = greedy(*reference(folder, kind), kind, ends)
    found = [
        r.text
        for (r,) in generator.generate(
            PROMPTS, tf.GenerationConfig(max_new_tokens=NEW, do_sample=False, eos_token_id=ends)
        )
    ]
    config = tf.GenerationConfig(max_new_tokens=NEW, do_sample=True, top_k=0, eos_token_id=ends)
    together = generator.generate(PROMPTS, config, num_samples=3, seed=1)
    wrong = len(differing(right, found, near)) + sum(
        a.text != b
        for x, y in zip(together, alone(generator, config, 3), strict=True)
        for a, b in zip(x, y, strict=True)
    )
    if not any(r.finish_reason == "eos" for row in together for r in row):
        return "WRONG: no row ended"
    return f"WRONG: {wrong} of 20 rows differ" if wrong > 1 else written_by(generator)


def check_nats(folder: Path, kind: str, facts: dict) -> str:
    generator = GenerativeModel(folder)
    found, right = generator.token_nll(PROMPTS[:4], TEXTS)[0], nats(*reference(folder, kind), kind, PROMPTS[:4], TEXTS)
    return (
        "works"
        if np.allclose(found, right, rtol=1e-3)
        else f"WRONG: {found.round(2).tolist()}, right {right.round(2).tolist()}"
    )


def length_reward(prompts: list[str], responses: list[str]) -> list[float]:
    return [float(sum(map(ord, r)) % 7) for r in responses]


def unmoved(before: dict, model) -> list[str]:
    return [name for name, p in model.named_parameters() if name in before and torch.equal(before[name], p)]


def watched(model) -> dict:
    return {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}


def _moved(model, before: dict, lora: bool, facts: dict, column: str) -> str:
    "The cell for what moved; of an adapter all weights have to."
    still = unmoved(before, model)
    facts[f"{column}_still"] = " ".join(still)
    facts[f"{column}_trained"] = len(before)
    if (lora and still) or len(still) == len(before):
        return f"WRONG: {len(still)} of {len(before)} weights never move, such as {still[0] if still else None}"
    return "works"


def ppo(folder: Path, facts: dict, lora: bool, dtype: str = "fp32") -> str:
    column = ("ppo_lora" if lora else "ppo_full") if dtype == "fp32" else "ppo_bf16"
    rl = RLModel(
        str(folder),
        reward=RewardManager({"letters": length_reward}),
        optimized=lora,
        dtype=dtype,
        bs=10,
        mini_bs=5,
        lr=1e-3,
        seed=0,
        generation_config=tf.GenerationConfig(max_new_tokens=NEW),
        accelerator_kwargs={"cpu": True},
    )
    data, before = rl.generate_dataset(text=PROMPTS * 2), watched(rl.policy.model)
    history = rl.train_PPO(data, updates=1, output_dir=folder / column, progress=False)
    row = history.iloc[-1]
    if not np.isfinite([row.policy_loss, row.value_loss, row.grad_norm]).all():
        return f"WRONG: loss {row.policy_loss}, gradient {row.grad_norm}"
    if row.logprob_gap > (1e-2 if dtype == "fp32" else 1) or abs(row.kl) > (1e-2 if dtype == "fp32" else 1):
        return (
            f"WRONG: log-probabilities of decoding are off by {row.logprob_gap:.3g} nats, KL at the start {row.kl:.3g}"
        )
    return _moved(rl.policy.model, before, lora, facts, column)


def check_ppo_lora(folder: Path, kind: str, facts: dict) -> str:
    return ppo(folder, facts, True)


def check_ppo_full(folder: Path, kind: str, facts: dict) -> str:
    return ppo(folder, facts, False)


def check_ppo_bf16(folder: Path, kind: str, facts: dict) -> str:
    return ppo(folder, facts, True, "bf16")


def _data(kind: str) -> dict:
    import datasets

    if kind == "causal":
        return {"dataset": TEXTS}
    return {"dataset": datasets.Dataset.from_dict({"prompt": PROMPTS[:4], "completion": TEXTS})}


def tune(folder: Path, kind: str, name: str, **how):
    generator = GenerativeModel(folder)
    with tempfile.TemporaryDirectory() as out:
        history = generator.fine_tune(
            **_data(kind), bs=4, epochs=3, lr=1e-3, output_dir=Path(out) / name, progress=False, **how
        )
    return generator, history.dropna(subset=["loss"]).reset_index(drop=True)


def _first_loss(folder: Path, kind: str, training: bool = False) -> float:
    "The loss of the first step by transformers alone: a text at a time, all tokens but the first, or the answers, with the token that ends them."
    model, tokenizer = reference(folder, kind)
    model.train(training)
    sums, count = 0.0, 0
    for prompt, text in zip(PROMPTS, TEXTS, strict=False):
        ids = torch.tensor([tokenizer(text)["input_ids"] + [0]])
        with torch.no_grad():
            logits = (
                model(input_ids=ids).logits
                if kind == "causal"
                else written(model, encoded(tokenizer, prompt, kind), ids)
            )
        logits, labels = (logits[0, :-1], ids[0, 1:]) if kind == "causal" else (logits[0], ids[0])
        sums, count = (
            sums + torch.nn.functional.cross_entropy(logits.float(), labels, reduction="sum").item(),
            count + len(labels),
        )
    return sums / count


def tuned(folder: Path, kind: str, facts: dict, lora: bool) -> str:
    generator, history = tune(folder, kind, "lora" if lora else "full", optimized=lora)
    found, right = float(history.loss.iloc[0]), _first_loss(folder, kind)
    near = 1e-3 * right
    if abs(found - right) > near and abs(_first_loss(folder, kind, training=True) - right) > near:
        near = 0.02 * right  # routers of experts that draw, or leave tokens out, in training (PhiMoE, NLLB)
    if not np.isfinite(history.loss).all() or abs(found - right) > near:
        return f"WRONG: first loss {found:.4f}, right {right:.4f}"
    if not history.loss.iloc[-1] < history.loss.iloc[0]:
        return f"WRONG: the loss does not fall: {history.loss.round(4).tolist()}"
    if not lora:
        return "works"
    still = [
        name
        for name, p in generator.model.named_parameters()
        if "lora_" in name and p.requires_grad and "_B" in name and not bool(p.any())
    ]
    facts["idle_experts"] = " ".join(
        name for name in still if "expert" in name
    )  # four texts reach some; NLLB-MoE's router, in transformers, but two
    still = [name for name in still if "expert" not in name]
    facts["lora_targets"] = ", ".join(
        sorted(
            {n.split(".lora_")[0].rsplit(".", 1)[-1] for n, p in generator.model.named_parameters() if ".lora_" in n}
        )
    )
    return f"WRONG: {len(still)} adapter weights never move, such as {still[0]}" if still else "works"


def check_tune_lora(folder: Path, kind: str, facts: dict) -> str:
    return tuned(folder, kind, facts, True)


def check_tune_full(folder: Path, kind: str, facts: dict) -> str:
    return tuned(folder, kind, facts, False)


def _as_plain(folder: Path, kind: str, **how) -> str:
    losses = [tune(folder, kind, "plain", **more)[1].loss.to_numpy() for more in ({}, how)]
    return (
        "works"
        if np.allclose(*losses, rtol=1e-3)
        else f"WRONG: losses {losses[1].round(4).tolist()}, right {losses[0].round(4).tolist()}"
    )


def check_packing(folder: Path, kind: str, facts: dict) -> str:
    return _as_plain(folder, kind, packing=True)


def check_checkpointing(folder: Path, kind: str, facts: dict) -> str:
    return _as_plain(folder, kind, gradient_checkpointing=True)


def check_bf16(folder: Path, kind: str, facts: dict) -> str:
    generator = GenerativeModel(folder, load_dtype="bf16")
    found, right = generator.token_nll(PROMPTS[:4], TEXTS)[0], nats(*reference(folder, kind), kind, PROMPTS[:4], TEXTS)
    written = generator.generate(PROMPTS, tf.GenerationConfig(max_new_tokens=NEW, do_sample=False))
    facts["bf16_off"] = round(float(abs(found / right - 1).max()), 4)
    if not np.isfinite(found).all() or facts["bf16_off"] > 0.2 or not any(r.n_tokens for (r,) in written):
        return f"WRONG: {found.round(2).tolist()} nats, in fp32 {right.round(2).tolist()}"
    return written_by(generator)


def cell(check, *args) -> str:
    "What a check returns, or the error it ends in: a sentence of ours is a refusal, everything else is not right."
    try:
        return check(*args)
    except Exception as error:
        frames, said = traceback.extract_tb(error.__traceback__), " ".join(str(error).split())
        place = frames[-1].filename
        sentence = isinstance(error, ValueError | TypeError | RuntimeError) and said.endswith(".")
        ours = "/rewardlm/" in place and "transformers/" not in place and sentence
        where = next(
            (f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames) if "/rewardlm/" in f.filename), ""
        )
        said = said.replace(str(args[0]), f"tiny-{args[0].name.removeprefix('tiny-')}")
        if isinstance(error, RunStopped):
            return f"refused: {said.split(' Checkpoint: ')[0]}"
        return f"refused: {said}" if ours else f"traceback: {type(error).__name__}: {said[:200]} (from {where})"


# ---- the table


def try_family(kind: str, family: str, queue) -> None:
    "All checks of one family; each result is sent at once."
    tf.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    sys.stdout = sys.stderr = open(os.devnull, "w")
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where) / f"tiny-{family}"
        facts: dict = {}
        try:
            for std in (0.2, 0.5, 1.0):
                shutil.rmtree(folder, ignore_errors=True)
                build(kind, family, folder, std)
                texts = greedy(*reference(folder, kind), kind)[0]
                if len(set(texts)) == len(texts):
                    break
            facts |= {
                "std": std,
                "different_rows": len(set(texts)),
                "class": (CAUSAL if kind == "causal" else SEQ2SEQ)[family],
            }
        except Exception as error:
            queue.put({"built": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"})
            return
        queue.put({"built": "yes", **facts})
        os.chdir(where)
        for name in CHECKS:
            began = time.perf_counter()
            value = cell(globals()[f"check_{name}"], folder, kind, facts)
            queue.put({name: value, **facts, "seconds": round(time.perf_counter() - began, 1)})


class Trial:
    "A family in a process of its own, and its row, whatever becomes of that process."

    def __init__(self, kind: str, family: str, seconds: float):
        context = multiprocessing.get_context("fork")
        self.queue, self.row, self.seconds, self.began = (
            context.Queue(),
            {"family": family, "kind": kind},
            seconds,
            time.monotonic(),
        )
        self.worker = context.Process(target=try_family, args=(kind, family, self.queue))
        self.worker.start()

    def ended(self) -> bool:
        "Take in what was sent; whether that is all."
        alive = self.worker.is_alive()  # a process that is over has sent everything
        with contextlib.suppress(Empty):
            while True:
                self.row |= self.queue.get(timeout=0.05)
        if alive and time.monotonic() - self.began < self.seconds:
            return False
        if alive:
            self.worker.kill()
            self.row["stopped"] = f"after {self.seconds:.0f} s"
        elif self.worker.exitcode:
            self.row["stopped"] = f"process ended with {self.worker.exitcode}"
        self.row.pop("seconds", None)
        return True


def conditions() -> dict:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(": ")[1] for line in lines if line.startswith("model name")]
    packages = " ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "peft", "accelerate"))
    return {"processor": names[0] if names else platform.processor(), "packages": packages}


def write(done: dict, every: list, out: Path) -> None:
    "The rows so far, in the order of transformers' mappings."
    columns = ["family", "kind", "class", "built", *CHECKS]
    found = pd.DataFrame(sorted(done.values(), key=lambda row: every.index((row["kind"], row["family"]))))
    found = found[[c for c in columns if c in found] + [c for c in found if c not in columns]]
    found.to_csv(out.with_suffix(".part"), index=False)
    os.replace(out.with_suffix(".part"), out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("families", nargs="*")
    parser.add_argument("--out", type=Path, default=HERE / "architectures.csv")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--jobs", type=int, default=1, help="families at a time, each on one thread")
    parser.add_argument("--seconds", type=float, default=600, help="time limit of a family")
    asked = parser.parse_args()
    table = pd.read_csv(asked.out).to_dict("records") if asked.out.exists() and not asked.again else []
    every = [
        (kind, family)
        for kind, known in (("causal", CAUSAL), ("encoder-decoder", SEQ2SEQ))
        for family in known
        if kind == "causal" or family not in CAUSAL or CONFIG_MAPPING[family]().is_encoder_decoder
    ]  # MOSS-Transcribe is in both, without an encoder
    done = {pair: row for row in table if (pair := (row["kind"], row["family"])) in every}
    named = [pair for family in asked.families for pair in every if pair[1] == family]
    waiting, running = named or [pair for pair in every if pair not in done], []
    while waiting or running:
        while waiting and len(running) < max(1, asked.jobs):
            running.append(Trial(*waiting.pop(0), asked.seconds))
        for trial in [trial for trial in running if trial.ended()]:
            running.remove(trial)
            row = done[trial.row["kind"], trial.row["family"]] = {**trial.row, **conditions()}
            write(done, every, asked.out)
            said = {k: v[:80] for k, v in row.items() if k in ("built", "stopped", *CHECKS) and isinstance(v, str)}
            print(row["kind"], row["family"], f"{time.monotonic() - trial.began:.0f} s", said, flush=True)


if __name__ == "__main__":
    main()
