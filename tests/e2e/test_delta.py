from pathlib import Path

from bench.delta.run import measured


def test_what_changed_is_written_once_and_nothing_else_also_after_a_kill(tmp_path: Path) -> None:
    found = measured(400, 100, tmp_path, lambda _text: None)
    assert found["delta"]["exact"]
    assert found["delta"]["writes"] == 100
    assert found["unchanged"]["writes"] == 0
    assert found["confirming"]["ratio"] > 1
    killed = found["killed"]
    assert killed["confirmed_at_kill"] >= 50
    assert killed["confirmed_and_written_again"] == 0
    assert killed["written_in_the_end"] == 100
