"""The indices: their mappings, and everything that writes to them."""
