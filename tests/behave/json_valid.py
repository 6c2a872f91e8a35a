#!/usr/bin/env python3
"""Holds JSON documents to the schema of their kind in schema/json/, or in the folder ENROLL_SCHEMAS.

    json_valid.py [KIND] < DOCUMENT         one document, or with several lines one a line

Knows only the words of JSON Schema that our schemas use and refuses any other, so that no rule is
passed over in silence.  Ends with 1 and says where a document differs.
"""
import json
import os
import re
import sys

FOLDER = os.environ.get("ENROLL_SCHEMAS") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "schema", "json")
NOTES = {"$schema", "title", "$defs", "description"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
loaded = {}


def schema_file(name):
    if name not in loaded:
        with open(os.path.join(FOLDER, name), encoding="utf-8") as f:
            loaded[name] = json.load(f)
    return loaded[name]


def resolve(ref, base):
    name, _, pointer = ref.partition("#")
    name = name or base
    node = schema_file(name)
    for step in pointer.strip("/").split("/") if pointer.strip("/") else []:
        node = node[step]
    return node, name


def is_type(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def check(value, schema, base, where):
    for word in schema:
        if word not in WORDS and word not in NOTES:
            raise SystemExit(f"{base}: the schema uses {word}, which this program does not know")
    for word, rule in WORDS.items():
        if word in schema:
            yield from rule(value, schema[word], schema, base, where)


def check_ref(value, ref, _schema, base, where):
    node, name = resolve(ref, base)
    yield from check(value, node, name, where)


def check_type(value, names, _schema, _base, where):
    names = names if isinstance(names, list) else [names]
    if not any(is_type(value, n) for n in names):
        yield f"{where}: {json.dumps(value)[:60]} is not {' or '.join(names)}"


def check_const(value, wanted, _schema, _base, where):
    if value != wanted or isinstance(value, bool) != isinstance(wanted, bool):
        yield f"{where}: {json.dumps(value)[:60]} is not {wanted!r}"


def check_enum(value, wanted, _schema, _base, where):
    if value not in wanted:
        yield f"{where}: {json.dumps(value)[:60]} is none of {wanted}"


def check_pattern(value, pattern, _schema, _base, where):
    if isinstance(value, str) and not re.search(pattern, value):
        yield f"{where}: {value[:60]!r} does not look like {pattern}"


def check_required(value, names, _schema, _base, where):
    for n in names:
        if isinstance(value, dict) and n not in value:
            yield f"{where}: {n} is missing"


def check_properties(value, rules, schema, base, where):
    if not isinstance(value, dict):
        return
    for n, v in value.items():
        if n in rules:
            yield from check(v, rules[n], base, f"{where}.{n}")
        elif "additionalProperties" not in schema:
            yield f"{where}: {n} is not described"


def check_additional(value, rule, schema, base, where):
    for n, v in value.items() if isinstance(value, dict) else ():
        if n not in schema.get("properties", {}):
            yield from check(v, rule, base, f"{where}.{n}")


def check_items(value, rule, _schema, base, where):
    for i, v in enumerate(value if isinstance(value, list) else ()):
        yield from check(v, rule, base, f"{where}[{i}]")


WORDS = {"$ref": check_ref, "type": check_type, "const": check_const, "enum": check_enum,
         "pattern": check_pattern, "required": check_required, "properties": check_properties,
         "additionalProperties": check_additional, "items": check_items}


def documents(text):
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else None
    bad = 0
    for doc in documents(sys.stdin.read()):
        name = doc["kind"] + ".json"
        if kind and doc["kind"] != kind:
            print(f"kind is {doc['kind']}, wanted {kind}")
            bad += 1
        for line in check(doc, schema_file(name), name, doc["kind"]):
            print(line)
            bad += 1
    return 1 if bad else 0


sys.exit(main())
