"""Movies drawn by code with known tags: what the demo shows, and what models are trained and judged on."""
