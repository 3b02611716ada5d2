"""The image of the stages, built and run as docker-compose.yml says, without Docker and without a registry: ``make images``."""
