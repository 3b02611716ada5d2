"""How good assigned tags are: against the Tag Genome, MPST, or what was drawn."""
