"""Measurements of movietag. Each is run as ``python -m benchmarks.NAME``; its last line is JSON."""
