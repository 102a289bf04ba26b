"""Failures grouped by what happens next: try again, keep for a person, or call one.

    OrderbridgeError
    ├── Retryable         the same call may succeed later; the ledger decides when
    │   ├── OutcomeUnknown    the request may have gone through: look before sending again
    │   └── Unfinished        the time was up: go on where it stopped
    ├── Rejected          will never succeed as it is; kept as a dead letter with field errors
    └── Alarm             nothing will succeed until a person acts (credentials, permission)

Every code is a dotted noun, public and stable, and listed in `codes` with its cause and its cure.
"""

from collections.abc import Mapping


class OrderbridgeError(Exception):
    """A failure with a stable code, a sentence for a person, and the reasons by field path."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        fields: Mapping[str, str] | None = None,
        remote_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep the facts; `retry_after` is in seconds, `fields` maps a path to its reason."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.fields = dict(fields or {})
        self.remote_status = remote_status
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[object, ...]:
        """Cross a process boundary whole: an exception would be made anew from its one sentence alone."""
        return OrderbridgeError.__new__, (type(self), *self.args), vars(self)


class Retryable(OrderbridgeError):
    """The same work may succeed later."""


class OutcomeUnknown(Retryable):
    """The request left, the answer did not arrive: it may or may not have had its effect."""


class Unfinished(Retryable):
    """Nothing failed, the time was up: go on at once, and count no try."""


class Rejected(OrderbridgeError):
    """The work cannot succeed until its content or the configuration is cured."""


class Alarm(OrderbridgeError):
    """Nothing of this kind succeeds until a person acts; never retried by itself."""
