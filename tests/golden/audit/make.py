#!/usr/bin/env python3
"""Writes the audit log that Weir's code must agree with, without any of it: hashlib, json, and Python's Ed25519.

The key is RFC 8032 7.1's first: public, and good for nothing else. Same files every time; run it by hand."""
import base64
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FOLDER = pathlib.Path(__file__).parent
ORIGIN = "weir.example/audit"
KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
PUBLIC = KEY.public_key().public_bytes_raw()
ACTIONS = ["PolicyChanged", "KeyCreated", "CallRefused", "PriceChanged", "ApprovalGiven", "LeaseWrittenOff"]
WORDS = ["plain", "quote \" backslash \\ slash /", "tab\tline\nfeed\fback\bunit\u001f", "caf\u00e9 \u20ac \U0001f600 \u2028 \ufb33"]


def canonical(row):
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data):
    return hashlib.sha256(data).digest()


def rows():
    previous = bytes(32)
    for seq in range(1, 13):
        row = {"seq": seq, "time": f"2026-11-29T12:00:{seq:02d}.{seq:03d}Z", "actor": "weir-operator", "action": ACTIONS[seq % 6],
               "decision": ["Done", "Refused", "Allowed"][seq % 3], "subject": f"ModelPolicy demo-prod/p{seq}",
               "workspace": "demo", "environment": "prod", "reason": WORDS[seq % 4], "policyDigest": sha256(b"policy").hex(),
               "prevHash": previous.hex()}
        if seq % 3 == 1:
            row["requestDigest"] = sha256(b"request %d" % seq).hex()
            row["subjectId"] = sha256(b"someone").hex()
        previous = sha256(b"\0" + canonical(row) + previous)
        yield {**row, "hash": previous.hex()}


def root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + root(leaves[:split]) + root(leaves[split:]))


def checkpoint(leaves):
    text = f"{ORIGIN}\n{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n"
    key_id = sha256(ORIGIN.encode() + b"\n\1" + PUBLIC)[:4]
    signature = base64.b64encode(key_id + KEY.sign(text.encode())).decode()
    return f"{text}\n\u2014 {ORIGIN} {signature}\n\n"


def main():
    log = list(rows())
    leaves = [bytes.fromhex(row["hash"]) for row in log]
    (FOLDER / "export.jsonl").write_bytes(b"".join(canonical(row) + b"\n" for row in log))
    (FOLDER / "checkpoints.txt").write_text("".join(checkpoint(leaves[:size]) for size in (0, 1, 4, 7, 7, 11)))
    (FOLDER / "public.pem").write_bytes(KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


if __name__ == "__main__":
    main()
