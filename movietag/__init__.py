"""movietag: movie titles in, searchable tags out."""
