"""The people of the demo: one for each job that product.md names, all with one password that is printed."""

from dataclasses import dataclass

from governance.permissions import Role

# Only accounts that the demo makes have it, on data that is synthetic.
DEMO_PASSWORD = "isocenter-demo"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Persona:
    """A sign-in of the demo; `collection` names the one they are confined to, empty for all of them."""

    username: str
    first_name: str
    last_name: str
    role: Role
    comes_to: str
    collection: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


PERSONAS = (
    Persona("alice", "Alice", "Meyer", Role.DATA_STEWARD, "find, describe, clean"),
    Persona("bob", "Bob", "Okafor", Role.AUDITOR, "check, sample, export; read-only"),
    Persona("charlie", "Charlie", "Lindqvist", Role.RESEARCHER, "see what exists in the research collection", "Research"),
    Persona("dana", "Dana", "Haddad", Role.COMPLIANCE_OFFICER, "see what is wrong today, and prove it later"),
    Persona("admin", "Robin", "Sato", Role.ADMINISTRATOR, "connect sources and keep it running"),
)
