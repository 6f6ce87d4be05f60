"""Does this set of packages run? Start it with the Python the set is installed in: `python -I smoke.py`.

A FastAPI application with a Pydantic model, a form, an upload and a websocket is asked twice: through FastAPI's
TestClient, and served by uvicorn on a loopback port with every event loop, HTTP parser and websocket implementation
the set holds, asked by httpx and told to stop while a request is in flight. One line per step says what was done:

    ok uvicorn loop=uvloop http=httptools ws=auto: GET POST 422 openapi form upload orjson async websocket shutdown
    failed TestClient: TypeError: Client.__init__() got an unexpected keyword argument 'app'
    not run: no orjson in the set

Exit 0: nothing failed; 1: something did. Only what needs a package the set does not hold is not run. The script uses
nothing but the standard library and the set, and runs on every Python from 3.8. Each step is a process of its own, so
that a crash in an extension is the failure of one step with a name, and no step waits for ever.
"""

import asyncio
import base64
import contextlib
import faulthandler
import hashlib
import itertools
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import traceback
from importlib.metadata import PackageNotFoundError, version
from typing import Callable, Dict, Iterator, List, Optional, Set

START = 60
"""Seconds a process may take to start: a set that never ran is compiled first, maybe beside others."""
ANSWER = 15
"""Seconds one answer may take, and so may the end of a server."""
WHOLE = 170
"""Seconds the whole script may take before it gives up by itself."""
OPTIONAL = ("python-multipart", "orjson", "uvloop", "httptools")
WEBSOCKETS = ("websockets", "wsproto")
NEEDED = ("fastapi", "uvicorn", "httpx", "pydantic")

ERROR = "error "
"""How the line begins in which a child says what it died of."""

Did = Callable[[str], None]


def main(arguments: List[str]) -> int:
    faulthandler.dump_traceback_later(WHOLE, exit=True)
    if arguments:
        return be_child({"client": ask_test_client, "shim": use_shim, "serve": serve}[arguments[0]], *arguments[1:])
    held = in_the_set()
    missing = [name for name in NEEDED if name not in held]
    if missing:
        say("failed set: no {} in the set".format(", ".join(missing)))
        return 1
    for name in absent(held):
        say(f"not run: no {name} in the set")
    steps = [step("TestClient", run_child, "client"), *shim_steps(), *served_steps(held)]
    return 0 if all(steps) else 1


def say(line: str) -> None:
    print(line, flush=True)


def in_the_set() -> Set[str]:
    found = set()
    for name in (*NEEDED, *OPTIONAL, *WEBSOCKETS):
        with contextlib.suppress(PackageNotFoundError):
            version(name)
            found.add(name)
    return found


def absent(held: Set[str]) -> List[str]:
    return [name for name in OPTIONAL if name not in held] + ["websockets"] * (not held.intersection(WEBSOCKETS))


# The steps


def step(name: str, run: Callable[..., None], *arguments: str) -> bool:
    """Run it and say how it went."""
    done: List[str] = []
    try:
        run(done.append, *arguments)
    except Exception as error:
        after = " (after {})".format(" ".join(done)) if done else ""
        say(f"failed {name}{after}: {in_one_line(error)}")
        return False
    say("ok {}: {}".format(name, " ".join(done)))
    return True


def in_one_line(error: BaseException) -> str:
    message = " ".join(str(error).split())[:400]
    if isinstance(error, Failure):
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


class Failure(Exception):
    """A step did not do what it should; the message says what."""


def expect(what: str, got: object, wanted: object) -> None:
    if got != wanted:
        raise Failure(f"{what}: got {got!r:.200} instead of {wanted!r:.200}")


def shim_steps() -> Iterator[bool]:
    """Pydantic 2 carries Pydantic 1 as `pydantic.v1`, which code that migrates leans on."""
    if version("pydantic").startswith("1."):
        return
    if sys.version_info >= (3, 14):
        say("not run: pydantic.v1 is not made for Python 3.14 and later")
        return
    yield step("pydantic.v1", run_child, "shim")


