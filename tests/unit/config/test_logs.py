"""A traceback tells where and of what kind, and not what an error quotes."""

import json
import logging
import sys

import pytest
import structlog

from config.logs import configure_logs

QUOTED = "Wilhelmina Quuxington"


def test_a_traceback_has_its_frames_and_kinds_and_no_word_of_its_errors(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        monkeypatch.setattr(sys, "stderr", sys.stderr)
        configure_logs("json")
        try:
            try:
                int(QUOTED)
            except ValueError as error:
                raise KeyError(QUOTED) from error
        except KeyError:
            structlog.get_logger("x").exception("bridge.fault")
            logging.getLogger("library").exception("it failed")
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 2
    for line in lines:
        assert "KeyError" in line["exception"]
        assert "ValueError" in line["exception"]
        assert "test_logs.py" in line["exception"]
        assert QUOTED not in json.dumps(line)
