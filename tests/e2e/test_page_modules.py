"""The page's modules, each by its cases in tests/page, in a real browser."""

from pathlib import Path

import pytest

from .browser import chromium, open_page
from .gateway import Gateway

CASES = Path(__file__).parents[1] / "page"
RUN = """async address => {
    const {cases} = await import(address);
    const failed = [];
    for (const [name, test] of Object.entries(cases)) {
        try { await test(); } catch (error) { failed.push(`${name}: ${error.stack}`); }
    }
    return {count: Object.keys(cases).length, failed};
}"""


@pytest.mark.parametrize("module", ["connection", "links", "rows", "store", "texts"])
async def test_a_module_by_its_cases(gateway: Gateway, module: str) -> None:
    async with chromium() as browser:
        page, complaints = await open_page(browser, gateway)
        await page.route("**/cases/*", lambda route: route.fulfill(path=CASES / route.request.url.rsplit("/", 1)[1]))
        script = await page.get_attribute("script[type=module]", "src")
        assert script is not None
        result = await page.evaluate(RUN, f"/{script.rsplit('/', 1)[0]}/cases/{module}.js")
        assert result["failed"] == []
        assert result["count"] > 3
        assert complaints == []
