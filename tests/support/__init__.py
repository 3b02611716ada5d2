"""What helps the tests: records, servers, stages and commands, as processes and as values."""
