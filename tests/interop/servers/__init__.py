"""A module for each server; `RECIPES` has them all, in the order of the report."""

from tests.interop.recipes import Recipe
from tests.interop.servers import aimock, haproxy, litellm, nginx, openai_forward, portkey, prism, tinyproxy

RECIPES: tuple[Recipe, ...] = (
    litellm.RECIPE,
    portkey.RECIPE,
    portkey.NEWER,
    openai_forward.RECIPE,
    nginx.RECIPE,
    haproxy.RECIPE,
    tinyproxy.RECIPE,
    prism.RECIPE,
    aimock.RECIPE,
)
