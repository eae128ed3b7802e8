"""Answers questions about XML with libxml2, many in one process.

Question: length (4 bytes, big endian), then a JSON line {"element": n, "prefixes": [...]}, a newline, and the document.
Answer: length, then "A" and the canonical form of that element (exclusive, without comments), or "R" and why not.
"""
import json
import struct
import sys

from lxml import etree


def answer(question):
    head, document = question.split(b"\n", 1)
    wanted = json.loads(head)
    # One parser a document: an error must not be remembered.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=False)
    try:
        root = etree.fromstring(document, parser)
        elements = list(root.iter("*"))
        element = elements[wanted["element"] % len(elements)]
        return b"A" + etree.tostring(
            element,
            method="c14n",
            exclusive=True,
            with_comments=False,
            with_tail=False,
            inclusive_ns_prefixes=wanted["prefixes"] or None,
        )
    except Exception as refusal:
        return b"R" + str(refusal).encode()


while header := sys.stdin.buffer.read(4):
    reply = answer(sys.stdin.buffer.read(struct.unpack(">I", header)[0]))
    sys.stdout.buffer.write(struct.pack(">I", len(reply)) + reply)
    sys.stdout.buffer.flush()
