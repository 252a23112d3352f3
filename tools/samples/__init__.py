"""Values that the schemas of a document take: for the round trips of a survey, and for the responses of a fake."""
