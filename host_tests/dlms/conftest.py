"""The boards' octet loops on an emulated core."""

import functools
import importlib
import importlib.util
import sys
import types
from unittest import mock

import pytest

from meterctl import cortex_m0plus


@pytest.fixture(scope="session")
def octets():
    """The boards' octet loops, run by an emulated Cortex-M0+, and the core."""
    source = importlib.util.find_spec("ports.thumb.octets").origin
    core = cortex_m0plus.Core(cortex_m0plus.compile_functions(source))
    board = types.ModuleType("micropython")
    board.const = lambda value: value
    board.asm_thumb = lambda function: functools.partial(core.call, function.__name__)
    uctypes = types.ModuleType("uctypes")
    uctypes.addressof = core.address_of
    with mock.patch.dict(sys.modules, {"micropython": board, "uctypes": uctypes}):
        sys.modules.pop("ports.thumb.octets", None)
        module = importlib.import_module("ports.thumb.octets")
    return module, core
