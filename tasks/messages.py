"""Tasks on messages of any flow."""

from time import monotonic
from typing import Any

from sync.core.ports import Selection
from sync.core.times import moment
from sync.flows.pace import Pace
from tasks.app import app
from tasks.bridge import bridge

# Well below the time limit of a task; what is left is for the next call.
_SECONDS = 120.0


@app.task(name="tasks.messages.relay")
def relay(**_: Any) -> dict[str, list[str]]:
    """Ring for whatever is due: the net under every lost doorbell."""
    topics = bridge().letters.due_topics()
    for topic in topics:
        bridge().bell(topic)
    return {"rung": topics}


@app.task(name="tasks.messages.reprocess")
def reprocess(  # noqa: PLR0913 - each is a filter, and has its name
    *,
    ids: list[int] | None = None,
    code: str | None = None,
    site: str | None = None,
    topic: str | None = None,
    key: str | None = None,
    before: str | None = None,
    everything: bool = False,
    dry_run: bool = False,
    replay: bool = False,
    rate: float | None = None,
) -> dict[str, Any]:
    """Put dead messages to work again after the cure, or only check them when `dry_run`.

    `before` is when they died, an ISO 8601 time; `rate` is how many a second at most. A forgotten or
    misspelled filter must not mean all of them: that takes `everything`. Called again, it goes on.
    """
    died = moment(before) if before else None
    selection = Selection(ids=ids, code=code, site=site, topic=topic, key=key, before=died)
    if selection == Selection() and not everything:
        return {"error": "name ids, code, site, topic, key or before, or everything"}
    if dry_run:
        trials = list(bridge().reprocess.dry_run(selection, replay=replay))
        failing = {trial.message.id: trial.code for trial in trials if not trial.passes}
        return {"checked": len(trials), "would_pass": len(trials) - len(failing), "would_fail": failing}
    requeued, refused, ends = 0, 0, monotonic() + _SECONDS
    for batch in bridge().reprocess.requeue(selection, replay=replay, pace=Pace(rate)):
        requeued, refused = requeued + len(batch.requeued), refused + len(batch.refused)
        for one in {message.topic for message in batch.requeued}:
            bridge().bell(one)
        if monotonic() > ends:
            break
    left = bridge().letters.count_dead(selection) - refused
    return {"requeued": requeued, "not_replayable": refused, "left": max(left, 0)}
