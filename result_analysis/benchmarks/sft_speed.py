"""Samples a second and peak memory of our fine-tuning beside TRL's SFTTrainer, alternating, in one run.

Both sides get the same model (GPT-NeoX 14M: hidden 128, 6 layers, vocabulary 50,304; or SmolLM2-135M), the same ragged real data (RealToxicityPrompts:
prompt and continuation, the loss on the continuation alone), LoRA r=16 on all linear layers, texts a pass, learning rate, threads and allocator settings.
TRL runs as it comes, and once more with transformers' grouping by length.

    python result_analysis/benchmarks/sft_speed.py --smollm2 /path/to/SmolLM2-135M-Instruct --rounds 5
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BATCH = 16
ALLOCATOR = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "34359738368",
}  # the fastest setting for both on this kind of machine
HERE = Path(__file__).resolve()


def parts(shape, path, steps):
    "Model, tokenizer and pairs, the same for both sides."
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GPTNeoXConfig

    from rewardlm.data.data_utils import harmless_continuations
    from rewardlm.utils.general_utils import resolve_model_id

    torch.manual_seed(0)
    if shape == "neox-14m":
        sizes = dict(hidden_size=128, num_hidden_layers=6, num_attention_heads=4, intermediate_size=512)
        model = AutoModelForCausalLM.from_config(
            GPTNeoXConfig(vocab_size=50304, max_position_embeddings=512, pad_token_id=1, eos_token_id=0, **sizes)
        )
    else:
        model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(resolve_model_id("rewardlm/tiny-neox") if shape == "neox-14m" else path)
    return (
        model,
        tokenizer,
        harmless_continuations(1.0, None)
        .shuffle(seed=0)
        .select(range(BATCH * steps))
        .select_columns(["prompt", "completion"]),
    )


def ours(shape, path, steps, clock):
    import torch
    from transformers import PrinterCallback

    from rewardlm.core.decoding import split_lm
    from rewardlm.core.finetuning import FineTuneConfig, learning_forward, learning_items
    from rewardlm.core.GenerativeModel import add_lora
    from rewardlm.core.trainer import FineTuner, training_arguments
    from rewardlm.data.CustomDatasets import clm_dataset, collate_causal_lm

    model, tokenizer, pairs = parts(shape, path, steps)
    config, model = FineTuneConfig(lr=1e-4, bs=BATCH), add_lora(model)
    with tempfile.TemporaryDirectory() as folder:
        arguments = training_arguments(config, folder, BATCH, torch.device("cpu"), False)
        items = learning_items(clm_dataset(tokenizer, pairs), config, 512)
        trainer = FineTuner(model, arguments, train_dataset=items, data_collator=collate_causal_lm, callbacks=[clock])
        trainer.remove_callback(PrinterCallback)
        with learning_forward(model, split_lm(model)):
            trainer.train()


def trl(shape, path, steps, clock, **how):
    from peft import LoraConfig
    from transformers import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    model, tokenizer, pairs = parts(shape, path, steps)
    with tempfile.TemporaryDirectory() as folder:
        arguments = SFTConfig(
            output_dir=folder,
            use_cpu=True,
            bf16=False,
            report_to="none",
            learning_rate=1e-4,
            per_device_train_batch_size=BATCH,
            max_length=512,
            num_train_epochs=1,
            save_strategy="no",
            logging_steps=1,
            disable_tqdm=True,
            dataloader_pin_memory=False,
            warmup_steps=0.05,
            lr_scheduler_type="cosine",
            **{"gradient_checkpointing": False, **how},
        )
        lora = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
        trainer = SFTTrainer(
            model, arguments, train_dataset=pairs, processing_class=tokenizer, peft_config=lora, callbacks=[clock]
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()


SIDES = {"ours": ours, "trl": trl, "trl_grouped": lambda *args: trl(*args, train_sampling_strategy="group_by_length")}


def child(side, shape, path, steps, threads):
    import torch
    import transformers
    from transformers import TrainerCallback

    torch.set_num_threads(threads)
    transformers.utils.logging.set_verbosity_error()
    marks, losses = [], []

    class Clock(TrainerCallback):
        def on_step_end(self, *args, **kwargs):
            marks.append(time.perf_counter())

        def on_log(self, args, state, control, logs=None, **kwargs):
            losses.extend([logs["loss"]] if "loss" in logs else [])

    SIDES[side](shape, path, steps, Clock())
    assert len(marks) == steps, marks
    rate = BATCH * (steps - 1) / (marks[-1] - marks[0])  # the first step warms up
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        "RESULT "
        + json.dumps(
            {
                "shape": shape,
                "side": side,
                "samples_per_second": rate,
                "peak_mib": peak,
                "mean_loss": sum(losses) / steps,
            }
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smollm2", help="folder of SmolLM2-135M-Instruct; without it the 14M shape alone is measured")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--steps",
        type=int,
        default=None,
        help="optimiser steps a round, the first of which is not counted; default 16 (14M), 4 (135M)",
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", default=str(HERE.with_suffix(".csv")))
    parser.add_argument("--side", choices=list(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--shape", help=argparse.SUPPRESS)
    a = parser.parse_args()
    shapes = {"neox-14m": a.steps or 16, **({"smollm2-135m": a.steps or 4} if a.smollm2 else {})}
    if a.side:
        return child(a.side, a.shape, a.smollm2, shapes[a.shape], a.threads)
    import pandas as pd

    rows = []
    for number in range(a.rounds):
        for shape in shapes:
            for side in SIDES:
                env = {**os.environ, **ALLOCATOR, "OMP_NUM_THREADS": str(a.threads), "PYTHONPATH": str(HERE.parents[2])}
                done = subprocess.run(
                    [sys.executable, HERE, *sys.argv[1:], "--side", side, "--shape", shape],
                    env=env,
                    capture_output=True,
                    text=True,
                )
                line = [x for x in done.stdout.splitlines() if x.startswith("RESULT ")]
                if not line:
                    sys.exit(f"{side} failed:\n{done.stderr[-3000:]}")
                rows.append({"round": number, **json.loads(line[0][7:])})
                print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    table.round(3).to_csv(a.out, index=False)
    print(table.groupby(["shape", "side"])[["samples_per_second", "peak_mib", "mean_loss"]].median().round(2))


if __name__ == "__main__":
    main()
