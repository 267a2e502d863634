"""axe-core, with what a person needs to find the place."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

BAD = {"serious", "critical"}

# A colour on its way from one theme to the other is neither's: asking for the animations begins them, then they end.
AT_REST = """() => Promise.all(
  document.getAnimations()
    .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
    .map((one) => one.finished.catch(() => null)))"""


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
