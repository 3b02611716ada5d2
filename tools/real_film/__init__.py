"""A real film through the pipeline, and a contact sheet of what came out: ``make real-film``."""
