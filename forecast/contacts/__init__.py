"""Coded contacts: the codes, strict loading, validation."""

from forecast.contacts.dyad import Dyad, load_dyad
from forecast.contacts.load import Contacts, check_dyad, load_contacts

__all__ = ["Contacts", "Dyad", "check_dyad", "load_contacts", "load_dyad"]
