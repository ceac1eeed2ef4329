#!/bin/sh
# tools/setup-browser.sh
# Installs the browser of tests/test_paint_browser.py, where it may.
set -eu
. "$(dirname "$0")/apt-install.sh"

command -v chromium >/dev/null && command -v chromedriver >/dev/null ||
    apt_install --no-install-recommends chromium chromium-driver ||
    echo "setup: no chromium and chromium-driver: the page's tests are skipped" >&2
