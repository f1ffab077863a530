"""The wire without a transport: messages in and out, who calls, what is refused and how it is said.

`status` the only map from errors to status codes · `requests` fields to checked arguments · `codec` domain values to messages
· `sessions` tokens and keys · `limits` rates · `page_tokens` · `handlers` one file a service · `dispatch` the way of every
call, whichever door it came through · `pb` generated from proto/.
"""
