"""English words of system prompts and earlier turns that rule over every answer of a conversation."""

from __future__ import annotations

from .en_words import TONGUE
from .words import rx

# A text that speaks of the answer as a whole, or of what is still to come.
STANDING = rx(
    r"\b(?:answer|repl(?:y|ies)|respon[ds]|output|print|return|write)\w*\b",
    r"\b(?:messages?|everything|anything|whatever|whenever|lists?|items?|turns?|conversation|chat|"
    r"format\w*|tags?)\b",
    r"\b(?:always|never|every|each|all|any|only|whole|must|should|from now on|until|for the rest|next)\b",
    r"\b(?:begin|start|end|finish|close|sign|open|compare|sort|rank|combine|merge|summari[sz]e|put|number|"
    r"count|"
    r"think|reason)\b",
    r"\b(?:before|after|first|last|finally|then)\b",
    r"\bi(?:'ll| will| am going to|'m going to)? (?:\w+ )?(?:send|give|post|paste|type|show|list|name|say|"
    r"tell)\b",
    r"\b(?:let's|let us|you will|you'll|you are to|your (?:job|task|role)|game|play|rules?)\b",
    r"[<>{}\[\]]",
)
_WHO = (
    r"(?:assistant|chatbot|bot|ai assistant|ai|language model|translator|teacher|tutor|editor|proofreader|"
    r"expert|"
    r"copywriter|writer|dictionary|encyclop(?:a?)edia|linguist|librarian|scientist|professor)"
)
ROLE = rx(
    rf"(?:you are|you're|act as|i am|i'm) (?:a|an|the|my) (?:[\w-]+ ){{0,3}}{_WHO}(?: (?:for|of|at|named|"
    rf"called) "
    r"(?:[\w-]+ ?){1,3})?",
    r"(?:always |please )?(?:answer|reply|respond|write|speak)(?: only| always)? (?:in|using) "
    rf"(?:{TONGUE}|(?:the )?(?:user's|same) language(?: (?:of|as) the (?:question|user))?)",
    r"(?:always |please )?(?:be|stay) (?:helpful|concise|brief|polite|friendly|honest|accurate|precise|short)"
    r"(?:,? (?:and )?(?:helpful|concise|brief|polite|friendly|honest|accurate|precise|harmless))*",
    r"(?:answer|reply|respond)(?: \w+ly){1,2}(?: and \w+ly)?",
    r"your (?:answers|replies|responses) (?:are|should be|must be) (?:helpful|brief|concise|short|polite|"
    r"accurate|clear)(?:,? and (?:helpful|brief|concise|polite|accurate|clear))?",
    r"(?:today is|the (?:current )?date is|knowledge cutoff|current date)[\w ,:-]{1,40}",
    r"cutting knowledge date[\w ,:-]{1,40}|you are helpful(?:, \w+,?)*(?: and \w+)?",
    r"help (?:the )?users?(?: with (?:their|your) (?:questions|texts|homework))?",
)
