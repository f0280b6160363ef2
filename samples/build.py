#!/usr/bin/env python3
"""Builds the files of samples/ from samples/sources/: python3 samples/build.py [--check]

The result depends on the sources alone (fixed dates, modification time 0). --check writes nothing and exits 1 when a committed file
differs; archives are compared by what they hold, because versions of zlib and of Python pack them differently. Standard library only, Python 3.8.
"""
import base64
import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile
import textwrap
import uuid
import zipfile

sys.dont_write_bytecode = True
import templates  # noqa: E402  (after the line that keeps __pycache__ away)

ROOT = pathlib.Path(__file__).resolve().parent
SOURCES = ROOT / "sources"
LANGUAGES = ["en", "de", "fr", "es", "zh", "ru", "ja", "spam"]


def main():
    files = build_all()
    if "--check" in sys.argv[1:]:
        wrong = [path for path, data in files.items() if not same(ROOT / path, data)]
        for path in wrong:
            print(f"samples/{path} is not what the sources give; run: python3 samples/build.py", file=sys.stderr)
        sys.exit(1 if wrong else 0)
    for path, data in files.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_bytes(data)
        print(f"{len(data):8} samples/{path}")


def build_all():
    files = {"web/pages.warc.gz": build_warc(read_pages())}
    files.update(build_books())
    files["code/tidewatch.tar.gz"] = build_tar("tidewatch")
    files["code/orchard.zip"] = build_zip("orchard")
    files["dialogue/dialogues.jsonl"] = build_dialogues()
    files["preference/pairs.jsonl"] = build_pairs()
    return files


def same(path, data):
    if not path.exists():
        return False
    old = path.read_bytes()
    if path.name.endswith(".tar.gz"):
        return tar_content(old) == tar_content(data)
    if path.suffix == ".gz":
        return gzip.decompress(old) == gzip.decompress(data)
    if path.suffix == ".zip":
        return zip_content(old) == zip_content(data)
    return old == data


