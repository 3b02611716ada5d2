"""Sentence embeddings of captions: what a text means, as a vector that can be compared."""
