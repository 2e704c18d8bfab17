"""The environment: every variable is read here, and nonsense is refused with one clear line."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(range(32, 64))).decode()


@pytest.fixture
def variable(monkeypatch):
    """Sets the variable THING, or none where it is None; THING_FILE is never there before."""
    monkeypatch.delenv("THING_FILE", raising=False)

    def put(value, name="THING"):
        monkeypatch.setenv(name, str(value))  # so that it is put back, whatever the code under test does
        if value is None:
            monkeypatch.delenv(name)

    put(None)
    return put


@pytest.mark.parametrize("value", [None, "", "   "])
def test_what_is_needed_and_not_set_is_refused_by_name(variable, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured, match=r"^THING is not set"):
        env.text("THING")


@pytest.mark.parametrize(("value", "read"), [(None, "else"), ("", "else"), (" a ", "a"), ("a b", "a b")])
def test_text(variable, value, read):
    variable(value)
    assert env.text("THING", "else") == read


def test_an_empty_default_is_a_default(variable):
    assert env.text("THING", "") == ""


def test_a_secret_may_come_from_a_file(variable, tmp_path):
    (tmp_path / "secret").write_text("from the file\n")
    variable(tmp_path / "secret", "THING_FILE")
    assert env.text("THING") == "from the file"
    variable("from the environment")
    assert env.text("THING") == "from the file"


def test_a_file_that_is_not_there_is_said_so_even_where_there_is_a_default(variable, tmp_path):
    variable(tmp_path / "nowhere", "THING_FILE")
    with pytest.raises(ImproperlyConfigured, match=r"^THING_FILE: cannot read .*nowhere: .*No such file"):
        env.text("THING", "else")


def test_a_file_that_is_no_text_is_said_so(variable, tmp_path):
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    variable(tmp_path / "secret", "THING_FILE")
    with pytest.raises(ImproperlyConfigured, match=r"^THING_FILE: cannot read "):
        env.text("THING", "else")


def test_an_empty_file_is_a_variable_that_is_not_set(variable, tmp_path):
    (tmp_path / "secret").write_text("\n")
    variable(tmp_path / "secret", "THING_FILE")
    assert env.text("THING", "else") == "else"
    with pytest.raises(ImproperlyConfigured, match=r"^THING is not set"):
        env.text("THING")


def test_a_default_for_development_gives_way_to_what_is_set(variable, monkeypatch, tmp_path):
    variable("mine")
    env.provide(THING="theirs")
    assert env.text("THING") == "mine"
    variable(None)
    (tmp_path / "secret").write_text("from the file")
    variable(tmp_path / "secret", "THING_FILE")
    env.provide(THING="theirs")
    assert env.text("THING") == "from the file"
    monkeypatch.delenv("THING_FILE")
    env.provide(THING="theirs")
    assert env.text("THING") == "theirs"


@pytest.mark.parametrize(
    ("value", "read"), [(None, []), ("", []), (",", []), ("a", ["a"]), (" a , b,,c ", ["a", "b", "c"])]
)
def test_words(variable, value, read):
    variable(value)
    assert env.words("THING") == read


def test_a_keyring_has_its_first_key_first(variable):
    variable(f"new:{KEY}, old:{OTHER}")
    keys = env.keyring("THING")
    assert list(keys) == ["new", "old"]
    assert keys["new"] == bytes(range(32))


@pytest.mark.parametrize(
    "value",
    [
        KEY,
        f":{KEY}",
        "new:",
        "new",
        "new:nonsense",
        "new:" + KEY[:-4],
        f"new:{base64.b64encode(bytes(31)).decode()}",
        f"new:{base64.b64encode(bytes(33)).decode()}",
        f"new:{bytes(32).hex()}",
        f"new:{KEY},new:{OTHER}",
        f"new:{KEY},{OTHER}",
        f"new key:{KEY}",
        f"new.key:{KEY}",
        f"new: {KEY}",
        f"nøw:{KEY}",
        f"{'k' * 33}:{KEY}",
        ",",
    ],
)
def test_a_keyring_with_anything_wrong_is_refused_without_showing_a_key(variable, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.keyring("THING")
    assert str(refused.value) == "THING: every entry is id:base64 of 32 bytes, each id once."


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, []),
        ("10.0.0.0/8", ["10.0.0.0/8"]),
        ("10.0.0.0/8, 192.168.1.1, 2001:db8::/32", ["10.0.0.0/8", "192.168.1.1", "2001:db8::/32"]),
    ],
)
def test_networks(variable, value, read):
    variable(value)
    assert env.networks("THING") == read


@pytest.mark.parametrize("value", ["10.0.0.1/8", "10.0.0.0/33", "proxy.example", "10.0.0.0/8,*", "10.0.0.0/8 ::1"])
def test_networks_that_are_none(variable, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured, match=r"^THING: "):
        env.networks("THING")


@pytest.mark.parametrize(
    ("value", "engine", "name"),
    [
        ("postgres://rekey:p%40ss@db:5433/rekey", "postgresql", "rekey"),
        ("postgresql://rekey@/rekey?host=/run/postgresql", "postgresql", "rekey"),
        ("sqlite:///var/dev.sqlite3", "sqlite3", "var/dev.sqlite3"),
    ],
)
def test_databases(variable, value, engine, name):
    variable(value)
    config = env.database("THING")
    assert config["ENGINE"] == f"django.db.backends.{engine}"
    assert config["NAME"] == name


def test_the_password_of_a_database_is_unquoted(variable):
    variable("postgres://rekey:p%40s%2Fs@db:5433/rekey")
    config = env.database("THING")
    assert (config["USER"], config["PASSWORD"], config["HOST"], config["PORT"]) == ("rekey", "p@s/s", "db", 5433)


@pytest.mark.parametrize("value", ["nonsense", "mysql://h/rekey", "postgres://h:0/rekey", "db.example.com/rekey"])
def test_a_database_that_is_none(variable, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured, match=r"^THING: it looks like postgres://user:password@db\.example\.com/"):
        env.database("THING")


@pytest.mark.parametrize("value", ["redis://h:6379/0", "rediss://:secret@h/1", "unix:///run/redis.sock"])
def test_redis(variable, value):
    variable(value)
    assert env.redis("THING") == value


@pytest.mark.parametrize("reader", [env.redis, env.database, env.site, env.mailers, env.keyring])
def test_what_a_site_cannot_do_without_is_asked_for_by_name(variable, reader):
    with pytest.raises(ImproperlyConfigured, match=r"^THING is not set"):
        reader("THING")


@pytest.mark.parametrize("value", ["redis", "h:6379", "http://h:6379", "memory://", "redis://h:0/1"])
def test_a_redis_that_is_none(variable, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured, match=r"^THING: it looks like redis://localhost:6379/0$"):
        env.redis("THING")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("https://account.example.com", "https://account.example.com"),
        ("https://account.example.com/", "https://account.example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://Account.Example.com", "https://account.example.com"),
        ("https://account.example.com:443/", "https://account.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_address_of_the_site(variable, value, read):
    variable(value)
    assert env.site("THING") == read


@pytest.mark.parametrize(
    "value",
    [
        "account.example.com",
        "ftp://a.example",
        "https://",
        "https://a.example/path",
        "https://a.example?q",
        "https://a.example#f",
        "https://user:secret@a.example",
        "//a",
        "https://a b.example",
        "https://a.example:0",
    ],
)
def test_an_address_of_a_site_that_is_none(variable, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured, match=r"^THING: it looks like https://account\.example\.com$"):
        env.site("THING")


@pytest.mark.parametrize("reader", [env.redis, env.database, env.site, env.mailers])
@pytest.mark.parametrize("port", ["port", "99999", "-1"])
def test_a_port_that_is_none_is_said_so_with_an_example(variable, reader, port):
    schemes = {env.redis: "redis", env.database: "postgres", env.site: "https", env.mailers: "smtps"}
    variable(f"{schemes[reader]}://h.example:{port}")
    with pytest.raises(ImproperlyConfigured, match=r"^THING: Port .* It looks like "):
        reader("THING")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, "account@127.0.0.1"),
        ("account@127.0.0.1", "account@127.0.0.1"),
        ("robin@example.com", "robin@example.com"),
        (" robin+tag@mail.example.com ", "robin+tag@mail.example.com"),
    ],
)
def test_a_plain_mail_address(variable, value, read):
    variable(value)
    assert env.address("THING", "account@127.0.0.1") == read


@pytest.mark.parametrize("value", ["Robin <robin@example.com>", "robin", "a@example.com, b@example.com", "robin@host"])
def test_a_mail_address_with_anything_else_is_refused(variable, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured, match=r"^THING: a plain address"):
        env.address("THING", "account@127.0.0.1")


def test_the_demo_overrides_what_is_set_and_takes_away_what_it_must_not_see(variable, tmp_path):
    variable("mine")
    variable(tmp_path / "secret", "THING_FILE")
    assert env.is_set("THING")
    env.override(THING="theirs")
    assert env.text("THING") == "theirs"
    env.override(THING="")
    assert not env.is_set("THING")


@pytest.mark.parametrize(("value", "read"), [(None, "json"), ("json", "json"), ("text", "text")])
def test_a_choice_and_its_default(variable, value, read):
    variable(value)
    assert env.choice("THING", "json", "text") == read


@pytest.mark.parametrize("value", ["JSON", "xml", "json,text"])
def test_a_choice_that_is_none(variable, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured, match=r"^THING: one of json, text\.$"):
        env.choice("THING", "json", "text")
