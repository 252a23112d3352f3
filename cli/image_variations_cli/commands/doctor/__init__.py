"""`image-variations doctor`: whether requests would get through, found out without one that can be billed."""

from .doctor import doctor

__all__ = ["doctor"]
