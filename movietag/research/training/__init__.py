"""Data sets of frames with their sentences, LoRA fine-tuning, merging: a tagger taught on movies."""
