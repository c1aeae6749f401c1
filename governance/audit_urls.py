"""The audit trail's pages."""

from django.urls import path

from governance.views import (
    audit_event,
    audit_events,
    audit_files,
    audit_patients,
    audit_people,
    audit_saved,
    audit_verify,
)

app_name = "audit"

urlpatterns = [
    path("audit", audit_events.events, name="events"),
    path("audit/filter", audit_events.narrow, name="filter"),
    path("audit/histogram", audit_events.histogram, name="histogram"),
    path("audit/files/<str:form>", audit_files.events_file, name="file"),
    path("audit/bundle", audit_files.bundle, name="bundle"),
    path("audit/views", audit_saved.keep, name="view-keep"),
    path("audit/views/drop", audit_saved.drop, name="view-drop"),
    path("audit/verify", audit_verify.verify, name="verify"),
    path("audit/verify/state", audit_verify.state, name="verify-state"),
    path("audit/verify/now", audit_verify.verify_now, name="verify-now"),
    path("audit/at/<int:position>", audit_event.at_position, name="position"),
    path("audit/patients", audit_patients.patients, name="patients"),
    path("audit/patients/<str:token>", audit_patients.patient, name="patient"),
    path("audit/patients/<str:token>/files/<str:form>", audit_patients.patient_file, name="patient-file"),
    path("audit/people/<username:username>", audit_people.person, name="person"),
    path("audit/<int:event_id>", audit_event.event, name="event"),
    path("audit/<int:event_id>/proof", audit_event.proof, name="proof"),
]
