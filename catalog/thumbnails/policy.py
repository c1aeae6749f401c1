"""Which pictures may be shown, by class: sharp, blurred, or not at all; the rules are data, with their reasons."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydicom import uid

from catalog.masking.dicom_json import Dataset, values_of


class Way(StrEnum):
    """How a picture is shown, from the most open to the strictest."""

    SHOWN = "shown"
    BLURRED = "blurred"
    BLOCKED = "blocked"
    NO_PICTURE = "no picture"

    def stricter(self, other: "Way") -> "Way":
        """Return the stricter of two ways."""
        order = list(Way)
        return max(self, other, key=order.index)


class Symbol(StrEnum):
    """What is drawn where no picture is."""

    REPORT = "report"
    KEY_OBJECTS = "key objects"
    PRESENTATION = "presentation"
    PLAN = "plan"
    STRUCTURES = "structures"
    REGISTRATION = "registration"
    WAVEFORM = "waveform"
    DOCUMENT = "document"
    DATA = "data"
    BLOCKED = "blocked"
    UNDECODABLE = "undecodable"
    GONE = "gone"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Picture:
    """What the policy asks of an object; texts folded to upper case."""

    sop_class_uid: str = ""
    modality: str = ""
    image_type: tuple[str, ...] = ()
    conversion_type: str = ""
    burned_in_annotation: str = ""
    recognizable_features: str = ""
    has_rows: bool = False
    body_part: str = ""
    descriptions: str = ""

    @classmethod
    def of_header(cls, header: Dataset) -> "Picture":
        """Read it from the catalogue's header (DICOM JSON)."""
        return cls.of(lambda key: [str(value) for value in values_of(header.get(key, {}))])

    @classmethod
    def of(cls, texts: Callable[[str], Sequence[str]]) -> "Picture":
        """Read it through `texts`, which returns the values of an attribute given as GGGGEEEE."""

        def first(key: str) -> str:
            return next((text.strip().upper() for text in texts(key)), "")

        return cls(
            sop_class_uid=first("00080016"),
            modality=first("00080060"),
            image_type=tuple(text.strip().upper() for text in texts("00080008")),
            conversion_type=first("00080064"),
            burned_in_annotation=first("00280301"),
            recognizable_features=first("00280302"),
            has_rows=bool(first("00280010")),
            body_part=first("00180015"),
            descriptions=" ".join(first(key) for key in ("0008103E", "00181030", "00081030")),
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """How a picture is shown and why; `may_show_face` where slices of it could be made into a face."""

    way: Way
    reason: str
    symbol: Symbol = Symbol.BLOCKED
    may_show_face: bool = False


@dataclass(frozen=True, slots=True)
class Precaution:
    """One rule: pictures that it applies to are shown no more openly than this."""

    way: Way
    applies: Callable[[Picture], bool]
    reason: str


# Classes that hold no picture, by what is drawn instead.
SYMBOLS: dict[str, Symbol] = {
    **dict.fromkeys(
        (
            uid.BasicTextSRStorage,
            uid.EnhancedSRStorage,
            uid.ComprehensiveSRStorage,
            uid.Comprehensive3DSRStorage,
            uid.ExtensibleSRStorage,
            uid.XRayRadiationDoseSRStorage,
            uid.EnhancedXRayRadiationDoseSRStorage,
            uid.RadiopharmaceuticalRadiationDoseSRStorage,
            uid.PatientRadiationDoseSRStorage,
            uid.MammographyCADSRStorage,
            uid.ChestCADSRStorage,
            uid.ColonCADSRStorage,
            uid.ProcedureLogStorage,
            uid.ImplantationPlanSRStorage,
            uid.AcquisitionContextSRStorage,
        ),
        Symbol.REPORT,
    ),
    uid.KeyObjectSelectionDocumentStorage: Symbol.KEY_OBJECTS,
    uid.GrayscaleSoftcopyPresentationStateStorage: Symbol.PRESENTATION,
    uid.ColorSoftcopyPresentationStateStorage: Symbol.PRESENTATION,
    uid.PseudoColorSoftcopyPresentationStateStorage: Symbol.PRESENTATION,
    uid.BlendingSoftcopyPresentationStateStorage: Symbol.PRESENTATION,
    uid.RTPlanStorage: Symbol.PLAN,
    uid.RTIonPlanStorage: Symbol.PLAN,
    uid.RTBeamsTreatmentRecordStorage: Symbol.PLAN,
    uid.RTTreatmentSummaryRecordStorage: Symbol.PLAN,
    uid.RTStructureSetStorage: Symbol.STRUCTURES,
    uid.SpatialRegistrationStorage: Symbol.REGISTRATION,
    uid.DeformableSpatialRegistrationStorage: Symbol.REGISTRATION,
    uid.TwelveLeadECGWaveformStorage: Symbol.WAVEFORM,
    uid.GeneralECGWaveformStorage: Symbol.WAVEFORM,
    uid.AmbulatoryECGWaveformStorage: Symbol.WAVEFORM,
    uid.HemodynamicWaveformStorage: Symbol.WAVEFORM,
    uid.EncapsulatedPDFStorage: Symbol.DOCUMENT,
    uid.EncapsulatedCDAStorage: Symbol.DOCUMENT,
}

# Classes whose pictures scanners make of the inside of the body, without text (ux: low risk).
LOW_RISK: frozenset[str] = frozenset(
    (
        uid.CTImageStorage,
        uid.EnhancedCTImageStorage,
        uid.LegacyConvertedEnhancedCTImageStorage,
        uid.MRImageStorage,
        uid.EnhancedMRImageStorage,
        uid.LegacyConvertedEnhancedMRImageStorage,
        uid.PositronEmissionTomographyImageStorage,
        uid.EnhancedPETImageStorage,
        uid.LegacyConvertedEnhancedPETImageStorage,
        uid.NuclearMedicineImageStorage,
        uid.ComputedRadiographyImageStorage,
        uid.DigitalXRayImageStorageForPresentation,
        uid.DigitalXRayImageStorageForProcessing,
        uid.DigitalMammographyXRayImageStorageForPresentation,
        uid.DigitalMammographyXRayImageStorageForProcessing,
        uid.DigitalIntraOralXRayImageStorageForPresentation,
        uid.DigitalIntraOralXRayImageStorageForProcessing,
        uid.BreastTomosynthesisImageStorage,
        uid.XRayAngiographicImageStorage,
        uid.XRayRadiofluoroscopicImageStorage,
        uid.EnhancedXAImageStorage,
        uid.EnhancedXRFImageStorage,
        uid.XRay3DAngiographicImageStorage,
        uid.XRay3DCraniofacialImageStorage,
        uid.RTImageStorage,
        uid.RTDoseStorage,
        uid.SegmentationStorage,
        uid.ParametricMapStorage,
        uid.VLWholeSlideMicroscopyImageStorage,
    )
)
_CAPTURES = frozenset(
    (
        uid.SecondaryCaptureImageStorage,
        uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
        uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        uid.MultiFrameTrueColorSecondaryCaptureImageStorage,
    )
)
_SCANS_OF_PAPER = frozenset({"SD", "SI", "DRW"})
_OFTEN_WITH_TEXT = frozenset({"US", "IVUS", "OT", "SC", "XC", "ES", "GM", "HC", "DMS"})
_RETINA = frozenset({"OP", "OPT", "OPV", "OCT", "OPTENF", "OPTBSV"})
_CAPTURED = re.compile(r"SCREEN|SAVE|CAPTURE|SNAPSHOT")
_RENDERED = re.compile(r"VOLUME.?REND|VOLREN|\bVRT?\b|\bSSD\b|\b3D\b|SURFACE")
_DOCUMENT = re.compile(
    r"DOSE (REPORT|RECORD|INFO|SUMMARY)|PATIENT PROTOCOL|EXAM(INATION)? PROTOCOL|REQUISITION|CONSENT|WORKSHEET|"
    r"QUESTIONNAIRE|DOCUMENT|REPORT|\bSCANNED\b|\bFORM\b"
)
_HEAD = re.compile(
    r"HEAD|BRAIN|SKULL|FACE|FACIAL|ORBIT|SINUS|NECK|CRAN|\bIAC\b|\bTMJ\b|JAW|MAXILL|MANDIB|KOPF|SCHADEL|TETE|CEREB|NEURO"
)
_SLICED = frozenset({"CT", "MR", "PT"})

# Tried in this order; the first that applies decides.
PRECAUTIONS: tuple[Precaution, ...] = (
    Precaution(
        Way.BLOCKED,
        lambda it: it.sop_class_uid == uid.MultiFrameSingleBitSecondaryCaptureImageStorage,
        "Black-and-white captures are scans of paper.",
    ),
    Precaution(Way.BLOCKED, lambda it: it.modality == "DOC", "Documents name people."),
    Precaution(Way.BLOCKED, lambda it: it.conversion_type in _SCANS_OF_PAPER, "Scanned paper names people."),
    Precaution(Way.BLOCKED, lambda it: "LABEL" in it.image_type, "The label of a slide names the patient."),
    Precaution(
        Way.BLOCKED,
        lambda it: it.sop_class_uid not in LOW_RISK and bool(_DOCUMENT.search(it.descriptions)),
        "It is described as a report or form, which name people.",
    ),
    Precaution(
        Way.BLURRED, lambda it: it.burned_in_annotation == "YES", "Text is burned in, says (0028,0301)."
    ),
    Precaution(
        Way.BLURRED,
        lambda it: it.recognizable_features == "YES",
        "The patient can be recognised, says (0028,0302).",
    ),
    Precaution(
        Way.BLURRED, lambda it: it.modality in _RETINA, "The eye's vessels are a biometric identifier."
    ),
    Precaution(
        Way.BLURRED,
        lambda it: it.modality in _OFTEN_WITH_TEXT,
        "Devices of this kind write names into pictures, whatever (0028,0301) says.",
    ),
    Precaution(
        Way.BLURRED,
        lambda it: (
            bool(_CAPTURED.search(" ".join(it.image_type))) or it.conversion_type in {"DF", "DV", "WSD"}
        ),
        "Screen captures and digitised films show names.",
    ),
    Precaution(
        Way.BLURRED,
        lambda it: bool(_RENDERED.search(" ".join(it.image_type))),
        "A rendered surface can show a face.",
    ),
    Precaution(
        Way.BLURRED,
        lambda it: (
            it.sop_class_uid == uid.VLWholeSlideMicroscopyImageStorage and "VOLUME" not in it.image_type
        ),
        "Overviews of slides may show their label.",
    ),
    Precaution(Way.BLURRED, lambda it: it.sop_class_uid in _CAPTURES, "Secondary captures show names."),
    Precaution(
        Way.BLURRED,
        lambda it: it.sop_class_uid not in LOW_RISK,
        "Nothing is known about pictures of this class.",
    ),
)
# Software makes these from other pictures' geometry; nobody writes into them.
COMPUTED: frozenset[str] = frozenset((uid.RTDoseStorage, uid.SegmentationStorage, uid.ParametricMapStorage))
LOOKS_WRITTEN = "Something in the picture looks like writing."
_OPEN = "A scanner's picture of a class that carries no text."


REVEALED = "Sharp under an open lens."


def revealed(decision: Decision) -> Decision:
    """Return how a picture is shown to whom a lens reveals it: sharp where it would be blurred, blocked all the same."""
    if decision.way is not Way.BLURRED:
        return decision
    return Decision(Way.SHOWN, REVEALED, decision.symbol, decision.may_show_face)


def decide(picture: Picture) -> Decision:
    """Return how an object's picture is shown."""
    if symbol := SYMBOLS.get(picture.sop_class_uid):
        return Decision(Way.NO_PICTURE, f"Objects of this class hold no picture: {symbol.value}.", symbol)
    if not picture.has_rows:
        return Decision(Way.NO_PICTURE, "This object holds no picture.", Symbol.DATA)
    for precaution in PRECAUTIONS:
        if precaution.applies(picture):
            return Decision(precaution.way, precaution.reason)
    return Decision(Way.SHOWN, _OPEN, may_show_face=_may_show_face(picture))


def _may_show_face(picture: Picture) -> bool:
    """70 of 84 brain scans were matched to photographs (Schwarz 2019); slices alone are not."""
    return picture.modality in _SLICED and bool(_HEAD.search(f"{picture.body_part} {picture.descriptions}"))
