"""Settings: flags over environment over file, and mistakes that are told without telling secrets."""

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from server.settings import SettingsInvalid, load_settings, redacted, refuse_weak_secret

STRONG = "vT9-pQ2_xW7.aL4~mZ8!kR1@eY6#uI3$oB5%"
DIGEST = sha256(b"key").hexdigest()


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No laurel.toml and no variable of the machine that runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("LAUREL_"):
            monkeypatch.delenv(name)


def write(text: str) -> None:
    Path("laurel.toml").write_text(text)


def test_without_anything_development_defaults_hold() -> None:
    settings = load_settings()
    assert (settings.environment, settings.grpc.port, settings.http.port) == ("development", 7400, 7401)
    assert settings.has_debug
    assert settings.has_reflection
    assert settings.grpc.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("variable", "text", "path", "value"),
    [
        ("LAUREL_GRPC__PORT", "1234", "grpc.port", 1234),
        ("LAUREL_GRPC__REFLECTION", "false", "has_reflection", False),
        ("LAUREL_STORE__URL", "sqlite:x.db", "store.sqlite_path", "x.db"),
        ("LAUREL_LIMITS__PLAYER_CALLS_PER_SECOND", "0.5", "limits.player_calls_per_second", 0.5),
        ("LAUREL_SESSION__ISSUERS", '["a", "b"]', "session.issuers", ["a", "b"]),
        ("LAUREL_SERVER_KEYS", json.dumps({"a": DIGEST}), "server_keys", {"a": DIGEST}),
        ("LAUREL_DEBUG", "0", "has_debug", False),
        ("LAUREL_CONFIG_FOLDER", "elsewhere", "config_folder", Path("elsewhere")),
    ],
)
def test_the_environment_sets_every_kind_of_option(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, path: str, value: object
) -> None:
    monkeypatch.setenv(variable, text)
    found: Any = load_settings()
    for name in path.split("."):
        found = getattr(found, name)
    assert found == value


def test_flags_win_over_the_environment_and_that_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('debug = false\nreload = true\n[grpc]\nport = 1\nhost = "10.0.0.1"\n')
    assert load_settings().grpc.port == 1
    monkeypatch.setenv("LAUREL_GRPC__PORT", "2")
    assert (load_settings().grpc.port, load_settings().grpc.host) == (2, "10.0.0.1")
    settings = load_settings(grpc={"port": 3}, reload=None)
    assert (settings.grpc.port, settings.grpc.host, settings.reload, settings.debug) == (3, "10.0.0.1", True, False)


