"""The page's modules, each by its cases in tests/page, in a real browser."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from .browser import open_page
from .gateway import Gateway

CASES = Path(__file__).parents[1] / "page"
CORPUS = CASES.parent / "corpus"
RUN = """async address => {
    const {cases} = await import(address);
    const failed = [];
    for (const [name, test] of Object.entries(cases)) {
        try { await test(); } catch (error) { failed.push(`${name}: ${error.stack}`); }
    }
    return {count: Object.keys(cases).length, failed};
}"""


MODULES = sorted(path.stem for path in CASES.glob("*.js") if path.stem != "check")


def case_file(url: str) -> Path:
    """The file behind an address: a module of cases, or a table of them that others share."""
    name = url.rsplit("/", 1)[1]
    return (CORPUS if name.endswith(".json") else CASES) / name


@pytest.mark.asyncio(loop_scope="session")
async def test_the_modules_by_their_cases(browser: Browser, gateway: Gateway) -> None:
    """In one page: to open it takes longer than all the cases."""
    page, complaints = await open_page(browser, gateway)
    await page.route("**/cases/*", lambda route: route.fulfill(path=case_file(route.request.url)))
    script = await page.get_attribute("script[type=module]", "src")
    assert script is not None
    folder = f"/{script.rsplit('/', 1)[0]}/cases"
    results = {module: await page.evaluate(RUN, f"{folder}/{module}.js") for module in MODULES}
    assert {module: result["failed"] for module, result in results.items() if result["failed"]} == {}
    assert [module for module, result in results.items() if result["count"] < 2] == []
    assert complaints == []
