"""Measurements: every figure a ratio of two things done side by side; never part of the tests."""
