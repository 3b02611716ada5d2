"""Training the demo model: pictures, architecture, the two training steps, and its scores."""
