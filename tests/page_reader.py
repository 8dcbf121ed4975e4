"""Reads a page of a report again, and looks for what no page may hold."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Elements, attributes and text of a page, those of framed documents included."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.frames: list[Page] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "iframe":
            self.frames.append(Page(dict(attrs)["srcdoc"] or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "p", "div"):
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def tags(self) -> list[str]:
        """Names of all elements in order."""
        return [tag for tag, _ in self.elements]

    @property
    def text(self) -> str:
        """All text with single spaces."""
        return " ".join("".join(self.words).split())

    def list_attributes(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [attributes[name] or "" for _, attributes in self.elements if name in attributes]


def assert_self_contained(page: Page) -> None:
    """Fails if a page holds a script, a handler, a frame that is not locked, or loads anything."""
    assert set() == {"script", "object", "embed", "base", "form", "foreignobject"} & set(page.tags)
    for tag, attributes in page.elements:
        assert [name for name in attributes if name.startswith("on")] == []
        assert (attributes.get("src") or "data:").startswith("data:")
        if tag == "link":
            assert (attributes["rel"], attributes["href"]) == ("icon", "data:,")
        if tag == "iframe":
            assert attributes["sandbox"] == ""
    policies = [
        a["content"] or "" for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert [policy.partition("; base-uri")[0] for policy in policies] == [
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    ]
    for frame in page.frames:
        assert_self_contained(frame)
