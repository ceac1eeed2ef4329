"""train.py without its training: what the command line made of it."""

import contextlib
import sys
from types import SimpleNamespace


class Trained:
    """Stands in for the Trainer.

    Args:
      monkeypatch: pytest's.
      fails: error that making a trainer raises.

    Attributes:
      configs: of each trainer.
      calls: (name, arguments…) of what was called on them.
    """

    def __init__(self, monkeypatch, fails=None):
        self.configs, self.calls, self._fails = [], [], fails
        devices = SimpleNamespace(
            make_strategy=lambda gpus, say: None, describe=lambda strategy: "1 × CPU"
        )
        trainer = SimpleNamespace(Trainer=self._trainer)
        import inpaint.training

        for name, module in (("devices", devices), ("trainer", trainer)):
            monkeypatch.setitem(sys.modules, f"inpaint.training.{name}", module)
            monkeypatch.setattr(inpaint.training, name, module, raising=False)
        nothing = contextlib.nullcontext
        monkeypatch.setattr("inpaint.cli.train._memory_errors", lambda _: nothing())
        monkeypatch.setattr("inpaint.cli.train._make_repeatable", lambda seed: None)

    def _trainer(self, config, strategy, pictures, views, say):
        if self._fails is not None:
            raise self._fails
        self.configs.append(config)
        return _Trainer(config, pictures, views, self.calls)


class _Trainer:
    chief = True
    batch_size = 1

    def __init__(self, config, pictures, views, calls):
        self.config, self.pictures, self.views = config, pictures, views
        for name in ("resume", "initialise", "run"):
            setattr(self, name, lambda *x, name=name: calls.append((name, *x)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def sizes(self):
        return {"net": 1}

    def frozen_sizes(self):
        return {}
