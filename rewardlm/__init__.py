"""Make a language model less toxic without human labels, and prove that it worked."""
__version__ = "0.1.0"

import logging

# bitsandbytes warns at import of a missing optional kernel, and once a matrix product in 8 bits on CPU
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

# torch and transformers are loaded on first use of one of these, never by `import rewardlm`
_LAZY = {
    "RLModel": "rewardlm.core.RL.RLModel",
    "GenerativeModel": "rewardlm.core.GenerativeModel",
    "RewardModel": "rewardlm.core.RewardModel",
}
__all__ = ["__version__", *_LAZY]


def __getattr__(name: str) -> object:
    if name in _LAZY:
        from importlib import import_module
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'rewardlm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
