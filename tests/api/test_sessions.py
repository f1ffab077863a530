"""Whom a token names, and which tokens name nobody (A3)."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_decode, base64url_encode

from server.api.errors import ServerKeyInvalid, SessionExpired, SessionInvalid
from server.api.sessions import ServerKeys, Sessions, SessionSettings, Subject, VerificationKey
from server.domain.ids import PlayerId
from tests.builders import DAY, HOUR, MINUTE, SECOND
from tests.world import ManualClock

ANN = PlayerId("ann")
SECRET, STUDIO_SECRET = b"own-" * 10, b"studio-" * 6
PRIVATE = generate_private_key(public_exponent=65537, key_size=2048)
ED_PRIVATE = Ed25519PrivateKey.generate()
STUDIO_KEY = VerificationKey("HS256", STUDIO_SECRET)


def sessions(clock: ManualClock, *keys: VerificationKey, issuers: tuple[str, ...] = (), audience: str = "") -> Sessions:
    return Sessions(SessionSettings(SECRET, HOUR, DAY, keys, issuers, audience), clock)


def studio(clock: ManualClock, *keys: VerificationKey, audience: str = "") -> Sessions:
    return sessions(clock, *(keys or (STUDIO_KEY,)), issuers=("studio",), audience=audience)


def sealed(
    header: object, claims: object, secret: bytes, digest: Callable[..., "hashlib._Hash"] = hashlib.sha256
) -> str:
    """A token by hand, as an attacker makes it: libraries refuse to."""
    signed = b".".join(base64url_encode(json.dumps(part).encode()) for part in (header, claims))
    return (signed + b"." + base64url_encode(hmac.digest(secret, signed, digest))).decode()


def claims(clock: ManualClock, **more: object) -> dict[str, object]:
    return {"iss": "studio", "sub": "ann", "exp": int((clock.wall() + HOUR).timestamp()), **more}


def own_claims(clock: ManualClock, **more: object) -> dict[str, object]:
    return claims(clock, iss="laurel", typ="session", **more)


HS256 = {"alg": "HS256", "typ": "JWT"}


def test_a_minted_session_names_its_player_until_it_ends() -> None:
    clock = ManualClock()
    made = sessions(clock).mint(ANN)
    assert made.token_expires_at == clock.wall() + HOUR
    assert sessions(clock).verify(made.token) == Subject(ANN, "", "", made.token_expires_at)
    clock.advance(HOUR - SECOND)
    assert sessions(clock).verify(made.token).player_id == ANN


@pytest.mark.parametrize("was_seen_before", [True, False])
def test_a_session_ends_on_the_second_also_when_it_is_remembered(was_seen_before: bool) -> None:
    clock = ManualClock()
    known = sessions(clock)
    token = known.mint(ANN).token
    if was_seen_before:
        known.verify(token)
    clock.advance(HOUR)
    for _ in range(2):
        with pytest.raises(SessionExpired):
            known.verify(token)


def test_sessions_live_by_real_time_however_far_game_time_is_moved() -> None:
    clock = ManualClock()
    known = sessions(clock)
    token = known.mint(ANN).token
    clock.move_to_offset(365 * DAY)
    assert known.verify(token).player_id == ANN
    assert known.mint(ANN).token_expires_at == clock.wall() + HOUR


def test_a_refresh_token_is_no_session_and_a_session_refreshes_nothing() -> None:
    clock = ManualClock()
    known = sessions(clock)
    made = known.mint(ANN)
    assert known.verify_refresh(made.refresh_token) == ANN
    with pytest.raises(SessionInvalid, match="no session token"):
        known.verify(made.refresh_token)
    with pytest.raises(SessionInvalid, match="no refresh token"):
        known.verify_refresh(made.token)
    clock.advance(DAY)
    with pytest.raises(SessionExpired):
        known.verify_refresh(made.refresh_token)


def test_no_bit_of_a_token_can_be_changed() -> None:
    clock = ManualClock()
    known = sessions(clock)
    parts = [base64url_decode(part) for part in known.mint(ANN).token.split(".")]
    for number, part in enumerate(parts):
        for bit in range(len(part) * 8):
            torn = bytearray(part)
            torn[bit // 8] ^= 1 << bit % 8
            changed = [*parts[:number], bytes(torn), *parts[number + 1 :]]
            with pytest.raises(SessionInvalid):
                known.verify(".".join(base64url_encode(one).decode() for one in changed))


@pytest.mark.parametrize("token", ["", ".", "..", "...", "a.b.c", "é.é.é", "\0.\0.\0", "x" * 10_000])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(SessionInvalid):
        sessions(ManualClock()).verify(token)


def test_only_our_secret_signs_our_sessions() -> None:
    """Whoever may sign for the studio may not say that he is this server: our issuer is checked by our key alone."""
    clock = ManualClock()
    known = sessions(clock, STUDIO_KEY, issuers=("studio", "laurel"))
    for secret in (STUDIO_SECRET, b"", b"laurel"):
        with pytest.raises(SessionInvalid):
            known.verify(sealed(HS256, own_claims(clock), secret))
    assert known.verify(sealed(HS256, own_claims(clock), SECRET)).player_id == ANN


@pytest.mark.parametrize("algorithm", ["none", "None", "", "HS512", "RS256", "EdDSA", 5, None, ["HS256"]])
def test_our_sessions_have_one_algorithm(algorithm: object) -> None:
    clock = ManualClock()
    for secret in (SECRET, b""):
        with pytest.raises(SessionInvalid):
            sessions(clock).verify(sealed({"alg": algorithm}, own_claims(clock), secret))
    unsigned = sealed({"alg": algorithm}, own_claims(clock), SECRET).rpartition(".")[0] + "."
    with pytest.raises(SessionInvalid):
        sessions(clock).verify(unsigned)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_public_key_is_no_secret(encoding: Encoding) -> None:
    """The classic confusion: HS256 with the bytes of a key that everybody may know."""
    clock = ManualClock()
    public = PRIVATE.public_key()
    known = studio(clock, VerificationKey("RS256", public))
    text = public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    for secret in (text, text.strip()):
        for algorithm in ("HS256", "RS256"):
            with pytest.raises(SessionInvalid):
                known.verify(sealed({"alg": algorithm}, claims(clock), secret))
    assert known.verify(jwt.encode(claims(clock), PRIVATE, "RS256")).player_id == ANN


def test_a_studio_may_rotate_keys_of_several_kinds() -> None:
    clock = ManualClock()
    keys = (VerificationKey("RS256", PRIVATE.public_key(), "old"), VerificationKey("EdDSA", ED_PRIVATE.public_key()))
    known = studio(clock, STUDIO_KEY, *keys)
    assert known.verify(jwt.encode(claims(clock), PRIVATE, "RS256", {"kid": "old"})).player_id == ANN
    assert known.verify(jwt.encode(claims(clock), PRIVATE, "RS256")).player_id == ANN
    assert known.verify(jwt.encode(claims(clock), ED_PRIVATE, "EdDSA")).player_id == ANN
    with pytest.raises(SessionInvalid):
        known.verify(jwt.encode(claims(clock), PRIVATE, "RS256", {"kid": "new"}))
    with pytest.raises(SessionInvalid):
        known.verify(jwt.encode(claims(clock), generate_private_key(65537, 2048), "RS256"))


@pytest.mark.parametrize("issuer", ["", "Studio", "studio ", "laurel", None, 5, ["studio"]])
def test_issuers_that_are_not_named_are_refused(issuer: object) -> None:
    clock = ManualClock()
    with pytest.raises(SessionInvalid):
        studio(clock).verify(sealed(HS256, claims(clock, iss=issuer), STUDIO_SECRET))


def test_a_studio_mints_sessions_but_never_refresh_tokens() -> None:
    clock = ManualClock()
    with pytest.raises(SessionInvalid):
        studio(clock).verify_refresh(sealed(HS256, claims(clock, typ="refresh"), STUDIO_SECRET))


def test_where_an_audience_is_set_the_token_must_name_it() -> None:
    clock = ManualClock()
    known = studio(clock, audience="race")
    assert known.verify(sealed(HS256, claims(clock, aud=["race", "x"]), STUDIO_SECRET)).player_id == ANN
    others: tuple[object, ...] = ("other", [], 5, None)
    for audience in others:
        with pytest.raises(SessionInvalid):
            known.verify(sealed(HS256, claims(clock, aud=audience), STUDIO_SECRET))
    with pytest.raises(SessionInvalid):
        known.verify(sealed(HS256, claims(clock), STUDIO_SECRET))


@pytest.mark.parametrize("expiry", [None, True, "9999999999", float("nan"), float("inf"), 1e300, -1, [1], {}])
def test_an_expiry_that_is_no_time_is_refused(expiry: object) -> None:
    clock = ManualClock()
    with pytest.raises(SessionInvalid):
        studio(clock).verify(sealed(HS256, claims(clock, exp=expiry), STUDIO_SECRET))


@pytest.mark.parametrize("subject", [None, "", 5, "x" * 129, "a\0b", "a\nb", "\ud800", ["ann"]])
def test_a_subject_that_is_no_player_id_is_refused(subject: object) -> None:
    clock = ManualClock()
    with pytest.raises(SessionInvalid):
        studio(clock).verify(sealed(HS256, claims(clock, sub=subject), STUDIO_SECRET))


def test_name_and_avatar_are_taken_from_the_token_where_they_are_texts() -> None:
    clock = ManualClock()
    known = studio(clock)
    named = known.verify(sealed(HS256, claims(clock, name="A" * 70, avatar_url="https://a/b"), STUDIO_SECRET))
    assert (named.name, named.avatar_url) == ("A" * 64, "https://a/b")
    for name in ("a\0b", 5, None, ["Ann"], "\ud800"):
        assert known.verify(sealed(HS256, claims(clock, name=name), STUDIO_SECRET)).name == ""


def test_a_studios_token_is_not_good_before_its_time() -> None:
    """By the clock that is handed in, like everything else, and not by the machine's."""
    clock = ManualClock()
    known = studio(clock)
    token = sealed(HS256, claims(clock, nbf=int((clock.wall() + MINUTE).timestamp())), STUDIO_SECRET)
    with pytest.raises(SessionInvalid):
        known.verify(token)
    clock.advance(MINUTE)
    assert known.verify(token).player_id == ANN


def test_several_server_keys_hold_at_once() -> None:
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("old", "new")}
    keys = ServerKeys(digests)
    assert [keys.name_of("old"), keys.name_of("new")] == ["old", "new"]
    for wrong in ("", "Old", "old ", digests["old"], "é"):
        with pytest.raises(ServerKeyInvalid):
            keys.name_of(wrong)
    with pytest.raises(ServerKeyInvalid):
        ServerKeys({}).name_of("old")


def test_what_is_remembered_of_one_token_says_nothing_about_another() -> None:
    clock = ManualClock()
    known = sessions(clock)
    ann, bob = known.mint(ANN).token, known.mint(PlayerId("bob")).token
    for _ in range(2):
        assert (known.verify(ann).player_id, known.verify(bob).player_id) == ("ann", "bob")
    clock.advance(timedelta(microseconds=1))
    assert known.verify(ann).player_id == ANN
