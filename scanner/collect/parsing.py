"""botocore's parsers of XML and JSON, several times sooner: only what is there is looked up.

botocore goes through all that a shape may have (an instance some sixty members) for every element, and
would parse a body that the guard has parsed already. The answers are the same, which a test holds against
botocore's own; what is rare (attributes, unions, errors, an element that comes twice) is left to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from botocore import parsers

Reader = Callable[[Any], Any]
Table = dict[str, tuple[str, Reader | None] | None]
"""Member and its reader (None where it is what it is), by name in the reply."""
UNMET: Any = ()


class Body(bytes):
    """The body of a reply, with the document that it was read as."""

    document: Any


class _Sooner:
    """What is otherwise than in botocore's class, to stand before it."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._readers: dict[Any, Reader] = {}

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        if isinstance(node, str | int):  # of a header, or the status
            return cast(Any, super())._parse_shape(shape, node)
        return self._reader(shape)(node)

    def _reader(self, shape: Any) -> Reader:
        reader = self._readers.get(shape)
        if reader is None:
            reader = self._readers[shape] = self._made(shape)
        return reader

    def _made(self, shape: Any) -> Reader:
        match shape.type_name:
            case "structure":
                return self._structure(shape, cast(Any, super())._handle_structure)
            case "list":
                return self._list(shape)
            case _:
                theirs = cast(Any, super())._parse_shape
                return lambda node: theirs(shape, node)

    def _structure(self, shape: Any, theirs: Callable[[Any, Any], Any]) -> Reader:
        raise NotImplementedError

    def _list(self, shape: Any) -> Reader:
        raise NotImplementedError

    def _members(self, shape: Any) -> Table:
        """What to do by a member's name in the reply; nothing where only botocore can read the shape."""
        table: Table = {}
        if shape.is_tagged_union or shape.is_document_type or shape.metadata.get("exception"):
            return table
        for name, member in shape.members.items():
            key = self._key(member, name)
            if key is None:
                continue
            if not key or key in table:
                return {}
            table[key] = (name, None if self._plain(member) else self._reader(member))
        return table

    def _key(self, member: Any, name: str) -> str | None:
        """A member's name in the reply; None where it is not in the body, `` where botocore must look."""
        raise NotImplementedError

    def _plain(self, member: Any) -> bool:
        """Whether a member is read as the text, or the value, that it is."""
        raise NotImplementedError


class _Xml(_Sooner):
    def _parse_xml_string_to_dom(self, text: Any) -> Any:
        if isinstance(text, Body):
            return text.document
        return cast(Any, super())._parse_xml_string_to_dom(text)

    def _plain(self, member: Any) -> bool:
        return bool(member.type_name == "string")

    def _key(self, member: Any, name: str) -> str | None:
        mine: Any = self
        where = member.serialization
        if where.get("location") in mine.KNOWN_LOCATIONS or where.get("eventheader"):
            return None
        return "" if where.get("xmlAttribute") else str(mine._member_key_name(member, name))

    def _list(self, shape: Any) -> Reader:
        flattened = bool(shape.serialization.get("flattened"))

        def read(node: Any) -> list[Any]:
            reader = self._reader(shape.member)
            return [reader(n) for n in ([node] if flattened and type(node) is not list else node)]

        return read

    def _structure(self, shape: Any, theirs: Callable[[Any, Any], Any]) -> Reader:
        table: Table | None = None

        def read(node: Any) -> Any:
            nonlocal table
            if table is None:  # when first met, for a shape may hold itself
                table = self._members(shape)
            if not table or type(node) is list:
                return theirs(shape, node)
            parsed: dict[str, Any] = {}
            try:
                for child in node:
                    tag = child.tag
                    known = table.get(tag, UNMET)
                    if known is UNMET:  # in a namespace, or of no member
                        known = table[tag] = table.get(tag.rpartition("}")[2])
                    if known is None:
                        continue
                    name, reader = known
                    if name in parsed:
                        return theirs(shape, node)
                    parsed[name] = (child.text or "") if reader is None else reader(child)
            except Exception:
                if len({child.tag for child in node}) == len(node):
                    raise
                return theirs(shape, node)
            return parsed

        return read


class _Json(_Sooner):
    def _parse_body_as_json(self, text: Any) -> Any:
        if isinstance(text, Body):
            return text.document
        return cast(Any, super())._parse_body_as_json(text)

    def _plain(self, member: Any) -> bool:
        kind = member.type_name
        return bool(kind == "string") or not hasattr(self, f"_handle_{kind}")

    def _key(self, member: Any, name: str) -> str | None:
        return str(member.serialization.get("name", name))

    def _list(self, shape: Any) -> Reader:
        def read(value: Any) -> list[Any]:
            if self._plain(shape.member):
                return list(value)
            reader = self._reader(shape.member)
            return [None if inner is None else reader(inner) for inner in value]

        return read

    def _structure(self, shape: Any, theirs: Callable[[Any, Any], Any]) -> Reader:
        table: Table | None = None

        def read(value: Any) -> Any:
            nonlocal table
            if table is None:
                table = self._members(shape)
            if not table or type(value) is not dict:
                return theirs(shape, value)
            parsed: dict[str, Any] = {}
            for key, inner in value.items():
                known = table.get(key)
                if known is not None and inner is not None:
                    name, reader = known
                    parsed[name] = inner if reader is None else reader(inner)
            return parsed

        return read


class _Ec2(_Xml, parsers.EC2QueryParser):  # type: ignore[misc]
    pass


class _Query(_Xml, parsers.QueryParser):  # type: ignore[misc]
    pass


class _RestXml(_Xml, parsers.RestXMLParser):  # type: ignore[misc]
    pass


class _JsonRpc(_Json, parsers.JSONParser):  # type: ignore[misc]
    pass


class _RestJson(_Json, parsers.RestJSONParser):  # type: ignore[misc]
    pass


OURS = {
    "ec2": _Ec2, "query": _Query, "rest-xml": _RestXml, "json": _JsonRpc, "rest-json": _RestJson,
}  # fmt: skip


class Parsers(parsers.ResponseParserFactory):  # type: ignore[misc]
    """botocore's component `response_parser_factory`, with our parsers where there are any."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def create_parser(self, protocol_name: str) -> Any:
        """The parser of a protocol; botocore asks for it with every reply."""
        parser = self._made.get(protocol_name)
        if parser is None:
            ours = OURS.get(protocol_name)
            parser = ours(**self._defaults) if ours else super().create_parser(protocol_name)
            self._made[protocol_name] = parser
        return parser
