"""`make pin`: in comes a whole OpenAPI document, out comes the pin, `openapi.yaml`, if nothing would be lost or broken.

It may not generate.
"""
