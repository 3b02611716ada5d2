"""What movietag has ever written on a topic, in a ledger or beside kept frames: one message a version of a record."""
