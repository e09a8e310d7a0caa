"""Whether Twilio signed a request: https://www.twilio.com/docs/usage/webhooks/webhooks-security."""

from __future__ import annotations

import hmac
from base64 import b64encode

from multidict import MultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # has no types


class Signatures:
    """What Twilio signs with one auth token."""

    def __init__(self, auth_token: str) -> None:
        self._key = auth_token.encode()
        self._validator = RequestValidator(auth_token)

    def is_genuine(self, url: str, form: MultiDict[str], signature: str) -> bool:
        """Whether Twilio made this signature for this form, posted to this URL."""
        try:
            if hmac.compare_digest(self.over(url, form).encode(), signature.encode()):
                return True
            # The SDK takes eight times as long: it tries the URL without its port, and with it.
            return bool(self._validator.validate(url, form, signature))
        except ValueError:  # a lone surrogate, or no URL at all: Twilio signs neither
            return False

    def over(self, url: str, form: MultiDict[str]) -> str:
        """Twilio's signature over exactly this URL and this form; ValueError for a lone surrogate."""
        signed = url + "".join([name + value for name, value in sorted(set(form.items()))])
        return b64encode(hmac.digest(self._key, signed.encode(), "sha1")).decode()
