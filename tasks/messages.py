"""Tasks on messages of any flow."""

from typing import Any

from sync.core.ports import Selection
from tasks.app import app
from tasks.bridge import bridge


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
    everything: bool = False,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Put dead messages to work again after the cure, or only check them when `dry_run`.

    A forgotten or misspelled filter must not mean all of them: that takes `everything`.
    """
    selection = Selection(ids=ids, code=code, site=site, topic=topic, key=key)
    if selection == Selection() and not everything:
        return {"error": "name ids, code, site, topic or key, or everything"}
    if dry_run:
        trials = bridge().reprocess.dry_run(selection)
        failing = {trial.message.id: trial.code for trial in trials if not trial.passes}
        return {"checked": len(trials), "would_pass": len(trials) - len(failing), "would_fail": failing}
    requeued = bridge().reprocess.requeue(selection)
    for one in {message.topic for message in requeued}:
        bridge().bell(one)
    return {"requeued": len(requeued)}
