"""Data sets of frames with sentences, LoRA fine-tuning, merging: training a tagger on movies."""
