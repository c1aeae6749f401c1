"""The catalogue's pages."""

from django.urls import URLPattern, URLResolver, path, re_path

from catalog.views import (
    crawls,
    export,
    find,
    home,
    instance,
    lens,
    patients,
    quarantine,
    series,
    source_add,
    sources,
    status,
    studies,
    study,
    thumbnail,
)

app_name = "catalog"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("find", find.find, name="find"),
    path("studies", studies.studies, name="studies"),
    path("studies/facets", studies.study_facets, name="study-facets"),
    path("studies/columns", studies.study_columns, name="study-columns"),
    path("studies.csv", export.studies_csv, name="studies-csv"),
    path("studies.zip", export.studies_zip, name="studies-zip"),
    path("studies/<str:code>", study.study, name="study"),
    path("series/<str:code>", series.series, name="series"),
    path("instances/<str:code>", instance.instance, name="instance"),
    path("series/<str:code>/picture", thumbnail.series_thumbnail, name="series-thumbnail"),
    path("instances/<str:code>/picture", thumbnail.thumbnail, name="thumbnail"),
    path("patients", patients.patients, name="patients"),
    path("patients/<str:code>", patients.patient, name="patient"),
    path("sources", sources.sources, name="sources"),
    path("sources/add", source_add.source_add, name="source-add"),
    path("sources/<int:source_id>", sources.source, name="source"),
    path("sources/<int:source_id>/progress", crawls.progress, name="crawl-progress"),
    path("sources/<int:source_id>/crawl", crawls.start, name="crawl-start"),
    path("sources/<int:source_id>/retry", crawls.retry, name="quarantine-retry"),
    re_path(
        r"^crawls/(?P<crawl_id>\d{1,18})/(?P<verb>pause|resume|cancel)$", crawls.control, name="crawl-control"
    ),
    path("tasks", crawls.tasks, name="tasks"),
    path("quarantine", quarantine.quarantine, name="quarantine"),
    path("lens/close", lens.close_lens, name="lens-close"),
    re_path(r"^lens/(?P<kind>study|patient|queue)/(?P<code>[^/]{1,40})$", lens.open_lens, name="lens-open"),
    path("status", status.status, name="status"),
]
