"""Loads between three wires: what two elements see is what three systems see."""

import numpy as np
import pytest

from boards.virtual.load import ARON, FOUR_WIRE, THREE_WIRE, Load
from boards.virtual.mains import Mains

LOAD = "L12=10A@0.5ind,L23=5A@0.8cap,L31=-2A"
HARMONICS = "3:4%/20%,5:10%/40%,7:5%/20%"


def mains_of(connection, load=LOAD, harmonics=HARMONICS, wiring=""):
    return Mains(Load.parse(load, harmonics, connection=connection, wiring=wiring))


def total(mains):
    power = [mains.power(number) for number in range(3)]
    return sum(each.p_w for each in power), sum(each.q_var for each in power)


def test_currents_and_voltages_add_up_to_nothing():
    mains = mains_of(THREE_WIRE)
    assert np.abs(mains.i.sum(axis=0)).max() < 1e-12
    assert np.abs(mains.u.sum(axis=0)).max() < 1e-12


def test_the_two_elements_have_the_wires_voltages_and_currents():
    star, aron = mains_of(THREE_WIRE), mains_of(ARON)
    assert aron.u[0] == pytest.approx(star.u[0] - star.u[1])
    assert aron.u[2] == pytest.approx(star.u[2] - star.u[1])
    assert (aron.i[0] == star.i[0]).all()
    assert (aron.i[2] == star.i[2]).all()
    assert not aron.u[1].any()
    assert not aron.i[1].any()


@pytest.mark.parametrize("load", [LOAD, "L12=7A", "L12=1A@0.2cap,L31=9A@0.1ind"])
def test_both_see_the_power_of_the_load(load):
    """Blondel: two elements are enough for three wires, harmonics and unbalance included."""
    assert total(mains_of(ARON, load)) == pytest.approx(total(mains_of(THREE_WIRE, load)))


def test_the_power_is_that_of_the_loads_between_the_wires():
    p_w, q_var = total(mains_of(ARON, harmonics=""))
    assert p_w == pytest.approx(230 * (10 * 0.5 + 5 * 0.8 - 2))
    assert q_var == pytest.approx(230 * (10 * np.sqrt(0.75) - 5 * 0.6))


def test_elements_book_nothing_and_the_total_their_sum():
    registers = mains_of(ARON).registers(0, 10**9)
    p_w, q_var = total(mains_of(ARON))
    assert registers["1.8.0"] == pytest.approx(p_w / 3600)
    assert registers["3.8.0"] == registers["5.8.0"] == pytest.approx(q_var / 3600)
    assert not any(registers[f"{c + 20 * k}.8.0"] for k in (1, 2, 3) for c in range(1, 9))


def test_what_is_wired_wrong_is_off_turned_or_exchanged():
    load = "L1=1A,L2=2A,L3=3A"
    right = mains_of(FOUR_WIRE, load)
    wrong = mains_of(FOUR_WIRE, load, wiring="L1=reversed,L2=off,sequence=132")
    assert (wrong.u[0] == -right.u[0]).all()
    assert (wrong.i[0] == right.i[0]).all()
    assert not wrong.u[1].any()
    assert not wrong.i[1].any()
    assert (wrong.u[2] == right.u[1]).all()
    assert (wrong.i[2] == right.i[1]).all()


def test_the_vector_sum_of_four_wires_books_by_the_sign_of_the_sum():
    mains = Mains(Load.parse("L1=10A,L2=-4A,L3=1A"))
    by_phase, as_sum = (mains.registers(0, 3600 * 10**9, is_vector) for is_vector in (0, 1))
    assert (by_phase["1.8.0"], by_phase["2.8.0"]) == pytest.approx((11 * 230, 4 * 230))
    assert (as_sum["1.8.0"], as_sum["2.8.0"]) == pytest.approx((7 * 230, 0))
    assert as_sum["42.8.0"] == pytest.approx(4 * 230)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"load": "L1=1A", "connection": ARON}, "--load takes .*L12 L23 L31"),
        ({"load": "L12=1A"}, "--load takes .*L1 L2 L3"),
        ({"load": "L12=1A", "connection": ARON, "systems": 2}, "--connection aron takes 3 sys"),
        ({"load": "L1=1A", "wiring": "L1=gone"}, "--wiring takes .*off, dead or reversed"),
        ({"load": "L1=1A", "wiring": "L2=off", "systems": 1}, "--wiring .*that is there once"),
        ({"load": "L1=1A", "wiring": "L1=off,L1=off"}, "--wiring .*that is there once"),
        ({"load": "L1=1A", "wiring": "sequence=213"}, "--wiring takes .*sequence=132"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(arguments, reason):
    with pytest.raises(ValueError, match=reason) as error:
        Load.parse(**arguments)
    assert "\n" not in str(error.value)
