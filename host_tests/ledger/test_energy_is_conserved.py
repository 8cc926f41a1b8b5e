"""Conservation: what was measured is what was booked, to the last pJ."""

from hypothesis import given, settings
from hypothesis import strategies as st

from meter.ledger import booking, counts, energy
from meter.ledger.booking import INDIVIDUAL, THREE_WIRE, TOTAL, VECTOR, Ledger
from meter.units import PJ_PER_CWH

CREEP_MW = 2300
POWER_MW = st.integers(-40_000_000, 40_000_000) | st.integers(-2 * CREEP_MW, 2 * CREEP_MW)
STEPS = st.lists(
    st.tuples(
        st.lists(POWER_MW, min_size=3, max_size=3),
        st.lists(POWER_MW, min_size=3, max_size=3),
        st.integers(1, 1_000_000_000),
    ),
    max_size=60,
)


def book_all(method, steps):
    ledger = Ledger(method, CREEP_MW)
    for p_mw, q_mvar, duration_ns in steps:
        ledger.book(p_mw, q_mvar, duration_ns)
    return ledger


def net_pj(scope):
    active = scope.exact_pj(energy.A_PLUS) - scope.exact_pj(energy.A_MINUS)
    reactive = sum(scope.exact_pj(k) for k in (energy.Q1, energy.Q2)) - sum(
        scope.exact_pj(k) for k in (energy.Q3, energy.Q4)
    )
    return active, reactive


def gated(value):
    return value if abs(value) >= CREEP_MW else 0


@given(STEPS)
def test_each_phase_holds_exactly_its_power_times_time_above_the_creep_gate(steps):
    ledger = book_all(INDIVIDUAL, steps)
    for phase in range(3):
        want_p = sum(gated(p[phase]) * ns for p, _, ns in steps)
        want_q = sum(gated(q[phase]) * ns for _, q, ns in steps)
        assert net_pj(ledger.scopes[phase]) == (want_p, want_q)


@given(STEPS)
def test_individual_total_is_the_sum_of_the_phases_in_every_accumulator(steps):
    ledger = book_all(INDIVIDUAL, steps)
    for kind in range(energy.KINDS):
        phases = sum(ledger.scopes[k].exact_pj(kind) for k in range(3))
        assert ledger.scopes[TOTAL].exact_pj(kind) == phases


@given(STEPS)
def test_vector_total_books_the_net_sum_only(steps):
    ledger = book_all(VECTOR, steps)
    want_p = sum(gated(sum(p)) * ns for p, _, ns in steps)
    want_q = sum(gated(sum(q)) * ns for _, q, ns in steps)
    assert net_pj(ledger.total) == (want_p, want_q)


@given(STEPS)
def test_two_elements_book_their_sum_and_nothing_by_phase(steps):
    ledger = book_all(THREE_WIRE, steps)
    assert net_pj(ledger.total) == net_pj(book_all(VECTOR, steps).total)
    assert all(net_pj(phase) == (0, 0) for phase in ledger.phases)


def test_the_creep_gate_of_two_elements_is_on_their_sum():
    # PF 0.5: one element reads all, the other nothing; below, it reads backwards.
    for elements, booked in (([4000, -1800], 0), ([4000, -1000], 3000), ([1200, 1200], 2400)):
        ledger = book_all(THREE_WIRE, [(elements, [0, 0], 1_000_000_000)])
        assert net_pj(ledger.total)[0] == booked * 1_000_000_000
        assert ledger.is_creeping(elements) == (booked == 0)


@given(STEPS)
def test_no_count_ever_falls_and_remainders_stay_below_one_count(steps):
    ledger = Ledger(INDIVIDUAL, CREEP_MW)
    before = [0] * (booking.SCOPES * energy.KINDS)
    after = list(before)
    for p_mw, q_mvar, duration_ns in steps:
        ledger.book(p_mw, q_mvar, duration_ns)
        counts.copy(ledger.scopes, after)
        assert all(new >= old for new, old in zip(after, before, strict=True))
        assert all(0 <= r < PJ_PER_CWH for s in ledger.scopes for r in s.remainders_pj)
        before = list(after)


@given(STEPS)
def test_swapping_two_phases_swaps_their_registers_and_nothing_else(steps):
    one = book_all(INDIVIDUAL, steps)
    two = book_all(
        INDIVIDUAL, [([p[1], p[0], p[2]], [q[1], q[0], q[2]], ns) for p, q, ns in steps]
    )
    for kind in range(energy.KINDS):
        assert one.scopes[0].exact_pj(kind) == two.scopes[1].exact_pj(kind)
        assert one.scopes[1].exact_pj(kind) == two.scopes[0].exact_pj(kind)
        assert one.total.exact_pj(kind) == two.total.exact_pj(kind)


@given(st.lists(st.integers(0, energy.WRAP_CWH - 1), min_size=24, max_size=24))
@settings(max_examples=200)
def test_packed_counts_come_back_as_they_were(numbers):
    ledger = Ledger(INDIVIDUAL, CREEP_MW)
    for at, count in enumerate(numbers):
        ledger.scopes[at // energy.KINDS].counts_cwh[at % energy.KINDS] = count
    record = bytearray(5 * len(numbers))
    counts.pack_into(record, 0, ledger.scopes)
    other = Ledger(INDIVIDUAL, CREEP_MW)
    counts.add_from(record, 0, other.scopes)
    restored = [0] * len(numbers)
    counts.copy(other.scopes, restored)
    assert restored == numbers


def test_creep_gate_opens_exactly_at_the_creep_power():
    for p_mw, booked in ((CREEP_MW - 1, 0), (CREEP_MW, CREEP_MW), (CREEP_MW + 1, CREEP_MW + 1)):
        ledger = book_all(INDIVIDUAL, [([p_mw, 0, 0], [0, 0, 0], 1)])
        assert ledger.total.exact_pj(energy.A_PLUS) == booked
        ledger = book_all(INDIVIDUAL, [([-p_mw, 0, 0], [0, 0, 0], 1)])
        assert ledger.total.exact_pj(energy.A_MINUS) == booked


def test_every_sign_of_power_has_its_quadrant():
    signs = {(1, 1): energy.Q1, (-1, 1): energy.Q2, (-1, -1): energy.Q3, (1, -1): energy.Q4}
    for (p, q), kind in signs.items():
        ledger = book_all(INDIVIDUAL, [([p * 10_000, 0, 0], [q * 5_000, 0, 0], 7)])
        booked = [ledger.total.exact_pj(k) for k in (energy.Q1, energy.Q2, energy.Q3, energy.Q4)]
        assert booked[kind - energy.Q1] == 35_000
        assert sum(booked) == 35_000


def test_a_register_wraps_at_ten_million_kwh_and_keeps_its_remainder():
    scope = energy.Scope()
    scope.counts_cwh[energy.A_PLUS] = energy.WRAP_CWH - 1
    scope.add(energy.A_PLUS, PJ_PER_CWH + 5, 1)
    assert scope.counts_cwh[energy.A_PLUS] == 0
    assert scope.remainders_pj[energy.A_PLUS] == 5
