"""What a count does when it is not the first: catch up in bulk, and follow what is current."""
