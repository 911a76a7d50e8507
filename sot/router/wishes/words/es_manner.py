"""Spanish wishes about language and readers, and the end of earlier wishes."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .es_words import alone

MANNER = (
    WishPattern(
        "free",
        loose(
            r"\b(?:olvida|olvídate de|ignora|cancela|quita|elimina|deja) (?:ya )?(?:lo de|el|la|esa|"
            r"ese|eso de)(?: [\w]+){0,3}? (?:regla|formato|límite|restricción|instrucción|frases?|"
            r"palabras?|tablas?|json|listas|brev\w+|párrafos?)\b",
            r"\b(?:ya )?puedes (?:volver a |ya )?(?:usar|hacer|poner|utilizar|extenderte|responder|"
            r"contestar|escribir|ser|alargarte)(?: \w+){0,4}? ?(?:listas|viñetas|otra vez|de nuevo|"
            r"normal(?:mente)?|como quieras|libremente|largo|más)\b",
            r"\b(?:puedes extenderte|vuelve a (?:responder|contestar|escribir|lo normal|tu)(?: \w+)?|"
            r"(?:responde|contesta|escribe)(?: ya)? (?:normal(?:mente)?|con normalidad|libremente|"
            r"como siempre|como quieras)|ya no (?:hace falta|es necesario))\b",
        ),
        sure=True,
    ),
    WishPattern(
        "language",
        loose(
            *alone(
                r"(?:todo )?en (?:idioma |buen |perfecto )?(?P<value>inglés|español|castellano|francés|"
                r"alemán|italiano|portugués|neerlandés|holandés|sueco|polaco|ruso|chino|mandarín|"
                r"japonés|coreano|árabe|turco|rumano|griego|latín|ucraniano|hebreo|checo|catalán|danés|"
                r"noruego|finlandés|húngaro)\b(?! (?:moderno|antiguo|americano))"
            )
        ),
    ),
    WishPattern(
        "audience",
        loose(
            r"\bpara (?P<value>(?:un |una |mi |mis |los |las )?(?:niñ[oa]s?(?: de \w+ años)?|"
            r"principiantes?|adolescentes?|expertos?|profesionales|novatos|abuel[oa]s?|no expertos|"
            r"directivos|jubilados))\b",
            r"\bcomo (?:si (?:yo )?(?:tuviera|fuera)|a) (?P<value>(?:un niñ[oa](?: de \w+ años)?|"
            r"\w+ años|cinco años))\b",
        ),
    ),
)
