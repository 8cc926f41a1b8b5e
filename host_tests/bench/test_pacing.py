"""Simulated time follows wall time, and the loop ends when it should."""

from meterctl.bench.pacing import Loop, Pacer
from meterctl.ports import Line

S = 1_000_000_000


class Wall:
    """A wall clock that the test moves."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def test_at_speed_two_a_simulated_second_lasts_half_a_second():
    pacer = Pacer(2, Wall())
    assert pacer.wait_s(1 * S) == 0.5


def test_at_speed_zero_nobody_waits():
    assert Pacer(0, Wall()).wait_s(1000 * S) == 0


def test_a_small_delay_is_caught_up():
    wall = Wall()
    pacer = Pacer(1, wall)
    wall.now_s += 0.3
    assert pacer.wait_s(S // 10) == 0
    assert abs(pacer.wait_s(S) - 0.7) < 1e-9


def test_after_a_long_standstill_nobody_hurries():
    wall = Wall()
    pacer = Pacer(1, wall)
    wall.now_s += 3600
    assert pacer.wait_s(S) == 0
    assert abs(pacer.wait_s(2 * S) - 1) < 1e-9


def steps_of(bench):
    """Run the bench to its end as fast as it can; return the steps that the loop took."""
    steps = []
    step = bench.simulation.step
    bench.simulation.step = lambda step_ms: steps.append(step_ms) or step(step_ms)
    Loop(bench.simulation, bench.line, None, 0, has_samples=False).run()
    assert bench.simulation.is_over
    return steps


def test_the_loop_takes_long_steps_to_the_end(new_bench):
    assert set(steps_of(new_bench(duration_ms=3000))) == {1000}


def test_the_loop_takes_short_steps_while_somebody_listens(new_bench):
    bench = new_bench(duration_ms=3000)
    bench.connect()
    assert set(steps_of(bench)) == {20}


def test_stop_ends_the_loop_after_the_step_that_runs(new_bench):
    bench = new_bench()
    loop = Loop(bench.simulation, Line(bench.world.optical, []), None, 0, has_samples=True)
    step = bench.simulation.step

    def last_step(step_ms):
        step(step_ms)
        loop.stop()

    bench.simulation.step = last_step
    loop.run()
    assert 0 < bench.simulation.now_ns < S
