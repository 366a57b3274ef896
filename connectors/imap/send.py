"""Mail out by SMTP over verified TLS. What is known about the outcome is said exactly."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Iterator, Sequence
from typing import Final

from connectors.errors import AccessError, RefusedError, SettingsError, TryAgainError
from connectors.imap.headers import clean
from connectors.imap.session import (
    CONNECT_SECONDS,
    LASTS,
    READ_SECONDS,
    connecting,
    tls_context,
)
from connectors.imap.settings import MailboxSettings, SmtpSettings
from connectors.toolkit.secret import MEND, SecretError, SecretRef

_GONE: Final = (smtplib.SMTPServerDisconnected, OSError)


@contextlib.contextmanager
def _closing(client: smtplib.SMTP) -> Iterator[smtplib.SMTP]:
    try:
        yield client
    finally:
        with contextlib.suppress(*_GONE, smtplib.SMTPException):
            client.quit()
        client.close()


class Sender:
    """Sends mails, one connection each: a pass sends few, and hours may lie between them."""

    def __init__(self, source: str, settings: MailboxSettings, smtp: SmtpSettings) -> None:
        self._source = source
        self._settings = settings
        self._smtp = smtp

    @property
    def _where(self) -> str:
        return f"{self._smtp.host}:{self._smtp.port_number}"

    def verify(self) -> str | None:
        """Log in and offer our address as the sender. What the server says against it, or None.

        Raises AccessError, SettingsError or TryAgainError as sending would."""
        with _closing(self._connect()) as client, self._before_data():
            code, answer = client.mail(self._smtp.sender)
            client.rset()
        return None if code == 250 else f"{code} {_words(answer)}"

    def send(self, ticket: str, raw: bytes, recipients: Sequence[str]) -> dict[str, str]:
        """Hand one mail to the server; the recipients it refused, with its words (others got it).

        Raises RefusedError naming the recipient when nobody is accepted (5xx), TryAgainError for
        4xx, with `unknown_outcome` when the answer to the text was lost."""
        with _closing(self._connect()) as client:
            with self._before_data():
                self._offer_sender(client, ticket)
                refused = self._offer_recipients(client, ticket, recipients)
            try:
                code, answer = client.data(raw)
            except smtplib.SMTPDataError as error:
                code, answer = error.smtp_code, _bytes(error.smtp_error)
            except _GONE as error:
                raise TryAgainError(
                    self._source,
                    f"{self._where} was lost before it answered whether it took the mail",
                    "the next pass looks for it; where it is not found it goes out again, under "
                    "the same Message-ID",
                    unknown_outcome=True,
                ) from error
        if code == 250:
            return refused
        said = f"{code} {_words(answer)}"
        if 400 <= code < 500:
            raise TryAgainError(
                self._source, f"{self._where} does not take the mail now: {said}", LASTS
            )
        raise RefusedError(
            self._source, ticket, f"the mail to {', '.join(recipients)} was refused: {said}"
        )

    def _offer_sender(self, client: smtplib.SMTP, ticket: str) -> None:
        code, answer = client.mail(self._smtp.sender)
        if code == 250:
            return
        said = f"{code} {_words(answer)}"
        if 400 <= code < 500:
            raise TryAgainError(self._source, f"{self._where} takes no mail now: {said}", LASTS)
        raise RefusedError(
            self._source,
            ticket,
            f"{self._where} refuses {self._smtp.sender} as the sender: {said}",
            "check smtp.from and what the account may send as",
        )

    def _offer_recipients(
        self, client: smtplib.SMTP, ticket: str, recipients: Sequence[str]
    ) -> dict[str, str]:
        refused: dict[str, str] = {}
        passing = False
        for address in recipients:
            code, answer = client.rcpt(address)
            if code not in (250, 251):
                refused[address] = f"{code} {_words(answer)}"
                passing = passing or 400 <= code < 500
        if len(refused) < len(recipients):
            return refused
        said = "; ".join(f"{address}: {words}" for address, words in refused.items())
        if passing:
            raise TryAgainError(self._source, f"{self._where} takes no mail now for {said}", LASTS)
        raise RefusedError(self._source, ticket, f"no recipient was accepted: {said}")

    @contextlib.contextmanager
    def _before_data(self) -> Iterator[None]:
        """Until the text goes out, a lost connection means that nothing was sent."""
        try:
            yield
        except smtplib.SMTPServerDisconnected as error:
            raise TryAgainError(
                self._source, f"{self._where} was lost before the mail", LASTS
            ) from error
        except smtplib.SMTPException:
            raise  # It is an OSError too, and says more than a lost connection.
        except OSError as error:
            raise TryAgainError(
                self._source, f"{self._where} was lost before the mail", LASTS
            ) from error

    def _connect(self) -> smtplib.SMTP:
        smtp = self._smtp
        with connecting(self._source, self._where):
            try:
                client = self._greeted()
            except smtplib.SMTPException as error:
                raise TryAgainError(
                    self._source, f"{self._where} does not greet: {_words(str(error))}", LASTS
                ) from error
        try:
            self._login(client, smtp)
        except BaseException:
            client.close()
            raise
        return client

    def _greeted(self) -> smtplib.SMTP:
        smtp = self._smtp
        context = tls_context(self._source, self._settings)
        if smtp.tls == "implicit":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                smtp.host, smtp.port_number, timeout=CONNECT_SECONDS, context=context
            )
        else:
            client = smtplib.SMTP(smtp.host, smtp.port_number, timeout=CONNECT_SECONDS)
            try:
                client.ehlo()
                if not client.has_extn("starttls"):
                    raise SettingsError(
                        self._source,
                        f"{self._where} does not offer STARTTLS; no mail is sent in the clear",
                        'use tls = "implicit" (port 465), or have STARTTLS switched on',
                    )
                client.starttls(context=context)
            except BaseException:
                client.close()
                raise
        if client.sock is not None:
            client.sock.settimeout(READ_SECONDS)
        client.ehlo()
        return client

    def _login(self, client: smtplib.SMTP, smtp: SmtpSettings) -> None:
        if smtp.user is None:
            return
        reference: SecretRef | None = smtp.password or self._settings.password
        try:
            with self._before_data():
                if reference is not None:
                    client.login(smtp.user, reference.resolve().reveal())
                elif self._settings.oauth2 is not None:
                    token = self._settings.oauth2.resolve().reveal()
                    text = f"user={smtp.user}\x01auth=Bearer {token}\x01\x01"
                    client.auth("XOAUTH2", lambda challenge=None: text if challenge is None else "")
        except SecretError as error:
            raise SettingsError(self._source, str(error), MEND) from error
        except smtplib.SMTPAuthenticationError as error:
            if 400 <= error.smtp_code < 500:
                raise TryAgainError(
                    self._source, f"{self._where} takes no login now", LASTS
                ) from None
            raise AccessError(
                self._source,
                f"{self._where} refuses the login of {smtp.user} ({error.smtp_code})",
                "check smtp.user and smtp.password; it is not tried again before the next pass",
            ) from None
        except smtplib.SMTPException as error:
            raise AccessError(
                self._source, f"{self._where} offers no way to log in that we know"
            ) from error


def _bytes(answer: bytes | str) -> bytes:
    return answer if isinstance(answer, bytes) else answer.encode("utf-8", "replace")


def _words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return clean(text)
