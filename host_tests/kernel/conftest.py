"""The kernels under test."""

import pytest

from meter.metrology import kernel as definition
from meterctl import cortex_m0plus, cortex_m4
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


@pytest.fixture(scope="session")
def machine_24():
    """The rp2 port's kernel for the 24-bit format and its core."""
    return cortex_m0plus.load_kernel("kernel_24")


@pytest.fixture(scope="session")
def machine_m4():
    """The stm32 port's kernel and its core."""
    return cortex_m4.load_kernel()


@pytest.fixture(scope="session")
def machine_m7():
    """The same on a Cortex-M7."""
    return cortex_m4.load_kernel(cortex_m4.CoreM7)


@pytest.fixture(scope="session", params=["numpy", "machine_24", "machine_m4", "machine_m7"])
def twin_24(request):
    """A twin of the definition, 24-bit format."""
    if request.param == "numpy":
        return numpy_kernel
    kernel, _ = request.getfixturevalue(request.param)
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
def fresh(machine, machine_24, machine_m4, machine_m7):
    """Call before each example: the arrays of the one before leave the emulated RAM."""
    cores = [core for _, core in (machine, machine_24, machine_m4, machine_m7)]

    def forget():
        for core in cores:
            core.forget_arrays()

    return forget
