"""Events of movies posted to another program's address: signed, retried, and given up within a bound."""
