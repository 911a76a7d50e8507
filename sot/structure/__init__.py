"""Structure that a request brings along, in place of a skeleton that a model would write.

A JSON schema becomes a plan of parts, the parts' texts become one JSON document, and what a model wrote for a
part becomes a valid value or a reason why it is none. A question with a list of items gives the items.
Nothing here knows an engine or sends a request.
"""
