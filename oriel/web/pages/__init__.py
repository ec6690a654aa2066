"""Pages for people: requests in, HTML that works without scripts out. One file a subject.

Where a page only shows or changes what the API does too, it calls the API's own handler.
"""
