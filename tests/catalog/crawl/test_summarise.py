"""Summaries cost what has changed, whatever the catalogue holds."""

from django.db import connection

from catalog.actions.control_crawl import start_crawl
from catalog.actions.read_chunk import read_chunk
from catalog.actions.summarise import summarise_some
from catalog.actions.walk_crawl import walk_crawl


def test_no_summary_reads_a_whole_table_however_little_the_planner_knows(source):
    """In a first crawl nothing has statistics; once that made a summary join every series with every patient."""
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    read_chunk(running)
    plans: list[str] = []

    def explained(execute, sql, params, many, context):
        if sql.lstrip().startswith(("UPDATE", "WITH touched")):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        assert summarise_some() == 3
    assert len(plans) == 3
    for plan in plans:
        assert "Hash Join" not in plan
        assert "Merge Join" not in plan
        assert "Seq Scan on catalog_" not in plan