def served_steps(held: Set[str]) -> Iterator[bool]:
    """Every event loop with every parser, what uvicorn takes by itself first; the websocket implementations take turns
    on them, so that each is served at least once.
    """
    loops = ["uvloop"] * ("uvloop" in held) + ["asyncio"]
    parsers = ["httptools"] * ("httptools" in held) + ["h11"]
    pairs = list(itertools.product(loops, parsers))
    websockets = websocket_implementations(held)
    for turn in range(max(len(pairs), len(websockets))):
        loop, parser = pairs[turn % len(pairs)]
        implementation = websockets[turn % len(websockets)]
        name = f"uvicorn loop={loop} http={parser} ws={implementation}"
        yield step(name, ask_server, loop, parser, implementation)


def websocket_implementations(held: Set[str]) -> List[str]:
    from uvicorn.config import WS_PROTOCOLS

    found = [name for name in WS_PROTOCOLS if name.split("-")[0] in held]
    return ["auto", *found] if found else ["none"]


# One step in a process of its own


class Child:
    """Another process with this script, whose lines arrive in a queue; None in the queue is their end."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-I", "-X", "faulthandler", __file__, *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.lines: queue.Queue[Optional[str]] = queue.Queue()
        self.output: List[str] = []
        self.started = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line.decode("utf-8", "replace").rstrip())
        self.lines.put(None)

    def line(self, prefix: str) -> str:
        """What follows the prefix in the next line that has it. Raises Failure at the end, or when none comes."""
        patience = ANSWER if self.started else START
        while True:
            try:
                line = self.lines.get(timeout=patience)
            except queue.Empty:
                raise Failure(f"nothing happened for {patience} seconds{self.said()}") from None
            if line is None:
                raise Failure(self.death())
            if line.startswith(prefix):
                self.started = True
                return line[len(prefix) :]
            self.output.append(line)

    def ending(self) -> str:
        code = self.process.wait(timeout=ANSWER)
        return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def death(self) -> str:
        """The exception it died of, or how it ended and what it said last."""
        said = self.said()
        return self.error or self.ending() + said

    def said(self) -> str:
        """The last thing it said, as the end of a sentence; all it said goes to stderr."""
        while not self.lines.empty():
            self.output.append(self.lines.get() or "")
        sys.stderr.write("".join(line + "\n" for line in self.output))
        sys.stderr.flush()
        last = [line.strip() for line in self.output if line.strip()][-1:]
        crashed = (self.process.poll() or 0) < 0  # then the last line is one of a stack, which names nothing
        return "; it said: " + (self.error or last[0]) if last and not crashed else ""

    @property
    def error(self) -> str:
        return next((line[len(ERROR) :] for line in self.output if line.startswith(ERROR)), "")

    def fate(self, error: Exception) -> str:
        """What there is to say after a question went wrong: if the server is gone, that is why."""
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return in_one_line(error) + self.said()
        return "the server " + self.ending() + self.said()

    def end(self) -> None:
        """Nothing of it is left."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=ANSWER)
        self.process.stdin.close()


@contextlib.contextmanager
def child(*arguments: str) -> Iterator[Child]:
    started = Child(*arguments)
    try:
        yield started
    finally:
        started.end()


def be_child(run: Callable[..., None], *arguments: str) -> int:
    try:
        run(*arguments)
    except Exception as error:
        traceback.print_exc()
        say(ERROR + in_one_line(error))
        return 1
    return 0


def run_child(did: Did, *arguments: str) -> None:
    with child(*arguments) as process:
        while True:
            word = process.line("did ")
            if word == "everything":
                break
            did(word)
        expect("its end", process.ending(), "ended with exit code 0")


# The application


def application(held: Set[str], leaving: Callable[[], bool]):
    """The application that is asked; `leaving` says whether its server was told to stop."""
    from fastapi import FastAPI, Query, WebSocket, WebSocketDisconnect
    from fastapi.responses import StreamingResponse
    from pydantic import BaseModel, Field

    class Item(BaseModel):
        name: str
        count: int = Field(gt=0)
        tags: List[str] = []
        more: Optional[Dict[str, float]] = None

    @contextlib.asynccontextmanager
    async def lifespan(_):
        yield
        say("lifespan ended")

    app = FastAPI(lifespan=lifespan)

    @app.get("/items/{number}")
    async def read_item(number: int, q: str = Query("none")):
        loop = type(asyncio.get_running_loop()).__module__.split(".")[0]
        return {"number": number, "q": q, "loop": loop}

    @app.post("/items", response_model=Item)
    def make_item(item: Item):  # not async: this one goes through anyio's threads
        return item

    @app.get("/slow")
    async def slow():
        async def parts():
            yield b"begun "
            while not leaving():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            yield b"finished"

        return StreamingResponse(parts(), media_type="text/plain")

    @app.websocket("/echo")
    async def echo(websocket: WebSocket):
        await websocket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            await websocket.send_text("echo " + await websocket.receive_text())
            await websocket.close()

    if "python-multipart" in held:
        add_forms(app)
    if "orjson" in held:
        add_orjson(app)
    return app


