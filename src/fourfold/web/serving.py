"""Running the application: on a free port of this machine's own, unless told otherwise."""

import ipaddress
import socket
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from fourfold.errors import InvalidStudy


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        InvalidStudy: the address is not this machine's, or the port is taken.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        raise InvalidStudy(
            f"Nothing can be served at {host}:{port}: {error.strerror}; name another --port."
        ) from error
    return listening


def is_loopback(host: str) -> bool:
    """Whether an address reaches this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def server_of(application: FastAPI) -> uvicorn.Server:
    """What answers requests; no address is written down."""
    config = uvicorn.Config(application, log_level="warning", access_log=False, server_header=False)
    return uvicorn.Server(config)


def serve(application: FastAPI, listening: socket.socket) -> None:
    """Answer requests until the process is asked to end."""
    with suppress(KeyboardInterrupt):  # which uvicorn raises again when all is answered
        server_of(application).run(sockets=[listening])
