"""Whether a video's name is about a film: evidence in points, each with its reason."""
