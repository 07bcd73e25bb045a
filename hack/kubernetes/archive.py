#!/usr/bin/env python3
"""Writes the image of a static program: archive.py OUT.tar NAME:TAG PROGRAM (it lands, and runs, at /NAME-OF-THE-FILE)."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True
import oci_archive  # noqa: E402

if len(sys.argv) != 4:
    sys.exit(__doc__)
out, reference, program = sys.argv[1:]
name = pathlib.Path(program).name
layer = oci_archive.Layer()
layer.folder("tmp", 0o1777)
for path, content in sorted(oci_archive.FILES.items()):
    layer.file(path, content.encode())
layer.file(name, pathlib.Path(program).read_bytes(), 0o755)
archive = oci_archive.make_archive(reference, layer.close(), [f"/{name}"], reference.rpartition(":")[2])
pathlib.Path(out + ".new").write_bytes(archive)
os.replace(out + ".new", out)
