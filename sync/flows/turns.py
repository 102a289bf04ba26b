"""Turns: messages of different keys side by side, those of one key one after the other, under one claim."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from sync.core.messages import Dead, Done, Message, Settled, Wait
from sync.flows.messages import guarded

Behind = Callable[[Message], Sequence[Message]]
Handle = Callable[[Message], Settled]
_Turn = tuple[Settled, Sequence[Message]]


def in_turn(
    messages: Sequence[Message], behind: Behind, handle: Handle, parallel: int
) -> Iterator[list[Settled]]:
    """Yield what became of the messages, and of those that `behind` leases right behind each of them.

    The next of a key is begun only when the group with the one before it was taken, that is committed.
    What follows one that must be tried again is given back untried; a dead one holds up nothing.
    """

    def first(message: Message) -> _Turn:
        rest = behind(message)
        return guarded(handle, message), rest

    def next_of(line: Sequence[Message]) -> _Turn:
        return guarded(handle, line[0]), line[1:]

    with ThreadPoolExecutor(parallel) as pool:
        calls: set[Future[_Turn]] = {pool.submit(first, message) for message in messages}
        while calls:
            done, calls = wait(calls, return_when=FIRST_COMPLETED)
            turns = [call.result() for call in done]
            yield [one for turn in turns for one in _settled(*turn)]
            calls |= {pool.submit(next_of, rest) for settled, rest in turns if rest and _is_over(settled)}


def _is_over(settled: Settled) -> bool:
    return isinstance(settled.settlement, Done | Dead)


def _settled(settled: Settled, rest: Sequence[Message]) -> list[Settled]:
    if _is_over(settled):
        return [settled]
    waits = Wait("earlier.unfinished", "an earlier one of the same order is tried again first", 0.0)
    return [settled, *(Settled(one, waits) for one in rest)]
