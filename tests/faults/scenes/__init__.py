"""Scenes: a fault, a call or several that meet it, and what is seen. Any caller can play them."""
