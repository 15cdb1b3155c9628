"""Normalises the events of the given envelopes as Sentry does. Prints a line of JSON for each: its errors, its level, and the
types of its exceptions."""

import json
import sys

from sentry_relay.processing import StoreNormalizer

normalizer = StoreNormalizer(project_id=1)
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as envelope:
        _header, _item, event = envelope.read().splitlines()
    event = normalizer.normalize_event(json.loads(event))
    types = [exception["type"] for exception in event["exception"]["values"]]
    said = {"errors": event.get("errors"), "meta": event.get("_meta"), "level": event["level"], "types": types}
    print(json.dumps(said))
