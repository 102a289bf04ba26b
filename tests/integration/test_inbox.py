import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import redis

from sync.core.errors import Rejected, Retryable
from sync.core.messages import Draft
from sync.inbox import GROUP, STREAM, Appender, Condition, Entry, Inbox, Limits, fields_of

QUICK = Limits(look_every=0.02, timeout=1.0, patience=2.0)


@pytest.fixture
def client(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_url) as opened:
        yield opened


@pytest.fixture
def inbox(redis_url: str) -> Iterator[Inbox]:
    opened = Inbox.connected(redis_url)
    yield opened
    opened.close()


def draft(number: int = 1, **changes: Any) -> Draft:
    given: dict[str, Any] = {
        "site": "US",
        "topic": "order.placed",
        "origin": "storefront",
        "key": f"order-{number}",
        "dedupe_key": f"event-{number}",
        "sequence": number,
        "body": '{"é": 1}',
        "correlation_id": "c-1",
        "received_at": datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=UTC),
    }
    return Draft(**given | changes)


def appended(url: str, drafts: list[Draft], limits: Limits = QUICK) -> tuple[list[Any], Appender]:
    async def run() -> tuple[list[Any], Appender]:
        async with Appender.opened(url, limits) as appender:
            results = await asyncio.gather(*map(appender.append, drafts), return_exceptions=True)
            return results, appender

    return asyncio.run(run())


@pytest.mark.parametrize("given", [draft(), draft(sequence=None, received_at=None), draft(sequence=-(2**63))])
def test_a_draft_comes_back_as_it_went_in(redis_url: str, inbox: Inbox, given: Draft) -> None:
    appended(redis_url, [given])
    assert read_all(inbox) == [given]


def test_events_that_arrive_together_share_flushes_and_keep_their_order(redis_url: str, inbox: Inbox) -> None:
    drafts = [draft(number) for number in range(300)]
    ids, appender = appended(redis_url, drafts)
    assert appender.tally.flushes < 10
    assert appender.tally.stored == 300
    assert len(set(ids)) == 300
    assert read_all(inbox) == drafts


def test_a_batch_is_bounded_in_bytes(redis_url: str) -> None:
    limits = Limits(batch_bytes=100_000)
    _, appender = appended(redis_url, [draft(n, body="x" * 60_000) for n in range(10)], limits)
    assert appender.tally.flushes >= 5


def test_what_exceeds_the_queue_is_turned_away_with_a_time_to_return(redis_url: str, client: Any) -> None:
    results, appender = appended(redis_url, [draft(n) for n in range(8)], Limits(waiting=5))
    assert [_code(result) for result in results] == [None] * 5 + ["inbox.full"] * 3
    assert results[-1].retry_after > 0
    assert client.xlen(STREAM) == 5
    assert appender.waiting == 0


def test_the_queue_is_bounded_in_bytes_too(redis_url: str) -> None:
    drafts = [draft(n, body="x" * 1_000) for n in range(4)]
    results, _ = appended(redis_url, drafts, Limits(waiting_bytes=2_500))
    assert [_code(result) for result in results] == [None, None, "inbox.full", "inbox.full"]


def test_a_stream_at_its_ceiling_turns_events_away_until_it_is_drained(redis_url: str, inbox: Inbox) -> None:
    limits = Limits(stream=3, look_every=0.02)
    appended(redis_url, [draft(n) for n in range(3)])

    async def run() -> None:
        async with Appender.opened(redis_url, limits) as appender:
            with pytest.raises(Retryable, match=r"inbox\.full"):
                await appender.append(draft(4))
            assert appender.condition.length == 3
            inbox.ack([entry.id for entry in await asyncio.to_thread(read_entries, inbox)])
            await appender.look()
            await appender.append(draft(4))

    asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "value", "usual"),
    [("appendfsync", "everysec", "always"), ("maxmemory-policy", "allkeys-lru", "noeviction")],
)
def test_a_server_that_may_forget_is_not_trusted(
    redis_url: str, client: Any, name: str, value: str, usual: str
) -> None:
    client.config_set(name, value)
    try:
        (result,), appender = appended(redis_url, [draft()])
    finally:
        client.config_set(name, usual)
    assert _code(result) == "inbox.unavailable"
    assert appender.condition.faults == {name: f"is {value}, must be {usual}"}
    assert client.xlen(STREAM) == 0


