"""Failed log-ins cost time, more each time, and nothing else."""

from meter.views.dlms.lockout import FIRST_MS, LONGEST_MS, Lockout


def delay_ms(lockout):
    """Let the delay pass; return how long it was."""
    waited = 0
    while not lockout.is_open():
        lockout.step(1000)
        waited += 1000
    return waited


def test_two_mistakes_cost_nothing():
    lockout = Lockout()
    lockout.failed()
    lockout.failed()
    assert lockout.is_open()


def test_from_the_third_on_the_delay_doubles_up_to_the_longest():
    lockout = Lockout()
    delays = []
    for _ in range(12):
        lockout.failed()
        delays.append(delay_ms(lockout))
    growing = [FIRST_MS << k for k in range(7)]
    assert delays == [0, 0, *growing, LONGEST_MS, LONGEST_MS, LONGEST_MS]


def test_a_good_log_in_forgives():
    lockout = Lockout()
    for _ in range(5):
        lockout.failed()
    lockout.succeeded()
    assert lockout.is_open()
    lockout.failed()
    assert lockout.is_open()


def test_a_failure_while_the_delay_runs_starts_it_anew():
    lockout = Lockout()
    for _ in range(3):
        lockout.failed()
    lockout.step(FIRST_MS - 1)
    lockout.failed()
    lockout.step(FIRST_MS)
    assert not lockout.is_open()


def test_a_thousand_failures_in_a_row_are_counted_no_further_than_the_longest_delay():
    lockout = Lockout()
    for _ in range(1000):
        lockout.failed()
    assert lockout.failures == 10
    assert delay_ms(lockout) == LONGEST_MS
