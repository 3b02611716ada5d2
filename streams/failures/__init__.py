"""What a stage does when something fails: retries, tries that are counted, dead letters."""
