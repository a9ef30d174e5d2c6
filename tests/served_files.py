"""A web server on this machine that can be cut, slow of wit, or without a file."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Served:
    """What the server gives, and what it was asked."""

    files: dict[str, bytes]
    etags: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None  # bytes, then the connection ends
    cuts: int = 0  # how many answers are still cut
    ranges: bool = True
    status: int | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)  # path, Range
    url: str = ""


@contextmanager
def serve(served: Served) -> Iterator[Served]:
    """Serve ``served`` on a free port until the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            served.asked.append((self.path, wanted))
            content = served.files.get(self.path)
            if content is None or served.status:
                self.send_error(served.status or 404)
                return
            begin, etag = 0, served.etags.get(self.path, "")
            same = self.headers.get("If-Range", etag) == etag
            if wanted and served.ranges and same:
                begin = int(wanted.removeprefix("bytes=").rstrip("-"))
                if begin >= len(content):
                    self.send_error(416)
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {begin}-/{len(content)}")
            else:
                self.send_response(200)
            if etag:
                self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(content) - begin))
            self.end_headers()
            body = content[begin:]
            if served.cuts and served.cut_after is not None:
                served.cuts -= 1
                body = body[: served.cut_after]
                self.close_connection = True
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
