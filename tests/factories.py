"""Records for tests, made through the operations or straight in the database where that is the point."""
