"""Simulated time against wall time, and the loop that keeps them in step."""

import select
import time

STEP_MS = 20  # while somebody looks or listens: below a character of 33 ms
_LARGEST_MS = 100  # with samples: the meter wants to be called that often
_LARGEST_SUMS_MS = 1000
_FORGIVEN_S = 0.5  # a computer that falls further behind does not hurry afterwards


class Pacer:
    """Tells how long to wait until a simulated instant is due.

    speed:  simulated seconds per wall second, 0 = never wait
    clock:  callable, wall seconds
    """

    def __init__(self, speed, clock=time.monotonic):
        self._speed = speed
        self._clock = clock
        self._wall_s = clock()
        self._simulated_ns = 0

    def wait_s(self, now_ns):
        """Return the wall seconds until simulated `now_ns` is due, 0 if it is."""
        if not self._speed:
            return 0.0
        wall_s = self._clock()
        due_s = self._wall_s + (now_ns - self._simulated_ns) / 1e9 / self._speed
        if wall_s - due_s > _FORGIVEN_S:
            self._wall_s, self._simulated_ns = wall_s, now_ns
        return max(0.0, due_s - wall_s)


class Loop:
    """Runs a simulation until it is over or `stop` is called.

    simulation:  simulation.Simulation
    line:        ports.Line
    screen:      screen.Screen, or None
    speed:       as of Pacer
    has_samples: the meter must be called more often then
    """

    def __init__(self, simulation, line, screen, speed, has_samples):
        self._simulation = simulation
        self._line = line
        self._screen = screen
        self._pacer = Pacer(speed)
        largest_ms = _LARGEST_MS if has_samples else _LARGEST_SUMS_MS
        # A paced step takes as long as STEP_MS do at speed 1, so that a key press need not wait.
        paced_ms = int(max(STEP_MS, STEP_MS * speed)) if speed else largest_ms
        self._idle_ms = min(largest_ms, paced_ms)
        self._is_stopped = False

    def stop(self):
        """Let the loop end after the step that runs; may be called from a signal handler."""
        self._is_stopped = True

    def run(self):
        """Run to the end."""
        while not (self._is_stopped or self._simulation.is_over):
            self._simulation.step(STEP_MS if self._line.is_used else self._idle_ms)
            self._attend(0)
            while wait_s := self._pacer.wait_s(self._simulation.now_ns):
                self._attend(wait_s)
                if self._is_stopped:
                    break

    def _attend(self, wait_s):
        """Serve line and screen, once something comes from there or `wait_s` has passed."""
        readers = self._line.readers()
        if self._screen is not None:
            readers += self._screen.readers()
        if wait_s:
            select.select(readers, [], [], wait_s)
        self._line.exchange()
        if self._screen is not None and self._screen.attend():
            self.stop()
