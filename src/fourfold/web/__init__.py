"""The web application: pages for raters and for whoever runs a study."""

from fourfold.errors import MissingExtra, install_line

try:
    from fourfold.web.application import create_application as create_application
    from fourfold.web.serving import is_loopback as is_loopback
    from fourfold.web.serving import listening_socket as listening_socket
    from fourfold.web.serving import serve as serve
except ModuleNotFoundError as error:
    raise MissingExtra(f"Serving needs {error.name}: {install_line('study')}.") from error

__all__ = ["create_application", "is_loopback", "listening_socket", "serve"]
