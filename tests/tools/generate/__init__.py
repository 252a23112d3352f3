"""The package of a document, and the folder that it is put into."""
