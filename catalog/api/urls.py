"""The catalogue's addresses below /api/."""

from rest_framework.routers import SimpleRouter

from catalog.api import catalogue, collections, crawling, lenses

router = SimpleRouter(use_regex_path=False)
router.register("collections", collections.Collections, "collections")
router.register("patients", catalogue.Patients, "patients")
router.register("studies", catalogue.Studies, "studies")
router.register("series", catalogue.SeriesResource, "series")
router.register("instances", catalogue.Instances, "instances")
router.register("headers", catalogue.Headers, "headers")
router.register("sources", crawling.Sources, "sources")
router.register("crawls", crawling.Crawls, "crawls")
router.register("lenses", lenses.Lenses, "lenses")
router.register("quarantine", crawling.QuarantinedFiles, "quarantine")

urlpatterns = router.urls
