"""`fourfold models`."""

from click.testing import CliRunner

from fourfold.cli.main import commands
from fourfold.weights import shipped_names


def test_every_model_is_listed_with_what_it_is_for():
    output = CliRunner().invoke(commands, ["models"]).output
    for name in shipped_names():
        assert name in output
    assert "measures true" in output
    assert "not for medical, forensic or identity use" in " ".join(output.split())
    assert "srgan (default)" in output and output.count("(default)") == 1
    assert max(len(line) for line in output.splitlines()) <= 80
