"""An image in Tart's format, made without any of Tatin's code: python3 make-image.py FOLDER

FOLDER becomes what `skopeo copy dir:FOLDER` reads: a manifest, and blobs named by their digests. Beside it FOLDER.disk is
the disk that a pull must make. Its layers are LZ4 in Apple's framing, packed here by hand: stored blocks, blocks that
stand alone, blocks that refer to the 64 KiB before them, and mixtures of odd sizes.
"""

import hashlib
import json
import os
import random
import struct
import sys

WINDOW = 65536


def lz4_block(data, before=b""):
    """One LZ4 block of `data`; matches may reach into the last 64 KiB of `before`."""
    before = before[-WINDOW:]
    whole = before + data
    start = len(before)
    seen = {}
    for position in range(0, max(start - 3, 0)):
        seen[whole[position : position + 4]] = position
    out = bytearray()
    anchor = position = start
    # The last match begins 12 bytes before the end at the latest, and the last 5 bytes are literals.
    while position + 12 < len(whole):
        key = whole[position : position + 4]
        candidate = seen.get(key)
        seen[key] = position
        if candidate is None or position - candidate > 65535:
            position += 1
            continue
        length = 4
        while position + length < len(whole) - 5 and whole[candidate + length] == whole[position + length]:
            length += 1
        out += sequence(whole[anchor:position], position - candidate, length)
        position += length
        anchor = position
    out += sequence(whole[anchor:], None, None)
    return bytes(out)


def sequence(literals, offset, length):
    head = min(len(literals), 15) << 4
    if offset is not None:
        head |= min(length - 4, 15)
    out = bytearray([head])
    if len(literals) >= 15:
        out += rest(len(literals) - 15)
    out += literals
    if offset is not None:
        out += struct.pack("<H", offset)
        if length - 4 >= 15:
            out += rest(length - 4 - 15)
    return out


def rest(number):
    return b"\xff" * (number // 255) + bytes([number % 255])


def stream(plain, kind, sizes):
    """Apple's framing of `plain`, cut into blocks whose sizes repeat `sizes`."""
    out = bytearray()
    position = index = 0
    while position < len(plain):
        piece = plain[position : position + sizes[index % len(sizes)]]
        how = ["stored", "alone", "linked"][index % 3] if kind == "mixed" else kind
        if how == "stored":
            out += b"bv4-" + struct.pack("<I", len(piece)) + piece
        else:
            block = lz4_block(piece, plain[:position] if how == "linked" else b"")
            out += b"bv41" + struct.pack("<II", len(piece), len(block)) + block
        position += len(piece)
        index += 1
    return bytes(out) + b"bv4$"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def text(rng, length):
    words = [bytes(rng.choices(b"abcdefghijklmnop", k=rng.randrange(2, 9))) for _ in range(300)]
    out = bytearray()
    while len(out) < length:
        out += rng.choice(words) + b" "
    return bytes(out[:length])


def main(folder):
    rng = random.Random(3)
    os.makedirs(folder)

    def put(data):
        with open(os.path.join(folder, digest(data).split(":")[1]), "wb") as file:
            file.write(data)
        return {"digest": digest(data), "size": len(data)}

    layers = [
        (text(rng, 300_000), "stored", [65536]),
        (text(rng, 200_000) + bytes(200_000) + rng.randbytes(70_000), "alone", [65536]),
        (bytes(262_144), "linked", [65536]),
        (text(rng, 250_001), "linked", [65536, 1, 4095, 65536]),
        (text(rng, 100_000) + bytes(300_000) + text(rng, 99_999), "mixed", [65536, 12_345, 131_072]),
    ]
    config = {
        "version": 1, "os": "linux", "arch": "arm64", "cpuCountMin": 1, "cpuCount": 2, "memorySizeMin": 536870912,
        "memorySize": 1073741824, "macAddress": "7a:65:e4:3f:a1:02", "display": {"width": 1024, "height": 768},
    }
    tart = "org.cirruslabs.tart."
    kinds = "application/vnd.cirruslabs.tart."
    descriptors = [{"mediaType": kinds + "config.v1", **put(json.dumps(config).encode())}]
    for plain, kind, sizes in layers:
        descriptors.append(
            {
                "mediaType": kinds + "disk.v2",
                **put(stream(plain, kind, sizes)),
                "annotations": {
                    tart + "uncompressed-size": str(len(plain)),
                    tart + "uncompressed-content-digest": digest(plain),
                },
            }
        )
    descriptors.append({"mediaType": kinds + "nvram.v1", **put(rng.randbytes(4096))})
    disk = b"".join(plain for plain, _, _ in layers)
    oci = {"architecture": "arm64", "os": "linux", "config": {"Labels": {tart + "disk.format": "raw", "made.by": "hand"}}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **put(json.dumps(oci).encode())},
        "layers": descriptors,
        "annotations": {tart + "uncompressed-disk-size": str(len(disk)), tart + "upload-time": "2026-01-02T03:04:05Z"},
    }
    with open(os.path.join(folder, "manifest.json"), "w") as file:
        json.dump(manifest, file, indent=3)
    with open(os.path.join(folder, "version"), "w") as file:
        file.write("Directory Transport Version: 1.1\n")
    with open(folder + ".disk", "wb") as file:
        file.write(disk)


if __name__ == "__main__":
    main(sys.argv[1])