def tar_content(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [(entry.name, archive.extractfile(entry).read()) for entry in archive]


def zip_content(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def read(path):
    return (SOURCES / path).read_text(encoding="utf-8")


def read_pages():
    """Pages in file order. A block is `=== name`, `key: value` lines, an empty line, then the body; `copy: name` takes another's body and
    title, and each `edit: old => new` changes it, so that the number of changed words of a near duplicate is known."""
    pages, by_name = [], {}
    for language in LANGUAGES:
        for block in read(f"web/{language}.txt").split("\n=== ")[1:]:
            head, _, body = block.partition("\n\n")
            name, *lines = head.split("\n")
            page = {"name": name, "language": language, "body": body.strip(), "edits": []}
            for line in lines:
                key, _, value = line.partition(": ")
                if key == "edit":
                    page["edits"].append(value.split(" => "))
                else:
                    page[key] = value
            if "copy" in page:
                original = by_name[page["copy"]]
                page = {**original, **page, "body": original["body"]}
                for old, new in page["edits"]:
                    assert page["body"].count(old) == 1, f"{name}: '{old}' must occur once"
                    page["body"] = page["body"].replace(old, new)
            assert name not in by_name, f"{name} occurs twice"
            by_name[name] = page
            pages.append(page)
    # Copies stand far from their originals, as in a crawl: a fixed shuffle by digest of the name.
    return sorted(pages, key=lambda page: hashlib.sha256(page["name"].encode()).digest())


def build_warc(pages):
    out = io.BytesIO()
    info = "software: samples/build.py\r\nformat: WARC File Format 1.0\r\ndescription: pages written for DataPipeline, CC0-1.0\r\n"
    write_record(out, "warcinfo", None, 0, "application/warc-fields", info.encode(), {"WARC-Filename": "pages.warc.gz"})
    number = 0
    for page in pages:
        number += 1
        if number % 3 == 0:
            path = page["url"].split("/", 3)[3]
            host = page["url"].split("/", 3)[2]
            request = f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: samplebot/1.0\r\nAccept: text/html\r\n\r\n"
            write_record(out, "request", page["url"], number, "application/http; msgtype=request", request.encode())
        write_record(out, "response", page["url"], number, "application/http; msgtype=response", http_response(page))
        if number == 1:
            fields = "fetchTimeMs: 112\r\ncharset-detected: UTF-8\r\n"
            write_record(out, "metadata", page["url"], number, "application/warc-fields", fields.encode())
    others = [
        ("https://coastnotes.example/old-address", b"HTTP/1.1 301 Moved Permanently\r\nLocation: /tide-pools\r\nContent-Length: 0\r\n\r\n"),
        ("https://news.larkfield.example/gone", b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<html><title>404</title><body>"
         b"<h1>Not found</h1><p>The page that you are looking for has moved or was never here.</p></body></html>"),
        ("https://news.larkfield.example/robots.txt", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\nDisallow: /admin/\n"),
        ("https://coastnotes.example/dot.png", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")),
    ]
    for url, response in others:
        number += 1
        write_record(out, "response", url, number, "application/http; msgtype=response", response)
    return out.getvalue()


def http_response(page):
    charset = page.get("charset", "utf-8")
    body = templates.render(page).encode(charset)
    headers = ["HTTP/1.1 200 OK", "Server: samples", "Date: Sat, 02 Mar 2024 08:00:00 GMT"]
    # `declared` says where the charset is told: in the HTTP header, in the page's <meta>, in both (default) or nowhere.
    told = page.get("declared", "both") in ("header", "both")
    headers.append(f"Content-Type: text/html; charset={charset}" if told else "Content-Type: text/html")
    if page.get("transfer") == "gzip":
        body = pack(body)
        headers.append("Content-Encoding: gzip")
    if page.get("transfer") == "chunked":
        chunks = [body[at:at + 1000] for at in range(0, len(body), 1000)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        headers.append("Transfer-Encoding: chunked")
    else:
        headers.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(headers) + "\r\n\r\n").encode() + body


def write_record(out, kind, url, number, content_type, block, extra=None):
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{kind} {number} {url}')}>",
        "WARC-Date": f"2024-03-02T08:{number // 60:02}:{number % 60:02}Z",
    }
    if url:
        fields["WARC-Target-URI"] = url
    if kind == "response":
        payload = block.split(b"\r\n\r\n", 1)[1]
        fields["WARC-Payload-Digest"] = "sha1:" + base64.b32encode(hashlib.sha1(payload).digest()).decode()
    fields.update(extra or {})
    fields["Content-Type"] = content_type
    fields["Content-Length"] = str(len(block))
    head = "WARC/1.0\r\n" + "".join(f"{key}: {value}\r\n" for key, value in fields.items()) + "\r\n"
    out.write(pack(head.encode() + block + b"\r\n\r\n"))


def pack(data):
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as stream:
        stream.write(data)
    return buffer.getvalue()


def build_books():
    """The English book has lines of 72 characters ending in CR LF and a header and footer in Project Gutenberg's manner; the German one is
    Latin-1 with lines of 76; the Chinese one is UTF-8 with one line a paragraph."""
    story = wrap(read("books/english.txt"), 72)
    title = "THE KEEPER OF THE SMALL LIGHT"
    header = read("books/gutenberg-header.txt").strip() + f"\n\n*** START OF THE PROJECT GUTENBERG EBOOK {title} ***\n\n\n"
    footer = f"\n\n\n*** END OF THE PROJECT GUTENBERG EBOOK {title} ***\n\n" + wrap(read("books/gutenberg-footer.txt"), 72) + "\n"
    return {
        "books/the-keeper-of-the-small-light.txt": (header + story + footer).replace("\n", "\r\n").encode("utf-8"),
        "books/die-uhr-im-moor.latin1.txt": (wrap(read("books/german.txt"), 76) + "\n").encode("latin-1"),
        "books/heyan-zaji.txt": (read("books/chinese.txt").strip() + "\n").encode("utf-8"),
    }


def wrap(text, width):
    return "\n\n".join(textwrap.fill(paragraph, width, break_on_hyphens=False) for paragraph in text.strip().split("\n\n"))


def code_files(project):
    """Committed sources, and the two files that are too dull to commit: a table with very long lines and a repeated generated table."""
    files = {path.relative_to(SOURCES / "code").as_posix(): path.read_bytes()
             for path in (SOURCES / "code" / project).rglob("*") if path.is_file()}
    if project == "tidewatch":
        rows = [",".join(str((7919 * (row * 400 + column)) % 9973) for column in range(400)) for row in range(12)]
        files["tidewatch/web/harmonics.js"] = ("export const harmonics = [\n" + "".join(f"[{row}],\n" for row in rows) + "];\n").encode()
    if project == "orchard":
        lines = [f"    public const int Code{code:04} = {(code * 2654435761) % 65536};" for code in range(300)]
        files["orchard/Orchard/Codes.g.cs"] = ("// <auto-generated>\n//     Made by gen-codes from codes.csv. Do not edit: changes are lost when it is made again.\n"
                                              "// </auto-generated>\nnamespace Orchard;\n\ninternal static class Codes\n{\n" + "\n".join(lines) + "\n}\n").encode()
    return sorted(files.items())


def build_tar(project):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in code_files(project):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), 0, 0o644
            archive.addfile(entry, io.BytesIO(data))
    return pack(buffer.getvalue())


def build_zip(project):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in code_files(project):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def build_dialogues():
    """A block is `=== name`, then turns that begin with `S: `, `U: ` or `A: ` (system, user, assistant); other lines continue a turn."""
    roles = {"S: ": "system", "U: ": "user", "A: ": "assistant"}
    lines = []
    for block in read("dialogue/dialogues.txt").split("=== ")[1:]:
        name, _, body = block.strip().partition("\n")
        messages = []
        for line in body.split("\n"):
            if line[:3] in roles:
                messages.append({"role": roles[line[:3]], "content": line[3:]})
            else:
                messages[-1]["content"] += "\n" + line
        lines.append(json.dumps({"id": name, "messages": messages}, ensure_ascii=False))
    return ("\n".join(lines) + "\n").encode()


def build_pairs():
    """Paragraphs of lines: `P: ` the prompt, then pairs of `+ ` (chosen) and `- ` (rejected); a prompt may have several pairs."""
    lines = []
    for block in read("preference/pairs.txt").strip().split("\n\n"):
        prompt, *answers = block.split("\n")
        assert prompt.startswith("P: ") and len(answers) % 2 == 0, prompt
        for chosen, rejected in zip(answers[::2], answers[1::2]):
            assert chosen.startswith("+ ") and rejected.startswith("- "), prompt
            lines.append(json.dumps({"prompt": prompt[3:], "chosen": chosen[2:], "rejected": rejected[2:]}, ensure_ascii=False))
    return ("\n".join(lines) + "\n").encode()


if __name__ == "__main__":
    main()
