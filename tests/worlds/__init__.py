"""The same short story in each world that people are in: their browsers, proxies, terminals, locales, containers.

story.py        what happens, written once, and what a person in it can do
stage.py        what a person is given
place.py        where the room is for a person, and a connection that can be cut
programs.py     programs that a world starts, and that end with it
roads.py        what stands between a person and the room: proxies
pages.py        a person at the page, in chromium.py, firefox.py and webkit.py
terminals.py    a person in a terminal, at nc, telnet and their like, or at gateway chat; locales.py
containers.py   a gateway where there is next to nothing
test_worlds.py  the table of worlds: a new one is a line in it
"""
