"""The people of the demo, one for each job: what `prepare_demo` makes and the sign-in page offers."""

from dataclasses import dataclass

from governance.permissions import BUILTIN_ROLES, Job

# Printed by the demo and shown on its sign-in page; the demo refuses a database that holds other accounts.
DEMO_PASSWORD = "isocenter-demo"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to look at the demo as; `sees` names the privacy claims of their Collections, None for all."""

    username: str
    first_name: str
    last_name: str
    role: Job
    comes_to: str
    sees: frozenset[str] | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def comes_as(self) -> str:
        """The name of their role."""
        return BUILTIN_ROLES[self.role].name


RESEARCH_CLAIMS = frozenset({"safe_harbor", "expert"})
PERSONAS = (
    Persona("admin", "Ravi", "Menon", Job.ADMINISTRATOR, "connect sources, keep it running"),
    Persona("steward", "Daniel", "Okafor", Job.DATA_STEWARD, "find, describe, clean"),
    Persona("compliance", "Olivia", "Marsh", Job.COMPLIANCE_OFFICER, "see what is wrong, prove it later"),
    Persona("auditor", "Ingrid", "Solberg", Job.AUDITOR, "check and export, read-only"),
    Persona(
        "researcher",
        "Charlie",
        "Nakamura",
        Job.RESEARCHER,
        "see what exists, de-identified",
        RESEARCH_CLAIMS,
    ),
)
