"""What a library belongs to, and in what its workers must agree, stored in Kafka with the data."""
