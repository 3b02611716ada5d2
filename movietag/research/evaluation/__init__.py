"""The quality of assigned tags: compared with the Tag Genome, MPST, or the truth of drawn movies."""
