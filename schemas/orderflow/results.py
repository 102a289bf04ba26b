"""The answer to an import: what became of each reference."""

from collections import defaultdict
from collections.abc import Mapping

from schemas.orderflow.xml import (
    Element,
    UnusableError,
    all_text,
    attribute,
    child_text,
    parse,
    raise_failure,
    tag_of,
)
from sync.core.ports import (
    Accepted,
    Canceled,
    CancelResult,
    ImportResult,
    NotCanceled,
    Refused,
    Taken,
    Unanswered,
)

# The only words that any source gives for a refusal.
NOT_CANCELED = "No cancel operation performed"


def import_results(content: bytes) -> dict[str, ImportResult]:
    """Return reference → result, grouped over several lines of one reference; absent means unanswered.

    Raises `UnusableError` when the content is no import result, and the core error when it is an error
    document. A reference with contradicting lines counts as unanswered: its order detail knows.
    """
    root = parse(content)
    raise_failure(root)
    if tag_of(root) != "importResult":
        raise UnusableError(f"expected importResult, found {tag_of(root)}")
    found: dict[str, list[ImportResult]] = defaultdict(list)
    for section in root:
        for line in section.iter("import"):
            found[attribute(line, "externalReference")].append(_result(tag_of(section), line))
    return {reference: _together(results) for reference, results in found.items() if reference}


def cancel_result(content: bytes) -> CancelResult:
    """Return whether the order was canceled; a refusal comes as a text with status 200.

    Raises `UnusableError` when the content is no message, and the core error when it is an error document.
    """
    root = parse(content)
    raise_failure(root)
    if tag_of(root) != "message":
        raise UnusableError(f"expected message, found {tag_of(root)}")
    words = all_text(root)
    return NotCanceled(words) if NOT_CANCELED in words else Canceled()


def _result(section: str, line: Element) -> ImportResult:
    # One independent client expects an error element inside of a line; it costs nothing to believe it.
    if section == "importFailures" or line.find("error") is not None:
        return Refused(_words(line, "failure") or child_text(line, "error"))
    if section == "importDuplicates":
        return Taken(_words(line, "duplicate"))
    return Accepted() if section == "importSuccesses" else Unanswered()


def _words(line: Element, kind: str) -> str:
    words = [child_text(line, f"{kind}Message"), child_text(line, f"{kind}Detail")]
    return ": ".join(word for word in words if word)


def _together(results: list[ImportResult]) -> ImportResult:
    kinds = {type(result) for result in results}
    return results[0] if len(kinds) == 1 else Unanswered()


def result_for(reference: str, results: Mapping[str, ImportResult]) -> ImportResult:
    """Return the result of a reference, unanswered when the answer does not mention it."""
    return results.get(reference) or Unanswered()