def add_forms(app) -> None:
    from fastapi import File, Form, UploadFile

    @app.post("/form")
    async def form(name: str = Form(...), count: int = Form(...)):
        return {"name": name, "count": count}

    @app.post("/upload")
    async def upload(name: str = Form(...), file: UploadFile = File(...)):
        return {"name": name, "file": file.filename, "size": len(await file.read())}


def add_orjson(app) -> None:
    from fastapi.responses import ORJSONResponse

    @app.get("/orjson", response_class=ORJSONResponse)
    async def fast():
        return ORJSONResponse({"fast": [1, 2.5, None], "names": {1: "one"}})


# Asking it


def ask(client, did: Did, held: Set[str], loop: str) -> None:
    """The questions that TestClient and httpx put alike."""
    pen = {"name": "pen", "count": 2, "tags": ["blue"], "more": {"price": 1.5}}
    got = client.get("/items/3", params={"q": "a b"})
    check(did, "GET", got, {"number": 3, "q": "a b", "loop": loop})
    check(did, "POST", client.post("/items", json=pen), pen)
    bad = client.post("/items", json={"name": "pen", "count": 0})
    expect("a bad model's status", bad.status_code, 422)
    expect("a bad model's place", bad.json()["detail"][0]["loc"], ["body", "count"])
    did("422")
    expect("openapi", "Item" in client.get("/openapi.json").json()["components"]["schemas"], True)
    did("openapi")
    if "python-multipart" in held:
        form = {"name": "pen & paper", "count": "2"}
        check(did, "form", client.post("/form", data=form), {"name": "pen & paper", "count": 2})
        parts = {"file": ("pen.txt", b"x" * 70000, "text/plain")}
        got = client.post("/upload", data={"name": "pen"}, files=parts)
        check(did, "upload", got, {"name": "pen", "file": "pen.txt", "size": 70000})
    if "orjson" in held:
        check(did, "orjson", client.get("/orjson"), {"fast": [1, 2.5, None], "names": {"1": "one"}})


def check(did: Did, what: str, response, wanted: object) -> None:
    expect(f"{what}'s status", response.status_code, 200)
    expect(f"{what}'s answer", response.json(), wanted)
    did(what)


def ask_test_client() -> None:
    from fastapi.testclient import TestClient

    held = in_the_set()
    with TestClient(application(held, leaving=lambda: True)) as client:
        ask(client, did_in_child, held, "asyncio")
        with client.websocket_connect("/echo") as websocket:
            websocket.send_text("hello")
            expect("the websocket's answer", websocket.receive_text(), "echo hello")
        did_in_child("websocket")
    did_in_child("everything")


def did_in_child(word: str) -> None:
    say("did " + word)


def use_shim() -> None:
    from pydantic.v1 import BaseModel, Field, ValidationError, validator

    class Item(BaseModel):
        name: str
        count: int = Field(0, gt=-1)
        parts: List["Item"] = []

        @validator("name")
        def lower(cls, value):
            return value.lower()

    Item.update_forward_refs(Item=Item)
    pen = {"name": "PEN", "count": "2", "parts": [{"name": "cap"}]}
    cap = {"name": "cap", "count": 0, "parts": []}
    expect("the model", Item.parse_obj(pen).dict(), {"name": "pen", "count": 2, "parts": [cap]})
    did_in_child("model")
    try:
        Item(name="pen", count=-1)
    except ValidationError as error:
        expect("the error's place", error.errors()[0]["loc"], ("count",))
        did_in_child("error")
    did_in_child("everything")


# Serving it


