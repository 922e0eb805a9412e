"""A file of one's own that defines an experiment, and a kind of part with it."""

import pytest
import torch

import vox
from vox import VoxError
from vox.runs.spec import Spec, converter
from vox.series import found

MINE = """
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import vox
from vox.fields import number
from vox.optimisation import Optimisation

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Momentum(Optimisation):
    kind: ClassVar[str] = "momentum"
    momentum: float = number(0.9, least=0, below=1)

    def build(self, parameters: Iterable):
        import torch

        return torch.optim.SGD(parameters, lr=self.learning_rate, momentum=self.momentum)


EXPERIMENT = vox.experiment("cfcefd21").replace(optimisation=Momentum(momentum=MOMENTUM))
"""


@pytest.fixture
def mine(tmp_path):
    def mine(momentum):
        path = tmp_path / "mine.py"
        path.write_text(MINE.replace("MOMENTUM", momentum))
        return found(str(path))

    return mine


def test_a_kind_of_its_own_builds_and_goes_through_a_file(mine):
    e = mine("0.5")
    weight = torch.nn.Parameter(torch.zeros(1))
    assert e.optimisation.build([weight]).param_groups[0]["momentum"] == 0.5
    spec = Spec(e, vox.LabelSpace.sized(speaker=2), "f", 0, "cpu")
    assert converter.structure(converter.unstructure(spec), Spec).key == spec.key


def test_its_fields_are_checked_like_any(mine):
    with pytest.raises(VoxError, match="momentum must be less than 1"):
        mine("1")
    with pytest.raises(VoxError, match="momentum must be a finite number"):
        mine("'much'")


def test_a_file_that_is_wrong_is_told_by_its_name(tmp_path):
    path = tmp_path / "mine.py"
    for text, told in (("x = 1", "no EXPERIMENT"), ("x = ", "SyntaxError"), ("y", "NameError")):
        path.write_text(text)
        with pytest.raises(VoxError, match=rf"mine\.py: .*{told}"):
            found(str(path))
    with pytest.raises(VoxError, match="no such file"):
        found(str(tmp_path / "none.py"))
