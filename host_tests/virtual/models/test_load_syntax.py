"""The bench's load arguments."""

import pytest

from boards.virtual.load import (
    Harmonic,
    Load,
    PhaseLoad,
    parse_currents,
    parse_harmonics,
)


def test_each_phase_is_read_with_its_sign_and_power_factor():
    l1, l2, l3 = parse_currents("L1=10A@0.5ind,L2=5A@0.8cap,L3=-2A")
    assert (l1.i_a, l1.cos, l1.sin) == (10, 0.5, pytest.approx(0.75**0.5))
    assert (l2.i_a, l2.cos, l2.sin) == (5, 0.8, pytest.approx(-0.6))
    assert l3 == PhaseLoad(-2.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("L1=0.02A", PhaseLoad(0.02)),
        ("L1=.5A", PhaseLoad(0.5)),
        (" L1=+200A@1 ", PhaseLoad(200)),
        ("L1=-200A@1.0", PhaseLoad(-200)),
        ("L1=1A@1ind", PhaseLoad(1)),
        ("L1=1A@0ind", PhaseLoad(1, 0, 1)),
        ("L1=1A@0.0cap", PhaseLoad(1, 0, -1)),
    ],
)
def test_accepted_forms_of_one_phase(text, phase):
    assert parse_currents(text, systems=1) == (phase,)


def test_phases_may_come_in_any_order_and_an_unnamed_one_carries_nothing():
    assert parse_currents("L3=3A, L1=1A") == (PhaseLoad(1), PhaseLoad(0), PhaseLoad(3))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "L1",
        "L1=",
        "L1=10",
        "L1=10V",
        "10A",
        "L0=1A",
        "L4=1A",
        "L1=1A,",
        "L1=1A;L2=1A",
        "L1=1A,L1=2A",
        "L1=nanA",
        "L1=infA",
        "L1=1e1A",
        "L1=200.1A",
        "L1=-201A",
        "L1=--1A",
        "L1=1A@",
        "L1=1A@0.5",  # inductive or capacitive?
        "L1=1A@1.1ind",
        "L1=1A@-0.5ind",
        "L1=1A@nanind",
        "L1=1A@0.5lag",
        "L1=\u0661A",  # a digit for str.isdigit(), not for us
        "L1=1A\nL2=1A",
        "x" * 1000,
    ],
)
def test_a_wrong_load_is_refused_in_one_line_that_says_what_is_accepted(text):
    with pytest.raises(ValueError, match=r"^--load (takes .*L1 L2 L3|names L1 twice)") as error:
        parse_currents(text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


def test_a_phase_the_board_lacks_is_refused():
    with pytest.raises(ValueError, match=r"--load .*any of L1,.*not 'L2=1A'"):
        parse_currents("L1=1A,L2=1A", systems=1)


def test_harmonics_are_shares_of_the_fundamental():
    assert parse_harmonics("") == ()
    assert parse_harmonics("5:10%/40%, 25:0%/100%") == (
        Harmonic(5, 0.1, 0.4),
        Harmonic(25, 0.0, 1.0),
    )


@pytest.mark.parametrize(
    "text",
    ["5", "5:10/40", "5:10%", "1:10%/10%", "26:1%/1%", "5:101%/1%", "5:1%/101%", "5:-1%/1%",
     "5:nan%/1%", "5:1%/1%,5:2%/2%", "5:1%/1%,", "-5:1%/1%", "5.0:1%/1%", "9" * 5000 + ":1%/1%"],
)  # fmt: skip
def test_wrong_harmonics_are_refused_in_one_line(text):
    with pytest.raises(ValueError, match=r"^--harmonics takes ORDER:U%/I%.*2\.\.25") as error:
        parse_harmonics(text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


def test_voltage_and_frequency_are_read_as_text_or_number():
    load = Load.parse("L1=1A", voltage="264.5", frequency=60)
    assert (load.u_v, load.f_mhz) == (264.5, 60_000)
    assert Load.parse("L1=1A", voltage=0, frequency="45.0004").f_mhz == 45_000


@pytest.mark.parametrize("value", ["", "300.1", "-1", "nan", "inf", "1e2", "230V", "0x10", None])
def test_a_wrong_voltage_is_refused(value):
    with pytest.raises(ValueError, match=r"^--voltage takes 0\.\.300 V, not "):
        Load.parse("L1=1A", voltage=value)


@pytest.mark.parametrize("value", ["44.999", "66.001", "nan", "-50", "50Hz"])
def test_a_wrong_frequency_is_refused(value):
    with pytest.raises(ValueError, match=r"^--frequency takes 45\.\.66 Hz, not "):
        Load.parse("L1=1A", frequency=value)