def serve(loop: str, parser: str, websockets: str) -> None:
    """A server, told to stop by SIGTERM, or by the end of its standard input where there is no such signal."""
    import uvicorn

    app = application(in_the_set(), leaving=lambda: server.should_exit)
    config = uvicorn.Config(app, loop=loop, http=parser, ws=websockets, lifespan="on", log_level="warning")
    config.load()  # before the port is told: importing is no part of an answer's time
    server = uvicorn.Server(config)
    threading.Thread(target=stop_at_the_end_of_input, args=(server,), daemon=True).start()
    # uvicorn gives a signal that it obeyed back to whoever held it before; here that must not end the process.
    signal.signal(signal.SIGTERM, lambda *_: None)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(16)
    say(f"port {listening.getsockname()[1]}")
    server.run(sockets=[listening])
    say("server ended")


def stop_at_the_end_of_input(server) -> None:
    os.read(0, 1)
    server.should_exit = True


def ask_server(did: Did, loop: str, parser: str, websockets: str) -> None:
    with child("serve", loop, parser, websockets) as server:
        port = int(server.line("port "))
        try:
            question_server(did, server, port, loop, websockets != "none")
        except Exception as error:
            raise Failure(server.fate(error)) from error


def question_server(did: Did, server: Child, port: int, loop: str, has_websockets: bool) -> None:
    import httpx

    address = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=address, timeout=ANSWER, trust_env=False) as client:
        ask(client, did, in_the_set(), loop)
        expect("an async GET's status", asyncio.run(ask_async(address)), 200)
        did("async")
        if has_websockets:
            with open_websocket(port) as stream:
                exchange(stream)
            did("websocket")
        with open_websocket(port) if has_websockets else contextlib.nullcontext() as stream:
            stop(client, server, stream)
    did("shutdown")


async def ask_async(address: str) -> int:
    import httpx

    async with httpx.AsyncClient(base_url=address, timeout=ANSWER, trust_env=False) as client:
        return (await client.get("/items/1")).status_code


def stop(client, server: Child, websocket) -> None:
    """Told to stop while it answers and holds a websocket, a server finishes the answer, closes the websocket, ends
    its lifespan and leaves with exit code 0. One that waits for its clients to leave would be killed in the end.
    """
    with client.stream("GET", "/slow") as response:
        parts = response.iter_bytes()
        answer = next(parts)
        if os.name == "posix":
            server.process.send_signal(signal.SIGTERM)
        else:
            server.process.stdin.close()
        answer += b"".join(parts)
    expect("the answer in flight", answer, b"begun finished")
    if websocket:
        expect_close(websocket)
    server.line("lifespan ended")
    server.line("server ended")
    expect("the server", server.ending(), "ended with exit code 0")


# A websocket by the letter of RFC 6455: no set has to hold a client for it, and the clients' interfaces moved


@contextlib.contextmanager
def open_websocket(port: int):
    key = base64.b64encode(os.urandom(16))
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER) as connection:
        stream = connection.makefile("rwb")
        send(
            stream,
            b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n",
        )
        expect("the websocket's handshake", stream.readline().split()[1:2], [b"101"])
        headers = dict(line.strip().lower().split(b": ", 1) for line in iter(stream.readline, b"\r\n"))
        expect("the websocket's key", headers.get(b"sec-websocket-accept"), accept.lower())
        yield stream


def exchange(stream) -> None:
    send(stream, frame(b"\x81", b"hello"))
    expect("the websocket's answer", stream.read(12), b"\x81\x0aecho hello")
    expect("the websocket's end", stream.read(4), b"\x88\x02\x03\xe8")
    send(stream, frame(b"\x88", b"\x03\xe8"))


def expect_close(stream) -> None:
    try:
        expect("an open websocket at the shutdown", stream.read(2)[:1], b"\x88")
    except socket.timeout:
        raise Failure(f"{ANSWER} seconds after SIGTERM the server still holds an open websocket") from None
    send(stream, frame(b"\x88", b"\x03\xf4"))


def send(stream, content: bytes) -> None:
    stream.write(content)
    stream.flush()


def frame(kind: bytes, payload: bytes) -> bytes:
    mask = os.urandom(4)
    return kind + bytes([0x80 | len(payload)]) + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
