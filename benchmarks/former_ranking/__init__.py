"""The judgement of titles up to 0.1, as a baseline for benchmarks.ranking; nothing else uses it."""
