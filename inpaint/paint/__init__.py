"""A page in the browser on which one paints what should go.

`app` answers requests, after `security` has looked at them; `session` keeps the
photographs, `filler` fills one after the other; `static/` is the page. What fills is
handed in by the command: nothing here knows networks.
"""
