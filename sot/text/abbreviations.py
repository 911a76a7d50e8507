"""Abbreviations whose dot ends no sentence, in several languages."""

from __future__ import annotations

import re

# A name, a number or the rest of the phrase always follows: "Dr. Smith", "e.g. apples".
_BEFORE_MORE = """
    sr sres dr dres mr mrs mx messrs prof profs rev hon gen col capt cpt cmdr lt sgt maj gov sen pres st
    ste mt e.g eg i.e ie cf viz vs approx esp incl excl resp ca c.a al bzw ggf evtl vgl inkl exkl bspw
    sog insb ungef zzgl abzgl bes geb gest hrn fr frl ing dipl verf hrsg mme mlle mmes env p.ex tél av
    sra srta srtas dra dña d.ª p.ej ej ud uds vd vds aprox excmo ilmo lic arq sig sig.ra dott dott.ssa
    avv ecc.mo p.es ad.es exmo exma eng adv bijv bv t.ex bl.a d.v.s dvs f.eks fx mgr inż np tzn tj m.in
    tzv např mj tzn т.е т.к ул г-н г-жа проф акад см напр ms
""".split()  # noqa: SIM905 - two hundred quoted words would be harder to read
# A number follows: "No. 5", "Fig. 2", "Jan. 3"; without one the dot may end the sentence ("No.").
_BEFORE_NUMBER = """
    no nos nr nrn num núm nº n° n fig figs vol vols p pp pg pgs pág págs ch chap sec sect art cap kap
    abb abs abschn tab bd s str tel ext max min jan feb febr mar mär apr jun jul aug sep sept oct okt
    nov dec dez art eq rule item ver v rev ed t tom rys č str стр рис гл №
""".split()  # noqa: SIM905
# May end a sentence as well: "etc. Then", "etc. and".
_MAYBE_LAST = """
    etc usw u.s.w uvm u.v.m o.ä u.ä u.a inc ltd co corp plc jr bros dept est a.m p.m am pm ph.d m.d
    b.c a.d b.c.e c.e ecc eccetera osv o.s.v m.m m.fl enz itd itp atd и.т.д т.д т.п др пр гг г в
""".split()  # noqa: SIM905

_WORD = re.compile(r"(?:^|(?<=[\s(\[{\"'„“«»‚‘/]))((?:[^\W\d_]|[ªº°№'’-])(?:[^\W_]|[.ªº°'’-])*)$")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_LIST_NUMBER = re.compile(r"(?:^|\s)\(?\d{1,3}$")
LONGEST = 16  # characters before a dot that tell an abbreviation

_ALWAYS = frozenset(_BEFORE_MORE)
_NUMBER = frozenset(_BEFORE_NUMBER)
_MAYBE = frozenset(_MAYBE_LAST)


def abbreviates(before: str, following: str) -> bool:
    """Whether a dot belongs to an abbreviation, an initial or a list's number, and so ends no sentence.

    Args:
        before: Text before the dot; its last `LONGEST` characters are enough.
        following: Text after the dot, without white space before it; empty at the end of a text.
    """
    if _LIST_NUMBER.search(before):
        return True
    match = _WORD.search(before[-LONGEST:])
    if match is None:
        return False
    word = match[1].casefold()
    if word in _NUMBER and following[:1].isnumeric():
        return True
    if word in _MAYBE:
        return bool(following) and not _starts_sentence(following)
    if word in _ALWAYS:
        return True
    return (len(word) == 1 and word.isalpha()) or _DOTTED.fullmatch(word) is not None


def _starts_sentence(following: str) -> bool:
    """Whether a text can be the start of a sentence: after quotation marks and the like, no small letter."""
    first = next((character for character in following if character.isalnum()), "")
    return bool(first) and not first.islower() and following[0] not in ",;:)"
