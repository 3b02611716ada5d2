"""The wing that no stage enters: tags against a reference, training, the study of the paper."""
