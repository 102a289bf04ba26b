from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from sync.core.messages import Backoff, Dead, Done, Draft, Outcome, Retry, Settled, Wait
from sync.store.ledger.statements import CLAIM

Make = Callable[..., Draft]


def test_a_second_insert_of_the_same_event_is_ignored(book: Any, draft: Make) -> None:
    assert book.add(draft("1"), draft("2")) == 2
    assert book.add(draft("1"), draft("3")) == 1


def test_intakes_side_by_side_with_the_same_events_in_another_order_never_block_each_other(
    book: Any, draft: Make
) -> None:
    forth = [draft(str(key)) for key in range(1000)]
    together = Barrier(2)

    def insert(drafts: list[Draft]) -> int:
        together.wait()
        return int(book.add(*drafts))

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(insert, [forth, forth[::-1]])) == 1000


def test_an_event_repeated_within_one_batch_is_kept_once(book: Any, draft: Make) -> None:
    assert book.add(draft("1"), draft("1")) == 1


def test_the_same_identity_of_another_topic_origin_or_site_is_another_message(book: Any, draft: Make) -> None:
    first = draft("1")
    others = [
        draft("1", topic="stock.changed"),
        draft("1", origin="warehouse"),
        draft("1", site="UK"),
    ]
    assert book.add(first, *others) == 4


def test_adding_nothing_adds_nothing(book: Any) -> None:
    assert book.add() == 0


def test_a_claim_returns_what_was_added(book: Any, draft: Make) -> None:
    given = draft("1", body='{"ü": 1}', sequence=7)
    book.add(given)
    (message,) = book.claim()
    assert (message.key, message.body, message.sequence, message.attempt) == ("1", '{"ü": 1}', 7, 1)
    assert message.received_at is not None


def test_messages_of_one_key_are_claimed_one_after_the_other_in_the_order_they_came(
    book: Any, draft: Make
) -> None:
    book.add(draft("1", "a"), draft("1", "b"), draft("2", "c"), draft("1", "d"))
    seen = []
    while claimed := book.claim():
        seen.append([message.dedupe_key for message in claimed])
        for message in claimed:
            assert book.settle(message)
    assert seen == [["a", "c"], ["b"], ["d"]]


def test_a_message_waits_for_an_earlier_one_of_its_key_that_is_not_due_yet(
    make_book: Callable[[Backoff], Any], draft: Make
) -> None:
    book = make_book(Backoff(first=1000.0, longest=1000.0))
    book.add(draft("1", "a"), draft("1", "b"))
    (first,) = book.claim()
    book.settle(first, Retry("remote.unavailable", "down"))
    assert book.claim() == []


def test_a_dead_message_does_not_hold_up_later_ones_of_its_key(book: Any, draft: Make) -> None:
    book.add(draft("1", "a"), draft("1", "b"))
    (first,) = book.claim()
    book.settle(first, Dead("address.invalid", "bad"))
    assert [message.dedupe_key for message in book.claim()] == ["b"]


def test_a_claim_keeps_to_its_topics_site_key_and_limit(book: Any, draft: Make) -> None:
    book.add(draft("1"), draft("2"), draft("3", site="UK"), draft("4", topic="stock.changed"))
    assert [message.key for message in book.claim(site="UK")] == ["3"]
    assert [message.key for message in book.claim(key="2")] == ["2"]
    assert [message.key for message in book.claim(limit=1)] == ["1"]
    assert book.claim() == []


def test_workers_pass_each_other_without_waiting(book: Any, draft: Make) -> None:
    book.add(draft("1", "a"), draft("1", "b"), draft("2", "c"))
    values = {"topics": ["order.placed"], "limit": 1, "lease": 60.0, "site": None, "key": None}
    with book.sessions.begin() as slow:
        # This claim is not committed while the other worker claims.
        assert [row.key for row in slow.execute(CLAIM, values)] == ["1"]
        assert [message.dedupe_key for message in book.claim()] == ["c"]
    assert book.claim() == []


def test_a_lease_that_ran_out_lets_another_worker_take_over(book: Any, draft: Make) -> None:
    book.add(draft("1"))
    (lost,) = book.claim(lease=0)
    (taken,) = book.claim()
    assert (taken.id, taken.attempt) == (lost.id, 2)


