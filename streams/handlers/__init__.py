"""What each stage does with its events. What they work with is handed in; nothing here knows Faust or a setting of the process."""
