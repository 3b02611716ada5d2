"""What each stage does with its events, in classes without Faust, Kafka or a process's settings.

What they work with (topics, ledger, captioner, tries, clock) is handed in: streams/{plan,fetch,…}.py make it.
"""
