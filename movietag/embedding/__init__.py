"""Sentence embeddings of captions: their meaning, as vectors that can be compared."""
