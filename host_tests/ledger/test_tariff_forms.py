"""Which energies are kept by tariff, and that they are the total whatever the form becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.config import A_PLUS_A_MINUS, A_PLUS_ONLY, A_PLUS_R1, ALL_ENERGIES
from meter.ledger import energy
from meter.ledger.booking import INDIVIDUAL, Ledger
from meter.ledger.tariffs import (
    A_NEGATIVE,
    ACTIVE,
    ALL,
    IMPORT,
    KEPT,
    PACKED,
    R_NEGATIVE,
    REGISTERS,
    TARIFFS,
    A,
    R,
    TariffRegisters,
    form_of,
    place,
)

KINDS = [(A_PLUS_ONLY, 8), (A_PLUS_R1, 4), (A_PLUS_A_MINUS, 8), (ALL_ENERGIES, 8),
         (ALL_ENERGIES, 4), (ALL_ENERGIES, 2), (ALL_ENERGIES, 1)]
POWER_MW = st.integers(-40_000_000, 40_000_000)
# Tariff, powers and reactive powers of three phases, duration.
STEPS = st.lists(
    st.tuples(
        st.integers(1, TARIFFS),
        st.lists(POWER_MW, min_size=3, max_size=3),
        st.lists(POWER_MW, min_size=3, max_size=3),
        st.integers(1, 60_000_000_000),
    ),
    max_size=30,
)


def totals(ledger):
    counts = ledger.total.counts_cwh
    return {
        A: counts[energy.A_PLUS],
        R: counts[energy.Q1] + counts[energy.Q2],
        A_NEGATIVE: counts[energy.A_MINUS],
        R_NEGATIVE: counts[energy.Q3] + counts[energy.Q4],
    }


def check(ledger):
    want = totals(ledger)
    for kind in KEPT[ledger.tariffs.form]:
        of_tariffs = [ledger.tariffs.count_cwh(kind, t) for t in range(1, TARIFFS + 1)]
        assert sum(of_tariffs) == want[kind]
        assert min(of_tariffs) >= 0


def book(ledger, steps, most):
    for tariff, p_mw, q_mvar, duration_ns in steps:
        ledger.tariffs.active = min(tariff, most)
        ledger.book(p_mw, q_mvar, duration_ns)
        check(ledger)


@pytest.mark.parametrize(
    ("energies", "tariffs", "form"),
    [(A_PLUS_ONLY, 8, IMPORT), (A_PLUS_R1, 8, IMPORT), (A_PLUS_A_MINUS, 8, ACTIVE),
     (A_PLUS_A_MINUS, 2, ACTIVE), (ALL_ENERGIES, 8, IMPORT), (ALL_ENERGIES, 4, ALL),
     (ALL_ENERGIES, 2, ALL)],
)
def test_energies_and_tariffs_say_what_is_kept(energies, tariffs, form):
    assert form_of(energies, tariffs) == form


def test_every_register_of_a_form_has_a_place_of_its_own():
    for form, kept in enumerate(KEPT):
        places = [place(form, kind, t) for kind in range(4) for t in range(1, TARIFFS + 1)]
        there = [at for at in places if at >= 0]
        assert sorted(there) == list(range(REGISTERS))
        assert all(place(form, kind, 1) >= 0 for kind in kept)
        assert all(place(form, kind, 1) < 0 for kind in range(4) if kind not in kept)


@given(st.sampled_from(KINDS), STEPS)
def test_the_tariffs_of_every_energy_are_the_total_after_every_window(kind, steps):
    book(Ledger(INDIVIDUAL, 2300, *kind), steps, kind[1])


@given(st.sampled_from(KINDS), st.sampled_from(KINDS), STEPS, STEPS, STEPS)
def test_restored_in_another_form_they_are_the_total_again(old_kind, new_kind, old, early, later):
    before = Ledger(INDIVIDUAL, 2300, *old_kind)
    book(before, old, old_kind[1])
    record = bytearray(PACKED)
    before.tariffs.pack_into(record, 0)
    after = Ledger(INDIVIDUAL, 2300, *new_kind)
    book(after, early, new_kind[1])  # while the store was deaf
    counted = {
        (kind, t): after.tariffs.count_cwh(kind, t)
        for kind in range(4)
        for t in range(2, new_kind[1] + 1)
    }
    for k in range(energy.KINDS):
        after.total.counts_cwh[k] += before.total.counts_cwh[k]
    after.tariffs.restore(record, 0, before.tariffs.form, after.total)
    after.tariffs.skip(after.total)
    check(after)
    for (kind, t), gain in counted.items():
        if place(after.tariffs.form, kind, t) >= 0:
            found = after.tariffs.count_cwh(kind, t)
            assert found == gain + before.tariffs.count_cwh(kind, t)
    book(after, later, new_kind[1])


def test_a_register_by_tariff_wraps_with_the_total():
    ledger = Ledger(INDIVIDUAL, 2300, ALL_ENERGIES, 4)
    ledger.total.counts_cwh[energy.A_MINUS] = energy.WRAP_CWH - 1
    ledger.tariffs.counts_cwh[place(ALL, A_NEGATIVE, 3)] = energy.WRAP_CWH - 1
    ledger.tariffs.skip(ledger.total)
    ledger.tariffs.active = 3
    ledger.book([-3_600_000, 0, 0], [0, 0, 0], 30_000_000_000)  # 30 Wh
    assert ledger.tariffs.count_cwh(A_NEGATIVE, 3) == ledger.total.counts_cwh[1] == 2_999


def test_one_that_is_not_kept_reads_0():
    assert TariffRegisters(ACTIVE).count_cwh(R, 1) == 0
    assert TariffRegisters(ALL).count_cwh(A, 5) == 0
