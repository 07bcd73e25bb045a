"""OCI archives without a container engine: one layer of files, the shared libraries that programs need, fixed times, so that the
same inputs give the same bytes. Used by hack/image and by the images of tests.
"""
import gzip
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

USER = 65532
FILES = {
    "etc/passwd": f"root:x:0:0:root:/:/sbin/nologin\nweir:x:{USER}:{USER}:weir:/:/sbin/nologin\n",
    "etc/group": f"root:x:0:\nweir:x:{USER}:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}


def libraries(program):
    """Every shared object the dynamic loader would map, by the path it looks under."""
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"=> (/\S+)|^\s+(/\S*ld-linux\S+)", listed, re.MULTILINE)
    return sorted({one or other for one, other in found})


def plugin(name):
    for folder in pathlib.Path("/usr/lib").glob("*-linux-gnu"):
        if (folder / name).exists():
            return str(folder / name)
    sys.exit(f"image: {name} is not installed: run make deps")


class Layer:
    def __init__(self):
        self.bytes = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.bytes, mode="w", format=tarfile.USTAR_FORMAT)
        self.folders = set()

    def folder(self, path, mode=0o755):
        for parent in [*reversed(pathlib.PurePath(path).parents), pathlib.PurePath(path)]:
            name = str(parent)
            if name == "." or name in self.folders:
                continue
            self.folders.add(name)
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, mode if name == path else 0o755
            self.tar.addfile(entry)

    def file(self, path, content, mode=0o644):
        self.folder(str(pathlib.PurePath(path).parent))
        entry = tarfile.TarInfo(path)
        entry.size, entry.mode = len(content), mode
        self.tar.addfile(entry, io.BytesIO(content))

    def close(self):
        self.tar.close()
        return self.bytes.getvalue()


def stripped(path):
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run(["strip", "--strip-all", "-o", copy.name, path], check=True)
        return pathlib.Path(copy.name).read_bytes()


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def descriptor(media_type, content, **more):
    return {"mediaType": f"application/vnd.oci.image.{media_type}", "digest": digest(content), "size": len(content), **more}


def encode(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def make_archive(reference, plain, entrypoint, version):
    """An archive of one image whose one layer is `plain`, a tar; it runs entrypoint as a user that is not root."""
    packed = gzip.compress(plain, 9, mtime=0)
    config = encode({
        "architecture": "amd64", "os": "linux",
        "config": {
            "User": f"{USER}:{USER}", "Entrypoint": entrypoint,
            "WorkingDir": "/", "Labels": {"org.opencontainers.image.version": version},
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(plain)]},
    })
    manifest = encode({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("config.v1+json", config), "layers": [descriptor("layer.v1.tar+gzip", packed)],
    })
    named = {"io.containerd.image.name": reference, "org.opencontainers.image.ref.name": version}
    index = encode({"schemaVersion": 2, "manifests": [descriptor("manifest.v1+json", manifest, annotations=named)]})
    archive = Layer()
    archive.file("oci-layout", encode({"imageLayoutVersion": "1.0.0"}))
    archive.file("index.json", index)
    for blob in (config, manifest, packed):
        archive.file("blobs/sha256/" + digest(blob).removeprefix("sha256:"), blob)
    return archive.close()
