"""The real download code against a small local server; and what is said when none answers."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from safetensors.torch import save_file

from twinseg.training.network import build_network, fingerprint

ENCODER = "mobilenet_v2"
PROGRAM = f"""
import sys
from pathlib import Path
from twinseg.core.progress import PlainLines
from twinseg.core.errors import WeightsError
from twinseg.training.network import fingerprint
from twinseg.training.weights import find_first_weights, start_network
try:
    first = find_first_weights("imagenet", "{ENCODER}", weights_dir=None, partial=False,
                               progress=PlainLines())
    network = start_network("{ENCODER}", first, seed=0)
    print(fingerprint(network.encoder), first.source, first.normalise.mean[0])
except WeightsError as error:
    print("refused:", error)
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """Serve one repository as the hub does; yield the address."""
    state = build_network(ENCODER, seed=0, encoder_draw=4).encoder.state_dict()
    save_file(dict(state), tmp_path / "model.safetensors")
    config = {"mean": [0.1, 0.2, 0.3], "std": [1.0, 1.0, 1.0], "input_range": [0, 1]}
    (tmp_path / "config.json").write_text(json.dumps(config))

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, *, body: bool) -> None:
            _, _, rest = self.path.partition(f"/smp-hub/{ENCODER}.imagenet/resolve/")
            revision, _, name = rest.partition("/")
            file = tmp_path / name
            known = bool(name) and file.is_file()
            content = file.read_bytes() if known else b""
            self.send_response(200 if known or self.path == "/" else 404)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", revision or "none")
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def ask(endpoint: str, cache: Path) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment = clean | {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(cache),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_weights_are_fetched_then_found_without_the_hub(hub: str, tmp_path: Path) -> None:
    expected = fingerprint(build_network(ENCODER, seed=0, encoder_draw=4).encoder)
    cache = tmp_path / "cache"
    said = ask(hub, cache).splitlines()
    assert said == [
        f"asking the model hub for ImageNet weights of {ENCODER} ...",
        f"{expected} hub 0.1",
    ]
    nobody = "http://127.0.0.1:9"  # the discard port: nothing listens
    assert ask(nobody, cache).splitlines()[-1] == said[-1]


def test_without_hub_and_folder_one_line_says_what_to_do(tmp_path: Path) -> None:
    said = ask("http://127.0.0.1:9", tmp_path / "cache").splitlines()[-1]
    assert said.startswith(f"refused: no ImageNet weights of {ENCODER}: no folder of weights was")
    assert "the model hub does not answer" in said
    assert said.endswith("name it with --weights-dir or TWINSEG_WEIGHTS")
