"""From a whole OpenAPI document to the pin: what `make pin` is made of."""