def test_a_full_memory_turns_events_away(redis_url: str, client: Any) -> None:
    client.config_set("maxmemory", "1mb")
    try:
        (result,), appender = appended(redis_url, [draft()])
    finally:
        client.config_set("maxmemory", "0")
    assert _code(result) == "inbox.unavailable"
    assert "writable" in appender.condition.faults


def test_a_server_that_is_not_there_is_a_condition() -> None:
    (result,), appender = appended("redis://127.0.0.1:1/0", [draft()])
    assert _code(result) == "inbox.unavailable"
    assert result.retry_after > 0
    assert set(appender.condition.faults) == {"reachable"}


def test_an_xadd_whose_answer_is_lost_is_never_repeated(redis_url: str, client: Any) -> None:
    # The server is held still after it was found well: the append times out, and is carried out later.
    limits = Limits(look_every=60, timeout=0.2, patience=5)

    async def run() -> None:
        async with Appender.opened(redis_url, limits) as appender:
            await asyncio.to_thread(client.execute_command, "CLIENT", "PAUSE", "100000", "WRITE")
            with pytest.raises(Retryable, match=r"inbox\.unavailable"):
                await appender.append(draft())
            await asyncio.to_thread(client.execute_command, "CLIENT", "UNPAUSE")
            assert appender.tally.flushes == 1
            await appender.append(draft(2))

    before = client.info("commandstats").get("cmdstat_xadd", {}).get("calls", 0)
    asyncio.run(run())
    assert client.info("commandstats")["cmdstat_xadd"]["calls"] - before <= 2


