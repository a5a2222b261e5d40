"""`guess`: the reader commits to an answer, then what follows opens.

In the built page a few lines of script cover what the next cell shows until the reader has
chosen, drawn, or asked to see it anyway. Without script everything is shown. Nothing is stored
and nothing is counted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import ipywidgets

from li2_core import _input
from li2_core.show._prose import inline
from li2_core.show.sketches import LiveSketch, Sketch

MOST_CHOICES = 5
YES, NO = "That is what happens.", "It turns out otherwise."


def guess(
    question: str,
    *,
    choices: Sequence[tuple[str, str]] | None = None,
    right: int | None = None,
    sketch: Sketch | None = None,
) -> Guess:
    """Ask the reader before the next cell shows its answer.

    Parameters
    ----------
    question : str
        What will happen? Formulas in dollars, as in a Markdown cell.
    choices : sequence of (label, explanation), optional
        Two to five answers. The explanation is shown to who chose it, and says why a good
        reader may have done so.
    right : int, optional
        The place of what happens among the choices, counted from 0.
    sketch : Sketch, optional
        A curve to draw, in place of choices.

    Returns
    -------
    Guess
        To be the last expression of a cell, before the cell that shows what happens.

    Raises
    ------
    ValueError
        If the question is empty, there are both choices and a sketch or neither, there are not
        two to five choices, one lacks its words or is there twice, or ``right`` is none of them.

    Examples
    --------
    >>> guess("Heads?", choices=[("yes", "It fell so."), ("no", "It might have.")], right=0)
    guess(2 choices)
    """
    _words("question", question)
    if (choices is None) == (sketch is None):
        raise ValueError("guess needs either choices or a sketch")
    if choices is None:
        if right is not None:
            raise ValueError(f"right belongs to choices, a sketch has none, got {right!r}")
        return Guess(question, (), 0, sketch)
    found = tuple((label, why) for label, why in choices)
    if not 2 <= len(found) <= MOST_CHOICES:
        raise ValueError(f"choices must be 2 to {MOST_CHOICES}, got {len(found)}")
    for label, why in found:
        _words("a choice's label", label)
        _words(f"the explanation of {label!r}", why)
    if len({label for label, _ in found}) < len(found):
        raise ValueError("two choices have the same label")
    return Guess(question, found, _input.whole("right", right, 0, len(found) - 1), None)


def _words(name: str, text: Any) -> None:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{name} must be words, got {text!r}")


class Guess:
    """What `guess` returns: an object that shows itself, see there."""

    def __init__(
        self, question: str, choices: tuple[tuple[str, str], ...], right: int, sketch: Sketch | None
    ) -> None:
        self.question, self.choices, self.right, self.sketch = question, choices, right, sketch

    def __repr__(self) -> str:
        if self.sketch is not None:
            return f"guess(a sketch of {len(self.sketch.places)} points)"
        return f"guess({len(self.choices)} choices)"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        if os.environ.get("LI2_PAGES"):
            return {"text/plain": repr(self), "text/html": self.page()}
        panel = LiveGuess(self).box
        view = {"version_major": 2, "version_minor": 0, "model_id": panel.model_id}
        return {
            "text/plain": repr(self),
            # For viewers that have no widgets.
            "text/html": self.folded(),
            "application/vnd.jupyter.widget-view+json": view,
        }

    def page(self) -> str:
        """The HTML that a page's script brings to life, and that shows all without it."""
        name = "li2-guess-" + hashlib.sha256(self.question.encode()).hexdigest()[:8]
        if self.sketch is not None:
            body = self.sketch.page(name)
        else:
            body = "".join(
                _CHOICE.format(name=name, place=k, label=inline(label))
                for k, (label, _) in enumerate(self.choices)
            )
        return _PAGE.format(
            name=name, question=inline(self.question), body=body, whys=self._whys(True)
        )

    def folded(self) -> str:
        """The HTML for a notebook without widgets: the explanations in a fold."""
        labels = "".join(f"<li>{inline(label, False)}</li>" for label, _ in self.choices)
        listed = f'<ol type="A">{labels}</ol>' if labels else ""
        return _FOLDED.format(inline(self.question, False), listed, self._whys(False))

    def _whys(self, page: bool) -> str:
        if self.sketch is not None:
            why = inline(f"{self.sketch.told()} {self.sketch.why}", page)
            return _WHY.format(place=0, label="", verdict="", why=why)
        return "".join(
            _WHY.format(
                place=k,
                label=f'<strong class="li2-said">{inline(label, page)}:</strong> ',
                verdict=f"<strong>{YES if k == self.right else NO}</strong> ",
                why=inline(why, page),
            )
            for k, (label, why) in enumerate(self.choices)
        )


class LiveGuess:
    """The ipywidgets face of a guess, for the versions 7.7 (Colab) and 8."""

    def __init__(self, guess: Guess) -> None:
        self.guess = guess
        self.why = ipywidgets.HTMLMath()
        self.commit = ipywidgets.Button(description="This is my guess")
        self.commit.on_click(self.tell)
        question = ipywidgets.HTMLMath(f"<strong>{inline(guess.question, False)}</strong>")
        self.box = ipywidgets.VBox([question, *self._controls(), self.commit, self.why])

    def _controls(self) -> list[Any]:
        if self.guess.sketch is not None:
            self.sketch = LiveSketch(self.guess.sketch)
            return [self.sketch.box]
        letters = "ABCDE"[: len(self.guess.choices)]
        # A radio button sets no formulas: the labels stand above.
        labels = "".join(f"<li>{inline(label, False)}</li>" for label, _ in self.guess.choices)
        self.radio = ipywidgets.RadioButtons(options=list(letters), index=None)
        return [ipywidgets.HTMLMath(f'<ol type="A">{labels}</ol>'), self.radio]

    def tell(self, _: object = None) -> None:
        """Show the explanation of the choice, or the comparison of the curves."""
        if self.guess.sketch is not None:
            words = f"{self.sketch.tell()} {self.guess.sketch.why}"
        elif self.radio.index is None:
            words = "Pick one first."
        else:
            verdict = YES if self.radio.index == self.guess.right else NO
            words = (
                f"**{verdict}** {self.guess.choices[self.radio.index][1]} Now run the next cell."
            )
        self.why.value = inline(words, False)


_PAGE = """<div class="li2-guess" id="{name}">
<fieldset><legend>{question}</legend>
{body}</fieldset>
<div class="li2-controls" hidden>
<button type="button" class="li2-commit" disabled>This is my guess</button>
<button type="button" class="li2-skip">Show me anyway</button></div>
<div class="li2-whys" aria-live="polite">
<p class="li2-invite" hidden>What follows opens when you have guessed, with a word on your \
guess.</p>
{whys}</div></div>"""

_CHOICE = """<div class="li2-choice"><input type="radio" name="{name}" id="{name}-{place}" \
value="{place}" hidden><label for="{name}-{place}">{label}</label></div>
"""

_WHY = '<p class="li2-why" data-choice="{place}" tabindex="-1">{label}{verdict}{why}</p>\n'

_FOLDED = """<p><strong>{}</strong></p>
{}<details><summary>Guess first, then open this</summary>
{}</details>"""
