"""Movies drawn by code with known tags, and the small LLaVA that can read them."""
