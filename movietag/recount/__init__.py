"""Counting again: which vocabulary and epoch are current, and how another one takes over."""
