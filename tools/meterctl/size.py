"""How big the compiled firmware is: `python -m meterctl.size` compiles every file and says so."""

import sys

from meterctl.build import ROOT, BuildError, compile_module

ARCHITECTURES = ("armv6m", "armv7emsp")  # RP2040, STM32F4
LIMIT_BYTES = 4_500  # a module that is larger holds two ideas
_CPYTHON_ONLY = (
    "firmware/ports/blinka",
    "firmware/ports/cpython",
    "boards/blinka",
    "boards/virtual",
    "boards/emulated",
)
_EMULATION = "emulation.py"  # a board's parts for the emulator


def sources():
    """Return every file that some board runs: firmware/ and boards/ but for what needs CPython."""
    hosted = [ROOT / folder for folder in _CPYTHON_ONLY]
    return [
        path
        for room in ("firmware", "boards")
        for path in sorted((ROOT / room).rglob("*.py"))
        if path.name != _EMULATION and not any(path.is_relative_to(folder) for folder in hosted)
    ]


def main():
    """Print bytes of .mpy per file and architecture, and the totals."""
    totals = [0] * len(ARCHITECTURES)
    print("{:>10}{:>10}  bytes of .mpy".format(*ARCHITECTURES))
    for path in sources():
        sizes = [len(compile_module(path, architecture)) for architecture in ARCHITECTURES]
        totals = [total + size for total, size in zip(totals, sizes, strict=True)]
        print("{:>10}{:>10}  {}".format(*sizes, path.relative_to(ROOT)))
    print("{:>10}{:>10}  {} files".format(*totals, len(sources())))


if __name__ == "__main__":
    try:
        main()
    except BuildError as error:
        sys.exit(f"size: {error}")