def test_a_living_lease_keeps_others_away(book: Any, draft: Make) -> None:
    book.add(draft("1"))
    assert len(book.claim(lease=60)) == 1
    assert book.claim() == []


def test_the_late_result_of_a_lost_lease_changes_nothing(book: Any, draft: Make) -> None:
    book.add(draft("1"))
    (lost,) = book.claim(lease=0)
    (taken,) = book.claim()
    follow_up = draft("1", "follow-up", topic="posting.planned", origin="bridge")
    assert book.settle(lost, Dead("order.invalid", "late"), follow_up) is False
    row = book.row(taken)
    assert (row["state"], row["error_code"]) == ("working", None)
    assert book.one("SELECT count(*) FROM message") == 1
    assert book.attempts(taken) == []
    assert book.settle(taken, Done(Outcome.APPLIED)) is True


def test_a_settled_message_cannot_be_settled_again(book: Any, draft: Make) -> None:
    book.add(draft("1"))
    (message,) = book.claim()
    assert book.settle(message)
    assert book.settle(message, Dead("order.invalid", "late")) is False
    assert book.row(message)["state"] == "done"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_outcome_finishes_its_message(book: Any, draft: Make, outcome: Outcome) -> None:
    book.add(draft("1"))
    (message,) = book.claim()
    book.settle(message, Done(outcome, "why"))
    row = book.row(message)
    assert (row["state"], row["outcome"], row["note"]) == ("done", outcome, "why")
    assert row["settled_at"] is not None
    assert book.claim() == []


def test_a_dead_message_keeps_its_code_reasons_and_payload(book: Any, draft: Make) -> None:
    book.add(draft("1", body="the payload"))
    (message,) = book.claim()
    book.settle(message, Dead("address.invalid", "no city", {"billing.city": "is empty"}))
    row = book.row(message)
    assert (row["state"], row["error_code"], row["body"]) == ("dead", "address.invalid", "the payload")
    assert row["error_detail"] == {"detail": "no city", "fields": {"billing.city": "is empty"}}
    assert book.claim() == []


def test_passing_failures_are_retried_until_the_attempts_are_exhausted(book: Any, draft: Make) -> None:
    book.add(draft("1"))
    for _ in range(3):
        (message,) = book.claim()
        book.settle(message, Retry("remote.unavailable", "down", remote_status=503))
    assert book.claim() == []
    row = book.row(message)
    assert (row["state"], row["error_code"], row["attempts"]) == ("dead", "attempts.exhausted", 3)
    assert "3 attempts, the last: remote.unavailable: down" in row["error_detail"]["detail"]
    tried = [
        (one["number"], one["result"], one["error_code"], one["remote_status"])
        for one in book.attempts(message)
    ]
    assert tried == [
        (1, "retry", "remote.unavailable", 503),
        (2, "retry", "remote.unavailable", 503),
        (3, "dead", "attempts.exhausted", 503),
    ]


def test_a_retry_waits_for_its_backoff_and_at_least_as_long_as_the_remote_asked(
    make_book: Callable[[Backoff], Any], draft: Make
) -> None:
    book = make_book(Backoff(first=100.0, longest=900.0))
    book.add(draft("1"), draft("2"))
    one, two = book.claim()
    book.settle(one, Retry("remote.unavailable", "down"))
    book.settle(two, Retry("remote.throttled", "slow down", after=500.0))
    waits = "SELECT extract(epoch FROM next_attempt_at - clock_timestamp()) FROM message WHERE id = "
    assert 70 <= book.one(f"{waits}{one.id}") <= 100
    assert 490 <= book.one(f"{waits}{two.id}") <= 500
    assert book.claim() == []


def test_a_requeued_message_is_due_with_fresh_tries_but_never_an_old_attempt_number(
    book: Any, draft: Make
) -> None:
    book.add(draft("1"))
    for _ in range(3):
        (message,) = book.claim()
        book.settle(message, Retry("remote.unavailable", "down"))
    assert book.letters.requeue([message.id]) == 1
    (again,) = book.claim()
    assert again.attempt == 4
    book.settle(again, Retry("remote.unavailable", "down"))
    assert book.row(again)["state"] == "due"


