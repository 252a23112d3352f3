"""What `make generate` is made of: the document and the generator's objects, joined into what the templates print."""
