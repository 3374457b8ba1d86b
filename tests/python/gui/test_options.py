"""The command line of the interface, which needs none of its libraries."""

from __future__ import annotations

import importlib.util

import pytest

from map_sharpening.cli import main
from map_sharpening.errors import ParameterError
from map_sharpening.gui import entrance
from map_sharpening.gui.options import read_options, tunnel_command


def test_without_the_extra_the_program_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["gui"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("map_sharpening: ")
    assert "pip install 'map-sharpening[gui]'" in said
    assert said.count("\n") == 1


def test_files_choose_the_folder_that_holds_them(tmp_path, monkeypatch):
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    one, two = tmp_path / "data" / "one.mrc", tmp_path / "data" / "deep" / "two.mrc"
    one.touch()
    two.touch()
    monkeypatch.chdir(tmp_path)
    assert read_options([]).root == tmp_path
    assert read_options(["data/one.mrc"]).root == tmp_path
    assert read_options(["data"]).root == tmp_path / "data"
    monkeypatch.chdir(tmp_path / "elsewhere")
    outside = read_options([str(one), str(two)])
    assert (outside.root, outside.files) == (tmp_path / "data", (one, two))
    with pytest.raises(ParameterError, match="lies outside"):
        read_options([str(tmp_path / "elsewhere"), str(one)])
    with pytest.raises(ParameterError, match="not found"):
        read_options(["missing.mrc"])


@pytest.mark.parametrize(
    "words", [["--host", "0.0.0.0"], ["--tls-key", "k.pem"], ["--port", "70000"]]
)
def test_other_machines_are_served_only_knowingly(words):
    with pytest.raises(ParameterError, match=words[0]):
        read_options(words)


def test_with_a_certificate_or_the_word_other_machines_are_served():
    certified = ["--host", "0.0.0.0", "--tls-cert", "c.pem", "--tls-key", "k.pem"]
    assert not read_options(certified).is_local
    assert not read_options(["--host", "0.0.0.0", "--i-know"]).is_local


@pytest.mark.parametrize(
    ("has_one", "words", "opens"),
    [(True, [], True), (True, ["--no-browser"], False), (False, [], False)],
)
def test_the_browser_opens_where_there_is_one_and_else_the_way_is_told(
    has_one, words, opens, tmp_path, monkeypatch
):
    opened, said = [], []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(entrance, "has_display", lambda: has_one)
    monkeypatch.setattr(entrance.webbrowser, "open_new_tab", opened.append)
    found = entrance.open_entrance(read_options(words), said.append)
    with found.listening:
        port = found.port
    address = f"http://127.0.0.1:{port}/?token={found.token}"
    assert said[0].split() == ["Page", address]
    assert opened == [address] * opens
    assert (len(said) == 1) is opens
    if not opens:
        assert said[1].startswith(f"Elsewhere    {tunnel_command(port)}")


def test_the_tunnel_leads_to_the_port():
    assert tunnel_command(8765).startswith("ssh -N -L 8765:127.0.0.1:8765 ")
