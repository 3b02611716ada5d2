"""Training the demo model: pictures, parts, two steps of learning, and how well it sees."""
