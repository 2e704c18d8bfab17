"""The people of the demo."""

import base64

from django.utils import timezone

from accounts.models import Announcement, AnnouncementText, PortalLink, PortalLinkText, User
from accounts.models.portal import Place
from config.demo import phones
from config.demo.models import PhoneEntry
from security import crypto
from security.models import Authenticator
from security.models.enrollment import Proof

PASSWORD = "correct horse battery staple"  # noqa: S105
ACCOUNTS = [
    ("owner@example.com", "Robin Owner", "has Enhanced Security on; the code is on the old phone"),
    ("new@example.com", "Noa New", "has Enhanced Security off"),
    ("staff@example.com", "Sam Staff", "is staff and may do everything, with Enhanced Security on"),
]

LINKS = [
    (
        Place.MENU,
        "https://example.com/cases",
        {
            "en": "My Cases",
            "fr": "Mes dossiers",
            "it": "Le mie richieste",
            "de": "Meine Anfragen",
            "es": "Mis casos",
            "pt": "Os meus pedidos",
            "nl": "Mijn aanvragen",
        },
    ),
    (
        Place.MENU,
        "https://example.com/billing",
        {
            "en": "Billing Center",
            "fr": "Facturation",
            "it": "Fatturazione",
            "de": "Rechnungen",
            "es": "Facturación",
            "pt": "Faturação",
            "nl": "Facturen",
        },
    ),
    (
        Place.HELP,
        "https://example.com/community",
        {
            "en": "Ask the community",
            "fr": "Demander à la communauté",
            "it": "Chiedi alla community",
            "de": "Die Community fragen",
            "es": "Preguntar a la comunidad",
            "pt": "Perguntar à comunidade",
            "nl": "Vraag het de community",
        },
    ),
    (
        Place.FOOTER,
        "https://example.com/about",
        {
            "en": "About us",
            "fr": "Qui sommes-nous",
            "it": "Chi siamo",
            "de": "Über uns",
            "es": "Quiénes somos",
            "pt": "Quem somos",
            "nl": "Over ons",
        },
    ),
    (
        Place.FOOTER,
        "https://example.com/terms",
        {
            "en": "Terms of service",
            "fr": "Conditions d’utilisation",
            "it": "Condizioni d’uso",
            "de": "Nutzungsbedingungen",
            "es": "Condiciones de uso",
            "pt": "Condições de utilização",
            "nl": "Voorwaarden",
        },
    ),
    (
        Place.FOOTER,
        "https://example.com/privacy",
        {
            "en": "Privacy policy",
            "fr": "Confidentialité",
            "it": "Privacy",
            "de": "Datenschutz",
            "es": "Privacidad",
            "pt": "Privacidade",
            "nl": "Privacy",
        },
    ),
]
NEWS = {
    "en": ("New: recovery codes.", "Ten codes on paper let you in when your phone is gone.", "Make yours"),
    "fr": (
        "Nouveau : les codes de secours.",
        "Dix codes sur papier vous ouvrent la porte quand le téléphone n’est plus là.",
        "Créer les vôtres",
    ),
    "it": (
        "Novità: i codici di recupero.",
        "Dieci codici su carta ti fanno entrare quando il telefono non c’è più.",
        "Crea i tuoi",
    ),
    "de": (
        "Neu: Wiederherstellungs\u00adcodes.",
        "Zehn Codes auf Papier lassen Sie hinein, wenn das Handy weg ist.",
        "Jetzt erstellen",
    ),
    "es": (
        "Nuevo: códigos de recuperación.",
        "Diez códigos en papel te dejan entrar cuando ya no tienes el teléfono.",
        "Crear los tuyos",
    ),
    "pt": (
        "Novidade: códigos de recuperação.",
        "Dez códigos em papel deixam-no entrar quando o telefone desaparece.",
        "Criar os seus",
    ),
    "nl": ("Nieuw: herstelcodes.", "Met tien codes op papier kom je binnen als je telefoon weg is.", "Maak ze nu"),
}


def people() -> None:
    """Make the accounts that are not there yet."""
    for email, name, _ in ACCOUNTS:
        if User.objects.filter(email=email).exists():
            continue
        is_staff = email.startswith("staff")
        user = User.objects.create_user(email, PASSWORD, name=name, is_staff=is_staff, is_superuser=is_staff)
        if not email.startswith("new"):
            _give_old_phone(user)


def portal() -> None:
    """Links and an announcement, as a company would have them."""
    if PortalLink.objects.exists():
        return
    for position, (place, link, words) in enumerate(LINKS):
        row = PortalLink.objects.create(place=place, link=link, position=position)
        for language, text in words.items():
            PortalLinkText.objects.create(link=row, language=language, text=text)
    news = Announcement.objects.create(link="/security/recovery-codes/")
    for language, (title, body, link_text) in NEWS.items():
        said = {"title": title, "body": body, "link_text": link_text}
        AnnouncementText.objects.create(announcement=news, language=language, **said)


def _give_old_phone(user: User) -> None:
    secret = crypto.totp_secret()
    device = Authenticator(
        user=user, name=PhoneEntry.OLD, last_step=-1, proof=Proof.MAILED_CODE, bound_at=timezone.now()
    )
    device.seal(secret)
    device.save()
    phones.add(PhoneEntry.OLD, user.email, base64.b32encode(secret).decode())
