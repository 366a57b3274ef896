"""The lines by which mail programs begin what somebody else wrote, in fr, en, de, nl and it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

SEPARATORS: Final[Mapping[str, str]] = {
    "fr": "— Répondez au-dessus de cette ligne —",
    "en": "— Please reply above this line —",
    "de": "— Bitte oberhalb dieser Zeile antworten —",
    "nl": "— Antwoord boven deze lijn —",
    "it": "— Rispondete sopra questa riga —",
}
"""The line with which our mails that ask begin: what stands below it is ours."""

SEPARATOR: Final = re.compile(
    "|".join(re.escape(line.strip("— ")) for line in SEPARATORS.values()), re.IGNORECASE
)

# An attribution has a date or an address (a digit or an @) and ends in a verb and a colon. They
# are matched on at most three joined lines of at most 400 characters.
ATTRIBUTION: Final = re.compile(
    r"""(?:
        (?:le|il\ y\ a)\b[^\n]*[\d@][^\n]*\ba\s+écrit\s*:
      | [^\n]*[\d@][^\n]*\ba\s+écrit\s*:
      | [^\n]*@[^\n]*\b(?:a\s+écrit\s+le|wrote\s+on|ha\s+scritto\s+il)\b[^\n]*\d[^\n]*:
      | on\b[^\n]*[\d@][^\n]*\bwrote\s*:
      | [^\n]*[\d@][^\n]*\bwrote\s*:
      | am\b[^\n]*\d[^\n]*\bschrieb\b[^\n]*:
      | [^\n]*[\d@][^\n]*\b(?:schrieb|hat\s+geschrieben)\b[^\n]*:
      | op\b[^\n]*\d[^\n]*\b(?:schreef|heeft\s+geschreven)\b[^\n]*:
      | [^\n]*[\d@][^\n]*\b(?:schreef|heeft\b[^\n]*geschreven)\s*:
      | il\b[^\n]*\d[^\n]*\bha\s+scritto\s*:
      | [^\n]*[\d@][^\n]*\bha\s+scritto\s*:
    )\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
ATTRIBUTION_START: Final = re.compile(
    r"(?:le|il y a|on|am|op|il|el)\b.*\d|.*<[^<>\s]+@[^<>\s]+>?|.*\d{4}.*\d{1,2}[:h.]\d{2}",
    re.IGNORECASE,
)
"""How a first line of a wrapped attribution looks: a preposition and a digit, or an address."""

ORIGINAL: Final = re.compile(
    r"""\s*[-_*–—]{2,}\s*(?:
        message\s+d['’]origine | message\s+original | original\s+message | original\s+appointment
      | urspr(?:ü|ue)ngliche\s+nachricht | original-?nachricht
      | oorspronkelijk\s+bericht | origineel\s+bericht
      | messaggio\s+originale
    )\s*[-_*–—]{2,}\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
FORWARDED: Final = re.compile(
    r"""\s*[-_*–—]*\s*(?:
        forwarded\s+message(?:\s+from\s.*)? | begin\s+forwarded\s+message\s*:
      | message\s+(?:transféré|réexpédié|transmis)
      | début\s+du\s+message\s+(?:transféré|réexpédié)\s*:?
      | weitergeleitete\s+nachricht | anfang\s+der\s+weitergeleiteten\s+nachricht\s*:?
      | doorgestuurd\s+bericht | begin\s+(?:van\s+)?(?:het\s+)?doorgestuurd(?:e)?\s+bericht\s*:?
      | messaggio\s+inoltrato | inizio\s+messaggio\s+inoltrato\s*:?
    )\s*:?\s*[-_*–—]*\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
FORWARD_HINT: Final = re.compile(
    r"forwarded|transféré|réexpédié|transmis|weitergeleitet|doorgestuurd|inoltrato", re.IGNORECASE
)
"""One of these words is in every line that FORWARDED knows."""
FORWARD_SUBJECT: Final = re.compile(
    r"\s*(?:fwd?|tr|wg|wtr|doorst|i|inoltro|transf|trans)\s*:", re.IGNORECASE
)
REPLY_SUBJECT: Final = re.compile(
    r"\s*(?:(?:re|ré|réf|rép|aw|antw|antwort|betr|r|sv|odp)\s*(?:\[\d{1,3}\])?\s*:\s*)+",
    re.IGNORECASE,
)

BLOCK_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "from": frozenset({"de", "from", "von", "van", "da", "expéditeur"}),
    "date": frozenset(
        {
            "envoyé", "date", "sent", "gesendet", "datum", "verzonden", "inviato", "data",
            "envoyé le", "verzonden op", "inviato il",
        }
    ),
    "to": frozenset({"à", "to", "an", "aan", "a", "pour", "destinataire"}),
    "subject": frozenset({"objet", "subject", "betreff", "onderwerp", "oggetto", "sujet"}),
}  # fmt: skip
"""Field names of the header block that Outlook and phones put above what they quote."""

BLOCK_LINE: Final = re.compile(
    r"\s*\*{0,2}(?P<key>[^\W\d_][^:*\n]{0,24}?)\s*\*{0,2}\s*:\*{0,2}(?=\s|\Z)"
)

DEVICE: Final = re.compile(
    r"""\s*(?:
        envoyé\s+(?:de\s+mon|depuis\s+mon|de\s+ma|depuis\s+ma|à\s+partir\s+d|depuis\s+l|avec\s+)\b.{0,80}
      | envoyé\s+depuis\s+.{1,60}
      | télécharger\s+outlook\s+pour\s+.{1,40} | obtenir\s+outlook\s+pour\s+.{1,40}
      | sent\s+(?:from|via|with)\s+.{1,60} | get\s+outlook\s+for\s+.{1,40}
      | von\s+meinem\s+.{1,40}\s+gesendet | gesendet\s+(?:von|mit|aus)\s+.{1,60}
      | outlook\s+für\s+.{1,20}\s+(?:herunterladen|beziehen|abrufen)
      | holen\s+sie\s+sich\s+outlook\s+für\s+.{1,40}
      | diese\s+nachricht\s+wurde\s+von\s+meinem\s+.{1,60}
      | (?:verzonden|verstuurd)\s+(?:vanaf|vanuit|met|via)\s+.{1,60}
      | outlook\s+voor\s+.{1,20}\s+(?:downloaden|ophalen) | download\s+outlook\s+voor\s+.{1,40}
      | inviato\s+(?:da|dal|con|tramite)\s+.{1,60} | scarica\s+outlook\s+per\s+.{1,40}
      | ottieni\s+outlook\s+per\s+.{1,40}
    )\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
SIGNATURE: Final = re.compile(r"--[ \t\u00a0]*\Z")
QUOTE: Final = re.compile(r"[ \t\u00a0]{0,3}(?:[>›»|]|&gt;)")
RULE: Final = re.compile(r"\s*[_–—-]{10,}\s*\Z|\s*_{5,}\s*\Z")
