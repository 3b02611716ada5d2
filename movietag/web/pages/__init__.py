"""The pages: what people see in a browser, rendered here; no page needs JavaScript for its main things."""
