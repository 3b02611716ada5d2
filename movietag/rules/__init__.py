"""The rules of the pipeline: pure functions from records to records, without any server."""