def test_the_file_may_be_named_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("other.toml").write_text("[http]\nport = 5\n")
    monkeypatch.setenv("LAUREL_SETTINGS", "other.toml")
    assert load_settings().http.port == 5
    monkeypatch.setenv("LAUREL_SETTINGS", "missing.toml")
    with pytest.raises(SettingsInvalid, match=r"LAUREL_SETTINGS names missing\.toml, which does not exist"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[grpc]\nport = 70000", r"grpc\.port"),
        ("[grpc]\nprot = 1", r"grpc\.prot"),
        ("prot = 1", "prot"),
        ("[limits]\nmessage_bytes = 1", r"limits\.message_bytes"),
        ("[limits]\nplayer_burst = 0", r"limits\.player_burst"),
        ("[limits]\nstreams = 0", r"limits\.streams: .*greater than or equal to 1"),
        ("[limits]\nstreams_per_player = 0", r"limits\.streams_per_player: .*greater than or equal to 1"),
        ("[live]\nupdates_per_second = 0", r"live\.updates_per_second: .*greater than 0"),
        ("[live]\nupdates_per_second = 21", r"live\.updates_per_second: .*less than or equal to 20"),
        ("[live]\nupdates_per_second = nan", r"live\.updates_per_second: .*finite"),
        ("[live]\nupdates = 4", r"live\.updates"),
        ('[store]\nurl = "mysql://x"', r"store\.url"),
        ('[store]\nurl = "sqlite:"', r"store\.url"),
        ('environment = "prod"', "environment"),
        ("settlement_seconds = 0", "settlement_seconds"),
        ("drain_seconds = -1", "drain_seconds"),
        (
            'following_seconds = 2\n[store]\nurl = "postgresql://x@y/z"',
            "seal_wait_seconds is 2, and must be more than following_seconds",
        ),
        ('[session]\nlength_seconds = "x"', r"session\.length_seconds"),
        ('[log]\nlevel = "loud"', r"log\.level"),
        ('[server_keys]\ngame = "plain"', "server_keys.*laurel key"),
        ('[[session.keys]]\nalgorithm = "HS512"', r"session\.keys\.0\.algorithm"),
        ("[[session.keys]]", r"session\.keys\.0.*give one of"),
        ('[[session.keys]]\nalgorithm = "RS256"\nsecret = "x"', r"session\.keys\.0.*a secret is for HS256"),
        ('[[session.keys]]\nalgorithm = "HS256"\njwks_file = "a"\nsecret = "x"', r"session\.keys\.0.*give one of"),
        ("grpc = 5", "grpc"),
        ("[grpc", r"laurel\.toml"),
    ],
)
def test_a_mistake_is_named(text: str, named: str) -> None:
    write(text)
    with pytest.raises(SettingsInvalid, match=named):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "text", "named"),
    [
        ("LAUREL_GRPC__PORT", "many", r"grpc\.port"),
        ("LAUREL_GRPC__PORT", "", r"grpc\.port"),
        ("LAUREL_GRPC__PROT", "1", r"grpc\.prot"),
        ("LAUREL_SERVER_KEYS", "not json", "(?i)server_keys"),
        ("LAUREL_SESSION__ISSUERS", "studio", "(?i)issuers"),
        ("LAUREL_LIMITS__ADDRESS_CALLS_PER_SECOND", "nan", r"limits\.address_calls_per_second"),
        ("LAUREL_SETTLEMENT_SECONDS", "inf", "settlement_seconds"),  # nothing would ever be settled
        ("LAUREL_SETTLEMENT_SECONDS", "1e-9", "settlement_seconds"),  # an idle server would use a whole core
        ("LAUREL_DRAIN_SECONDS", "nan", "drain_seconds"),
    ],
)
def test_a_mistake_in_the_environment_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, named: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsInvalid, match=named):
        load_settings()


def test_all_mistakes_are_told_at_once() -> None:
    write("drain_seconds = -1\n[grpc]\nport = -1\n[http]\nport = -1\n")
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings()
    assert len(str(invalid.value).splitlines()) == 3


def test_production_needs_a_secret_of_its_own() -> None:
    write('environment = "production"')
    with pytest.raises(SettingsInvalid, match=r"session\.secret is missing"):
        load_settings()
    write(f'environment = "production"\n[session]\nsecret = "{STRONG}"')
    settings = load_settings()
    assert not settings.has_debug
    assert not settings.has_reflection


@pytest.mark.parametrize("weak", ["", "short", "x" * 64, "abcdefg" * 8, "changeme" + STRONG, "PASSWORD" + STRONG])
def test_a_weak_secret_is_refused_without_being_told(weak: str) -> None:
    with pytest.raises(ValueError, match=r"session\.secret is weak") as refused:
        refuse_weak_secret("session.secret", SecretStr(weak))
    assert not weak or weak not in str(refused.value)


HIDDEN = "hidden-" + STRONG


