"""The stages: Faust apps that wire the library to Kafka, one file each."""
