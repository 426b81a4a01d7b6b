"""Names of schemas for those who make code from the document: by subject where two rooms have a class of one name."""

from __future__ import annotations

from typing import Any, Final

REF: Final = "#/components/schemas/"
_LAYERS: Final = ("types", "tables")  # modules whose folder tells the subject


def by_subject(made: dict[str, Any]) -> None:
    """Give every schema that is named by its module a name by its subject: `TaskMoveIn`, not the path of a module.

    Raises ValueError where two would have one name.
    """
    schemas: dict[str, Any] = made["components"]["schemas"]
    names = {name: subject_name(name) for name in schemas}
    for name, given in names.items():
        if given != name and given in schemas:  # another class is called so: the package tells them apart
            names[name] = name.partition("__")[0].removesuffix("s").capitalize() + given
    twice = sorted(name for name in names.values() if list(names.values()).count(name) > 1)
    if twice:
        raise ValueError(f"two schemas would be named {twice[0]}: name their classes apart")
    made["components"]["schemas"] = dict(sorted((names[name], schema) for name, schema in schemas.items()))
    _rename(made, {REF + name: REF + given for name, given in names.items() if name != given})


def subject_name(name: str) -> str:
    """`api__routes__tasks_shapes__MoveIn` → `TaskMoveIn`; a name without a module stays."""
    *modules, own = name.split("__")
    if not modules:
        return name
    room = modules[-2] if modules[-1] in _LAYERS else modules[-1].removesuffix("_shapes")
    subject = "".join(part.capitalize() for part in room.removesuffix("s").split("_"))
    return own if own.startswith(subject) else subject + own


def _rename(node: Any, refs: dict[str, str]) -> None:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, str):
            node[key] = refs.get(value, value)  # a reference, or the target of a discriminator's mapping
        elif isinstance(value, dict | list):
            _rename(value, refs)
