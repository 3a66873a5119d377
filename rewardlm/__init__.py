"""Make a language model less toxic without human labels, and prove that it worked."""

__version__ = "0.1.0"

import logging
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what tools that read the code are told
    from .callback import ToxicityCallback as ToxicityCallback
    from .core.GenerativeModel import GenerativeModel as GenerativeModel
    from .core.RewardModel import RewardModel as RewardModel
    from .core.RL.RLModel import RLModel as RLModel
    from .data.data_utils import embedded_prompts as embedded_prompts
    from .metrics import summarize as summarize
    from .report import compare as compare
    from .scores import rescore as rescore
    from .ToxicityMeter import ToxicityMeter as ToxicityMeter

# bitsandbytes warns at import of a missing optional kernel, and once a matrix product in 8 bits on CPU
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

# OpenMP's threads spin while they wait for each other, GNU's for 300,000 turns, and beside another busy program most of
# the time goes into that. 3,000 turns cost little alone (result_analysis/benchmarks/ppo_speed.ipynb);
# read where torch is loaded
if "torch" not in sys.modules and "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")

# torch and transformers are loaded on first use of one of these, never by `import rewardlm`
_LAZY = {
    "RLModel": "rewardlm.core.RL.RLModel",
    "GenerativeModel": "rewardlm.core.GenerativeModel",
    "RewardModel": "rewardlm.core.RewardModel",
    "ToxicityMeter": "rewardlm.ToxicityMeter",
    "ToxicityCallback": "rewardlm.callback",
    "rescore": "rewardlm.scores",
    "summarize": "rewardlm.metrics",
    "compare": "rewardlm.report",
    "embedded_prompts": "rewardlm.data.data_utils",
}
__all__ = ["__version__", *_LAZY]


def __getattr__(name: str) -> object:
    if name in _LAZY:
        from importlib import import_module

        module = import_module(_LAZY[name])
        return (
            module if name == "ToxicityMeter" else getattr(module, name)
        )  # that module stands for its class, first use or later
    raise AttributeError(f"module 'rewardlm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