@pytest.mark.parametrize(
    "text",
    [
        f'environment = "production"\n[session]\nsecret = "{HIDDEN[:20]}"',
        f'environment = "nowhere"\n[session]\nsecret = "{HIDDEN}"',
        f'[session]\nsecrets = "{HIDDEN}"',
        f'[session]\nsecret = ["{HIDDEN}"]',
        f'[server_keys]\ngame = "{HIDDEN}"',
        f'[[session.keys]]\nalgorithm = "RS256"\nsecret = "{HIDDEN}"',
        f'[session]\nsecret = "{HIDDEN}',
        f'secret = "{HIDDEN}"',
    ],
)
def test_no_error_tells_a_secret(text: str) -> None:
    write(text)
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings()
    assert HIDDEN[:20] not in str(invalid.value)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{HIDDEN}@cache:6379/1",
        f"redis://laurel:7/{HIDDEN}@cache:6379/1",
        f"rediss://laurel:{HIDDEN}@cache",
        f"unix:///run/redis.sock?password={HIDDEN}&db=1",
    ],
)
def test_the_password_of_redis_is_not_printed(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LAUREL_RANKS__REDIS_URL", url)
    settings = load_settings()
    assert settings.ranks.redis_url == url
    assert HIDDEN not in json.dumps(redacted(settings))
    assert url.partition(":")[0] in redacted(settings)["ranks"]["redis_url"]


@pytest.mark.parametrize("url", ["localhost:6379", "http://cache", "redis://", f"redis://:x/{HIDDEN}@cache", "unix://"])
def test_what_is_no_redis_is_refused_without_telling_it(url: str) -> None:
    write(f'[ranks]\nredis_url = "{url}"')
    with pytest.raises(SettingsInvalid, match="redis_url") as invalid:
        load_settings()
    assert HIDDEN not in str(invalid.value)


WEBHOOK = """
[[webhooks]]
name = "studio"
url = "https://hooks.studio.example/laurel"
secrets = ["%s"]
"""


def test_a_webhook_wants_everything_unless_it_says_otherwise() -> None:
    write(WEBHOOK % STRONG + 'kinds = ["grant.created"]\n' + WEBHOOK.replace("studio", "other") % STRONG)
    some, everything = (one.endpoint for one in load_settings().webhooks)
    assert (some.name, some.secrets, some.kinds) == ("studio", (STRONG.encode(),), {"grant.created"})
    assert len(everything.kinds) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("https://", "http://"), "write https"),
        (("https://", "https://user:password@"), "without a name and password"),
        (('"studio"', '"Studio!"'), "use 1 to 64 of a-z"),
        ((f'["{STRONG}"]', "[]"), "at least 1 item"),
        ((f'["{STRONG}"]', f'["{STRONG}", "{STRONG}", "{STRONG}"]'), "at most 2 items"),
        (("secrets", 'kinds = ["everything"]\nsecrets'), "grant.created"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(change: tuple[str, str], said: str) -> None:
    write((WEBHOOK % STRONG).replace(*change))
    with pytest.raises(SettingsInvalid, match=said) as refused:
        load_settings()
    assert STRONG not in str(refused.value)


def test_two_webhooks_of_one_name_are_refused() -> None:
    write(WEBHOOK % STRONG * 2)
    with pytest.raises(SettingsInvalid, match="two webhooks have one name"):
        load_settings()


@pytest.mark.parametrize(("change", "said"), [(STRONG, "weak"), ("", "is for development")])
def test_production_refuses_weak_secrets_of_webhooks_and_private_networks(change: str, said: str) -> None:
    webhook = WEBHOOK % STRONG + "allows_private = true\n" if not change else WEBHOOK % "short"
    write(f'environment = "production"\nsession = {{secret = "{STRONG}"}}\n' + webhook)
    with pytest.raises(SettingsInvalid, match=said):
        load_settings()


def test_what_is_printed_holds_no_secret() -> None:
    write(
        f'[session]\nsecret = "{HIDDEN}"\n'
        f'[[session.keys]]\nalgorithm = "HS256"\nsecret = "{HIDDEN}"\n'
        f'[modules.chat]\nurl = "https://chat"\napi_key = "{HIDDEN}"\nPassword = "{HIDDEN}"\n'
        f'[modules.chat.deeper]\ntoken = "{HIDDEN}"\n'
    )
    printed = redacted(load_settings())
    assert HIDDEN not in json.dumps(printed)
    assert HIDDEN not in repr(load_settings().session)
    assert printed["modules"]["chat"]["url"] == "https://chat"
