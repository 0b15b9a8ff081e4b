"""Rows from anywhere: files, pipes, queries and Python."""
