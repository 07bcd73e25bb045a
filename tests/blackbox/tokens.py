"""ServiceAccount tokens as a cluster makes them, signed with openssl, and their keys as a JSON Web Key Set writes them."""
import base64
import json
import re
import subprocess
import time

ISSUER = "https://kubernetes.default.svc.cluster.local"


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, input=given).stdout


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def der_integers(der):
    """The two numbers of an ECDSA signature."""
    at, numbers = 2, []
    for _ in range(2):
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + length], "big"))
        at += 2 + length
    return numbers


class TokenKey:
    def __init__(self, folder, kid, alg="RS256"):
        self.kid, self.alg, self.file = kid, alg, folder / f"{kid}.pem"
        if alg == "RS256":
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.file)
        else:
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.file)

    def public(self):
        if self.alg == "RS256":
            modulus = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().split("=")[1]
            return {"kid": self.kid, "alg": self.alg, "kty": "RSA", "n": base64url(bytes.fromhex(modulus)), "e": "AQAB"}
        text = openssl("pkey", "-in", self.file, "-noout", "-text_pub").decode()
        point = bytes.fromhex(re.sub(r"[\s:]", "", re.search(r"pub:([\s0-9a-f:]+)", text)[1]))
        return {"kid": self.kid, "alg": self.alg, "kty": "EC", "crv": "P-256", "x": base64url(point[1:33]), "y": base64url(point[33:65])}

    def sign(self, claims, header=None):
        head = base64url(json.dumps({"alg": self.alg, "kid": self.kid, **(header or {})}).encode())
        signed = f"{head}.{base64url(json.dumps(claims).encode())}".encode()
        signature = openssl("dgst", "-sha256", "-sign", self.file, given=signed)
        if self.alg == "ES256":
            signature = b"".join(number.to_bytes(32, "big") for number in der_integers(signature))
        return f"{signed.decode()}.{base64url(signature)}"


def claims_of(account, namespace="lab-dev", pod=None, **changes):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": ["weir"], "exp": now + 600, "nbf": now, "iat": now, "sub": f"system:serviceaccount:{namespace}:{account}",
              "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": account, "uid": "1"}}}
    if pod:
        claims["kubernetes.io"]["pod"] = {"name": pod, "uid": "2"}
    return {**claims, **changes}


def identity_of(*keys, namespace="lab-dev"):
    return {"issuer": ISSUER, "audience": "weir", "namespace": namespace, "keys": [key.public() for key in keys]}
