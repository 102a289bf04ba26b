"""A pace is kept on the average."""

from sync.flows.pace import Pace


class Clock:
    """A clock that only sleep moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def test_a_pace_lets_no_more_steps_pass_than_its_rate() -> None:
    clock = Clock()
    pace = Pace(20, clock.sleep, clock)
    for _ in range(5):
        pace.before(pace.batch(200))
    assert clock.now == 4.0


def test_time_that_the_work_itself_took_is_not_waited_for_again() -> None:
    clock = Clock()
    pace = Pace(10, clock.sleep, clock)
    pace.before(10)
    clock.sleep(5)
    pace.before(10)
    assert clock.now == 5.0


def test_without_a_rate_nothing_waits() -> None:
    clock = Clock()
    pace = Pace(None, clock.sleep, clock)
    assert pace.batch(200) == 200
    pace.before(200)
    pace.before(200)
    assert clock.now == 0.0