def test_closing_ends_even_when_the_client_swallows_a_cancellation(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = asyncio.Event()

    async def stubborn(*_: object) -> Condition:
        looking.set()
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:  # as redis-py does when it happens inside of its own timeout
            return Condition(0, {"reachable": "does not answer"})
        return Condition(0, {})

    async def run() -> None:
        async with asyncio.timeout(60), Appender.opened(redis_url, QUICK):
            looking.clear()
            await looking.wait()

    monkeypatch.setattr("sync.inbox.append.look", stubborn)
    asyncio.run(run())


def test_events_that_wait_when_the_inbox_closes_are_stored_first(redis_url: str, client: Any) -> None:
    async def run() -> list[Any]:
        async with Appender.opened(redis_url, QUICK) as appender:
            waiting = [asyncio.create_task(appender.append(draft(n))) for n in range(5)]
            await asyncio.sleep(0)
        return await asyncio.gather(*waiting)

    assert len(asyncio.run(run())) == client.xlen(STREAM) == 5


def test_a_consumer_first_reads_what_it_left_unfinished(redis_url: str, inbox: Inbox) -> None:
    appended(redis_url, [draft(n) for n in range(5)])
    taken = read_entries(inbox, count=3)
    again = Inbox.connected(redis_url)
    assert again.read("me", 2) == taken[:2]
    assert again.read("me", 2) == taken[2:]
    assert [entry.draft().sequence for entry in again.read("me", 10)] == [3, 4]
    again.close()


def test_a_dead_consumers_entries_are_claimed_before_new_ones(redis_url: str, inbox: Inbox) -> None:
    appended(redis_url, [draft(n) for n in range(25)])
    left = read_entries(inbox, count=20)
    heir = Inbox.connected(redis_url, claim_idle=0.0)
    claimed = [entry for _ in range(4) for entry in heir.read("heir", 5)]
    assert claimed == left
    heir.ack([entry.id for entry in claimed])
    assert [entry.draft().sequence for entry in heir.read("heir", 10)] == [20, 21, 22, 23, 24]
    heir.close()


def test_a_living_consumers_entries_are_left_alone(redis_url: str, inbox: Inbox) -> None:
    appended(redis_url, [draft(1)])
    assert read_entries(inbox)
    other = Inbox.connected(redis_url, claim_idle=3600)
    assert read_entries(other, consumer="other") == []
    other.close()


def test_an_acknowledged_entry_is_gone_from_group_and_stream(
    redis_url: str, inbox: Inbox, client: Any
) -> None:
    appended(redis_url, [draft(1), draft(2)])
    entries = read_entries(inbox)
    assert inbox.ack([entry.id for entry in entries]) == 2
    assert inbox.ack([entry.id for entry in entries]) == 0
    assert (client.xlen(STREAM), client.xpending(STREAM, GROUP)["pending"], inbox.length()) == (0, 0, 0)
    assert inbox.ack([]) == 0


def test_a_waiting_reader_is_woken_by_an_event(redis_url: str, inbox: Inbox) -> None:
    assert read_entries(inbox) == []
    writer = threading.Timer(0.1, appended, (redis_url, [draft()]))
    writer.start()
    assert [entry.draft() for entry in inbox.read("me", 10, block_ms=9_000)] == [draft()]
    writer.join()


def test_a_wait_beyond_the_connections_timeout_is_refused(inbox: Inbox) -> None:
    with pytest.raises(ValueError, match="block_ms"):
        inbox.read("me", 1, block_ms=10_000)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": b"\xff"}, "body"),
        ({"key": b"a\0b"}, "key"),
        ({"site": None}, "site"),
        ({"sequence": b"one"}, "sequence"),
        ({"sequence": b"9" * 30}, "sequence"),
        ({"received_at": b"noon"}, "received_at"),
        ({"received_at": b"2026-11-24T12:00:00"}, "received_at"),
    ],
)
def test_an_unreadable_entry_is_parked_and_blocks_nothing(
    redis_url: str, client: Any, inbox: Inbox, changes: dict[str, Any], field: str
) -> None:
    fields = {name: value.encode() for name, value in fields_of(draft()).items()} | changes
    client.xadd(STREAM, {name: value for name, value in fields.items() if value is not None})
    appended(redis_url, [draft(2)])
    bad, good = read_entries(inbox)
    with pytest.raises(Rejected) as refused:
        bad.draft()
    assert set(refused.value.fields) == {field}
    parked = bad.parked()
    assert (parked.topic, parked.dedupe_key) == ("event.unsupported", f"inbox:{bad.id}")
    assert "event-1" in parked.body
    assert "\0" not in parked.body
    parked.body.encode()
    assert good.draft() == draft(2)


def test_an_entry_deleted_by_hand_is_forgotten(redis_url: str, client: Any, inbox: Inbox) -> None:
    appended(redis_url, [draft(1), draft(2)])
    first, second = read_entries(inbox)
    client.xdel(STREAM, first.id)
    again = Inbox.connected(redis_url)
    assert read_entries(again) == [second]
    assert client.xpending(STREAM, GROUP)["pending"] == 1
    again.close()


def test_events_stored_before_intake_ever_ran_are_read(redis_url: str, inbox: Inbox) -> None:
    appended(redis_url, [draft(1)])
    assert read_all(inbox) == [draft(1)]


def test_a_reader_without_a_server_is_told_to_come_again() -> None:
    inbox = Inbox.connected("redis://127.0.0.1:1/0")
    with pytest.raises(Retryable, match=r"inbox\.unavailable"):
        inbox.read("me", 1)


def read_entries(inbox: Inbox, count: int = 1_000, consumer: str = "me") -> list[Entry]:
    return inbox.read(consumer, count)


def read_all(inbox: Inbox) -> list[Draft]:
    return [entry.draft() for entry in read_entries(inbox)]


def _code(result: Any) -> str | None:
    return result.code if isinstance(result, Retryable) else None
