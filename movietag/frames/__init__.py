"""Videos and folders of pictures in, JPEG frames out: sampling, decoding, filters.

No Kafka and no network: all of it may run in a child process with limited memory and time.
Start with ``movietag.frames.extract``.
"""
