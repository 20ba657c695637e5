"""TABS: the tabs of the page in their order. A new one is one file and one line."""
