"""Masking: everything identifying goes through here before anybody sees it (45 CFR 164.514(b)(2), PS3.15 Annex E)."""

from catalog.masking.lexicon import MASK, Shown
from catalog.masking.lines import Line, elements
from catalog.masking.masker import Masker
from catalog.masking.model import masked_json
from catalog.masking.registry import Rule, rule_for
from catalog.masking.ways import is_modality

__all__ = ["MASK", "Line", "Masker", "Rule", "Shown", "elements", "is_modality", "masked_json", "rule_for"]
