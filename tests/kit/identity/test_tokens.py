"""Access tokens that are not ours, or no longer; the key ring; CSRF; secrets that a server refuses to start with."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.identity.keys import DEMO_KEY_FILE, KeyRing, parse_keys, require_safe_secrets
from kit.identity.problems import NotSignedIn, UnsafeSecrets
from kit.identity.tokens import csrf_fits, csrf_token, read_access_token
from kit.settings import Settings

from .conftest import NOW

OLD, NEW = "old:0123456789abcdefghijklmnopqrstuv", "new:zyxwvutsrqponmlkjihgfedcba9876543210"
SECRET = "0123456789abcdefghijklmnopqrstuv"


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(place):
    return jwt.decode(place.sign_in().access_token, options={"verify_signature": False})


def signed(payload, secret=SECRET, algorithm="HS256", **header):
    return jwt.encode(payload, secret, algorithm=algorithm, headers={"kid": "k1", "typ": "at+jwt", **header})


def with_payload(token, payload):
    head, _, signature = token.split(".")
    return f"{head}.{part(payload)}.{signature}"


BAD = [  # what is wrong, how it is made of good claims
    ("another secret", lambda good: signed(good, "x" * 32)),
    ("unknown key id", lambda good: signed(good, kid="k9")),
    ("no key id", lambda good: jwt.encode(good, SECRET, headers={"typ": "at+jwt"})),
    ("another type", lambda good: signed(good, typ="JWT")),
    ("no algorithm", lambda good: f"{part({'alg': 'none', 'kid': 'k1', 'typ': 'at+jwt'})}.{part(good)}."),
    ("HS512 with the right secret", lambda good: signed(good, SECRET * 2, "HS512")),
    ("HS384, the secret itself", lambda good: signed(good, SECRET + "0" * 16, "HS384")),
    ("another audience", lambda good: signed({**good, "aud": "another"})),
    ("no audience", lambda good: signed({key: value for key, value in good.items() if key != "aud"})),
    ("another issuer", lambda good: signed({**good, "iss": "another"})),
    ("no session", lambda good: signed({key: value for key, value in good.items() if key != "sid"})),
    ("no end", lambda good: signed({key: value for key, value in good.items() if key != "exp"})),
    ("an end that is no number", lambda good: signed({**good, "exp": [1]})),
    ("an end beyond all time", lambda good: signed({**good, "exp": 10**18})),
    ("from the future", lambda good: signed({**good, "iat": good["iat"] + 31})),
    ("an unknown role", lambda good: signed({**good, "role": "KING"})),
    ("more rights than the user", lambda good: signed({**good, "role": "ADMINISTRATOR"})),
    ("someone else's session", lambda good: signed({**good, "sub": "another"})),
    ("a session that is none", lambda good: signed({**good, "sid": "another"})),
    ("a signature cut short", lambda good: signed(good)[:-2]),
    ("a changed payload", lambda good: with_payload(signed(good), {**good, "role": "AUDITOR"})),
    ("nothing", lambda _: ""),
    ("no token", lambda _: "a.b.c"),
]


@pytest.mark.parametrize(("what", "make"), BAD, ids=[case[0] for case in BAD])
def test_a_token_that_is_not_ours_is_refused(place, what, make):
    token = make(claims(place))
    with place.identity() as identity, pytest.raises(NotSignedIn):
        identity.actor_of(token)


@given(token=st.text(max_size=60))
def test_no_text_is_a_token(token):
    with pytest.raises(NotSignedIn):
        read_access_token(parse_keys(OLD), token, NOW)


@pytest.mark.parametrize(("seconds", "good"), [(599, True), (600, False)])
def test_an_access_token_ends(place, seconds, good):
    answer = place.sign_in()
    place.later(seconds=seconds)
    with place.identity() as identity:
        if good:
            assert identity.actor_of(answer.access_token) == answer.who
        else:
            with pytest.raises(NotSignedIn, match="过期"):
                identity.actor_of(answer.access_token)


def test_a_token_says_what_it_should_and_no_more(place):
    answer = place.sign_in()
    payload = claims(place)

    assert jwt.get_unverified_header(answer.access_token) == {"alg": "HS256", "kid": "k1", "typ": "at+jwt"}
    assert set(payload) == {"sub", "role", "subject", "sid", "iat", "exp", "iss", "aud"}
    assert (payload["role"], payload["subject"]) == ("ADVISOR", "staff:S001")
    assert answer.access_token not in repr(answer)
    assert answer.refresh_token not in repr(answer)


def test_a_key_is_changed_without_ending_a_session(place):
    place.keys = parse_keys(OLD)
    answer = place.sign_in()
    with place.identity(parse_keys(f"{NEW},{OLD}")) as identity:
        identity.actor_of(answer.access_token)
        renewed = identity.refresh(answer.refresh_token)
    assert jwt.get_unverified_header(renewed.access_token)["kid"] == "new"

    with place.identity(parse_keys(NEW)) as identity:
        identity.actor_of(renewed.access_token)
        with pytest.raises(NotSignedIn):
            identity.actor_of(answer.access_token)


def test_a_form_belongs_to_one_session_under_any_key_of_the_ring():
    old, both, new = parse_keys(OLD), parse_keys(f"{NEW},{OLD}"), parse_keys(NEW)
    token = csrf_token(old, "cookie")

    assert csrf_fits(both, "cookie", token)
    assert csrf_fits(both, "cookie", csrf_token(both, "cookie"))
    bad = [(old, "other", token), (new, "cookie", token), (old, "", csrf_token(old, ""))]
    for keys, cookie, sent in (*bad, (old, "cookie", ""), (old, "cookie", "\ud800")):
        assert not csrf_fits(keys, cookie, sent)


UNSAFE = [  # HESHI_TOKEN_KEYS, what the refusal says
    ("", "没有签名密钥"),
    ("  ", "没有签名密钥"),
    ("k1:" + "x1y2z3w4v5u6t7s8r9q0p1o2n3m4l5k", "不足 32 字节"),  # 31
    ("0123456789abcdefghijklmnopqrstuv", "没有编号"),
    (f"{OLD},k2:short", "k2 不足"),
    (f"{OLD},{OLD}", "出现两次"),
    ("k1:" + "a" * 40, "可以猜到"),
    ("k1:change-me-0123456789abcdefghijkl", "示例值"),
    ("k 1:0123456789abcdefghijklmnopqrstuv", "没有编号"),
]


@pytest.mark.parametrize(("keys", "words"), UNSAFE)
def test_a_server_does_not_start_with_an_unsafe_secret(tmp_path, keys, words):
    with pytest.raises(UnsafeSecrets, match=words) as refused:
        require_safe_secrets(Settings(token_keys=keys, var_dir=tmp_path))

    assert list(tmp_path.iterdir()) == []
    assert not any(len(secret) > 8 and secret in refused.value.detail for secret in keys.split(":"))


def test_in_demo_mode_a_secret_is_made_once_for_its_owner_alone(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        rings = list(pool.map(lambda _: require_safe_secrets(Settings(var_dir=tmp_path / "var"), demo=True), range(8)))

    assert len({ring.keys for ring in rings}) == 1
    assert require_safe_secrets(Settings(var_dir=tmp_path / "var", demo=True)) == rings[0]
    assert [path.name for path in (tmp_path / "var").iterdir()] == [DEMO_KEY_FILE]
    assert (tmp_path / "var" / DEMO_KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_demo_mode_does_not_excuse_a_bad_secret_that_was_given(tmp_path):
    with pytest.raises(UnsafeSecrets):
        require_safe_secrets(Settings(token_keys="k1:short", var_dir=tmp_path), demo=True)


def test_settings_and_key_ring_show_no_secret():
    settings = Settings(token_keys=OLD)

    assert "0123456789" not in repr(settings) + repr(require_safe_secrets(settings)) + str(settings)
    assert isinstance(require_safe_secrets(settings), KeyRing)


def test_a_clock_that_is_a_little_behind_does_no_harm(place):
    answer = place.sign_in()
    place.later(seconds=-30)
    with place.identity() as identity:
        identity.actor_of(answer.access_token)
    place.now -= timedelta(seconds=1)
    with place.identity() as identity, pytest.raises(NotSignedIn):
        identity.actor_of(answer.access_token)
