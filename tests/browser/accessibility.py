"""axe-core, with what a person needs to find the place."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

BAD = {"serious", "critical"}

# A colour on its way from one theme to the other is neither's. To wait for the end would be to wait for ever on a page
# that is not in front: there nothing moves.
AT_REST = """() => {
  for (const one of document.getAnimations())
    if (Number.isFinite(one.effect.getComputedTiming().endTime)) one.finish();
}"""


def problems(page: Page) -> list[str]:
    """Return the serious and critical findings of the open page; the editor's frame is not ours to mend."""
    page.evaluate(AT_REST)
    found = Axe().run(page, context={"exclude": [["iframe"]]}).response["violations"]
    return [
        f"{page.url}: {one['id']} at {node['target']}: {node.get('failureSummary', '')[:200]}"
        for one in found
        if one["impact"] in BAD
        for node in one["nodes"]
    ]


def look(page: Page) -> None:
    """Hold the page to axe and its width in both themes and on a phone."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in (375, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert problems(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
