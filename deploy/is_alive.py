"""For a container: exit code 0 if the site in it answers, on port 8000 or the one that is the argument."""

import os
import sys
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

port = sys.argv[1] if len(sys.argv) > 1 else "8000"
host = urlsplit(os.environ["SITE_URL"]).netloc
urlopen(Request(f"http://127.0.0.1:{port}/health/live", headers={"Host": host}), timeout=2)
