"""The resource types as data, and what their values mean. No AWS, no database."""

from scanner.catalog.names import aliases
from scanner.catalog.spec import Attribute, Call, Link, ResourceType, load

__all__ = ["Attribute", "Call", "Link", "ResourceType", "aliases", "load"]
