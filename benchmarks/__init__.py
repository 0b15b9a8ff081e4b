"""Measurements of xeroport; `python -m benchmarks [NAME …]` makes BENCHMARKS.md again."""
