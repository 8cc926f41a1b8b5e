"""The kernels under test."""

import pytest

from meter.metrology import kernel as definition
from meterctl import cortex_m0plus
from ports.cpython import kernel as numpy_kernel


@pytest.fixture(scope="session")
def machine():
    """The rp2 port's kernel and the emulated core that its machine code runs on."""
    return cortex_m0plus.load_kernel()


@pytest.fixture(scope="session", params=["numpy", "machine code"])
def twin(request):
    """A twin of the definition, 12-bit format."""
    if request.param == "numpy":
        return numpy_kernel
    kernel, _ = request.getfixturevalue("machine")
    return kernel


@pytest.fixture(scope="session", params=["definition", "numpy", "machine code"])
def any_kernel(request):
    """The definition or one of its twins."""
    if request.param == "definition":
        return definition
    if request.param == "numpy":
        return numpy_kernel
    kernel, _ = request.getfixturevalue("machine")
    return kernel


@pytest.fixture(scope="session")
def fresh(machine):
    """Call before each example: the arrays of the one before leave the emulated RAM."""
    _, core = machine
    return core.forget_arrays
