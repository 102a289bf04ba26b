"""Why an order was refused, as the merchant reads it on the order: short, and without personal data."""

import re

from sync.core.messages import Dead

LONGEST = 250
MOST_FIELDS = 3
_PERSONAL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+|\+?\d[\d ()/-]{6,}\d")


def reason(refusal: Dead) -> str:
    """Return the code and the first field problems, at most `LONGEST` characters.

    The warehouse's words may quote the order: what looks like an e-mail address or a telephone number is
    blotted out.
    """
    fields = [f"{path}: {problem}" if path else problem for path, problem in refusal.fields.items()]
    shown = fields[:MOST_FIELDS] or [refusal.detail]
    more = [f"{len(fields) - MOST_FIELDS} more"] if len(fields) > MOST_FIELDS else []
    text = _PERSONAL.sub("…", " ".join(f"{refusal.code}: {'; '.join([*shown, *more])}".split()))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
