#!/usr/bin/env python3
"""核验导出的审计树 / Verifies an exported audit log. Needs Python 3.8 or newer and nothing else.

    python3 verify.py FOLDER --log KEY [--witness KEY]... [--since FILE]...

FOLDER holds `checkpoint` and `tile/`; KEY is a verifier key that the auditor got by another way (C2SP signed-note);
FILE is a checkpoint that the auditor kept earlier. Formats: C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature;
tree: RFC 6962; signatures: Ed25519 (RFC 8032). Exit code 0: everything holds; 1: something is wrong and is named.
"""
import argparse
import base64
import hashlib
import os
import re
import sys

WIDTH = 256
FAULTS = []


def fault(where, zh, en):
    FAULTS.append(where)
    print(f"✗ {where}: {zh} / {en}")


# --- Ed25519, after RFC 8032, 5.1 and 6 ------------------------------------------------------------------------------
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(s, point):
    total = (0, 1, 1, 0)
    while s:
        if s & 1:
            total = add(total, point)
        point, s = add(point, point), s >> 1
    return total


def equal(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def decompress(octets):
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519(public, message, signature):
    a, r, s = decompress(public), decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= Q or equal(multiply(8, a), (0, 1, 1, 0)):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    return equal(multiply(s, BASE), add(r, multiply(k, a)))


# --- Keys and signed notes -------------------------------------------------------------------------------------------
def strict_base64(text):
    octets = base64.b64decode(text, validate=True)
    if base64.b64encode(octets).decode() != text:
        raise ValueError("another spelling of the same base64")
    return octets


class Key:
    def __init__(self, text, kind):
        self.name, self.id, material = text.strip().split("+", 2)
        material = strict_base64(material)
        if material[0] != kind or len(material) != 33:
            sys.exit(f"{text}: 不是这种密钥 / not a key of this kind")
        if hashlib.sha256(self.name.encode() + b"\n" + material).hexdigest()[:8] != self.id:
            sys.exit(f"{text}: 密钥抄写有误 / the key was mistyped")
        self.kind, self.public = kind, material[1:]

    def signed(self, text, line):
        if self.kind == 1:
            return ed25519(self.public, text.encode(), line)
        time = int.from_bytes(line[:8], "big")
        return ed25519(self.public, f"cosignature/v1\ntime {time}\n{text}".encode(), line[8:])


def checkpoint(path, name, keys):
    """(size, root) of a checkpoint that every given key has signed, or None."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            body, lines = file.read().rsplit("\n\n", 1)
        text = body + "\n"
        origin, size, root, rest = text.split("\n")
        if rest or size != str(int(size)) or len(strict_base64(root)) != 32 or not lines.endswith("\n"):
            raise ValueError("lines")
        signatures = {}
        for line in lines[:-1].split("\n"):
            dash, signer, encoded = line.split(" ")
            octets = strict_base64(encoded)
            if dash != "—" or len(octets) < 5:
                raise ValueError("signature line")
            signatures[signer, octets[:4].hex()] = octets[4:]
    except (OSError, ValueError) as why:
        return fault(name, f"检查点读不懂（{why}）", f"not a checkpoint ({why})")
    before = len(FAULTS)
    for key in keys:
        line = signatures.get((key.name, key.id))
        if line is None:
            fault(name, f"没有“{key.name}”的签名", f"`{key.name}` has not signed it")
        elif not key.signed(text, line):
            fault(name, f"“{key.name}”的签名与内容不符", f"the signature of `{key.name}` does not fit")
    if origin != keys[0].name:
        fault(name, f"检查点属于“{origin}”", f"the checkpoint is of `{origin}`")
    return (int(size), strict_base64(root)) if len(FAULTS) == before else None


# --- The tree (RFC 6962, 2.1) and its tiles --------------------------------------------------------------------------
def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def tree_hash(hashes):
    """The root over hashes of complete subtrees of one height: halves of a power of two, the rest on the right."""
    if not hashes:
        return hashlib.sha256().digest()
    while len(hashes) > 1:
        pairs = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2])]
        hashes = pairs + hashes[len(hashes) - len(hashes) % 2:]
    return hashes[0]


def tile_path(folder, index, width):
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{folder}/{'/'.join(groups)}" + (f".p/{width}" if width < WIDTH else "")


def widths(count):
    return [WIDTH] * (count // WIDTH) + ([count % WIDTH] if count % WIDTH else [])


def read(folder, path):
    try:
        with open(os.path.join(folder, path), "rb") as file:
            return file.read()
    except OSError:
        return fault(path, "文件缺失", "the file is missing")


def read_row(folder, level, count):
    """The hashes of one level as its tiles have them; None where a tile cannot be read."""
    row = []
    for index, width in enumerate(widths(count)):
        path = tile_path(level, index, width)
        octets = read(folder, path)
        if octets is not None and len(octets) != 32 * width:
            octets = fault(path, "文件长度不对", "the file has the wrong length")
        row += [octets[at:at + 32] for at in range(0, 32 * width, 32)] if octets else [None] * width
    return row


def read_entries(folder, count):
    """The hashes of the entries; None where a bundle cannot be read."""
    hashes = []
    for index, width in enumerate(widths(count)):
        path = tile_path("entries", index, width)
        octets, entries = read(folder, path), []
        while octets:
            length = int.from_bytes(octets[:2], "big")
            entries.append(octets[2:2 + length])
            octets = octets[2 + length:] if len(octets) >= 2 + length else b""
            if not re.fullmatch(rb"doudi-leaf/v1\n[\w.-]+\n\d+\n[a-z0-9._-]+\n[A-Za-z0-9+/]{43}=\n", entries[-1]):
                fault(path, f"第 {len(entries) - 1} 条不是审计叶", f"entry {len(entries) - 1} is not an audit leaf")
                break
        good = len(entries) == width and path not in FAULTS
        if octets is not None and not good and path not in FAULTS:
            fault(path, f"应有 {width} 条，读到 {len(entries)} 条", f"{width} entries expected, {len(entries)} read")
        hashes += [leaf_hash(entry) for entry in entries] if good else [None] * width
    return hashes


def blame(where, count, low, high):
    """Names the files in which `high` differs from what `low` gives."""
    for index, width in enumerate(widths(count)):
        part = slice(index * WIDTH, index * WIDTH + width)
        if None not in low[part] + high[part] and low[part] != high[part]:
            at = next(n for n in range(*part.indices(count)) if low[n] != high[n])
            fault(tile_path(where, index, width), f"与第 {at} 片叶（子树）不符", f"leaf or subtree {at} does not fit")


def verify_tree(folder, size, root):
    """Checks entries and tiles against a root; gives the leaf hashes that hold, or None."""
    tile, entries = read_row(folder, 0, size), read_entries(folder, size)
    tile_holds = None not in tile and tree_hash(tile) == root
    entries_hold = None not in entries and tree_hash(entries) == root
    if tile_holds:
        blame("entries", size, tile, entries)
    elif entries_hold:
        blame(0, size, entries, tile)
    elif None not in tile:
        blame("entries", size, tile, entries)
        fault("checkpoint", "瓦片算出的树根与检查点不符", "the tiles do not give the root of the checkpoint")
    hashes = tile if tile_holds else entries if entries_hold else None
    level, row = 1, hashes
    while row and (count := size // WIDTH**level):
        row = [tree_hash(row[n * WIDTH:(n + 1) * WIDTH]) for n in range(count)]
        blame(level, count, row, read_row(folder, level, count))
        level += 1
    return hashes


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder")
    options.add_argument("--log", required=True, help="日志公钥 / key of the log")
    options.add_argument("--witness", action="append", default=[], help="见证人公钥 / key of a witness")
    options.add_argument("--since", action="append", default=[], help="以前留存的检查点 / a checkpoint kept earlier")
    given = options.parse_args()
    keys = [Key(given.log, 1)] + [Key(text, 4) for text in given.witness]
    head = checkpoint(os.path.join(given.folder, "checkpoint"), "checkpoint", keys)
    hashes = verify_tree(given.folder, *head) if head else None
    for path in given.since:
        old = checkpoint(path, path, keys)
        if old and head and old[0] > head[0]:
            fault(path, f"曾有 {old[0]} 片叶，现在只有 {head[0]}：记录被删除或回退",
                  f"{old[0]} leaves then, {head[0]} now: records were removed or rewound")
        elif old and hashes is not None and tree_hash(hashes[:old[0]]) != old[1]:
            fault(path, "过去的记录被改动过：现在的树不是由它延长而来",
                  "the past was altered: the tree does not extend this checkpoint")
    if FAULTS:
        print(f"核验不通过，共 {len(FAULTS)} 处 / NOT verified, {len(FAULTS)} fault(s)")
        return 1
    print(f"核验通过：{head[0]} 片叶，{len(keys)} 个签名，{len(given.since)} 个旧检查点一致 / "
          f"verified: {head[0]} leaves, {len(keys)} signature(s), {len(given.since)} earlier checkpoint(s) consistent")
    return 0


if __name__ == "__main__":
    sys.exit(main())
