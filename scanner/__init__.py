"""watchbill: what runs in AWS that nobody declared, owns, needs, watches or could recover."""

__version__ = "0.1.0"
