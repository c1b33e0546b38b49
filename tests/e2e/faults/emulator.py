"""Starts the AWS emulator for the fault injection, stripped to what its table, queues and topics need, with a clock that
its callers move.

Listens on a free port of 127.0.0.1 and prints one JSON object, {"endpoint": URL}, before it does. Ends when its standard
input does. The stores, queues and topics are the emulator's own; otherwise than in the end-to-end test

- queues and topics take the time from the header `x-stanchion-now` (seconds since the epoch) of the call that they are
  asked by, so that nobody waits for delays and visibility timeouts;
- nobody is asked for permission, and no call is noted;
- a server that knows HTTP/1.1 with Content-Length and nothing else stands before it: most of a call's time was the
  server's.
"""

import asyncio
import contextvars
import json
import os
import sys
import threading
import time
from urllib.parse import unquote

MOMENT = contextvars.ContextVar("moment", default=None)


class Clock:
    """The module `time`, with the caller's moment for the time."""

    def __getattr__(self, name):
        return getattr(time, name)

    def time(self):
        moment = MOMENT.get()
        return time.time() if moment is None else moment


def end_with_parent():
    while os.read(0, 1024):
        pass
    os._exit(0)


class Connection(asyncio.Protocol):
    """One connection: calls one after the other."""

    def __init__(self, app):
        self.app = app
        self.buffer = b""
        self.task = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        self.next()

    def next(self):
        if self.task is not None:
            return
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self.buffer[:end].split(b"\r\n")
        headers = []
        for line in lines:
            name, _, value = line.partition(b":")
            headers.append((name.strip().lower(), value.strip()))
        length = int(dict(headers).get(b"content-length", 0))
        start = end + 4
        if len(self.buffer) < start + length:
            return
        body, self.buffer = self.buffer[start : start + length], self.buffer[start + length :]
        method, target, _ = first.split(b" ", 2)
        self.task = asyncio.ensure_future(self.answer(method.decode(), target, headers, body))

    async def answer(self, method, target, headers, body):
        path, _, query = target.partition(b"?")
        moment = dict(headers).get(b"x-stanchion-now")
        MOMENT.set(float(moment) if moment else None)
        scope = {
            "type": "http", "method": method, "path": unquote(path.decode()), "raw_path": path, "query_string": query,
            "headers": headers, "scheme": "http", "client": ("127.0.0.1", 0),
        }
        answer = {"headers": [], "body": []}

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                answer["status"], answer["headers"] = message["status"], message["headers"]
            else:
                answer["body"].append(message.get("body", b""))

        try:
            await self.app(scope, receive, send)
        except Exception as error:  # The caller is to see it, as of any server.
            answer = {"status": 500, "headers": [], "body": [repr(error).encode()]}
        whole = b"".join(answer["body"])
        head = [b"HTTP/1.1 %d x" % answer["status"]]
        head += [n + b": " + v for n, v in answer["headers"] if n.lower() not in (b"content-length", b"connection")]
        head.append(b"content-length: %d" % len(whole))
        self.transport.write(b"\r\n".join(head) + b"\r\n\r\n" + whole)
        self.task = None
        self.next()


async def serve(app):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(app), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"endpoint": f"http://127.0.0.1:{port}"}), flush=True)
    await server.serve_forever()


def main():
    sys.argv = sys.argv[:1]
    os.environ.update({"AUTH": "false", "LOG_LEVEL": "WARNING"})
    from ministack import app as ministack
    from ministack.services import sns, sqs

    sqs.time = sns.time = Clock()
    threading.Thread(target=end_with_parent, daemon=True).start()
    asyncio.run(serve(ministack.app))


main()
