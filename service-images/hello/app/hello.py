# SPDX-License-Identifier: MIT
"""hello.py MARK - the daemon: greets whoever asks, by the settings in cfg/.hello.json."""
import base64
import http.server
import json
import socket

settings = json.load(open("cfg/.hello.json"))
allowed = "Basic " + base64.b64encode(f"{settings['user']}:{settings['password']}".encode()).decode()


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        welcome = not settings["password"] or self.headers.get("Authorization") == allowed
        self.send_response(200 if welcome else 401)
        if not welcome:
            self.send_header("WWW-Authenticate", 'Basic realm="hello"')
        self.end_headers()
        self.wfile.write((f"Hello, {settings['greet']}" if welcome else "Who are you?").encode() + b"\n")


http.server.ThreadingHTTPServer.address_family = socket.AF_INET6 if ":" in settings["listen"] else socket.AF_INET
http.server.ThreadingHTTPServer((settings["listen"], settings["port"]), Hello).serve_forever()
