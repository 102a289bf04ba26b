"""A database whose log would quote people's data is yellow, with the statement that cures it."""

import pytest

from sync.cli.doctor.finding import Level
from sync.cli.doctor.logging import judged

QUIET = {
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "ddl",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length_on_error": "0",
}


def test_a_discreet_database_is_green() -> None:
    assert judged(QUIET, "bridge", "PostgreSQL").level is Level.GREEN


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_min_error_statement", "error"),
        ("log_min_error_statement", "debug5"),
        ("log_error_verbosity", "default"),
        ("log_statement", "mod"),
        ("log_statement", "all"),
        ("log_min_duration_statement", "0"),
        ("log_min_duration_sample", "250"),
        ("log_transaction_sample_rate", "0.01"),
        ("log_parameter_max_length_on_error", "-1"),
        ("log_parameter_max_length_on_error", "64"),
    ],
)
def test_a_database_that_quotes_what_it_is_told_is_yellow_with_its_cure(name: str, value: str) -> None:
    finding = judged({**QUIET, name: value}, '"my bridge"', "PostgreSQL")
    assert finding.level is Level.YELLOW
    assert f"{name} = {value}" in finding.text
    assert f'ALTER ROLE "my bridge" SET {name} = ' in finding.cure
    assert finding.cure.count("ALTER ROLE") == 1


def test_a_setting_that_may_not_be_read_is_named_and_not_guessed() -> None:
    hidden = {name: value for name, value in QUIET.items() if name != "log_statement"}
    finding = judged(hidden, "bridge", "PostgreSQL")
    assert finding.level is Level.YELLOW
    assert "log_statement" in finding.text
    assert "pg_read_all_settings" in finding.cure
