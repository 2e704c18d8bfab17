"""Words that are sent in nonsense and looked for in what comes back; nothing of the site's own is written so."""

import re

MARK = "zq1<zq2\"zq3'zq4>zq5&zq6"  # every sign that HTML knows, each between two words of ours
UNESCAPED = re.compile(r"""zq1<zq2|zq2"zq3|zq3'zq4|zq4>zq5|zq5&zq6""")
SECRET = "zqhush"  # begins what is typed into a field: no line of the log has it
TEMPLATE, EXECUTED = '{{ "zq7"|add:"zq8" }}{% widthratio 7 1 6 %}zq9', re.compile("zq7zq8|42zq9")
HEADER = "X-Zq"  # no answer has a header of this name
TOKEN = "zq-metrics"  # opens /metrics
ELSEWHERE = "zq.example"  # no answer leads there
