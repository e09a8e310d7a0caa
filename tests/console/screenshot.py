"""``make screenshots``: the pictures in docs/images, taken of the demo as it is."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests import browsers, databases
from tests.console.conftest import served

IMAGES = Path("docs/images")
TEXTS = ("si vamos 2 grandes y 3 niños", "Sí por favor 🙏", "la niña no come cacahuate")


async def main() -> None:
    """Play an RSVP in Spanish, and take a picture of its end."""
    with tempfile.TemporaryDirectory() as folder:
        url = databases.sqlite_url(databases.migrated_file(Path(folder) / "demo.db"))
        async with served(url) as demo, async_playwright() as playwright:
            path = browsers.find_browser(playwright)
            chromium = await playwright.chromium.launch(executable_path=path, args=browsers.arguments())
            page = await chromium.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
            await page.goto(demo.url)
            await _text(page)
            await page.screenshot(path=IMAGES / "phone.png")
            await chromium.close()


async def _text(page: Page) -> None:
    for text in TEXTS:
        before = await page.locator(".bubble.school").count()
        await page.get_by_role("textbox").fill(text)
        await page.get_by_role("button", name="Send").click()
        await page.locator(".bubble.school").nth(before).wait_for()
    await page.get_by_role("textbox").blur()


if __name__ == "__main__":
    asyncio.run(main())
