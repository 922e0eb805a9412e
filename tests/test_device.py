"""Processes that compute for another."""

import os
import signal

import pytest

from vox import VoxError
from vox.device import processes

told = []


def learn(factor):
    told.append(factor)


def double(x):
    return told[0] * x


def die(x):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_they_are_told_what_they_need_and_compute(method):
    with processes(2, method, learn, 2) as pool:
        assert list(pool.map(double, range(3))) == [0, 2, 4]


def test_one_that_the_system_ends_is_a_sentence():
    with pytest.raises(VoxError, match="ended from outside"), processes(1, "fork") as pool:
        list(pool.map(die, range(3)))
