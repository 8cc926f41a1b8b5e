"""The emulated UART keeps the time of the line that the firmware has set up."""

import pytest
from rp2040py.rp2040 import RP2040

from boards.emulated.rp2040 import Uart

IBRD, FBRD, LCR_H = 0x24, 0x28, 0x2C  # DS 4.2.8
EIGHT_BITS = 0x60
CLK_SYS, PLL_USB = 0, 2


@pytest.mark.parametrize(("source", "clock_hz"), [(CLK_SYS, 125e6), (PLL_USB, 48e6)])
@pytest.mark.parametrize("baud", [300, 9600, 115_200])
def test_a_character_takes_ten_bits_of_the_rate_whatever_clock_it_is_made_from(
    source, clock_hz, baud
):
    rp2040 = RP2040()
    uart = Uart(rp2040, 1)
    rp2040.clocks.peri_ctrl = 1 << 11 | source << 5
    divider = round(clock_hz * 64 / (16 * baud))
    uart.write_uint32(IBRD, divider >> 6)
    uart.write_uint32(FBRD, divider & 63)
    uart.write_uint32(LCR_H, EIGHT_BITS)
    assert uart.character_ns == pytest.approx(1e10 / baud, rel=2e-3)
