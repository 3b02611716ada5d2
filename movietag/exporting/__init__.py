"""Results in the forms that other programs load: tables, feeds, and what media servers and recommenders read."""
