"""An image with this machine's Python, its standard library and the packages of one folder: for clients and servers in pods."""
import pathlib
import sys
import sysconfig

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "hack"))
import oci_archive  # noqa: E402

STANDARD = pathlib.Path(sysconfig.get_path("stdlib"))
LEFT_OUT = {"__pycache__", "test", "tests", "idlelib", "lib2to3", "ensurepip", "pip", "setuptools", "pkg_resources", "pydoc_data",
            "dist-packages", "site-packages", "_distutils_hack", "_pytest", "pytest", "pygments", "tkinter", "turtledemo", "include"}
LEFT_OUT_ENDS = {".a", ".pth", ".pyc", ".exe"}


def files_of(folder, left_out):
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in LEFT_OUT_ENDS and not left_out & set(path.relative_to(folder).parts):
            yield path


def needs_of(path):
    """The libraries a package's module brings along itself are no needs of it."""
    return {name for name in oci_archive.libraries(str(path)) if "/site-packages/" not in name}


def make(name, packages, entrypoint=(), files=None, left_out=()):
    """build/images/NAME.tar, reference localhost/NAME:1. entrypoint: arguments of python3; files: {path: bytes}."""
    layer = oci_archive.Layer()
    layer.folder("tmp", 0o1777)
    for path, content in {**{p: text.encode() for p, text in oci_archive.FILES.items()}, **(files or {})}.items():
        layer.file(path, content)
    python = str(pathlib.Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}").resolve())
    needed = set(oci_archive.libraries(python))
    for folder, place in ((STANDARD, str(STANDARD)), (packages, str(STANDARD / "site-packages"))):
        for path in files_of(folder, LEFT_OUT | set(left_out)):
            if ".so" in path.suffixes:
                needed |= needs_of(path)
            layer.file(f"{place}/{path.relative_to(folder)}".lstrip("/"), path.read_bytes(), 0o755)
    for path in sorted(needed):
        layer.file(path.lstrip("/"), pathlib.Path(path).read_bytes(), 0o755)
    layer.file("usr/bin/python3", pathlib.Path(python).read_bytes(), 0o755)
    # Debian's Python looks for packages in dist-packages; ours are in site-packages.
    layer.file(f"{STANDARD}/sitecustomize.py".lstrip("/"), f"import site; site.addsitedir('{STANDARD}/site-packages')\n".encode())
    out = ROOT / f"build/images/{name}.tar"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(oci_archive.make_archive(f"localhost/{name}:1", layer.close(), ["/usr/bin/python3", *entrypoint], "1"))
    print(f"  image      localhost/{name}:1 {out.stat().st_size / 1e6:.1f} MB")
