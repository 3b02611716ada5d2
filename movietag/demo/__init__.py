"""The demo: drawn movies on a video site of its own, the small LLaVA that can read them, and the check of the counts."""