def test_only_dead_messages_can_be_requeued_or_discarded(book: Any, draft: Make) -> None:
    book.add(draft("1"))
    (message,) = book.claim()
    assert book.letters.requeue([message.id]) == 0
    assert book.letters.discard([message.id], "no") == 0
    assert book.row(message)["state"] == "working"


def test_a_discarded_message_is_closed_with_its_reason_and_payload(book: Any, draft: Make) -> None:
    book.add(draft("1", body="the payload"))
    (message,) = book.claim()
    book.settle(message, Dead("order.invalid", "bad"))
    assert book.letters.discard([message.id], "a test order") == 1
    row = book.row(message)
    assert (row["state"], row["note"], row["body"]) == ("done", "discarded: a test order", "the payload")


def test_records_are_committed_together_with_their_settlement(book: Any, draft: Make) -> None:
    book.add(draft("1"))
    (message,) = book.claim()
    book.settle(message, Done(Outcome.APPLIED), draft("1", "p", topic="posting.planned", origin="bridge"))
    planned = book.ledger.claim(["posting.planned"], limit=10, lease=60)
    assert [one.dedupe_key for one in planned] == ["p"]


def test_a_record_that_cannot_be_stored_is_a_fault_of_its_own_message_only(book: Any, draft: Make) -> None:
    book.add(draft("1"), draft("2"), draft("3"))
    one, two, three = book.claim()
    broken = [draft("2", "p", topic=None), draft("2", "q", topic="posting.planned", origin="bridge")]
    settled = [
        Settled(one, Done(Outcome.APPLIED)),
        Settled(two, Done(Outcome.APPLIED), broken),
        Settled(three, Dead("crosswalk.missing", "no method 'a\0b'", {"method": "\ud800"})),
    ]
    assert book.ledger.settle(settled) == [True, True, True]
    states = [(book.row(message)["state"], book.row(message)["error_code"]) for message in (one, two, three)]
    assert states == [("done", None), ("due", "bridge.fault"), ("due", "bridge.fault")]
    assert book.one("SELECT count(*) FROM message") == 3


def test_work_that_ends_its_worker_every_time_is_dead_once_its_attempts_are_used_up(
    book: Any, draft: Make
) -> None:
    book.add(draft("1"))
    for _ in range(3):
        (message,) = book.claim(lease=0)
    assert book.claim() == []
    row = book.row(message)
    assert (row["state"], row["error_code"]) == ("dead", "attempts.exhausted")
    assert row["error_detail"]["detail"] == "3 attempts, the last ended without a result"
    assert book.settle(message) is False
    assert book.letters.requeue([message.id]) == 1
    assert [again.attempt for again in book.claim()] == [4]


def test_work_cut_short_by_its_time_goes_on_at_once_and_counts_as_no_try(
    make_book: Callable[[Backoff], Any], draft: Make
) -> None:
    book = make_book(Backoff(first=1000.0, longest=1000.0, attempts=2))
    book.add(draft("1"))
    for _ in range(5):
        (message,) = book.claim()
        book.settle(message, Wait("time.over", "more to come", 0.0))
    assert (book.row(message)["state"], book.row(message)["tries"]) == ("due", 0)


def test_due_topics_name_what_waits_and_what_was_left_behind(book: Any, draft: Make) -> None:
    book.add(draft("1"), draft("2", topic="stock.changed"), draft("3", topic="return.received"))
    (left,) = book.claim(lease=0)
    book.ledger.claim(["stock.changed"], limit=1, lease=60)
    assert sorted(book.letters.due_topics()) == ["order.placed", "return.received"]
    assert book.row(left)["state"] == "working"


def test_only_finished_messages_are_pruned(book: Any, draft: Make) -> None:
    book.add(draft("1"), draft("2"), draft("3"))
    done, dead, _ = book.claim()
    book.settle(done)
    book.settle(dead, Dead("order.invalid", "bad"))
    before = book.one("SELECT clock_timestamp()")
    assert book.letters.prune(before) == 1
    assert book.one("SELECT string_agg(key, ',' ORDER BY key) FROM message") == "2,3"
