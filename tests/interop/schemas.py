"""Validates documents, one a line, and prints how many are right and how many are not."""

import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1], encoding="utf-8"))
kind = jsonschema.validators.validator_for(schema, default=None)
assert kind is jsonschema.Draft202012Validator, kind
kind.check_schema(schema)
validator = kind(schema)
verdicts = [validator.is_valid(json.loads(line)) for line in open(sys.argv[2], encoding="utf-8")]
print(verdicts.count(True), verdicts.count(False))
