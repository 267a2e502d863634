"""Finding texts that people read, in Python and in templates, and how far they are from being translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

GETTEXT = frozenset(
    {
        "_", "gettext", "ngettext", "pgettext", "lazy_gettext", "lazy_ngettext", "lazy_pgettext", "mark",
        "mark_counted", "counted",
    }
)  # fmt: skip
# Begins as a sentence or a label does, or ends as a sentence does.
_LOOKS_READ = re.compile(r"[A-Z][a-z]|[A-Z] |“|.* .*\w[.?!…]\Z", re.DOTALL)
# X-Request-Id, SurveyVersion.number: names of the program's and not words.
_NAME = re.compile(r"[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+\Z|[A-Z][a-z]+(?:[A-Z][a-z]+)+\Z|(?:[A-Z]\w*\.\w+(?:, )?)+\Z")


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def looks_read(text: str) -> bool:
    return _LOOKS_READ.match(text) is not None and not _NAME.match(text)


def pattern_of(text: ast.JoinedStr) -> str:
    """The fixed parts of an f-string, with {} for the others."""
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in text.values)


class Unwrapped(ast.NodeVisitor):
    """Collects (line, the calls around it, text) of texts outside of gettext."""

    def __init__(self, tree: ast.AST) -> None:
        self.found: list[tuple[int, tuple[str, ...], str]] = []
        self._around: list[str] = []
        self._docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        self.visit(tree)

    def visit_Assign(self, node: ast.Assign) -> None:
        if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = name_of(node.func)
        if name in GETTEXT:
            return
        self._around.append(name)
        self.generic_visit(node)
        self._around.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        text = pattern_of(node)
        if looks_read(text) or re.search(r"[a-z]{2,} [a-z]{2,}", text):
            self._add(node, text)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and id(node) not in self._docstrings and looks_read(node.value):
            self._add(node, node.value)

    def _add(self, node: ast.expr, text: str) -> None:
        self.found.append((node.lineno, tuple(self._around), text))


def gettext_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in GETTEXT:
            yield node


def _joins_texts(node: ast.expr) -> bool:
    """Whether it is a `+` or `%` with a text on its left."""
    joins = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod)
    return joins and isinstance(node.left, ast.Constant | ast.JoinedStr)


def glued(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that are made before they are translated, and sentences made of translated parts."""
    for call in gettext_calls(tree):
        for argument in call.args:
            formatted = isinstance(argument, ast.Call) and name_of(argument.func) == "format"
            if isinstance(argument, ast.JoinedStr) or formatted or _joins_texts(argument):
                yield call.lineno, "made before it is translated"
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [node.left, node.right]
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        for part in parts:
            if isinstance(part, ast.Call) and name_of(part.func) in GETTEXT:
                yield part.lineno, "glued to another text"


class _Markup(HTMLParser):
    """Collects texts and attributes that people read. What templates put in stands there as a space."""

    READ = frozenset({"aria-label", "title", "placeholder", "alt", "aria-description", "content"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            read = name in self.READ if name != "content" else dict(attrs).get("name") == "description"
            if read and re.search(r"[A-Za-z]{2}", value or ""):
                self.found.append((self.getpos()[0], f"{name}={value}"))

    def handle_data(self, data: str) -> None:
        if re.search(r"[A-Za-z]{2}", data):
            self.found.append((self.getpos()[0], " ".join(data.split())))


def texts_of_markup(source: str) -> list[tuple[int, str]]:
    """(line, text) of what a template says outside of its expressions."""
    environment = Environment(trim_blocks=False, lstrip_blocks=False)
    plain, line = [], 1
    for number, kind, text in environment.lex(source):
        plain.append("\n" * (number - line))
        line = number
        if kind == "data":
            plain.append(text)
            line += text.count("\n")
        elif kind in {"variable_begin", "block_begin"}:
            plain.append(" ")
    parser = _Markup()
    parser.feed("".join(plain))
    parser.close()
    return parser.found


def _inside_gettext(tree: nodes.Node) -> set[int]:
    return {
        id(constant)
        for call in tree.find_all(nodes.Call)
        if _is_gettext(call)
        for constant in call.find_all(nodes.Const)
    }


def glued_in(source: str) -> list[int]:
    """The lines of a template where what gettext gave is joined to another text by an operator."""
    tree = Environment().parse(source)
    joints = [*tree.find_all(nodes.Concat), *tree.find_all(nodes.Add)]
    return [joint.lineno for joint in joints if any(_is_gettext(part) for part in joint.iter_child_nodes())]


def _is_gettext(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in GETTEXT


def texts_of_expressions(source: str) -> list[tuple[int, str]]:
    """(line, text) of what a template's expressions say without gettext."""
    tree = Environment().parse(source)
    wrapped = _inside_gettext(tree)
    return [
        (constant.lineno, constant.value)
        for constant in tree.find_all(nodes.Const)
        if isinstance(constant.value, str) and id(constant) not in wrapped and looks_read(constant.value)
    ]
