"""One list of promises about publishing, kept by every carrier."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from sync.core.allocations import Allocation, Written
from sync.core.errors import OrderbridgeError, Retryable, Unfinished
from sync.core.inventory import Published
from sync.core.sites import Site
from sync.flows.tally import Tally
from tests.integration.carriers.conftest import CARRIERS, Counter, Make

# Those that send no files, which have tests of their own.
SINGLE = [name for name, policy in CARRIERS.items() if not policy.bulk_from]
EVERY_WRITE = "product.inventory.records/|batch$|executions$|actions/batch-update|imports$"


def test_what_differs_is_written_once_and_then_nothing_does(counter: Counter) -> None:
    counter.count(A=5, B=0, C=10**12)
    assert counter.publish().written == 3
    assert counter.shown() == {"A": 5, "B": 0, "C": 10**12}
    assert counter.publish().written == 0
    assert counter.writes() == ["A", "B", "C"]


def test_only_what_changed_is_written(counter: Counter) -> None:
    counter.count(A=5, B=6)
    counter.publish()
    counter.count(A=5, B=7)
    assert counter.publish().written == 1
    assert counter.writes() == ["A", "B", "B"]
    assert counter.shown() == {"A": 5, "B": 7}


def test_afresh_everything_is_written_once_though_nothing_differs_and_what_was_refused_is_tried(
    counter: Counter,
) -> None:
    counter.control("PUT", "switches", {"unknown_products": "C"})
    counter.count(A=5, B=6, C=7)
    counter.publish()
    counter.control("PUT", "switches", {"unknown_products": ""})
    counter.time += timedelta(seconds=1)
    since = counter.time
    tally = counter.publish(afresh=since)
    assert (tally.written, tally.resting) == (3, 0)
    assert counter.shown() == {"A": 5, "B": 6, "C": 7}
    assert counter.publish(afresh=since).written == 0
    assert counter.writes() == ["A", "A", "B", "B", "C"]


def test_one_product_that_is_not_known_keeps_back_no_other(counter: Counter) -> None:
    counter.control("PUT", "switches", {"unknown_products": "NOPE"})
    counter.count(A=5, NOPE=6, C=7)
    tally = counter.publish()
    assert (tally.written, tally.refused) == (2, 1)
    assert counter.shown() == {"A": 5, "C": 7}
    assert counter.refusals.among("refarch", ["A", "NOPE", "C"]).keys() == {"NOPE"}
    assert counter.publish().resting == 1


def test_all_of_them_may_be_refused(counter: Counter) -> None:
    counter.control("PUT", "switches", {"unknown_products": "A,B"})
    counter.count(A=5, B=6)
    tally = counter.publish()
    assert (tally.written, tally.refused) == (0, 2)
    assert counter.shown() == {}


def test_a_token_that_was_withdrawn_is_replaced(counter: Counter) -> None:
    counter.count(A=5)
    counter.publish()
    counter.fault(kind="expire_token", times=1)
    counter.count(A=6)
    assert counter.publish().written == 1
    assert counter.shown() == {"A": 6}


def test_a_storefront_that_asks_to_slow_down_is_left_alone_and_nothing_counts_as_published(
    counter: Counter,
) -> None:
    headers = {"Retry-After": "7"}
    counter.fault(kind="status", status=429, headers=headers, path=EVERY_WRITE)
    counter.count(A=5, B=6)
    with pytest.raises(Retryable) as caught:
        counter.publish()
    assert (caught.value.code, caught.value.retry_after) == ("remote.throttled", 7.0)
    counter.control("DELETE", "faults")
    counter.publish()
    assert counter.shown() == {"A": 5, "B": 6}


def test_an_answer_that_is_lost_after_the_work_is_sent_again_without_harm(counter: Counter) -> None:
    counter.fault(kind="cut_after", path=EVERY_WRITE, times=1)
    counter.count(A=5, B=6)
    with pytest.raises(OrderbridgeError):
        counter.publish()
    counter.publish()
    assert counter.shown() == {"A": 5, "B": 6}
    assert counter.publish().written == 0


def test_the_number_goes_with_the_time_at_which_it_was_true(counter: Counter) -> None:
    counter.count(A=5)
    counter.publish()
    assert counter.dated("A") == counter.time.replace(microsecond=counter.time.microsecond // 1000 * 1000)


@pytest.mark.parametrize("sku", ["A,B", "A/B", "50%", "ÄÖ-中文", "a<b>&'c", "..", "a b", "x" * 100])
def test_odd_product_ids_are_published_as_they_are(counter: Counter, sku: str) -> None:
    counter.count(**{sku: 5})
    assert counter.publish().written == 1
    assert counter.shown() == {sku: 5}


def test_a_product_id_that_is_too_long_is_refused_alone(counter: Counter) -> None:
    counter.count(**{"x" * 300: 5, "A": 6})
    tally = counter.publish()
    assert (tally.written, tally.refused) == (1, 1)
    assert counter.shown() == {"A": 6}


class Stopped(BaseException):
    """The worker was killed."""


@dataclass
class Dying:
    """The way of a worker that dies right after a step, or before it when `late` is false."""

    inner: Any
    step: str
    late: bool = True

    def __getattr__(self, name: str) -> Any:
        step = getattr(self.inner, name)
        if name != self.step:
            return step

        def die(*args: Any, **kwargs: Any) -> Any:
            if self.late:
                done = step(*args, **kwargs)
                if self.step == "write":
                    list(done)
            raise Stopped

        return die


def test_a_worker_that_dies_after_its_writes_is_succeeded_without_harm(counter: Counter) -> None:
    counter.count(A=5, B=6)
    ways = {"shelf": Dying(counter.stocking.shelves, "write"), "bulk": Dying(counter.stocking.bulk, "start")}
    with pytest.raises(Stopped):
        counter.publish(counter.publisher(**ways))
    counter.publish()
    assert counter.shown() == {"A": 5, "B": 6}
    assert counter.publish().written == 0


@pytest.mark.parametrize("counter", SINGLE, indirect=True)
def test_the_newest_number_wins_over_a_write_that_was_held_up(counter: Counter) -> None:
    """A worker is frozen before its write; the next one writes a newer number; then it wakes."""

    @dataclass
    class Frozen:
        woken: bool = False

        def write(self, site: Site, allocations: Sequence[Allocation]) -> Iterator[Written]:
            if not self.woken:
                self.woken = True
                counter.count(A=2)
                counter.publish()
            yield from counter.stocking.shelves.write(site, allocations)

    counter.count(A=9)
    counter.publish(counter.publisher(shelf=Frozen()))
    assert counter.shown() == {"A": 2}
    assert counter.publish().written == 0


@pytest.mark.parametrize("step", ["upload", "start", "look"])
@pytest.mark.parametrize("late", [True, False])
def test_a_file_is_worked_once_whenever_its_worker_dies(
    make_counter: Make,
    step: str,
    late: bool,  # noqa: FBT001
) -> None:
    counter = make_counter("feed")
    counter.count(A=5, B=6)
    with pytest.raises(Stopped):
        counter.publish(counter.publisher(bulk=Dying(counter.stocking.bulk, step, late)))
    counter.time += timedelta(minutes=1)
    counter.publish()
    assert counter.shown() == {"A": 5, "B": 6}
    assert counter.publish().written == 0
    # Where nobody knows that all of the file arrived, it is taken back and sent anew.
    assert counter.writes() == ["A", "B"]


def test_a_file_that_is_being_worked_is_waited_for_by_the_next_run(make_counter: Make) -> None:
    counter = make_counter("feed")
    counter.control("PUT", "switches", {"job_seconds": 0.5})
    counter.count(A=5)
    with pytest.raises(Unfinished):
        counter.publisher().publish(counter.site, None, counter.time, Tally())
    assert counter.publish().written == 1
    assert counter.writes() == ["A"]


def test_a_file_waits_for_a_job_that_is_under_way_without_it(make_counter: Make) -> None:
    counter = make_counter("feed")
    counter.control("PUT", "switches", {"job_seconds": 0.3})
    counter.stocking.bulk.feeds.jobs.start("orderbridge-inventory")
    counter.count(A=5)
    counter.publish()
    assert counter.shown() == {"A": 5}


def test_a_job_that_fails_leaves_nothing_confirmed_and_is_tried_again(make_counter: Make) -> None:
    counter = make_counter("feed")
    counter.control("PUT", "switches", {"job_fails": True})
    counter.count(A=5)
    with pytest.raises(Retryable) as caught:
        counter.publish()
    assert caught.value.code == "feed.failed"
    counter.control("PUT", "switches", {"job_fails": False})
    assert counter.publish().written == 1
    assert counter.shown() == {"A": 5}


def test_a_job_that_ends_with_an_error_confirms_nothing_and_the_refused_are_left_out(
    make_counter: Make,
) -> None:
    counter = make_counter("feed")
    counter.control("PUT", "switches", {"import_failed": "ERROR", "unknown_products": "NOPE"})
    counter.count(A=5, NOPE=6)
    with pytest.raises(Unfinished):
        counter.publish()
    tally = counter.publish()
    assert (tally.written, tally.resting) == (1, 1)
    assert counter.shown() == {"A": 5}


def test_what_a_trickle_writes_while_a_file_is_worked_is_written_once_more_after_it(
    make_counter: Make,
) -> None:
    counter = make_counter("feed")
    counter.count(A=5, B=6)
    with pytest.raises(Stopped):
        counter.publish(counter.publisher(bulk=Dying(counter.stocking.bulk, "look", late=False)))
    counter.control("GET", "inventory")
    newer = Allocation("A", 4, counter.time)
    token = counter.stock.begin("refarch", ["A"])
    assert list(counter.stocking.shelves.write(counter.site, [newer])) == [Written("A")]
    done = Published(allocation=4, started_at=counter.time, finished_at=counter.time)
    assert counter.stock.save_published("refarch", {"A": done}, token)
    counter.count(A=4)
    tally = counter.publish()
    assert tally.written == 2
    assert counter.shown() == {"A": 4, "B": 6}


def test_few_changes_do_not_make_a_file(make_counter: Make) -> None:
    counter = make_counter("feed")
    counter.site = replace(counter.site, publication=replace(counter.site.publication, bulk_from=3))
    counter.count(A=5, B=6)
    counter.publish()
    assert counter.control("GET", "summary")["requests"].get("POST /s/-/dw/batch")
    counter.count(A=6, B=7, C=8)
    counter.publish()
    assert counter.shown() == {"A": 6, "B": 7, "C": 8}
    assert any("executions" in name for name in counter.control("GET", "summary")["requests"])
