"""The ledger: the facts that a stage keeps, and the changelog from which it reads them again."""
