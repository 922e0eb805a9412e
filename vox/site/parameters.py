"""How an experiment trains, as the pages of 2019 listed it: optimiser, rate, minibatch, epochs."""

from __future__ import annotations

import math
import re

from vox.definition import Experiment
from vox.series import OF_2019, experiments

_HEADING = re.compile(r"^## (?:学習パラメータ|Hyperparameters)$", re.M)


def inserted(text: str, id: str) -> str:
    """Put the list of an experiment below the heading of its page that is about it.

    It is what the page states, whatever a run of its notebook changes.
    """
    e = next((e for e in experiments() if e.id == id), None)
    return _HEADING.sub(lambda found: f"{found[0]}\n\n{listed(e)}", text, count=1) if e else text


def listed(e: Experiment) -> str:
    """Return the list as Markdown.

    Examples
    --------
    >>> import vox
    >>> print(listed(vox.experiment("cfcefd21")))
    2019年のページの値:
    <BLANKLINE>
    - optimizer: RMSprop
    - learning rate: 1e-5
        - 減衰: 100 epoch ごとに 10^-0.5 倍
    - minibatch: 2
    - epoch: 1000
    """
    whose = "2019年のページの値:" if e.id in OF_2019 else "この実験のページの値:"
    used = e.optimisation
    if used is None or not e.objective.slots:
        return f"{whose}\n\n- 学習はない"
    digits, power = f"{used.learning_rate:e}".split("e")
    rate = f"{float(digits):g}e{int(power)}"
    lines = [f"- optimizer: {type(used).__name__}", f"- learning rate: {rate}"]
    if used.schedule == "cosine":
        lines.append("    - 減衰: 余弦に沿って 0 まで")
    elif used.decay_epochs:
        times = f"10^{math.log10(used.learning_rate_decay):g}"
        lines.append(f"    - 減衰: {used.decay_epochs} epoch ごとに {times} 倍")
    lines += [f"- minibatch: {e.scale.batch_size}", f"- epoch: {e.scale.epochs:g}"]
    return "\n".join([whose, "", *lines])
