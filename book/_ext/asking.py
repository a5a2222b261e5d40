"""Guesses, and a field to check one's answer under every exercise of a chapter."""

from __future__ import annotations

from docutils import nodes
from li2_core.show import answers
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx_exercise.nodes import is_exercise_node

SCRIPTS = ("guesses.js", "sketches.js", "answers.js")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(FieldsUnderExercises)
    for name in SCRIPTS:
        app.add_js_file(name, loading_method="defer")
    app.add_css_file("asks.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class FieldsUnderExercises(SphinxTransform):
    """An exercise that has an entry in the answers' tables gets a field."""

    default_priority = 870

    def apply(self, **_: object) -> None:
        for exercise in self.document.findall(is_exercise_node):
            label = exercise.get("label", "")
            path = answers.table_of(label)
            if path is None:
                continue
            self.env.note_dependency(str(path))
            if label in answers.entries(path):
                exercise += nodes.raw("", answers.page(label), format="html")
