"""The floor that the benchmark measures against: bare Django, and a re-enrollment as somebody would write it by hand in
an afternoon. It has the same requests as our journey, one small template, and neither mail, events, throttles nor
waits.
"""

PASSWORD = "correct horse battery staple"
SECRET = b"12345678901234567890"
